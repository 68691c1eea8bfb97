//! The audit log (操作記録): who did what to what, and when, newest first.
//!
//! Read only. Every code that a flow writes has its Japanese words here; a code without words is shown as it is
//! rather than hidden.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use crate::app::App;
use crate::store::audit::{self, Listed};
use crate::web::error::WebError;
use crate::web::layout::{self, Area, Shell};

const PAGE: usize = 50;

#[derive(Deserialize)]
pub(super) struct Wanted {
    /// `broadcast:ID`, to see one thing only.
    #[serde(default)]
    subject: String,
    /// The last entry of the page before.
    before: Option<Uuid>,
}

#[derive(Template)]
#[template(path = "web/console/audit.html")]
struct AuditPage {
    shell: Shell,
    lines: Vec<Line>,
    subject: String,
    older: Option<Uuid>,
}

struct Line {
    at: String,
    who: String,
    what: String,
    detail: String,
    subject: String,
    kind: &'static str,
}

pub(super) async fn list(
    State(app): State<App>,
    shell: Shell,
    Query(wanted): Query<Wanted>,
) -> Result<Response, WebError> {
    let mut tx = app.db.read().await?;
    let limit = PAGE as i64 + 1;
    let mut entries = match wanted.subject.split_once(':') {
        Some(subject) => audit::list_of(&mut tx, subject, wanted.before, limit).await?,
        None => audit::list(&mut tx, wanted.before, limit).await?,
    };
    let older = (PAGE < entries.len()).then(|| entries[PAGE - 1].id);
    entries.truncate(PAGE);
    let shell = shell.titled("操作記録").within(Area::Audit);
    let lines = entries.iter().map(line).collect();
    let page = AuditPage { shell, lines, subject: wanted.subject, older };
    layout::page(&page.shell, &page)
}

fn line(entry: &Listed) -> Line {
    Line {
        at: entry.at.tokyo().strftime("%Y-%m-%d %H:%M:%S").to_string(),
        who: entry.staff_name.clone().unwrap_or_else(|| "(自動)".to_owned()),
        what: words(&entry.action).unwrap_or(&entry.action).to_owned(),
        detail: details(&entry.detail),
        subject: format!("{}:{}", entry.subject_kind, entry.subject_id),
        kind: kind(&entry.subject_kind),
    }
}

/// The words for a code; `None` where there are none yet.
#[must_use]
pub fn words(action: &str) -> Option<&'static str> {
    Some(match action {
        "staff.login" => "ログイン",
        "staff.logout" => "ログアウト",
        "staff.last_attempt" => "ログインの失敗が続いた",
        "staff.add" => "職員を追加",
        "staff.password" => "パスワードを変更",
        "staff.disable" => "職員を無効化",
        _ => return None,
    })
}

fn kind(subject: &str) -> &'static str {
    match subject {
        "broadcast" => "配信",
        "staff" => "職員",
        "segment" => "条件",
        "import" => "取り込み",
        _ => "その他",
    }
}

/// Figures and ids as `名前 値`, without brackets and quotes.
fn details(detail: &Value) -> String {
    let Some(fields) = detail.as_object() else { return String::new() };
    let parts = fields.iter().map(|(name, value)| {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        format!("{} {value}", label(name))
    });
    parts.collect::<Vec<_>>().join("、")
}

fn label(name: &str) -> &str {
    match name {
        "count" => "人数",
        "reason" => "理由",
        "roles" => "役割",
        "sessions" => "終了したセッション",
        other => other,
    }
}
