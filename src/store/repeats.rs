//! Broadcasts that come again; their occasions stand in `runs`, where the key of a run keeps one from coming twice.

mod runs;

pub use runs::{
    Run, Undecided, approvers, last_count, last_sent, note_made, note_missed, note_nobody, run_of, runs,
    runs_from, set_verdict, undecided,
};

use jiff::civil::{Date, Time};
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
    /// The time of day at which it goes out.
    #[must_use]
    pub fn time(&self) -> Time {
        let part = |minutes: i64| i8::try_from(minutes).unwrap_or(0);
        Time::new(part(self.minute / 60), part(self.minute % 60), 0, 0).unwrap_or(Time::midnight())
    }

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

/// The ids of those that have not ended, the newest first.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn list_open(tx: &mut Tx) -> db::Result<Vec<Uuid>> {
    let ids: Vec<(Uuid,)> =
        tx.fetch_all(sql!("SELECT id FROM repeat WHERE ended_at IS NULL ORDER BY id DESC")).await?;
    Ok(ids.into_iter().map(|(id,)| id).collect())
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
