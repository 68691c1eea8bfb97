//! The days from 1 January 1900 on, counted up one by one.

use std::ops::Range;

use jiff::civil::Date;

/// Year, month and day, as they follow each other.
pub(crate) struct Days {
    days: Vec<(i16, i8, i8)>,
    dates: Vec<Date>,
    asked: Range<usize>,
    years: Vec<FiscalYear>,
}

/// The first and the last day of the fiscal year of a day.
#[derive(Clone, Copy)]
pub(crate) struct FiscalYear {
    pub(crate) first: usize,
    pub(crate) last: usize,
}

/// The first of the three fiscal years; it has a 29 February.
const FIRST: i16 = 2023;
const LENGTHS: [i8; 12] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
/// 1900 was none; 2000 was one.
const LEAP_YEARS: [i16; 33] = [
    1904, 1908, 1912, 1916, 1920, 1924, 1928, 1932, 1936, 1940, 1944, 1948, 1952, 1956, 1960, 1964, 1968,
    1972, 1976, 1980, 1984, 1988, 1992, 1996, 2000, 2004, 2008, 2012, 2016, 2020, 2024, 2028, 2032,
];

impl Days {
    pub(crate) fn counted() -> Self {
        let mut days = Vec::new();
        for year in 1900..2035 {
            for (month, length) in (1..).zip(LENGTHS) {
                let leap_day = i8::from(month == 2 && LEAP_YEARS.contains(&year));
                days.extend((1..=length + leap_day).map(|day| (year, month, day)));
            }
        }
        let dates = days.iter().map(|(year, month, day)| Date::constant(*year, *month, *day)).collect();
        let at =
            |wanted| days.iter().position(|day| *day == wanted).expect("the day is between 1900 and 2035");
        let asked = at((FIRST, 4, 1))..at((FIRST + 3, 4, 1));
        let starts: Vec<usize> = asked.clone().filter(|at| (days[*at].1, days[*at].2) == (4, 1)).collect();
        let years = starts.iter().enumerate().map(|(nth, first)| FiscalYear {
            first: *first,
            last: starts.get(nth + 1).copied().unwrap_or(asked.end) - 1,
        });
        let years = years.collect();
        Self { dates, asked, years, days }
    }

    /// All days from 1900 to the end of a year.
    pub(crate) fn until(&self, year: i16) -> impl Iterator<Item = usize> {
        (0..self.days.len()).filter(move |at| self.days[*at].0 <= year)
    }

    /// The days of the three fiscal years.
    pub(crate) fn asked(&self) -> Range<usize> {
        self.asked.clone()
    }

    pub(crate) fn fiscal_year(&self, day: usize) -> FiscalYear {
        let found = self.years.iter().find(|year| day <= year.last);
        *found.expect("only days of the three fiscal years are asked")
    }

    pub(crate) fn date(&self, at: usize) -> Date {
        self.dates[at]
    }

    /// Year, month and day.
    pub(crate) fn day(&self, at: usize) -> (i16, i8, i8) {
        self.days[at]
    }
}
