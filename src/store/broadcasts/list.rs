//! Broadcasts as lists show them: the newest first, by state, by series; emergencies apart.

use sqlx::FromRow;

use crate::db::{self, Fragment, Tx};
use crate::domain::broadcast::State;
use crate::domain::ids::{BroadcastId, StaffId};
use crate::domain::timestamp::Timestamp;
use crate::sql;

/// A broadcast as a list shows it.
#[derive(Clone, Debug, FromRow)]
pub struct Listed {
    /// Its id.
    pub id: BroadcastId,
    /// What staff call it.
    pub title: String,
    /// The topic (分野).
    pub topic: String,
    /// The rule file.
    pub segment_path: String,
    /// How far it has come.
    #[sqlx(try_from = "String")]
    pub state: State,
    /// When it is to go out.
    pub scheduled_at: Option<Timestamp>,
    /// When its recipients were frozen and it began.
    pub planned_at: Option<Timestamp>,
    /// The stored word of its [`crate::domain::broadcast::Hold`].
    pub hold_reason: Option<String>,
    /// Whether it came back from the approver and was not submitted again.
    pub is_returned: bool,
    /// Recipients: as planned, else as submitted.
    pub recipients: Option<i64>,
    /// The name of its author.
    pub author_name: String,
    /// The name of the approver whose approval made it whole.
    pub approver_name: Option<String>,
    /// The name of the one before, where two were needed.
    pub first_approver_name: Option<String>,
    /// When anything about it changed.
    pub updated_at: Timestamp,
    /// The series (配信シリーズ).
    pub series: String,
    /// How many have approved what is submitted.
    pub approvals: i64,
    /// How many have to.
    pub approvals_needed: i64,
    /// The stored word of the audience's kind.
    pub audience: String,
}

impl Listed {
    /// The names of those who have approved it, in the order in which they did.
    pub fn approvers(&self) -> impl Iterator<Item = &str> {
        let both = [self.first_approver_name.as_deref(), self.approver_name.as_deref()];
        both.into_iter().flatten()
    }
}

const COLUMNS: &str = "SELECT b.id, b.title, b.topic, b.segment_path, b.state, b.scheduled_at, b.planned_at, b.hold_reason,
        b.return_reason IS NOT NULL AS is_returned,
        COALESCE(b.planned_count, b.submitted_count) AS recipients,
        author.name AS author_name, approver.name AS approver_name, b.updated_at, b.series, b.approvals_needed,
        b.audience,
        (SELECT s.name FROM approval a JOIN staff s ON s.id = a.staff_id
          WHERE a.broadcast_id = b.id AND a.hash = b.submitted_hash AND a.staff_id <> b.approver_id
          ORDER BY a.approved_at DESC LIMIT 1) AS first_approver_name,
        (SELECT COUNT(*) FROM approval a WHERE a.broadcast_id = b.id AND a.hash = b.submitted_hash) AS approvals
      FROM broadcast b JOIN staff author ON author.id = b.author_id
        LEFT JOIN staff approver ON approver.id = b.approver_id
      WHERE ";

/// The newest broadcasts before `before` (exclusive, by id), at most `limit`.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn list(tx: &mut Tx, before: Option<BroadcastId>, limit: i64) -> db::Result<Vec<Listed>> {
    list_in(tx, &State::ALL, before, limit).await
}

/// The newest broadcasts in any of these states before `before` (exclusive, by id), at most `limit`.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn list_in(
    tx: &mut Tx,
    states: &[State],
    before: Option<BroadcastId>,
    limit: i64,
) -> db::Result<Vec<Listed>> {
    list_of(tx, states, None, before, limit).await
}

/// The titles of these broadcasts, in no order; an id that there is not is left out.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn titles(tx: &mut Tx, ids: &[BroadcastId]) -> db::Result<Vec<(BroadcastId, String)>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut query = Fragment::new("SELECT id, title FROM broadcast WHERE id IN (");
    for (at, id) in ids.iter().enumerate() {
        query.push(if at == 0 { "" } else { ", " }).bind(*id);
    }
    query.push(")");
    tx.fetch_all(query.build()).await
}

/// The newest broadcasts in any of these states, of one series or of all, before `before` (exclusive, by id), at most
/// `limit`. Emergency messages that are still drafts stand in their drawer alone.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn list_of(
    tx: &mut Tx,
    states: &[State],
    series: Option<&str>,
    before: Option<BroadcastId>,
    limit: i64,
) -> db::Result<Vec<Listed>> {
    let mut query = Fragment::new(COLUMNS);
    query.push("NOT (b.audience = 'districts' AND b.state = 'draft') AND b.state IN (");
    for (at, state) in states.iter().enumerate() {
        query.push(if at == 0 { "" } else { ", " }).bind(state.id());
    }
    query.push(")");
    if let Some(series) = series {
        query.push(" AND b.series = ").bind(series);
    }
    if let Some(before) = before {
        query.push(" AND b.id < ").bind(before);
    }
    query.push(" ORDER BY b.id DESC LIMIT ").bind(limit);
    tx.fetch_all(query.build()).await
}

/// An emergency message that waits for an approval.
#[derive(Clone, Debug, FromRow)]
pub struct Waiting {
    /// Its id.
    pub id: BroadcastId,
    /// What staff call it.
    pub title: String,
}

/// The emergency messages that wait for an approval which this member of staff could give: written and last edited by
/// others, and not approved by them already. One that is held before it was planned waits, too, where it has to be approved
/// anew.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn emergencies_for(tx: &mut Tx, staff: StaffId) -> db::Result<Vec<Waiting>> {
    tx.fetch_all(sql!(
        "SELECT b.id, b.title FROM broadcast b
         WHERE b.state IN ('submitted', 'paused') AND b.class = 'emergency' AND b.planned_at IS NULL
           AND (b.state = 'submitted' OR b.hold_reason NOT IN ('staff', 'late'))
           AND b.author_id <> $1 AND b.last_editor_id <> $1
           AND NOT EXISTS (SELECT 1 FROM approval a WHERE a.broadcast_id = b.id AND a.hash = b.submitted_hash
             AND a.staff_id = $1 AND (b.state = 'submitted' OR b.active_at <= a.approved_at))
         ORDER BY b.updated_at, b.id",
        staff
    ))
    .await
}

/// The newest emergency messages, whatever their state, at most `limit`.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn list_emergencies(tx: &mut Tx, limit: i64) -> db::Result<Vec<Listed>> {
    let mut query = Fragment::new(COLUMNS);
    query.push("b.audience = 'districts' ORDER BY b.id DESC LIMIT ").bind(limit);
    tx.fetch_all(query.build()).await
}
