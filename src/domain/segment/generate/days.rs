//! Days on which rules go wrong first.

use jiff::ToSpan as _;
use jiff::civil::{Date, date};

use crate::domain::calendar::fiscal_year;
use crate::domain::dice::Dice;

/// A day in some fiscal year from 2019 to 2032, often at an edge.
pub(super) fn any_day(dice: &mut Dice) -> Date {
    let year = dice.year(2019, 2032);
    if dice.permille(500) { edge_of(dice, year) } else { within(dice, year) }
}

/// An as-of date for people whose edges stand around `day`: that day, one beside it, another edge, or far away.
pub(super) fn as_of(dice: &mut Dice, day: Date) -> Date {
    match dice.below(20) {
        0..8 => day,
        8..12 => shifted(dice, day, 2),
        12..15 => edge_of(dice, day.year()),
        15..19 => {
            let year = day.year() + dice.year(-3, 3);
            within(dice, year)
        }
        // Before any parameter has a value.
        _ => within(dice, 1999),
    }
}

/// A day of birth: at an edge of some age around a day, on an edge of the calendar, or anywhere.
pub(super) fn birth(dice: &mut Dice, day: Date) -> Date {
    match dice.below(10) {
        0..4 => {
            let ages = [0, 1, 2, 3, 6, 15, 18, 20, 39, 40, 64, 65, 74, 75, 100];
            let exactly = day.saturating_sub(dice.pick(&ages).years());
            shifted(dice, exactly, 1)
        }
        4 => {
            let months = dice.between(0, 40);
            shifted(dice, day.saturating_sub(months.months()), 1)
        }
        5..8 => {
            let year = dice.year(1905, 2034);
            edge_of(dice, year)
        }
        8 => era_edge(dice),
        _ => {
            let year = dice.year(1868, 2034);
            within(dice, year)
        }
    }
}

/// A day since or until which something is counted.
pub(super) fn near(dice: &mut Dice, day: Date) -> Date {
    match dice.below(4) {
        0 => shifted(dice, day, 3),
        1 => {
            let days = dice.between(-120, 120);
            day.saturating_add(days.days())
        }
        2 => {
            let months = dice.between(-30, 30);
            let exactly = day.saturating_add(months.months());
            shifted(dice, exactly, 1)
        }
        _ => {
            let year = day.year() + dice.year(-4, 2);
            edge_of(dice, year)
        }
    }
}

/// The fiscal year of a day, or one near it.
pub(super) fn fiscal_year_near(dice: &mut Dice, day: Date) -> i16 {
    fiscal_year(day) + dice.year(-4, 1)
}

fn shifted(dice: &mut Dice, day: Date, most: i32) -> Date {
    day.saturating_add(dice.between(-most, most).days())
}

fn edge_of(dice: &mut Dice, year: i16) -> Date {
    let ends = [(3, 31), (4, 1), (4, 2), (2, 28), (3, 1), (1, 1), (12, 31), (1, 31), (10, 1)];
    let (month, day) = dice.pick(&ends);
    let leap_day = Date::new(year, 2, 29).ok().filter(|_| dice.permille(200));
    leap_day.unwrap_or_else(|| date(year, month, day))
}

fn era_edge(dice: &mut Dice) -> Date {
    let first = dice.pick(&[
        date(1868, 1, 25),
        date(1912, 7, 30),
        date(1926, 12, 25),
        date(1989, 1, 8),
        date(2019, 5, 1),
    ]);
    shifted(dice, first, 1)
}

fn within(dice: &mut Dice, year: i16) -> Date {
    let days = dice.between(0, 365);
    date(year, 1, 1).saturating_add(days.days())
}
