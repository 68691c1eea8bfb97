//! The national holidays of Japan and the days on which a city hall is closed, computed from the law.
//!
//! Sources: 国民の祝日に関する法律 (昭和23年法律第178号) as it holds since 2022 (第2条 the holidays, 第3条第2項 the day after a
//! holiday on a Sunday, 第3条第3項 the day between two holidays); 建国記念の日となる日を定める政令 (昭和41年政令第376号); 地方自治法
//! 第4条の2 for Saturdays, Sundays and the turn of the year. The equinoxes follow the usual approximation for 1980–2099;
//! the day that counts is announced in the 暦要項 of the National Astronomical Observatory in February of the year before.

use jiff::ToSpan;
use jiff::civil::{Date, Weekday};

/// Why a city hall is closed on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closed {
    /// A national holiday, by its name.
    Holiday(&'static str),
    /// 29 December to 3 January.
    TurnOfYear,
    /// A Saturday.
    Saturday,
    /// A Sunday.
    Sunday,
}

impl Closed {
    /// What people read.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Holiday(name) => name,
            Self::TurnOfYear => "年末年始の休み",
            Self::Saturday => "土曜日",
            Self::Sunday => "日曜日",
        }
    }
}

/// Why the city hall is closed; `None` on a working day.
#[must_use]
pub fn closed(day: Date) -> Option<Closed> {
    holiday(day).map(Closed::Holiday).or_else(|| match (day.month(), day.day(), day.weekday()) {
        (12, 29.., _) | (1, ..=3, _) => Some(Closed::TurnOfYear),
        (_, _, Weekday::Saturday) => Some(Closed::Saturday),
        (_, _, Weekday::Sunday) => Some(Closed::Sunday),
        _ => None,
    })
}

/// The name of the holiday on a day.
#[must_use]
pub fn holiday(day: Date) -> Option<&'static str> {
    national(day).or_else(|| in_lieu(day).then_some("振替休日")).or_else(|| {
        let around = [day.saturating_sub(1.day()), day.saturating_add(1.day())];
        around.into_iter().all(|near| national(near).is_some()).then_some("国民の休日")
    })
}

/// 第3条第2項: the first day after a holiday on a Sunday that is no holiday itself.
fn in_lieu(day: Date) -> bool {
    let mut before = day.saturating_sub(1.day());
    while national(before).is_some() {
        if before.weekday() == Weekday::Sunday {
            return true;
        }
        before = before.saturating_sub(1.day());
    }
    false
}

/// 第2条.
fn national(day: Date) -> Option<&'static str> {
    let monday = |nth: i8| day.weekday() == Weekday::Monday && (day.day() - 1) / 7 + 1 == nth;
    Some(match (day.month(), day.day()) {
        (1, 1) => "元日",
        (1, _) if monday(2) => "成人の日",
        (2, 11) => "建国記念の日",
        (2, 23) => "天皇誕生日",
        (3, date) if date == equinox(day.year(), 20.8431) => "春分の日",
        (4, 29) => "昭和の日",
        (5, 3) => "憲法記念日",
        (5, 4) => "みどりの日",
        (5, 5) => "こどもの日",
        (7, _) if monday(3) => "海の日",
        (8, 11) => "山の日",
        (9, _) if monday(3) => "敬老の日",
        (9, date) if date == equinox(day.year(), 23.2488) => "秋分の日",
        (10, _) if monday(2) => "スポーツの日",
        (11, 3) => "文化の日",
        (11, 23) => "勤労感謝の日",
        _ => return None,
    })
}

fn equinox(year: i16, base: f64) -> i8 {
    let since = f64::from(year - 1980);
    #[allow(clippy::cast_possible_truncation)] // a day of a month
    let day = (base + 0.242_194 * since - (since / 4.0).floor()).floor() as i8;
    day
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn of_year(year: i16) -> Vec<(i8, i8)> {
        let days = date(year, 1, 1).series(1.day()).take_while(|day| day.year() == year);
        days.filter(|day| holiday(*day).is_some()).map(|day| (day.month(), day.day())).collect()
    }

    #[test]
    fn the_holidays_are_those_that_the_cabinet_office_lists() {
        let list_2026 = [
            (1, 1),
            (1, 12),
            (2, 11),
            (2, 23),
            (3, 20),
            (4, 29),
            (5, 3),
            (5, 4),
            (5, 5),
            (5, 6),
            (7, 20),
            (8, 11),
            (9, 21),
            (9, 22),
            (9, 23),
            (10, 12),
            (11, 3),
            (11, 23),
        ];
        let list_2027 = [
            (1, 1),
            (1, 11),
            (2, 11),
            (2, 23),
            (3, 21),
            (3, 22),
            (4, 29),
            (5, 3),
            (5, 4),
            (5, 5),
            (7, 19),
            (8, 11),
            (9, 20),
            (9, 23),
            (10, 11),
            (11, 3),
            (11, 23),
        ];
        assert_eq!(of_year(2026), list_2026);
        assert_eq!(of_year(2027), list_2027);
    }

    #[test]
    fn the_day_between_two_and_the_day_after_a_sunday_have_their_names() {
        assert_eq!(holiday(date(2026, 5, 6)), Some("振替休日"));
        assert_eq!(holiday(date(2026, 9, 22)), Some("国民の休日"));
        assert_eq!(holiday(date(2032, 9, 21)), Some("国民の休日"));
        assert_eq!(holiday(date(2026, 7, 1)), None);
    }

    #[test]
    fn the_equinoxes_of_this_generation_are_right() {
        // 暦要項 and the Observatory's table.
        for (year, spring, autumn) in
            [(2024, 20, 22), (2025, 20, 23), (2026, 20, 23), (2027, 21, 23), (2028, 20, 22), (2030, 20, 23)]
        {
            assert_eq!(holiday(date(year, 3, spring)), Some("春分の日"), "{year}");
            assert_eq!(holiday(date(year, 9, autumn)), Some("秋分の日"), "{year}");
        }
    }

    #[test]
    fn a_city_hall_is_closed_at_weekends_and_at_the_turn_of_the_year() {
        assert_eq!(closed(date(2026, 12, 29)), Some(Closed::TurnOfYear));
        assert_eq!(closed(date(2027, 1, 3)), Some(Closed::TurnOfYear));
        assert_eq!(closed(date(2026, 7, 4)), Some(Closed::Saturday));
        assert_eq!(closed(date(2026, 7, 5)), Some(Closed::Sunday));
        assert_eq!(closed(date(2026, 7, 6)), None);
    }
}
