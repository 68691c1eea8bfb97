//! Series (配信シリーズ): all of them, and the broadcasts of one over time with their figures.

use std::collections::BTreeMap;

use askama::Template;
use axum::Form;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::broadcasts::{goes_out, minute, state_class};
use super::deeds::{broken, member};
use super::figures::{grouped, percent};
use crate::app::App;
use crate::db::{self, Tx};
use crate::domain::broadcast::{LedgerState, State as Stage};
use crate::domain::ids::BroadcastId;
use crate::domain::staff::Role;
use crate::domain::timestamp::Timestamp;
use crate::flow::broadcast::{self, BroadcastError, Refusal};
use crate::store::broadcasts::{self, Listed};
use crate::store::series;
use crate::web::error::WebError;
use crate::web::layout::{self, Area, Said, Shell, go_and_say};
use crate::web::session::SignedIn;

const PAGE: i64 = 50;

#[derive(Template)]
#[template(path = "web/console/series_list.html")]
struct ListPage {
    shell: Shell,
    lines: Vec<KnownSeries>,
    may_draft: bool,
    name: String,
    purpose: String,
    error: Option<String>,
}

/// A series that a broadcast may have.
pub(in crate::web) struct KnownSeries {
    pub(in crate::web) name: String,
    /// What it is for, where somebody wrote it.
    pub(in crate::web) purpose: String,
    /// How many broadcasts.
    pub(in crate::web) broadcasts: i64,
    /// When the recipients of one were last frozen.
    pub(in crate::web) last_planned_at: Option<Timestamp>,
}

impl KnownSeries {
    fn last(&self) -> String {
        self.last_planned_at.map_or_else(|| "–".to_owned(), minute)
    }
}

#[derive(Template)]
#[template(path = "web/console/series.html")]
struct SeriesPage {
    shell: Shell,
    name: String,
    purpose: String,
    lines: Vec<Sent>,
}

struct Sent {
    broadcast: Listed,
    accepted: i64,
    unknown: i64,
}

impl Sent {
    fn share(&self) -> String {
        match self.broadcast.recipients {
            Some(all) if 0 < all && 0 < self.accepted => format!("({}%)", percent(self.accepted, all)),
            _ => String::new(),
        }
    }

    fn when(&self) -> (String, String) {
        let one = &self.broadcast;
        goes_out(one.scheduled_at, one.planned_at, one.state)
    }
}

#[derive(Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    name: String,
}

#[derive(Deserialize)]
pub(super) struct Adding {
    #[serde(default)]
    name: String,
    #[serde(default)]
    purpose: String,
}

pub(super) async fn show(
    State(app): State<App>,
    shell: Shell,
    Query(wanted): Query<Wanted>,
) -> Result<Response, WebError> {
    if wanted.name.is_empty() {
        return list(&app, shell, Adding { name: String::new(), purpose: String::new() }, None).await;
    }
    let mut tx = app.db.read().await?;
    let added = series::added(&mut tx).await?;
    let found = broadcasts::list_of(&mut tx, &Stage::ALL, Some(&wanted.name), None, PAGE).await?;
    let is_known = app.catalogue.series().contains(&wanted.name)
        || added.iter().any(|one| one.name == wanted.name)
        || !found.is_empty();
    if !is_known {
        return Err(WebError::NotFound);
    }
    let ids: Vec<BroadcastId> = found.iter().map(|one| one.id).collect();
    let accepted = figures(series::recipients(&mut tx, &ids, LedgerState::Accepted).await?);
    let unknown = figures(series::recipients(&mut tx, &ids, LedgerState::Unknown).await?);
    let of = |map: &BTreeMap<BroadcastId, i64>, id| map.get(&id).copied().unwrap_or(0);
    let sent = |broadcast: Listed| Sent {
        accepted: of(&accepted, broadcast.id),
        unknown: of(&unknown, broadcast.id),
        broadcast,
    };
    let shell = shell.titled(&wanted.name).within(Area::Broadcasts);
    let page = SeriesPage {
        shell: shell.below("/console/broadcasts", "配信").below("/console/series", "シリーズ"),
        purpose: added
            .into_iter()
            .find(|one| one.name == wanted.name)
            .map_or_else(String::new, |one| one.purpose),
        name: wanted.name,
        lines: found.into_iter().map(sent).collect(),
    };
    layout::page(&page.shell, &page)
}

fn figures(rows: Vec<(BroadcastId, i64)>) -> BTreeMap<BroadcastId, i64> {
    rows.into_iter().collect()
}

pub(super) async fn add(
    State(app): State<App>,
    shell: Shell,
    staff: SignedIn,
    Form(form): Form<Adding>,
) -> Result<Response, WebError> {
    match broadcast::add_series(&app, &member(&staff), &form.name, &form.purpose).await {
        Ok(()) => Ok(go_and_say("/console/series", Said::SeriesAdded)),
        Err(BroadcastError::Refused(refusal @ (Refusal::Series | Refusal::SeriesThere))) => {
            let mut shown = list(&app, shell, form, Some(refusal.to_string())).await?;
            *shown.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
            Ok(shown)
        }
        Err(other) => Err(broken(other)),
    }
}

async fn list(app: &App, shell: Shell, form: Adding, error: Option<String>) -> Result<Response, WebError> {
    let known = known(app, &mut app.db.read().await?).await?;
    let page = ListPage {
        may_draft: shell.staff.as_ref().is_some_and(|staff| staff.roles.has(Role::Editor)),
        shell: shell.titled("シリーズ").within(Area::Broadcasts).below("/console/broadcasts", "配信"),
        lines: known,
        name: form.name,
        purpose: form.purpose,
        error,
    };
    layout::page(&page.shell, &page)
}

/// Every series that a broadcast may have, by name: those of the catalogue, those that staff added, those in use.
///
/// # Errors
/// As [`db::Error`] says.
pub(in crate::web) async fn known(app: &App, tx: &mut Tx) -> db::Result<Vec<KnownSeries>> {
    let mut known: BTreeMap<String, KnownSeries> = BTreeMap::new();
    let empty = |name: &str, purpose: &str| KnownSeries {
        name: name.to_owned(),
        purpose: purpose.to_owned(),
        broadcasts: 0,
        last_planned_at: None,
    };
    for name in app.catalogue.series() {
        known.insert(name.clone(), empty(name, ""));
    }
    for one in series::added(tx).await? {
        known.insert(one.name.clone(), empty(&one.name, &one.purpose));
    }
    for one in series::used(tx).await? {
        let line = known.entry(one.name.clone()).or_insert_with(|| empty(&one.name, ""));
        line.broadcasts = one.broadcasts;
        line.last_planned_at = one.last_planned_at;
    }
    Ok(known.into_values().collect())
}
