//! What LINE last said is left of the month, beside the broadcast for which it was asked.
//!
//! It is good for the first call that follows soon, and for nothing else: as soon as another broadcast goes on, it is
//! void. That a person lets a broadcast go on without room stands in its place, and holds on. Nothing here asks LINE.

use crate::db::{self, Tx};
use crate::domain::ids::BroadcastId;
use crate::domain::timestamp::Timestamp;
use crate::sql;

/// Stands where a person has decided in place of the figure.
const WAIVED: i64 = -1;

/// Notes for a broadcast that has just been planned what was left of the month (`None` without a limit) when LINE was
/// asked at `asked_at`.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn note(tx: &mut Tx, id: BroadcastId, left: Option<u64>, asked_at: Timestamp) -> db::Result<()> {
    let left = left.map(|left| i64::try_from(left).unwrap_or(i64::MAX));
    tx.execute(sql!(
        "UPDATE broadcast SET quota_left = $2, quota_asked_at = $3 WHERE id = $1 AND state = 'planned'",
        id,
        left,
        asked_at
    ))
    .await?;
    Ok(())
}

/// Notes that a person lets a planned broadcast go on although the month has no room: it is not asked for any more.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn waive(tx: &mut Tx, id: BroadcastId, now: Timestamp) -> db::Result<()> {
    tx.execute(sql!(
        "UPDATE broadcast SET quota_left = $2, quota_asked_at = $3 WHERE id = $1",
        id,
        WAIVED,
        now
    ))
    .await?;
    Ok(())
}

/// What was left of the month (the inner `None` without a limit, or where a person lets it go on); `None` where LINE was
/// not asked for this broadcast from `since` to `now`, or where another broadcast has gone on since it was.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn find(
    tx: &mut Tx,
    id: BroadcastId,
    (since, now): (Timestamp, Timestamp),
) -> db::Result<Option<Option<u64>>> {
    let found: Option<(Option<i64>,)> = tx
        .fetch_optional(sql!(
            "SELECT quota_left FROM broadcast
             WHERE id = $1 AND (quota_left = $4 OR quota_asked_at >= $2 AND quota_asked_at <= $3
               AND NOT EXISTS (SELECT 1 FROM broadcast o WHERE o.id <> $1 AND o.begun_at IS NOT NULL
                                 AND o.active_at >= broadcast.quota_asked_at))",
            id,
            since,
            now,
            WAIVED
        ))
        .await?;
    let read = |left: i64| (left != WAIVED).then(|| u64::try_from(left).unwrap_or(0));
    Ok(found.map(|(left,)| left.and_then(read)))
}
