//! What leaves the console about single accounts stands in the audit log before it leaves: a ledger, an explanation.
//!
//! Both hold ids of ours only; still it is noted who asked, and for what.

use serde_json::json;

use crate::app::App;
use crate::db;
use crate::domain::ids::{AccountId, BroadcastId};
use crate::domain::staff::StaffMember;
use crate::store::audit;

/// Notes that somebody takes the ledger of a broadcast.
///
/// # Errors
/// As [`db::Error`] says; then it may not be handed out.
pub async fn note_ledger(app: &App, staff: &StaffMember, id: BroadcastId) -> db::Result<()> {
    note(app, staff, "ledger.export", ("broadcast", &id.to_string()), json!({})).await
}

/// Notes that somebody asks what a rule says of one account.
///
/// # Errors
/// As [`db::Error`] says; then it may not be told.
pub async fn note_explanation(
    app: &App,
    staff: &StaffMember,
    segment: &str,
    account: AccountId,
) -> db::Result<()> {
    let detail = json!({ "account": account.to_string() });
    note(app, staff, "segment.explain", ("segment", segment), detail).await
}

async fn note(
    app: &App,
    staff: &StaffMember,
    action: &'static str,
    subject: (&'static str, &str),
    detail: serde_json::Value,
) -> db::Result<()> {
    let mut tx = app.db.write().await?;
    audit::record(&mut tx, app.entry(Some(staff.id), action, subject, detail)).await?;
    tx.commit().await
}
