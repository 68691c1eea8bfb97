//! `/healthz`: the process lives. `/readyz`: it can do its work. For load balancers; says nothing else.
//!
//! Ready is who reaches the database, finds the schema this program knows, takes webhooks, knows which account it is,
//! and whose worker (where it has one) has lately begun a round.

use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;

use crate::app::App;
use crate::db::{self, migrate};

/// A probe has its own patience, mostly a few seconds.
const PATIENCE: Duration = Duration::from_secs(2);

/// Both probes.
pub fn routes() -> Router<App> {
    Router::new().route("/healthz", get(|| async { "ok" })).route("/readyz", get(ready))
}

async fn ready(State(app): State<App>) -> (StatusCode, &'static str) {
    match missing(&app).await {
        None => (StatusCode::OK, "ready"),
        Some(why) => {
            tracing::error!(why, "not ready");
            (StatusCode::SERVICE_UNAVAILABLE, why)
        }
    }
}

/// The first thing without which nothing works; `None` where all is there.
pub(super) async fn missing(app: &App) -> Option<&'static str> {
    if !app.intake.is_open() {
        return Some("the intake is closed");
    }
    if app.config.line.bot_user_id.is_none() {
        return Some("the account at LINE is not known");
    }
    if !app.vitals.silent().is_empty() {
        return Some("the worker stands still");
    }
    match tokio::time::timeout(PATIENCE, schema(app)).await {
        Ok(Ok(version)) if newest(app) <= version => None,
        Ok(Ok(_)) => Some("migrations are missing"),
        Ok(Err(_)) | Err(_) => Some("the database is away"),
    }
}

async fn schema(app: &App) -> db::Result<i64> {
    migrate::applied(&mut app.db.read().await?).await
}

fn newest(app: &App) -> i64 {
    migrate::list(app.db.engine()).last().map_or(0, |(version, _)| *version)
}
