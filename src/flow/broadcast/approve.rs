//! The second person: approves exactly what they saw, or gives it back with a reason.

use serde_json::json;

use super::{BroadcastError, Refusal, Result, demand, demand_done, load, read, record};
use crate::app::App;
use crate::domain::broadcast::{State, TimeFault, has_moved};
use crate::domain::ids::BroadcastId;
use crate::domain::staff::{Right, StaffMember};
use crate::domain::timestamp::Timestamp;
use crate::flow::Audience;
use crate::store::broadcasts::{self, Approval, Broadcast};

/// What the approver saw and typed.
#[derive(Clone, Debug)]
pub struct Seen {
    /// The hash on the page.
    pub hash: String,
    /// The number of recipients, typed by hand.
    pub typed_count: i64,
}

/// Approves a submitted broadcast, or again one that is held because its audience has moved. Doing it twice does it
/// once.
///
/// A submitted one wants the number noted at submission; a held one wants today's number.
///
/// # Errors
/// Refused for the author, the last editor, anybody without the right, another hash, and another number.
pub async fn approve(app: &App, staff: &StaffMember, id: BroadcastId, seen: &Seen) -> Result<()> {
    demand(staff, Right::Approve)?;
    let broadcast = read(app, id).await?;
    if is_same_approval(&broadcast, staff, seen) {
        return Ok(());
    }
    let awaits = broadcast.state == State::Submitted
        || (broadcast.state == State::Paused && broadcast.planned_at.is_none());
    if !awaits {
        return Err(Refusal::WrongState(broadcast.state).into());
    }
    check(app, staff, &broadcast, seen)?;
    let counted = check_count(app, &broadcast, seen.typed_count).await;
    if let Err(BroadcastError::Refused(Refusal::WrongCount { typed })) = counted {
        note_wrong_count(app, staff, id, typed).await?;
    }
    counted?;
    note(app, staff, &broadcast, seen).await
}

fn is_same_approval(broadcast: &Broadcast, staff: &StaffMember, seen: &Seen) -> bool {
    broadcast.state == State::Approved
        && broadcast.approver_id == Some(staff.id)
        && broadcast.approved_hash.as_ref() == Some(&seen.hash)
        && broadcast.approved_count == Some(seen.typed_count)
}

fn check(
    app: &App,
    staff: &StaffMember,
    broadcast: &Broadcast,
    seen: &Seen,
) -> std::result::Result<(), Refusal> {
    if [broadcast.author_id, broadcast.last_editor_id].contains(&staff.id) {
        return Err(Refusal::OwnText);
    }
    // Worked out anew from what is stored: a row that was changed behind the program's back is noticed, too.
    if broadcast.submitted_hash.as_ref() != Some(&seen.hash) || broadcast.proposal().hash() != seen.hash {
        return Err(Refusal::StaleHash);
    }
    if broadcast.expires_at.is_some_and(|at| at <= app.clock.now()) {
        return Err(TimeFault::ExpiryInPast.into());
    }
    Ok(())
}

async fn check_count(app: &App, broadcast: &Broadcast, typed: i64) -> Result<()> {
    let audience = Audience::of_text(app, &broadcast.rule_text, &broadcast.topic, app.clock.today()).await?;
    let (then, now) = (broadcast.submitted_count.unwrap_or(0), audience.size());
    let expected = if broadcast.state == State::Submitted { then } else { now };
    if now == 0 {
        return Err(Refusal::NobodySelected.into());
    }
    if typed != expected {
        return Err(Refusal::WrongCount { typed }.into());
    }
    if has_moved(expected, now) {
        return Err(Refusal::AudienceMoved { then, now }.into());
    }
    Ok(())
}

/// A wrong number is a sign that somebody did not look: it stands in the audit log, though nothing was done.
async fn note_wrong_count(app: &App, staff: &StaffMember, id: BroadcastId, typed: i64) -> Result<()> {
    let mut tx = app.db.write().await?;
    record(app, &mut tx, (staff, "broadcast.wrong_count"), id, json!({ "typed": typed })).await?;
    Ok(tx.commit().await?)
}

async fn note(app: &App, staff: &StaffMember, broadcast: &Broadcast, seen: &Seen) -> Result<()> {
    let now = app.clock.now();
    let approval = Approval {
        approver: staff.id,
        hash: &seen.hash,
        count: seen.typed_count,
        due_at: broadcast.scheduled_at.map_or(now, |at: Timestamp| at.max(now)),
    };
    let detail = json!({
        "hash": seen.hash, "recipients": seen.typed_count, "was": broadcast.state.id(),
        "cautions": broadcast.submitted_cautions,
    });
    let mut tx = app.db.write().await?;
    let done = broadcasts::approve(&mut tx, (broadcast.id, broadcast.state), approval, now).await?;
    demand_done(done)?;
    record(app, &mut tx, (staff, "broadcast.approve"), broadcast.id, detail).await?;
    tx.commit().await?;
    app.wake.notify_one();
    Ok(())
}

/// Gives a submitted, approved or held but unplanned broadcast back to its author.
///
/// # Errors
/// Refused without a reason, without the right to approve, and after planning.
pub async fn return_to_draft(app: &App, staff: &StaffMember, id: BroadcastId, reason: &str) -> Result<()> {
    demand(staff, Right::Approve)?;
    let reason = reason.trim();
    if !(1..=500).contains(&reason.chars().count()) {
        return Err(Refusal::NoReason.into());
    }
    let mut tx = app.db.write().await?;
    let before = load(&mut tx, id).await?;
    if !broadcasts::return_to_draft(&mut tx, id, reason, app.clock.now()).await? {
        return Err(Refusal::WrongState(before.state).into());
    }
    let detail = json!({ "was": before.state.id(), "reason": reason });
    record(app, &mut tx, (staff, "broadcast.return"), id, detail).await?;
    tx.commit().await?;
    Ok(())
}
