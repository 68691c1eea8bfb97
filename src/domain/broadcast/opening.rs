//! What of a broadcast's texts an approver has to open before they may approve: each language of each text, and where each
//! button leads.
//!
//! An approval step existed where an attachment that nobody had opened went out. What has to be opened is worked out
//! from the content, so that it can't be forgotten; what was opened is noted for this very content.

use std::collections::BTreeMap;

use serde_json::Value;

use super::trial::Said;
use crate::domain::attribute::LanguageId;
use crate::domain::digest::sha256_hex;
use crate::domain::message::Content;

/// One thing to open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToOpen {
    /// Its id within the broadcast: letters, digits and hyphens.
    pub id: String,
    /// What it is.
    pub what: What,
}

/// What is opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// The messages in one language, as a reader of it sees them.
    Language {
        /// The arm whose text it is; none for the broadcast's own.
        arm: Option<String>,
        /// The language.
        language: LanguageId,
    },
    /// Where a button leads.
    Link(Link),
}

/// Where a button leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// `uri`, `tel` or `liff`.
    pub opens: String,
    /// The address or number; empty for the form of registration.
    pub address: String,
    /// What the buttons say that lead there.
    pub labels: Vec<String>,
}

/// Everything to open, the languages of each text first; the same address behind several buttons counts once.
#[must_use]
pub fn to_open(texts: &[Said]) -> Vec<ToOpen> {
    texts.iter().flat_map(languages).chain(links(texts)).collect()
}

fn languages(said: &Said) -> Vec<ToOpen> {
    let id = |language: &LanguageId| match &said.arm {
        None => format!("text-{language}"),
        Some(arm) => format!("arm-{arm}-text-{language}"),
    };
    let part = |language: &LanguageId| ToOpen {
        id: id(language),
        what: What::Language { arm: said.arm.clone(), language: language.clone() },
    };
    said.content.variants().map(|(language, _)| part(language)).collect()
}

fn links(texts: &[Said]) -> Vec<ToOpen> {
    let mut found = BTreeMap::new();
    for (_, body) in texts.iter().map(|said| &said.content).flat_map(Content::variants) {
        collect(&serde_json::to_value(body).unwrap_or_default(), "", &mut found);
    }
    let link = |((opens, address), labels): ((String, String), Vec<String>)| ToOpen {
        id: format!("link-{}", &sha256_hex(format!("{opens} {address}").as_bytes())[..12]),
        what: What::Link(Link { opens, address, labels }),
    };
    found.into_iter().map(link).collect()
}

/// By the form in which a content is stored, so that whatever has a target has to be opened.
fn collect(value: &Value, label: &str, found: &mut BTreeMap<(String, String), Vec<String>>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect(item, label, found)),
        Value::Object(fields) => {
            let label = fields.get("label").and_then(Value::as_str).unwrap_or(label);
            for (name, field) in fields {
                match field {
                    Value::String(address) if ["uri", "tel", "liff"].contains(&name.as_str()) => {
                        let labels = found.entry((name.clone(), address.clone())).or_default();
                        if !labels.iter().any(|known| known == label) {
                            labels.push(label.to_owned());
                        }
                    }
                    other => collect(other, label, found),
                }
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_language_and_each_address_is_to_be_opened_once() {
        let card = |label: &str| {
            json!({ "kind": "card", "title": "健診", "text": "本文", "buttons": [
                { "label": label, "target": { "uri": "https://example.jp/" } },
                { "label": "電話", "target": { "tel": "0853-00-0000" } },
            ] })
        };
        let content = json!({ "ja": card("見る"), "en": card("See") });
        let Ok(content) = Content::try_from(content) else { panic!("the stored form has changed") };
        let own = |content: &Content| Said { arm: None, content: content.clone() };
        let all = to_open(&[own(&content)]);
        let ids: Vec<_> = all.iter().map(|one| one.id.split('-').next().unwrap()).collect();
        assert_eq!(ids, ["text", "text", "link", "link"]);
        let What::Link(page) = &all[3].what else { panic!("{all:?}") };
        assert_eq!((page.address.as_str(), page.labels.len()), ("https://example.jp/", 2));
        assert_eq!(to_open(&[own(&Content::japanese_text("健診"))]).len(), 1);
        // The other arm has its own languages; what its buttons share with the first is opened once.
        let both = to_open(&[own(&content), Said { arm: Some("B".to_owned()), content }]);
        let ids: Vec<_> = both.iter().map(|one| one.id.as_str()).collect();
        assert_eq!((ids.len(), ids[0], ids[2]), (6, "text-en", "arm-B-text-en"));
    }
}
