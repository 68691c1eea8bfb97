//! Broadcasts that come again, and their occasions: the key of a run keeps an occasion from coming twice.

use jiff::civil::Date;
use serde_json::Value;
use sqlx::FromRow;
use uuid::Uuid;

use super::standings::Standing;
use crate::db::{self, Day, Tx};
use crate::domain::broadcast::State;
use crate::domain::broadcast::lasting::Lasting;
use crate::domain::digest::Digest;
use crate::domain::ids::{BroadcastId, StaffId};
use crate::domain::message::Content;
use crate::domain::timestamp::Timestamp;
use crate::sql;

/// One that comes again.
#[derive(Clone, Debug, FromRow)]
pub struct Repeat {
    /// Its id.
    pub id: Uuid,
    /// What staff call it.
    pub title: String,
    /// The series (配信シリーズ).
    pub series: String,
    /// The topic (分野).
    pub topic: String,
    /// The rule file.
    pub segment_path: String,
    /// What is said.
    #[sqlx(try_from = "serde_json::Value")]
    pub content: Content,
    /// How the audience of each run is split, as stored; [`Trial::read`](crate::domain::broadcast::trial::Trial::read) reads it.
    pub trial: Option<Value>,
    /// The stored form of its rhythm.
    pub rhythm: String,
    /// The stored word of its shift.
    pub shift: String,
    /// The minute of the day at which it goes out.
    pub minute: i64,
    /// So many days before it the draft is made.
    pub lead_days: i64,
    /// The first day that may be an occasion.
    pub begins: Day,
    /// Every occasion up to this day is over: met, or noted as missed.
    pub handled: Option<Day>,
    /// Who set it up: the author of each draft.
    pub staff_id: StaffId,
    /// When.
    pub created_at: Timestamp,
    /// Since when it comes no more.
    pub ended_at: Option<Timestamp>,
    /// Who changed it last; nobody but its author where it is empty.
    pub editor_id: Option<StaffId>,
    /// So many days after the day of sending a run expires.
    pub expires_days: Option<i64>,
    /// So many days after it lies the day that `{期限}` names.
    pub deadline_days: Option<i64>,
}

impl Repeat {
    /// How long each run is true.
    #[must_use]
    pub fn lasting(&self) -> Lasting {
        Lasting { expires_days: self.expires_days, deadline_days: self.deadline_days }
    }

    /// When it comes and how long each run is true, in one line: what a standing approval is bound to. Where nothing is
    /// said of the latter, it is the line of before there was such a thing, and what was agreed to then holds on.
    #[must_use]
    pub fn schedule(&self) -> String {
        let lasting = self.lasting().to_text();
        format!("{} {} {} {}{lasting}", self.rhythm, self.shift, self.minute, self.lead_days)
    }

    /// What stands for a version: a hash over all that is stored of it, and over the standing approval that is open. Two
    /// readers who have the same one have seen the same.
    #[must_use]
    pub fn version(&self, open: Option<&Standing>) -> String {
        let or_none = |word: Option<String>| word.unwrap_or_default();
        Digest::new("repeat")
            .part(&self.id.to_string())
            .part(&self.title)
            .part(&self.series)
            .part(&self.topic)
            .part(&self.segment_path)
            .part(&self.content.hash())
            .part(&or_none(self.trial.as_ref().map(Value::to_string)))
            .part(&self.schedule())
            .part(&self.begins.0.to_string())
            .part(&or_none(self.editor_id.map(|id| id.to_string())))
            .part(&or_none(self.ended_at.map(|at| at.millis().to_string())))
            .part(&or_none(open.map(|one| one.id.to_string())))
            .part(if open.is_some_and(|one| one.in_force_at.is_some()) { "in force" } else { "" })
            .hex()
    }
}

/// A broadcast that can be the model of a repeat.
#[derive(Clone, Debug, FromRow)]
pub struct Model {
    /// Its id.
    pub id: BroadcastId,
    /// What staff call it.
    pub title: String,
    /// How far it has come.
    #[sqlx(try_from = "String")]
    pub state: State,
}

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

macro_rules! columns {
    () => {
        "r.id, r.title, r.series, r.topic, r.segment_path, r.content, r.trial, r.rhythm, r.shift, r.minute, r.lead_days, r.begins, \
         r.handled, r.staff_id, r.created_at, r.ended_at, r.editor_id, r.expires_days, r.deadline_days"
    };
}

/// The one with this id.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn find(tx: &mut Tx, id: Uuid) -> db::Result<Option<Repeat>> {
    tx.fetch_optional(sql!(concat!("SELECT ", columns!(), " FROM repeat r WHERE r.id = $1"), id)).await
}

/// Takes one for this transaction, so that nobody changes it or stands for it meanwhile.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn lock(tx: &mut Tx, id: Uuid) -> db::Result<()> {
    tx.execute(sql!("UPDATE repeat SET title = title WHERE id = $1", id)).await?;
    Ok(())
}

/// The newest broadcasts that can be the model of one, at most `limit`.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn models(tx: &mut Tx, limit: i64) -> db::Result<Vec<Model>> {
    tx.fetch_all(sql!(
        "SELECT id, title, state FROM broadcast WHERE audience = 'rule' AND class = 'ordinary' ORDER BY id DESC LIMIT $1",
        limit
    ))
    .await
}

/// Adds one.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn insert(tx: &mut Tx, repeat: &Repeat) -> db::Result<()> {
    tx.execute(sql!(
        "INSERT INTO repeat (id, title, series, topic, segment_path, content, rhythm, shift, minute, lead_days, begins,
           staff_id, created_at, trial, expires_days, deadline_days)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
        repeat.id,
        &repeat.title,
        &repeat.series,
        &repeat.topic,
        &repeat.segment_path,
        repeat.content.to_value(),
        &repeat.rhythm,
        &repeat.shift,
        repeat.minute,
        repeat.lead_days,
        repeat.begins.0,
        repeat.staff_id,
        repeat.created_at,
        repeat.trial.clone(),
        repeat.expires_days,
        repeat.deadline_days
    ))
    .await?;
    Ok(())
}

/// All of them, those that still come first.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn list(tx: &mut Tx) -> db::Result<Vec<Repeat>> {
    tx.fetch_all(sql!(concat!(
        "SELECT ",
        columns!(),
        " FROM repeat r ORDER BY CASE WHEN r.ended_at IS NULL THEN 0 ELSE 1 END, r.id DESC"
    )))
    .await
}

/// Replaces what one says and when, by its id; `false` where it has ended. Its author stays.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn update(tx: &mut Tx, repeat: &Repeat) -> db::Result<bool> {
    let query = sql!(
        "UPDATE repeat SET title = $2, series = $3, topic = $4, segment_path = $5, content = $6, rhythm = $7,
           shift = $8, minute = $9, lead_days = $10, begins = $11, editor_id = $12, trial = $13,
           expires_days = $14, deadline_days = $15
         WHERE id = $1 AND ended_at IS NULL",
        repeat.id,
        &repeat.title,
        &repeat.series,
        &repeat.topic,
        &repeat.segment_path,
        repeat.content.to_value(),
        &repeat.rhythm,
        &repeat.shift,
        repeat.minute,
        repeat.lead_days,
        repeat.begins.0,
        repeat.editor_id,
        repeat.trial.clone(),
        repeat.expires_days,
        repeat.deadline_days
    );
    Ok(tx.execute(query).await? == 1)
}

/// Ends one; `false` where it has ended.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn end(tx: &mut Tx, id: Uuid, now: Timestamp) -> db::Result<bool> {
    let query = sql!("UPDATE repeat SET ended_at = $2 WHERE id = $1 AND ended_at IS NULL", id, now);
    Ok(tx.execute(query).await? == 1)
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

/// Notes that every occasion up to a day is over.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn set_handled(tx: &mut Tx, id: Uuid, last: Date) -> db::Result<()> {
    let query =
        sql!("UPDATE repeat SET handled = $2 WHERE id = $1 AND (handled IS NULL OR handled < $2)", id, last);
    tx.execute(query).await?;
    Ok(())
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
