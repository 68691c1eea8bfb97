//! A clock that has been put back: what was written while it was ahead is moved to when it really was.
//!
//! A worker notes how late it is. Where the clock shows less than was noted, the difference is by how much it was ahead.
//! Left as they are, instants of the future would be waited for: a broadcast that is to go out at once would go out when
//! they come, and an open batch would be tried longer than LINE remembers its key. What people have chosen (a schedule, an
//! expiry, a last day) stays as it is. How long no worker ran before the clock was put right is not known here.

use std::time::Duration;

use serde_json::json;

use crate::app::App;
use crate::db::{self, Tx};
use crate::domain::broadcast::limits::Window;
use crate::domain::timestamp::Timestamp;
use crate::store::broadcasts::moments::{self, Moments};
use crate::store::{alarms, approvals, audit, batches, clock_mark, limits, restored};

/// How often it is noted how late it is.
const NOTE_EVERY: Duration = Duration::from_secs(15);
/// Clocks are put right by so much all the time.
const TOLERANCE: Duration = Duration::from_secs(2 * 60);

/// Notes how late it is, and moves what was written by a clock that has been put back since; answers 1 where it was.
///
/// # Errors
/// As [`db::Error`] says; then nothing is moved.
pub async fn notice(app: &App) -> db::Result<usize> {
    let now = app.clock.now();
    let seen = clock_mark::find(&mut app.db.read().await?).await?;
    let ahead = seen.map_or(Duration::ZERO, |seen| seen.since(now));
    let is_back = TOLERANCE < ahead;
    if !is_back && seen.is_some_and(|seen| now.since(seen) < NOTE_EVERY) {
        return Ok(0);
    }
    let mut tx = app.db.write().await?;
    if !app.fence.stands(&mut tx).await? || !clock_mark::replace(&mut tx, seen, now).await? {
        return Ok(0);
    }
    if is_back {
        let moved = move_all(&mut tx, &Back { now, by: ahead }).await?;
        let detail = json!({ "minutes": ahead.as_secs() / 60, "broadcasts": moved });
        audit::record(&mut tx, app.entry(None, "clock.back", ("clock", "worker"), detail)).await?;
        tracing::error!(minutes = ahead.as_secs() / 60, "the clock was ahead and has been put back");
    }
    tx.commit().await?;
    Ok(usize::from(is_back))
}

/// What the clock shows now, and by how much it was ahead.
struct Back {
    now: Timestamp,
    by: Duration,
}

impl Back {
    /// When something really was that seems to lie ahead.
    fn right(&self, at: Timestamp) -> Timestamp {
        if self.now < at { at.minus(self.by).min(self.now) } else { at }
    }

    /// Until when is waited for what seems to lie further ahead than a wait lasts.
    fn waits(&self, until: Timestamp) -> Timestamp {
        if self.now < until { until.minus(self.by) } else { until }
    }

    fn moments(&self, of: &Moments) -> Moments {
        let right = |at: Option<Timestamp>| at.map(|at| self.right(at));
        let due_at = right(of.due_at).max(of.due_at.and(of.scheduled_at));
        Moments {
            id: of.id,
            due_at,
            scheduled_at: of.scheduled_at,
            active_at: right(of.active_at),
            planned_at: right(of.planned_at),
            begun_at: right(of.begun_at),
            pilot_until: of.pilot_until.map(|until| self.waits(until)),
            updated_at: self.right(of.updated_at),
        }
    }
}

/// Answers of how many broadcasts.
async fn move_all(tx: &mut Tx, back: &Back) -> db::Result<usize> {
    let open = moments::list(tx).await?;
    for of in &open {
        moments::update(tx, &back.moments(of)).await?;
    }
    for (id, first, next) in batches::list_begun_after(tx, back.now).await? {
        batches::set_begun(tx, id, back.right(first), back.waits(next)).await?;
    }
    for given in approvals::list_after(tx, back.now).await? {
        approvals::set_at(tx, &given, back.right(given.approved_at)).await?;
    }
    for (id, backup_at, restored_at) in restored::list(tx).await? {
        restored::set(tx, id, back.right(backup_at), back.right(restored_at)).await?;
    }
    alarms::hasten(tx, back.now).await?;
    let window = Window::of(back.now);
    limits::fold(tx, window.day, window.hour).await?;
    Ok(open.len())
}
