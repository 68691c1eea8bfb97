//! The head of a rule file: who, why, for how many, until when.

use std::collections::BTreeMap;

use super::Reader;
use super::line::Text;
use super::range::{range, whole};
use super::vocabulary::{HEADERS, READINGS, UNITS, meaning};
use crate::domain::calendar::parse_date;
use crate::domain::segment::Code;
use crate::domain::segment::rule::{Expected, Header, Unit};

impl Reader<'_> {
    pub(super) fn header(&mut self, lines: &[(Text<'_>, Text<'_>)]) -> Option<Header> {
        let mut values = BTreeMap::new();
        for (key, value) in lines {
            self.header_line(*key, *value, &mut values);
        }
        let name = self.required(&values, "名前", "「名前: 特定健診のご案内」のように書いてください。");
        let purpose =
            self.required(&values, "目的", "「目的: 受診のお知らせ」のように、何のためかを書いてください。");
        let owner = self.required(&values, "所管", "「所管: 健康増進課」のように、担当課を書いてください。");
        let unit = values.get("単位").map_or(Some(Unit::default()), |text| self.unit(*text));
        let expected = values.get("想定人数").map(|text| self.expected(*text));
        let review_by = values.get("見直し期限").map(|text| self.review_by(*text));
        Some(Header {
            name: name?,
            purpose: purpose?,
            owner: owner?,
            basis: values.get("根拠").map(|text| text.to_string()),
            expected: expected.flatten(),
            review_by: review_by.flatten(),
            unit: unit?,
        })
    }

    fn header_line<'t>(&mut self, key: Text<'t>, value: Text<'t>, values: &mut BTreeMap<String, Text<'t>>) {
        let word = key.to_string();
        self.places.headers.insert(word.clone(), value.place());
        if !HEADERS.contains(&word.as_str()) {
            self.unknown_header(key);
        } else if value.is_empty() {
            self.refuse::<()>(
                Code::HeaderValue,
                key,
                format!("「{word}」の中身がありません。"),
                "「:」のあとに書いてください。",
            );
        } else {
            values.insert(word, value);
        }
    }

    fn unknown_header(&mut self, key: Text<'_>) {
        let word = key.to_string();
        let message = format!("見出し「{word}」は知りません。");
        let read_aloud = READINGS.iter().find(|(reading, _)| *reading == word).map(|(_, meant)| *meant);
        match read_aloud {
            Some(meant) => self.suggest(Code::UnknownHeader, key, message, Some(meant.to_owned())),
            None => {
                let known = HEADERS.into_iter().chain(["対象", "除外", "例"]);
                self.refuse_word::<()>(Code::UnknownHeader, key, message, known);
            }
        }
    }

    fn required(&mut self, values: &BTreeMap<String, Text<'_>>, key: &str, mend: &str) -> Option<String> {
        match values.get(key) {
            Some(text) => Some(text.to_string()),
            None if self.places.headers.contains_key(key) => None, // said already: it is empty
            None => self.missing(key, mend),
        }
    }

    fn unit(&mut self, text: Text<'_>) -> Option<Unit> {
        let found = meaning(&UNITS, &text.compact());
        found.or_else(|| {
            let known = UNITS.iter().map(|(_, word)| *word);
            self.refuse_word(Code::HeaderValue, text, format!("単位「{text}」は知りません。"), known)
        })
    }

    fn expected(&mut self, text: Text<'_>) -> Option<Expected> {
        let plain = text.compact().replace([','], "");
        let read = range(&plain, whole).ok().and_then(|range| {
            Some(Expected { from: u32::try_from(range.from?).ok()?, to: u32::try_from(range.to?).ok()? })
        });
        read.or_else(|| {
            let mend = "「想定人数: 1500〜4500」のように、少ない方から書いてください。";
            self.refuse(Code::HeaderValue, text, "想定人数を読み取れません。", mend)
        })
    }

    fn review_by(&mut self, text: Text<'_>) -> Option<jiff::civil::Date> {
        parse_date(&text.compact()).or_else(|| {
            let mend = "「2027-03-31」または「令和9年3月31日」のように書いてください。";
            self.refuse(Code::BadDate, text, "見直し期限の日付を読み取れません。", mend)
        })
    }
}
