//! The steps of a broadcast: each names the state before, and a lost race changes nothing and answers `false`.
//!
//! Apart from the reading and writing of its text, because here stands what may follow what. Who may do it, and what
//! has to be checked first, is the flow's.

use crate::db::{self, Tx};
use crate::domain::broadcast::{Hold, State};
use crate::domain::ids::{BroadcastId, StaffId};
use crate::domain::timestamp::Timestamp;
use crate::sql;

/// What is frozen when a broadcast is submitted.
pub struct Submission<'a> {
    /// The rule in its canonical form.
    pub rule_text: &'a str,
    /// The hash of everything.
    pub hash: &'a str,
    /// How many recipients there are.
    pub count: i64,
    /// The cautions that the author has seen.
    pub cautions: &'a str,
    /// The rules behind 対象の健診名, where a text asks for them.
    pub check_up_rules: Option<&'a str>,
}

/// Freezes a draft for the second person; `false` where it is no draft of this version any more.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn submit(
    tx: &mut Tx,
    (id, version): (BroadcastId, i64),
    submission: Submission<'_>,
    now: Timestamp,
) -> db::Result<bool> {
    let query = sql!(
        "UPDATE broadcast SET state = 'submitted', version = version + 1, rule_text = $3, submitted_hash = $4,
           submitted_count = $5, submitted_cautions = $7, submitted_at = $6, updated_at = $6, return_reason = NULL,
           more_cautions = NULL, check_up_rules = $8
         WHERE id = $1 AND version = $2 AND state = 'draft'",
        id,
        version,
        submission.rule_text,
        submission.hash,
        submission.count,
        now,
        submission.cautions,
        submission.check_up_rules
    );
    Ok(tx.execute(query).await? == 1)
}

/// Gives a submitted, approved or held but unplanned broadcast back to its author; `false` where it is none.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn return_to_draft(tx: &mut Tx, id: BroadcastId, reason: &str, now: Timestamp) -> db::Result<bool> {
    let query = sql!(
        "UPDATE broadcast SET state = 'draft', version = version + 1, return_reason = $2, updated_at = $3,
           submitted_hash = NULL, submitted_at = NULL, submitted_count = NULL, submitted_cautions = NULL,
           more_cautions = NULL, check_up_rules = NULL, approver_id = NULL,
           approved_hash = NULL, approved_at = NULL, approved_count = NULL, due_at = NULL, hold_reason = NULL
         WHERE id = $1 AND planned_at IS NULL AND state IN ('submitted', 'approved', 'paused')",
        id,
        reason,
        now
    );
    Ok(tx.execute(query).await? == 1)
}

/// What an approval says.
pub struct Approval<'a> {
    /// Who.
    pub approver: StaffId,
    /// The hash that they saw.
    pub hash: &'a str,
    /// The number that they typed.
    pub count: i64,
    /// From when on it may be planned.
    pub due_at: Timestamp,
}

/// Approves a submitted broadcast, or one that was held before it was planned; `false` where it is not in the state
/// `from`, or is not what was seen.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn approve(
    tx: &mut Tx,
    (id, from): (BroadcastId, State),
    approval: Approval<'_>,
    now: Timestamp,
) -> db::Result<bool> {
    let query = sql!(
        "UPDATE broadcast SET state = 'approved', version = version + 1, approver_id = $3, approved_hash = $4,
           approved_count = $5, due_at = $6, approved_at = $7, updated_at = $7, hold_reason = NULL
         WHERE id = $1 AND state = $2 AND submitted_hash = $4 AND planned_at IS NULL
           AND author_id <> $3 AND last_editor_id <> $3",
        id,
        from.id(),
        approval.approver,
        approval.hash,
        approval.count,
        approval.due_at,
        now
    );
    Ok(from.may_become(State::Approved) && tx.execute(query).await? == 1)
}

/// What is frozen when a broadcast is planned.
pub struct Plan<'a> {
    /// The civil date in Asia/Tokyo for which the rule was asked.
    pub as_of: jiff::civil::Date,
    /// The hash of the rule.
    pub rule_hash: &'a str,
    /// The hash of the content.
    pub content_hash: &'a str,
    /// How many recipients stand in the ledger.
    pub count: i64,
}

/// Notes that the recipients of an approved broadcast are frozen; `false` where it is not what was approved, or not in the
/// version for which they were worked out.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn plan(
    tx: &mut Tx,
    (id, version): (BroadcastId, i64),
    plan: Plan<'_>,
    now: Timestamp,
) -> db::Result<bool> {
    let query = sql!(
        "UPDATE broadcast SET state = 'planned', version = version + 1, as_of = $2, rule_hash = $3,
           content_hash = $4, planned_count = $5, planned_at = $6, active_at = $6, updated_at = $6,
           hold_reason = NULL
         WHERE id = $1 AND state = 'approved' AND planned_at IS NULL AND approved_hash = submitted_hash
           AND version = $7",
        id,
        plan.as_of,
        plan.rule_hash,
        plan.content_hash,
        plan.count,
        now,
        version
    );
    Ok(tx.execute(query).await? == 1)
}

/// Notes the cautions that came up when a broadcast was to be planned, in the transaction that holds it.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn note_cautions(tx: &mut Tx, id: BroadcastId, cautions: &str) -> db::Result<()> {
    let query =
        sql!("UPDATE broadcast SET more_cautions = $2 WHERE id = $1 AND planned_at IS NULL", id, cautions);
    tx.execute(query).await?;
    Ok(())
}

/// Moves a broadcast along the closed table; `false` where the table forbids it or somebody was faster.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn transition(
    tx: &mut Tx,
    id: BroadcastId,
    (from, to): (State, State),
    hold: Option<Hold>,
    now: Timestamp,
) -> db::Result<bool> {
    if !from.may_become(to) {
        return Ok(false);
    }
    let query = sql!(
        "UPDATE broadcast SET state = $3, hold_reason = $4, version = version + 1, active_at = $5, updated_at = $5
         WHERE id = $1 AND state = $2",
        id,
        from.id(),
        to.id(),
        hold.map(Hold::id),
        now
    );
    Ok(tx.execute(query).await? == 1)
}

/// Shows why a broadcast waits, without a change of its state; `false` where it is no longer in that state, and
/// somebody else's reason stands.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn update_hold(
    tx: &mut Tx,
    (id, state): (BroadcastId, State),
    hold: Option<Hold>,
    now: Timestamp,
) -> db::Result<bool> {
    let query = sql!(
        "UPDATE broadcast SET hold_reason = $3, updated_at = $4 WHERE id = $1 AND state = $2",
        id,
        state.id(),
        hold.map(Hold::id),
        now
    );
    Ok(tx.execute(query).await? == 1)
}

/// Holds the row until the commit, whatever its state. Whoever writes batches of a broadcast takes this first: a stop
/// takes the broadcast before its batches, too, so that the two never wait for each other.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn lock(tx: &mut Tx, id: BroadcastId) -> db::Result<()> {
    tx.execute(sql!("UPDATE broadcast SET version = version WHERE id = $1", id)).await?;
    Ok(())
}

/// Holds the row until the commit, and notes that sending goes on where a time is given; `false` where it may not go on.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn touch(tx: &mut Tx, id: BroadcastId, going_on: Option<Timestamp>) -> db::Result<bool> {
    let query = sql!(
        "UPDATE broadcast SET active_at = COALESCE($2, active_at) WHERE id = $1 AND state = 'sending'",
        id,
        going_on
    );
    Ok(tx.execute(query).await? == 1)
}

/// Notes that a broadcast goes to LINE for the first time.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn note_begun(tx: &mut Tx, id: BroadcastId, now: Timestamp) -> db::Result<()> {
    let query = sql!("UPDATE broadcast SET begun_at = $2 WHERE id = $1 AND begun_at IS NULL", id, now);
    tx.execute(query).await?;
    Ok(())
}

/// Notes that nothing is left to do.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn finish(tx: &mut Tx, id: BroadcastId, now: Timestamp) -> db::Result<bool> {
    let query = sql!(
        "UPDATE broadcast SET finished_at = $2, updated_at = $2 WHERE id = $1 AND finished_at IS NULL",
        id,
        now
    );
    Ok(tx.execute(query).await? == 1)
}

/// Moves the time from which on an approved broadcast may be planned.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn update_due(tx: &mut Tx, id: BroadcastId, due_at: Timestamp) -> db::Result<()> {
    tx.execute(sql!("UPDATE broadcast SET due_at = $2 WHERE id = $1 AND state = 'approved'", id, due_at))
        .await?;
    Ok(())
}
