//! Generated households, as no form would let them in.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::ToSpan as _;
use jiff::civil::Date;
use uuid::Uuid;

use super::conditions::subject;
use super::days;
use super::rules::Pen;
use crate::domain::attribute::{
    Attribute, Catalogue, Facts, Subject, TopicId, Value, ValueId, ValueType, core,
};
use crate::domain::dice::Dice;
use crate::domain::history::{Coverage, Event, EventKind, History, Since, When};
use crate::domain::household::{Consent, Household, Lot, Person, PersonStanding, Standing};
use crate::domain::ids::{AccountId, PersonId};

/// So many accounts in the order of their ids, whose records are complete for the same things.
pub(super) fn accounts(
    dice: &mut Dice,
    accounts: usize,
    day: Date,
    catalogue: &Catalogue,
) -> (Arc<Coverage>, Vec<(AccountId, Household)>) {
    let mut maker = Maker { pen: Pen { dice, catalogue, day }, coverage: Arc::default() };
    maker.coverage = Arc::new(maker.coverage());
    let mut id = Uuid::from_u128(0);
    let account = |_| {
        // Ascending, far apart and all different in the bits that a draw looks at.
        let step = u128::from(maker.pen.dice.draw()) << 40 | 1;
        id = Uuid::from_u128(id.as_u128() + step);
        (AccountId(id), maker.household(AccountId(id)))
    };
    let people = (0..accounts).map(account).collect();
    (maker.coverage, people)
}

struct Maker<'a> {
    pen: Pen<'a>,
    coverage: Arc<Coverage>,
}

impl Maker<'_> {
    /// For what the records of the town are complete, and since when.
    fn coverage(&mut self) -> Coverage {
        if self.pen.dice.permille(150) {
            return Coverage::everything();
        }
        let mut coverage = Coverage::default();
        let programmes = self.pen.catalogue.programmes().iter().map(|programme| programme.id.to_string());
        let series = self.pen.catalogue.series().iter().cloned().chain(["見本シリーズ".to_owned()]);
        let subjects: Vec<_> = programmes.map(|id| (true, id)).chain(series.map(|id| (false, id))).collect();
        for (of_person, subject) in subjects {
            for kind in EventKind::ALL.into_iter().filter(|kind| kind.of_person() == of_person) {
                let since = match self.pen.dice.below(10) {
                    0..5 => Since::Beginning,
                    5..8 => Since::FiscalYear(days::fiscal_year_near(self.pen.dice, self.pen.day)),
                    _ => continue,
                };
                coverage.set(kind, subject.clone(), since);
            }
        }
        coverage
    }

    fn household(&mut self, id: AccountId) -> Household {
        let persons = self.pen.dice.weighted(&[(0, 5), (1, 30), (2, 25), (3, 20), (4, 12), (5, 6), (8, 2)]);
        let mut persons: Vec<Person> = (0..persons).map(|at| self.person(at)).collect();
        if self.pen.dice.permille(50) {
            persons.reverse();
        }
        Household {
            standing: self.standing(),
            account: self.facts(Subject::Account),
            declined: self.declined(),
            persons,
            history: self.history(false),
            lot: Lot::Of(id),
        }
    }

    fn standing(&mut self) -> Standing {
        let mut standing = Standing::default();
        match self.pen.dice.below(50) {
            0 => standing.following = false,
            1 => standing.consent = Consent::Withdrawn,
            2 => standing.sending_stopped = true,
            3 => standing.erased = true,
            4 => standing.consent = Consent::NotYet,
            _ => {}
        }
        standing
    }

    fn declined(&mut self) -> BTreeSet<TopicId> {
        let topics = self.pen.catalogue.topics().iter();
        topics.filter(|_| self.pen.dice.permille(60)).map(|topic| topic.id.clone()).collect()
    }

    fn person(&mut self, at: i32) -> Person {
        let mut facts = self.facts(Subject::Person);
        if at == 0 && !self.pen.dice.permille(40) {
            facts.set(core::RELATION, Value::Choice(ValueId::from(core::SELF)));
        } else if self.pen.dice.permille(350) {
            facts.set(core::RELATION, Value::Choice(ValueId::from(core::CHILD)));
        }
        let standing = self.pen.dice.weighted(&[
            (PersonStanding::Active, 940),
            (PersonStanding::Moved, 35),
            (PersonStanding::Deceased, 25),
        ]);
        let id = Some(PersonId(Uuid::from_u128(self.pen.dice.draw().into())));
        Person { id, facts, standing, history: self.history(true) }
    }

    /// Each attribute is known most of the time.
    fn facts(&mut self, subject: Subject) -> Facts {
        let catalogue = self.pen.catalogue;
        let mut facts = Facts::default();
        for attribute in catalogue.of(subject) {
            if !self.pen.dice.permille(120) {
                let value = value(&mut self.pen, attribute);
                value.into_iter().for_each(|value| facts.set(attribute.id.clone(), value));
            }
        }
        facts
    }

    fn history(&mut self, of_person: bool) -> History {
        let count = self.pen.dice.weighted(&[(0, 8), (1, 4), (2, 3), (4, 2), (9, 1)]);
        let mut events = Vec::new();
        for _ in 0..count {
            let (kind, subject) = subject(&mut self.pen);
            if kind.of_person() == of_person {
                let on = self.when();
                // Now and then the same thing stands in the records twice.
                let times = if self.pen.dice.permille(80) { 2 } else { 1 };
                events.extend((0..times).map(|_| Event { kind, subject: subject.clone(), on }));
            }
        }
        History { events, coverage: Arc::clone(&self.coverage) }
    }

    fn when(&mut self) -> When {
        let Pen { dice, day, .. } = &mut self.pen;
        match dice.below(10) {
            0..3 => When::FiscalYear(days::fiscal_year_near(dice, *day)),
            3..5 => {
                let back = dice.pick(&[0, 1, 29, 30, 31, 89, 90, 91, 365, 366, 367]);
                When::Day(day.saturating_sub(back.days()))
            }
            5..7 => When::Day(days::near(dice, *day)),
            _ => {
                let days = dice.between(-40, 1_500);
                When::Day(day.saturating_sub(days.days()))
            }
        }
    }
}

/// Some value that the attribute allows.
pub(super) fn value(pen: &mut Pen<'_>, attribute: &Attribute) -> Option<Value> {
    Some(match attribute.value_type {
        ValueType::YesNo => Value::YesNo(pen.dice.permille(500)),
        ValueType::Number => Value::Number(i64::from(pen.dice.between(0, 10))),
        ValueType::Choice => Value::Choice(pen.dice.one_of(&attribute.values)?.id.clone()),
        ValueType::Choices => {
            let count = pen.dice.weighted(&[(0, 2), (1, 3), (2, 3), (5, 1)]);
            let chosen = (0..count).filter_map(|_| pen.dice.one_of(&attribute.values));
            Value::Choices(chosen.map(|value| value.id.clone()).collect())
        }
        ValueType::Date if attribute.id.as_str() == core::BIRTH_DATE => {
            Value::Date(days::birth(pen.dice, pen.day))
        }
        ValueType::Date => Value::Date(days::near(pen.dice, pen.day)),
    })
}
