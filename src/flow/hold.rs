//! Holding a broadcast: what the stories of planning, delivering and settling share.
//!
//! A hold that asks is a step of the closed table with its entry in the audit log; it is logged only where it happened,
//! for a person may have been faster. Those behind the broadcast and the administrators are told of it by LINE. A night is
//! shown and passes by itself, and nobody is told.

use std::collections::BTreeSet;

use serde_json::json;

use crate::app::App;
use crate::db::{self, Tx};
use crate::domain::broadcast::{Hold, State};
use crate::domain::ids::BroadcastId;
use crate::failpoint;
use crate::store::alarms::{self, News, Subject};
use crate::store::broadcasts::{self, Broadcast};
use crate::store::{audit, pilots, staff};

/// The ways in which a broadcast is held by the program.
pub(super) struct Held;

impl Held {
    /// Shows that it waits for something that passes by itself: the morning, say.
    pub(super) async fn by_itself(app: &App, broadcast: &Broadcast, reason: Hold) -> db::Result<()> {
        if broadcast.hold() == Some(reason) {
            return Ok(());
        }
        let mut tx = app.db.write().await?;
        let step = (broadcast.id, broadcast.state);
        broadcasts::update_hold(&mut tx, step, Some(reason), app.clock.now()).await?;
        tx.commit().await
    }

    /// Pauses it until a person says how it goes on; `false` where somebody was faster.
    pub(super) async fn to_ask(app: &App, broadcast: &Broadcast, reason: Hold) -> db::Result<bool> {
        let mut tx = app.db.write().await?;
        let held = Self::within(app, &mut tx, (broadcast.id, broadcast.state), (reason, "")).await?;
        failpoint::reach("hold.written");
        tx.commit().await?;
        failpoint::reach("hold.committed");
        Ok(held)
    }

    /// The same inside a transaction that does more; `why` is a word of LINE's, empty where it said nothing.
    pub(super) async fn within(
        app: &App,
        tx: &mut Tx,
        step: (BroadcastId, State),
        (reason, why): (Hold, &str),
    ) -> db::Result<bool> {
        let said = if why.is_empty() { json!({}) } else { json!({ "why": why }) };
        Self::with_figures(app, tx, step, (reason, said)).await
    }

    /// The same with figures that explain it, an object of JSON; the console shows some of them.
    pub(super) async fn with_figures(
        app: &App,
        tx: &mut Tx,
        (id, from): (BroadcastId, State),
        (reason, mut detail): (Hold, serde_json::Value),
    ) -> db::Result<bool> {
        let step = (from, State::Paused);
        if !broadcasts::transition(tx, id, step, Some(reason), app.clock.now()).await? {
            return Ok(false);
        }
        tracing::warn!(broadcast.id = %id, reason = reason.id(), %detail, "a broadcast is held and asks");
        detail["reason"] = json!(reason.id());
        audit::record(tx, app.entry(None, "broadcast.hold", ("broadcast", &id.to_string()), detail)).await?;
        Self::tell_staff(app, tx, id, ("held", reason.id())).await?;
        Ok(true)
    }

    /// Notes that the author, the last editor, the approvers and the administrators are to be told of a broadcast, in the
    /// words of [`alarms`]; once, however often it is noted.
    pub(super) async fn tell_staff(
        app: &App,
        tx: &mut Tx,
        id: BroadcastId,
        (what, about): (&str, &str),
    ) -> db::Result<()> {
        let mut told: BTreeSet<_> = pilots::list_staff(tx, id).await?.into_iter().map(|(id, _)| id).collect();
        told.extend(staff::list_admins(tx).await?);
        let news = News { subject: Subject::Broadcast(id), what, about, said: "" };
        alarms::insert_for(tx, news, &told.into_iter().collect::<Vec<_>>(), app.clock.now()).await
    }
}
