//! When the steps of open broadcasts were taken, to be moved where the clock that said so was ahead.
//!
//! What people have chosen (a schedule, an expiry) is not among it.

use sqlx::FromRow;

use crate::db::{self, Tx};
use crate::domain::ids::BroadcastId;
use crate::domain::timestamp::Timestamp;
use crate::sql;

/// The instants of a broadcast that the program has written down itself.
#[derive(Clone, Debug, FromRow)]
pub struct Moments {
    /// The broadcast.
    pub id: BroadcastId,
    /// From when on it may be planned.
    pub due_at: Option<Timestamp>,
    /// When people want it to go out; never moved.
    pub scheduled_at: Option<Timestamp>,
    /// When it was last seen going on.
    pub active_at: Option<Timestamp>,
    /// When it was planned.
    pub planned_at: Option<Timestamp>,
    /// When it first went to LINE.
    pub begun_at: Option<Timestamp>,
    /// Until when the rest waits for the first recipients.
    pub pilot_until: Option<Timestamp>,
    /// When its row was last changed.
    pub updated_at: Timestamp,
}

/// Those of every broadcast that is not finished.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn list(tx: &mut Tx) -> db::Result<Vec<Moments>> {
    tx.fetch_all(sql!(
        "SELECT id, due_at, scheduled_at, active_at, planned_at, begun_at, pilot_until, updated_at
         FROM broadcast WHERE state <> 'draft' AND finished_at IS NULL ORDER BY id"
    ))
    .await
}

/// Writes the moved ones.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn update(tx: &mut Tx, moved: &Moments) -> db::Result<()> {
    tx.execute(sql!(
        "UPDATE broadcast SET due_at = $2, active_at = $3, planned_at = $4, begun_at = $5, pilot_until = $6, updated_at = $7
         WHERE id = $1",
        moved.id,
        moved.due_at,
        moved.active_at,
        moved.planned_at,
        moved.begun_at,
        moved.pilot_until,
        moved.updated_at
    ))
    .await?;
    Ok(())
}
