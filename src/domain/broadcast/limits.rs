//! How much may be sent: to one resident in a day, a week and an hour, and to everybody in an hour.
//!
//! The figures stand in the database, whose triggers hold them whatever the program does; here is what they are and
//! when a share of refused recipients is too large.

use jiff::ToSpan;
use jiff::civil::Date;

use crate::domain::timestamp::Timestamp;

/// How much may be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Ordinary messages to one account on one day in Asia/Tokyo.
    pub day_messages: i64,
    /// Ordinary messages to one account on seven days in a row.
    pub week_messages: i64,
    /// Messages of any kind to one account in one hour.
    pub hour_messages: i64,
    /// Recipients of the whole installation in one hour.
    pub hour_recipients: i64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { day_messages: 1, week_messages: 4, hour_messages: 4, hour_recipients: 300_000 }
    }
}

/// The hour, the day and the week that an instant belongs to, as the tallies are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Hours since 1970 (UTC; Japan's hours begin together with them).
    pub hour: i64,
    /// The day in Asia/Tokyo.
    pub day: Date,
    /// The last day that is no part of the seven days up to and with `day`.
    pub before_week: Date,
}

impl Window {
    /// Of an instant.
    #[must_use]
    pub fn of(now: Timestamp) -> Self {
        let day = now.tokyo_date();
        Self { hour: now.millis().div_euclid(3_600_000), day, before_week: day.saturating_sub(7.days()) }
    }
}

/// Whether so many refusals are too many: more than one in a hundred of those LINE has answered for, and more than two,
/// not counting those for which a person has already said to go on.
#[must_use]
pub fn too_many_rejected(rejected: i64, accepted: i64, tolerated: i64) -> bool {
    let fresh = rejected.saturating_sub(tolerated);
    2 < fresh && accepted.saturating_add(rejected) < fresh.saturating_mul(100)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn the_day_changes_at_midnight_in_tokyo() {
        let before = Window::of(Timestamp::from_tokyo(date(2026, 7, 1).at(23, 59, 59, 0)));
        let after = Window::of(Timestamp::from_tokyo(date(2026, 7, 2).at(0, 0, 0, 0)));
        assert_eq!((before.day, after.day), (date(2026, 7, 1), date(2026, 7, 2)));
        assert_eq!((after.hour - before.hour, after.before_week), (1, date(2026, 6, 25)));
    }

    #[test]
    fn three_of_less_than_three_hundred_are_too_many_and_two_never_are() {
        assert!(too_many_rejected(3, 296, 0) && !too_many_rejected(3, 297, 0));
        assert!(!too_many_rejected(2, 0, 0) && !too_many_rejected(5, 100, 3));
    }
}
