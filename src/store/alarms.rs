//! What staff are told at once: one row for each member of staff with a LINE account, until LINE has taken it.

use sqlx::FromRow;

use crate::db::{self, Tx};
use crate::domain::ids::{BroadcastId, LineUserId, StaffId};
use crate::domain::timestamp::Timestamp;
use crate::sql;

/// One that waits.
#[derive(Clone, FromRow)]
pub struct Alarm {
    /// The broadcast it is about.
    pub broadcast_id: BroadcastId,
    /// Who is told.
    pub staff_id: StaffId,
    /// `submitted` or `approved` of an emergency, `declined` of a run that no standing approval covers.
    pub what: String,
    /// Why it waits for people, where that is said.
    pub reason: Option<String>,
    /// What the broadcast is called.
    pub title: String,
    /// Where it goes.
    pub line_user_id: LineUserId,
    /// How often it was tried.
    pub attempts: i64,
}

/// Notes that everybody with a LINE account and without a lock is to be told; what was noted stays as it is.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn insert_for_all(
    tx: &mut Tx,
    broadcast: BroadcastId,
    what: &str,
    now: Timestamp,
) -> db::Result<u64> {
    tx.execute(sql!(
        "INSERT INTO staff_alarm (broadcast_id, staff_id, what, created_at, next_at)
         SELECT $1, id, $2, $3, $3 FROM staff WHERE line_user_id IS NOT NULL AND disabled_at IS NULL
         ON CONFLICT (broadcast_id, staff_id, what) DO NOTHING",
        broadcast,
        what,
        now
    ))
    .await
}

/// Notes that these, where they have a LINE account and no lock, are to be told.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn insert_for(
    tx: &mut Tx,
    broadcast: BroadcastId,
    what: &str,
    staff: &[StaffId],
    now: Timestamp,
) -> db::Result<()> {
    for one in staff {
        tx.execute(sql!(
            "INSERT INTO staff_alarm (broadcast_id, staff_id, what, created_at, next_at)
             SELECT $1, id, $2, $3, $3 FROM staff WHERE id = $4 AND line_user_id IS NOT NULL AND disabled_at IS NULL
             ON CONFLICT (broadcast_id, staff_id, what) DO NOTHING",
            broadcast,
            what,
            now,
            *one
        ))
        .await?;
    }
    Ok(())
}

/// Those to be sent now.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn due(tx: &mut Tx, now: Timestamp) -> db::Result<Vec<Alarm>> {
    tx.fetch_all(sql!(
        "SELECT a.broadcast_id, a.staff_id, a.what, b.return_reason AS reason, b.title, s.line_user_id, a.attempts
         FROM staff_alarm a JOIN broadcast b ON b.id = a.broadcast_id JOIN staff s ON s.id = a.staff_id
         WHERE a.settled_at IS NULL AND a.next_at <= $1 AND s.line_user_id IS NOT NULL
         ORDER BY a.created_at, a.staff_id LIMIT 200",
        now
    ))
    .await
}

/// Notes that one is over: LINE has taken it, or it is given up.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn settle(tx: &mut Tx, alarm: &Alarm, now: Timestamp) -> db::Result<()> {
    let query = sql!(
        "UPDATE staff_alarm SET settled_at = $4 WHERE broadcast_id = $1 AND staff_id = $2 AND what = $3",
        alarm.broadcast_id,
        alarm.staff_id,
        &alarm.what,
        now
    );
    tx.execute(query).await?;
    Ok(())
}

/// Notes that one is tried again later.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn postpone(tx: &mut Tx, alarm: &Alarm, next_at: Timestamp) -> db::Result<()> {
    let query = sql!(
        "UPDATE staff_alarm SET attempts = attempts + 1, next_at = $4
         WHERE broadcast_id = $1 AND staff_id = $2 AND what = $3",
        alarm.broadcast_id,
        alarm.staff_id,
        &alarm.what,
        next_at
    );
    tx.execute(query).await?;
    Ok(())
}
