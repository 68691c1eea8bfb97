//! Runs the examples of a rule: they are its tests.

use std::sync::Arc;

use super::{Checker, Code, Segment, Target};
use crate::domain::attribute::{Catalogue, Facts, Subject, Value, core};
use crate::domain::history::{Coverage, Event, History};
use crate::domain::household::{Household, Lot, Person};
use crate::domain::segment::person::evaluate;
use crate::domain::segment::rule::{Example, Fact, PastEvent};

impl Checker<'_> {
    /// Each example has to be answered as it says.
    pub(super) fn examples(&mut self) {
        if self.segment.examples.is_empty() && self.segment.target != Target::Everyone {
            let mend = "「例:」の下に、対象になる人とならない人を一人ずつ書いてください。";
            self.say(Code::NoExample, self.at_header("名前"), "例がありません。", mend);
        }
        for (at, example) in self.segment.examples.iter().enumerate() {
            if let Some(said) = disagreement(self.segment, self.catalogue, example) {
                let expected = example.expect.word();
                let message = format!("例では「{expected}」ですが、この条件では「{said}」になります。");
                self.say(
                    Code::Example,
                    self.places.examples.get(at).copied(),
                    message,
                    "条件か例のどちらかを直してください。",
                );
            }
        }
    }
}

/// What the rule says instead, if it disagrees.
fn disagreement(segment: &Segment, catalogue: &Catalogue, example: &Example) -> Option<String> {
    let household = household(example, catalogue);
    let said = evaluate(segment, catalogue, &household, example.as_of, None).verdict;
    (said.kind() != example.expect).then(|| said.words(catalogue))
}

/// The made-up household of an example. The friend is 本人 unless the row says otherwise.
#[must_use]
pub fn household(example: &Example, catalogue: &Catalogue) -> Household {
    let of = |subject| {
        let belongs = move |fact: &&Fact| {
            catalogue.attribute(fact.attribute.as_str()).is_some_and(|attribute| attribute.subject == subject)
        };
        example.facts.iter().filter(belongs)
    };
    let history = |of_person: bool| {
        let of_kind = move |event: &&PastEvent| event.kind.of_person() == of_person;
        records(example.events.iter().filter(of_kind))
    };
    let mut friend = facts(of(Subject::Person));
    if friend.get(core::RELATION).is_none() {
        friend.set(core::RELATION, Value::Choice(core::SELF.into()));
    }
    let friend = Person { facts: friend, history: history(true), ..Person::default() };
    let family = example.family.iter().map(|relative| Person {
        facts: facts(&relative.facts),
        history: records(&relative.events),
        ..Person::default()
    });
    Household {
        account: facts(of(Subject::Account)),
        persons: std::iter::once(friend).chain(family).collect(),
        history: history(false),
        lot: example.lot.map_or(Lot::Unknown, Lot::Drawn),
        ..Household::default()
    }
}

/// Everything is on record, but for what the example says is not known.
fn records<'a>(events: impl IntoIterator<Item = &'a PastEvent>) -> History {
    let (mut happened, mut gaps) = (Vec::new(), Vec::new());
    for PastEvent { kind, subject, on } in events {
        match on {
            Some(on) => happened.push(Event { kind: *kind, subject: subject.clone(), on: *on }),
            None => gaps.push((*kind, subject.clone())),
        }
    }
    History { events: happened, coverage: Arc::new(Coverage::everything_but(gaps)) }
}

fn facts<'a>(list: impl IntoIterator<Item = &'a Fact>) -> Facts {
    let mut facts = Facts::default();
    list.into_iter().for_each(|fact| facts.set(fact.attribute.clone(), fact.value.clone()));
    facts
}
