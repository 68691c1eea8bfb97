//! Standing approvals of repeats: what was agreed to, by whom, and since when it holds no more.
//!
//! At most one of a repeat is open (an index holds that). A row is never changed but to say that it is in force, and
//! that it has ended.

use sqlx::FromRow;
use uuid::Uuid;

use crate::db::{self, Day, Tx};
use crate::domain::broadcast::standing::Terms;
use crate::domain::ids::{BroadcastId, StaffId};
use crate::domain::timestamp::Timestamp;
use crate::sql;

/// One standing approval.
#[derive(Clone, Debug, FromRow)]
pub struct Standing {
    /// Its id.
    pub id: Uuid,
    /// The repeat.
    pub repeat_id: Uuid,
    /// What was agreed to ([`crate::domain::broadcast::standing::Pledge::hash`]).
    pub hash: String,
    /// The run whose text was tested, opened and sent.
    pub example_id: BroadcastId,
    /// The last day on which a run may go out.
    pub ends: Day,
    /// The most recipients of a run.
    pub most: i64,
    /// The cautions that were seen, as stored.
    pub cautions: String,
    /// Who asked for it.
    pub asked_by: StaffId,
    /// When.
    pub asked_at: Timestamp,
    /// Since when it is in force; `None` while somebody has to agree yet.
    pub in_force_at: Option<Timestamp>,
    /// Since when it holds no more.
    pub ended_at: Option<Timestamp>,
    /// Why, in a sentence.
    pub end_reason: Option<String>,
}

impl Standing {
    /// How far it goes.
    #[must_use]
    pub fn terms(&self) -> Terms {
        Terms { ends: self.ends.0, most: self.most }
    }
}

/// Somebody who has agreed.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct Agreed {
    /// Who.
    pub staff_id: StaffId,
    /// Their name.
    pub name: String,
    /// When.
    pub approved_at: Timestamp,
}

/// Notes that one is asked for.
///
/// # Errors
/// As [`db::Error`] says; `Conflict` where one of this repeat is open.
pub async fn insert(tx: &mut Tx, new: &Standing) -> db::Result<()> {
    tx.execute(sql!(
        "INSERT INTO standing (id, repeat_id, hash, example_id, ends, most, cautions, asked_by, asked_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        new.id,
        new.repeat_id,
        &new.hash,
        new.example_id,
        new.ends.0,
        new.most,
        &new.cautions,
        new.asked_by,
        new.asked_at
    ))
    .await?;
    Ok(())
}

macro_rules! columns {
    () => {
        "id, repeat_id, hash, example_id, ends, most, cautions, asked_by, asked_at, in_force_at, ended_at, end_reason"
    };
}

/// The one with this id.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn find(tx: &mut Tx, id: Uuid) -> db::Result<Option<Standing>> {
    tx.fetch_optional(sql!(concat!("SELECT ", columns!(), " FROM standing WHERE id = $1"), id)).await
}

/// The open one of a repeat: asked for or in force.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn open_of(tx: &mut Tx, repeat: Uuid) -> db::Result<Option<Standing>> {
    let query = sql!(
        concat!("SELECT ", columns!(), " FROM standing WHERE repeat_id = $1 AND ended_at IS NULL"),
        repeat
    );
    tx.fetch_optional(query).await
}

/// The newest of a repeat, open or ended.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn newest_of(tx: &mut Tx, repeat: Uuid) -> db::Result<Option<Standing>> {
    let query = sql!(
        concat!("SELECT ", columns!(), " FROM standing WHERE repeat_id = $1 ORDER BY id DESC LIMIT 1"),
        repeat
    );
    tx.fetch_optional(query).await
}

/// Takes an open one for this transaction, so that nobody ends it or agrees to it meanwhile; `false` where it has ended.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn lock(tx: &mut Tx, id: Uuid) -> db::Result<bool> {
    let query = sql!("UPDATE standing SET hash = hash WHERE id = $1 AND ended_at IS NULL", id);
    Ok(tx.execute(query).await? == 1)
}

/// Notes that somebody agrees; `false` where they had before.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn agree(tx: &mut Tx, id: Uuid, staff: StaffId, now: Timestamp) -> db::Result<bool> {
    let query = sql!(
        "INSERT INTO standing_approval (standing_id, staff_id, approved_at) VALUES ($1, $2, $3)
         ON CONFLICT (standing_id, staff_id) DO NOTHING",
        id,
        staff,
        now
    );
    Ok(tx.execute(query).await? == 1)
}

/// Who has agreed, the first first.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn agreed(tx: &mut Tx, id: Uuid) -> db::Result<Vec<Agreed>> {
    tx.fetch_all(sql!(
        "SELECT a.staff_id, s.name, a.approved_at FROM standing_approval a JOIN staff s ON s.id = a.staff_id
         WHERE a.standing_id = $1 ORDER BY a.approved_at, a.staff_id",
        id
    ))
    .await
}

/// Puts an open one in force.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn put_in_force(tx: &mut Tx, id: Uuid, now: Timestamp) -> db::Result<bool> {
    let query = sql!(
        "UPDATE standing SET in_force_at = $2 WHERE id = $1 AND in_force_at IS NULL AND ended_at IS NULL",
        id,
        now
    );
    Ok(tx.execute(query).await? == 1)
}

/// Ends an open one; `false` where it has ended. `by` is nobody where the program itself saw the reason.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn end(
    tx: &mut Tx,
    id: Uuid,
    (by, reason): (Option<StaffId>, &str),
    now: Timestamp,
) -> db::Result<bool> {
    let query = sql!(
        "UPDATE standing SET ended_at = $2, ended_by = $3, end_reason = $4 WHERE id = $1 AND ended_at IS NULL",
        id,
        now,
        by,
        reason
    );
    Ok(tx.execute(query).await? == 1)
}

/// Ends every open one; answers how many.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn end_all(tx: &mut Tx, reason: &str, now: Timestamp) -> db::Result<u64> {
    tx.execute(sql!("UPDATE standing SET ended_at = $1, end_reason = $2 WHERE ended_at IS NULL", now, reason))
        .await
}

/// The broadcasts that were approved under one and have no frozen recipients yet.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn unplanned(tx: &mut Tx, id: Uuid) -> db::Result<Vec<BroadcastId>> {
    let rows: Vec<(BroadcastId,)> = tx
        .fetch_all(sql!(
            "SELECT b.id FROM repeat_run r JOIN broadcast b ON b.id = r.broadcast_id
             WHERE r.standing_id = $1 AND r.verdict = 'approved' AND b.planned_at IS NULL
               AND b.state IN ('approved', 'paused') ORDER BY b.id",
            id
        ))
        .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// The cautions that were seen by those whose standing approval let this run pass; `None` where people approved it.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn cautions_of_run(tx: &mut Tx, broadcast: BroadcastId) -> db::Result<Option<String>> {
    let found: Option<(String,)> = tx
        .fetch_optional(sql!(
            "SELECT s.cautions FROM repeat_run r JOIN standing s ON s.id = r.standing_id
             WHERE r.broadcast_id = $1 AND r.verdict = 'approved' LIMIT 1",
            broadcast
        ))
        .await?;
    Ok(found.map(|(cautions,)| cautions))
}
