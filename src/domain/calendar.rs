//! Civil dates as Japanese administration counts them: ages, fiscal years, school years, 和暦.
//!
//! Everything is a function of dates that are handed in; nothing here knows today. Ages rise **on** the birthday;
//! somebody born on 29 February has the birthday on 1 March in common years (民法143条 and 年齢計算ニ関スル法律, told
//! in whole calendar days). The law itself completes a year at the end of the day *before* the birthday; where a
//! programme means that, it uses [`AgeKind::FiscalYearReached`].

mod age;
mod elapsed;
mod grade;
mod holiday;
mod wareki;

pub use age::{
    AgeKind, age, birth_window, fiscal_year_end_age, fiscal_year_reached_age, fiscal_year_start_age,
    months_of_age,
};
pub use elapsed::{ElapsedUnit, dates_since, dates_until, elapsed};
pub use grade::Grade;
pub use holiday::{Closed, closed, holiday};
pub use wareki::{Era, era_span, parse_date, wareki, wareki_year};

use jiff::civil::Date;

/// An inclusive range of dates; an open side is `None`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DateWindow {
    /// The first day, or the beginning of time.
    pub from: Option<Date>,
    /// The last day, or the end of time.
    pub until: Option<Date>,
}

impl DateWindow {
    /// Whether the day lies inside.
    #[must_use]
    pub fn contains(&self, day: Date) -> bool {
        self.from.is_none_or(|from| from <= day) && self.until.is_none_or(|until| day <= until)
    }

    /// 「昭和27年4月1日〜昭和62年3月31日」, as the departments print it.
    #[must_use]
    pub fn in_wareki(&self) -> String {
        self.in_words(wareki)
    }

    /// `1952-04-01〜1987-03-31`.
    #[must_use]
    pub fn in_iso(&self) -> String {
        self.in_words(|date| date.to_string())
    }

    fn in_words(&self, say: impl Fn(Date) -> String) -> String {
        match (self.from, self.until) {
            (Some(from), Some(until)) if from == until => say(from),
            (Some(from), Some(until)) => format!("{}〜{}", say(from), say(until)),
            (Some(from), None) => format!("{}以降", say(from)),
            (None, Some(until)) => format!("{}以前", say(until)),
            (None, None) => "すべて".to_owned(),
        }
    }
}

/// The fiscal year a day belongs to: the year of its 1 April.
#[must_use]
pub fn fiscal_year(day: Date) -> i16 {
    if day.month() < 4 { day.year() - 1 } else { day.year() }
}

/// The first and the last day of a fiscal year (1 April – 31 March).
#[must_use]
pub fn fiscal_year_days(year: i16) -> DateWindow {
    DateWindow { from: Some(day_in(year, 4, 1)), until: Some(day_in(year + 1, 3, 31)) }
}

/// A day that stands at the beginning of a text as `2026-02-29` and that no calendar has, in words.
#[must_use]
pub fn missing_day(text: &str) -> Option<String> {
    let mut parts = text.trim().get(..10)?.splitn(3, '-');
    let mut number = || parts.next().filter(|part| part.bytes().all(|sign| sign.is_ascii_digit()));
    let (year, month, day) = (number()?, number()?, number()?);
    let year: i16 = year.parse().ok()?;
    let (month, day): (i8, i8) = (month.parse().ok()?, day.parse().ok()?);
    Date::new(year, month, day).is_err().then(|| format!("{year}年{month}月{day}日という日はありません。"))
}

/// A date from parts, where a day that the month lacks becomes its last day; the year is kept within jiff's bounds.
fn day_in(year: i16, month: i8, day: i8) -> Date {
    let first = Date::new(year.clamp(-9998, 9998), month, 1).expect("the first of a month exists");
    first.with().day(day.min(first.days_in_month())).build().expect("the day was cut to the month")
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn the_fiscal_year_turns_on_the_first_of_april() {
        assert_eq!(fiscal_year(date(2026, 3, 31)), 2025);
        assert_eq!(fiscal_year(date(2026, 4, 1)), 2026);
        assert_eq!(fiscal_year_days(2026).in_iso(), "2026-04-01〜2027-03-31");
    }

    #[test]
    fn a_day_that_does_not_exist_is_told_from_what_is_no_day() {
        let missing = "2026年2月29日という日はありません。";
        assert_eq!(missing_day("2026-02-29").as_deref(), Some(missing));
        assert_eq!(missing_day(" 2026-02-29T10:00:00+09:00").as_deref(), Some(missing));
        for other in ["2024-02-29", "2026-07-01T25:00", "あした", "2026-7-1", "20260229", "", "2026-02-あ日"]
        {
            assert_eq!(missing_day(other), None, "{other}");
        }
        assert!(missing_day("2026-13-01T10:00").is_some());
    }

    #[test]
    fn a_window_speaks_both_calendars() {
        let window = DateWindow { from: Some(date(1952, 4, 1)), until: Some(date(1987, 3, 31)) };
        assert_eq!(window.in_wareki(), "昭和27年4月1日〜昭和62年3月31日");
        assert_eq!(DateWindow { until: None, ..window }.in_iso(), "1952-04-01以降");
    }
}
