//! Broadcasts that come again, and their occasions: the key of a run keeps an occasion from coming twice.

use jiff::civil::Date;
use sqlx::FromRow;
use uuid::Uuid;

use crate::db::{self, Day, Tx};
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
    /// Who set it up: the author of each draft.
    pub staff_id: StaffId,
    /// When.
    pub created_at: Timestamp,
    /// Since when it comes no more.
    pub ended_at: Option<Timestamp>,
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
}

/// Adds one.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn insert(tx: &mut Tx, repeat: &Repeat) -> db::Result<()> {
    tx.execute(sql!(
        "INSERT INTO repeat (id, title, series, topic, segment_path, content, rhythm, shift, minute, lead_days, begins,
           staff_id, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
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
        repeat.created_at
    ))
    .await?;
    Ok(())
}

/// All of them, those that still come first.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn list(tx: &mut Tx) -> db::Result<Vec<Repeat>> {
    tx.fetch_all(sql!(
        "SELECT id, title, series, topic, segment_path, content, rhythm, shift, minute, lead_days, begins, staff_id,
           created_at, ended_at
         FROM repeat ORDER BY CASE WHEN ended_at IS NULL THEN 0 ELSE 1 END, id DESC"
    ))
    .await
}

/// Ends one; `false` where it has ended.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn end(tx: &mut Tx, id: Uuid, now: Timestamp) -> db::Result<bool> {
    let query = sql!("UPDATE repeat SET ended_at = $2 WHERE id = $1 AND ended_at IS NULL", id, now);
    Ok(tx.execute(query).await? == 1)
}

/// The occasions that were met, the newest first, at most `limit`.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn runs(tx: &mut Tx, id: Uuid, limit: i64) -> db::Result<Vec<Run>> {
    tx.fetch_all(sql!(
        "SELECT occasion, state, broadcast_id FROM repeat_run WHERE repeat_id = $1 ORDER BY occasion DESC LIMIT $2",
        id,
        limit
    ))
    .await
}

/// Notes an occasion with its draft, or as missed; `false` where it was met already. A missed one may still be made.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn note(
    tx: &mut Tx,
    (id, occasion): (Uuid, Date),
    draft: Option<BroadcastId>,
    now: Timestamp,
) -> db::Result<bool> {
    let query = sql!(
        "INSERT INTO repeat_run (repeat_id, occasion, state, broadcast_id, noted_at) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (repeat_id, occasion) DO UPDATE SET state = excluded.state, broadcast_id = excluded.broadcast_id,
           noted_at = excluded.noted_at
         WHERE repeat_run.state = 'missed' AND excluded.state = 'made'",
        id,
        occasion,
        if draft.is_some() { "made" } else { "missed" },
        draft,
        now
    );
    Ok(tx.execute(query).await? == 1)
}
