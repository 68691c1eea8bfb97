//! Which days fit a condition on a date: as a few windows, or as a table with a bit for each day.
//!
//! Windows come from the calendar ([`birth_window`]), so that a scan and the printed 「〜生まれ」 can't differ. A table
//! is filled by asking the condition itself, and so are the few days that lie outside it (births before 1900, say).

use jiff::ToSpan;
use jiff::civil::{Date, date};

use super::column::{NO_DAY, day_number};
use crate::domain::calendar::{DateWindow, birth_window, wareki_year};
use crate::domain::segment::Truth;
use crate::domain::segment::rule::{AgeCondition, BirthYear, DateRange, YearCalendar};

/// The days that fit.
#[derive(Clone, Debug)]
pub(super) enum Days {
    /// Inclusive windows of day numbers.
    Windows(Vec<(i32, i32)>),
    /// A bit for each day from `first` on.
    Table { first: i32, bits: Vec<u64>, asked: Asked },
}

/// What a table was filled by.
#[derive(Clone, Debug)]
pub(super) enum Asked {
    Age(AgeCondition, Date),
    BirthYear(BirthYear),
}

const FIRST_YEAR: i16 = 1900;
const YEARS: i16 = 200;

impl Days {
    /// The days of a date condition.
    pub(super) fn in_range(range: DateRange) -> Self {
        Self::Windows(vec![window(range.from, range.to)])
    }

    /// The days in any of some windows.
    pub(super) fn in_windows(windows: &[DateWindow]) -> Self {
        Self::Windows(windows.iter().map(|days| window(days.from, days.until)).collect())
    }

    /// The births that fit an age on the as-of date.
    pub(super) fn of_age(condition: &AgeCondition, as_of: Date) -> Self {
        if condition.parity.is_some() {
            return Self::table(Asked::Age(condition.clone(), as_of));
        }
        let years = |age: i64| i32::try_from(age).unwrap_or(if age < 0 { -1 } else { i32::MAX });
        let windows = condition.ranges.iter().map(|range| {
            let births = birth_window(condition.kind, range.from.map(years), range.to.map(years), as_of);
            window(births.from, births.until)
        });
        Self::Windows(windows.collect())
    }

    /// The births in a year of the right parity.
    pub(super) fn of_birth_year(condition: BirthYear) -> Self {
        Self::table(Asked::BirthYear(condition))
    }

    /// Whether a cell of a column of days fits.
    pub(super) fn truth(&self, cell: i32) -> Truth {
        if cell == NO_DAY {
            return Truth::Unknown;
        }
        match self {
            Self::Windows(windows) => windows.iter().any(|(from, to)| *from <= cell && cell <= *to).into(),
            Self::Table { first, bits, asked } => match usize::try_from(cell - first) {
                Ok(at) if at / 64 < bits.len() => (bits[at / 64] >> (at % 64) & 1 == 1).into(),
                _ => asked.truth(date_of(cell)),
            },
        }
    }

    /// Asks on the first and the last day of each month; an answer changes at most once within a month.
    fn table(asked: Asked) -> Self {
        let first = day_number(date(FIRST_YEAR, 1, 1));
        let days = day_number(date(FIRST_YEAR + YEARS, 1, 1)) - first;
        let mut bits = vec![0u64; usize::try_from(days).unwrap_or(0).div_ceil(64)];
        let months = (0..YEARS).flat_map(|year| (1..=12).map(move |month| date(FIRST_YEAR + year, month, 1)));
        for month in months {
            let (start, end) = (asked.fits(month), asked.fits(month.last_of_month()));
            for day in 0..i32::from(month.days_in_month()) {
                let fits = if start == end { start } else { asked.fits(month.saturating_add(day.days())) };
                let at = usize::try_from(day_number(month) + day - first).unwrap_or(0);
                bits[at / 64] |= u64::from(fits) << (at % 64);
            }
        }
        // The last word may reach beyond the last month; those days are asked one by one.
        bits.truncate(usize::try_from(days).unwrap_or(0) / 64);
        Self::Table { first, bits, asked }
    }
}

impl Asked {
    fn fits(&self, birth: Date) -> bool {
        self.truth(birth) == Truth::True
    }

    fn truth(&self, birth: Date) -> Truth {
        match self {
            Self::Age(condition, as_of) => condition.fits(condition.kind.count(birth, *as_of)).into(),
            Self::BirthYear(condition) => {
                let year = match condition.calendar {
                    YearCalendar::Western => Some(i64::from(birth.year())),
                    YearCalendar::Japanese => wareki_year(birth).map(|(_, year)| i64::from(year)),
                };
                year.map_or(Truth::Unknown, |year| condition.parity.fits(year).into())
            }
        }
    }
}

fn window(from: Option<Date>, to: Option<Date>) -> (i32, i32) {
    (from.map_or(NO_DAY + 1, day_number), to.map_or(i32::MAX, day_number))
}

fn date_of(day: i32) -> Date {
    date(1970, 1, 1).saturating_add(day.days())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::calendar::AgeKind;
    use crate::domain::segment::rule::{Parity, Range};

    #[test]
    fn every_birth_date_is_told_as_the_condition_tells_it() {
        let as_of = date(2026, 11, 22);
        let kinds = [AgeKind::OnDay, AgeKind::FiscalYearEnd, AgeKind::SchoolYear, AgeKind::Months];
        for kind in kinds {
            for parity in [None, Some(Parity::Even), Some(Parity::Odd)] {
                let ranges = vec![Range { from: Some(20), to: Some(74) }, Range { from: Some(80), to: None }];
                let condition = AgeCondition { kind, ranges, parameter: None, parity };
                let days = Days::of_age(&condition, as_of);
                let asked = Asked::Age(condition, as_of);
                let mut birth = date(1895, 1, 1);
                while birth < date(2032, 1, 1) {
                    assert_eq!(
                        days.truth(day_number(birth)),
                        asked.truth(birth),
                        "{kind:?} {parity:?} {birth}"
                    );
                    birth = birth.saturating_add(1.day());
                }
            }
        }
    }

    #[test]
    fn the_year_of_an_era_turns_in_the_middle_of_a_month() {
        let odd = Days::of_birth_year(BirthYear { calendar: YearCalendar::Japanese, parity: Parity::Odd });
        let told = |year, month, day| odd.truth(day_number(date(year, month, day)));
        assert_eq!(told(1989, 1, 7), Truth::False); // 昭和64年
        assert_eq!(told(1989, 1, 8), Truth::True); // 平成元年
        assert_eq!(told(1850, 1, 1), Truth::Unknown); // before the first era that is counted
        assert_eq!(odd.truth(NO_DAY), Truth::Unknown);
    }
}
