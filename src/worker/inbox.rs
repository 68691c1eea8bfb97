//! Handles the events that wait in the inbox: each once, one user's in LINE's order, again later where it failed.
//!
//! An event is claimed in a transaction of its own, so a process that dies in the middle leaves a claim that runs
//! out. Handling may therefore happen twice, and [`inbound::handle`] is made for that.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::stream::{self, StreamExt};

use crate::app::App;
use crate::db;
use crate::flow::inbound;
use crate::line::event::Event;
use crate::store::inbox::{self, Claimed};

const EVENTS: i64 = 200;
const USERS_AT_ONCE: usize = 8;
const LONGEST_WAIT: Duration = Duration::from_secs(3600);

/// Handles what is due; answers how many events were claimed.
///
/// # Errors
/// As [`db::Error`] says, where claiming failed; a failure of one event is kept with that event.
pub async fn step(app: &App) -> db::Result<usize> {
    let mut tx = app.db.write().await?;
    let claimed = inbox::claim(&mut tx, app.clock.now(), EVENTS).await?;
    tx.commit().await?;
    let count = claimed.len();
    stream::iter(by_user(claimed))
        .for_each_concurrent(USERS_AT_ONCE, |events| handle_in_order(app, events))
        .await;
    Ok(count)
}

/// Makes what a killed worker had claimed due at once; to be called when a worker starts.
///
/// Another process may be handling one of them at this moment; handling twice does no harm.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn recover(app: &App) -> db::Result<usize> {
    let mut tx = app.db.write().await?;
    let claims = inbox::end_claims(&mut tx).await?;
    tx.commit().await?;
    Ok(usize::try_from(claims).unwrap_or(usize::MAX))
}

/// One list a user, each in the order of LINE's clock; events without a user stand alone.
fn by_user(claimed: Vec<Claimed>) -> Vec<Vec<Claimed>> {
    let mut users: BTreeMap<String, Vec<Claimed>> = BTreeMap::new();
    for event in claimed {
        let key =
            event.line_user_id.as_ref().map_or_else(|| event.id.clone(), |user| user.as_str().to_owned());
        users.entry(key).or_default().push(event);
    }
    users.into_values().collect()
}

async fn handle_in_order(app: &App, events: Vec<Claimed>) {
    let mut events = events.into_iter();
    for event in events.by_ref() {
        match handle(app, &event).await {
            Ok(Outcome::Settled) => {}
            Ok(Outcome::Later) => break,
            Err(error) => {
                // The claim runs out by itself, and the event is tried again then.
                tracing::error!(%error, event.id, "an event could not be settled");
                break;
            }
        }
    }
    // What came after a failed event of the same user must not overtake it.
    for waiting in events {
        if let Err(error) = release(app, &waiting).await {
            tracing::error!(%error, event.id = waiting.id, "an event could not be released");
        }
    }
}

enum Outcome {
    Settled,
    Later,
}

async fn handle(app: &App, claimed: &Claimed) -> db::Result<Outcome> {
    let Some(event) = claimed.payload.as_deref().and_then(|raw| Event::parse(raw).ok()) else {
        return give_up(app, claimed, "the stored event can't be read").await;
    };
    match inbound::handle(app, &event).await {
        Ok(()) => settle(app, claimed).await,
        Err(error) if claimed.attempts < inbox::ATTEMPTS => postpone(app, claimed, &error.to_string()).await,
        Err(error) => give_up(app, claimed, &error.to_string()).await,
    }
}

async fn settle(app: &App, claimed: &Claimed) -> db::Result<Outcome> {
    let mut tx = app.db.write().await?;
    inbox::settle(&mut tx, &claimed.id).await?;
    tx.commit().await?;
    Ok(Outcome::Settled)
}

async fn postpone(app: &App, claimed: &Claimed, error: &str) -> db::Result<Outcome> {
    tracing::warn!(
        error,
        event.id = claimed.id,
        attempts = claimed.attempts,
        "an event is tried again later"
    );
    let wait = Duration::from_secs(1 << claimed.attempts.clamp(1, 12)).min(LONGEST_WAIT);
    let mut tx = app.db.write().await?;
    inbox::postpone(&mut tx, &claimed.id, app.clock.now().plus(wait), error).await?;
    tx.commit().await?;
    Ok(Outcome::Later)
}

async fn give_up(app: &App, claimed: &Claimed, error: &str) -> db::Result<Outcome> {
    tracing::error!(
        error,
        event.id = claimed.id,
        attempts = claimed.attempts,
        "an event was given up: look at it"
    );
    let mut tx = app.db.write().await?;
    inbox::give_up(&mut tx, &claimed.id, error).await?;
    tx.commit().await?;
    Ok(Outcome::Settled)
}

async fn release(app: &App, claimed: &Claimed) -> db::Result<()> {
    let mut tx = app.db.write().await?;
    inbox::release(&mut tx, &claimed.id, app.clock.now()).await?;
    tx.commit().await
}
