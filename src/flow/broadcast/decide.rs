//! What becomes of a run that was made under a standing approval: approved by itself, or left as a draft of which staff
//! are told. Whatever is not exactly what two people agreed to is left to people.

use jiff::civil::Date;
use serde_json::json;

use super::saying::{day_of, says_as};
use super::standing::{end_within, pledge};
use super::submit::{audience_of, going_out, with_words};
use super::{BroadcastError, Refusal, Result, demand_done, forecast, load};
use crate::app::App;
use crate::db;
use crate::domain::broadcast::forecast::Forecast;
use crate::domain::broadcast::standing::{APPROVERS, Measured, WhyNot, seen, why_not};
use crate::domain::broadcast::{State, caution};
use crate::domain::ids::StaffId;
use crate::domain::staff::Role;
use crate::store::alarms::{News, Subject};
use crate::store::broadcasts::{self, Approval, Broadcast, Submission};
use crate::store::repeats::{self, Repeat, Undecided};
use crate::store::standings::{self, Agreed, Standing};
use crate::store::{alarms, approvals, audit, broadcast_versions, staff};

/// A run with everything that is asked about it.
struct Case {
    repeat: Repeat,
    occasion: Date,
    standing: Standing,
    agreed: Vec<Agreed>,
    draft: Broadcast,
    /// How many the run before went to.
    then: Option<i64>,
    /// Whether everybody who agreed may still approve.
    all_approve: bool,
}

/// Decides about every run that was made under a standing approval and waits for that; answers how many.
///
/// # Errors
/// As [`db::Error`] says; each run is its own transaction, and what is wrong with one holds up no other.
pub(super) async fn decide_runs(app: &App) -> db::Result<usize> {
    let waiting = repeats::undecided(&mut app.db.read().await?).await?;
    let (mut decided, mut wrong) = (0, Ok(()));
    for run in &waiting {
        match decide(app, run).await {
            Ok(()) => decided += 1,
            Err(error) => wrong = Err(error),
        }
    }
    wrong.map(|()| decided)
}

async fn decide(app: &App, run: &Undecided) -> db::Result<()> {
    let Some(mut case) = look(app, run).await? else { return Ok(()) };
    let done = match within(app, &mut case).await {
        Ok(measured) => approve(app, run, &case, measured).await,
        Err(error) => Err(error),
    };
    match done {
        Ok(()) => Ok(()),
        Err(BroadcastError::Db(error)) => Err(error),
        Err(other) => match decline(app, run, &case, &other).await {
            Err(BroadcastError::Db(error)) => Err(error),
            _ => Ok(()),
        },
    }
}

async fn look(app: &App, run: &Undecided) -> db::Result<Option<Case>> {
    let mut tx = app.db.read().await?;
    let repeat = repeats::find(&mut tx, run.repeat_id).await?;
    let standing = standings::find(&mut tx, run.standing_id).await?;
    let draft = broadcasts::find(&mut tx, run.broadcast_id).await?;
    let (Some(repeat), Some(standing), Some(draft)) = (repeat, standing, draft) else { return Ok(None) };
    let agreed = standings::agreed(&mut tx, standing.id).await?;
    let mut all_approve = APPROVERS <= agreed.len();
    for one in &agreed {
        let known = staff::find(&mut tx, one.staff_id).await?;
        all_approve &=
            known.is_some_and(|known| known.disabled_at.is_none() && known.roles.has(Role::Approver));
    }
    let then = repeats::last_count(&mut tx, repeat.id, draft.id).await?;
    Ok(Some(Case { repeat, occasion: run.occasion.0, standing, agreed, draft, then, all_approve }))
}

/// How many recipients a run has that is within what was agreed to, and into how many texts they fall; its draft is then
/// as it would be submitted.
async fn within(app: &App, case: &mut Case) -> Result<(i64, Option<Forecast>)> {
    let Case { repeat, occasion, standing, draft, .. } = case;
    if standing.ended_at.is_some() || standing.in_force_at.is_none() {
        return Err(Refusal::StandingOver.into());
    }
    if draft.state != State::Draft || draft.version != 1 {
        return Err(Refusal::Declined(WhyNot::Touched).into());
    }
    let day = going_out(app, draft);
    let bound = pledge(app, repeat, (standing.terms(), &standing.cautions), day).await?;
    let expires_at = repeat.lasting().expires_at(day_of(repeat, *occasion));
    if bound != standing.hash || !says_as(draft, repeat, *occasion) || draft.expires_at != expires_at {
        return Err(Refusal::Declined(WhyNot::Changed).into());
    }
    if !case.all_approve {
        return Err(Refusal::Declined(WhyNot::ApproverGone).into());
    }
    // The text is the one of the run that was tested.
    draft.tested_hash = Some(draft.said_hash());
    let audience = audience_of(app, draft).await?;
    let size = audience.size();
    if size == 0 {
        return Err(Refusal::NobodySelected.into());
    }
    let cautions = with_words(draft, audience.cautions);
    draft.submitted_cautions = Some(caution::to_text(&cautions));
    let measured = Measured { day, now: size, then: case.then, cautions: &cautions };
    match why_not(standing.terms(), &seen(&standing.cautions), &measured) {
        Some(why) => Err(Refusal::Declined(why).into()),
        None => Ok((size, forecast::forecast(app, draft, &audience.recipients).await?)),
    }
}

/// Tested, submitted and approved in one transaction, in the names of those who agreed.
async fn approve(
    app: &App,
    run: &Undecided,
    case: &Case,
    (recipients, forecast): (i64, Option<Forecast>),
) -> Result<()> {
    let Case { repeat, standing, agreed, draft, .. } = case;
    let (id, now, hash) = (draft.id, app.clock.now(), draft.proposal().hash());
    let mut tx = app.db.write().await?;
    if !standings::lock(&mut tx, standing.id).await? {
        return Err(Refusal::StandingOver.into());
    }
    broadcasts::update_tested(&mut tx, id, &draft.said_hash(), now).await?;
    approvals::set_needed(&mut tx, id, i64::try_from(APPROVERS).unwrap_or(2)).await?;
    let cautions = draft.submitted_cautions.as_deref().unwrap_or_default();
    let submission = Submission {
        rule_text: &draft.rule_text,
        hash: &hash,
        count: recipients,
        cautions,
        check_up_rules: draft.check_up_rules.as_deref(),
    };
    if !broadcasts::submit(&mut tx, (id, draft.version), submission, now).await? {
        return Err(Refusal::Declined(WhyNot::Touched).into());
    }
    broadcasts::set_forecast(&mut tx, id, forecast.as_ref()).await?;
    broadcast_versions::keep(&mut tx, id, repeat.staff_id, now).await?;
    for one in agreed {
        approvals::insert(&mut tx, id, &hash, (one.staff_id, recipients), now).await?;
    }
    let last = agreed.last().ok_or(Refusal::NeedsApproval)?.staff_id;
    let due_at = draft.scheduled_at.map_or(now, |at| at.max(now));
    let approval = Approval { approver: last, hash: &hash, count: recipients, due_at };
    demand_done(broadcasts::approve(&mut tx, (id, State::Submitted), approval, now).await?)?;
    repeats::set_verdict(&mut tx, run, "approved").await?;
    let names: Vec<&str> = agreed.iter().map(|one| one.name.as_str()).collect();
    let detail = json!({
        "by": names, "hash": hash, "recipients": recipients, "cautions": cautions,
        "until": standing.ends.0.to_string(), "most": standing.most, "standing": standing.hash,
    });
    let subject = id.to_string();
    let entry = app.entry(None, "broadcast.approve_standing", ("broadcast", &subject), detail);
    audit::record(&mut tx, entry).await?;
    tx.commit().await?;
    tracing::info!(broadcast.id = %id, recipients, "a run was approved by a standing approval");
    Ok(())
}

/// Leaves the draft to people and tells those behind it.
async fn decline(app: &App, run: &Undecided, case: &Case, why: &BroadcastError) -> Result<()> {
    let Case { repeat, standing, agreed, draft, .. } = case;
    let (id, now, reason) = (draft.id, app.clock.now(), format!("自動では承認されませんでした。{why}"));
    let mut tx = app.db.write().await?;
    let stored = load(&mut tx, id).await?;
    repeats::set_verdict(&mut tx, run, "declined").await?;
    let is_waiting = stored.state == State::Draft;
    if is_waiting {
        broadcasts::note_reason(&mut tx, id, &reason, now).await?;
        let told: Vec<StaffId> = [repeat.staff_id, standing.asked_by]
            .into_iter()
            .chain(repeat.editor_id)
            .chain(agreed.iter().map(|one| one.staff_id))
            .collect();
        let news = News { subject: Subject::Broadcast(id), what: "declined", about: "", said: "" };
        alarms::insert_for(&mut tx, news, &told, now).await?;
    }
    let ends = matches!(
        why,
        BroadcastError::Refused(Refusal::Declined(WhyNot::Changed | WhyNot::Over(_) | WhyNot::ApproverGone))
    );
    if ends {
        end_within(app, &mut tx, standing, (None, &why.to_string())).await?;
    }
    let detail = json!({ "reason": reason, "standing": standing.hash });
    let subject = id.to_string();
    let entry = app.entry(None, "broadcast.decline_standing", ("broadcast", &subject), detail);
    audit::record(&mut tx, entry).await?;
    tx.commit().await?;
    tracing::warn!(broadcast.id = %id, "a run was left to people");
    Ok(())
}
