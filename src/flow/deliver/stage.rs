//! How much of a broadcast may begin now: nothing new, its first recipients, or everybody.
//!
//! The first recipients (先行配信) go out with a copy to the staff behind the broadcast; when LINE has answered for all
//! of them the rest waits, and follows by itself. Before the very first call the month at LINE must have room.

use serde_json::json;

use crate::app::App;
use crate::db;
use crate::domain::broadcast::{Hold, State};
use crate::failpoint;
use crate::flow::{Allowance, Held};
use crate::store::broadcasts::{self, Broadcast};
use crate::store::{pilots, progress};

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

/// Whether the month has room for everybody who is to be sent to, beside those whom broadcasts on their way have yet to
/// reach; shown and asked where it has not. An emergency does not wait for this, nor what a person lets go on all the
/// same: LINE itself refuses what is too much.
pub(super) async fn has_quota(app: &App, broadcast: &Broadcast) -> db::Result<bool> {
    if broadcast.is_emergency() || broadcast.begun_at.is_some() {
        return Ok(true);
    }
    match Allowance::left(app, broadcast).await? {
        Ok(None) => Ok(true),
        Ok(Some(left)) => {
            let mut tx = app.db.write().await?;
            let planned = progress::yet_to_reach(&mut tx, broadcast.id).await?;
            let reserved = progress::underway(&mut tx, broadcast.id).await?;
            if planned.saturating_add(reserved) <= left {
                return Ok(true);
            }
            let figures = json!({ "planned": planned, "left": left, "reserved": reserved });
            let step = (broadcast.id, broadcast.state);
            Held::with_figures(app, &mut tx, step, (Hold::QuotaShort, figures)).await?;
            tx.commit().await.map(|()| false)
        }
        Err(error) => {
            tracing::warn!(broadcast.id = %broadcast.id, %error, "LINE does not say what is left of the month");
            Held::by_itself(app, broadcast, Hold::QuotaUnknown).await.map(|()| false)
        }
    }
}
