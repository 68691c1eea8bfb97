//! The form as the page shows it: conditions nested with their controls, figures, dates and faults.

use std::sync::Arc;

use askama::Template;
use askama::filters::HtmlSafe;

use super::controls::{self, Control};
use super::figures::{Figures, Line};
use super::moves::dashed;
use super::node::{Kind, MAX_DEPTH, Node};
use super::text::{At, Judged, Trouble};
use super::words;
use crate::domain::attribute::Catalogue;
use crate::domain::segment::{Code, Diagnostic};

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
    /// Whether an empty target is not wrong yet.
    pub is_begun_only: bool,
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
        let empty = if self.is_begun_only {
            ""
        } else {
            "条件がありません。下の「追加」で加えてください。"
        };
        self.said_of(path, Some(empty))
    }

    /// The same, with what to say where the language finds nothing written.
    fn said_of(&self, path: &[usize], empty: Option<&str>) -> NodeSaid {
        let at = At::Node(path.to_vec());
        let told = |found: &Diagnostic| match empty {
            Some(words) if found.code == Code::Empty.as_str() => words.to_owned(),
            _ => sentence(found),
        };
        let (errors, cautions): (Vec<&Diagnostic>, Vec<_>) =
            self.judged.at(&at).partition(|found| found.is_error());
        NodeSaid {
            id: dashed(path),
            figures: self.figures.and_then(|figures| figures.line(path)),
            dates: self.figures.and_then(|figures| figures.dates.get(path)).cloned().unwrap_or_default(),
            errors: errors.into_iter().map(told).filter(|said| !said.is_empty()).collect(),
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
            said: self.said_of(path, Some(nothing_in(&node.kind))),
            words: if words.is_empty() { "新しい条件".to_owned() } else { words },
            path: dots,
            below,
        }
    }
}

/// What to do with a condition in which nothing was chosen or typed yet.
fn nothing_in(kind: &Kind) -> &'static str {
    match kind {
        Kind::Group | Kind::Relatives => "グループに条件がありません。下の「追加」で加えてください。",
        Kind::Words => "条件が書かれていません。書くか、消してください。",
        _ => "まだ値がありません。選ぶか、入力してください。",
    }
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
