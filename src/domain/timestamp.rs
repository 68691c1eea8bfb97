//! An instant, as Musubi stores and compares it: UTC, cut to microseconds.
//!
//! It stands apart from `calendar` because an instant is not a date: the civil date of an instant exists only in a
//! zone, and the only zone Musubi knows is Asia/Tokyo. It never reads a clock.

use std::fmt;
use std::sync::LazyLock;
use std::time::Duration;

use jiff::civil::{Date, DateTime};
use jiff::fmt::temporal::DateTimePrinter;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

static TOKYO: LazyLock<TimeZone> =
    LazyLock::new(|| TimeZone::get("Asia/Tokyo").expect("the zone data is compiled in"));

/// A UTC instant with microsecond precision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "jiff::Timestamp", into = "jiff::Timestamp")]
pub struct Timestamp(jiff::Timestamp);

impl Timestamp {
    /// From microseconds since the Unix epoch; out-of-range values saturate.
    #[must_use]
    pub fn from_micros(micros: i64) -> Self {
        let clamped = jiff::Timestamp::from_microsecond(micros);
        Self(clamped.unwrap_or(if micros < 0 { jiff::Timestamp::MIN } else { jiff::Timestamp::MAX }))
    }

    /// From milliseconds since the Unix epoch, the unit of LINE's webhook `timestamp`; out-of-range values saturate.
    #[must_use]
    pub fn from_millis(millis: i64) -> Self {
        Self::from_micros(millis.saturating_mul(1000))
    }

    /// The instant at which a wall clock in Asia/Tokyo shows `at`.
    #[must_use]
    pub fn from_tokyo(at: DateTime) -> Self {
        // Tokyo has had no offset changes since 1951; for older times jiff picks the compatible instant.
        at.to_zoned(TOKYO.clone()).map_or(Self(jiff::Timestamp::MAX), |zoned| Self::from(zoned.timestamp()))
    }

    /// Microseconds since the Unix epoch.
    #[must_use]
    pub fn micros(self) -> i64 {
        self.0.as_microsecond()
    }

    /// Milliseconds since the Unix epoch.
    #[must_use]
    pub fn millis(self) -> i64 {
        self.0.as_millisecond()
    }

    /// The wall clock in Asia/Tokyo.
    #[must_use]
    pub fn tokyo(self) -> DateTime {
        self.0.to_zoned(TOKYO.clone()).datetime()
    }

    /// The civil date in Asia/Tokyo.
    #[must_use]
    pub fn tokyo_date(self) -> Date {
        self.tokyo().date()
    }

    /// Later by `by`; saturates at the end of time.
    #[must_use]
    pub fn plus(self, by: Duration) -> Self {
        Self::from_micros(self.micros().saturating_add(duration_micros(by)))
    }

    /// Earlier by `by`; saturates at the start of time.
    #[must_use]
    pub fn minus(self, by: Duration) -> Self {
        Self::from_micros(self.micros().saturating_sub(duration_micros(by)))
    }

    /// How long after `earlier` this is; zero if it is not after it.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(u64::try_from(self.micros().saturating_sub(earlier.micros())).unwrap_or(0))
    }

    /// The same instant as jiff's type.
    #[must_use]
    pub fn to_jiff(self) -> jiff::Timestamp {
        self.0
    }

    /// Fixed-width RFC 3339 in UTC with six decimals, so that text order is time order.
    #[must_use]
    pub fn to_text(self) -> String {
        static FIXED: DateTimePrinter = DateTimePrinter::new().precision(Some(6));
        FIXED.timestamp_to_string(&self.0)
    }
}

fn duration_micros(by: Duration) -> i64 {
    i64::try_from(by.as_micros()).unwrap_or(i64::MAX)
}

impl From<jiff::Timestamp> for Timestamp {
    fn from(at: jiff::Timestamp) -> Self {
        Self::from_micros(at.as_microsecond())
    }
}

impl From<Timestamp> for jiff::Timestamp {
    fn from(at: Timestamp) -> Self {
        at.0
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.to_text())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_order_is_time_order_even_where_fractions_end_in_zeros() {
        let whole = Timestamp::from_micros(1_790_000_000_000_000);
        let later = whole.plus(Duration::from_micros(500_000));
        assert!(whole.to_text() < later.to_text());
        assert_eq!(whole.to_text().len(), later.to_text().len());
    }

    #[test]
    fn the_tokyo_day_begins_at_fifteen_hours_utc() {
        let before = Timestamp::from("2026-03-31T14:59:59Z".parse::<jiff::Timestamp>().unwrap());
        let after = before.plus(Duration::from_secs(1));
        assert_eq!(before.tokyo_date().to_string(), "2026-03-31");
        assert_eq!(after.tokyo_date().to_string(), "2026-04-01");
        assert_eq!(Timestamp::from_tokyo(after.tokyo()), after);
    }
}
