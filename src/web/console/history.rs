//! The versions of a broadcast: every save with who and when, two of them side by side, and the difference from what the
//! series last said to residents.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use serde::Deserialize;
use serde_json::Value;

use super::broadcasts::minute;
use super::side_by_side::SideBySide;
use crate::app::App;
use crate::db::Tx;
use crate::domain::attribute::Catalogue;
use crate::domain::message::Content;
use crate::store::broadcast_versions::{self, Version};
use crate::store::broadcasts::{self, Broadcast};
use crate::web::error::WebError;
use crate::web::layout::{self, Area, Shell};

#[derive(Template)]
#[template(path = "web/console/history.html")]
struct HistoryPage {
    shell: Shell,
    at: String,
    versions: Vec<Version>,
    from: i64,
    to: i64,
    text: Option<SideBySide>,
    rule: Option<SideBySide>,
    last: Option<Last>,
}

/// What the series last said, beside what is to be said now.
pub(super) struct Last {
    pub(super) at: String,
    pub(super) title: String,
    pub(super) when: String,
    pub(super) text: SideBySide,
}

#[derive(Deserialize)]
pub(super) struct Wanted {
    from: Option<i64>,
    to: Option<i64>,
}

pub(super) async fn show(
    State(app): State<App>,
    shell: Shell,
    Path(id): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, WebError> {
    let stored = super::broadcast::load(&app, &id).await?;
    let mut tx = app.db.read().await?;
    let versions = broadcast_versions::list(&mut tx, stored.id).await?;
    let last = last(&app, &mut tx, &stored).await?;
    drop(tx);
    let newest = versions.first().map_or(0, |version| version.version);
    let to = wanted.to.unwrap_or(newest);
    let before = versions.iter().map(|version| version.version).find(|version| *version < to);
    let from = wanted.from.or(before).unwrap_or(to);
    let find = |number| versions.iter().find(|version| version.version == number);
    let compared = find(from).zip(find(to)).filter(|_| from != to);
    let names = (format!("版{from}"), format!("版{to}"));
    let text = compared.map(|(old, new)| {
        let (old, new) = (said(old, &app.catalogue), said(new, &app.catalogue));
        SideBySide::new((&old, &names.0), (&new, &names.1))
    });
    let rule = compared
        .filter(|(old, new)| old.rule_text != new.rule_text)
        .map(|(old, new)| SideBySide::new((&old.rule_text, &names.0), (&new.rule_text, &names.1)));
    let at = format!("/console/broadcasts/{}", stored.id);
    let shell = shell.titled("版の一覧と比較").within(Area::Broadcasts);
    let shell = shell.below("/console/broadcasts", "配信").below(&at, &stored.title);
    layout::page(&shell.clone(), &HistoryPage { shell, at, versions, from, to, text, rule, last })
}

/// What the series last said to residents, compared with this broadcast; `None` for the first of a series.
pub(super) async fn last(app: &App, tx: &mut Tx, stored: &Broadcast) -> Result<Option<Last>, WebError> {
    let Some(id) = broadcast_versions::last_sent(tx, &stored.series, stored.id).await? else {
        return Ok(None);
    };
    let Some(earlier) = broadcasts::find(tx, id).await? else { return Ok(None) };
    let words = |content: &Content| lines(content, &app.catalogue);
    Ok(Some(Last {
        at: format!("/console/broadcasts/{id}"),
        when: earlier.planned_at.map_or_else(String::new, minute),
        text: SideBySide::new((&words(&earlier.content), "前回"), (&words(&stored.content), "今回")),
        title: earlier.title,
    }))
}

/// Everything of a save but its rule, a line each.
fn said(version: &Version, catalogue: &Catalogue) -> String {
    let time = |at: Option<_>, none: &str| at.map_or_else(|| none.to_owned(), minute);
    format!(
        "件名: {}\nシリーズ: {}\n分野: {}\n条件: {}\n送る日時: {}\n有効期限: {}\n{}",
        version.title,
        version.series,
        catalogue.topic(&version.topic).map_or(version.topic.as_str(), |topic| topic.label.ja()),
        version.segment_path,
        time(version.scheduled_at, "承認されしだい"),
        time(version.expires_at, "なし"),
        lines(&version.content, catalogue)
    )
}

/// A content as lines, language by language, from the form in which it is stored: whatever it holds is compared.
fn lines(content: &Content, catalogue: &Catalogue) -> String {
    let mut found = Vec::new();
    for language in catalogue.languages() {
        if let Some(body) = content.get(language.id.as_str()) {
            found.push(format!("【{}】", language.name));
            collect(&serde_json::to_value(body).unwrap_or_default(), "", &mut found);
        }
    }
    found.join("\n")
}

fn collect(value: &Value, name: &str, found: &mut Vec<String>) {
    match value {
        Value::String(text) => match word(name) {
            Some("") => found.extend(text.lines().map(str::to_owned)),
            Some(word) => found.push(format!("{word}: {text}")),
            None => {}
        },
        Value::Array(items) => items.iter().for_each(|item| collect(item, name, found)),
        Value::Object(fields) => {
            // What is read first stands first.
            let first = ["title", "text", "label"];
            let rest = fields.iter().filter(|(key, _)| !first.contains(&key.as_str()));
            let ahead = first.iter().filter_map(|key| fields.get_key_value(*key));
            ahead.chain(rest).for_each(|(key, field)| collect(field, key, found));
        }
        _ => {}
    }
}

fn word(name: &str) -> Option<&str> {
    Some(match name {
        "kind" => return None,
        "text" => "",
        "title" => "見出し",
        "label" => "ボタン",
        "uri" => "ページ",
        "tel" => "電話",
        "liff" => "LINEの中のページ",
        "alt" => "画像の説明",
        "id" => "画像",
        "name" => "項目",
        other => other,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_content_is_compared_with_everything_in_it() {
        let content = serde_json::json!({ "ja": { "kind": "card", "title": "健診", "text": "申込\nは明日", "buttons": [
            { "label": "見る", "target": { "uri": "https://example.jp/" } } ] } });
        let Ok(content) = Content::try_from(content) else { panic!("the stored form has changed") };
        let said = lines(&content, &Catalogue::builtin());
        assert_eq!(said, "【日本語】\n見出し: 健診\n申込\nは明日\nボタン: 見る\nページ: https://example.jp/");
    }
}
