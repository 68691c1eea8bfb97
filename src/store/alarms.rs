//! What staff are told at once: one row for each member of staff with a LINE account, until LINE has taken it.

use sqlx::FromRow;
use uuid::Uuid;

use crate::db::{self, Tx};
use crate::domain::ids::{BroadcastId, LineUserId, StaffId};
use crate::domain::timestamp::Timestamp;
use crate::sql;

/// Said in place of a hold: its content was no longer true before everybody was sent to, and it has ended.
pub const EXPIRED: &str = "expired";
/// Said in place of a hold: it is over, and LINE has refused a tenth of its recipients or more.
pub const REFUSED: &str = "refused";

/// What there is to tell.
#[derive(Clone, Copy)]
pub struct News<'a> {
    /// What it is about.
    pub subject: Subject,
    /// As [`Alarm::what`].
    pub what: &'a str,
    /// As [`Alarm::about`].
    pub about: &'a str,
    /// As [`Alarm::said`].
    pub said: &'a str,
}

/// What an alarm is about.
#[derive(Clone, Copy)]
pub enum Subject {
    /// A broadcast.
    Broadcast(BroadcastId),
    /// A repeat.
    Repeat(Uuid),
}

impl Subject {
    /// Its id, as that of a broadcast and as that of a repeat.
    fn columns(self) -> (Uuid, Option<BroadcastId>, Option<Uuid>) {
        match self {
            Self::Broadcast(id) => (id.0, Some(id), None),
            Self::Repeat(id) => (id, None, Some(id)),
        }
    }
}

/// One that waits.
#[derive(Clone, FromRow)]
pub struct Alarm {
    /// The broadcast or the repeat it is about.
    pub subject_id: Uuid,
    /// The same, where it is a broadcast.
    pub broadcast_id: Option<BroadcastId>,
    /// Who is told.
    pub staff_id: StaffId,
    /// `submitted` or `approved` of an emergency, `declined` of a run that no standing approval covers, `held` and
    /// `unknown` of a broadcast, `off` of one at which all sending was switched off, `missed` of a repeat.
    pub what: String,
    /// Which one of several: the stored word of a hold, [`EXPIRED`], [`REFUSED`], or occasions.
    pub about: String,
    /// More words, fixed when it was noted.
    pub said: String,
    /// Why it waits for people, where that is said.
    pub reason: Option<String>,
    /// What the broadcast or the repeat is called.
    pub title: String,
    /// Where it goes.
    pub line_user_id: LineUserId,
    /// How often it was tried.
    pub attempts: i64,
    /// When there was reason to tell.
    pub created_at: Timestamp,
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
        "INSERT INTO staff_alarm (subject_id, broadcast_id, staff_id, what, created_at, next_at)
         SELECT $1, $1, id, $2, $3, $3 FROM staff WHERE line_user_id IS NOT NULL AND disabled_at IS NULL
         ON CONFLICT (subject_id, staff_id, what, about) DO NOTHING",
        broadcast,
        what,
        now
    ))
    .await
}

/// Notes that these, where they have a LINE account and no lock, are to be told. What was noted stays as it is; only what
/// happens anew after a person let it go on (a hold) is told anew.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn insert_for(tx: &mut Tx, news: News<'_>, staff: &[StaffId], now: Timestamp) -> db::Result<()> {
    let (subject, broadcast, repeat) = news.subject.columns();
    for one in staff {
        tx.execute(sql!(
            "INSERT INTO staff_alarm
               (subject_id, broadcast_id, repeat_id, staff_id, what, about, said, created_at, next_at)
             SELECT $1, $2, $3, id, $4, $5, $6, $7, $7 FROM staff
             WHERE id = $8 AND line_user_id IS NOT NULL AND disabled_at IS NULL
             ON CONFLICT (subject_id, staff_id, what, about) DO UPDATE SET
               attempts = 0, created_at = excluded.created_at, next_at = excluded.next_at, settled_at = NULL
             WHERE staff_alarm.settled_at IS NOT NULL AND staff_alarm.what IN ('held', 'off')",
            subject,
            broadcast,
            repeat,
            news.what,
            news.about,
            news.said,
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
        "SELECT a.subject_id, a.broadcast_id, a.staff_id, a.what, a.about, a.said, b.return_reason AS reason,
           COALESCE(b.title, r.title) AS title, s.line_user_id, a.attempts, a.created_at
         FROM staff_alarm a JOIN staff s ON s.id = a.staff_id
           LEFT JOIN broadcast b ON b.id = a.broadcast_id LEFT JOIN repeat r ON r.id = a.repeat_id
         WHERE a.settled_at IS NULL AND a.next_at <= $1 AND s.line_user_id IS NOT NULL
         ORDER BY a.created_at, a.staff_id, a.what LIMIT 200",
        now
    ))
    .await
}

/// Makes due what waits for an instant that lies further ahead.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn hasten(tx: &mut Tx, now: Timestamp) -> db::Result<()> {
    tx.execute(sql!("UPDATE staff_alarm SET next_at = $1 WHERE settled_at IS NULL AND next_at > $1", now))
        .await?;
    Ok(())
}

/// Notes that one is over: LINE has taken it, or it is given up.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn settle(tx: &mut Tx, alarm: &Alarm, now: Timestamp) -> db::Result<()> {
    let query = sql!(
        "UPDATE staff_alarm SET settled_at = $5
         WHERE subject_id = $1 AND staff_id = $2 AND what = $3 AND about = $4 AND created_at = $6",
        alarm.subject_id,
        alarm.staff_id,
        &alarm.what,
        &alarm.about,
        now,
        alarm.created_at
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
        "UPDATE staff_alarm SET attempts = attempts + 1, next_at = $5
         WHERE subject_id = $1 AND staff_id = $2 AND what = $3 AND about = $4",
        alarm.subject_id,
        alarm.staff_id,
        &alarm.what,
        &alarm.about,
        next_at
    );
    tx.execute(query).await?;
    Ok(())
}
