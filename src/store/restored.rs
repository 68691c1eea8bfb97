//! What a backup leaves open: when it was taken, and which broadcasts were on their way then.
//!
//! LINE recognises a repeated key for a day. A broadcast that was on its way when the backup was taken may have gone on in
//! the database that was lost; its keys are the same here, so for 23 hours after the backup LINE refuses what it has taken
//! before. Later nobody can tell, and nothing of it is sent.

use sqlx::FromRow;

use crate::db::{self, Tx};
use crate::domain::broadcast::{GIVE_UP_AFTER, Reason};
use crate::domain::ids::BroadcastId;
use crate::domain::timestamp::Timestamp;
use crate::sql;

/// What a copy holds, for the person who made it.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct Held {
    /// Accounts that are not erased.
    pub accounts: i64,
    /// Broadcasts.
    pub broadcasts: i64,
    /// Rows of the ledger.
    pub ledger: i64,
    /// Members of staff.
    pub staff: i64,
}

/// Counts what a database holds.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn held(tx: &mut Tx) -> db::Result<Held> {
    tx.fetch_one(sql!(
        "SELECT (SELECT COUNT(*) FROM account WHERE erased_at IS NULL) AS accounts,
                (SELECT COUNT(*) FROM broadcast) AS broadcasts, (SELECT COUNT(*) FROM ledger) AS ledger,
                (SELECT COUNT(*) FROM staff) AS staff"
    ))
    .await
}

/// Notes in a copy when it was taken.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn mark(tx: &mut Tx, at: Timestamp) -> db::Result<()> {
    tx.execute(sql!("DELETE FROM backup_mark")).await?;
    tx.execute(sql!("INSERT INTO backup_mark (id, taken_at) VALUES (1, $1)", at)).await?;
    Ok(())
}

/// When the backup was taken that this database was, and takes the note away; where none was noted, the last instant at
/// which anything was written: it was surely taken no earlier.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn take_mark(tx: &mut Tx) -> db::Result<Option<Timestamp>> {
    let noted: Option<(Timestamp,)> =
        tx.fetch_optional(sql!("DELETE FROM backup_mark RETURNING taken_at")).await?;
    if let Some((at,)) = noted {
        return Ok(Some(at));
    }
    let mut last = None;
    for query in [
        sql!("SELECT MAX(at) FROM audit_entry"),
        sql!("SELECT MAX(updated_at) FROM broadcast"),
        sql!("SELECT MAX(settled_at) FROM batch"),
        sql!("SELECT MAX(received_at) FROM inbox_event"),
    ] {
        let (at,): (Option<Timestamp>,) = tx.fetch_one(query).await?;
        last = last.max(at);
    }
    Ok(last)
}

/// Notes that a broadcast may have gone on, or begun, after the backup; of several backups the oldest counts.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn insert(tx: &mut Tx, id: BroadcastId, backup_at: Timestamp, now: Timestamp) -> db::Result<()> {
    tx.execute(sql!(
        "INSERT INTO restored_broadcast (broadcast_id, backup_at, restored_at) VALUES ($1, $2, $3)
         ON CONFLICT (broadcast_id) DO UPDATE SET restored_at = excluded.restored_at,
           backup_at = CASE WHEN excluded.backup_at < restored_broadcast.backup_at
                       THEN excluded.backup_at ELSE restored_broadcast.backup_at END",
        id,
        backup_at,
        now
    ))
    .await?;
    Ok(())
}

/// What is noted of each: the broadcast, when the backup was taken and when it was put back.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn list(tx: &mut Tx) -> db::Result<Vec<(BroadcastId, Timestamp, Timestamp)>> {
    tx.fetch_all(sql!("SELECT broadcast_id, backup_at, restored_at FROM restored_broadcast")).await
}

/// Says when a backup was really taken and put back.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn set(
    tx: &mut Tx,
    id: BroadcastId,
    backup_at: Timestamp,
    restored_at: Timestamp,
) -> db::Result<()> {
    tx.execute(sql!(
        "UPDATE restored_broadcast SET backup_at = $2, restored_at = $3 WHERE broadcast_id = $1",
        id,
        backup_at,
        restored_at
    ))
    .await?;
    Ok(())
}

/// Until when LINE surely refuses what it has taken of a broadcast after the backup; `None` where no backup came between
/// its plan and now. One that was planned anew since was approved anew as well, by people who were asked.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn trusted_until(tx: &mut Tx, id: BroadcastId) -> db::Result<Option<Timestamp>> {
    let query = sql!(
        "SELECT r.backup_at FROM restored_broadcast r JOIN broadcast b ON b.id = r.broadcast_id
         WHERE r.broadcast_id = $1 AND b.planned_at <= r.restored_at",
        id
    );
    Ok(tx.fetch_optional::<(Timestamp,)>(query).await?.map(|(at,)| at.plus(GIVE_UP_AFTER)))
}

/// Ends those of whom this database knows nothing as unknown, where a broadcast is ended that may have gone on after the
/// backup: who was not tried since, and whose batch LINE has put off. Answers how many.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn doubt_rest(tx: &mut Tx, id: BroadcastId) -> db::Result<u64> {
    tx.execute(sql!(
        "UPDATE ledger SET state = 'unknown', reason = $2
         WHERE broadcast_id = $1
           AND (state = 'planned' OR (state = 'attempting' AND batch_number IN (
             SELECT number FROM batch WHERE broadcast_id = $1 AND state = 'attempting' AND NOT doubtful)))
           AND EXISTS (SELECT 1 FROM restored_broadcast r WHERE r.broadcast_id = $1)",
        id,
        Reason::Restored.id()
    ))
    .await
}

/// Ends every session of staff and of residents: who could be in when the backup was taken need not be now.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn end_sessions(tx: &mut Tx) -> db::Result<()> {
    tx.execute(sql!("DELETE FROM staff_session")).await?;
    tx.execute(sql!("DELETE FROM resident_session")).await?;
    Ok(())
}
