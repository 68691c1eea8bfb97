//! Who has approved what was submitted, and what each has opened of it.
//!
//! The database itself counts the approvals before a broadcast goes on (the triggers of migration 13), so that a defect
//! of the program can't send what too few people have agreed to.

use sqlx::FromRow;

use crate::db::{self, Tx};
use crate::domain::ids::{BroadcastId, StaffId};
use crate::domain::timestamp::Timestamp;
use crate::sql;

/// One approval.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct Approved {
    /// Who.
    pub staff_id: StaffId,
    /// Their name.
    pub name: String,
    /// The number that they typed.
    pub recipients: i64,
    /// When.
    pub approved_at: Timestamp,
}

/// The approvals of what is submitted, the oldest first.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn list(tx: &mut Tx, broadcast: BroadcastId, hash: &str) -> db::Result<Vec<Approved>> {
    tx.fetch_all(sql!(
        "SELECT a.staff_id, s.name, a.recipients, a.approved_at FROM approval a JOIN staff s ON s.id = a.staff_id
         WHERE a.broadcast_id = $1 AND a.hash = $2 ORDER BY a.approved_at, a.staff_id",
        broadcast,
        hash
    ))
    .await
}

/// Notes an approval; a second one of the same person takes the place of the first.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn insert(
    tx: &mut Tx,
    broadcast: BroadcastId,
    hash: &str,
    (staff, recipients): (StaffId, i64),
    now: Timestamp,
) -> db::Result<()> {
    tx.execute(sql!(
        "INSERT INTO approval (broadcast_id, hash, staff_id, recipients, approved_at) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (broadcast_id, hash, staff_id)
         DO UPDATE SET recipients = excluded.recipients, approved_at = excluded.approved_at",
        broadcast,
        hash,
        staff,
        recipients,
        now
    ))
    .await?;
    Ok(())
}

/// Forgets the approvals from before an instant: what was held since then has to be approved anew by everybody.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn forget_before(tx: &mut Tx, broadcast: BroadcastId, before: Timestamp) -> db::Result<u64> {
    tx.execute(sql!("DELETE FROM approval WHERE broadcast_id = $1 AND approved_at < $2", broadcast, before))
        .await
}

/// An approval that seems to have been given after now.
#[derive(Clone, Debug, FromRow)]
pub struct Given {
    broadcast_id: BroadcastId,
    hash: String,
    staff_id: StaffId,
    /// When, as it stands there.
    pub approved_at: Timestamp,
}

/// The approvals that seem to have been given after an instant.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn list_after(tx: &mut Tx, instant: Timestamp) -> db::Result<Vec<Given>> {
    tx.fetch_all(sql!(
        "SELECT broadcast_id, hash, staff_id, approved_at FROM approval WHERE approved_at > $1",
        instant
    ))
    .await
}

/// Says when one was really given.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn set_at(tx: &mut Tx, given: &Given, at: Timestamp) -> db::Result<()> {
    tx.execute(sql!(
        "UPDATE approval SET approved_at = $4 WHERE broadcast_id = $1 AND hash = $2 AND staff_id = $3",
        given.broadcast_id,
        &given.hash,
        given.staff_id,
        at
    ))
    .await?;
    Ok(())
}

/// How many friends the account has: those who have not blocked it, and may be sent to.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn friends(tx: &mut Tx) -> db::Result<i64> {
    let query = sql!("SELECT COUNT(*) FROM account WHERE follow_state = 'following' AND erased_at IS NULL");
    Ok(tx.fetch_one::<(i64,)>(query).await?.0)
}

/// Says how many approvals a draft needs, before it is submitted, or that a held one needs more than it did.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn set_needed(tx: &mut Tx, broadcast: BroadcastId, needed: i64) -> db::Result<()> {
    let query = sql!(
        "UPDATE broadcast SET approvals_needed = $2
         WHERE id = $1 AND (state = 'draft' OR approvals_needed < $2)",
        broadcast,
        needed
    );
    tx.execute(query).await?;
    Ok(())
}

/// Notes that somebody has opened a part of this content; `false` where they had before.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn note_opened(
    tx: &mut Tx,
    (broadcast, content): (BroadcastId, &str),
    staff: StaffId,
    part: &str,
    now: Timestamp,
) -> db::Result<bool> {
    let query = sql!(
        "INSERT INTO opened_part (broadcast_id, content_hash, staff_id, part, opened_at) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (broadcast_id, content_hash, staff_id, part) DO NOTHING",
        broadcast,
        content,
        staff,
        part,
        now
    );
    Ok(tx.execute(query).await? == 1)
}

/// The parts of this content that somebody has opened.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn opened(
    tx: &mut Tx,
    (broadcast, content): (BroadcastId, &str),
    staff: StaffId,
) -> db::Result<Vec<String>> {
    let rows: Vec<(String,)> = tx
        .fetch_all(sql!(
            "SELECT part FROM opened_part WHERE broadcast_id = $1 AND content_hash = $2 AND staff_id = $3 ORDER BY part",
            broadcast,
            content,
            staff
        ))
        .await?;
    Ok(rows.into_iter().map(|(part,)| part).collect())
}
