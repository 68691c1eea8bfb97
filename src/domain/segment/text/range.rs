//! Numbers, dates and their ranges, as people write them.
//!
//! A range has one meaning or none: what can be read in two ways is refused.

use jiff::civil::Date;
use unicode_normalization::UnicodeNormalization as _;

use crate::domain::calendar::parse_date;
use crate::domain::segment::rule::{DateRange, Range};

/// Why a range can't be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RangeFault {
    Unreadable,
    Backwards,
}

const UNITS: [&str; 7] = ["歳", "才", "か月", "ヶ月", "ヵ月", "カ月", "人"];

/// `40〜74`, `40以上`, `74以下`, `75未満`, `40以上74以下`, `40`; units such as 歳 may stand behind the numbers.
pub(super) fn range(text: &str, number: impl Fn(&str) -> Option<i64>) -> Result<Range, RangeFault> {
    let plain = UNITS.iter().fold(text.to_owned(), |text, unit| text.replace(unit, ""));
    let read = |text: &str| number(text).ok_or(RangeFault::Unreadable);
    let (from, to) = if let Some((from, to)) = plain.split_once(['〜', '~', '-', '−', '–']) {
        (Some(read(from)?), Some(read(to)?))
    } else if let Some((from, rest)) = plain.split_once("以上") {
        (Some(read(from)?), if rest.is_empty() { None } else { Some(upper(rest, read)?) })
    } else if plain.ends_with("以下") || plain.ends_with("未満") {
        (None, Some(upper(&plain, read)?))
    } else {
        let exactly = read(&plain)?;
        (Some(exactly), Some(exactly))
    };
    forwards(from, to).map(|()| Range { from, to })
}

/// `40〜74`, `65, 70, 75`: ranges of whole numbers as a parameter has them; `None` where one can't be read.
#[must_use]
pub fn number_ranges(text: &str) -> Option<Vec<Range>> {
    let plain: String = text.nfkc().filter(|c| !c.is_whitespace()).collect();
    plain.split([',', '、']).map(|piece| range(piece, whole).ok()).collect()
}

fn upper(text: &str, read: impl Fn(&str) -> Result<i64, RangeFault>) -> Result<i64, RangeFault> {
    match (text.strip_suffix("以下"), text.strip_suffix("未満")) {
        (Some(number), _) => read(number),
        (_, Some(number)) => Ok(read(number)? - 1),
        _ => Err(RangeFault::Unreadable),
    }
}

/// A whole number without a sign, at most nine digits.
pub(super) fn whole(text: &str) -> Option<i64> {
    let digits = !text.is_empty() && text.len() <= 9 && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok())?
}

/// `1986-04-02〜1987-04-01`, `…以降`, `…以前`, or one day.
pub(super) fn date_range(text: &str) -> Result<DateRange, RangeFault> {
    let read = |text: &str| parse_date(text).ok_or(RangeFault::Unreadable);
    let (from, to) = if let Some((from, to)) = text.split_once(['〜', '~']) {
        (Some(read(from)?), Some(read(to)?))
    } else if let Some(from) = text.strip_suffix("以降") {
        (Some(read(from)?), None)
    } else if let Some(to) = text.strip_suffix("以前") {
        (None, Some(read(to)?))
    } else {
        let day: Date = read(text)?;
        (Some(day), Some(day))
    };
    forwards(from, to).map(|()| DateRange { from, to })
}

fn forwards<T: PartialOrd>(from: Option<T>, to: Option<T>) -> Result<(), RangeFault> {
    match (from, to) {
        (Some(from), Some(to)) if to < from => Err(RangeFault::Backwards),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_as_people_write_them() {
        let read = |text| range(text, whole).map(|range| (range.from, range.to));
        for text in ["40〜74", "40~74", "40-74", "40歳〜74歳", "40以上74以下", "40歳以上75歳未満"]
        {
            assert_eq!(read(text), Ok((Some(40), Some(74))), "{text}");
        }
        assert_eq!(read("40以上"), Ok((Some(40), None)));
        assert_eq!(read("3未満"), Ok((None, Some(2))));
        assert_eq!(read("74〜40"), Err(RangeFault::Backwards));
        for text in ["", "〜", "40〜", "x", "40より上", "1〜2〜3", "９"] {
            assert_eq!(read(text), Err(RangeFault::Unreadable), "{text}");
        }
    }
}
