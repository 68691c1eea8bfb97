//! Holding, letting go on, and ending: of one broadcast, and of everything at once.
//!
//! Whoever holds or ends a broadcast first waits for what is being done with it at this moment, and then finds it as it
//! is: a plan or a claim that commits meanwhile can't void a stop. A stop takes effect before the next batch; what LINE
//! has already been asked can't be taken back and is shown as such ([`crate::store::progress::Progress::beyond_a_stop`]).

use serde_json::json;

use super::{Refusal, Result, demand, demand_done, load, record};
use crate::app::{App, Base};
use crate::db::{self, Tx};
use crate::domain::broadcast::{Hold, Reason, State};
use crate::domain::ids::{BroadcastId, StaffId};
use crate::domain::staff::{Right, StaffMember};
use crate::store::audit;
use crate::store::broadcasts::{self, Broadcast};
use crate::store::switches::{self, Off, SENDING};
use crate::store::{approvals, batches, ledger, pilots, quota, restored};

/// Of the reason for switching everything off, in letters.
const LONGEST_REASON: usize = 200;

/// Holds a broadcast that is approved or on its way.
///
/// # Errors
/// Refused without the right to halt, and in any other state.
pub async fn pause(app: &App, staff: &StaffMember, id: BroadcastId) -> Result<()> {
    demand(staff, Right::Halt)?;
    let mut tx = app.db.write().await?;
    broadcasts::lock(&mut tx, id).await?;
    let before = load(&mut tx, id).await?;
    if before.state == State::Paused {
        return Ok(());
    }
    let step = (before.state, State::Paused);
    if !broadcasts::transition(&mut tx, id, step, Some(Hold::Staff), app.clock.now()).await? {
        return Err(Refusal::WrongState(before.state).into());
    }
    record(app, &mut tx, (staff, "broadcast.pause"), id, json!({ "was": before.state.id() })).await?;
    tx.commit().await?;
    Ok(())
}

/// Lets a held broadcast go on from where it stood; nobody who was tried is tried again.
///
/// # Errors
/// Refused without the right to approve, where it is not held, where it is held for a reason that no going on puts right
/// ([`Hold::may_go_on`]), and where it was held before planning because its audience has moved: then it has to be
/// approved again.
pub async fn resume(app: &App, staff: &StaffMember, id: BroadcastId) -> Result<()> {
    demand(staff, Right::Approve)?;
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    broadcasts::lock(&mut tx, id).await?;
    let before = load(&mut tx, id).await?;
    if before.state != State::Paused {
        return Err(Refusal::WrongState(before.state).into());
    }
    let next = if before.planned_at.is_some() {
        resume_planned(&before)?
    } else {
        resume_unplanned(&before, staff)?
    };
    if restored::trusted_until(&mut tx, id).await?.is_some_and(|until| until <= now) {
        return Err(Refusal::TooLateAfterRestore.into());
    }
    if next == State::Approved {
        demand_approvals(&mut tx, &before).await?;
    }
    demand_done(broadcasts::transition(&mut tx, id, (State::Paused, next), None, now).await?)?;
    pilots::tolerate(&mut tx, id).await?;
    if before.hold() == Some(Hold::QuotaShort) {
        quota::waive(&mut tx, id, now).await?;
    }
    if next == State::Approved && before.due_at.is_none_or(|due| due < now) {
        broadcasts::update_due(&mut tx, id, now).await?;
    }
    let detail = json!({ "held": before.hold_reason, "next": next.id() });
    record(app, &mut tx, (staff, "broadcast.resume"), id, detail).await?;
    tx.commit().await?;
    app.wake.notify_one();
    Ok(())
}

/// Somebody may have begun to approve it anew while it was held, which voids what was approved before.
async fn demand_approvals(tx: &mut Tx, held: &Broadcast) -> Result<()> {
    let hash = held.approved_hash.as_deref().unwrap_or_default();
    let approved = i64::try_from(approvals::list(tx, held.id, hash).await?.len()).unwrap_or(0);
    if approved < held.approvals_needed {
        return Err(Refusal::NeedsApproval.into());
    }
    Ok(())
}

fn resume_planned(before: &Broadcast) -> std::result::Result<State, Refusal> {
    match before.hold() {
        Some(hold) if hold.may_go_on() => Ok(State::Sending),
        Some(hold) => Err(Refusal::NotResumable(hold)),
        None => Err(Refusal::WrongState(before.state)),
    }
}

fn resume_unplanned(before: &Broadcast, staff: &StaffMember) -> std::result::Result<State, Refusal> {
    if [before.author_id, before.last_editor_id].contains(&staff.id) {
        return Err(Refusal::OwnText);
    }
    match before.hold() {
        Some(hold) if hold.may_wait_again() => Ok(State::Approved),
        _ => Err(Refusal::NeedsApproval),
    }
}

/// Lets the rest of a broadcast follow its first recipients at once.
///
/// # Errors
/// Refused without the right to approve, and where nothing waits for that.
pub async fn go_on_now(app: &App, staff: &StaffMember, id: BroadcastId) -> Result<()> {
    demand(staff, Right::Approve)?;
    let mut tx = app.db.write().await?;
    broadcasts::lock(&mut tx, id).await?;
    let before = load(&mut tx, id).await?;
    if !pilots::release(&mut tx, id, app.clock.now()).await? {
        return Err(Refusal::WrongState(before.state).into());
    }
    record(app, &mut tx, (staff, "broadcast.go_on"), id, json!({})).await?;
    tx.commit().await?;
    app.wake.notify_one();
    Ok(())
}

/// Ends a broadcast for good, in whatever state; recipients who were not tried stay without it.
///
/// # Errors
/// Refused without the right to halt, and where it is over already.
pub async fn stop(app: &App, staff: &StaffMember, id: BroadcastId) -> Result<()> {
    demand(staff, Right::Halt)?;
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    broadcasts::lock(&mut tx, id).await?;
    let before = load(&mut tx, id).await?;
    if before.state == State::Stopped {
        return Ok(());
    }
    if !broadcasts::transition(&mut tx, id, (before.state, State::Stopped), None, now).await? {
        return Err(Refusal::WrongState(before.state).into());
    }
    stop_within(app, &mut tx, staff, &before).await?;
    tx.commit().await?;
    app.wake.notify_one();
    Ok(())
}

/// What follows a broadcast's step to its end, in the same transaction.
pub(super) async fn stop_within(
    app: &App,
    tx: &mut Tx,
    staff: &StaffMember,
    before: &Broadcast,
) -> Result<()> {
    let (id, now) = (before.id, app.clock.now());
    let doubted = restored::doubt_rest(tx, id).await?;
    let stopped = batches::stop_rest(tx, id, now).await?;
    let recipients = ledger::stop_rest(tx, id, Reason::Halted).await?;
    if before.planned_at.is_none() {
        broadcasts::finish(tx, id, now).await?;
    }
    let detail = json!({ "was": before.state.id(), "batches": stopped, "recipients": recipients,
        "doubted": Some(doubted).filter(|count| 0 < *count) });
    record(app, tx, (staff, "broadcast.stop"), id, detail).await?;
    Ok(())
}

/// Switches all sending of broadcasts off, before the next call; `false` where it was off already, and stays so for the
/// reason that stands there. A brake is never refused for its reason: none is fine, and of a long one the first 200
/// letters are kept.
///
/// # Errors
/// Refused without the right to halt.
pub async fn pause_all(app: &App, staff: &StaffMember, reason: &str) -> Result<bool> {
    demand(staff, Right::Halt)?;
    switch_off(&app.base(), Some(staff.id), reason).await
}

/// Switches all sending on again.
///
/// # Errors
/// Refused without the right to do so.
pub async fn resume_all(app: &App, staff: &StaffMember) -> Result<()> {
    demand(staff, Right::SwitchOn)?;
    switch_on(&app.base(), Some(staff.id)).await?;
    app.wake.notify_one();
    Ok(())
}

/// As [`pause_all`], for the person at the machine, who needs no role.
///
/// # Errors
/// As [`crate::db::Error`] says.
pub async fn pause_all_here(base: &Base, reason: &str) -> Result<bool> {
    switch_off(base, None, reason).await
}

/// As [`resume_all`], for the person at the machine, who needs no role.
///
/// # Errors
/// As [`crate::db::Error`] says.
pub async fn resume_all_here(base: &Base) -> Result<()> {
    switch_on(base, None).await
}

async fn switch_off(base: &Base, staff_id: Option<StaffId>, reason: &str) -> Result<bool> {
    let reason: String = reason.trim().chars().take(LONGEST_REASON).collect();
    let since = base.clock.now();
    let mut tx = base.db.write().await?;
    let off = Off { since, reason: reason.clone(), staff_id };
    let is_new = switches::switch_off(&mut tx, SENDING, &off).await?;
    if is_new {
        let detail = json!({ "reason": Some(reason).filter(|reason| !reason.is_empty()) });
        audit::record(&mut tx, base.entry(staff_id, "sending.off", ("switch", SENDING), detail)).await?;
    }
    tx.commit().await?;
    if let Err(error) = wait_for_claims(base).await {
        tracing::warn!(%error, "all sending is off; whether a claim is still under way is not known");
    }
    Ok(is_new)
}

/// Until every claim that has not seen the switch is written down: what follows from it is a call in flight then.
async fn wait_for_claims(base: &Base) -> db::Result<()> {
    let sending = broadcasts::list_open(&mut base.db.read().await?, State::Sending).await?;
    for id in sending {
        // One at a time, and nothing is written: nobody waits for us in turn.
        broadcasts::lock(&mut base.db.write().await?, id).await?;
    }
    Ok(())
}

async fn switch_on(base: &Base, staff_id: Option<StaffId>) -> Result<()> {
    let mut tx = base.db.write().await?;
    if switches::switch_on(&mut tx, SENDING).await? {
        audit::record(&mut tx, base.entry(staff_id, "sending.on", ("switch", SENDING), json!({}))).await?;
    }
    tx.commit().await?;

    Ok(())
}
