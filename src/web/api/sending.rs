//! The one switch over all sending: how it stands, off, and on again.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use serde::Deserialize;
use serde_json::{Value, json};

use super::door::Caller;
use super::input;
use super::problem::Problem;
use super::shapes;
use crate::app::App;
use crate::flow::broadcast;
use crate::store::switches::{self, SENDING};

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Off {
    #[serde(default)]
    reason: String,
}

pub(super) async fn show(State(app): State<App>, _: Caller) -> Result<Json<Value>, Problem> {
    standing(&app).await
}

/// Pulls the brake; nothing has to be said for that.
pub(super) async fn off(caller: Caller, body: Bytes) -> Result<Json<Value>, Problem> {
    let Off { reason } = if body.is_empty() { Off::default() } else { input::read(&body)? };
    broadcast::pause_all(&caller.app, &caller.staff, &reason).await?;
    standing(&caller.app).await
}

pub(super) async fn on(caller: Caller) -> Result<Json<Value>, Problem> {
    broadcast::resume_all(&caller.app, &caller.staff).await?;
    standing(&caller.app).await
}

async fn standing(app: &App) -> Result<Json<Value>, Problem> {
    let off = switches::show(&mut app.db.read().await?, SENDING).await?;
    let off = off.map(
        |off| json!({ "since": shapes::instant(off.since), "reason": off.reason, "by": off.staff_name }),
    );
    Ok(Json(json!({ "off": off })))
}
