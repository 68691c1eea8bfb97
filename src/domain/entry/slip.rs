//! Reads a day from the fields of a form, and says which part of it can't be right.
//!
//! Stands apart because whoever mistyped a date has to be told where; an import only needs to know that it is wrong.
//! Nothing is corrected or guessed here.

use std::ops::RangeInclusive;

use jiff::civil::Date;

use super::{date_of_parts, starts_with_digit, tidy};
use crate::domain::calendar::era_span;

/// What is wrong with a typed day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slip {
    /// Not three numbers.
    Unreadable,
    /// There is no such month.
    Month(i16),
    /// The month has no such day.
    Day {
        /// From 1 to 12.
        month: i16,
        /// As typed.
        day: i16,
    },
    /// 29 February in a year that has none.
    Leap {
        /// In the western calendar.
        year: i16,
    },
    /// Before the first day that is taken.
    TooEarly,
    /// After the last day that is taken.
    TooLate,
    /// The era has no such year.
    Era {
        /// Such as 昭和.
        name: &'static str,
        /// The era's last year so far.
        last: i16,
    },
    /// A day that exists, but in another era.
    OutsideEra {
        /// Such as 昭和.
        name: &'static str,
    },
}

/// The day of the three fields, within `range`.
///
/// # Errors
/// [`Slip`]: the first part that can't be right, from the year on.
pub fn day(era: &str, parts: [&str; 3], range: &RangeInclusive<Date>) -> Result<Date, Slip> {
    match date_of_parts(era, parts) {
        Some(date) if range.contains(&date) => Ok(date),
        Some(date) if date < *range.start() => Err(Slip::TooEarly),
        Some(_) => Err(Slip::TooLate),
        None => Err(slip(era, parts, range)),
    }
}

fn slip(era: &str, parts: [&str; 3], range: &RangeInclusive<Date>) -> Slip {
    let Some((era, [year, month, day])) = numbers(era, parts) else { return Slip::Unreadable };
    let span = era_span(&era);
    let year = match span {
        Some((name, first, last)) => {
            let last = last.min(*range.end()).year() - first.year() + 1;
            if !(1..=last).contains(&year) {
                return Slip::Era { name, last };
            }
            year + first.year() - 1
        }
        None if era.is_empty() => year,
        None => return Slip::Unreadable,
    };
    match (year, month) {
        _ if year < range.start().year() => Slip::TooEarly,
        _ if range.end().year() < year => Slip::TooLate,
        _ if !(1..=12).contains(&month) => Slip::Month(month),
        _ => wrong_day([year, month, day], span.map(|(name, ..)| name)),
    }
}

fn wrong_day([year, month, day]: [i16; 3], era: Option<&'static str>) -> Slip {
    let small = |number: i16| i8::try_from(number).unwrap_or(0);
    match (Date::new(year, small(month), small(day)), era) {
        (Ok(_), Some(name)) => Slip::OutsideEra { name },
        (Ok(_), None) => Slip::Unreadable,
        (Err(_), _) if (month, day) == (2, 29) => Slip::Leap { year },
        (Err(_), _) => Slip::Day { month, day },
    }
}

/// The era as typed or chosen, and the three numbers.
fn numbers(era: &str, parts: [&str; 3]) -> Option<(String, [i16; 3])> {
    let text = parts.map(tidy).join("-").replace('元', "1");
    let text = if starts_with_digit(&text) { format!("{era}{text}") } else { text };
    let at = text.find(|sign: char| sign.is_ascii_digit())?;
    let (era, rest) = text.split_at(at);
    let runs: Vec<_> =
        rest.split(|sign: char| !sign.is_ascii_digit()).filter(|run| !run.is_empty()).collect();
    let runs = match runs.as_slice() {
        [run] if run.len() == 8 => vec![&run[..4], &run[4..6], &run[6..]],
        [run] if run.len() == 6 && !era.is_empty() => vec![&run[..2], &run[2..4], &run[4..]],
        _ => runs,
    };
    let numbers: Vec<i16> = runs.into_iter().map(|run| run.parse().ok()).collect::<Option<_>>()?;
    Some((era.trim().to_owned(), numbers.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(era: &str, parts: [&str; 3]) -> Result<Date, Slip> {
        day(era, parts, &(Date::constant(1900, 1, 1)..=Date::constant(2026, 7, 1)))
    }

    #[test]
    fn the_part_that_can_not_be_right_is_named() {
        for (era, parts, slip) in [
            ("", ["1990", "2", "30"], Slip::Day { month: 2, day: 30 }),
            ("", ["２０２５", "2", "29"], Slip::Leap { year: 2025 }),
            ("", ["1990", "13", "1"], Slip::Month(13)),
            ("", ["19901301", "", ""], Slip::Month(13)),
            ("", ["1899", "1", "1"], Slip::TooEarly),
            ("", ["86", "4", "1"], Slip::TooEarly),
            ("", ["2026", "7", "2"], Slip::TooLate),
            ("", ["3026", "7", "2"], Slip::TooLate),
            ("昭和", ["70", "4", "1"], Slip::Era { name: "昭和", last: 64 }),
            ("", ["S70.4.1", "", ""], Slip::Era { name: "昭和", last: 64 }),
            ("令和", ["9", "4", "1"], Slip::TooLate),
            ("平成", ["元", "1", "1"], Slip::OutsideEra { name: "平成" }),
            ("", ["1986", "四", "1"], Slip::Unreadable),
            ("", ["1986", "", ""], Slip::Unreadable),
        ] {
            assert_eq!(read(era, parts), Err(slip), "{era} {parts:?}");
        }
        assert_eq!(read("昭和", ["61", "4", "1"]), Ok(Date::constant(1986, 4, 1)));
    }
}
