//! The first recipients of a broadcast and what was learnt from them: when the rest may follow, and how often in a row
//! something went wrong.

use sqlx::FromRow;

use crate::db::{self, Tx};
use crate::domain::ids::{BroadcastId, LineUserId, StaffId};
use crate::domain::timestamp::Timestamp;
use crate::sql;

/// How the batches of the first recipients stand.
#[derive(Clone, Copy, Debug, FromRow, PartialEq, Eq)]
pub struct Pilots {
    /// How many there are.
    pub batches: i64,
    /// How many of them are not tried yet or have no answer.
    pub open: i64,
    /// Batches of the rest that were not tried yet.
    pub rest: i64,
}

/// How far the first recipients of a broadcast have come.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn count(tx: &mut Tx, broadcast: BroadcastId) -> db::Result<Pilots> {
    tx.fetch_one(sql!(
        "SELECT COUNT(*) FILTER (WHERE pilot) AS batches,
                COUNT(*) FILTER (WHERE pilot AND state IN ('pending', 'attempting')) AS open,
                COUNT(*) FILTER (WHERE NOT pilot AND state = 'pending') AS rest
         FROM batch WHERE broadcast_id = $1",
        broadcast
    ))
    .await
}

/// Says when the rest may follow; `false` where that is said already.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn wait_until(tx: &mut Tx, id: BroadcastId, until: Timestamp) -> db::Result<bool> {
    let query = sql!(
        "UPDATE broadcast SET pilot_until = $2 WHERE id = $1 AND state = 'sending' AND pilot_until IS NULL",
        id,
        until
    );
    Ok(tx.execute(query).await? == 1)
}

/// Lets the rest follow at once; `false` where nothing waits for its first recipients.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn release(tx: &mut Tx, id: BroadcastId, now: Timestamp) -> db::Result<bool> {
    let query = sql!(
        "UPDATE broadcast SET pilot_until = $2, updated_at = $2, version = version + 1
         WHERE id = $1 AND state = 'sending' AND pilot_until > $2",
        id,
        now
    );
    Ok(tx.execute(query).await? == 1)
}

/// The LINE accounts of the author, the last editor and the approvers of a broadcast. Who is among its recipients, too, may
/// not be among the first of them, and gets a copy all the same.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn list_staff(tx: &mut Tx, id: BroadcastId) -> db::Result<Vec<(StaffId, LineUserId)>> {
    tx.fetch_all(sql!(
        "SELECT s.id, s.line_user_id FROM staff s JOIN broadcast b ON b.id = $1
         WHERE s.line_user_id IS NOT NULL AND s.disabled_at IS NULL
           AND (s.id IN (b.author_id, b.last_editor_id)
             OR EXISTS (SELECT 1 FROM approval a WHERE a.broadcast_id = b.id AND a.staff_id = s.id))
         ORDER BY s.id",
        id
    ))
    .await
}

/// Notes that a batch failed; answers how many of different roots have failed in a row.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn note_failure(tx: &mut Tx, id: BroadcastId, root: i64) -> db::Result<i64> {
    let (failed,): (i64,) = tx
        .fetch_one(sql!(
            "UPDATE broadcast SET failed_in_row = failed_in_row + CASE WHEN failed_root = $2 THEN 0 ELSE 1 END,
               failed_root = $2
             WHERE id = $1 RETURNING failed_in_row",
            id,
            root
        ))
        .await?;
    Ok(failed)
}

/// Notes that a batch was accepted: whatever failed before was no row.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn note_success(tx: &mut Tx, id: BroadcastId) -> db::Result<()> {
    let query = sql!(
        "UPDATE broadcast SET failed_in_row = 0, failed_root = NULL WHERE id = $1 AND failed_in_row > 0",
        id
    );
    tx.execute(query).await?;
    Ok(())
}

/// Notes that a person lets it go on, whatever has failed so far.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn tolerate(tx: &mut Tx, id: BroadcastId) -> db::Result<()> {
    let query = sql!(
        "UPDATE broadcast SET failed_in_row = 0, failed_root = NULL,
           tolerated = (SELECT COUNT(*) FROM ledger WHERE broadcast_id = $1 AND state = 'rejected')
         WHERE id = $1",
        id
    );
    tx.execute(query).await?;
    Ok(())
}

/// How many refusals a person has let pass.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn tolerated(tx: &mut Tx, id: BroadcastId) -> db::Result<i64> {
    let found: Option<(i64,)> =
        tx.fetch_optional(sql!("SELECT tolerated FROM broadcast WHERE id = $1", id)).await?;
    Ok(found.map_or(0, |row| row.0))
}
