//! Somebody of an example as typed: what is known of them, and what happened to them.
//!
//! Field names begin with where they stand: `x.3` is the friend of the fourth example, `x.3.m.0` the first of the
//! family, `t` the made-up person. `x.3.f.insurance` is a fact, `x.3.e.0.on` the day of the first event.

use std::collections::BTreeMap;

use super::fields::Fields;
use super::words::{compact, plain};
use crate::domain::attribute::{Attribute, Catalogue, ValueType, core};
use crate::domain::history::EventKind;
use crate::domain::segment::rule::{Fact, PastEvent};
use crate::domain::segment::text::value_words;

/// One person of an example.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Somebody {
    /// What is known, by attribute; an empty word is not known.
    pub facts: BTreeMap<String, String>,
    /// The attributes in the order in which they are written.
    pub order: String,
    pub events: Vec<Happened>,
}

/// Something that happened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Happened {
    /// The id of its kind.
    pub kind: String,
    /// The programme's id, or the series.
    pub subject: String,
    /// 「2025-07-10」, 「2025年度」 or 「不明」.
    pub on: String,
}

/// The kinds by the ids that the form has for them.
pub const KINDS: [(&str, EventKind); 4] = [
    ("attended", EventKind::Attended),
    ("booked", EventKind::Booked),
    ("sent", EventKind::Sent),
    ("tapped", EventKind::Tapped),
];

impl Somebody {
    /// What a form sent about the person at a place.
    pub fn read(fields: &Fields, place: &str) -> Self {
        let asked = fields.text(&format!("{place}.asked"));
        let facts = asked.split(' ').filter(|id| !id.is_empty()).map(|id| {
            let name = format!("{place}.f.{id}");
            let chosen: Vec<_> = fields.all(&name).filter(|one| !one.is_empty()).collect();
            (id.to_owned(), chosen.join(", "))
        });
        let event = |at| Happened::read(fields, &format!("{place}.e.{at}"));
        Self {
            facts: facts.filter(|(_, value)| !value.is_empty()).collect(),
            order: fields.text(&format!("{place}.order")),
            events: (0..).map_while(event).collect(),
        }
    }

    /// A person of a rule's example.
    pub fn of(facts: &[Fact], events: &[PastEvent], catalogue: &Catalogue) -> Self {
        let words = |fact: &Fact| {
            let attribute = catalogue.attribute(fact.attribute.as_str());
            (fact.attribute.0.clone(), value_words(attribute, &fact.value))
        };
        Self {
            facts: facts.iter().map(words).collect(),
            order: facts.iter().map(|fact| fact.attribute.as_str()).collect::<Vec<_>>().join(" "),
            events: events.iter().map(Happened::of).collect(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.facts.is_empty() && self.events.is_empty()
    }

    /// What is known, in words: first what was there before, in its order, then what is new.
    pub fn facts<'a>(&'a self, catalogue: &'a Catalogue) -> impl Iterator<Item = (&'a Attribute, &'a str)> {
        let before: Vec<_> = self.order.split(' ').filter(|id| !id.is_empty()).collect();
        let new = catalogue.attributes().iter().map(|known| known.id.as_str());
        let mut new = new.filter(|id| !before.contains(id)).collect::<Vec<_>>();
        // Who somebody is comes before what is known of them.
        new.sort_by_key(|id| *id != core::RELATION);
        let known = |id: &'a str| catalogue.attribute(id).zip(self.facts.get(id).map(String::as_str));
        before.into_iter().chain(new).filter_map(known)
    }

    /// Somebody of the family in the words of the language. Between two commas stands one thing, so that a comma typed
    /// where no comma can be is no second thing.
    pub fn family_words(&self, catalogue: &Catalogue) -> String {
        let fact = |(attribute, value): (&Attribute, &str)| {
            let value = match attribute.value_type {
                ValueType::Choices => value.to_owned(),
                _ => value.replace([',', '、', ','], " "),
            };
            format!("{} {}", attribute.word, cell(&value))
        };
        let events = self.events.iter().map(|event| event.words(catalogue).replace([',', '、', ','], " "));
        self.facts(catalogue).map(fact).chain(events).collect::<Vec<_>>().join(", ")
    }
}

impl Happened {
    pub fn new() -> Self {
        Self { kind: "attended".to_owned(), ..Self::default() }
    }

    fn read(fields: &Fields, place: &str) -> Option<Self> {
        let text = |name: &str| fields.text(&format!("{place}.{name}"));
        fields.get(&format!("{place}.kind"))?;
        Some(Self { kind: text("kind"), subject: text("subject"), on: text("on") })
    }

    fn of(event: &PastEvent) -> Self {
        let kind = KINDS.iter().find(|(_, kind)| *kind == event.kind).map_or("", |(id, _)| id);
        Self {
            kind: kind.to_owned(),
            subject: event.subject.clone(),
            on: event.on.map_or_else(|| "不明".to_owned(), |on| on.to_string()),
        }
    }

    /// What kind it is; 受診 where the form says nothing that we know.
    pub fn kind(&self) -> EventKind {
        KINDS.iter().find(|(id, _)| *id == self.kind).map_or(EventKind::Attended, |(_, kind)| *kind)
    }

    /// 「受診 特定健診 2025-07-10」.
    pub fn words(&self, catalogue: &Catalogue) -> String {
        let (kind, subject) = (self.kind(), compact(&self.subject));
        let words =
            format!("{} {} {}", kind.word(), catalogue.subject_word(kind, &subject), compact(&self.on));
        cell(&words)
    }
}

/// What can stand between two bars.
pub fn cell(typed: &str) -> String {
    plain(typed).replace(['|', '|'], " ")
}
