//! How far a broadcast has come, as the console shows it.
//!
//! Stands apart because it reads broadcast, batches, ledger and the switch together. It only reads.

use sqlx::FromRow;

use super::broadcasts::Broadcast;
use super::ledger::Count;
use super::switches::{self, Off};
use super::{batches, ledger};
use crate::db::{self, Tx};
use crate::domain::broadcast::{LedgerState, MAX_BATCH};
use crate::domain::ids::BroadcastId;
use crate::domain::timestamp::Timestamp;
use crate::sql;

/// Everything about a broadcast on its way.
#[derive(Clone, Debug)]
pub struct Progress {
    /// Recipients by state and reason.
    pub counts: Vec<Count>,
    /// Batches not tried yet.
    pub pending_batches: i64,
    /// Batches whose outcome is open.
    pub open_batches: i64,
    /// When the next attempt of an open batch begins; `None` where none is open.
    pub next_attempt_at: Option<Timestamp>,
    /// What LINE last answered to an open batch, without personal data.
    pub last_error: Option<String>,
    /// Since when and why all sending is off.
    pub sending_off: Option<Off>,
}

#[derive(FromRow)]
struct Next {
    next_attempt_at: Option<Timestamp>,
    last_error: Option<String>,
}

impl Progress {
    /// How many recipients are in a state.
    #[must_use]
    pub fn recipients(&self, state: LedgerState) -> i64 {
        self.counts.iter().filter(|count| count.state == state).map(|count| count.recipients).sum()
    }

    /// How many recipients a stop can't hold back any more, at most.
    #[must_use]
    pub fn beyond_a_stop(&self) -> i64 {
        self.recipients(LedgerState::Attempting).min(self.open_batches.saturating_mul(full_batch()))
    }
}

/// What LINE was asked and has not answered, of all broadcasts: no switch holds it back any more.
#[derive(Clone, Copy, Debug, FromRow, PartialEq, Eq)]
pub struct InFlight {
    /// Calls.
    pub batches: i64,
    /// Their recipients together.
    pub recipients: i64,
}

/// What is in flight.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn in_flight(tx: &mut Tx) -> db::Result<InFlight> {
    tx.fetch_one(sql!(
        "SELECT COUNT(*) AS batches, CAST(COALESCE(SUM(recipients), 0) AS BIGINT) AS recipients
         FROM batch WHERE state = 'attempting'"
    ))
    .await
}

/// What a batch has at most, for one from before they were counted.
fn full_batch() -> i64 {
    i64::try_from(MAX_BATCH).unwrap_or(i64::MAX)
}

/// How many a broadcast has yet to reach, at most: who is held out or was left out is not among them, who is skipped at the
/// last look still is.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn yet_to_reach(tx: &mut Tx, broadcast: BroadcastId) -> db::Result<u64> {
    let query = sql!(
        "SELECT CAST(COALESCE(SUM(COALESCE(recipients, members, $2)), 0) AS BIGINT) FROM batch
         WHERE broadcast_id = $1 AND state IN ('pending', 'attempting')",
        broadcast,
        full_batch()
    );
    let (recipients,): (i64,) = tx.fetch_one(query).await?;
    Ok(u64::try_from(recipients).unwrap_or(0))
}

/// How many recipients the other broadcasts that send now have yet to reach, at most.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn underway(tx: &mut Tx, but: BroadcastId) -> db::Result<u64> {
    let (recipients,): (i64,) = tx
        .fetch_one(sql!(
            "SELECT CAST(COALESCE(SUM(COALESCE(recipients, members, $2)), 0) AS BIGINT) FROM batch
             WHERE state IN ('pending', 'attempting')
               AND broadcast_id IN (SELECT id FROM broadcast WHERE state = 'sending' AND id <> $1)",
            but,
            full_batch()
        ))
        .await?;
    Ok(u64::try_from(recipients).unwrap_or(0))
}

/// The progress of a broadcast.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn find(tx: &mut Tx, broadcast: &Broadcast) -> db::Result<Progress> {
    let open = batches::count_open(tx, broadcast.id).await?;
    let next: Option<Next> = tx
        .fetch_optional(sql!(
            "SELECT next_attempt_at, last_error FROM batch
             WHERE broadcast_id = $1 AND state = 'attempting' ORDER BY next_attempt_at LIMIT 1",
            broadcast.id
        ))
        .await?;
    Ok(Progress {
        counts: ledger::count(tx, broadcast.id).await?,
        pending_batches: open.pending,
        open_batches: open.attempting,
        next_attempt_at: next.as_ref().and_then(|next| next.next_attempt_at),
        last_error: next.and_then(|next| next.last_error),
        sending_off: switches::find(tx, switches::SENDING).await?,
    })
}
