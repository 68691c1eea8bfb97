//! What LINE counts of messages sent under a name: who saw them, who opened an address, day by day.
//!
//! As LINE's reference says: a thousand names a month and the next one is silently dropped; figures a day late; nothing
//! counted after the 14th day; a figure below 20 is null.

use std::collections::{BTreeSet, HashMap};

use jiff::civil::Date;

use super::people::Key;
use crate::domain::timestamp::Timestamp;

/// Different names in a calendar month.
const A_MONTH: usize = 1_000;
/// Days after sending in which something is still counted.
const DAYS: i32 = 14;
/// The smallest figure that is told.
const SMALLEST: usize = 20;

/// Everything counted so far.
#[derive(Debug, Default)]
pub(super) struct Units {
    by_name: HashMap<String, Unit>,
    months: HashMap<(i16, i8), BTreeSet<String>>,
}

#[derive(Debug, Default)]
struct Unit {
    /// The day on which each person was last sent something under the name.
    sent: HashMap<Key, Date>,
    seen: HashMap<Key, Date>,
    /// By address, the day on which each person first opened it.
    opened: HashMap<String, HashMap<Key, Date>>,
}

/// What is told of a name for a period.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Told {
    pub impressions: Option<usize>,
    pub clicks: Option<usize>,
    pub addresses: Vec<(String, Option<usize>)>,
}

impl Units {
    /// Counts a name for this month; false where the month's names are used up, and the message goes without.
    pub(super) fn take(&mut self, name: &str, now: Timestamp) -> bool {
        let names = self.months.entry(month(now)).or_default();
        names.contains(name) || (names.len() < A_MONTH && names.insert(name.to_owned()))
    }

    /// How many names this month has had.
    pub(super) fn used(&self, now: Timestamp) -> usize {
        self.months.get(&month(now)).map_or(0, BTreeSet::len)
    }

    /// Somebody was sent something under the name.
    pub(super) fn deliver(&mut self, name: &str, to: Key, now: Timestamp) {
        self.by_name.entry(name.to_owned()).or_default().sent.insert(to, now.tokyo_date());
    }

    /// Somebody looks at everything they were sent of late.
    pub(super) fn look(&mut self, person: Key, now: Timestamp) {
        let today = now.tokyo_date();
        for unit in self.by_name.values_mut().filter(|unit| unit.counts(&person, today)) {
            unit.seen.entry(person).or_insert(today);
        }
    }

    /// Somebody opens an address in what they were sent under a name.
    pub(super) fn open(&mut self, name: &str, person: Key, address: &str, now: Timestamp) {
        let today = now.tokyo_date();
        if let Some(unit) = self.by_name.get_mut(name).filter(|unit| unit.counts(&person, today)) {
            unit.opened.entry(address.to_owned()).or_default().entry(person).or_insert(today);
        }
    }

    /// The names under which somebody was sent something.
    pub(super) fn of(&self, person: &Key) -> Vec<String> {
        let theirs = self.by_name.iter().filter(|(_, unit)| unit.sent.contains_key(person));
        let mut names: Vec<_> = theirs.map(|(name, _)| name.clone()).collect();
        names.sort();
        names
    }

    /// Every name under which anything was sent.
    pub(super) fn names(&self) -> Vec<String> {
        let mut names: Vec<_> = self.by_name.keys().cloned().collect();
        names.sort();
        names
    }

    /// What is told of a name; of today nothing is ready yet.
    pub(super) fn tell(&self, name: &str, (from, to): (Date, Date), now: Timestamp) -> Told {
        let Some(unit) = self.by_name.get(name) else { return Told::default() };
        let last = to.min(now.tokyo_date().yesterday().unwrap_or(to));
        let within = |day: &&Date| (from..=last).contains(day);
        let openers: BTreeSet<&Key> =
            unit.opened.values().flatten().filter(|(_, day)| within(day)).map(|(person, _)| person).collect();
        let address = |(address, people): (&String, &HashMap<Key, Date>)| {
            (address.clone(), enough(people.values().filter(within).count()))
        };
        Told {
            impressions: enough(unit.seen.values().filter(within).count()),
            clicks: enough(openers.len()),
            addresses: unit.opened.iter().map(address).collect(),
        }
    }
}

impl Unit {
    fn counts(&self, person: &Key, today: Date) -> bool {
        let days = |sent: &Date| sent.until(today).map_or(i32::MAX, |span| span.get_days());
        self.sent.get(person).is_some_and(|sent| days(sent) <= DAYS)
    }
}

fn enough(count: usize) -> Option<usize> {
    (SMALLEST <= count).then_some(count)
}

fn month(at: Timestamp) -> (i16, i8) {
    let date = at.tokyo_date();
    (date.year(), date.month())
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_thousand_names_a_month_and_the_next_is_dropped() {
        let (mut units, now) = (Units::default(), Timestamp::from_tokyo(date(2026, 7, 1).at(9, 0, 0, 0)));
        assert!((0..1_000).all(|number| units.take(&format!("u{number}"), now)));
        assert!(!units.take("one_more", now) && units.take("u7", now));
        assert!(units.take("one_more", Timestamp::from_tokyo(date(2026, 8, 1).at(9, 0, 0, 0))));
    }

    #[test]
    fn twenty_are_told_a_day_later_and_nothing_is_counted_after_two_weeks() {
        let at = |day| Timestamp::from_tokyo(date(2026, 7, day).at(9, 0, 0, 0));
        let (mut units, key) = (Units::default(), |number: u8| [number; 16]);
        (0..30).for_each(|number| units.deliver("u", key(number), at(1)));
        (0..20).for_each(|number| units.look(key(number), at(1)));
        let period = (date(2026, 7, 1), date(2026, 7, 31));
        assert_eq!(units.tell("u", period, at(1)).impressions, None, "not ready");
        assert_eq!(units.tell("u", period, at(2)).impressions, Some(20));
        (0..19).for_each(|number| units.open("u", key(number), "https://a.example", at(2)));
        assert_eq!(units.tell("u", period, at(3)).clicks, None, "fewer than 20");
        (20..30).for_each(|number| units.look(key(number), at(16)));
        assert_eq!(units.tell("u", period, at(17)).impressions, Some(20), "after the 14th day");
    }
}
