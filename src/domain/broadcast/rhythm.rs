//! When a broadcast comes again: every year, every month, at the edge of a fiscal year, or on a day of each person's own.
//!
//! An occasion is a civil date in Asia/Tokyo. Where the city hall is closed on it, the message may go out on the working
//! day before or after; the occasion stays the same, so that it comes once.

use jiff::ToSpan;
use jiff::civil::{Date, Weekday};

use crate::domain::attribute::core;
use crate::domain::calendar::closed;

/// Which days are occasions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rhythm {
    /// Every year on this day; a day that the month lacks is its last.
    Yearly {
        /// 1–12.
        month: i8,
        /// 1–31.
        day: i8,
    },
    /// Every month on this day; a day that the month lacks is its last.
    Monthly {
        /// 1–31.
        day: i8,
    },
    /// Every month on the n-th of a weekday; 5 is the last.
    Weekday {
        /// 1–5.
        nth: i8,
        /// Which weekday.
        weekday: Weekday,
    },
    /// So many days after (or, below 0, before) the first or the last day of the fiscal year.
    FiscalYear {
        /// Whether it is counted from 1 April; from 31 March otherwise.
        first: bool,
        /// −180–180.
        days: i16,
    },
    /// Every day, for those of whom a date is so many years and days ago: 3 and −14 is two weeks before the third
    /// birthday.
    Anniversary {
        /// An attribute that is a date.
        attribute: String,
        /// 0–120.
        years: i16,
        /// −365–365.
        days: i16,
    },
}

/// A day that its month has in no year.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{month}月{day}日という日はありません。{month}月の最後の日にするときは、{last}日と入力してください{}。", if *.last == 29 { "(うるう年でない年は28日になります)" } else { "" })]
pub struct NoSuchDay {
    /// 1–12.
    pub month: i8,
    /// As typed.
    pub day: i8,
    /// The last day that the month can have.
    pub last: i8,
}

/// Where an occasion on a closed day is moved to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shift {
    /// Nowhere.
    Stay,
    /// The working day before.
    Before,
    /// The working day after.
    After,
}

impl Shift {
    /// The stored word.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Stay => "stay",
            Self::Before => "before",
            Self::After => "after",
        }
    }

    /// Reads [`Shift::id`].
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Stay, Self::Before, Self::After].into_iter().find(|shift| shift.id() == word)
    }

    /// The day on which the message goes out.
    #[must_use]
    pub fn day(self, occasion: Date) -> Date {
        let step = match self {
            Self::Stay => return occasion,
            Self::Before => (-1).days(),
            Self::After => 1.day(),
        };
        let mut day = occasion;
        while closed(day).is_some() {
            day = day.saturating_add(step);
        }
        day
    }
}

/// A year with every day that a year can have.
const LEAP_YEAR: i16 = 2024;

const WEEKDAYS: [(Weekday, &str, &str); 7] = [
    (Weekday::Monday, "mon", "月"),
    (Weekday::Tuesday, "tue", "火"),
    (Weekday::Wednesday, "wed", "水"),
    (Weekday::Thursday, "thu", "木"),
    (Weekday::Friday, "fri", "金"),
    (Weekday::Saturday, "sat", "土"),
    (Weekday::Sunday, "sun", "日"),
];

impl Rhythm {
    /// Whether it names a day that there is, at least in some years; one from an earlier release may not.
    ///
    /// # Errors
    /// [`NoSuchDay`].
    pub fn check_day(&self) -> Result<(), NoSuchDay> {
        let Self::Yearly { month, day } = *self else { return Ok(()) };
        let last =
            Date::constant(LEAP_YEAR, 1, 1).with().month(month).build().map_or(31, Date::days_in_month);
        if day <= last { Ok(()) } else { Err(NoSuchDay { month, day, last }) }
    }

    /// Whether a day is an occasion.
    #[must_use]
    pub fn falls_on(&self, day: Date) -> bool {
        let on = |wanted: i8| day.day() == wanted.min(day.days_in_month());
        match self {
            Self::Yearly { month, day: wanted } => day.month() == *month && on(*wanted),
            Self::Monthly { day: wanted } => on(*wanted),
            Self::Weekday { nth, weekday } => {
                let is_last = day.days_in_month() - day.day() < 7;
                let place = (day.day() - 1) / 7 + 1;
                day.weekday() == *weekday && if *nth == 5 { is_last } else { place == *nth }
            }
            Self::FiscalYear { first, days } => {
                let edge = day.saturating_sub(i64::from(*days).days());
                (edge.month(), edge.day()) == if *first { (4, 1) } else { (3, 31) }
            }
            Self::Anniversary { .. } => true,
        }
    }

    /// The occasions from a day on, without an end: each rhythm comes at least once in two years.
    pub fn occasions(&self, from: Date) -> impl Iterator<Item = Date> {
        from.series(1.day()).filter(|day| self.falls_on(*day))
    }

    /// For an occasion of [`Rhythm::Anniversary`], the dates of those whose day it is: the first and the last.
    #[must_use]
    pub fn dates_of(&self, occasion: Date) -> Option<(Date, Date)> {
        let Self::Anniversary { years, days, .. } = self else { return None };
        let anniversary = occasion.saturating_sub(i64::from(*days).days());
        let year = anniversary.year() - years;
        let same = |day: Date| Date::new(year, day.month(), day.day()).ok();
        // Somebody born on 29 February has the birthday on 1 March in common years.
        let last = same(anniversary)?;
        let is_first_of_march = (anniversary.month(), anniversary.day()) == (3, 1);
        let before = last.saturating_sub(1.day());
        let leaps = is_first_of_march && !anniversary.in_leap_year() && before.day() == 29;
        Some((if leaps { before } else { last }, last))
    }

    /// The stored form.
    #[must_use]
    pub fn to_text(&self) -> String {
        match self {
            Self::Yearly { month, day } => format!("yearly {month} {day}"),
            Self::Monthly { day } => format!("monthly {day}"),
            Self::Weekday { nth, weekday } => {
                let word = WEEKDAYS.iter().find(|one| one.0 == *weekday).map_or("mon", |one| one.1);
                format!("weekday {nth} {word}")
            }
            Self::FiscalYear { first, days } => {
                format!("fiscal {} {days}", if *first { "first" } else { "last" })
            }
            Self::Anniversary { attribute, years, days } => format!("anniversary {attribute} {years} {days}"),
        }
    }

    /// Reads [`Rhythm::to_text`]; `None` for what is none or lies outside its bounds.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let words: Vec<&str> = text.split(' ').collect();
        let within =
            |word: &str, from: i16, to: i16| word.parse().ok().filter(|number| (from..=to).contains(number));
        let small = |word: &str, to: i16| within(word, 1, to).and_then(|number| i8::try_from(number).ok());
        Some(match words.as_slice() {
            ["yearly", month, day] => Self::Yearly { month: small(month, 12)?, day: small(day, 31)? },
            ["monthly", day] => Self::Monthly { day: small(day, 31)? },
            ["weekday", nth, weekday] => Self::Weekday {
                nth: small(nth, 5)?,
                weekday: WEEKDAYS.iter().find(|one| one.1 == *weekday)?.0,
            },
            ["fiscal", edge @ ("first" | "last"), days] => {
                Self::FiscalYear { first: *edge == "first", days: within(days, -180, 180)? }
            }
            ["anniversary", attribute, years, days] if !attribute.is_empty() => Self::Anniversary {
                attribute: (*attribute).to_owned(),
                years: within(years, 0, 120)?,
                days: within(days, -365, 365)?,
            },
            _ => return None,
        })
    }

    /// What staff read; an attribute by its word.
    #[must_use]
    pub fn in_words(&self, word_of: impl Fn(&str) -> String) -> String {
        let days = |days: i16, of: &str| match days {
            0 => of.to_owned(),
            1.. => format!("{of}の{days}日後"),
            _ => format!("{of}の{}日前", -days),
        };
        match self {
            Self::Yearly { month, day } => format!("毎年{month}月{day}日"),
            Self::Monthly { day } => format!("毎月{day}日"),
            Self::Weekday { nth, weekday } => {
                let word = WEEKDAYS.iter().find(|one| one.0 == *weekday).map_or("", |one| one.2);
                if *nth == 5 {
                    format!("毎月の最後の{word}曜日")
                } else {
                    format!("毎月の第{nth}{word}曜日")
                }
            }
            Self::FiscalYear { first, days: number } => {
                format!("毎年度、{}", days(*number, if *first { "年度の初日" } else { "年度の最終日" }))
            }
            Self::Anniversary { attribute, years, days: number } => {
                let whose = match (attribute.as_str(), years) {
                    (core::BIRTH_DATE, 0) => "生まれた日".to_owned(),
                    (core::BIRTH_DATE, _) => format!("{years}歳の誕生日"),
                    (other, 0) => word_of(other),
                    (other, _) => format!("{}の{years}年後", word_of(other)),
                };
                format!("毎日、{}にあたる人へ", days(*number, &whose))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn first(rhythm: &str, from: Date, count: usize) -> Vec<String> {
        let rhythm = Rhythm::parse(rhythm).unwrap();
        assert_eq!(Rhythm::parse(&rhythm.to_text()), Some(rhythm.clone()));
        rhythm.occasions(from).take(count).map(|day| day.to_string()).collect()
    }

    #[test]
    fn occasions_fall_where_the_calendar_says() {
        let july = date(2026, 7, 1);
        assert_eq!(first("yearly 6 1", july, 2), ["2027-06-01", "2028-06-01"]);
        assert_eq!(first("monthly 31", july, 3), ["2026-07-31", "2026-08-31", "2026-09-30"]);
        assert_eq!(first("weekday 2 tue", july, 2), ["2026-07-14", "2026-08-11"]);
        assert_eq!(first("weekday 5 fri", july, 2), ["2026-07-31", "2026-08-28"]);
        assert_eq!(first("fiscal last -30", july, 1), ["2027-03-01"]);
        assert_eq!(first("fiscal first 0", july, 1), ["2027-04-01"]);
        for wrong in
            ["", "daily", "yearly 13 1", "monthly 0", "weekday 6 mon", "weekday 1 xxx", "anniversary  3 0"]
        {
            assert_eq!(Rhythm::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_day_that_no_year_has_is_none() {
        let fault =
            |text: &str| Rhythm::parse(text).unwrap().check_day().err().map(|fault| fault.to_string());
        for sound in ["yearly 2 29", "yearly 4 30", "yearly 12 31", "monthly 31", "fiscal last 0"] {
            assert_eq!(fault(sound), None, "{sound}");
        }
        let april = "4月31日という日はありません。4月の最後の日にするときは、30日と入力してください。";
        assert_eq!(fault("yearly 4 31").as_deref(), Some(april));
        for none in ["yearly 2 30", "yearly 2 31", "yearly 6 31", "yearly 9 31", "yearly 11 31"] {
            assert!(fault(none).is_some(), "{none}");
        }
        assert!(
            fault("yearly 2 30")
                .is_some_and(|said| said.contains("29日と入力") && said.contains("28日になります"))
        );
    }

    #[test]
    fn a_day_of_somebody_s_own_is_said_as_people_say_it() {
        let word = |text: &str| Rhythm::parse(text).unwrap().in_words(|_| "転入日".to_owned());
        for (text, said) in [
            ("anniversary birth_date 3 -14", "毎日、3歳の誕生日の14日前にあたる人へ"),
            ("anniversary birth_date 40 0", "毎日、40歳の誕生日にあたる人へ"),
            ("anniversary birth_date 0 100", "毎日、生まれた日の100日後にあたる人へ"),
            ("anniversary moved_in 1 -7", "毎日、転入日の1年後の7日前にあたる人へ"),
            ("anniversary moved_in 0 30", "毎日、転入日の30日後にあたる人へ"),
        ] {
            assert_eq!(word(text), said);
        }
    }

    const EACH_KIND: [&str; 7] = [
        "yearly 2 29",
        "monthly 31",
        "weekday 5 fri",
        "weekday 1 mon",
        "fiscal last -30",
        "fiscal first 180",
        "anniversary birth_date 3 0",
    ];

    #[test]
    fn occasions_from_a_later_day_are_the_end_of_those_from_an_earlier_one() {
        let (begins, ends) = (date(2026, 7, 1), date(2031, 3, 31));
        for rhythm in EACH_KIND.map(|text| Rhythm::parse(text).unwrap()) {
            let from = |day: Date| rhythm.occasions(day).take_while(|one| *one <= ends).collect::<Vec<_>>();
            let all = from(begins);
            for later in begins.series(17.days()).take_while(|day| *day <= ends) {
                let rest = from(later);
                assert!(all.ends_with(&rest), "{rhythm:?} from {later}");
                let before = &all[..all.len() - rest.len()];
                assert!(before.iter().all(|one| *one < later), "{rhythm:?} loses one before {later}");
            }
        }
    }

    #[test]
    fn each_rhythm_goes_on_for_decades() {
        for rhythm in EACH_KIND.map(|text| Rhythm::parse(text).unwrap()) {
            let mut last = date(2026, 7, 1);
            for next in rhythm.occasions(last.tomorrow().unwrap()).take_while(|day| day.year() < 2060) {
                assert!(next <= last.saturating_add(2.years()), "{rhythm:?}: nothing after {last}");
                last = next;
            }
            assert!(date(2058, 1, 1) <= last, "{rhythm:?} ends on {last}");
        }
    }

    #[test]
    fn a_closed_day_is_moved_to_a_working_day() {
        // 2026-09-21 to 23 are holidays, 19 and 20 a weekend.
        assert_eq!(Shift::After.day(date(2026, 9, 21)), date(2026, 9, 24));
        assert_eq!(Shift::Before.day(date(2026, 9, 22)), date(2026, 9, 18));
        assert_eq!(Shift::Stay.day(date(2026, 9, 22)), date(2026, 9, 22));
    }

    #[test]
    fn whose_day_it_is_is_told_by_the_date_itself() {
        let rhythm = Rhythm::parse("anniversary birth_date 3 -14").unwrap();
        assert_eq!(rhythm.dates_of(date(2026, 7, 1)), Some((date(2023, 7, 15), date(2023, 7, 15))));
        let birthday = Rhythm::parse("anniversary birth_date 3 0").unwrap();
        assert_eq!(birthday.dates_of(date(2027, 3, 1)), Some((date(2024, 2, 29), date(2024, 3, 1))));
        assert_eq!(birthday.dates_of(date(2027, 2, 28)), Some((date(2024, 2, 28), date(2024, 2, 28))));
        // Born on 29 February 2024: four years later there is one again.
        let four = Rhythm::parse("anniversary birth_date 4 0").unwrap();
        assert_eq!(four.dates_of(date(2028, 2, 29)), Some((date(2024, 2, 29), date(2024, 2, 29))));
        assert_eq!(four.dates_of(date(2028, 3, 1)), Some((date(2024, 3, 1), date(2024, 3, 1))));
        assert_eq!(birthday.dates_of(date(2028, 2, 29)), None, "nobody was born on that day of 2025");
    }
}
