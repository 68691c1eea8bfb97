//! The versions of a broadcast: every save with who and when, two of them side by side, and the difference from what the
//! series last said to residents, and to whom.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use serde::Deserialize;

use super::broadcasts::minute;
use super::readable;
use super::side_by_side::SideBySide;
use crate::app::App;
use crate::db::Tx;
use crate::domain::attribute::Catalogue;
use crate::domain::broadcast::Whom;
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
    /// Whom it went to.
    pub(super) rule: SideBySide,
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
        let (old, new) = (everything(old, &app.catalogue), everything(new, &app.catalogue));
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
    let words = |stored: &Broadcast| {
        let version = broadcast_versions::current(stored, "");
        format!("{}\n{}", topic(&version, &app.catalogue), readable::said(&version, &app.catalogue))
    };
    let beside = |old: &str, new: &str| SideBySide::new((old, "前回"), (new, "今回"));
    Ok(Some(Last {
        at: format!("/console/broadcasts/{id}"),
        when: earlier.planned_at.map_or_else(String::new, minute),
        text: beside(&words(&earlier), &words(stored)),
        rule: beside(&whom(&earlier), &whom(stored)),
        title: earlier.title,
    }))
}

/// Everything of a save but its rule, a line each.
fn everything(version: &Version, catalogue: &Catalogue) -> String {
    let time = |at: Option<_>, none: &str| at.map_or_else(|| none.to_owned(), minute);
    format!(
        "件名: {}\nシリーズ: {}\n{}\n条件: {}\n送る日時: {}\n有効期限: {}\n{}",
        version.title,
        version.series,
        topic(version, catalogue),
        version.segment_path,
        time(version.scheduled_at, "承認されしだい"),
        time(version.expires_at, "なし"),
        readable::said(version, catalogue)
    )
}

fn topic(version: &Version, catalogue: &Catalogue) -> String {
    let topic = catalogue.topic(&version.topic);
    format!("分野: {}", topic.map_or(version.topic.as_str(), |topic| topic.label.ja()))
}

/// Whom a broadcast goes to, in lines: its rule, or what stands in its place.
fn whom(stored: &Broadcast) -> String {
    match stored.whom() {
        Some(Whom::Reached(_)) => "訂正: もとの配信が届いた人".to_owned(),
        Some(Whom::Missed(_)) => "もとの配信が届かなかった人".to_owned(),
        _ => stored.rule_text.clone(),
    }
}
