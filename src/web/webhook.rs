//! `POST /line/webhook`: verify, remember, answer. Nothing else, so that LINE always gets its 200 in time.
//!
//! LINE waits two seconds. What the events mean is decided later by the worker; here they are only checked to be
//! LINE's and made durable. No event is read further than its head, and nothing of it is ever logged.

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;

use crate::app::App;
use crate::domain::digest::Digest;
use crate::domain::timestamp::Timestamp;
use crate::line::event::{Unreadable, WebhookHead, heads};
use crate::line::signature;
use crate::store::inbox::NewEvent;

/// LINE publishes no limit for a webhook body; the ones it sends are some kilobytes.
const BODY_LIMIT: usize = 1024 * 1024;

/// The one route of LINE.
pub fn routes() -> Router<App> {
    Router::new().route("/line/webhook", post(receive)).layer(DefaultBodyLimit::max(BODY_LIMIT))
}

async fn receive(State(app): State<App>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let given = headers.get("x-line-signature").map(|value| value.to_str().unwrap_or_default());
    if let Err(error) = signature::verify(&app.config.line.channel_secrets, &body, given) {
        tracing::warn!(%error, "a webhook was refused: not signed with our channel secret");
        return StatusCode::UNAUTHORIZED;
    }
    let Ok(webhook) = heads(&body) else {
        tracing::warn!(bytes = body.len(), "a signed webhook body could not be read");
        return StatusCode::BAD_REQUEST;
    };
    if !is_for_us(&app, &webhook) {
        tracing::error!(
            "a webhook is meant for another account: compare LINE_BOT_USER_ID with the console of LINE"
        );
        return StatusCode::BAD_REQUEST;
    }
    store(&app, &webhook).await
}

fn is_for_us(app: &App, webhook: &WebhookHead<'_>) -> bool {
    app.config.line.bot_user_id.as_ref().is_none_or(|ours| ours.as_str() == webhook.destination)
}

async fn store(app: &App, webhook: &WebhookHead<'_>) -> StatusCode {
    let received_at = app.clock.now();
    let readable = webhook.events.iter().map(|event| NewEvent {
        id: event.id.as_str().to_owned(),
        user: event.user.clone(),
        kind: event.kind.clone().into_owned(),
        // PostgreSQL holds no instant before 4713 BC, and one such event must not cost its neighbours the commit.
        occurred_at: event.timestamp.max(Timestamp::from_millis(0)),
        received_at,
        payload: event.raw.to_owned(),
    });
    let unreadable = webhook.unreadable.iter().map(|entry| unreadable(entry, received_at));
    let events: Vec<_> = readable.chain(unreadable).collect();
    if events.is_empty() {
        return StatusCode::OK;
    }
    match app.intake.store(events).await {
        Ok(()) => {
            app.wake.notify_one();
            StatusCode::OK
        }
        Err(error) => {
            // No 2xx: with redelivery switched on, LINE sends the events again.
            tracing::error!(%error, events = webhook.events.len(), "webhook events could not be stored");
            StatusCode::SERVICE_UNAVAILABLE
        }
    }
}

/// Kept under the hash of its own text, so that it is stored once too; the worker gives it up for a person to look at.
fn unreadable(entry: &Unreadable<'_>, received_at: Timestamp) -> NewEvent {
    tracing::warn!(why = %entry.why, "one entry of a webhook could not be read and waits for a person");
    NewEvent {
        id: Digest::new("unreadable").part(entry.raw).hex(),
        user: None,
        kind: "unreadable".to_owned(),
        occurred_at: received_at,
        received_at,
        payload: entry.raw.to_owned(),
    }
}
