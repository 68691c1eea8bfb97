//! The second person: approves exactly what they saw, or gives it back with a reason.

use serde_json::json;

use super::emergency::alarm;
use super::opened::still_to_open;
use super::{BroadcastError, Refusal, Result, demand, demand_done, load, read, record};
use crate::app::App;
use crate::domain::broadcast::{State, TimeFault, caution, has_moved};
use crate::domain::ids::BroadcastId;
use crate::domain::staff::{Right, StaffMember};
use crate::domain::timestamp::Timestamp;
use crate::failpoint;
use crate::flow::{Audience, Tier};
use crate::store::approvals;
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
/// once. Where two people are needed, the first approval is noted and the broadcast goes on waiting for the second.
///
/// A submitted one wants the number noted at submission; a held one wants today's number.
///
/// # Errors
/// Refused for the author, the last editor, anybody without the right, another hash, another number, and where a part
/// was not opened.
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
    let left = still_to_open(&mut app.db.read().await?, &broadcast, staff.id).await?;
    if !left.is_empty() {
        return Err(Refusal::NotOpened(left.len()).into());
    }
    let counted = check_count(app, &broadcast, seen.typed_count).await;
    if let Err(BroadcastError::Refused(Refusal::WrongCount { typed })) = counted {
        note_wrong_count(app, staff, id, typed).await?;
    }
    let most = counted?.max(seen.typed_count);
    note(app, staff, (&broadcast, most), seen).await
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
    broadcast.texts()?;
    if broadcast.expires_at.is_some_and(|at| at <= app.clock.now()) {
        return Err(TimeFault::ExpiryInPast.into());
    }
    if broadcast.true_until().is_some_and(|at| at <= app.clock.now()) {
        return Err(TimeFault::DeadlinePast.into());
    }
    Ok(())
}

/// Answers how many recipients there are today.
async fn check_count(app: &App, broadcast: &Broadcast, typed: i64) -> Result<i64> {
    let audience = Audience::of_broadcast(app, broadcast, app.clock.today()).await?;
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
    Ok(now)
}

/// A wrong number is a sign that somebody did not look: it stands in the audit log, though nothing was done.
async fn note_wrong_count(app: &App, staff: &StaffMember, id: BroadcastId, typed: i64) -> Result<()> {
    let mut tx = app.db.write().await?;
    record(app, &mut tx, (staff, "broadcast.wrong_count"), id, json!({ "typed": typed })).await?;
    Ok(tx.commit().await?)
}

/// Notes the approval; with the last one that it needs, the broadcast is approved. As many are needed as when it was
/// submitted, or as today, whichever is more.
async fn note(
    app: &App,
    staff: &StaffMember,
    (broadcast, recipients): (&Broadcast, i64),
    seen: &Seen,
) -> Result<()> {
    let (id, now) = (broadcast.id, app.clock.now());
    let is_small = Tier::why_two(app, broadcast, recipients).await?.is_empty();
    let needed = if is_small { broadcast.approvals_needed } else { 2 };
    let mut tx = app.db.write().await?;
    // Held until the commit, so that two who approve at once are counted one after the other.
    broadcasts::lock(&mut tx, id).await?;
    let stored = load(&mut tx, id).await?;
    demand_done(stored.state == broadcast.state && stored.submitted_hash.as_ref() == Some(&seen.hash))?;
    if stored.state == State::Paused {
        approvals::forget_before(&mut tx, id, stored.active_at.unwrap_or(now).min(now)).await?;
    }
    let before = approvals::list(&mut tx, id, &seen.hash).await?;
    if before.iter().any(|one| one.staff_id == staff.id && one.recipients == seen.typed_count) {
        return Ok(());
    }
    approvals::set_needed(&mut tx, id, needed).await?;
    approvals::insert(&mut tx, id, &seen.hash, (staff.id, seen.typed_count), now).await?;
    let given = i64::try_from(approvals::list(&mut tx, id, &seen.hash).await?.len()).unwrap_or(0);
    let detail = json!({
        "hash": seen.hash, "recipients": seen.typed_count, "was": broadcast.state.id(),
        "cautions": caution::to_text(&broadcast.cautions()), "approvals": given,
    });
    let action = if given < needed { "broadcast.approve_first" } else { "broadcast.approve" };
    if needed <= given {
        let approval = Approval {
            approver: staff.id,
            hash: &seen.hash,
            count: seen.typed_count,
            due_at: broadcast.scheduled_at.map_or(now, |at: Timestamp| at.max(now)),
        };
        demand_done(broadcasts::approve(&mut tx, (id, broadcast.state), approval, now).await?)?;
        alarm(app, &mut tx, broadcast, "approved").await?;
    }
    record(app, &mut tx, (staff, action), id, detail).await?;
    failpoint::reach("approve.written");
    tx.commit().await?;
    failpoint::reach("approve.committed");
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
