//! The copies for the staff behind a broadcast, sent before its first recipients.
//!
//! They show staff what residents are about to get, and they notice a lost past. The key of a copy comes from the
//! broadcast and the person alone, and a database asks once for each, after it has noted that it sends. If LINE has taken
//! that key before, another life of the database has begun this broadcast, perhaps for another audience under other keys
//! (`ARCHITECTURE.md`, once per recipient): then nobody is sent to.

use serde_json::json;
use uuid::Uuid;

use crate::app::App;
use crate::db;
use crate::domain::broadcast::{GIVE_UP_AFTER, Hold, State};
use crate::domain::ids::{BroadcastId, StaffId};
use crate::flow::{Held, Rendering};
use crate::line::client::Outgoing;
use crate::store::broadcasts::Broadcast;
use crate::store::{audit, pilots, restored};

/// Sends the copies; `false` where LINE says that this broadcast was begun before, and it is held. A copy that fails is
/// noted and not repeated. An emergency does not wait for copies.
pub(super) async fn tell_staff(app: &App, broadcast: &Broadcast) -> db::Result<bool> {
    if broadcast.is_emergency() || app.config.pilot.wait.is_zero() {
        return Ok(true);
    }
    let staff = pilots::list_staff(&mut app.db.read().await?, broadcast.id).await?;
    let messages = Rendering::for_staff(app, broadcast, "ja");
    let (mut taken, mut failed) = (0, 0);
    for (id, user) in staff {
        match app.line.push(copy_key(broadcast.id, id), &user, Outgoing::new(&messages)).await {
            Ok(accepted) if accepted.is_earlier => return begun_before(app, broadcast.id).await,
            Ok(_) => taken += 1,
            Err(error) => {
                tracing::warn!(broadcast.id = %broadcast.id, staff.id = %id, %error, "a copy for staff was not taken");
                failed += 1;
            }
        }
    }
    let mut tx = app.db.write().await?;
    let (subject, detail) = (broadcast.id.to_string(), json!({ "accepted": taken, "failed": failed }));
    audit::record(&mut tx, app.entry(None, "broadcast.copies", ("broadcast", &subject), detail)).await?;
    tx.commit().await?;
    Ok(true)
}

/// Holds it for good: nobody can tell who has it, so that it can only be ended.
async fn begun_before(app: &App, id: BroadcastId) -> db::Result<bool> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    restored::insert(&mut tx, id, now.minus(GIVE_UP_AFTER), now).await?;
    Held::within(app, &mut tx, (id, State::Sending), (Hold::SentBefore, "")).await?;
    tx.commit().await?;
    Ok(false)
}

fn copy_key(broadcast: BroadcastId, staff: StaffId) -> Uuid {
    Uuid::new_v5(&broadcast.0, format!("copy {staff}").as_bytes())
}
