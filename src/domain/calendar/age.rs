//! The kinds of age, and the birth dates that have an age on a day.
//!
//! Both directions stand together because they must agree: a rule is evaluated with one and printed with the other.

use jiff::ToSpan as _;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{DateWindow, day_in, fiscal_year};

/// On which day an age is counted; the letters are those of the check-up world.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AgeKind {
    /// 年齢: on the as-of date (mode D).
    OnDay,
    /// 年度末年齢: on 31 March that ends the fiscal year (mode A, births 4/1–3/31).
    FiscalYearEnd,
    /// 年度到達年齢: on 1 April after the fiscal year (mode B, births 4/2–4/1).
    FiscalYearReached,
    /// 年度初年齢: on 1 April that opens the fiscal year (mode C, births 4/2–4/1 a year earlier).
    FiscalYearStart,
    /// 指定日年齢: on a date written in the rule.
    OnDate(Date),
    /// 月齢: whole months on the as-of date.
    Months,
    /// 学年: the age on 1 April that opens the school year; [`super::Grade`] names it.
    SchoolYear,
}

impl AgeKind {
    /// The day on which this kind counts, for an as-of date.
    #[must_use]
    pub fn reference(self, as_of: Date) -> Date {
        let year = fiscal_year(as_of);
        match self {
            Self::OnDay | Self::Months => as_of,
            Self::FiscalYearEnd => day_in(year + 1, 3, 31),
            Self::FiscalYearReached => day_in(year + 1, 4, 1),
            Self::FiscalYearStart | Self::SchoolYear => day_in(year, 4, 1),
            Self::OnDate(date) => date,
        }
    }

    /// The age of this kind: in months for 月齢, else in years; negative for a birth after the reference day.
    #[must_use]
    pub fn count(self, birth: Date, as_of: Date) -> i32 {
        let months = months_of_age(birth, self.reference(as_of));
        months.div_euclid(self.months_per_step())
    }

    fn months_per_step(self) -> i32 {
        if self == Self::Months { 1 } else { 12 }
    }
}

/// Age in years on a day (満年齢); negative before birth.
#[must_use]
pub fn age(birth: Date, on: Date) -> i32 {
    months_of_age(birth, on).div_euclid(12)
}

/// Age on 31 March that ends the fiscal year of `as_of`.
#[must_use]
pub fn fiscal_year_end_age(birth: Date, as_of: Date) -> i32 {
    AgeKind::FiscalYearEnd.count(birth, as_of)
}

/// Age on 1 April after the fiscal year of `as_of`.
#[must_use]
pub fn fiscal_year_reached_age(birth: Date, as_of: Date) -> i32 {
    AgeKind::FiscalYearReached.count(birth, as_of)
}

/// Age on 1 April that opens the fiscal year of `as_of`.
#[must_use]
pub fn fiscal_year_start_age(birth: Date, as_of: Date) -> i32 {
    AgeKind::FiscalYearStart.count(birth, as_of)
}

/// Whole months lived on a day; a month whose last day comes before the day of birth is complete on the next 1st.
#[must_use]
pub fn months_of_age(birth: Date, on: Date) -> i32 {
    let years = i32::from(on.year()) - i32::from(birth.year());
    let months = years * 12 + i32::from(on.month()) - i32::from(birth.month());
    months - i32::from(on.day() < birth.day())
}

/// The birth dates whose age of this kind is at least `from` and at most `to` on the as-of date.
///
/// A missing `from` means 0: nobody is selected before birth.
#[must_use]
pub fn birth_window(kind: AgeKind, from: Option<i32>, to: Option<i32>, as_of: Date) -> DateWindow {
    let on = kind.reference(as_of);
    let step = kind.months_per_step();
    let latest = |age: i32| latest_birth(on, age.saturating_mul(step));
    DateWindow {
        from: to.map(|to| latest(to.saturating_add(1)).saturating_add(1.day())),
        until: Some(latest(from.unwrap_or(0).max(0))),
    }
}

/// The last birth date that has completed `months` months on a day.
pub(super) fn latest_birth(on: Date, months: i32) -> Date {
    let index = i32::from(on.year()) * 12 + i32::from(on.month()) - 1 - months.clamp(-120_000, 120_000);
    let year = i16::try_from(index.div_euclid(12)).unwrap_or(if index < 0 { i16::MIN } else { i16::MAX });
    let month = i8::try_from(index.rem_euclid(12) + 1).expect("a month is between 1 and 12");
    day_in(year, month, on.day())
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn printed(kind: AgeKind, year: i16, from: i32, to: Option<i32>) -> String {
        birth_window(kind, Some(from), to, date(year, 7, 1)).in_iso()
    }

    #[test]
    fn the_ranges_that_izumo_printed_for_the_dental_check_of_2025() {
        for (age, range) in [
            (20, "2005-04-02〜2006-04-01"),
            (30, "1995-04-02〜1996-04-01"),
            (40, "1985-04-02〜1986-04-01"),
            (50, "1975-04-02〜1976-04-01"),
            (60, "1965-04-02〜1966-04-01"),
            (70, "1955-04-02〜1956-04-01"),
        ] {
            assert_eq!(printed(AgeKind::FiscalYearReached, 2025, age, Some(age)), range);
        }
    }

    #[test]
    fn the_ranges_printed_by_fiscal_year_end() {
        let end = AgeKind::FiscalYearEnd;
        assert_eq!(printed(end, 2022, 40, Some(40)), "1982-04-01〜1983-03-31");
        assert_eq!(printed(end, 2022, 41, None), "1982-03-31以前");
        assert_eq!(printed(end, 2024, 40, Some(74)), "1950-04-01〜1985-03-31");
    }

    #[test]
    fn the_ranges_printed_for_coupons_and_shingles() {
        let (start, reached) = (AgeKind::FiscalYearStart, AgeKind::FiscalYearReached);
        assert_eq!(printed(start, 2024, 20, Some(20)), "2003-04-02〜2004-04-01");
        assert_eq!(printed(start, 2024, 40, Some(40)), "1983-04-02〜1984-04-01");
        assert_eq!(printed(reached, 2025, 65, Some(65)), "1960-04-02〜1961-04-01");
        assert_eq!(printed(reached, 2025, 100, Some(100)), "1925-04-02〜1926-04-01");
        assert_eq!(printed(reached, 2025, 101, None), "1925-04-01以前");
    }

    #[test]
    fn a_birth_on_29_february_ages_on_1_march_in_common_years() {
        let birth = date(2000, 2, 29);
        assert_eq!(age(birth, date(2026, 2, 28)), 25);
        assert_eq!(age(birth, date(2026, 3, 1)), 26);
        assert_eq!(age(birth, date(2028, 2, 29)), 28);
    }

    #[test]
    fn months_end_where_the_day_exists_or_on_the_next_first() {
        assert_eq!(months_of_age(date(2025, 1, 15), date(2026, 7, 14)), 17);
        assert_eq!(months_of_age(date(2025, 1, 15), date(2026, 7, 15)), 18);
        assert_eq!(months_of_age(date(2025, 8, 31), date(2025, 11, 30)), 2);
        assert_eq!(months_of_age(date(2025, 8, 31), date(2025, 12, 1)), 3);
    }

    #[test]
    fn windows_agree_with_ages_for_every_birth_date() {
        let as_of = [
            date(2024, 2, 29),
            date(2025, 2, 28),
            date(2025, 3, 1),
            date(2026, 3, 31),
            date(2026, 4, 1),
            date(2026, 12, 31),
        ];
        let kinds = [
            AgeKind::OnDay,
            AgeKind::FiscalYearEnd,
            AgeKind::FiscalYearReached,
            AgeKind::FiscalYearStart,
            AgeKind::OnDate(date(2028, 2, 29)),
            AgeKind::Months,
        ];
        for as_of in as_of {
            for kind in kinds {
                for (from, to) in [(0, 0), (18, 23), (40, 74), (75, 130)] {
                    let window = birth_window(kind, Some(from), Some(to), as_of);
                    let mut birth = date(1920, 1, 1);
                    while birth < date(2031, 1, 1) {
                        let inside = (from..=to).contains(&kind.count(birth, as_of));
                        assert_eq!(window.contains(birth), inside, "{kind:?} {from}-{to} {birth} {as_of}");
                        birth = birth.tomorrow().unwrap();
                    }
                }
            }
        }
    }
}
