//! Batches that are not settled: which are due for another attempt, which may not be tried any more, and how many.
//!
//! Nothing here changes what became of a batch; that a lease ends says only that somebody may ask LINE again.

use sqlx::FromRow;

use super::{Attempt, Tried};
use crate::db::{self, Tx};
use crate::domain::broadcast::batch::LONGEST_WAIT;
use crate::domain::ids::{BatchId, BroadcastId};
use crate::domain::timestamp::Timestamp;
use crate::sql;

macro_rules! tried_columns {
    () => {
        "t.id, t.broadcast_id, t.number, t.root, t.attempts, t.doubtful"
    };
}

/// The latest time at which a next attempt can be due: one that lies further ahead was written by a clock that has been put
/// back since, and is due at once, before LINE forgets the key.
pub(super) fn latest_attempt(now: Timestamp) -> Timestamp {
    now.plus(LONGEST_WAIT.saturating_mul(2))
}

/// Batches of a broadcast whose next attempt is due, first tried after `first`, the longest waiting first. Only a
/// broadcast that is being sent is tried again: one that is paused waits, and one that was ended is withdrawn.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn list_due(
    tx: &mut Tx,
    broadcast: BroadcastId,
    (first, now): (Timestamp, Timestamp),
    limit: i64,
) -> db::Result<Vec<Attempt>> {
    tx.fetch_all(sql!(
        concat!(
            "SELECT ",
            tried_columns!(),
            ", t.recipients, t.language, t.retry_key, t.body, t.body_hash, t.first_attempt_at
             FROM batch t JOIN broadcast b ON b.id = t.broadcast_id
             WHERE t.broadcast_id = $1 AND t.state = 'attempting' AND $2 < t.first_attempt_at
               AND (t.next_attempt_at <= $3 OR t.next_attempt_at > $5) AND b.state = 'sending'
             ORDER BY t.next_attempt_at, t.id LIMIT $4"
        ),
        broadcast,
        first,
        now,
        limit,
        latest_attempt(now)
    ))
    .await
}

/// Batches of which no call is open any more and of whose broadcast nothing may be sent any more.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn list_ended(tx: &mut Tx, now: Timestamp) -> db::Result<Vec<Tried>> {
    tx.fetch_all(sql!(
        concat!(
            "SELECT ",
            tried_columns!(),
            ", COALESCE(t.recipients, 0) AS recipients FROM batch t JOIN broadcast b ON b.id = t.broadcast_id
             WHERE t.state = 'attempting' AND t.next_attempt_at <= $1 AND b.state IN ('stopped', 'expired')"
        ),
        now
    ))
    .await
}

/// Batches first tried at or before `first`, whose time for attempts is over.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn list_overdue(tx: &mut Tx, first: Timestamp, now: Timestamp) -> db::Result<Vec<Tried>> {
    tx.fetch_all(sql!(
        concat!(
            "SELECT ",
            tried_columns!(),
            ", COALESCE(t.recipients, 0) AS recipients FROM batch t WHERE t.state = 'attempting' AND t.first_attempt_at <= $1 AND t.next_attempt_at <= $2"
        ),
        first,
        now
    ))
    .await
}

/// Makes every open batch due at once, for a sender that starts: their leases belonged to one that died. A sender that
/// is alive after all is repeated with the same key, which LINE refuses.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn end_leases(tx: &mut Tx, now: Timestamp) -> db::Result<u64> {
    tx.execute(sql!(
        "UPDATE batch SET next_attempt_at = $1 WHERE state = 'attempting' AND next_attempt_at > $1",
        now
    ))
    .await
}

/// Open batches whose first attempt seems to lie after an instant: their ids, when it was, and when the next one is due.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn list_begun_after(
    tx: &mut Tx,
    instant: Timestamp,
) -> db::Result<Vec<(BatchId, Timestamp, Timestamp)>> {
    tx.fetch_all(sql!(
        "SELECT id, first_attempt_at, COALESCE(next_attempt_at, first_attempt_at) FROM batch
         WHERE state = 'attempting' AND first_attempt_at > $1",
        instant
    ))
    .await
}

/// Says when the first attempt at an open batch really was, and when the next one is due.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn set_begun(tx: &mut Tx, id: BatchId, first: Timestamp, next: Timestamp) -> db::Result<()> {
    tx.execute(sql!(
        "UPDATE batch SET first_attempt_at = $2, next_attempt_at = $3 WHERE id = $1 AND state = 'attempting'",
        id,
        first,
        next
    ))
    .await?;
    Ok(())
}

/// How many batches of a broadcast are still open: untried, and begun.
#[derive(Clone, Copy, Debug, FromRow, PartialEq, Eq)]
pub struct Open {
    /// Not tried yet.
    pub pending: i64,
    /// Outcome open.
    pub attempting: i64,
}

/// Counts the open batches of a broadcast.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn count_open(tx: &mut Tx, broadcast: BroadcastId) -> db::Result<Open> {
    tx.fetch_one(sql!(
        "SELECT COUNT(*) FILTER (WHERE state = 'pending') AS pending,
                COUNT(*) FILTER (WHERE state = 'attempting') AS attempting
         FROM batch WHERE broadcast_id = $1 AND state IN ('pending', 'attempting')",
        broadcast
    ))
    .await
}

/// How many batches of a broadcast wait between two attempts because LINE did not answer as it should.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn count_in_trouble(tx: &mut Tx, broadcast: BroadcastId) -> db::Result<i64> {
    let query = sql!(
        "SELECT COUNT(*) FROM batch WHERE broadcast_id = $1 AND state = 'attempting' AND last_error IS NOT NULL",
        broadcast
    );
    let (count,): (i64,) = tx.fetch_one(query).await?;
    Ok(count)
}
