//! Opening: the approver looks at each part of all texts of a broadcast, and it is noted that they did.
//!
//! What was opened counts for these very texts and this person alone; another text has to be opened anew.

use serde_json::json;

use super::{Refusal, Result, demand, load, record};
use crate::app::App;
use crate::db::{self, Tx};
use crate::domain::broadcast::opening::ToOpen;
use crate::domain::ids::{BroadcastId, StaffId};
use crate::domain::staff::{Right, StaffMember};
use crate::store::approvals;
use crate::store::broadcasts::Broadcast;

/// Notes that an approver has opened a part of what a broadcast says. Doing it twice does it once.
///
/// # Errors
/// Refused without the right to approve, and where the content has no such part.
pub async fn open_part(app: &App, staff: &StaffMember, id: BroadcastId, part: &str) -> Result<()> {
    demand(staff, Right::Approve)?;
    let mut tx = app.db.write().await?;
    let broadcast = load(&mut tx, id).await?;
    if broadcast.to_open().iter().all(|one| one.id != part) {
        return Err(Refusal::NoSuchPart.into());
    }
    let content = broadcast.said_hash();
    if approvals::note_opened(&mut tx, (id, &content), staff.id, part, app.clock.now()).await? {
        record(app, &mut tx, (staff, "broadcast.open_part"), id, json!({ "part": part, "content": content }))
            .await?;
    }
    Ok(tx.commit().await?)
}

/// What somebody has not opened yet of what a broadcast says.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn still_to_open(tx: &mut Tx, broadcast: &Broadcast, staff: StaffId) -> db::Result<Vec<ToOpen>> {
    let opened = approvals::opened(tx, (broadcast.id, &broadcast.said_hash()), staff).await?;
    let mut parts = broadcast.to_open();
    parts.retain(|part| !opened.contains(&part.id));
    Ok(parts)
}
