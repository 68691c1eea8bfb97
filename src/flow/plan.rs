//! Planning: when its time comes, the recipients of an approved broadcast are frozen, in one transaction.
//!
//! From here people are only ever removed. What can't be planned is held with a reason and asked about, never guessed:
//! an audience that has moved, a time long past, a rule that can't be read, a text that is not the approved one. By
//! night it waits by itself. Nothing is sent here.

use jiff::civil::Date;
use serde_json::json;

use super::{
    Allowance, Audience, AudienceError, Held, Milestones, Open, Readers, ReadersError, Readings, Recheck,
    Split,
};
use crate::app::App;
use crate::db::{self, Tx};
use crate::domain::broadcast::{Hold, PlannedBatch, ReaderToken, Reason, State, is_late};
use crate::domain::ids::{AccountId, BatchId};
use crate::domain::message::Content;
use crate::domain::timestamp::Timestamp;
use crate::failpoint;
use crate::store::audit;
use crate::store::broadcasts::{self, Broadcast, Plan};
use crate::store::links::{self, Link};
use crate::store::{alarms, batches, changes, ledger};

/// Plans every approved broadcast whose time has come; answers how many changed their state.
///
/// # Errors
/// As [`db::Error`] says; each broadcast is its own transaction, and what is wrong with one holds up no other.
pub async fn plan_due(app: &App) -> db::Result<usize> {
    let approved = Open::in_state(app, State::Approved).await?;
    let (emergencies, others): (Vec<_>, Vec<_>) = approved.into_iter().partition(Broadcast::is_emergency);
    let (mut changed, mut wrong) = (0, Ok(()));
    for broadcast in emergencies.into_iter().chain(others) {
        // An emergency goes out before anything else is planned.
        let gives_way = 0 < changed && !broadcast.is_emergency();
        if gives_way && broadcasts::is_emergency_due(&mut app.db.read().await?, app.clock.now()).await? {
            break;
        }
        match plan_one(app, &broadcast).await {
            Ok(is_changed) => changed += usize::from(is_changed),
            Err(error) => wrong = Err(error),
        }
    }
    wrong.map(|()| changed)
}

async fn plan_one(app: &App, broadcast: &Broadcast) -> db::Result<bool> {
    let now = app.clock.now();
    match timing(app, broadcast, now) {
        Timing::Early => Ok(false),
        Timing::Night => Held::by_itself(app, broadcast, Hold::QuietHours).await.map(|()| false),
        Timing::Expired => expire(app, broadcast).await,
        Timing::Late => Held::to_ask(app, broadcast, Hold::Late).await,
        Timing::Due => Allowance::ask_beside(app, broadcast, freeze_or_hold(app, broadcast)).await,
    }
}

enum Timing {
    Early,
    Night,
    Due,
    Late,
    Expired,
}

fn timing(app: &App, broadcast: &Broadcast, now: Timestamp) -> Timing {
    let quiet = &app.config.quiet_hours;
    let approved = broadcast.due_at.unwrap_or(now);
    // What has no schedule waits for no clock, were it another machine's that was ahead.
    let due = if broadcast.scheduled_at.is_none() { approved.min(now) } else { approved };
    if broadcast.true_until().is_some_and(|at| at <= now) {
        Timing::Expired
    } else if now < due {
        Timing::Early
    } else if !broadcast.is_emergency() && now < quiet.opens_at(now) {
        Timing::Night
    } else if is_late(if broadcast.is_emergency() { due } else { quiet.opens_at(due) }, now) {
        Timing::Late
    } else {
        Timing::Due
    }
}

/// Its content is no longer true before it was planned.
async fn expire(app: &App, broadcast: &Broadcast) -> db::Result<bool> {
    let (id, now) = (broadcast.id, app.clock.now());
    let mut tx = app.db.write().await?;
    if !broadcasts::transition(&mut tx, id, (State::Approved, State::Expired), None, now).await? {
        return Ok(false);
    }
    broadcasts::finish(&mut tx, id, now).await?;
    record(app, &mut tx, broadcast, "broadcast.expire", json!({})).await?;
    Held::tell_staff(app, &mut tx, id, ("held", alarms::EXPIRED)).await?;
    tx.commit().await?;
    tracing::warn!(broadcast.id = %id, "a broadcast expired before it was planned");
    Ok(true)
}

async fn freeze_or_hold(app: &App, broadcast: &Broadcast) -> db::Result<bool> {
    let hold = |reason| Held::to_ask(app, broadcast, reason);
    if broadcast.approved_hash.as_deref() != Some(broadcast.proposal().hash().as_str()) {
        return hold(Hold::NotApproved).await;
    }
    secure_seed(app, broadcast).await?;
    for _ in 0..TRIES {
        let as_of = app.clock.today();
        let audience = match Audience::of_broadcast(app, broadcast, as_of).await {
            Ok(audience) => audience,
            Err(AudienceError::Unreadable) => return hold(Hold::RuleUnreadable).await,
            Err(AudienceError::Outdated) => return hold(Hold::RuleOutdated).await,
            Err(AudienceError::Db(error)) => return Err(error),
        };
        let recheck = Recheck::of(app, broadcast, &audience).await?;
        if let Some(reason) = recheck.reason() {
            return recheck.hold(app, broadcast, reason).await;
        }
        match freeze(app, broadcast, as_of, &audience).await? {
            Frozen::Planned => return Ok(true),
            Frozen::Elsewhere => return Ok(false),
            Frozen::Changed => {}
            Frozen::NoTrial => return hold(Hold::NotApproved).await,
            Frozen::NoValues(reason) => return hold(reason).await,
        }
    }
    // Somebody changes all the time; the next look at what is due tries again.
    Ok(false)
}

/// How often somebody may change between the question and the transaction before it waits for the next time.
const TRIES: usize = 8;

/// What came of freezing an audience.
enum Frozen {
    Planned,
    /// Another planner was faster.
    Elsewhere,
    /// Somebody has changed since the audience was asked for.
    Changed,
    /// Its trial can't be read, or is none for its class.
    NoTrial,
    /// The blanks of its text can't be filled, for anybody.
    NoValues(Hold),
}

async fn freeze(app: &App, broadcast: &Broadcast, as_of: Date, audience: &Audience) -> db::Result<Frozen> {
    let milestones = Milestones::of(app, broadcast, &audience.recipients, as_of).await?;
    let recipients = milestones.rest(&audience.recipients);
    let Ok(split) = Split::of(broadcast, &recipients) else { return Ok(Frozen::NoTrial) };
    let mut readings = match Readers::of(app, broadcast, &split, as_of).await {
        Ok(readers) => Readings::of(&split, &readers),
        Err(ReadersError::Db(error)) => return Err(error),
        Err(ReadersError::Unreadable) => return Ok(Frozen::NoValues(Hold::RuleUnreadable)),
        Err(ReadersError::CheckUps(_)) => return Ok(Frozen::NoValues(Hold::RuleOutdated)),
    };
    let without = std::mem::take(&mut readings.without);
    let tokens = readings.tokens();
    let first = app.config.pilot.draw(broadcast.class, broadcast.id, &readings.sent());
    let cut = readings.cut(&first);
    if cut.is_empty() && !without.is_empty() {
        return Ok(Frozen::NoValues(Hold::NobodyHasValues));
    }
    let now = app.clock.now();
    let content_hash = broadcast.content.hash();
    let count = audience.size();
    let plan = Plan { as_of, rule_hash: &audience.rule_hash, content_hash: &content_hash, count };
    let mut tx = app.db.write().await?;
    if !app.fence.stands(&mut tx).await? {
        return Ok(Frozen::Elsewhere);
    }
    // First, because it decides: whoever plans second changes nothing and writes nothing.
    if !broadcasts::plan(&mut tx, (broadcast.id, broadcast.version), plan, now).await? {
        return Ok(Frozen::Elsewhere);
    }
    // The audience must be at least as new as this transaction: a block or a stop that it can see counts.
    if audience.count.seq < changes::last(&mut tx).await? {
        return Ok(Frozen::Changed);
    }
    failpoint::reach("plan.begun");
    insert(app, &mut tx, broadcast, &cut).await?;
    leave_out(&mut tx, broadcast, (&split.held_out, &milestones.met), &without).await?;
    milestones.note(&mut tx, broadcast, as_of).await?;
    insert_links(&mut tx, broadcast, &split, &tokens, now).await?;
    let detail = json!({
        "as_of": as_of.to_string(), "rule": audience.rule_hash, "content": content_hash,
        "recipients": count, "first": first.len(), "batches": cut.len(), "seq": audience.count.seq,
        "kept_out": split.held_out.len(), "met_before": milestones.met.len(), "without": without.len(),
    });
    record(app, &mut tx, broadcast, "broadcast.plan", detail).await?;
    failpoint::reach("plan.written");
    tx.commit().await?;
    failpoint::reach("plan.committed");
    tracing::info!(broadcast.id = %broadcast.id, recipients = count, batches = cut.len(), "planned");
    Ok(Frozen::Planned)
}

async fn insert(app: &App, tx: &mut Tx, broadcast: &Broadcast, cut: &[PlannedBatch]) -> db::Result<()> {
    let now = app.clock.now();
    let with_ids = cut.iter().map(|batch| (BatchId(app.chance.uuid_v7(now)), batch)).collect();
    batches::insert_planned(tx, broadcast.id, with_ids).await?;
    ledger::insert_planned(tx, broadcast.id, cut).await?;
    Ok(())
}

/// Only where its submission gave it none; before the plan, so that a second planner draws from the same.
async fn secure_seed(app: &App, broadcast: &Broadcast) -> db::Result<()> {
    let counts =
        broadcast.texts().is_ok_and(|texts| texts.iter().any(|said| !said.content.links().is_empty()));
    if !counts || links::seed(&mut app.db.read().await?, broadcast.id).await?.is_some() {
        return Ok(());
    }
    let mut tx = app.db.write().await?;
    links::set_seed(&mut tx, broadcast.id, &app.fresh_secret()).await?;
    tx.commit().await
}

/// The links that are counted, and who agreed to be noted.
async fn insert_links(
    tx: &mut Tx,
    broadcast: &Broadcast,
    split: &Split,
    tokens: &[(AccountId, ReaderToken)],
    now: Timestamp,
) -> db::Result<()> {
    let Some(seed) = links::seed(tx, broadcast.id).await?.filter(|_| split.counts_taps()) else {
        return Ok(());
    };
    let of_arm = |(arm, content, _): (&str, &Content, &[AccountId])| {
        let link = |address: &str| Link {
            code: seed.code(arm, address),
            arm: arm.to_owned(),
            address: address.to_owned(),
        };
        content.links().into_iter().map(link).collect::<Vec<_>>()
    };
    links::insert(tx, broadcast.id, split.arms().flat_map(of_arm).collect()).await?;
    links::insert_readers(tx, broadcast.id, tokens, now).await?;
    Ok(())
}

/// Those who get nothing from the start: drawn to get nothing, served before, and without a value.
async fn leave_out(
    tx: &mut Tx,
    broadcast: &Broadcast,
    (held_out, met): (&[AccountId], &[AccountId]),
    without: &[(AccountId, String)],
) -> db::Result<()> {
    for (accounts, reason) in [(held_out, Reason::HeldOut), (met, Reason::AlreadyMet)] {
        let accounts = accounts.iter().map(|account| (*account, ""));
        ledger::insert_left_out(tx, broadcast.id, reason, accounts).await?;
    }
    let without = without.iter().map(|(account, arm)| (*account, arm.as_str()));
    ledger::insert_left_out(tx, broadcast.id, Reason::NoValue, without).await?;
    Ok(())
}

async fn record(
    app: &App,
    tx: &mut Tx,
    broadcast: &Broadcast,
    action: &'static str,
    detail: serde_json::Value,
) -> db::Result<()> {
    let subject = broadcast.id.to_string();
    audit::record(tx, app.entry(None, action, ("broadcast", &subject), detail)).await
}
