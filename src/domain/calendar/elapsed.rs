//! Whole days, weeks, months and years between two dates, and the dates that lie so far away.
//!
//! Both directions stand together because they must agree: a rule is evaluated with one and scanned with the other.

use jiff::ToSpan as _;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::age::latest_birth;
use super::{DateWindow, day_in, months_of_age};

/// What is counted between two dates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ElapsedUnit {
    /// 日.
    Days,
    /// 週: seven days.
    Weeks,
    /// か月, as 月齢 counts them.
    Months,
    /// 年, as ages count them.
    Years,
}

/// How many whole units lie between two dates; negative where `to` comes before `from`.
#[must_use]
pub fn elapsed(unit: ElapsedUnit, from: Date, to: Date) -> i64 {
    let days = || i64::from((to - from).get_days());
    match unit {
        ElapsedUnit::Days => days(),
        ElapsedUnit::Weeks => days().div_euclid(7),
        ElapsedUnit::Months => i64::from(months_of_age(from, to)),
        ElapsedUnit::Years => i64::from(months_of_age(from, to).div_euclid(12)),
    }
}

/// The dates up to and with `as_of` since which at least `from` and at most `to` whole units have passed.
#[must_use]
pub fn dates_since(unit: ElapsedUnit, from: Option<i64>, to: Option<i64>, as_of: Date) -> DateWindow {
    let latest = |count: i64| match unit {
        ElapsedUnit::Days => as_of.saturating_sub(whole(count).days()),
        ElapsedUnit::Weeks => as_of.saturating_sub(whole(count.saturating_mul(7)).days()),
        ElapsedUnit::Months => latest_birth(as_of, whole(count)),
        ElapsedUnit::Years => latest_birth(as_of, whole(count.saturating_mul(12))),
    };
    DateWindow {
        from: to.map(|to| latest(to.saturating_add(1)).saturating_add(1.day())),
        until: Some(latest(from.unwrap_or(0).max(0))),
    }
}

/// The dates from `as_of` on until which at least `from` and at most `to` whole units remain.
#[must_use]
pub fn dates_until(unit: ElapsedUnit, from: Option<i64>, to: Option<i64>, as_of: Date) -> DateWindow {
    let earliest = |count: i64| match unit {
        ElapsedUnit::Days => as_of.saturating_add(whole(count).days()),
        ElapsedUnit::Weeks => as_of.saturating_add(whole(count.saturating_mul(7)).days()),
        ElapsedUnit::Months => months_later(as_of, whole(count)),
        ElapsedUnit::Years => months_later(as_of, whole(count.saturating_mul(12))),
    };
    DateWindow {
        from: Some(earliest(from.unwrap_or(0).max(0))),
        until: to.map(|to| earliest(to.saturating_add(1)).saturating_sub(1.day())),
    }
}

/// More than anybody writes, and small enough for any calendar.
fn whole(count: i64) -> i32 {
    i32::try_from(count.clamp(0, 120_000)).unwrap_or(120_000)
}

/// The first day on which so many months are complete: the same day of the month, or the 1st after a shorter month.
fn months_later(day: Date, months: i32) -> Date {
    let index = i32::from(day.year()) * 12 + i32::from(day.month()) - 1 + months;
    let year = i16::try_from(index.div_euclid(12)).unwrap_or(i16::MAX);
    let month = i8::try_from(index.rem_euclid(12) + 1).expect("a month is between 1 and 12");
    let last = day_in(year, month, day.day());
    if last.day() < day.day() { last.saturating_add(1.day()) } else { last }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn windows_hold_exactly_the_dates_that_are_so_far_away() {
        let units = [ElapsedUnit::Days, ElapsedUnit::Weeks, ElapsedUnit::Months, ElapsedUnit::Years];
        for as_of in [date(2024, 2, 29), date(2025, 2, 28), date(2025, 3, 31), date(2026, 7, 1)] {
            for unit in units {
                for (from, to) in [(None, Some(0)), (Some(1), Some(3)), (Some(2), None), (None, Some(30))] {
                    let fits =
                        |count: i64| from.is_none_or(|from| from <= count) && to.is_none_or(|to| count <= to);
                    let (since, until) =
                        (dates_since(unit, from, to, as_of), dates_until(unit, from, to, as_of));
                    let mut day = date(2018, 1, 1);
                    while day < date(2032, 1, 1) {
                        let passed = day <= as_of && fits(elapsed(unit, day, as_of));
                        assert_eq!(since.contains(day), passed, "{unit:?} {from:?}-{to:?} {day} {as_of}");
                        let left = as_of <= day && fits(elapsed(unit, as_of, day));
                        assert_eq!(until.contains(day), left, "{unit:?} {from:?}-{to:?} {day} {as_of}");
                        day = day.tomorrow().unwrap();
                    }
                }
            }
        }
    }
}
