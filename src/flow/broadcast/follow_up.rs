//! What follows a broadcast: its correction to exactly those whom it may have reached, what goes to those it did not
//! reach, and a copy to begin with.
//!
//! Each makes a draft and sends nothing: it is tested, submitted and approved by another person as any other.

use serde_json::json;

use super::halt::stop_within;
use super::{Refusal, Result, demand, demand_done, load, new_key, read, record, usable};
use crate::app::App;
use crate::db::Tx;
use crate::domain::broadcast::{Class, State, Whom, apology};
use crate::domain::ids::BroadcastId;
use crate::domain::segment::text;
use crate::domain::staff::{Right, StaffMember};
use crate::domain::timestamp::Timestamp;
use crate::flow::Audience;
use crate::store::broadcast_versions;
use crate::store::broadcasts::{self, Broadcast, Text};

/// The longest title.
const TITLE: usize = 60;

/// Ends what is left of a faulty broadcast and begins its correction: a draft to exactly those whom it has reached or
/// may have. Doing it twice leads to the same draft while that is open.
///
/// # Errors
/// Refused without the rights to draft and to halt, before planning, and where nobody was reached.
pub async fn correct(app: &App, staff: &StaffMember, id: BroadcastId) -> Result<BroadcastId> {
    demand(staff, Right::Draft)?;
    demand(staff, Right::Halt)?;
    let reached = Audience::of_ledger(app, Whom::Reached(id), new_key(app)).await?;
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    broadcasts::lock(&mut tx, id).await?;
    let faulty = load(&mut tx, id).await?;
    if let Some(open) = broadcasts::open_correction(&mut tx, id).await? {
        return Ok(open);
    }
    if reached.size() == 0 {
        return Err(Refusal::NobodyReached.into());
    }
    if !faulty.state.is_final() {
        let step = (faulty.state, State::Stopped);
        demand_done(broadcasts::transition(&mut tx, id, step, None, now).await?)?;
        stop_within(app, &mut tx, staff, &faulty).await?;
    }
    // An emergency's correction may go out by night as the emergency did.
    let class = if faulty.class == Class::Emergency { Class::Emergency } else { Class::Correction };
    let text = Text {
        title: titled("お詫びと訂正: ", &faulty.title, ""),
        class,
        content: apology::begun(&faulty.content),
        rule_text: String::new(),
        expires_at: expiry_of_correction(&faulty, now),
        ..text_of(&faulty)
    };
    let draft = begin(app, &mut tx, staff, (&faulty, Whom::Reached(id)), &text).await?;
    tx.commit().await?;
    app.wake.notify_one();
    Ok(draft)
}

/// Begins a draft to those whom a broadcast that is over has not reached: skipped for their number of messages, refused by
/// LINE, not tried before it ended, or unknown, which the author is cautioned of. It keeps the text that each was drawn
/// for, the rule, by which blanks are filled and people are left out, and the expiry.
///
/// # Errors
/// Refused without the right to draft, before its end, after its expiry, and where there is nobody.
pub async fn send_to_missed(app: &App, staff: &StaffMember, id: BroadcastId) -> Result<BroadcastId> {
    demand(staff, Right::Draft)?;
    let earlier = read(app, id).await?;
    if earlier.planned_at.is_none() || earlier.finished_at.is_none() {
        return Err(Refusal::NotOver.into());
    }
    check_expiry(app, &earlier)?;
    if Audience::of_ledger(app, Whom::Missed(id), new_key(app)).await?.size() == 0 {
        return Err(Refusal::NobodyMissed.into());
    }
    let title = titled("", &earlier.title, "(届かなかった方へ)");
    let text = Text { title, expires_at: earlier.expires_at, ..text_of(&earlier) };
    let mut tx = app.db.write().await?;
    let draft = begin(app, &mut tx, staff, (&earlier, Whom::Missed(id)), &text).await?;
    tx.commit().await?;
    Ok(draft)
}

/// Begins a draft with the same texts and split, to whom the saved rule selects today; without a schedule. A copy of a correction
/// goes to the same people as the correction.
///
/// # Errors
/// Refused without the right to draft, where the rule can't be used any more, and for an emergency, whose drawer is
/// elsewhere.
pub async fn copy(app: &App, staff: &StaffMember, id: BroadcastId) -> Result<BroadcastId> {
    demand(staff, Right::Draft)?;
    let earlier = read(app, id).await?;
    let whom = match earlier.whom() {
        Some(Whom::Rule | Whom::Day) => Whom::Rule,
        Some(whom @ (Whom::Reached(_) | Whom::Missed(_))) => whom,
        Some(Whom::Districts) | None => return Err(Refusal::UnknownSegment.into()),
    };
    let mut text = Text { title: titled("", &earlier.title, "(写し)"), ..text_of(&earlier) };
    if matches!(whom, Whom::Missed(_)) {
        check_expiry(app, &earlier)?;
        text.expires_at = earlier.expires_at;
    }
    if whom == Whom::Rule {
        let library = app.library().await?;
        text.rule_text = text::print(usable(&library, &earlier.segment_path)?, &app.catalogue);
    }
    let mut tx = app.db.write().await?;
    let draft = begin(app, &mut tx, staff, (&earlier, whom), &text).await?;
    tx.commit().await?;
    Ok(draft)
}

/// What has expired is not sent again as it is.
fn check_expiry(app: &App, earlier: &Broadcast) -> std::result::Result<(), Refusal> {
    let is_over = earlier.expires_at.is_some_and(|at| at <= app.clock.now());
    if is_over || earlier.state == State::Expired { Err(Refusal::EarlierExpired) } else { Ok(()) }
}

/// The correction of an emergency is true for as long as the emergency was to be.
fn expiry_of_correction(faulty: &Broadcast, now: Timestamp) -> Option<Timestamp> {
    let until = faulty.expires_at.filter(|_| faulty.is_emergency())?;
    Some(now.plus(until.since(faulty.created_at)))
}

fn text_of(earlier: &Broadcast) -> Text {
    Text {
        title: earlier.title.clone(),
        class: earlier.class,
        series: earlier.series.clone(),
        topic: earlier.topic.clone(),
        segment_path: earlier.segment_path.clone(),
        rule_text: earlier.rule_text.clone(),
        content: earlier.content.clone(),
        scheduled_at: None,
        expires_at: None,
    }
}

/// A title that still fits, with what says where it comes from kept whole.
fn titled(before: &str, title: &str, after: &str) -> String {
    let room = TITLE.saturating_sub(before.chars().count() + after.chars().count());
    let kept: String = title.chars().take(room).collect();
    format!("{before}{kept}{after}")
}

async fn begin(
    app: &App,
    tx: &mut Tx,
    staff: &StaffMember,
    (earlier, whom): (&Broadcast, Whom),
    text: &Text,
) -> Result<BroadcastId> {
    let (id, now) = (new_key(app), app.clock.now());
    broadcasts::insert(tx, id, text, staff.id, now).await?;
    demand_done(broadcasts::set_origin(tx, id, whom, Some(earlier.id)).await?)?;
    // Whoever was drawn to get nothing, or another text, is so in what follows, too. A correction goes to all who have it.
    let trial = earlier.trial.as_ref().filter(|_| !matches!(whom, Whom::Reached(_)));
    if let Some(trial) = trial {
        earlier.trial().map_err(Refusal::from)?;
        broadcasts::set_trial(tx, id, trial).await?;
    }
    broadcast_versions::keep(tx, id, staff.id, now).await?;
    let detail = json!({
        "from": earlier.id.to_string(), "audience": whom.id(), "content": text.content.hash(),
        "split": trial.is_some(),
    });
    record(app, tx, (staff, "broadcast.create"), id, detail).await?;
    Ok(id)
}
