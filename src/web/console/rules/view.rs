//! The form as the page shows it: conditions nested with their controls, figures, dates and faults.

use std::sync::Arc;

use askama::Template;
use askama::filters::HtmlSafe;

use super::controls::{self, Choice, Control};
use super::example::{self, EXPECTS, Row};
use super::figures::{Figures, Line};
use super::moves::dashed;
use super::node::{Kind, MAX_DEPTH, Node};
use super::text::{At, Judged, Trouble};
use super::words;
use crate::domain::attribute::{Catalogue, ValueType};
use crate::domain::segment::check::household;
use crate::domain::segment::person::evaluate;
use crate::domain::segment::{Diagnostic, Segment};

type Kinds = Arc<Vec<(&'static str, Vec<(String, String)>)>>;

/// The conditions of a group, and the list from which one more is added.
#[derive(Template)]
#[template(path = "web/console/rules/nodes.html")]
pub struct Nodes {
    /// The way to the group, with dots and with dashes.
    path: String,
    id: String,
    members: Vec<NodeView>,
    kinds: Kinds,
    /// What is added, in words: 「対象の条件」.
    what: String,
}

/// The template has escaped what it shows.
impl HtmlSafe for Nodes {}

/// One condition.
pub struct NodeView {
    path: String,
    id: String,
    kind: String,
    title: String,
    /// What it says, for the names of its buttons.
    words: String,
    moves: Vec<(&'static str, &'static str)>,
    controls: Vec<Control>,
    note: String,
    above: String,
    said: NodeSaid,
    below: Option<Nodes>,
}

/// What is known about a condition: how many it leaves, which dates it means, what is wrong with it.
#[derive(Template)]
#[template(path = "web/console/rules/said.html")]
pub struct NodeSaid {
    id: String,
    figures: Option<Line>,
    dates: Vec<String>,
    errors: Vec<String>,
    cautions: Vec<String>,
}

/// The template has escaped what it shows.
impl HtmlSafe for NodeSaid {}

impl NodeView {
    fn invalid(&self) -> bool {
        !self.said.errors.is_empty()
    }
}

/// Lays a form out.
pub struct Layout<'a> {
    pub catalogue: &'a Catalogue,
    pub judged: &'a Judged,
    pub figures: Option<&'a Figures>,
    pub shared: &'a [String],
    pub kinds: Kinds,
}

impl Layout<'_> {
    /// The conditions beneath a way.
    pub fn nodes(&self, nodes: &[Node], path: &[usize], what: &str) -> Nodes {
        let members = (0..nodes.len()).map(|at| self.node(nodes, at, &[path, &[at]].concat()));
        Nodes {
            path: dotted(path),
            id: dashed(path),
            members: members.collect(),
            kinds: Arc::clone(&self.kinds),
            what: what.to_owned(),
        }
    }

    /// What is known about the condition at a way, or about 対象 or 除外 as a whole.
    pub fn said(&self, path: &[usize]) -> NodeSaid {
        let at = At::Node(path.to_vec());
        let (errors, cautions): (Vec<&Diagnostic>, Vec<_>) =
            self.judged.at(&at).partition(|found| found.is_error());
        NodeSaid {
            id: dashed(path),
            figures: self.figures.and_then(|figures| figures.line(path)),
            dates: self.figures.and_then(|figures| figures.dates.get(path)).cloned().unwrap_or_default(),
            errors: errors.into_iter().map(sentence).collect(),
            cautions: cautions.into_iter().map(sentence).collect(),
        }
    }

    fn node(&self, nodes: &[Node], at: usize, path: &[usize]) -> NodeView {
        let node = &nodes[at];
        let dots = dotted(path);
        let words = words::line(node, self.catalogue);
        let below = node.kind.has_members().then(|| self.nodes(&node.members, path, "グループの条件"));
        NodeView {
            controls: controls::of(node, &dots, self.catalogue, self.shared),
            id: dashed(path),
            kind: node.kind.id(),
            title: controls::title(&node.kind, self.catalogue),
            moves: moves(nodes, at, path),
            note: node.note.clone(),
            above: node.above.clone(),
            said: self.said(path),
            words: if words.is_empty() { "新しい条件".to_owned() } else { words },
            path: dots,
            below,
        }
    }

    /// The examples with what the rule says to each.
    pub fn rows(&self, rows: &[Row], asked: &[String]) -> Vec<RowView> {
        let view = |(at, row)| {
            let troubles =
                self.judged.at(&At::Example(at)).filter(|found| found.code != "E022").map(sentence).collect();
            RowView { troubles, ..self.row(row, &format!("x.{at}"), asked) }
        };
        rows.iter().enumerate().map(view).collect()
    }

    /// An example with what the rule says to it.
    pub fn row(&self, row: &Row, prefix: &str, asked: &[String]) -> RowView {
        let read = super::text::example(row, self.catalogue);
        let verdict = self.judged.counted.as_ref().zip(read.as_ref().ok());
        let verdict = verdict.map(|(segment, example)| {
            let said =
                evaluate(segment, self.catalogue, &household(example, self.catalogue), example.as_of, None);
            let word = said.verdict.kind();
            let agrees = EXPECTS.iter().any(|(id, expect)| *id == row.expect && *expect == word);
            let said = said.verdict.words(self.catalogue);
            let reason = said.strip_prefix(word.word()).unwrap_or(&said).trim_matches(['(', ')']).to_owned();
            Verdict { agrees, kind: word, said, reason }
        });
        RowView {
            id: prefix.replace('.', "-"),
            prefix: prefix.to_owned(),
            summary: row.cells(self.catalogue).split(" | ").skip(1).collect::<Vec<_>>().join("、"),
            facts: asked.iter().filter_map(|id| self.fact(row, prefix, id)).collect(),
            asked: asked.join(" "),
            troubles: read.err().unwrap_or_default().iter().map(sentence).collect(),
            verdict,
            row: row.clone(),
        }
    }

    fn fact(&self, row: &Row, prefix: &str, id: &str) -> Option<Fact> {
        let known = self.catalogue.attribute(id)?;
        let value = row.facts.get(id).cloned().unwrap_or_default();
        let mut options: Vec<_> = example::choices(known)
            .into_iter()
            .map(|(word, label)| Choice { is_chosen: word == value, value: word, label })
            .collect();
        if !options.is_empty() && !value.is_empty() && options.iter().all(|option| !option.is_chosen) {
            options.push(Choice { value: value.clone(), label: value.clone(), is_chosen: true });
        }
        let hint = match known.value_type {
            ValueType::Date => "例 1986-04-01",
            ValueType::Choices => "「, 」で区切る。何もなければ「なし」",
            _ => "",
        };
        Some(Fact {
            name: format!("{prefix}.f.{id}"),
            id: format!("{}-f-{id}", prefix.replace('.', "-")),
            label: known.word.clone(),
            value,
            options,
            hint,
        })
    }
}

/// One example as the page shows it.
pub struct RowView {
    pub id: String,
    pub prefix: String,
    pub summary: String,
    pub facts: Vec<Fact>,
    pub asked: String,
    pub row: Row,
    pub verdict: Option<Verdict>,
    pub troubles: Vec<String>,
}

impl RowView {
    pub fn expects(&self) -> Vec<(&'static str, &'static str, bool)> {
        EXPECTS.iter().map(|(id, expect)| (*id, expect.word(), *id == self.row.expect)).collect()
    }

    pub fn expected(&self) -> &'static str {
        EXPECTS.iter().find(|(id, _)| *id == self.row.expect).map_or("", |(_, expect)| expect.word())
    }
}

/// What a rule says to an example.
pub struct Verdict {
    pub agrees: bool,
    pub kind: crate::domain::segment::rule::Expect,
    pub said: String,
    /// Why, without the answer.
    pub reason: String,
}

/// One field of an example.
pub struct Fact {
    pub name: String,
    pub id: String,
    pub label: String,
    pub value: String,
    pub options: Vec<Choice>,
    pub hint: &'static str,
}

/// `0.2.1`.
pub fn dotted(path: &[usize]) -> String {
    path.iter().map(usize::to_string).collect::<Vec<_>>().join(".")
}

/// The buttons that would do something: verb and name.
fn moves(nodes: &[Node], at: usize, path: &[usize]) -> Vec<(&'static str, &'static str)> {
    let is_group =
        |at: Option<usize>| at.and_then(|at| nodes.get(at)).is_some_and(|node| node.kind.has_members());
    let all = [
        (0 < at, "up", "上へ"),
        (at + 1 < nodes.len(), "down", "下へ"),
        (is_group(at.checked_sub(1)) || is_group(Some(at + 1)), "in", "中へ"),
        (2 < path.len(), "out", "外へ"),
        (path.len() < MAX_DEPTH, "wrap", "囲む"),
        (true, "remove", "消す"),
    ];
    all.into_iter().filter(|(can, ..)| *can).map(|(_, verb, name)| (verb, name)).collect()
}

/// What is wrong and how to mend it.
pub fn sentence(found: &Diagnostic) -> String {
    let meant = found.suggestion.as_ref().filter(|word| !found.mend.contains(word.as_str()));
    let meant = meant.map(|word| format!("もしかして「{word}」ですか。")).unwrap_or_default();
    format!("{}{}{meant}", found.message, found.mend)
}

/// One fault with its place in the text.
pub struct TroubleView {
    pub place: String,
    pub source: String,
    pub says: String,
    pub code: &'static str,
    pub is_error: bool,
    pub href: String,
}

/// The faults of a text, with the line where each stands.
pub fn troubles(all: &[Trouble], text: &str) -> Vec<TroubleView> {
    let view = |trouble: &Trouble| TroubleView {
        place: trouble
            .found
            .place
            .map_or_else(String::new, |place| format!("{}行目 {}文字目", place.line, place.column)),
        source: trouble
            .found
            .place
            .and_then(|place| text.lines().nth(place.line.checked_sub(1)?))
            .unwrap_or("")
            .trim()
            .to_owned(),
        says: sentence(&trouble.found),
        code: trouble.found.code,
        is_error: trouble.found.is_error(),
        href: match &trouble.at {
            At::Head(word) => format!("#h-{}", head_id(word)),
            At::Node(path) => format!("#n-{}", dashed(path)),
            At::Example(at) => format!("#x-{at}"),
            At::Whole => String::new(),
        },
    };
    all.iter().map(view).collect()
}

/// The field of the head that a line of it comes from.
pub fn head_id(word: &str) -> &'static str {
    match word {
        "名前" => "name",
        "目的" => "purpose",
        "所管" => "owner",
        "根拠" => "basis",
        "想定人数" => "from",
        "見直し期限" => "review_by",
        _ => "unit",
    }
}

/// The attributes that examples are asked about: those that the rule or an example uses.
pub fn asked(target: &[Node], exclusions: &[Node], rows: &[&Row], catalogue: &Catalogue) -> Vec<String> {
    let mut used = vec!["birth_date".to_owned()];
    target.iter().chain(exclusions).for_each(|node| uses(node, &mut used));
    rows.iter().for_each(|row| used.extend(row.facts.keys().cloned()));
    let known = catalogue.attributes().iter().map(|known| known.id.0.clone());
    known.filter(|id| used.contains(id)).collect()
}

fn uses(node: &Node, used: &mut Vec<String>) {
    match &node.kind {
        Kind::Attribute(id) => used.push(id.clone()),
        Kind::Elapsed => used.push(node.get("attribute").to_owned()),
        _ => {}
    }
    node.members.iter().for_each(|member| uses(member, used));
}

/// Whether a rule speaks of draws, so that an example may say what is drawn.
pub fn draws(segment: Option<&Segment>, rows: &[Row]) -> bool {
    let text = segment.map(|segment| serde_json::to_string(&segment.target).unwrap_or_default());
    rows.iter().any(|row| !row.lot.is_empty()) || text.is_some_and(|text| text.contains("\"bucket\""))
}
