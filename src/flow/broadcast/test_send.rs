//! The test: every variant, exactly as residents will see it, to the LINE account of the person who asks.
//!
//! The only call to LINE in this story. It goes to staff alone, needs no approval, and is noted with the hash of what
//! was sent; another text needs another test.

use serde_json::json;

use super::{Refusal, Result, load, read, record};
use crate::app::App;
use crate::domain::ids::BroadcastId;
use crate::domain::staff::{Right, StaffMember};
use crate::failpoint;
use crate::flow::Rendering;
use crate::line::client::Outgoing;
use crate::line::limits;
use crate::line::message::Message;
use crate::store::{broadcasts, staff as staff_store};

/// What goes before it, so that nobody who looks at the phone takes it for the real thing.
const MARK: &str = "【テスト】職員の確認用です。住民には送られていません。この下が、住民に届く文面です。";

/// Sends every variant to the staff member's own LINE account, after a line that says that it is a test, and notes it;
/// answers how many messages residents would see.
///
/// # Errors
/// Refused without a LINE account, without the right to draft or approve, and where the content breaks a limit; an
/// error of LINE is said as such, and the test may be repeated.
pub async fn send_test(app: &App, staff: &StaffMember, id: BroadcastId) -> Result<usize> {
    if !staff.may(Right::Draft) && !staff.may(Right::Approve) {
        return Err(Refusal::NotAllowed(Right::Draft).into());
    }
    let broadcast = read(app, id).await?;
    let texts = broadcast.texts().map_err(Refusal::from)?;
    for said in texts {
        let problems = said.content.problems();
        if !problems.is_empty() {
            return Err(Refusal::Content(problems).of_arm(said.arm.as_deref()).into());
        }
    }
    let own = staff_store::find(&mut app.db.read().await?, staff.id).await?;
    let to = own.and_then(|own| own.line_user_id).ok_or(Refusal::NoLineAccount)?;
    let shown = Rendering::for_staff(app, &broadcast).map_err(Refusal::from)?;
    let said = shown.len();
    let messages: Vec<_> = std::iter::once(Message::text(MARK.to_owned())).chain(shown).collect();
    for part in messages.chunks(limits::MESSAGES) {
        let key = app.chance.uuid_v7(app.clock.now());
        app.line.push(key, &to, Outgoing::new(part)).await?;
    }
    failpoint::reach("test.called");
    note(app, staff, id, &broadcast.said_hash()).await?;
    Ok(said)
}

async fn note(app: &App, staff: &StaffMember, id: BroadcastId, hash: &str) -> Result<()> {
    let mut tx = app.db.write().await?;
    load(&mut tx, id).await?;
    broadcasts::update_tested(&mut tx, id, hash, app.clock.now()).await?;
    record(app, &mut tx, (staff, "broadcast.test"), id, json!({ "content": hash })).await?;
    tx.commit().await?;
    failpoint::reach("test.committed");
    Ok(())
}
