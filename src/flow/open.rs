//! The open broadcasts of a state, read one by one, so that one whose row can't be read holds up no other.
//!
//! Such a row is not what was approved, whatever it once was: it is held for good, staff are told, and nothing of it is
//! sent. Nothing here mends a row.

use serde_json::json;

use super::Held;
use crate::app::App;
use crate::db;
use crate::domain::broadcast::{Hold, State};
use crate::domain::ids::BroadcastId;
use crate::store::broadcasts::{self, Broadcast};

/// The broadcasts that are open.
pub(super) struct Open;

impl Open {
    /// Those in a state that are not finished, by the time they are due, then by age. One that can't be read is not among them.
    ///
    /// # Errors
    /// As [`db::Error`] says; never because of one row.
    pub(super) async fn in_state(app: &App, state: State) -> db::Result<Vec<Broadcast>> {
        let (mut open, mut unreadable) = (Vec::new(), Vec::new());
        {
            let mut tx = app.db.read().await?;
            for id in broadcasts::list_open(&mut tx, state).await? {
                match broadcasts::find(&mut tx, id).await {
                    // It may have moved on, or be gone, since the list was read.
                    Ok(broadcast) => open.extend(broadcast.filter(|one| one.state == state)),
                    Err(db::Error::Corrupt(why)) => unreadable.push((id, why)),
                    Err(error) => return Err(error),
                }
            }
        }
        for (id, why) in unreadable {
            Self::set_aside(app, (id, state), &why).await?;
        }
        Ok(open)
    }

    /// Holds one that can't be read for good. What has ended already stays as it is: nothing of it is sent any more.
    ///
    /// # Errors
    /// As [`db::Error`] says.
    pub(super) async fn set_aside(app: &App, step: (BroadcastId, State), why: &str) -> db::Result<()> {
        tracing::error!(broadcast.id = %step.0, why, "a broadcast can't be read; nothing of it is sent");
        if !step.1.may_become(State::Paused) {
            return Ok(());
        }
        let mut tx = app.db.write().await?;
        let detail = json!({ "why": "unreadable" });
        if Held::with_figures(app, &mut tx, step, (Hold::NotApproved, detail)).await? {
            tx.commit().await?;
        }
        Ok(())
    }
}
