//! The limits of sending, from the settings into the database, whose triggers hold them for every process.

use serde_json::json;

use crate::app::App;
use crate::db;
use crate::domain::broadcast::limits::Limits;
use crate::store::{audit, limits};

/// Makes the limits of the settings the limits of the database; a change stands in the audit log.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn apply_limits(app: &App) -> db::Result<()> {
    let wanted = app.config.limits;
    let mut tx = app.db.write().await?;
    let before = limits::find(&mut tx).await?;
    if before == wanted {
        return Ok(());
    }
    limits::set(&mut tx, wanted).await?;
    let detail = json!({ "before": figures(before), "now": figures(wanted) });
    audit::record(&mut tx, app.entry(None, "limits.set", ("switch", "limits"), detail)).await?;
    tx.commit().await
}

fn figures(limits: Limits) -> serde_json::Value {
    json!({
        "day": limits.day_messages, "week": limits.week_messages,
        "hour": limits.hour_messages, "recipients": limits.hour_recipients,
    })
}
