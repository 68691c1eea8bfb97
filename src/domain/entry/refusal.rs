//! Says in Japanese why a cell or a field is no value of an attribute, and what to write instead.
//!
//! Never repeats what was typed: it may be somebody's data. Only the catalogue's own words are named.

use super::EntryError;
use crate::domain::attribute::{Area, Attribute, ValueType};

/// So many allowed values are named.
const NAMED: usize = 12;

/// What to write instead of `text`, which [`super::read`] refused.
#[must_use]
pub fn words(attribute: &Attribute, text: &str, error: EntryError) -> String {
    match error {
        EntryError::NotADate => {
            "日付が読み取れません。1986-04-01 や S61.4.1 のように書いてください".to_owned()
        }
        EntryError::NotANumber => "数字が読み取れません。半角の数字で書いてください".to_owned(),
        EntryError::NotAllowed => area(attribute, text)
            .unwrap_or_else(|| format!("使える値ではありません。使える値: {}", allowed(attribute))),
    }
}

/// What to write instead of an area; its name is the catalogue's own word.
fn area(attribute: &Attribute, text: &str) -> Option<String> {
    let same = |area: &&Area| area.id.as_str() == text || area.word == text || area.label.ja() == text;
    let area = attribute.areas.iter().find(same)?;
    let districts: Vec<_> = attribute.values_in(&area.id).map(|value| value.word.as_str()).collect();
    Some(format!("{}は地域の名前です。地区({})で書いてください", area.word, districts.join("、")))
}

fn allowed(attribute: &Attribute) -> String {
    if attribute.value_type == ValueType::YesNo {
        return "はい、いいえ".to_owned();
    }
    let words: Vec<_> = attribute.values.iter().take(NAMED).map(|value| value.word.as_str()).collect();
    let more = if words.len() < attribute.values.len() { " ほか" } else { "" };
    format!("{}{more}", words.join("、"))
}
