//! Where a broadcast comes from and whom it goes to, where that is not a saved rule: set once, on a new draft.

use serde_json::Value;

use crate::db::{self, Tx};
use crate::domain::broadcast::Whom;
use crate::domain::ids::{BroadcastId, StaffId};
use crate::domain::timestamp::Timestamp;
use crate::sql;

/// Sets whom a draft that was begun a moment ago goes to, and of what it is a copy; `false` where it is no new draft.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn set_origin(
    tx: &mut Tx,
    id: BroadcastId,
    whom: Whom,
    copied_from: Option<BroadcastId>,
) -> db::Result<bool> {
    let correction_of = whom.earlier().filter(|_| matches!(whom, Whom::Reached(_)));
    let resend_of = whom.earlier().filter(|_| matches!(whom, Whom::Missed(_)));
    let query = sql!(
        "UPDATE broadcast SET audience = $2, correction_of = $3, resend_of = $4, copied_from = $5
         WHERE id = $1 AND state = 'draft' AND version = 1",
        id,
        whom.id(),
        correction_of,
        resend_of,
        copied_from
    );
    Ok(tx.execute(query).await? == 1)
}

/// Splits the audience of a draft that was begun a moment ago as the one that it comes from.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn set_trial(tx: &mut Tx, id: BroadcastId, trial: &Value) -> db::Result<()> {
    let query = sql!(
        "UPDATE broadcast SET trial = $2 WHERE id = $1 AND state = 'draft' AND version = 1",
        id,
        trial.clone()
    );
    tx.execute(query).await?;
    Ok(())
}

/// Says of a new draft that somebody else than its author wrote it last.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn set_last_editor(tx: &mut Tx, id: BroadcastId, editor: StaffId) -> db::Result<()> {
    let query = sql!(
        "UPDATE broadcast SET last_editor_id = $2 WHERE id = $1 AND state = 'draft' AND version = 1",
        id,
        editor
    );
    tx.execute(query).await?;
    Ok(())
}

/// Says on a draft why it waits for people.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn note_reason(tx: &mut Tx, id: BroadcastId, reason: &str, now: Timestamp) -> db::Result<()> {
    let query = sql!(
        "UPDATE broadcast SET return_reason = $2, updated_at = $3 WHERE id = $1 AND state = 'draft'",
        id,
        reason,
        now
    );
    tx.execute(query).await?;
    Ok(())
}

/// The correction of a broadcast that is still being worked on, if there is one: a second button press leads there.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn open_correction(tx: &mut Tx, of: BroadcastId) -> db::Result<Option<BroadcastId>> {
    let found: Option<(BroadcastId,)> = tx
        .fetch_optional(sql!(
            "SELECT id FROM broadcast WHERE correction_of = $1 AND state NOT IN ('done', 'stopped', 'expired')
             ORDER BY id LIMIT 1",
            of
        ))
        .await?;
    Ok(found.map(|(id,)| id))
}

/// The broadcasts that were made from this one: its corrections, what was sent again, its copies.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn made_from(tx: &mut Tx, id: BroadcastId) -> db::Result<Vec<(BroadcastId, String, String)>> {
    tx.fetch_all(sql!(
        "SELECT id, title, audience FROM broadcast
         WHERE correction_of = $1 OR resend_of = $1 OR copied_from = $1 ORDER BY id",
        id
    ))
    .await
}
