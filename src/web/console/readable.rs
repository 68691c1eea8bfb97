//! Everything that a broadcast says, as lines to be compared: each language, each bubble, what goes with them all, and the
//! texts of the other arms of a trial.
//!
//! The lines are made from the form in which a content is stored, so that whatever it holds is compared, even what this
//! file has no word for.

use serde_json::Value;

use super::split::percent;
use crate::domain::attribute::Catalogue;
use crate::domain::broadcast::trial::Trial;
use crate::domain::message::{Content, Deed};
use crate::store::broadcast_versions::Version;

/// What residents read of a save, and what they are drawn to.
pub(super) fn said(version: &Version, catalogue: &Catalogue) -> String {
    let mut found = content(&version.content, catalogue);
    if let Some(stored) = &version.trial {
        match Trial::read(stored) {
            Ok(trial) => split(&trial, catalogue, &mut found),
            // It can't be sent; still it may not look as if there were none.
            Err(fault) => found.push(format!("比較: {fault}")),
        }
    }
    found.join("\n")
}

fn split(trial: &Trial, catalogue: &Catalogue, found: &mut Vec<String>) {
    found.push(format!("送らない人: {}", percent(trial.held_out)));
    for arm in &trial.arms {
        let own = if arm.content.is_none() { "(上の文章)" } else { "" };
        found.push(format!("〔{}案〕 {}{own}", arm.id, percent(arm.share)));
        match arm.other_content() {
            Some(Ok(other)) => found.extend(content(&other, catalogue)),
            Some(Err(fault)) => found.push(fault.to_string()),
            None => {}
        }
    }
}

/// A content language by language, and what goes with all of them.
fn content(content: &Content, catalogue: &Catalogue) -> Vec<String> {
    let mut found = Vec::new();
    if let Some(day) = content.deadline() {
        found.push(format!("期限(本文の{{期限}}): {day}"));
    }
    if content.counts_taps() {
        found.push("ページが開かれた回数: 数える".to_owned());
    }
    for language in catalogue.languages() {
        if let Some(body) = content.get(language.id.as_str()) {
            found.push(format!("【{}】", language.name));
            collect(&serde_json::to_value(body).unwrap_or_default(), "", &mut found);
        }
    }
    found
}

fn collect(value: &Value, name: &str, found: &mut Vec<String>) {
    match value {
        Value::String(text) => match word(name) {
            Some("") => found.extend(text.lines().map(str::to_owned)),
            Some(word) => found.push(format!("{word}: {}", meant(name, text))),
            None => {}
        },
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                match name {
                    "cards" => found.push(format!("〔{}枚目〕", at + 1)),
                    "quick_replies" => found.push("〔トークの下のボタン〕".to_owned()),
                    _ => {}
                }
                collect(item, name, found);
            }
        }
        Value::Object(fields) => {
            // What is read first stands first.
            let first = ["kind", "title", "name", "text", "label", "parts"];
            let rest = fields.iter().filter(|(key, _)| !first.contains(&key.as_str()));
            let ahead = first.iter().filter_map(|key| fields.get_key_value(*key));
            ahead.chain(rest).for_each(|(key, field)| collect(field, key, found));
        }
        // Of a picture they follow from which one it is.
        _ if ["width", "height"].contains(&name) => {}
        Value::Null => {}
        other => found.push(format!("{name}: {other}")),
    }
}

/// The word before a text; nothing where the text speaks for itself.
fn word(name: &str) -> Option<&str> {
    Some(match name {
        "text" => "",
        "kind" => "吹き出し",
        "title" => "見出し",
        "label" => "ボタン",
        "uri" => "ページ",
        "tel" => "電話",
        "liff" => "LINEの中のページ",
        "deed" => "押すと",
        "alt" => "画像の説明",
        "id" => "画像",
        "name" => "項目",
        other => other,
    })
}

/// A stored word as people read it.
fn meant<'a>(name: &str, text: &'a str) -> &'a str {
    match (name, text) {
        ("kind", "text") => "文章",
        ("kind", "image") => "画像",
        ("kind", "card") => "カード",
        ("kind", "cards") => "横に並ぶカード",
        ("deed", _) => Deed::ALL.into_iter().find(|deed| deed.id() == text).map_or(text, |deed| deed.word()),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(stored: Value) -> String {
        let Ok(stored) = Content::try_from(stored) else { panic!("the stored form has changed") };
        content(&stored, &Catalogue::builtin()).join("\n")
    }

    #[test]
    fn a_content_is_compared_with_everything_in_it() {
        let said = lines(serde_json::json!({
            "deadline": "2026-12-25", "counts_taps": true,
            "variants": { "ja": { "parts": [
                { "kind": "image", "id": "a1", "alt": "会場の地図", "width": 1024, "height": 512 },
                { "kind": "cards", "cards": [
                    { "title": "健診", "text": "申込\nは明日", "facts": [{ "name": "場所", "text": "市役所" }],
                      "image": { "id": "b2", "alt": "玄関", "width": 20, "height": 13 },
                      "buttons": [{ "label": "見る", "target": { "uri": "https://example.jp/" } }] },
                    { "title": "検診", "text": "会場", "buttons": [] } ] } ],
                "quick_replies": [{ "label": "断る", "target": { "deed": "decline_topic" } }] } },
        }));
        let expected = "期限(本文の{期限}): 2026-12-25|ページが開かれた回数: 数える|【日本語】|吹き出し: 画像|画像の説明: 会場の地図|画像: a1|\
            吹き出し: 横に並ぶカード|〔1枚目〕|見出し: 健診|申込|は明日|ボタン: 見る|ページ: https://example.jp/|項目: 場所|市役所|\
            画像の説明: 玄関|画像: b2|〔2枚目〕|見出し: 検診|会場|〔トークの下のボタン〕|ボタン: 断る|押すと: この分野の配信を断る";
        assert_eq!(said.replace('\n', "|"), expected);
    }
}
