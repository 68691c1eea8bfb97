//! The list of broadcasts (配信), newest first, by how far they have come.

use std::borrow::Borrow;
use std::time::Duration;

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use serde::Deserialize;

use super::figures::grouped;
use crate::app::App;
use crate::domain::broadcast::{Hold, State as Stage};
use crate::domain::ids::BroadcastId;
use crate::domain::segment::library::Library;
use crate::domain::staff::Role;
use crate::domain::timestamp::Timestamp;
use crate::store::broadcasts::{self, Listed};
use crate::store::series;
use crate::web::error::WebError;
use crate::web::layout::{self, Area, Shell};

const PAGE: usize = 30;

/// Whatever begins so soon after its time is said to have begun then.
const PUNCTUAL: Duration = Duration::from_secs(5 * 60);

/// The tabs: word in the address, word on the page, states.
const TABS: [(&str, &str, &[Stage]); 5] = [
    ("", "すべて", &Stage::ALL),
    ("draft", "下書き", &[Stage::Draft]),
    ("submitted", "承認待ち", &[Stage::Submitted]),
    ("active", "予定・配信中", &[Stage::Approved, Stage::Planned, Stage::Sending, Stage::Paused]),
    ("over", "終了", &[Stage::Done, Stage::Stopped, Stage::Expired]),
];

#[derive(Template)]
#[template(path = "web/console/broadcasts.html")]
struct ListPage {
    shell: Shell,
    lines: Vec<Line>,
    tab: &'static str,
    older: Option<BroadcastId>,
    may_draft: bool,
    series: String,
    /// Every series there is, for the filter.
    all_series: Vec<String>,
}

struct Line {
    broadcast: Listed,
    rule: String,
    topic: String,
}

impl Line {
    fn new(app: &App, library: &Library, broadcast: Listed) -> Self {
        let rule = library.get(&broadcast.segment_path);
        let topic = app.catalogue.topic(&broadcast.topic);
        Self {
            rule: rule.map_or_else(|| broadcast.segment_path.clone(), |rule| rule.header.name.clone()),
            topic: topic.map_or_else(|| broadcast.topic.clone(), |topic| topic.label.ja().to_owned()),
            broadcast,
        }
    }

    fn recipients(&self) -> String {
        self.broadcast.recipients.map_or_else(|| "–".to_owned(), |number| format!("{}人", grouped(number)))
    }

    fn state(&self) -> &'static str {
        if self.is_returned() { "差し戻し" } else { self.broadcast.state.word() }
    }

    fn state_class(&self) -> &'static str {
        if self.is_returned() { "wait" } else { state_class(self.broadcast.state) }
    }

    fn is_returned(&self) -> bool {
        self.broadcast.state == Stage::Draft && self.broadcast.is_returned
    }

    /// What it waits for, where the state alone does not say it.
    fn waits_for(&self) -> Option<String> {
        let one = &self.broadcast;
        let asks = one.state == Stage::Submitted && one.approvals < one.approvals_needed;
        asks.then(|| match one.approvals_needed {
            1 => "承認者の確認を待っています。".to_owned(),
            needed => format!("{needed}人の承認のうち{}人が承認しました。", one.approvals),
        })
    }

    /// Where it goes, if that is no saved rule.
    fn audience(&self) -> Option<&'static str> {
        match self.broadcast.audience.as_str() {
            "reached" => Some("訂正"),
            "missed" => Some("届かなかった人へ"),
            "districts" => Some("緊急"),
            _ => None,
        }
    }

    fn hold(&self) -> Option<&'static str> {
        let word = self.broadcast.hold_reason.clone()?;
        Hold::try_from(word).ok().map(Hold::word)
    }

    fn when(&self) -> (String, String) {
        let one = &self.broadcast;
        goes_out(one.scheduled_at, one.planned_at, one.state)
    }
}

#[derive(Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    state: String,
    #[serde(default)]
    series: String,
    #[serde(default)]
    before: String,
}

pub(super) async fn list(
    State(app): State<App>,
    shell: Shell,
    Query(wanted): Query<Wanted>,
) -> Result<Response, WebError> {
    let (tab, _, states) = TABS.into_iter().find(|tab| tab.0 == wanted.state).unwrap_or(TABS[0]);
    let before = BroadcastId::parse(&wanted.before);
    let wanted_series = Some(wanted.series.as_str()).filter(|name| !name.is_empty());
    let library = app.library().await?;
    let mut tx = app.db.read().await?;
    let mut found = broadcasts::list_of(&mut tx, states, wanted_series, before, PAGE as i64 + 1).await?;
    let older = (PAGE < found.len()).then(|| found[PAGE - 1].id);
    found.truncate(PAGE);
    let all_series = series::used(&mut tx).await?.into_iter().map(|one| one.name).collect();
    let may_draft = shell.staff.as_ref().is_some_and(|staff| staff.roles.has(Role::Editor));
    let shell = shell.titled("配信").within(Area::Broadcasts);
    let lines = found.into_iter().map(|broadcast| Line::new(&app, &library, broadcast)).collect();
    let page = ListPage { shell, lines, tab, older, may_draft, series: wanted.series, all_series };
    layout::page(&page.shell, &page)
}

/// How a state looks; its word stands beside the colour.
#[must_use]
pub fn state_class(state: impl Borrow<Stage>) -> &'static str {
    match state.borrow() {
        Stage::Draft => "",
        Stage::Submitted | Stage::Paused => "wait",
        Stage::Approved | Stage::Planned | Stage::Sending => "go",
        Stage::Done => "good",
        Stage::Stopped | Stage::Expired => "bad",
    }
}

/// When one goes out, or went, and a note to it where there is something to say.
pub(super) fn goes_out(
    scheduled_at: Option<Timestamp>,
    planned_at: Option<Timestamp>,
    state: Stage,
) -> (String, String) {
    match (scheduled_at, planned_at) {
        (None, Some(begun)) => (minute(begun), "日時の指定なし".to_owned()),
        (Some(at), Some(begun)) if at.plus(PUNCTUAL) < begun => {
            (minute(begun), format!("予定は {}", minute(at)))
        }
        (Some(at), _) => (minute(at), String::new()),
        (None, None) if state.is_final() => ("送っていません".to_owned(), String::new()),
        (None, None) => ("承認されしだい".to_owned(), String::new()),
    }
}

/// A time in Japan, to the minute.
#[must_use]
pub fn minute(at: impl Borrow<Timestamp>) -> String {
    at.borrow().tokyo().strftime("%Y-%m-%d %H:%M").to_string()
}
