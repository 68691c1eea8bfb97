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
        let full = i64::try_from(MAX_BATCH).unwrap_or(i64::MAX);
        self.recipients(LedgerState::Attempting).min(self.open_batches.saturating_mul(full))
    }
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
