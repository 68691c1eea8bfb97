//! Places in a text that somebody still has to fill: `〔正しい内容〕`, as a correction or a template begins with.
//!
//! A text that holds one is never submitted, so that a form letter can't go out as it stands.

use serde_json::Value;

use crate::domain::message::Content;

/// What stands between 〔 and 〕 anywhere in a content, in the order in which it is stored.
#[must_use]
pub fn unfilled(content: &Content) -> Vec<String> {
    let mut found = Vec::new();
    collect(&content.to_value(), &mut found);
    found.dedup();
    found
}

fn collect(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) => {
            let mut rest = text.as_str();
            while let Some((_, from)) = rest.split_once('〔') {
                let Some((place, after)) = from.split_once('〕') else { return };
                found.push(place.to_owned());
                rest = after;
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
        Value::Object(fields) => fields.values().for_each(|field| collect(field, found)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_to_fill_is_found_and_a_lone_bracket_is_none() {
        let of = |text: &str| unfilled(&Content::japanese_text(text));
        assert_eq!(of("(誤)〔まちがい〕\n(正)〔正しい内容〕"), ["まちがい", "正しい内容"]);
        assert!(of("お詫びと訂正〔").is_empty() && of("健診").is_empty());
    }
}
