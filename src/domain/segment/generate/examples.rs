//! Generated rows under 例, and somebody generated written as such a row.

use super::rules::Pen;
use super::{days, people};
use crate::domain::attribute::{Attribute, Facts, Subject};
use crate::domain::history::{Event, When};
use crate::domain::household::{Household, Lot, Person};
use crate::domain::segment::bucket::{BUCKETS, Draw};
use crate::domain::segment::rule::{Example, Expect, Fact, PastEvent, Relative, Rule, Segment, Target};

use jiff::civil::Date;

/// A row of any content; what it says need not be true.
pub(super) fn example(pen: &mut Pen<'_>) -> Example {
    let catalogue = pen.catalogue;
    let expect = pen.dice.pick(&[Expect::Target, Expect::NotTarget, Expect::Excluded, Expect::Unknown]);
    let facts = catalogue.attributes().iter().filter_map(|one| fact(pen, one)).collect();
    let members = pen.dice.weighted(&[(0, 4), (1, 2), (2, 1)]);
    let family = (0..members).map(|_| relative(pen)).collect();
    let events = pen.dice.weighted(&[(0, 4), (1, 2), (3, 1)]);
    let lot = u16::try_from(pen.dice.below(u32::from(BUCKETS))).ok().filter(|_| pen.dice.permille(200));
    Example {
        expect,
        as_of: pen.day,
        facts,
        family,
        events: (0..events).map(|_| past_event(pen)).collect(),
        lot,
        above: Vec::new(),
        beside: None,
    }
}

fn relative(pen: &mut Pen<'_>) -> Relative {
    let catalogue = pen.catalogue;
    let facts = catalogue.of(Subject::Person).filter_map(|one| fact(pen, one)).collect();
    let events = (0..pen.dice.weighted(&[(0, 3), (1, 1)])).map(|_| past_event(pen));
    Relative { facts, events: events.filter(|event| event.kind.of_person()).collect() }
}

fn fact(pen: &mut Pen<'_>, attribute: &Attribute) -> Option<Fact> {
    if !pen.dice.permille(250) {
        return None;
    }
    Some(Fact { attribute: attribute.id.clone(), value: people::value(pen, attribute)? })
}

fn past_event(pen: &mut Pen<'_>) -> PastEvent {
    let (kind, subject) = super::conditions::subject(pen);
    let on = if pen.dice.permille(100) {
        None
    } else if pen.dice.permille(400) {
        Some(When::FiscalYear(days::fiscal_year_near(pen.dice, pen.day)))
    } else {
        Some(When::Day(days::near(pen.dice, pen.day)))
    };
    PastEvent { kind, subject, on }
}

/// A household as a row under 例, as far as a row can say it: the first person's facts and events, the others as 家族,
/// and the number that the account draws in the rule's first draw.
///
/// What a row can't say (standings, gaps in the records) is left out.
#[must_use]
pub fn as_example(segment: &Segment, household: &Household, as_of: Date, expect: Expect) -> Example {
    let friend = household.friend().or(household.persons.first());
    let others =
        household.persons.iter().filter(|person| !friend.is_some_and(|one| std::ptr::eq(one, *person)));
    let of_friend = friend.map(|friend| &friend.history.events);
    let events = of_friend.into_iter().flatten().chain(&household.history.events);
    Example {
        expect,
        as_of,
        facts: facts(&household.account)
            .chain(friend.into_iter().flat_map(|one| facts(&one.facts)))
            .collect(),
        family: others.map(as_relative).collect(),
        events: events.map(as_past_event).collect(),
        lot: lot(segment, household.lot),
        above: Vec::new(),
        beside: None,
    }
}

fn as_relative(person: &Person) -> Relative {
    Relative {
        facts: facts(&person.facts).collect(),
        events: person.history.events.iter().map(as_past_event).collect(),
    }
}

fn as_past_event(event: &Event) -> PastEvent {
    PastEvent { kind: event.kind, subject: event.subject.clone(), on: Some(event.on) }
}

fn facts(facts: &Facts) -> impl Iterator<Item = Fact> {
    facts.iter().map(|(attribute, value)| Fact { attribute: attribute.clone(), value: value.clone() })
}

fn lot(segment: &Segment, lot: Lot) -> Option<u16> {
    let account = match lot {
        Lot::Unknown => return None,
        Lot::Drawn(number) => return Some(number),
        Lot::Of(account) => account,
    };
    let salt = first_salt(segment)?;
    Some(Draw::new(salt).number(account))
}

fn first_salt(segment: &Segment) -> Option<&str> {
    let of_target = match &segment.target {
        Target::Group(group) => &group.members[..],
        Target::Everyone => &[],
    };
    of_target.iter().chain(&segment.exclusions).find_map(|node| salt(&node.rule))
}

fn salt(rule: &Rule) -> Option<&str> {
    match rule {
        Rule::Bucket(bucket) => Some(&bucket.salt),
        Rule::Group(group) => group.members.iter().find_map(|node| salt(&node.rule)),
        Rule::Relatives(relatives) => relatives.group.members.iter().find_map(|node| salt(&node.rule)),
        _ => None,
    }
}
