//! Examples as the page shows them: persons with their controls, and what the rule says to them.

use std::collections::BTreeSet;

use askama::Template;
use askama::filters::HtmlSafe;

use super::controls::Choice;
use super::example::{EXPECTS, Row, choices};
use super::node::{Kind, Node};
use super::somebody::{Happened, KINDS, Somebody};
use super::text::{self, At};
use super::view::{Layout, sentence};
use crate::domain::attribute::{Attribute, Catalogue, Subject, ValueType, core};
use crate::domain::segment::Segment;
use crate::domain::segment::check::household;
use crate::domain::segment::person::evaluate;
use crate::domain::segment::rule::Expect;

/// One example.
pub struct RowView {
    pub id: String,
    pub prefix: String,
    pub summary: String,
    pub me: SomebodyView,
    pub family: Vec<SomebodyView>,
    pub row: Row,
    pub verdict: Option<Verdict>,
    pub troubles: Vec<String>,
}

/// What a rule says to an example.
pub struct Verdict {
    pub agrees: bool,
    pub kind: Expect,
    pub said: String,
    /// Why, without the answer.
    pub reason: String,
}

/// Somebody of an example.
#[derive(Template)]
#[template(path = "web/console/rules/somebody.html")]
pub struct SomebodyView {
    id: String,
    prefix: String,
    facts: Vec<Fact>,
    asked: String,
    order: String,
    events: Vec<EventView>,
    /// Whose events these are, for the names of buttons: 「家族1」; empty for the friend.
    whose: String,
}

/// The template has escaped what it shows.
impl HtmlSafe for SomebodyView {}

/// One field of somebody.
pub struct Fact {
    name: String,
    id: String,
    label: String,
    value: String,
    options: Vec<Choice>,
    /// Whether several of the options can be ticked.
    several: bool,
    hint: &'static str,
}

/// Something that happened.
pub struct EventView {
    id: String,
    prefix: String,
    kinds: Vec<Choice>,
    /// The programmes; empty where a series is typed.
    programmes: Vec<Choice>,
    event: Happened,
    words: String,
}

/// The attributes that an example asks about: of the friend, and of each of the family.
pub struct Asked {
    friend: Vec<String>,
    family: BTreeSet<String>,
}

impl RowView {
    pub fn expects(&self) -> Vec<(&'static str, &'static str, bool)> {
        EXPECTS.iter().map(|(id, expect)| (*id, expect.word(), *id == self.row.expect)).collect()
    }

    pub fn expected(&self) -> &'static str {
        EXPECTS.iter().find(|(id, _)| *id == self.row.expect).map_or("", |(_, expect)| expect.word())
    }

    /// Whether an element is this example or stands in it.
    pub fn holds(&self, id: &str) -> bool {
        id.strip_prefix(self.id.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
    }
}

impl Asked {
    /// Those that the rule or an example uses.
    pub fn of(target: &[Node], exclusions: &[Node], rows: &[&Row], catalogue: &Catalogue) -> Self {
        let mut used = BTreeSet::from([core::BIRTH_DATE.to_owned()]);
        target.iter().chain(exclusions).for_each(|node| uses(node, &mut used));
        let of_persons = |id: &&String| catalogue.of(Subject::Person).any(|known| known.id.as_str() == *id);
        let mut family: BTreeSet<_> = used.iter().filter(of_persons).cloned().collect();
        family.insert(core::RELATION.to_owned());
        let facts = |one: &Somebody| one.facts.keys().cloned().collect::<Vec<_>>();
        used.extend(rows.iter().flat_map(|row| facts(&row.me)));
        family.extend(rows.iter().flat_map(|row| &row.family).flat_map(facts));
        let known = catalogue.attributes().iter().map(|known| known.id.0.clone());
        Self { friend: known.filter(|id| used.contains(id)).collect(), family }
    }

    fn of_family(&self, catalogue: &Catalogue) -> Vec<String> {
        let ids = |known: &Attribute| known.id.0.clone();
        // Who somebody is comes first.
        let mut all: Vec<_> =
            catalogue.attributes().iter().map(ids).filter(|id| self.family.contains(id)).collect();
        all.sort_by_key(|id| id != core::RELATION);
        all
    }
}

fn uses(node: &Node, used: &mut BTreeSet<String>) {
    match &node.kind {
        Kind::Attribute(id) => _ = used.insert(id.clone()),
        Kind::Elapsed => _ = used.insert(node.get("attribute").to_owned()),
        _ => {}
    }
    node.members.iter().for_each(|member| uses(member, used));
}

impl Layout<'_> {
    /// The examples with what the rule says to each.
    pub fn rows(&self, rows: &[Row], asked: &Asked) -> Vec<RowView> {
        let view = |(at, row)| {
            let troubles =
                self.judged.at(&At::Example(at)).filter(|found| found.code != "E022").map(sentence).collect();
            RowView { troubles, ..self.row(row, &format!("x.{at}"), asked) }
        };
        rows.iter().enumerate().map(view).collect()
    }

    /// An example with what the rule says to it.
    pub fn row(&self, row: &Row, prefix: &str, asked: &Asked) -> RowView {
        let read = text::example(row, self.catalogue);
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
            me: self.somebody(&row.me, prefix, &asked.friend, ""),
            family: (1..)
                .zip(&row.family)
                .map(|(number, one)| {
                    let place = format!("{prefix}.m.{}", number - 1);
                    self.somebody(one, &place, &asked.of_family(self.catalogue), &format!("家族{number}"))
                })
                .collect(),
            troubles: read.err().unwrap_or_default().iter().map(sentence).collect(),
            verdict,
            row: row.clone(),
        }
    }

    fn somebody(&self, one: &Somebody, prefix: &str, asked: &[String], whose: &str) -> SomebodyView {
        let in_family = !whose.is_empty();
        let events = one.events.iter().enumerate();
        SomebodyView {
            id: prefix.replace('.', "-"),
            prefix: prefix.to_owned(),
            facts: asked.iter().filter_map(|id| self.fact(one, prefix, id)).collect(),
            asked: asked.join(" "),
            order: one.order.clone(),
            events: events
                .map(|(at, event)| self.event(event, &format!("{prefix}.e.{at}"), in_family))
                .collect(),
            whose: whose.to_owned(),
        }
    }

    fn fact(&self, one: &Somebody, prefix: &str, id: &str) -> Option<Fact> {
        let known = self.catalogue.attribute(id)?;
        let value = one.facts.get(id).cloned().unwrap_or_default();
        let several = known.value_type == ValueType::Choices;
        let chosen: Vec<&str> = if several { value.split(", ").collect() } else { vec![value.as_str()] };
        let choices = choices(known).into_iter();
        let mut options: Vec<_> = choices
            .map(|(word, label)| Choice { is_chosen: chosen.contains(&word.as_str()), value: word, label })
            .collect();
        // What is not in the list is kept.
        let odd = |word: &&str| !word.is_empty() && !options.iter().any(|option| option.value == **word);
        let odd: Vec<_> = chosen.iter().copied().filter(|_| !options.is_empty()).filter(odd).collect();
        let kept =
            odd.into_iter().map(|word| Choice { value: word.into(), label: word.into(), is_chosen: true });
        options.extend(kept.collect::<Vec<_>>());
        Some(Fact {
            name: format!("{prefix}.f.{id}"),
            id: format!("{}-f-{id}", prefix.replace('.', "-")),
            label: known.word.clone(),
            hint: if known.value_type == ValueType::Date { "例 1986-04-01" } else { "" },
            value,
            options,
            several,
        })
    }

    fn event(&self, event: &Happened, prefix: &str, in_family: bool) -> EventView {
        let kind = event.kind();
        let kinds = KINDS.iter().filter(|(_, one)| !in_family || one.of_person() || *one == kind);
        let kinds = kinds.map(|(id, one)| Choice {
            value: (*id).to_owned(),
            label: one.word().to_owned(),
            is_chosen: *one == kind,
        });
        let choice = |value: &str, label: &str| Choice {
            value: value.to_owned(),
            label: label.to_owned(),
            is_chosen: value == event.subject,
        };
        let known = self.catalogue.programmes();
        let is_known = known.iter().any(|one| one.id.as_str() == event.subject);
        let other = if event.subject.is_empty() { "選んでください" } else { event.subject.as_str() };
        let other = (!is_known).then(|| choice(&event.subject, other));
        let programmes = known.iter().map(|one| choice(one.id.as_str(), &one.word));
        EventView {
            id: prefix.replace('.', "-"),
            prefix: prefix.to_owned(),
            kinds: kinds.collect(),
            programmes: other.into_iter().chain(programmes).filter(|_| kind.of_person()).collect(),
            words: event.words(self.catalogue).trim().to_owned(),
            event: event.clone(),
        }
    }
}

/// Whether a rule speaks of draws, so that an example may say what is drawn.
pub fn draws(segment: Option<&Segment>, rows: &[Row]) -> bool {
    let text = segment.map(|segment| serde_json::to_string(&segment.target).unwrap_or_default());
    rows.iter().any(|row| !row.lot.is_empty()) || text.is_some_and(|text| text.contains("\"bucket\""))
}
