//! An example of the form, as it was typed; the made-up person to try a rule on is one, too.
//!
//! Field names: `x.3.expect`, `x.3.as_of`, … for examples, `t.…` for the made-up person; those of persons stand in
//! `somebody`.

use super::fields::Fields;
use super::node::lines;
use super::somebody::{Somebody, cell};
use crate::domain::attribute::{Attribute, Catalogue, ValueType};
use crate::domain::segment::rule::{Example, Expect};

/// One example.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row {
    /// `target`, `not_target`, `excluded`, `unknown`.
    pub expect: String,
    pub as_of: String,
    /// The friend.
    pub me: Somebody,
    pub family: Vec<Somebody>,
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
        (0..).map_while(|at| Self::read(fields, &format!("x.{at}"))).collect()
    }

    /// What a form sent under a prefix; `None` where it has no such row.
    pub fn read(fields: &Fields, prefix: &str) -> Option<Self> {
        let text = |name: &str| fields.text(&format!("{prefix}.{name}"));
        fields.get(&format!("{prefix}.as_of"))?;
        let relative = |at| {
            let place = format!("{prefix}.m.{at}");
            fields.get(&format!("{place}.asked")).map(|_| Somebody::read(fields, &place))
        };
        Some(Self {
            expect: text("expect"),
            as_of: text("as_of"),
            me: Somebody::read(fields, prefix),
            family: (0..).map_while(relative).collect(),
            lot: text("lot"),
            note: text("note"),
            above: text("above"),
        })
    }

    /// An example of a rule.
    pub fn of(example: &Example, catalogue: &Catalogue) -> Self {
        let expect = EXPECTS.iter().find(|(_, one)| *one == example.expect).map_or("", |(id, _)| id);
        let family = example.family.iter().map(|one| Somebody::of(&one.facts, &one.events, catalogue));
        Self {
            expect: expect.to_owned(),
            as_of: example.as_of.to_string(),
            me: Somebody::of(&example.facts, &example.events, catalogue),
            family: family.collect(),
            lot: example.lot.map_or_else(String::new, |number| number.to_string()),
            note: example.beside.clone().unwrap_or_default(),
            above: lines(&example.above),
        }
    }

    /// The cells of its line, without the answer.
    pub fn cells(&self, catalogue: &Catalogue) -> String {
        let mut cells = vec![format!("基準日 {}", cell(&self.as_of))];
        cells
            .extend(self.me.facts(catalogue).map(|(known, value)| format!("{} {}", known.word, cell(value))));
        // A person of whom nothing is known is still a person.
        let relative = |one: &Somebody| format!("家族 {}", one.family_words(catalogue)).trim_end().to_owned();
        cells.extend(self.family.iter().map(relative));
        cells.extend(self.me.events.iter().map(|event| event.words(catalogue)));
        if !self.lot.trim().is_empty() {
            cells.push(format!("抽選 {}", cell(&self.lot)));
        }
        cells.join(" | ")
    }

    /// Whether nothing was typed about anybody.
    pub fn is_empty(&self) -> bool {
        self.me.is_empty() && self.family.is_empty() && self.lot.is_empty()
    }
}

/// The values among which a fact is chosen; empty where it is typed.
pub fn choices(attribute: &Attribute) -> Vec<(String, String)> {
    let word =
        |value: &crate::domain::attribute::AllowedValue| (value.word.clone(), value.label.ja().to_owned());
    match attribute.value_type {
        ValueType::YesNo => ["はい", "いいえ"].map(|word| (word.to_owned(), word.to_owned())).into(),
        ValueType::Choice => attribute.values.iter().map(word).collect(),
        ValueType::Choices => {
            let none = ("なし".to_owned(), "なし(どれも選んでいない)".to_owned());
            std::iter::once(none).chain(attribute.values.iter().map(word)).collect()
        }
        ValueType::Number | ValueType::Date => Vec::new(),
    }
}
