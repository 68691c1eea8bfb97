//! An example of the form, as it was typed; the made-up person to try a rule on is one, too.
//!
//! Field names: `x.3.expect`, `x.3.f.insurance`, … for examples, `t.…` for the made-up person.

use std::collections::BTreeMap;

use super::fields::Fields;
use super::node::lines;
use super::words::plain;
use crate::domain::attribute::{Attribute, Catalogue, ValueType};
use crate::domain::segment::rule::{Example, Expect, Header, Segment, Target};
use crate::domain::segment::text::print;

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

    /// An example of a rule, cell by cell as its text has them.
    pub fn of(example: &Example, catalogue: &Catalogue) -> Self {
        let expect = EXPECTS.iter().find(|(_, one)| *one == example.expect).map_or("", |(id, _)| id);
        let mut row = Self {
            expect: expect.to_owned(),
            note: example.beside.clone().unwrap_or_default(),
            above: lines(&example.above),
            ..Self::default()
        };
        let bare = Example { above: Vec::new(), beside: None, ..example.clone() };
        let text = print(&alone(bare), catalogue);
        let line = text.lines().last().unwrap_or_default();
        line.split('|').skip(1).for_each(|cell| row.take(cell.trim(), catalogue));
        row
    }

    fn take(&mut self, cell: &str, catalogue: &Catalogue) {
        let (word, rest) = cell.split_once(' ').unwrap_or((cell, ""));
        match word {
            "基準日" => rest.clone_into(&mut self.as_of),
            "家族" => self.family.push_str(&format!("{rest}\n")),
            "抽選" => rest.clone_into(&mut self.lot),
            "受診" | "予約" | "配信" | "タップ" => self.events.push_str(&format!("{cell}\n")),
            _ => {
                let known = catalogue.attributes().iter().find(|known| known.word == word);
                let id = known.map_or(word, |known| known.id.as_str());
                self.facts.insert(id.to_owned(), rest.to_owned());
                self.order = format!("{} {id}", self.order).trim().to_owned();
            }
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

/// A rule that has nothing but an example.
fn alone(example: Example) -> Segment {
    Segment {
        header: Header::default(),
        target: Target::Everyone,
        exclusions: Vec::new(),
        examples: vec![example],
        preface: Vec::new(),
        closing: Vec::new(),
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
