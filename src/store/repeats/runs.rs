//! The runs of repeats: which occasions were met, what was made for each, and what came of it.

use jiff::civil::Date;
use sqlx::FromRow;
use uuid::Uuid;

use super::{Repeat, find};
use crate::db::{self, Day, Tx};
use crate::domain::ids::{BroadcastId, StaffId};
use crate::domain::timestamp::Timestamp;
use crate::sql;

/// One occasion that was met.
#[derive(Clone, Debug, FromRow)]
pub struct Run {
    /// The occasion.
    pub occasion: Day,
    /// `made` or `missed`.
    pub state: String,
    /// The draft that was made.
    pub broadcast_id: Option<BroadcastId>,
    /// What came of it under a standing approval: `approved`, `declined`, or nothing yet.
    pub verdict: Option<String>,
    /// Whether nobody's day it was.
    pub nobody: bool,
    /// Why there is no draft, in words; nothing where the program stood still.
    pub reason: Option<String>,
    /// When that was noted.
    pub noted_at: Timestamp,
}

/// A run that was made under a standing approval and waits for what comes of it.
#[derive(Clone, Copy, Debug, FromRow)]
pub struct Undecided {
    /// The repeat.
    pub repeat_id: Uuid,
    /// The occasion.
    pub occasion: Day,
    /// The standing approval.
    pub standing_id: Uuid,
    /// The draft.
    pub broadcast_id: BroadcastId,
}

macro_rules! run_columns {
    () => {
        "occasion, state, broadcast_id, verdict, nobody, reason, noted_at"
    };
}

/// The occasions that were met, the newest first, at most `limit`.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn runs(tx: &mut Tx, id: Uuid, limit: i64) -> db::Result<Vec<Run>> {
    tx.fetch_all(sql!(
        concat!(
            "SELECT ",
            run_columns!(),
            " FROM repeat_run WHERE repeat_id = $1 ORDER BY occasion DESC LIMIT $2"
        ),
        id,
        limit
    ))
    .await
}

/// All that were met from a day on.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn runs_from(tx: &mut Tx, id: Uuid, from: Date) -> db::Result<Vec<Run>> {
    tx.fetch_all(sql!(
        concat!(
            "SELECT ",
            run_columns!(),
            " FROM repeat_run WHERE repeat_id = $1 AND occasion >= $2 ORDER BY occasion"
        ),
        id,
        from
    ))
    .await
}

/// Notes an occasion with its draft; `false` where it has one already. One that was missed may still be made.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn note_made(
    tx: &mut Tx,
    (id, occasion): (Uuid, Date),
    (draft, standing): (BroadcastId, Option<Uuid>),
    now: Timestamp,
) -> db::Result<bool> {
    let query = sql!(
        "INSERT INTO repeat_run (repeat_id, occasion, state, broadcast_id, noted_at, standing_id)
         VALUES ($1, $2, 'made', $3, $4, $5)
         ON CONFLICT (repeat_id, occasion) DO UPDATE SET state = excluded.state, broadcast_id = excluded.broadcast_id,
           noted_at = excluded.noted_at, standing_id = excluded.standing_id, nobody = FALSE, reason = NULL
         WHERE repeat_run.state = 'missed'",
        id,
        occasion,
        draft,
        now,
        standing
    );
    Ok(tx.execute(query).await? == 1)
}

/// Notes that an occasion has no draft, with the reason where there is one to mend; `false` where it has one.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn note_missed(
    tx: &mut Tx,
    (id, occasion): (Uuid, Date),
    reason: Option<&str>,
    now: Timestamp,
) -> db::Result<bool> {
    let query = sql!(
        "INSERT INTO repeat_run (repeat_id, occasion, state, noted_at, reason) VALUES ($1, $2, 'missed', $3, $4)
         ON CONFLICT (repeat_id, occasion) DO UPDATE SET noted_at = excluded.noted_at, reason = excluded.reason,
           nobody = FALSE
         WHERE repeat_run.state = 'missed'",
        id,
        occasion,
        now,
        reason
    );
    Ok(tx.execute(query).await? == 1)
}

/// Who approved the newest run that was approved, and who agreed to the standing approval that is open.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn approvers(tx: &mut Tx, id: Uuid) -> db::Result<Vec<StaffId>> {
    let query = sql!(
        "SELECT a.staff_id FROM approval a
         WHERE a.broadcast_id = (SELECT r.broadcast_id FROM repeat_run r JOIN broadcast b ON b.id = r.broadcast_id
                                 WHERE r.repeat_id = $1 AND b.approved_at IS NOT NULL
                                 ORDER BY b.approved_at DESC, b.id DESC LIMIT 1)
         UNION
         SELECT g.staff_id FROM standing_approval g JOIN standing s ON s.id = g.standing_id
         WHERE s.repeat_id = $1 AND s.ended_at IS NULL",
        id
    );
    Ok(tx.fetch_all::<(StaffId,)>(query).await?.into_iter().map(|(id,)| id).collect())
}

/// Notes that nobody's day an occasion is, or that it was looked at again; `false` where it was met otherwise.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn note_nobody(tx: &mut Tx, (id, occasion): (Uuid, Date), now: Timestamp) -> db::Result<bool> {
    let query = sql!(
        "INSERT INTO repeat_run (repeat_id, occasion, state, noted_at, nobody) VALUES ($1, $2, 'missed', $3, TRUE)
         ON CONFLICT (repeat_id, occasion) DO UPDATE SET noted_at = excluded.noted_at, nobody = TRUE, reason = NULL
         WHERE repeat_run.state = 'missed'",
        id,
        occasion,
        now
    );
    Ok(tx.execute(query).await? == 1)
}

/// The runs that were made under a standing approval and wait for what comes of them.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn undecided(tx: &mut Tx) -> db::Result<Vec<Undecided>> {
    tx.fetch_all(sql!(
        "SELECT repeat_id, occasion, standing_id, broadcast_id FROM repeat_run
         WHERE standing_id IS NOT NULL AND verdict IS NULL AND broadcast_id IS NOT NULL ORDER BY noted_at, occasion"
    ))
    .await
}

/// Notes what came of a run.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn set_verdict(tx: &mut Tx, run: &Undecided, verdict: &str) -> db::Result<()> {
    let query = sql!(
        "UPDATE repeat_run SET verdict = $3 WHERE repeat_id = $1 AND occasion = $2 AND verdict IS NULL",
        run.repeat_id,
        run.occasion.0,
        verdict
    );
    tx.execute(query).await?;
    Ok(())
}

/// The repeat and the occasion that a broadcast was made for.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn run_of(tx: &mut Tx, broadcast: BroadcastId) -> db::Result<Option<(Repeat, Date)>> {
    let query = sql!("SELECT repeat_id, occasion FROM repeat_run WHERE broadcast_id = $1", broadcast);
    let Some((repeat, occasion)) = tx.fetch_optional::<(Uuid, Day)>(query).await? else { return Ok(None) };
    Ok(find(tx, repeat).await?.map(|repeat| (repeat, occasion.0)))
}

/// The broadcast of the newest run whose recipients were frozen.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn last_sent(tx: &mut Tx, id: Uuid) -> db::Result<Option<BroadcastId>> {
    let query = sql!(
        "SELECT b.id FROM repeat_run r JOIN broadcast b ON b.id = r.broadcast_id
         WHERE r.repeat_id = $1 AND b.planned_at IS NOT NULL ORDER BY b.planned_at DESC, b.id DESC LIMIT 1",
        id
    );
    Ok(tx.fetch_optional::<(BroadcastId,)>(query).await?.map(|(id,)| id))
}

/// How many recipients the newest run had beside this broadcast.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn last_count(tx: &mut Tx, id: Uuid, but: BroadcastId) -> db::Result<Option<i64>> {
    let query = sql!(
        "SELECT b.planned_count FROM repeat_run r JOIN broadcast b ON b.id = r.broadcast_id
         WHERE r.repeat_id = $1 AND b.id <> $2 AND b.planned_at IS NOT NULL ORDER BY b.planned_at DESC, b.id DESC LIMIT 1",
        id,
        but
    );
    Ok(tx.fetch_optional::<(Option<i64>,)>(query).await?.and_then(|(count,)| count))
}
