//! The copies for the staff behind a broadcast, sent before its first recipients.
//!
//! They show staff what residents are about to get, every text in every language as the test did, and they notice a lost
//! past. The key of a copy comes from the
//! broadcast and the person alone, and a database asks once for each, after it has noted that it sends. If LINE has taken
//! that key before, another life of the database has begun this broadcast, perhaps for another audience under other keys
//! (`ARCHITECTURE.md`, once per recipient): then nobody is sent to.

use futures_util::future::join_all;
use serde_json::json;
use uuid::Uuid;

use crate::app::App;
use crate::db;
use crate::domain::broadcast::{GIVE_UP_AFTER, Hold, State};
use crate::domain::ids::{BroadcastId, LineUserId, StaffId};
use crate::flow::{Held, Rendering};
use crate::line::client::Outgoing;
use crate::line::message::Message;
use crate::line::{Error, limits};
use crate::store::broadcasts::Broadcast;
use crate::store::{audit, pilots, restored};

/// Sends the copies; `false` where LINE says that this broadcast was begun before, and it is held. A copy that fails is
/// noted and not repeated. An emergency does not wait for copies.
pub(super) async fn tell_staff(app: &App, broadcast: &Broadcast) -> db::Result<bool> {
    if broadcast.is_emergency() || app.config.pilot.wait.is_zero() {
        return Ok(true);
    }
    let staff = pilots::list_staff(&mut app.db.read().await?, broadcast.id).await?;
    let Ok(messages) = Rendering::for_staff(app, broadcast) else {
        let mut tx = app.db.write().await?;
        Held::within(app, &mut tx, (broadcast.id, State::Sending), (Hold::NotApproved, "")).await?;
        tx.commit().await?;
        return Ok(false);
    };
    // All at once: whatever waits behind this waits for the slowest of them and not for their sum.
    let calls = staff.iter().map(|(id, user)| send_copy(app, broadcast.id, (*id, user), &messages));
    let answers = join_all(calls).await;
    let (mut taken, mut failed) = (0, 0);
    for ((id, _), answer) in staff.iter().zip(answers) {
        match answer {
            Ok(true) => return begun_before(app, broadcast.id).await,
            Ok(false) => taken += 1,
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

/// Sends one of the staff everything, in as many calls as LINE wants; `true` where LINE has taken one of them before.
async fn send_copy(
    app: &App,
    broadcast: BroadcastId,
    (staff, user): (StaffId, &LineUserId),
    messages: &[Message],
) -> Result<bool, Error> {
    for (at, part) in messages.chunks(limits::MESSAGES).enumerate() {
        let key = copy_key(broadcast, staff, at);
        if app.line.push(key, user, Outgoing::new(part)).await?.is_earlier {
            return Ok(true);
        }
    }
    Ok(false)
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

/// The first call has the key that it always had, so that a life from before there were several is noticed, too.
fn copy_key(broadcast: BroadcastId, staff: StaffId, at: usize) -> Uuid {
    let which = if at == 0 { format!("copy {staff}") } else { format!("copy {staff} {at}") };
    Uuid::new_v5(&broadcast.0, which.as_bytes())
}
