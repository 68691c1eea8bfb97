//! The standing approval of a repeat: an editor asks for it, two approvers agree, and any approver takes it back at once.
//!
//! It is bound to the exact text, rule and schedule and shows what it means by a run that people have tested, approved
//! and sent: its text has been opened by whoever agrees, and its audience is what the next one is compared with. What
//! becomes of each run is decided elsewhere (`decide`).

use jiff::civil::Date;
use serde_json::{Value, json};
use uuid::Uuid;

use super::repeat::as_seen;
use super::saying::is_run_that_says;
use super::{Refusal, Result, demand, demand_done, frozen_check_ups, load, read, still_to_open, usable};
use crate::app::App;
use crate::db::{self, Day, Tx};
use crate::domain::broadcast::standing::{APPROVERS, Pledge, Terms};
use crate::domain::broadcast::trial::Trial;
use crate::domain::ids::{BroadcastId, StaffId};
use crate::domain::message::Blank;
use crate::domain::segment::text;
use crate::domain::staff::{Right, StaffMember};
use crate::flow::broadcast::Seen;
use crate::store::audit;
use crate::store::broadcasts::{self, Broadcast};
use crate::store::repeats::{self, Repeat};
use crate::store::standings::{self, Standing};

/// What the author of a run reads when a standing approval was taken back.
const TAKEN_BACK: &str =
    "継続の承認が終わったため、下書きに戻しました。いつものように、承認を依頼してください。";

/// Asks for a standing approval of a repeat as it was seen; `version` is the one that its asker read
/// ([`Repeat::version`]).
///
/// # Errors
/// Refused without the right to draft, with terms that can't be, while another one is open, before a first run with this
/// text was approved and sent by people, and where somebody has changed the repeat meanwhile.
pub async fn ask_standing(
    app: &App,
    staff: &StaffMember,
    (id, version): (Uuid, &str),
    terms: Terms,
) -> Result<Uuid> {
    demand(staff, Right::Draft)?;
    if !terms.are_sound(app.clock.today()) {
        return Err(Refusal::StandingTerms.into());
    }
    let repeat = as_seen(&mut app.db.read().await?, (id, version)).await?;
    let example = example_of(app, &repeat).await?.ok_or(Refusal::NoExample)?;
    let cautions = example.submitted_cautions.clone().unwrap_or_default();
    let now = app.clock.now();
    let new = Standing {
        id: app.chance.uuid_v7(now),
        repeat_id: repeat.id,
        hash: pledge(app, &repeat, (terms, &cautions), app.clock.today()).await?,
        example_id: example.id,
        ends: Day(terms.ends),
        most: terms.most,
        cautions,
        asked_by: staff.id,
        asked_at: now,
        in_force_at: None,
        ended_at: None,
        end_reason: None,
    };
    let mut tx = app.db.write().await?;
    repeats::lock(&mut tx, id).await?;
    as_seen(&mut tx, (id, version)).await?;
    match standings::insert(&mut tx, &new).await {
        Err(db::Error::Conflict) => return Err(Refusal::StandingOpen.into()),
        done => done?,
    }
    note(app, &mut tx, (Some(staff.id), "standing.ask"), &new, json!({})).await?;
    tx.commit().await?;
    Ok(new.id)
}

/// Agrees to what is asked for; with the second person it is in force. Doing it twice does it once.
///
/// The number to type is the most that a run may reach.
///
/// # Errors
/// Refused without the right to approve, for everybody who wrote it or asked for it, for another hash or number, where
/// a part of the text was not opened, and where it has ended or what it is bound to has changed.
pub async fn agree_to_standing(app: &App, staff: &StaffMember, id: Uuid, typed: &Seen) -> Result<()> {
    demand(staff, Right::Approve)?;
    let standing = standings::find(&mut app.db.read().await?, id).await?.ok_or(Refusal::NotFound)?;
    if standing.ended_at.is_some() || !standing.terms().are_sound(app.clock.today()) {
        return Err(Refusal::StandingOver.into());
    }
    let repeat = find(app, standing.repeat_id).await?;
    let example = read(app, standing.example_id).await?;
    if writers(&repeat, &standing, &example).contains(&staff.id) {
        return Err(Refusal::OwnText.into());
    }
    let terms = (standing.terms(), standing.cautions.as_str());
    let now_bound = pledge(app, &repeat, terms, app.clock.today()).await?;
    let says_it = is_run_that_says(&mut app.db.read().await?, &example, &repeat).await?;
    if typed.hash != standing.hash || now_bound != standing.hash || !says_it {
        return Err(Refusal::StaleHash.into());
    }
    let left = still_to_open(&mut app.db.read().await?, &example, staff.id).await?;
    if !left.is_empty() {
        return Err(Refusal::NotOpened(left.len()).into());
    }
    if typed.typed_count != standing.most {
        return Err(Refusal::WrongMost { typed: typed.typed_count }.into());
    }
    agree(app, staff, &standing).await
}

async fn agree(app: &App, staff: &StaffMember, standing: &Standing) -> Result<()> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    repeats::lock(&mut tx, standing.repeat_id).await?;
    demand_done(standings::lock(&mut tx, standing.id).await?)?;
    if !standings::agree(&mut tx, standing.id, staff.id, now).await? {
        return Ok(());
    }
    let agreed = standings::agreed(&mut tx, standing.id).await?;
    let is_last = APPROVERS <= agreed.len();
    if is_last {
        standings::put_in_force(&mut tx, standing.id, now).await?;
    }
    let action = if is_last { "standing.approve" } else { "standing.approve_first" };
    note(app, &mut tx, (Some(staff.id), action), standing, json!({ "approvals": agreed.len() })).await?;
    tx.commit().await?;
    app.wake.notify_one();
    Ok(())
}

/// Takes a standing approval back: no run is approved by it any more, and what it approved goes back to its author while
/// its recipients are not frozen. Doing it twice does it once.
///
/// # Errors
/// Refused without the right to approve.
pub async fn revoke_standing(app: &App, staff: &StaffMember, id: Uuid) -> Result<()> {
    demand(staff, Right::Approve)?;
    let mut tx = app.db.write().await?;
    let standing = standings::find(&mut tx, id).await?.ok_or(Refusal::NotFound)?;
    end_within(app, &mut tx, &standing, (Some(staff.id), "承認者が取り消しました。")).await?;
    Ok(tx.commit().await?)
}

/// Ends the open one of a repeat, if there is one, in the same transaction as what makes it end.
pub(super) async fn end_of_repeat(
    app: &App,
    tx: &mut Tx,
    repeat: Uuid,
    by: StaffId,
    reason: &str,
) -> Result<()> {
    match standings::open_of(tx, repeat).await? {
        Some(standing) => end_within(app, tx, &standing, (Some(by), reason)).await,
        None => Ok(()),
    }
}

/// Ends one; `by` is nobody where the program itself saw the reason.
pub(super) async fn end_within(
    app: &App,
    tx: &mut Tx,
    standing: &Standing,
    (by, reason): (Option<StaffId>, &str),
) -> Result<()> {
    let now = app.clock.now();
    if !standings::end(tx, standing.id, (by, reason), now).await? {
        return Ok(());
    }
    note(app, tx, (by, "standing.end"), standing, json!({ "reason": reason })).await?;
    for id in standings::unplanned(tx, standing.id).await? {
        give_back(app, tx, id, by).await?;
    }
    Ok(())
}

async fn give_back(app: &App, tx: &mut Tx, id: BroadcastId, by: Option<StaffId>) -> Result<()> {
    let before = load(tx, id).await?;
    if broadcasts::return_to_draft(tx, id, TAKEN_BACK, app.clock.now()).await? {
        let detail = json!({ "was": before.state.id(), "reason": TAKEN_BACK });
        let subject = id.to_string();
        let entry = app.entry(by, "broadcast.return", ("broadcast", &subject), detail);
        audit::record(tx, entry).await?;
    }
    Ok(())
}

/// The newest run of a repeat that was sent to its end with the text as it is now.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn example_of(app: &App, repeat: &Repeat) -> db::Result<Option<Broadcast>> {
    let mut tx = app.db.read().await?;
    let last = repeats::last_sent(&mut tx, repeat.id).await?;
    let Some(id) = last else { return Ok(None) };
    let found = broadcasts::find(&mut tx, id).await?.filter(|broadcast| broadcast.finished_at.is_some());
    match found {
        Some(run) if is_run_that_says(&mut tx, &run, repeat).await? => Ok(Some(run)),
        _ => Ok(None),
    }
}

/// What a repeat, as it is now, is agreed to with these terms for a run that goes out on a day: a value of the rule's
/// parameters that the approvers have not seen makes it another one.
pub(super) async fn pledge(
    app: &App,
    repeat: &Repeat,
    (terms, cautions): (Terms, &str),
    day: Date,
) -> Result<String> {
    let library = app.library().await?;
    let saved = usable(&library, &repeat.segment_path)?;
    let of_day = saved.frozen(&app.catalogue, day).map_err(|_| Refusal::RuleUnreadable)?;
    let rule = [saved, &of_day].map(|rule| text::print(rule, &app.catalogue)).join("\n");
    let texts = Trial::texts(&repeat.content, repeat.trial.as_ref()).map_err(Refusal::from)?;
    let asks = texts.iter().any(|said| said.content.personal_blanks().contains(&Blank::CheckUps));
    let check_up_rules = if asks { Some(frozen_check_ups(app, day).await?) } else { None };
    let bound = Pledge {
        repeat: &repeat.id.to_string(),
        content: &repeat.content,
        trial: repeat.trial.as_ref(),
        rule: &rule,
        check_up_rules: check_up_rules.as_deref(),
        segment_path: &repeat.segment_path,
        topic: &repeat.topic,
        series: &repeat.series,
        schedule: &repeat.schedule(),
        terms,
        cautions,
    };
    Ok(bound.hash())
}

/// Everybody who may not agree to it.
fn writers(repeat: &Repeat, standing: &Standing, example: &Broadcast) -> Vec<StaffId> {
    let own = [repeat.staff_id, standing.asked_by, example.author_id, example.last_editor_id];
    own.into_iter().chain(repeat.editor_id).collect()
}

async fn find(app: &App, id: Uuid) -> Result<Repeat> {
    Ok(repeats::find(&mut app.db.read().await?, id).await?.ok_or(Refusal::NotFound)?)
}

async fn note(
    app: &App,
    tx: &mut Tx,
    (by, action): (Option<StaffId>, &'static str),
    standing: &Standing,
    more: Value,
) -> db::Result<()> {
    let mut detail =
        json!({ "hash": standing.hash, "until": standing.ends.0.to_string(), "most": standing.most });
    if let (Some(detail), Value::Object(more)) = (detail.as_object_mut(), more) {
        detail.extend(more);
    }
    let subject = standing.repeat_id.to_string();
    audit::record(tx, app.entry(by, action, ("repeat", &subject), detail)).await
}
