//! Which days fit a condition on a date, as windows of days.
//!
//! Windows come from the calendar ([`birth_window`]), so that a scan and the printed 「〜生まれ」 can't differ; 偶数 and
//! 奇数 are a window for each age. The few days that a cell can't hold (births before 1900, say) are asked one by one.

use std::sync::LazyLock;

use jiff::ToSpan;
use jiff::civil::{Date, date};

use super::column::{FAR_DAY, FIRST_DAY, day_number};
use crate::domain::calendar::{DateWindow, birth_window, wareki_year};
use crate::domain::segment::Truth;
use crate::domain::segment::rule::{AgeCondition, BirthYear, DateRange, Parity, YearCalendar};

/// The days that fit.
#[derive(Clone, Debug)]
pub(super) struct Days {
    /// Inclusive windows of cells, in ascending order, apart from each other.
    near: Vec<(u16, u16)>,
    asked: Asked,
}

/// What answers for a day outside the cells.
#[derive(Clone, Debug)]
enum Asked {
    Windows(Vec<(i32, i32)>),
    Age(AgeCondition, Date),
    BirthYear(BirthYear),
}

const FIRST_YEAR: i16 = 1900;
const LAST_CELL: i32 = FIRST_DAY + FAR_DAY as i32 - 1;

impl Days {
    /// The days of a date condition.
    pub(super) fn in_range(range: DateRange) -> Self {
        Self::within(vec![window(range.from, range.to)])
    }

    /// The days in any of some windows.
    pub(super) fn in_windows(windows: &[DateWindow]) -> Self {
        Self::within(windows.iter().map(|days| window(days.from, days.until)).collect())
    }

    /// The births that fit an age on the as-of date.
    pub(super) fn of_age(condition: &AgeCondition, as_of: Date) -> Self {
        let births = |from, to| {
            let births = birth_window(condition.kind, from, to, as_of);
            window(births.from, births.until)
        };
        let years = |age: i64| i32::try_from(age).unwrap_or(if age < 0 { -1 } else { i32::MAX });
        let ranges = condition.ranges.iter().map(|range| (range.from.map(years), range.to.map(years)));
        let Some(parity) = condition.parity else {
            return Self::within(ranges.map(|(from, to)| births(from, to)).collect());
        };
        let oldest = condition.kind.count(date(FIRST_YEAR, 1, 1), as_of);
        let ages = ranges.flat_map(|(from, to)| from.unwrap_or(0).max(0)..=to.unwrap_or(oldest).min(oldest));
        let fitting = ages.filter(|age| parity.fits(i64::from(*age)));
        let windows = fitting.map(|age| births(Some(age), Some(age))).collect();
        Self { near: cells(windows), asked: Asked::Age(condition.clone(), as_of) }
    }

    /// The births in a year of the right parity.
    pub(super) fn of_birth_year(condition: BirthYear) -> Self {
        static EVEN: LazyLock<Vec<(u16, u16)>> = LazyLock::new(|| wareki_windows(Parity::Even));
        static ODD: LazyLock<Vec<(u16, u16)>> = LazyLock::new(|| wareki_windows(Parity::Odd));
        let near = match (condition.calendar, condition.parity) {
            (YearCalendar::Japanese, Parity::Even) => EVEN.clone(),
            (YearCalendar::Japanese, Parity::Odd) => ODD.clone(),
            (YearCalendar::Western, parity) => {
                let years = (FIRST_YEAR..2080).filter(|year| parity.fits(i64::from(*year)));
                let days = |year| (day_number(date(year, 1, 1)), day_number(date(year, 12, 31)));
                cells(years.map(days).collect())
            }
        };
        Self { near, asked: Asked::BirthYear(condition) }
    }

    fn within(windows: Vec<(i32, i32)>) -> Self {
        Self { near: cells(windows.clone()), asked: Asked::Windows(windows) }
    }

    /// The windows of cells that fit.
    pub(super) fn near(&self) -> &[(u16, u16)] {
        &self.near
    }

    /// Whether a day outside the cells fits.
    pub(super) fn far(&self, day: i32) -> Truth {
        match &self.asked {
            Asked::Windows(windows) => windows.iter().any(|(from, to)| *from <= day && day <= *to).into(),
            Asked::Age(condition, as_of) => condition.fits(condition.kind.count(date_of(day), *as_of)).into(),
            Asked::BirthYear(condition) => {
                let birth = date_of(day);
                let year = match condition.calendar {
                    YearCalendar::Western => Some(birth.year()),
                    YearCalendar::Japanese => wareki_year(birth).map(|(_, year)| year),
                };
                year.map_or(Truth::Unknown, |year| condition.parity.fits(i64::from(year)).into())
            }
        }
    }
}

/// The windows in cells: cut to what a cell can hold, sorted, neighbours joined.
fn cells(mut windows: Vec<(i32, i32)>) -> Vec<(u16, u16)> {
    windows.sort_unstable();
    let mut cells: Vec<(u16, u16)> = Vec::with_capacity(windows.len());
    let cell = |day: i32| u16::try_from(day - FIRST_DAY).unwrap_or(FAR_DAY - 1);
    for (from, to) in windows {
        let (from, to) = (from.max(FIRST_DAY), to.min(LAST_CELL));
        if to < from {
            continue;
        }
        match cells.last_mut() {
            Some(last) if cell(from) <= last.1 + 1 => last.1 = last.1.max(cell(to)),
            _ => cells.push((cell(from), cell(to))),
        }
    }
    cells
}

/// Asks on the first and the last day of each month; an answer changes at most once within a month.
fn wareki_windows(parity: Parity) -> Vec<(u16, u16)> {
    let fits = |day| wareki_year(day).is_some_and(|(_, year)| parity.fits(i64::from(year)));
    let mut windows = Vec::new();
    let months = (FIRST_YEAR..2080).flat_map(|year| (1..=12).map(move |month| date(year, month, 1)));
    for month in months {
        let last = month.last_of_month();
        let days: Vec<Date> = match (fits(month), fits(last)) {
            (false, false) => continue,
            (true, true) => {
                windows.push((day_number(month), day_number(last)));
                continue;
            }
            _ => (0..month.days_in_month()).map(|day| month.saturating_add(day.days())).collect(),
        };
        let fitting = days.into_iter().filter(|day| fits(*day)).map(day_number);
        windows.extend(fitting.map(|day| (day, day)));
    }
    cells(windows)
}

fn window(from: Option<Date>, to: Option<Date>) -> (i32, i32) {
    (from.map_or(i32::MIN, day_number), to.map_or(i32::MAX, day_number))
}

fn date_of(day: i32) -> Date {
    date(1970, 1, 1).saturating_add(day.days())
}

#[cfg(test)]
mod tests {
    use super::super::column::near;
    use super::*;
    use crate::domain::calendar::AgeKind;
    use crate::domain::segment::rule::Range;

    fn told(days: &Days, birth: Date) -> Truth {
        let day = day_number(birth);
        match near(day) {
            Some(cell) => days.near.iter().any(|(from, to)| (*from..=*to).contains(&cell)).into(),
            None => days.far(day),
        }
    }

    #[test]
    fn every_birth_date_is_told_as_the_condition_tells_it() {
        let as_of = date(2026, 11, 22);
        let kinds = [AgeKind::OnDay, AgeKind::FiscalYearEnd, AgeKind::SchoolYear, AgeKind::Months];
        for kind in kinds {
            for parity in [None, Some(Parity::Even), Some(Parity::Odd)] {
                let ranges = vec![Range { from: Some(20), to: Some(74) }, Range { from: Some(80), to: None }];
                let condition = AgeCondition { kind, ranges, parameter: None, parity };
                let days = Days::of_age(&condition, as_of);
                let mut birth = date(1895, 1, 1);
                while birth < date(2100, 1, 1) {
                    let asked = condition.fits(kind.count(birth, as_of)).into();
                    assert_eq!(told(&days, birth), asked, "{kind:?} {parity:?} {birth}");
                    birth = birth.saturating_add(1.day());
                }
            }
        }
    }

    #[test]
    fn the_year_of_an_era_turns_in_the_middle_of_a_month() {
        for parity in [Parity::Even, Parity::Odd] {
            for calendar in [YearCalendar::Western, YearCalendar::Japanese] {
                let days = Days::of_birth_year(BirthYear { calendar, parity });
                let mut birth = date(1867, 1, 1);
                while birth < date(2085, 1, 1) {
                    let asked = days.far(day_number(birth));
                    assert_eq!(told(&days, birth), asked, "{calendar:?} {parity:?} {birth}");
                    birth = birth.saturating_add(1.day());
                }
            }
        }
        let odd = Days::of_birth_year(BirthYear { calendar: YearCalendar::Japanese, parity: Parity::Odd });
        assert_eq!(told(&odd, date(1989, 1, 7)), Truth::False); // 昭和64年
        assert_eq!(told(&odd, date(1989, 1, 8)), Truth::True); // 平成元年
        assert_eq!(told(&odd, date(1850, 1, 1)), Truth::Unknown); // before the first era that is counted
    }
}
