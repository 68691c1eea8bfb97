//! The head of a rule file: who, why, for how many, until when.

use std::collections::BTreeMap;

use super::line::Text;
use super::range::{range, whole};
use super::vocabulary::{HEADERS, UNITS, meaning};
use super::{Path, Reader};
use crate::domain::calendar::parse_date;
use crate::domain::segment::Code;
use crate::domain::segment::rule::{Expected, Header, Unit};

impl Reader<'_> {
    pub(super) fn header(&mut self, lines: &[(Text<'_>, Text<'_>)]) -> Header {
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
        let unread = expected == Some(None) || review_by == Some(None) || unit.is_none();
        if unread || [&name, &purpose, &owner].iter().any(|text| text.is_none()) {
            self.places.holes.insert(Path::new());
        }
        Header {
            name: name.unwrap_or_default(),
            purpose: purpose.unwrap_or_default(),
            owner: owner.unwrap_or_default(),
            basis: values.get("根拠").map(|text| text.to_string()),
            expected: expected.flatten(),
            review_by: review_by.flatten(),
            // Of all units this one says least of whom it looks at.
            unit: unit.unwrap_or(Unit::EachPerson),
        }
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
        let known = HEADERS.into_iter().chain(["対象", "除外", "例"]);
        let meant = self.meant(key, known);
        let mend = "見出しは「名前」「目的」「所管」「根拠」「想定人数」「見直し期限」「単位」「対象」「除外」「例」です。";
        self.suggest::<()>(Code::UnknownHeader, key, message, meant, mend);
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
