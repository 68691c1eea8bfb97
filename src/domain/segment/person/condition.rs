//! The truth of one condition for one person.

use std::collections::BTreeSet;

use jiff::ToSpan as _;
use jiff::civil::Date;

use crate::domain::attribute::{Attribute, Catalogue, Facts, Subject, Value, ValueId, core};
use crate::domain::calendar::{DateWindow, fiscal_year, fiscal_year_days, wareki_year};
use crate::domain::household::{Household, Lot, Person};
use crate::domain::segment::bucket::Draw;
use crate::domain::segment::rule::{
    AgeCondition, AttributeCondition, BirthYear, BucketCondition, ChoiceRef, ElapsedCondition,
    EventCondition, EventWindow, Test, YearCalendar,
};
use crate::domain::segment::truth::Truth;

pub(super) fn age(condition: &AgeCondition, catalogue: &Catalogue, person: &Person, as_of: Date) -> Truth {
    let Some(condition) = condition.bound(catalogue, as_of) else { return Truth::Unknown };
    match person.facts.date(core::BIRTH_DATE) {
        Some(birth) => condition.fits(condition.kind.count(birth, as_of)).into(),
        None => Truth::Unknown,
    }
}

pub(super) fn elapsed(
    condition: &ElapsedCondition,
    catalogue: &Catalogue,
    household: &Household,
    person: &Person,
    as_of: Date,
) -> Truth {
    let Some(condition) = condition.bound(catalogue, as_of) else { return Truth::Unknown };
    let attribute = catalogue.attribute(condition.attribute.as_str());
    let date = attribute.and_then(|known| facts_of(known, household, person).date(known.id.as_str()));
    date.map_or(Truth::Unknown, |date| condition.fits(date, as_of).into())
}

/// An account of which nothing is known draws no number.
pub(super) fn bucket(condition: &BucketCondition, lot: Lot) -> Truth {
    match lot {
        Lot::Unknown => Truth::Unknown,
        Lot::Of(account) => condition.fits(Draw::new(&condition.salt).number(account)).into(),
        Lot::Drawn(number) => condition.fits(number).into(),
    }
}

pub(super) fn birth_year(condition: &BirthYear, person: &Person) -> Truth {
    let Some(birth) = person.facts.date(core::BIRTH_DATE) else { return Truth::Unknown };
    let year = match condition.calendar {
        YearCalendar::Western => Some(birth.year()),
        YearCalendar::Japanese => wareki_year(birth).map(|(_, year)| year),
    };
    year.map_or(Truth::Unknown, |year| condition.parity.fits(i64::from(year)).into())
}

/// Whether a person has one of the 続柄; no 続柄 asked for fits everybody.
pub(super) fn related(relations: &BTreeSet<ValueId>, person: &Person) -> Truth {
    if relations.is_empty() {
        return Truth::True;
    }
    person
        .facts
        .choice(core::RELATION)
        .map_or(Truth::Unknown, |id| relations.contains(&ValueId::from(id)).into())
}

pub(super) fn attribute(
    condition: &AttributeCondition,
    catalogue: &Catalogue,
    household: &Household,
    person: &Person,
) -> Truth {
    let Some(attribute) = catalogue.attribute(condition.attribute.as_str()) else { return Truth::Unknown };
    let value = facts_of(attribute, household, person).get(attribute.id.as_str());
    match (&condition.test, value) {
        (Test::Missing, value) => value.is_none().into(),
        (_, None) => Truth::Unknown,
        (test, Some(value)) => fits(test, attribute, value),
    }
}

/// The facts in which an attribute is looked up.
fn facts_of<'a>(attribute: &Attribute, household: &'a Household, person: &'a Person) -> &'a Facts {
    match attribute.subject {
        Subject::Account => &household.account,
        Subject::Person => &person.facts,
    }
}

fn fits(test: &Test, attribute: &Attribute, value: &Value) -> Truth {
    let one = BTreeSet::new();
    let chosen = match value {
        Value::Choices(ids) => ids.clone(),
        Value::Choice(id) => [id.clone()].into(),
        _ => one,
    };
    let has = |choice: &ChoiceRef| chosen.iter().any(|id| names(choice, attribute, id));
    match (test, value) {
        (Test::AnyOf(any), Value::Choice(_) | Value::Choices(_)) => any.iter().any(has).into(),
        (Test::AllOf(all), Value::Choice(_) | Value::Choices(_)) => all.iter().all(has).into(),
        (Test::NoneOf(none), Value::Choice(_) | Value::Choices(_)) => (!none.iter().any(has)).into(),
        (Test::Number(ranges), Value::Number(number)) => {
            ranges.iter().any(|range| range.contains(*number)).into()
        }
        (Test::YesNo(wanted), Value::YesNo(yes)) => (wanted == yes).into(),
        (Test::Date(range), Value::Date(date)) => range.contains(*date).into(),
        // A test that the catalogue no longer fits: fail closed.
        _ => Truth::Unknown,
    }
}

fn names(choice: &ChoiceRef, attribute: &Attribute, id: &ValueId) -> bool {
    match choice {
        ChoiceRef::Value(value) => value == id,
        ChoiceRef::Area(area) => {
            attribute.value(id.as_str()).is_some_and(|value| value.area.as_ref() == Some(area))
        }
    }
}

pub(super) fn event(
    condition: &EventCondition,
    household: &Household,
    person: &Person,
    as_of: Date,
) -> Truth {
    let history = if condition.kind.of_person() { &person.history } else { &household.history };
    let window = event_days(condition.window, as_of);
    let (least, most) = history.count(condition.kind, &condition.subject, &window);
    let (from, to) = condition.times.bounds();
    // What surely happened, and what may have, has to lie within the bounds; else they can't meet, or it can't be told.
    if most.is_some_and(|most| from <= least && most <= to) || (from <= least && to == usize::MAX) {
        Truth::True
    } else if to < least || most.is_some_and(|most| most < from) {
        Truth::False
    } else {
        Truth::Unknown
    }
}

/// The days of a window as seen from the as-of date.
#[must_use]
pub fn event_days(window: EventWindow, as_of: Date) -> DateWindow {
    let year = fiscal_year(as_of);
    match window {
        EventWindow::ThisFiscalYear => fiscal_year_days(year),
        EventWindow::LastFiscalYear => fiscal_year_days(year - 1),
        EventWindow::PastFiscalYears(years) => DateWindow {
            from: fiscal_year_days(year - i16::from(years) + 1).from,
            until: fiscal_year_days(year).until,
        },
        EventWindow::WithinDays(days) => {
            DateWindow { from: Some(as_of.saturating_sub(i32::from(days).days())), until: Some(as_of) }
        }
        EventWindow::Ever => DateWindow { from: None, until: Some(as_of) },
    }
}
