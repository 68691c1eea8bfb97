//! An example of the form, as it was typed; the made-up person to try a rule on is one, too.
//!
//! Field names: `x.3.expect`, `x.3.f.insurance`, … for examples, `t.…` for the made-up person.

use std::collections::BTreeMap;

use super::fields::Fields;
use super::node::lines;
use super::words::plain;
use crate::domain::attribute::{Attribute, Catalogue, Value, ValueType};
use crate::domain::history::EventKind;
use crate::domain::segment::rule::{Example, Expect, Fact};

const MAX_ROWS: usize = 300;

/// One example.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row {
    /// `target`, `not_target`, `excluded`, `unknown`.
    pub expect: String,
    pub as_of: String,
    /// What is known, by attribute; an empty word is not known.
    pub facts: BTreeMap<String, String>,
    /// The attributes in the order in which they are written.
    pub order: String,
    /// One person a line: 「続柄 子, 生年月日 2024-05-01」.
    pub family: String,
    /// One event a line: 「受診 特定健診 2025-07-10」.
    pub events: String,
    /// The number drawn.
    pub lot: String,
    pub note: String,
    pub above: String,
}

pub const EXPECTS: [(&str, Expect); 4] = [
    ("target", Expect::Target),
    ("not_target", Expect::NotTarget),
    ("excluded", Expect::Excluded),
    ("unknown", Expect::Unknown),
];

impl Row {
    pub fn read_all(fields: &Fields) -> Vec<Self> {
        (0..MAX_ROWS).map_while(|at| Self::read(fields, &format!("x.{at}"))).collect()
    }

    /// What a form sent under a prefix; `None` where it has no such row.
    pub fn read(fields: &Fields, prefix: &str) -> Option<Self> {
        let text = |name: &str| fields.text(&format!("{prefix}.{name}"));
        fields.get(&format!("{prefix}.as_of"))?;
        let asked = text("asked");
        let facts = asked.split(' ').filter(|id| !id.is_empty()).map(|id| {
            let ticked: Vec<_> =
                fields.all(&format!("{prefix}.f.{id}")).filter(|one| !one.is_empty()).collect();
            (id.to_owned(), ticked.join(", "))
        });
        Some(Self {
            expect: text("expect"),
            as_of: text("as_of"),
            facts: facts.filter(|(_, value)| !value.is_empty()).collect(),
            order: text("order"),
            family: text("family"),
            events: text("events"),
            lot: text("lot"),
            note: text("note"),
            above: text("above"),
        })
    }

    pub fn of(example: &Example, catalogue: &Catalogue) -> Self {
        let expect = EXPECTS.iter().find(|(_, one)| *one == example.expect).map_or("", |(id, _)| id);
        let words =
            |facts: &[Fact]| facts.iter().map(|fact| said(fact, catalogue)).collect::<Vec<_>>().join(", ");
        let facts = example.facts.iter().map(|fact| (fact.attribute.0.clone(), value_of(fact, catalogue)));
        let order: Vec<_> = example.facts.iter().map(|fact| fact.attribute.as_str()).collect();
        let events = example.events.iter().map(|event| {
            format!(
                "{} {} {}\n",
                event_word(event.kind),
                catalogue.subject_word(event.kind, &event.subject),
                event.on
            )
        });
        Self {
            expect: expect.to_owned(),
            as_of: example.as_of.to_string(),
            facts: facts.collect(),
            order: order.join(" "),
            family: example.family.iter().map(|facts| words(facts) + "\n").collect(),
            events: events.collect(),
            lot: example.lot.map_or_else(String::new, |lot| lot.to_string()),
            note: example.beside.clone().unwrap_or_default(),
            above: lines(&example.above),
        }
    }

    /// The cells of its line, without the answer.
    pub fn cells(&self, catalogue: &Catalogue) -> String {
        let mut cells = vec![format!("基準日 {}", cell(&self.as_of))];
        let before = self.order.split(' ').filter(|id| self.facts.contains_key(*id));
        let new = catalogue.attributes().iter().map(|known| known.id.as_str());
        let new = new.filter(|id| !self.order.split(' ').any(|one| one == *id));
        for id in before.chain(new) {
            if let (Some(known), Some(value)) = (catalogue.attribute(id), self.facts.get(id)) {
                cells.push(format!("{} {}", known.word, cell(value)));
            }
        }
        // A person of whom nothing is known is still a person; a last empty line is only the end of the text.
        let persons = self.family.strip_suffix('\n').unwrap_or(&self.family);
        if !self.family.is_empty() {
            cells
                .extend(persons.split('\n').map(|line| format!("家族 {}", cell(line)).trim_end().to_owned()));
        }
        cells.extend(self.events.lines().map(cell).filter(|line| !line.is_empty()));
        if !self.lot.trim().is_empty() {
            cells.push(format!("抽選 {}", cell(&self.lot)));
        }
        cells.join(" | ")
    }
}

/// What can stand between two bars.
fn cell(typed: &str) -> String {
    plain(typed).replace(['|', '|'], " ")
}

/// A stored value as a rule file writes it.
fn value_of(fact: &Fact, catalogue: &Catalogue) -> String {
    let attribute = catalogue.attribute(fact.attribute.as_str());
    let word = |id: &str| {
        let value = attribute.and_then(|known| known.value(id));
        value.map_or_else(|| id.to_owned(), |value| value.word.clone())
    };
    match &fact.value {
        Value::YesNo(yes) => if *yes { "はい" } else { "いいえ" }.to_owned(),
        Value::Number(number) => number.to_string(),
        Value::Date(date) => date.to_string(),
        Value::Choice(id) => word(id.as_str()),
        Value::Choices(ids) if ids.is_empty() => "なし".to_owned(),
        Value::Choices(ids) => ids.iter().map(|id| word(id.as_str())).collect::<Vec<_>>().join(", "),
    }
}

fn said(fact: &Fact, catalogue: &Catalogue) -> String {
    let word =
        catalogue.attribute(fact.attribute.as_str()).map_or(fact.attribute.as_str(), |known| &known.word);
    format!("{word} {}", value_of(fact, catalogue))
}

fn event_word(kind: EventKind) -> &'static str {
    match kind {
        EventKind::Attended => "受診",
        EventKind::Booked => "予約",
        EventKind::Sent => "配信",
        EventKind::Tapped => "タップ",
    }
}

/// The values among which a fact is chosen; empty where it is typed.
pub fn choices(attribute: &Attribute) -> Vec<(String, String)> {
    let word =
        |value: &crate::domain::attribute::AllowedValue| (value.word.clone(), value.label.ja().to_owned());
    match attribute.value_type {
        ValueType::YesNo => ["はい", "いいえ"].map(|word| (word.to_owned(), word.to_owned())).into(),
        ValueType::Choice => attribute.values.iter().map(word).collect(),
        ValueType::Choices | ValueType::Number | ValueType::Date => Vec::new(),
    }
}
