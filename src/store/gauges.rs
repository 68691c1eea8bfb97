//! What those who look after the machine want to know of the database at a glance: figures, nothing personal.
//!
//! Asked every few seconds, so each question is answered by a small table or an index of what is open. What grows for
//! ever (the ledger, settled batches) is counted by [`crate::app::Vitals`] as it happens.

use crate::db::{self, Tx};
use crate::domain::timestamp::Timestamp;
use crate::sql;

/// The figures of one moment.
#[derive(Clone, Debug)]
pub struct Gauges {
    /// Broadcasts that are not over, by the stored word of their state.
    pub broadcasts: Vec<(String, i64)>,
    /// Batches not tried yet.
    pub pending_batches: i64,
    /// Batches whose outcome is open.
    pub attempting_batches: i64,
    /// Events that wait.
    pub waiting_events: i64,
    /// When the oldest of them reached us.
    pub oldest_event: Option<Timestamp>,
    /// Events that nobody could handle, waiting for a person.
    pub given_up_events: i64,
    /// The last number of the change log.
    pub last_change: i64,
}

/// Reads them.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn read(tx: &mut Tx) -> db::Result<Gauges> {
    let broadcasts = sql!(
        "SELECT state, COUNT(*) FROM broadcast WHERE state NOT IN ('done', 'stopped', 'expired') GROUP BY state"
    );
    let pending = sql!("SELECT COUNT(*) FROM batch WHERE state = 'pending'");
    let attempting = sql!("SELECT COUNT(*) FROM batch WHERE state = 'attempting'");
    let waiting = sql!("SELECT COUNT(*), MIN(received_at) FROM inbox_event WHERE state = 'waiting'");
    let given_up = sql!("SELECT COUNT(*) FROM inbox_event WHERE state = 'given_up'");
    let (waiting_events, oldest_event) = tx.fetch_one(waiting).await?;
    Ok(Gauges {
        broadcasts: tx.fetch_all(broadcasts).await?,
        pending_batches: tx.fetch_one::<(i64,)>(pending).await?.0,
        attempting_batches: tx.fetch_one::<(i64,)>(attempting).await?.0,
        waiting_events,
        oldest_event,
        given_up_events: tx.fetch_one::<(i64,)>(given_up).await?.0,
        last_change: super::changes::last(tx).await?,
    })
}
