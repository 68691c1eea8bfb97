//! A member of staff sends the code from the console: the account that sent it becomes theirs, for alarms and tests.

use serde_json::json;

use crate::app::App;
use crate::db::{self, Tx};
use crate::domain::ids::LineUserId;
use crate::domain::line_code::LineCode;
use crate::store::{audit, staff, staff_line_codes as codes};

/// Ties the account to whom the code was shown; `false` for a code that there is not, that is over, or that somebody else
/// has used. Twice from the same account is once.
pub(super) async fn link(app: &App, user: &LineUserId, code: &LineCode) -> db::Result<bool> {
    let hash = code.hash();
    let mut tx = app.db.write().await?;
    if !codes::use_up(&mut tx, &hash, app.clock.now()).await? {
        return is_linked(&mut tx, user, &hash).await;
    }
    let Some(found) = codes::find(&mut tx, &hash).await? else { return Ok(false) };
    let owner = staff::find(&mut tx, found.staff_id).await?.filter(|owner| owner.disabled_at.is_none());
    let Some(owner) = owner else { return Ok(false) };
    staff::update_line_user(&mut tx, owner.id, Some(user)).await?;
    let subject = owner.id.to_string();
    audit::record(&mut tx, app.entry(Some(owner.id), "staff.line", ("staff", &subject), json!({}))).await?;
    tx.commit().await?;
    Ok(true)
}

/// LINE repeats an event whose answer it missed.
async fn is_linked(tx: &mut Tx, user: &LineUserId, hash: &str) -> db::Result<bool> {
    let Some(used) = codes::find(tx, hash).await?.filter(|found| found.used_at.is_some()) else {
        return Ok(false);
    };
    let owner = staff::find(tx, used.staff_id).await?;
    Ok(owner.is_some_and(|owner| owner.line_user_id.as_ref() == Some(user)))
}
