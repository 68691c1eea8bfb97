//! The inbox: webhook events as LINE sent them, once per `webhookEventId`, until they are handled.
//!
//! Inserting is for [`super::intake`], which answers LINE; claiming is for the worker. An event's payload may hold
//! what a resident typed, so it is wiped as soon as the event is settled; the id stays, because LINE repeats events.

use std::time::Duration;

use sqlx::FromRow;

use crate::db::arg::Bind;
use crate::db::{self, Tx};
use crate::domain::ids::LineUserId;
use crate::domain::timestamp::Timestamp;
use crate::{bulk, sql};

/// How long a claimed event is left to its worker before another one may take it.
pub const CLAIM: Duration = Duration::from_secs(60);

/// How often an event is tried before a person has to look at it.
pub const ATTEMPTS: i64 = 12;

/// An event on its way in.
#[derive(Clone, Debug)]
pub struct NewEvent {
    /// LINE's `webhookEventId`.
    pub id: String,
    /// Who caused it, where LINE says.
    pub user: Option<LineUserId>,
    /// LINE's event type, known to us or not.
    pub kind: String,
    /// When it happened, by LINE's clock.
    pub occurred_at: Timestamp,
    /// When it reached us.
    pub received_at: Timestamp,
    /// The event's own JSON, word for word.
    pub payload: String,
}

/// An event claimed for handling.
#[derive(FromRow)]
pub struct Claimed {
    /// LINE's `webhookEventId`.
    pub id: String,
    /// Who caused it, where LINE says.
    pub line_user_id: Option<LineUserId>,
    /// When it happened, by LINE's clock.
    pub occurred_at: Timestamp,
    /// When it reached us.
    pub received_at: Timestamp,
    /// The event's own JSON, word for word.
    pub payload: Option<String>,
    /// How often it has been tried, with this time.
    pub attempts: i64,
}

/// Stores what is new; events whose id is known already are passed over. Answers how many were new.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn insert_new(tx: &mut Tx, events: impl IntoIterator<Item = NewEvent>) -> db::Result<u64> {
    let insert = bulk!(
        "INSERT INTO inbox_event (id, line_user_id, kind, occurred_at, received_at, payload) VALUES",
        6,
        "ON CONFLICT (id) DO NOTHING"
    );
    let rows = events.into_iter().map(|event| {
        [
            event.id.bind(),
            event.user.bind(),
            event.kind.bind(),
            event.occurred_at.bind(),
            event.received_at.bind(),
            event.payload.bind(),
        ]
    });
    tx.insert_rows(insert, rows).await
}

/// Claims due events, oldest first by LINE's clock, at most `limit`; an event waits while an earlier one of the same
/// user waits for its next attempt.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn claim(tx: &mut Tx, now: Timestamp, limit: i64) -> db::Result<Vec<Claimed>> {
    let mut claimed: Vec<Claimed> = tx
        .fetch_all(sql!(
            "UPDATE inbox_event SET next_attempt_at = $2, attempts = attempts + 1
             WHERE state = 'waiting' AND (next_attempt_at IS NULL OR next_attempt_at <= $1) AND id IN (
               SELECT i.id FROM inbox_event i
               WHERE i.state = 'waiting' AND (i.next_attempt_at IS NULL OR i.next_attempt_at <= $1) AND NOT EXISTS (
                 SELECT 1 FROM inbox_event earlier
                 WHERE earlier.state = 'waiting' AND earlier.next_attempt_at IS NOT NULL
                   AND earlier.next_attempt_at > $1
                   AND earlier.line_user_id = i.line_user_id AND earlier.occurred_at <= i.occurred_at
                   AND earlier.id <> i.id)
               ORDER BY i.occurred_at, i.id LIMIT $3)
             RETURNING id, line_user_id, occurred_at, received_at, payload, attempts",
            now,
            now.plus(CLAIM),
            limit
        ))
        .await?;
    // RETURNING keeps no order on either engine.
    claimed.sort_by(|a, b| (a.occurred_at, &a.id).cmp(&(b.occurred_at, &b.id)));
    Ok(claimed)
}

/// The event has been handled; its payload and its user go.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn settle(tx: &mut Tx, id: &str) -> db::Result<()> {
    tx.execute(sql!(
        "UPDATE inbox_event SET state = 'done', payload = NULL, line_user_id = NULL, last_error = NULL
         WHERE id = $1",
        id
    ))
    .await?;
    Ok(())
}

/// The event is tried again at `at`.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn postpone(tx: &mut Tx, id: &str, at: Timestamp, error: &str) -> db::Result<()> {
    tx.execute(sql!(
        "UPDATE inbox_event SET next_attempt_at = $2, last_error = $3 WHERE id = $1 AND state = 'waiting'",
        id,
        at,
        error
    ))
    .await?;
    Ok(())
}

/// The event was claimed but not tried; it is due again at once.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn release(tx: &mut Tx, id: &str, now: Timestamp) -> db::Result<()> {
    tx.execute(sql!(
        "UPDATE inbox_event SET next_attempt_at = $2, attempts = attempts - 1 WHERE id = $1 AND state = 'waiting'",
        id,
        now
    ))
    .await?;
    Ok(())
}

/// Ends the claims of a worker that is no more: what it had claimed and not finished is due at once.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn end_claims(tx: &mut Tx) -> db::Result<u64> {
    tx.execute(sql!(
        "UPDATE inbox_event SET next_attempt_at = NULL
         WHERE state = 'waiting' AND next_attempt_at IS NOT NULL AND last_error IS NULL"
    ))
    .await
}

/// Nobody tries the event again by itself; its payload stays for the person who looks.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn give_up(tx: &mut Tx, id: &str, error: &str) -> db::Result<()> {
    tx.execute(sql!("UPDATE inbox_event SET state = 'given_up', last_error = $2 WHERE id = $1", id, error))
        .await?;
    Ok(())
}

/// How many events wait.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn count_waiting(tx: &mut Tx) -> db::Result<i64> {
    let (count,): (i64,) =
        tx.fetch_one(sql!("SELECT COUNT(*) FROM inbox_event WHERE state = 'waiting'")).await?;
    Ok(count)
}

/// Forgets settled events that reached us before `before`; LINE no longer repeats those.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn forget(tx: &mut Tx, before: Timestamp) -> db::Result<u64> {
    tx.execute(sql!("DELETE FROM inbox_event WHERE state = 'done' AND received_at < $1", before)).await
}

/// Forgets given-up events that reached us before `before`: they may hold what a resident typed.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn forget_given_up(tx: &mut Tx, before: Timestamp) -> db::Result<u64> {
    tx.execute(sql!("DELETE FROM inbox_event WHERE state = 'given_up' AND received_at < $1", before)).await
}
