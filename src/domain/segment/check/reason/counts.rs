//! How often something happened, and how many relatives fit: numbers between "surely" and "perhaps".
//!
//! Each count has a lower number (surely at least) and an upper one (perhaps at most), lower ≤ upper. A window within
//! another one, and a kinship within another one, can't have more than it.

use jiff::civil::Date;

use crate::domain::history::EventKind;
use crate::domain::segment::person::event_days;
use crate::domain::segment::rule::{EventCondition, EventWindow, HowMany, Relatives};

/// More than anything is counted.
const MANY: i64 = i64::MAX;

/// What is counted.
#[derive(Clone, Copy)]
pub(super) enum Counted<'a> {
    /// Events in a window.
    Events(&'a EventCondition),
    /// Relatives who fit a group.
    Relatives(&'a Relatives),
}

/// One of the two numbers of a count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Number {
    /// How many for certain.
    Surely,
    /// How many at most.
    Perhaps,
}

/// Everything that is known of the counts.
#[derive(Clone, Default)]
pub(super) struct Counts<'a> {
    counts: Vec<Count<'a>>,
    /// What 全員 can still be (true, false, unknown), by the relatives asked about.
    everyone: Vec<(&'a Relatives, [bool; 3])>,
}

#[derive(Clone)]
struct Count<'a> {
    of: Counted<'a>,
    surely: (i64, i64),
    perhaps: (i64, i64),
    /// Whether the group of the relatives was looked into already.
    seen: bool,
}

impl Count<'_> {
    /// The lower number, which is never above the upper one.
    fn least(&self) -> (i64, i64) {
        (self.surely.0, self.surely.1.min(self.perhaps.1))
    }

    /// The upper number.
    fn most(&self) -> (i64, i64) {
        (self.perhaps.0.max(self.surely.0), self.perhaps.1)
    }
}

impl<'a> Counts<'a> {
    /// Says that a number lies between two others; answers whether it can.
    pub(super) fn narrow(&mut self, of: Counted<'a>, which: Number, from: i64, to: i64) -> bool {
        let at = self.counts.iter().position(|count| same(count.of, of)).unwrap_or_else(|| {
            self.counts.push(Count { of, surely: (0, MANY), perhaps: (0, MANY), seen: false });
            self.counts.len() - 1
        });
        let count = &mut self.counts[at];
        let number = match which {
            Number::Surely => &mut count.surely,
            Number::Perhaps => &mut count.perhaps,
        };
        *number = (number.0.max(from), number.1.min(to));
        number.0 <= number.1 && count.surely.0 <= count.perhaps.1
    }

    /// How many counts, which is what working with them costs.
    pub(super) fn len(&self) -> usize {
        self.counts.len() + self.everyone.len()
    }

    /// Says what 全員 of some relatives can be: true, false, unknown.
    pub(super) fn everyone(&mut self, relatives: &'a Relatives, can_be: [bool; 3]) -> bool {
        let at = self.everyone.iter().position(|(known, _)| *known == relatives).unwrap_or_else(|| {
            self.everyone.push((relatives, [true; 3]));
            self.everyone.len() - 1
        });
        let known = &mut self.everyone[at].1;
        known.iter_mut().zip(can_be).for_each(|(known, can_be)| *known &= can_be);
        known.contains(&true)
    }

    /// Whether the counts fit each other on a day.
    pub(super) fn possible(&self, day: Date) -> bool {
        let fits = |inner: &Count<'_>, outer: &Count<'_>| {
            inner.surely.0 <= outer.least().1 && inner.most().0 <= outer.perhaps.1
        };
        let inclusions = self.counts.iter().all(|inner| {
            self.counts.iter().all(|outer| !included(inner.of, outer.of, day) || fits(inner, outer))
        });
        inclusions && self.two_years_add_up()
    }

    /// 過去2年度 is 前年度 and 今年度, no more and no less.
    fn two_years_add_up(&self) -> bool {
        let years = self.counts.iter().filter_map(|count| Some((event(count.of)?, count)));
        let both = years.filter(|(event, _)| event.window == EventWindow::PastFiscalYears(2));
        let one = |of: &EventCondition, windows: &[EventWindow]| {
            let same =
                |other: &EventCondition| subject(of) == subject(other) && windows.contains(&other.window);
            self.counts.iter().find(|count| event(count.of).is_some_and(same))
        };
        both.into_iter().all(|(of, sum)| {
            let this = one(of, &[EventWindow::ThisFiscalYear, EventWindow::PastFiscalYears(1)]);
            let last = one(of, &[EventWindow::LastFiscalYear]);
            let Some((this, last)) = this.zip(last) else { return true };
            let adds = |sum: (i64, i64), this: (i64, i64), last: (i64, i64)| {
                this.0.saturating_add(last.0) <= sum.1 && sum.0 <= this.1.saturating_add(last.1)
            };
            adds(sum.least(), this.least(), last.least()) && adds(sum.most(), this.most(), last.most())
        })
    }

    /// Relatives of whom there has to be one, and into whose group nobody has looked yet.
    pub(super) fn take_needed(&mut self) -> Option<&'a Relatives> {
        self.counts.iter_mut().find_map(|count| match count.of {
            Counted::Relatives(relatives) if 1 <= count.surely.0 && !count.seen => {
                count.seen = true;
                Some(relatives)
            }
            _ => None,
        })
    }

    /// What is counted for the account, for another person of it.
    pub(super) fn of_account(&self) -> Self {
        let of_account = |count: &&Count<'a>| event(count.of).is_none_or(|event| !event.kind.of_person());
        Self { counts: self.counts.iter().filter(of_account).cloned().collect(), ..self.clone() }
    }
}

fn event<'a>(of: Counted<'a>) -> Option<&'a EventCondition> {
    match of {
        Counted::Events(event) => Some(event),
        Counted::Relatives(_) => None,
    }
}

fn subject(event: &EventCondition) -> (EventKind, &str) {
    (event.kind, &event.subject)
}

fn same(one: Counted<'_>, other: Counted<'_>) -> bool {
    match (one, other) {
        (Counted::Events(one), Counted::Events(other)) => {
            subject(one) == subject(other) && one.window == other.window
        }
        (Counted::Relatives(one), Counted::Relatives(other)) => {
            one.relations == other.relations && one.group == other.group
        }
        _ => false,
    }
}

/// Whether whatever the first counts is counted by the second, too.
fn included(inner: Counted<'_>, outer: Counted<'_>, day: Date) -> bool {
    match (inner, outer) {
        (Counted::Events(inner), Counted::Events(outer)) => {
            let (within, around) = (event_days(inner.window, day), event_days(outer.window, day));
            let begins = around.from.is_none() || around.from <= within.from;
            let ends = around.until.is_none_or(|until| within.until.is_some_and(|inner| inner <= until));
            subject(inner) == subject(outer) && begins && ends
        }
        (Counted::Relatives(inner), Counted::Relatives(outer)) => {
            let wider = outer.relations.is_empty()
                || (!inner.relations.is_empty() && inner.relations.is_subset(&outer.relations));
            wider && inner.group == outer.group
        }
        _ => false,
    }
}

/// The least and the most relatives that fit; 全員 is no number.
pub(super) fn bounds(count: HowMany) -> Option<(i64, i64)> {
    match count {
        HowMany::Someone => Some((1, MANY)),
        HowMany::Everyone => None,
        HowMany::Nobody => Some((0, 0)),
        HowMany::AtLeast(number) => Some((i64::from(number), MANY)),
        HowMany::AtMost(number) => Some((0, i64::from(number))),
    }
}

/// The least and the most events that fit.
pub(super) fn times(event: &EventCondition) -> (i64, i64) {
    let (from, to) = event.times.bounds();
    (i64::try_from(from).unwrap_or(MANY), i64::try_from(to).unwrap_or(MANY))
}
