//! 和暦: dates in the eras from 明治 on, read in the ways people write them and printed in one.
//!
//! A date outside its era (平成31年5月1日) is refused rather than guessed: it is usually a slip of the pen.

use jiff::civil::Date;

/// An era name (元号).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Era {
    /// 明治, from 25 January 1868.
    Meiji,
    /// 大正, from 30 July 1912.
    Taisho,
    /// 昭和, from 25 December 1926.
    Showa,
    /// 平成, from 8 January 1989.
    Heisei,
    /// 令和, from 1 May 2019.
    Reiwa,
}

/// Newest first: name, letter, first day, and the last day that may be written in it.
const ERAS: [(Era, &str, char, Date, Date); 5] = [
    (Era::Reiwa, "令和", 'R', Date::constant(2019, 5, 1), Date::MAX),
    (Era::Heisei, "平成", 'H', Date::constant(1989, 1, 8), Date::constant(2019, 4, 30)),
    (Era::Showa, "昭和", 'S', Date::constant(1926, 12, 25), Date::constant(1989, 1, 7)),
    // The first and last days of 明治, 大正 and 昭和 overlap: both spellings of that day occur in registers.
    (Era::Taisho, "大正", 'T', Date::constant(1912, 7, 30), Date::constant(1926, 12, 25)),
    (Era::Meiji, "明治", 'M', Date::constant(1868, 1, 25), Date::constant(1912, 7, 30)),
];

/// `昭和61年4月1日`; a date before 明治 is printed in ISO form.
#[must_use]
pub fn wareki(date: Date) -> String {
    match wareki_year(date) {
        Some((name, 1)) => format!("{name}元年{}月{}日", date.month(), date.day()),
        Some((name, year)) => format!("{name}{year}年{}月{}日", date.month(), date.day()),
        None => date.to_string(),
    }
}

/// The era's name and the year in it; `None` before 明治.
#[must_use]
pub fn wareki_year(date: Date) -> Option<(&'static str, i16)> {
    let (_, name, _, first, _) = ERAS.iter().find(|(.., first, _)| *first <= date)?;
    Some((name, date.year() - first.year() + 1))
}

/// The name, the first and the last day of an era given by its name or letter (昭和, `S`, `s`).
#[must_use]
pub fn era_span(text: &str) -> Option<(&'static str, Date, Date)> {
    let found = ERAS.iter().find(|(_, name, letter, ..)| strip_era(text, name, *letter) == Some(""))?;
    Some((found.1, found.3, found.4))
}

/// Reads a date as people write it, after NFKC: `1986-04-01`, `1986/4/1`, `1986年4月1日`, `昭和61年4月1日`, `S61.4.1`.
#[must_use]
pub fn parse_date(text: &str) -> Option<Date> {
    let era = ERAS.iter().find_map(|era| Some((era, strip_era(text, era.1, era.2)?)));
    let (year, rest) = split_number(era.map_or(text, |(_, rest)| rest))?;
    let (month, rest) = split_number(strip_one(rest, &['-', '/', '.', '年'])?)?;
    let (day, rest) = split_number(strip_one(rest, &['-', '/', '.', '月'])?)?;
    if !matches!(rest, "" | "日") {
        return None;
    }
    let year = i16::try_from(year).ok()?;
    match era {
        Some(((.., first, last), _)) => {
            let date = date_of(year.checked_add(first.year() - 1)?, month, day)?;
            (year >= 1 && *first <= date && date <= *last).then_some(date)
        }
        None => date_of((1868..=2199).contains(&year).then_some(year)?, month, day),
    }
}

fn strip_era<'a>(text: &'a str, name: &str, letter: char) -> Option<&'a str> {
    text.strip_prefix(name)
        .or_else(|| text.strip_prefix(letter))
        .or_else(|| text.strip_prefix(letter.to_ascii_lowercase()))
}

/// Leading digits (at most four) as a number, or 元 as 1; and what follows.
fn split_number(text: &str) -> Option<(u16, &str)> {
    if let Some(rest) = text.strip_prefix('元') {
        return Some((1, rest));
    }
    let end = text.bytes().take_while(u8::is_ascii_digit).count();
    let number = text.get(..end).filter(|digits| (1..=4).contains(&digits.len()))?;
    Some((number.parse().ok()?, text.get(end..)?))
}

fn strip_one<'a>(text: &'a str, marks: &[char]) -> Option<&'a str> {
    text.strip_prefix(marks)
}

fn date_of(year: i16, month: u16, day: u16) -> Option<Date> {
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn dates_are_read_as_people_write_them() {
        for text in
            ["1986-04-01", "1986/4/1", "1986年4月1日", "昭和61年4月1日", "S61.4.1", "s61.04.01", "昭和61.4.1"]
        {
            assert_eq!(parse_date(text), Some(date(1986, 4, 1)), "{text}");
        }
        assert_eq!(parse_date("令和元年5月1日"), Some(date(2019, 5, 1)));
        assert_eq!(parse_date("M45.7.30"), parse_date("大正元年7月30日"));
    }

    #[test]
    fn dates_that_do_not_exist_are_refused() {
        for text in [
            "",
            "昭和",
            "平成31年5月1日",
            "昭和64年1月8日",
            "2025-02-29",
            "1986-4",
            "1986-04-01x",
            "86-04-01",
            "昭和0年1月1日",
        ] {
            assert_eq!(parse_date(text), None, "{text}");
        }
    }

    #[test]
    fn the_eras_meet_at_their_borders() {
        for (day, text) in [
            (date(1912, 7, 29), "明治45年7月29日"),
            (date(1912, 7, 30), "大正元年7月30日"),
            (date(1926, 12, 24), "大正15年12月24日"),
            (date(1926, 12, 25), "昭和元年12月25日"),
            (date(1989, 1, 7), "昭和64年1月7日"),
            (date(1989, 1, 8), "平成元年1月8日"),
            (date(2019, 4, 30), "平成31年4月30日"),
            (date(2019, 5, 1), "令和元年5月1日"),
        ] {
            assert_eq!(wareki(day), text);
            assert_eq!(parse_date(text), Some(day));
        }
    }
}
