//! Which broadcasts may send now: planned or on their way, in time, by day, still what was approved.

use std::time::Duration;

use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::db;
use crate::domain::broadcast::{Hold, LATEST_START, Reason, State};
use crate::domain::ids::AccountId;
use crate::domain::timestamp::Timestamp;
use crate::failpoint;
use crate::flow::{Audience, AudienceError, Held, Open};
use crate::store::audit;
use crate::store::broadcasts::{self, Broadcast};
use crate::store::switches::{self, SENDING};
use crate::store::{alarms, batches, ledger, restored};

use super::copies;
use super::stage::{self, Stage};

/// A broadcast that may send.
pub(super) struct Ready {
    /// As stored.
    pub broadcast: Broadcast,
    /// Whom the rule still selects, in the order of their ids; a member who is not among them is skipped. Nobody is asked
    /// for where nothing new begins.
    pub targets: Vec<AccountId>,
    /// How much of it may begin.
    pub stage: Stage,
}

/// How often it is noted that sending goes on.
const NOTE_EVERY: Duration = Duration::from_secs(60);

/// Every planned or sending broadcast by urgency: emergencies, then all others, each the longest due first.
pub(super) async fn by_urgency(app: &App) -> db::Result<[Vec<Broadcast>; 2]> {
    let mut open = Open::in_state(app, State::Sending).await?;
    open.extend(Open::in_state(app, State::Planned).await?);
    let (emergencies, others) = open.into_iter().partition(Broadcast::is_emergency);
    Ok([emergencies, others])
}

/// Looks at broadcasts: those that may send. While all sending is off nothing goes on, and so what waits too long asks
/// when it is on again. Looking may ask LINE, so that each gives way to an emergency, and to `stop`.
pub(super) async fn ready(
    app: &App,
    stop: &CancellationToken,
    open: Vec<Broadcast>,
) -> db::Result<Vec<Ready>> {
    let mut ready = Vec::new();
    for broadcast in open {
        let mut tx = app.db.read().await?;
        let is_off = switches::find(&mut tx, SENDING).await?.is_some();
        let is_first =
            broadcast.is_emergency() || !broadcasts::is_emergency_due(&mut tx, app.clock.now()).await?;
        drop(tx);
        if is_off {
            expire_if_due(app, &broadcast).await?;
        } else if stop.is_cancelled() || !is_first {
            break;
        } else {
            let id = broadcast.id;
            match look_at(app, broadcast).await {
                Ok(one) => ready.extend(one),
                // What is wrong with one holds up no other.
                Err(error) => {
                    tracing::error!(broadcast.id = %id, %error, "a broadcast could not be looked at")
                }
            }
        }
    }
    Ok(ready)
}

async fn look_at(app: &App, broadcast: Broadcast) -> db::Result<Option<Ready>> {
    let now = app.clock.now();
    let quiet = &app.config.quiet_hours;
    if expire_if_due(app, &broadcast).await? {
        return Ok(None);
    }
    if !broadcast.is_emergency() && now < quiet.opens_at(now) {
        return Held::by_itself(app, &broadcast, Hold::QuietHours).await.map(|()| None);
    }
    if is_too_late(app, &broadcast, now).await? {
        return hold(app, &broadcast, Hold::RestoredLate).await;
    }
    if resume_by(app, &broadcast, now) < now {
        return hold(app, &broadcast, Hold::Late).await;
    }
    if broadcast.approved_hash.as_deref() != Some(broadcast.proposal().hash().as_str()) {
        return hold(app, &broadcast, Hold::NotApproved).await;
    }
    let stage = stage::stage(app, &broadcast).await?;
    if stage == Stage::NothingNew {
        return Ok(Some(Ready { broadcast, targets: Vec::new(), stage }));
    }
    let as_of = broadcast.as_of.map_or_else(|| app.clock.today(), |day| day.0);
    let targets = match Audience::still_meant(app, &broadcast, as_of).await {
        Ok(audience) => audience.recipients,
        Err(AudienceError::Unreadable) => return hold(app, &broadcast, Hold::RuleUnreadable).await,
        Err(AudienceError::Outdated) => return hold(app, &broadcast, Hold::RuleOutdated).await,
        Err(AudienceError::Db(error)) => return Err(error),
    };
    if !stage::has_quota(app, &broadcast).await? {
        return Ok(None);
    }
    let mut goes_on = go_on(app, &broadcast, now).await?;
    // Of a broadcast from a backup LINE knows the keys, and the copies may have gone out in the lost life.
    if goes_on && broadcast.begun_at.is_none() && !is_restored(app, &broadcast).await? {
        goes_on = copies::tell_staff(app, &broadcast).await?;
    }
    Ok(goes_on.then_some(Ready { broadcast, targets, stage }))
}

/// Whether LINE may have forgotten the keys under which an earlier life of the database sent.
async fn is_too_late(app: &App, broadcast: &Broadcast, now: Timestamp) -> db::Result<bool> {
    let mut tx = app.db.read().await?;
    Ok(restored::trusted_until(&mut tx, broadcast.id).await?.is_some_and(|until| until <= now))
}

async fn is_restored(app: &App, broadcast: &Broadcast) -> db::Result<bool> {
    Ok(restored::trusted_until(&mut app.db.read().await?, broadcast.id).await?.is_some())
}

/// Until when sending goes on by itself after it was last seen going on: an hour, and a night does not count but for an
/// emergency, which goes on by night.
fn resume_by(app: &App, broadcast: &Broadcast, now: Timestamp) -> Timestamp {
    let active_at = broadcast.active_at.max(broadcast.pilot_until).unwrap_or(now);
    if broadcast.is_emergency() {
        return active_at.plus(LATEST_START);
    }
    let quiet = &app.config.quiet_hours;
    let hour = quiet.opens_at(active_at).plus(LATEST_START);
    let morning = quiet.opens_at(hour);
    if morning == hour { hour } else { morning.plus(LATEST_START) }
}

async fn go_on(app: &App, broadcast: &Broadcast, now: Timestamp) -> db::Result<bool> {
    // One that was held before its first call has not begun, whatever its state.
    let is_well = batches::count_in_trouble(&mut app.db.read().await?, broadcast.id).await? == 0;
    let noted = broadcast.begun_at.is_some()
        && broadcast.active_at.is_some_and(|at| !is_well || now.since(at) < NOTE_EVERY && at <= now);
    if broadcast.state == State::Sending && broadcast.hold_reason.is_none() && noted {
        return Ok(true);
    }
    let mut tx = app.db.write().await?;
    if !app.fence.stands(&mut tx).await? || switches::find(&mut tx, SENDING).await?.is_some() {
        return Ok(false);
    }
    let goes_on = match broadcast.state {
        State::Planned => {
            broadcasts::transition(&mut tx, broadcast.id, (State::Planned, State::Sending), None, now).await?
        }
        _ => broadcasts::touch(&mut tx, broadcast.id, is_well.then_some(now)).await?,
    };
    if goes_on && broadcast.begun_at.is_none() {
        broadcasts::note_begun(&mut tx, broadcast.id, now).await?;
    }
    if goes_on && broadcast.hold_reason.is_some() {
        broadcasts::update_hold(&mut tx, (broadcast.id, State::Sending), None, now).await?;
    }
    failpoint::reach("begin.written");
    tx.commit().await?;
    failpoint::reach("begin.committed");
    Ok(goes_on)
}

async fn hold(app: &App, broadcast: &Broadcast, reason: Hold) -> db::Result<Option<Ready>> {
    Held::to_ask(app, broadcast, reason).await.map(|_| None)
}

/// Ends it where its content is no longer true; answers whether that is so.
async fn expire_if_due(app: &App, broadcast: &Broadcast) -> db::Result<bool> {
    let (id, now) = (broadcast.id, app.clock.now());
    if broadcast.true_until().is_none_or(|at| now < at) {
        return Ok(false);
    }
    let mut tx = app.db.write().await?;
    if broadcasts::transition(&mut tx, id, (broadcast.state, State::Expired), None, now).await? {
        let doubted = restored::doubt_rest(&mut tx, id).await?;
        batches::stop_rest(&mut tx, id, now).await?;
        let recipients = ledger::stop_rest(&mut tx, id, Reason::Expired).await?;
        let doubt = Some(doubted).filter(|count| 0 < *count);
        let (subject, detail) = (id.to_string(), json!({ "recipients": recipients, "doubted": doubt }));
        audit::record(&mut tx, app.entry(None, "broadcast.expire", ("broadcast", &subject), detail)).await?;
        if 0 < recipients + doubted {
            Held::tell_staff(app, &mut tx, id, ("held", alarms::EXPIRED)).await?;
        }
        if 0 < doubted {
            Held::tell_staff(app, &mut tx, id, ("unknown", "")).await?;
        }
        tx.commit().await?;
        tracing::warn!(broadcast.id = %id, recipients, "a broadcast expired before everybody was sent to");
    }
    Ok(true)
}
