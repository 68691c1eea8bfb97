//! `/healthz`: the process lives. `/readyz`: it can reach its database. For load balancers; says nothing else.

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;

use crate::app::App;
use crate::store::changes;

/// Both probes.
pub fn routes() -> Router<App> {
    Router::new().route("/healthz", get(|| async { "ok" })).route("/readyz", get(ready))
}

async fn ready(State(app): State<App>) -> (StatusCode, &'static str) {
    let asked = async {
        let mut tx = app.db.read().await?;
        changes::last(&mut tx).await
    };
    if !app.intake.is_open() {
        tracing::error!("not ready: the intake of webhooks has ended");
        return (StatusCode::SERVICE_UNAVAILABLE, "the intake is closed");
    }
    match asked.await {
        Ok(_) => (StatusCode::OK, "ready"),
        Err(error) => {
            tracing::error!(%error, "not ready");
            (StatusCode::SERVICE_UNAVAILABLE, "the database is away")
        }
    }
}
