//! What happened to a person or an account: check-ups, bookings, broadcasts, taps; and how far the records reach.
//!
//! A record may know the day or only the fiscal year (registers of check-ups keep "which year"). A history says for
//! which programmes it is complete: where it isn't, "no record" is *unknown*, never "never". Values only; whoever
//! reads the database, a rule's example or a table of made-up people fills them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::calendar::{DateWindow, fiscal_year, fiscal_year_days, parse_date};

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// What kind.
    pub kind: EventKind,
    /// The programme's id (受診, 予約) or the series (配信, タップ).
    pub subject: String,
    /// When; a booking has the day of the appointment.
    pub on: When,
}

impl Event {
    /// Its kind, subject and day or year.
    #[must_use]
    pub fn told(&self) -> (EventKind, &str, When) {
        (self.kind, &self.subject, self.on)
    }
}

/// The kinds of things that happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    /// 受診: a check-up was taken.
    Attended,
    /// 予約: a booking is held.
    Booked,
    /// 配信: a broadcast of the series was accepted by LINE for the account.
    Sent,
    /// タップ: something in a broadcast of the series was tapped.
    Tapped,
}

impl EventKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Attended, Self::Booked, Self::Sent, Self::Tapped];

    /// Whether it happens to a person; else to the account.
    #[must_use]
    pub fn of_person(self) -> bool {
        matches!(self, Self::Attended | Self::Booked)
    }

    /// 受診, 予約, 配信 or タップ.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Attended => "受診",
            Self::Booked => "予約",
            Self::Sent => "配信",
            Self::Tapped => "タップ",
        }
    }
}

/// A civil date in Asia/Tokyo, or no more than the fiscal year it lies in. As text `2025-07-10` or `2025年度`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum When {
    /// On this day.
    Day(Date),
    /// On some day of this fiscal year, named by its first calendar year.
    FiscalYear(i16),
}

impl When {
    /// The fiscal year.
    #[must_use]
    pub fn fiscal_year(self) -> i16 {
        match self {
            Self::Day(day) => fiscal_year(day),
            Self::FiscalYear(year) => year,
        }
    }

    /// The day, if it is known.
    #[must_use]
    pub fn day(self) -> Option<Date> {
        match self {
            Self::Day(day) => Some(day),
            Self::FiscalYear(_) => None,
        }
    }

    /// Whether it lies in a window for certain, and whether it may.
    #[must_use]
    pub fn within(self, window: &DateWindow) -> (bool, bool) {
        match self {
            Self::Day(day) => (window.contains(day), window.contains(day)),
            Self::FiscalYear(year) => {
                let days = fiscal_year_days(year);
                let ends = days.from.zip(days.until);
                let inside = |day: Date| window.contains(day);
                let surely = ends.is_some_and(|(first, last)| inside(first) && inside(last));
                let apart = days.until < window.from
                    || window.until.zip(days.from).is_some_and(|(until, first)| until < first);
                (surely, !apart)
            }
        }
    }
}

impl fmt::Display for When {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Day(day) => write!(out, "{day}"),
            Self::FiscalYear(year) => write!(out, "{year}年度"),
        }
    }
}

/// Neither a date nor a fiscal year.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("日付でも年度でもありません")]
pub struct NotWhen;

impl FromStr for When {
    type Err = NotWhen;

    /// Reads a date as people write it (see [`parse_date`]), or `2025年度`, `令和7年度`, `R7年度`.
    fn from_str(text: &str) -> Result<Self, NotWhen> {
        match text.strip_suffix("年度") {
            // The fiscal year of an era's year is the one of its 1 April, also where the era began later in it.
            Some(year) => fiscal_year_named(year).map(Self::FiscalYear).ok_or(NotWhen),
            None => parse_date(text).map(Self::Day).ok_or(NotWhen),
        }
    }
}

impl TryFrom<String> for When {
    type Error = NotWhen;

    fn try_from(text: String) -> Result<Self, NotWhen> {
        text.parse()
    }
}

impl From<When> for String {
    fn from(when: When) -> Self {
        when.to_string()
    }
}

fn fiscal_year_named(text: &str) -> Option<i16> {
    // 12月 lies in every era's first year but 昭和's; 令和元年度 is 2019.
    let year: Option<i16> = (text.len() == 4).then(|| text.parse().ok()).flatten();
    year.filter(|year| (1868..=2199).contains(year))
        .or_else(|| parse_date(&format!("{text}年12月31日")).map(|day| day.year()))
}

/// The records of one person or account.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct History {
    /// What is recorded, in no particular order.
    pub events: Vec<Event>,
    /// For what the records are complete.
    pub coverage: Arc<Coverage>,
}

impl History {
    /// A history of which everything is known: of somebody made up.
    #[must_use]
    pub fn complete(events: Vec<Event>) -> Self {
        Self { events, coverage: Arc::new(Coverage::everything()) }
    }

    /// How often something happened in a window: surely at least, and at most (`None`: nobody can tell).
    #[must_use]
    pub fn count(&self, kind: EventKind, subject: &str, window: &DateWindow) -> (usize, Option<usize>) {
        let told = self.events.iter().filter(|event| event.kind == kind && event.subject == subject);
        let (mut surely, mut perhaps) = (0, 0);
        for event in told {
            let (inside, maybe) = event.on.within(window);
            surely += usize::from(inside);
            perhaps += usize::from(maybe);
        }
        (surely, self.coverage.covers(kind, subject, window).then_some(perhaps))
    }
}

/// For which programmes and series the records are complete, and since when.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Coverage {
    everything: bool,
    gaps: BTreeSet<(EventKind, String)>,
    kinds: BTreeMap<EventKind, Since>,
    since: BTreeMap<(EventKind, String), Since>,
}

/// Since when records are complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Since {
    /// Since there is such a thing at all: "never" can be told.
    Beginning,
    /// Since the first day of this fiscal year.
    FiscalYear(i16),
}

impl Coverage {
    /// All records of all kinds.
    #[must_use]
    pub fn everything() -> Self {
        Self { everything: true, ..Self::default() }
    }

    /// All records but those of these programmes and series.
    pub fn everything_but(gaps: impl IntoIterator<Item = (EventKind, String)>) -> Self {
        Self { everything: true, gaps: gaps.into_iter().collect(), ..Self::default() }
    }

    /// Says that the records of a programme or series are complete since then.
    pub fn set(&mut self, kind: EventKind, subject: impl Into<String>, since: Since) {
        self.since.insert((kind, subject.into()), since);
    }

    /// Says that the records of every programme or series of a kind are complete since then.
    pub fn set_kind(&mut self, kind: EventKind, since: Since) {
        self.kinds.insert(kind, since);
    }

    /// Whether all that happened in a window is on record.
    #[must_use]
    pub fn covers(&self, kind: EventKind, subject: &str, window: &DateWindow) -> bool {
        let subject = (kind, subject.to_owned());
        if self.everything {
            return !self.gaps.contains(&subject);
        }
        match self.since.get(&subject).or_else(|| self.kinds.get(&kind)) {
            None => false,
            Some(Since::Beginning) => true,
            Some(Since::FiscalYear(year)) => window.from.is_some_and(|from| *year <= fiscal_year(from)),
        }
    }

    /// Everything that was set.
    pub fn iter(&self) -> impl Iterator<Item = (EventKind, &str, Since)> {
        self.since.iter().map(|((kind, subject), since)| (*kind, subject.as_str(), *since))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn year(number: i16) -> DateWindow {
        fiscal_year_days(number)
    }

    #[test]
    fn a_record_of_a_year_lies_in_whole_years_for_certain_and_in_parts_perhaps() {
        let when = When::FiscalYear(2025);
        assert_eq!(when.within(&year(2025)), (true, true));
        assert_eq!(when.within(&year(2026)), (false, false));
        let half = DateWindow { from: Some(date(2025, 10, 1)), until: Some(date(2026, 10, 1)) };
        assert_eq!(when.within(&half), (false, true));
        let before = DateWindow { from: None, until: Some(date(2025, 3, 31)) };
        assert_eq!(when.within(&before), (false, false));
    }

    #[test]
    fn years_and_days_are_read_as_people_write_them() {
        for text in ["2025年度", "令和7年度", "R7年度"] {
            assert_eq!(text.parse(), Ok(When::FiscalYear(2025)), "{text}");
        }
        assert_eq!("令和元年度".parse(), Ok(When::FiscalYear(2019)));
        assert_eq!("令和7年4月1日".parse(), Ok(When::Day(date(2025, 4, 1))));
        assert_eq!("7年度".parse::<When>(), Err(NotWhen));
        for when in [When::FiscalYear(2025), When::Day(date(2025, 4, 1))] {
            assert_eq!(when.to_string().parse(), Ok(when));
        }
    }

    #[test]
    fn no_record_is_no_answer_where_the_records_are_not_complete() {
        let mut coverage = Coverage::default();
        coverage.set(EventKind::Attended, "tokutei", Since::FiscalYear(2024));
        let event =
            Event { kind: EventKind::Attended, subject: "tokutei".to_owned(), on: When::FiscalYear(2023) };
        let history = History { events: vec![event], coverage: Arc::new(coverage) };
        assert_eq!(history.count(EventKind::Attended, "tokutei", &year(2024)), (0, Some(0)));
        assert_eq!(history.count(EventKind::Attended, "tokutei", &year(2023)), (1, None));
        assert_eq!(history.count(EventKind::Attended, "daicho", &year(2024)), (0, None));
    }
}
