//! Every save of a broadcast: what stood in it, who saved it, when. Rows are added and never changed.

use serde_json::Value;
use sqlx::FromRow;

use super::broadcasts::Broadcast;
use crate::db::{self, Tx};
use crate::domain::ids::{BroadcastId, StaffId};
use crate::domain::message::Content;
use crate::domain::timestamp::Timestamp;
use crate::sql;

/// One save.
#[derive(Clone, Debug, FromRow)]
pub struct Version {
    /// The number of the broadcast's version; some numbers are steps without a save.
    pub version: i64,
    /// What staff call it.
    pub title: String,
    /// The series (配信シリーズ).
    pub series: String,
    /// The topic (分野).
    pub topic: String,
    /// The rule file.
    pub segment_path: String,
    /// The rule in its canonical form.
    pub rule_text: String,
    /// What is said.
    #[sqlx(try_from = "serde_json::Value")]
    pub content: Content,
    /// How its audience was split, as stored.
    pub trial: Option<Value>,
    /// When it was to go out.
    pub scheduled_at: Option<Timestamp>,
    /// When it was to be no longer true.
    pub expires_at: Option<Timestamp>,
    /// Who saved it.
    pub staff_id: StaffId,
    /// Their name.
    pub staff_name: String,
    /// When.
    pub saved_at: Timestamp,
}

/// Keeps a broadcast as it stands in this transaction.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn keep(tx: &mut Tx, id: BroadcastId, staff: StaffId, now: Timestamp) -> db::Result<()> {
    tx.execute(sql!(
        "INSERT INTO broadcast_version (broadcast_id, version, title, series, topic, segment_path, rule_text, content,
           trial, scheduled_at, expires_at, staff_id, saved_at)
         SELECT id, version, title, series, topic, segment_path, rule_text, content, trial, scheduled_at,
           expires_at, $2, $3
         FROM broadcast WHERE id = $1
         ON CONFLICT (broadcast_id, version) DO NOTHING",
        id,
        staff,
        now
    ))
    .await?;
    Ok(())
}

/// The saves of a broadcast, the newest first.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn list(tx: &mut Tx, id: BroadcastId) -> db::Result<Vec<Version>> {
    tx.fetch_all(sql!(
        "SELECT v.version, v.title, v.series, v.topic, v.segment_path, v.rule_text, v.content, v.trial,
           v.scheduled_at, v.expires_at, v.staff_id, s.name AS staff_name, v.saved_at
         FROM broadcast_version v JOIN staff s ON s.id = v.staff_id WHERE v.broadcast_id = $1
         ORDER BY v.version DESC",
        id
    ))
    .await
}

/// The broadcast of a series, other than this one, whose recipients were frozen last: what residents have read.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn last_sent(tx: &mut Tx, series: &str, but: BroadcastId) -> db::Result<Option<BroadcastId>> {
    let found: Option<(BroadcastId,)> = tx
        .fetch_optional(sql!(
            "SELECT id FROM broadcast WHERE series = $1 AND id <> $2 AND planned_at IS NOT NULL
             ORDER BY planned_at DESC, id DESC LIMIT 1",
            series,
            but
        ))
        .await?;
    Ok(found.map(|(id,)| id))
}

/// What stands in a broadcast today, in the form of a save.
#[must_use]
pub fn current(stored: &Broadcast, staff_name: &str) -> Version {
    Version {
        version: stored.version,
        title: stored.title.clone(),
        series: stored.series.clone(),
        topic: stored.topic.clone(),
        segment_path: stored.segment_path.clone(),
        rule_text: stored.rule_text.clone(),
        content: stored.content.clone(),
        trial: stored.trial.clone(),
        scheduled_at: stored.scheduled_at,
        expires_at: stored.expires_at,
        staff_id: stored.last_editor_id,
        staff_name: staff_name.to_owned(),
        saved_at: stored.updated_at,
    }
}
