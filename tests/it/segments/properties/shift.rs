//! Moving everybody's dates, the rule's own dates and the as-of date together by the same time changes nothing.
//!
//! By 400 years, after which the calendar repeats itself to the day of the week; and by 4 years between March 1901 and
//! February 2099, where every fourth year has a 29 February. Both are whole numbers of weeks or of days that each date
//! moves alike, and even, so that parities of ages and of 西暦 years hold. Not invariant, because they are tied to a
//! calendar that doesn't move: 生年 和暦 (the eras stand still), parameters (their values begin on fixed days), and
//! births before March 1901 for the shift by 4 years (1900 had no 29 February). Rules and people with those are left out.

use jiff::ToSpan as _;

use super::*;
use musubi::domain::attribute::{Facts, Value};
use musubi::domain::calendar::AgeKind;
use musubi::domain::history::{Event, Since, When};
use musubi::domain::segment::rule::{DateRange, YearCalendar};

fn later(day: Date, years: i16) -> Date {
    day.checked_add(i64::from(years).years()).unwrap()
}

fn shift_when(when: When, years: i16) -> When {
    match when {
        When::Day(day) => When::Day(later(day, years)),
        When::FiscalYear(year) => When::FiscalYear(year + years),
    }
}

fn shift_history(history: &History, coverage: &Arc<Coverage>, years: i16) -> History {
    let events =
        history.events.iter().map(|event| Event { on: shift_when(event.on, years), ..event.clone() });
    History { events: events.collect(), coverage: Arc::clone(coverage) }
}

fn shift_facts(facts: &Facts, years: i16) -> Facts {
    let mut shifted = facts.clone();
    for (id, value) in facts.iter() {
        if let Value::Date(day) = value {
            shifted.set(id.clone(), Value::Date(later(*day, years)));
        }
    }
    shifted
}

fn shift_coverage(coverage: &Coverage, years: i16) -> Coverage {
    if *coverage == Coverage::everything() {
        return Coverage::everything();
    }
    let mut shifted = Coverage::default();
    for (kind, subject, since) in coverage.iter() {
        let since = match since {
            Since::Beginning => Since::Beginning,
            Since::FiscalYear(year) => Since::FiscalYear(year + years),
        };
        shifted.set(kind, subject, since);
    }
    shifted
}

fn shift_town(town: &Town, years: i16) -> Town {
    let coverage = Arc::new(shift_coverage(&town.coverage, years));
    let people = town.people.iter().map(|(id, household)| {
        let mut household = household.clone();
        household.account = shift_facts(&household.account, years);
        household.history = shift_history(&household.history, &coverage, years);
        for person in &mut household.persons {
            person.facts = shift_facts(&person.facts, years);
            person.history = shift_history(&person.history, &coverage, years);
        }
        (*id, household)
    });
    Town { people: people.collect(), day: later(town.day, years), coverage }
}

/// The rule with its own dates moved; `None` where it is tied to a calendar that doesn't move.
fn shift_nodes(nodes: &[Node], years: i16) -> Option<Vec<Node>> {
    let shifted = nodes.iter().map(|node| {
        let mut node = node.clone();
        match &mut node.rule {
            Rule::Group(group) => group.members = shift_nodes(&group.members, years)?,
            Rule::Relatives(relatives) => {
                relatives.group.members = shift_nodes(&relatives.group.members, years)?;
            }
            Rule::Age(age) if age.parameter.is_some() => return None,
            Rule::Age(age) => {
                if let AgeKind::OnDate(day) = &mut age.kind {
                    *day = later(*day, years);
                }
            }
            Rule::Elapsed(elapsed) if elapsed.parameter.is_some() => return None,
            Rule::BirthYear(year) if year.calendar == YearCalendar::Japanese => return None,
            Rule::Attribute(condition) => {
                if let Test::Date(DateRange { from, to }) = &mut condition.test {
                    [from, to].into_iter().flatten().for_each(|day| *day = later(*day, years));
                }
            }
            _ => {}
        }
        Some(node)
    });
    shifted.collect()
}

fn shift_rule(segment: &Segment, years: i16) -> Option<Segment> {
    let target = match &segment.target {
        Target::Everyone => Target::Everyone,
        Target::Group(group) => {
            Target::Group(Group { mode: group.mode, members: shift_nodes(&group.members, years)? })
        }
    };
    Some(Segment { target, exclusions: shift_nodes(&segment.exclusions, years)?, ..segment.clone() })
}

fn holds(world: &World, years: i16) {
    let shifted = World { catalogue: Arc::clone(&world.catalogue), town: shift_town(&world.town, years) };
    let mut tried = 0;
    for (segment, as_of) in (0..90).map(|number| world.case(number)) {
        let Some(moved) = shift_rule(&segment, years) else { continue };
        assert_eq!(world.asked(&segment, as_of), shifted.asked(&moved, later(as_of, years)), "{segment:?}");
        tried += 1;
    }
    assert!(40 < tried, "{tried}");
}

#[test]
fn four_hundred_years_later_everything_is_the_same() {
    holds(&World::new(6), 400);
}

#[test]
fn four_years_earlier_or_forty_later_everything_is_the_same() {
    let mut world = World::new(7);
    let old = |person: &musubi::domain::household::Person| {
        person.facts.date("birth_date").is_some_and(|birth| birth < date(1907, 3, 1))
    };
    world.town.people.retain(|(_, household)| !household.persons.iter().any(old));
    assert!(30 < world.town.people.len());
    holds(&world, -4);
    holds(&world, 40);
}
