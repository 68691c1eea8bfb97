//! Reads what people type or a spreadsheet holds into a value of an attribute.
//!
//! Forgiving in the spelling (full-width digits, 和暦, labels instead of ids), strict in the meaning: what can't be
//! read is an error with a reason, never a guess. An empty text is nobody's value. Both the resident's form and the
//! import read through this.

pub mod refusal;
pub mod slip;

use jiff::civil::Date;
use unicode_normalization::UnicodeNormalization;

use super::attribute::{AllowedValue, Attribute, Value, ValueType};
use super::calendar::parse_date;

/// Why a text is no value of the attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EntryError {
    /// Not a date that exists.
    #[error("the date can't be read")]
    NotADate,
    /// Not a whole number.
    #[error("the number can't be read")]
    NotANumber,
    /// None of the allowed values.
    #[error("the value is not one of the allowed ones")]
    NotAllowed,
}

/// Reads one value; `None` where the text is empty.
///
/// # Errors
/// [`EntryError`].
pub fn read(attribute: &Attribute, text: &str) -> Result<Option<Value>, EntryError> {
    let text = tidy(text);
    if text.is_empty() {
        return Ok(None);
    }
    let value = match attribute.value_type {
        ValueType::YesNo => Value::YesNo(yes_no(&text).ok_or(EntryError::NotAllowed)?),
        ValueType::Number => Value::Number(number(&text).ok_or(EntryError::NotANumber)?),
        ValueType::Date => Value::Date(date(&text).ok_or(EntryError::NotADate)?),
        ValueType::Choice => Value::Choice(choice(attribute, &text)?.id.clone()),
        ValueType::Choices => {
            let parts = text.split([';', '、', '|']).map(str::trim).filter(|part| !part.is_empty());
            let ids = parts.map(|part| choice(attribute, part).map(|value| value.id.clone()));
            Value::Choices(ids.collect::<Result<_, _>>()?)
        }
    };
    Ok(Some(value))
}

/// Compatibility forms made plain (全角 digits, ideographic spaces), without spaces around.
#[must_use]
pub fn tidy(text: &str) -> String {
    text.nfkc().collect::<String>().trim().to_owned()
}

/// A number of any kind as people type it, made plain: digits of any width, whatever they take for a hyphen or a minus,
/// and no spaces.
#[must_use]
pub fn tidy_number(text: &str) -> String {
    let plain = |sign| if is_dash(sign) { '-' } else { sign };
    text.nfkc().filter(|sign| !sign.is_whitespace()).map(plain).collect()
}

/// Hyphens, dashes and minus signs, and what stands beside them on a Japanese keyboard: ー and ─.
fn is_dash(sign: char) -> bool {
    matches!(sign, '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{2500}' | '\u{30fc}')
}

/// Reads a date as people write it: `1986-04-01`, `昭和61年4月1日`, `S61.4.1`, `19860401`, `S610401`, full-width too.
#[must_use]
pub fn date(text: &str) -> Option<Date> {
    let text: String = tidy(text).chars().filter(|sign| !sign.is_whitespace()).collect();
    parse_date(&text).or_else(|| parse_date(&spread(&text)?))
}

/// Reads a date from the three fields of a form. The year may carry its era itself, or even hold the whole date.
#[must_use]
pub fn date_of_parts(era: &str, [year, month, day]: [&str; 3]) -> Option<Date> {
    let [year, month, day] = [year, month, day].map(tidy);
    if month.is_empty() && day.is_empty() {
        return date(&format!("{}{year}", if starts_with_digit(&year) { era } else { "" }))
            .or_else(|| date(&year));
    }
    let year = year.trim_end_matches('年');
    let era = if starts_with_digit(year) || year.starts_with('元') { era } else { "" };
    let (month, day) = (month.trim_end_matches('月'), day.trim_end_matches('日'));
    date(&format!("{era}{year}-{month}-{day}"))
}

fn starts_with_digit(text: &str) -> bool {
    text.starts_with(|sign: char| sign.is_ascii_digit())
}

/// `19860401` and `S610401` with the marks between the numbers put in.
fn spread(text: &str) -> Option<String> {
    let digits = text.find(|sign: char| sign.is_ascii_digit())?;
    let (era, digits) = text.split_at(digits);
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let year = if era.is_empty() { 4 } else { 2 };
    (digits.len() == year + 4)
        .then(|| format!("{era}{}-{}-{}", &digits[..year], &digits[year..year + 2], &digits[year + 2..]))
}

fn yes_no(text: &str) -> Option<bool> {
    match text.to_lowercase().as_str() {
        "はい" | "yes" | "true" | "1" | "○" | "〇" | "有" | "あり" => Some(true),
        "いいえ" | "no" | "false" | "0" | "×" | "無" | "なし" => Some(false),
        _ => None,
    }
}

fn number(text: &str) -> Option<i64> {
    text.replace(',', "").parse().ok()
}

fn choice<'a>(attribute: &'a Attribute, text: &str) -> Result<&'a AllowedValue, EntryError> {
    let same = |value: &&AllowedValue| {
        value.id.as_str() == text || tidy(&value.word) == text || tidy(value.label.ja()) == text
    };
    attribute.values.iter().find(same).ok_or(EntryError::NotAllowed)
}

#[cfg(test)]
mod tests {
    use super::super::attribute::Catalogue;
    use super::*;

    #[test]
    fn a_date_is_read_in_every_spelling_people_use() {
        let day = Date::constant(1986, 4, 1);
        for text in
            ["1986-04-01", "1986年4月1日", "S61.4.1", "昭和61年 4月 1日", "19860401", "S610401", "昭和610401"]
        {
            assert_eq!(date(text), Some(day), "{text}");
        }
        for (era, parts) in [
            ("", ["1986", "4", "1"]),
            ("昭和", ["61", "04", "01"]),
            ("", ["昭和61年", "4月", "1日"]),
            ("", ["1986", "4", "1"]),
            ("平成", ["S61", "4", "1"]),
            ("", ["S61.4.1", "", ""]),
            ("昭和", ["61.4.1", "", ""]),
            ("", ["19860401", "", ""]),
        ] {
            assert_eq!(date_of_parts(era, parts), Some(day), "{era} {parts:?}");
        }
        for (era, parts) in [("", ["", "4", "1"]), ("", ["1986", "13", "1"]), ("平成", ["61", "4", "1"])] {
            assert_eq!(date_of_parts(era, parts), None);
        }
    }

    #[test]
    fn a_number_is_plain_in_whatever_width_and_with_whatever_dash_it_was_typed() {
        for text in [
            "0853-21-2211",
            "０８５３－２１－２２１１",
            "0853ー21−2211",
            "0853‐21―2211",
            "０８５３ 21–２２１１",
        ] {
            let digits: String = tidy_number(text).chars().filter(|sign| *sign != '-').collect();
            assert_eq!(digits, "0853212211", "{text}");
        }
        assert_eq!(["−１４", "ー14", "９：３０", " 10 "].map(tidy_number), ["-14", "-14", "9:30", "10"]);
    }

    #[test]
    fn a_choice_is_read_by_id_word_or_label_and_nothing_else() {
        let catalogue = Catalogue::builtin();
        let insurance = catalogue.attribute("insurance").unwrap();
        for text in ["kokuho", "国保", " 国民健康保険 "] {
            let value = read(insurance, text).unwrap().unwrap();
            assert_eq!(value.write(), "kokuho", "{text}");
        }
        assert_eq!(read(insurance, "国"), Err(EntryError::NotAllowed));
        assert_eq!(read(insurance, " "), Ok(None));
    }
}
