//! Requests of the JSON API that carry an idempotency key: asked once, answered the same however often they come.
//!
//! What was asked is kept as a hash, what was answered for a day. A broadcast's text may stand in an answer; nothing about
//! a resident does.

use sqlx::FromRow;
use uuid::Uuid;

use crate::db::{self, Tx};
use crate::domain::timestamp::Timestamp;
use crate::sql;

/// A request as it is kept.
#[derive(Clone, Debug, FromRow)]
pub struct Kept {
    /// The hash of what was asked.
    pub request_hash: String,
    /// The id of what it makes.
    pub made_id: Uuid,
    /// What was answered; nothing yet while it is under way.
    pub status: Option<i64>,
    /// The body of the answer.
    pub answer: Option<String>,
    /// The entity tag of the answer.
    pub etag: Option<String>,
    /// When it was begun.
    pub begun_at: Timestamp,
}

/// Whose, and under which key.
#[derive(Clone, Copy)]
pub struct Name<'a> {
    /// The token.
    pub token: Uuid,
    /// The key that came with the request.
    pub key: &'a str,
}

/// A request that came before.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn find(tx: &mut Tx, name: Name<'_>) -> db::Result<Option<Kept>> {
    tx.fetch_optional(sql!(
        "SELECT request_hash, made_id, status, answer, etag, begun_at FROM api_request
         WHERE token_id = $1 AND idempotency_key = $2",
        name.token,
        name.key
    ))
    .await
}

/// Notes that one is begun; `Conflict` where a twin was a moment faster.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn insert(
    tx: &mut Tx,
    name: Name<'_>,
    request_hash: &str,
    made_id: Uuid,
    now: Timestamp,
) -> db::Result<()> {
    tx.execute(sql!(
        "INSERT INTO api_request (token_id, idempotency_key, request_hash, made_id, begun_at)
         VALUES ($1, $2, $3, $4, $5)",
        name.token,
        name.key,
        request_hash,
        made_id,
        now
    ))
    .await?;
    Ok(())
}

/// Takes up one that was begun and never answered; `false` where somebody else does.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn take_up(tx: &mut Tx, name: Name<'_>, before: Timestamp, now: Timestamp) -> db::Result<bool> {
    let query = sql!(
        "UPDATE api_request SET begun_at = $4
         WHERE token_id = $1 AND idempotency_key = $2 AND status IS NULL AND begun_at = $3",
        name.token,
        name.key,
        before,
        now
    );
    Ok(tx.execute(query).await? == 1)
}

/// Keeps an answer.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn answer(
    tx: &mut Tx,
    name: Name<'_>,
    (status, body, etag): (i64, &str, Option<&str>),
) -> db::Result<()> {
    tx.execute(sql!(
        "UPDATE api_request SET status = $3, answer = $4, etag = $5
         WHERE token_id = $1 AND idempotency_key = $2",
        name.token,
        name.key,
        status,
        body,
        etag
    ))
    .await?;
    Ok(())
}

/// Forgets a request that was not carried out, so that it may come again.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn delete(tx: &mut Tx, name: Name<'_>) -> db::Result<()> {
    tx.execute(sql!(
        "DELETE FROM api_request WHERE token_id = $1 AND idempotency_key = $2 AND status IS NULL",
        name.token,
        name.key
    ))
    .await?;
    Ok(())
}

/// Forgets those that were begun before `before`; answers how many.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn delete_before(tx: &mut Tx, before: Timestamp) -> db::Result<u64> {
    tx.execute(sql!("DELETE FROM api_request WHERE begun_at < $1", before)).await
}
