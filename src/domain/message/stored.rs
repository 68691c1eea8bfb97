//! The document of a content: as short as what it says.
//!
//! A body of one bubble without quick replies is that bubble alone, and a content without anything beside its texts is
//! the texts by language: exactly what earlier releases wrote, so that what is stored reads on and keeps its hash.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{Body, Button, Content, Part};
use crate::domain::attribute::LanguageId;

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum StoredBody {
    Many(Many),
    One(Part),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Many {
    parts: Vec<Part>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    quick_replies: Vec<Button>,
}

impl From<Body> for StoredBody {
    fn from(body: Body) -> Self {
        let Body { mut parts, quick_replies } = body;
        match parts.pop() {
            Some(only) if parts.is_empty() && quick_replies.is_empty() => Self::One(only),
            last => {
                parts.extend(last);
                Self::Many(Many { parts, quick_replies })
            }
        }
    }
}

impl From<StoredBody> for Body {
    fn from(stored: StoredBody) -> Self {
        match stored {
            StoredBody::Many(Many { parts, quick_replies }) => Self { parts, quick_replies },
            StoredBody::One(part) => Self { parts: vec![part], quick_replies: Vec::new() },
        }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum StoredContent {
    More(More),
    Texts(BTreeMap<LanguageId, Body>),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct More {
    variants: BTreeMap<LanguageId, Body>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    deadline: Option<Date>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    counts_taps: bool,
}

impl From<Content> for StoredContent {
    fn from(content: Content) -> Self {
        let Content { variants, deadline, counts_taps } = content;
        if deadline.is_none() && !counts_taps {
            return Self::Texts(variants);
        }
        Self::More(More { variants, deadline, counts_taps })
    }
}

impl From<StoredContent> for Content {
    fn from(stored: StoredContent) -> Self {
        match stored {
            StoredContent::Texts(variants) => Self { variants, deadline: None, counts_taps: false },
            StoredContent::More(More { variants, deadline, counts_taps }) => {
                Self { variants, deadline, counts_taps }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::message::{Card, Target};

    fn round(value: serde_json::Value) -> Content {
        let content = Content::try_from(value.clone()).unwrap();
        assert_eq!(content.to_value(), value);
        content
    }

    #[test]
    fn what_earlier_releases_stored_reads_on_with_the_hash_it_had() {
        let content = round(json!({
            "en": { "kind": "card", "title": "Check-up", "text": "Book now.",
                    "buttons": [{ "label": "Open", "target": { "uri": "https://example.jp/" } }] },
            "ja": { "kind": "text", "text": "健診の申込が始まりました。" },
        }));
        assert_eq!(content.hash(), "983d076efdf6d273d046d78a4366d3bb9447bc32029bca3b4f99c980e8651d29");
        let card = Card { title: "a".into(), text: "b".into(), ..Card::default() };
        let value = Content::new([("ja".into(), Body::card(card))]).to_value();
        assert_eq!(value, json!({ "ja": { "kind": "card", "title": "a", "text": "b", "buttons": [] } }));
    }

    #[test]
    fn several_bubbles_quick_replies_and_a_deadline_are_stored_readably() {
        let content = round(json!({
            "variants": { "ja": {
                "parts": [
                    { "kind": "text", "text": "{期限}まで" },
                    { "kind": "image", "id": "ab", "alt": "会場の地図", "width": 800, "height": 600 },
                    { "kind": "cards", "cards": [
                        { "title": "集団健診", "text": "", "facts": [{ "name": "日時", "text": "1月10日" }], "buttons": [] },
                        { "title": "個別健診", "text": "", "buttons": [] },
                    ] },
                ],
                "quick_replies": [{ "label": "この分野を断る", "target": { "deed": "decline_topic" } }],
            } },
            "deadline": "2027-01-31",
            "counts_taps": true,
        }));
        let body = content.get("ja").unwrap();
        assert_eq!(body.parts.len(), 3);
        assert!(matches!(body.quick_replies[0].target, Target::Deed(_)));
    }

    #[test]
    fn a_field_that_nobody_knows_is_an_error() {
        for wrong in [
            json!({ "ja": { "kind": "text", "text": "a", "to": "everyone" } }),
            json!({ "variants": {}, "deadline": "2027-01-31", "more": 1 }),
            json!({ "ja": { "parts": [], "more": 1 } }),
            json!({ "ja": { "kind": "video", "url": "a" } }),
        ] {
            assert!(Content::try_from(wrong.clone()).is_err(), "{wrong}");
        }
    }
}
