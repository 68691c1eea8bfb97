//! How much of a broadcast may begin now: nothing new, its first recipients, or everybody.
//!
//! The first recipients (先行配信) go out with a copy to the staff behind the broadcast; when LINE has answered for all
//! of them the rest waits, and follows by itself. Before the very first call LINE is asked what is left of the month.

use uuid::Uuid;

use crate::app::App;
use crate::db;
use crate::domain::broadcast::{Class, Hold, State};
use crate::domain::ids::{BroadcastId, StaffId};
use crate::failpoint;
use crate::flow::{Held, Rendering};
use crate::line::client::{Outgoing, Quota};
use crate::store::broadcasts::{self, Broadcast};
use crate::store::pilots;

/// How much of a broadcast may begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// Only what is open is asked for again.
    NothingNew,
    /// The batches of the first recipients.
    Pilots,
    /// Every batch.
    All,
}

/// How much may begin of a broadcast that is planned or on its way.
pub(super) async fn stage(app: &App, broadcast: &Broadcast) -> db::Result<Stage> {
    let now = app.clock.now();
    let hour = |at: crate::domain::timestamp::Timestamp| at.millis().div_euclid(3_600_000);
    if broadcast.hold() == Some(Hold::HourlyLimit) && hour(broadcast.updated_at) == hour(now) {
        return Ok(Stage::NothingNew);
    }
    let pilots = pilots::count(&mut app.db.read().await?, broadcast.id).await?;
    if pilots.batches == 0 || pilots.rest == 0 {
        return Ok(Stage::All);
    }
    if 0 < pilots.open {
        return Ok(Stage::Pilots);
    }
    match broadcast.pilot_until {
        Some(until) if until <= now => Ok(Stage::All),
        Some(_) => Held::by_itself(app, broadcast, Hold::Pilot).await.map(|()| Stage::NothingNew),
        None => {
            let until = now.plus(app.config.pilot.wait);
            let mut tx = app.db.write().await?;
            if pilots::wait_until(&mut tx, broadcast.id, until).await? {
                let step = (broadcast.id, State::Sending);
                broadcasts::update_hold(&mut tx, step, Some(Hold::Pilot), now).await?;
                failpoint::reach("pilot.written");
                tx.commit().await?;
                failpoint::reach("pilot.committed");
                tracing::info!(broadcast.id = %broadcast.id, "the first recipients have it; the rest waits");
            }
            Ok(Stage::NothingNew)
        }
    }
}

/// Whether the month has room for everybody who is planned; shown and asked where it has not. An emergency does not
/// wait for this: LINE itself refuses what is too much.
pub(super) async fn has_quota(app: &App, broadcast: &Broadcast) -> db::Result<bool> {
    if broadcast.class == Class::Emergency || broadcast.state != State::Planned {
        return Ok(true);
    }
    let planned = u64::try_from(broadcast.planned_count.unwrap_or(0)).unwrap_or(0);
    match left(app).await {
        Ok(left) if left.is_none_or(|left| planned <= left) => Ok(true),
        Ok(left) => {
            tracing::warn!(broadcast.id = %broadcast.id, planned, left, "too little is left of the month");
            Held::to_ask(app, broadcast, Hold::QuotaShort).await.map(|_| false)
        }
        Err(error) => {
            tracing::warn!(broadcast.id = %broadcast.id, %error, "LINE does not say what is left of the month");
            Held::by_itself(app, broadcast, Hold::QuotaUnknown).await.map(|()| false)
        }
    }
}

/// What is left of the month; `None` without a limit.
async fn left(app: &App) -> Result<Option<u64>, crate::line::Error> {
    Ok(match app.line.quota().await?.body {
        Quota::Unlimited => None,
        Quota::Limited(all) => Some(all.saturating_sub(app.line.consumption().await?.body)),
    })
}

/// Sends the staff behind a broadcast what its first recipients get. A courtesy: what fails is logged and not repeated,
/// and the key lets LINE refuse a second copy after a restart.
pub(super) async fn tell_staff(app: &App, broadcast: &Broadcast) -> db::Result<()> {
    let mut tx = app.db.read().await?;
    if pilots::count(&mut tx, broadcast.id).await?.batches == 0 {
        return Ok(());
    }
    let staff = pilots::list_staff(&mut tx, broadcast.id).await?;
    drop(tx);
    let messages = Rendering::for_staff(app, broadcast, "ja");
    for (id, user) in staff {
        let key = copy_key(broadcast.id, id);
        if let Err(error) = app.line.push(key, &user, Outgoing::new(&messages)).await {
            tracing::warn!(broadcast.id = %broadcast.id, staff.id = %id, %error, "a copy for staff was not taken");
        }
    }
    Ok(())
}

fn copy_key(broadcast: BroadcastId, staff: StaffId) -> Uuid {
    Uuid::new_v5(&broadcast.0, format!("copy {staff}").as_bytes())
}
