//! Into how many texts a broadcast fell when it was submitted: figures beside it, bound to nothing.

use serde_json::Value;

use crate::db::{self, Tx};
use crate::domain::broadcast::forecast::Forecast;
use crate::domain::ids::BroadcastId;
use crate::sql;

/// Notes the figures of a submission; `None` where everybody reads the same.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn set_forecast(tx: &mut Tx, id: BroadcastId, forecast: Option<&Forecast>) -> db::Result<()> {
    let value = forecast.map(Forecast::to_value);
    tx.execute(sql!("UPDATE broadcast SET forecast = $2 WHERE id = $1", id, value)).await?;
    Ok(())
}

/// The figures of the last submission; `None` where everybody reads the same.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn forecast(tx: &mut Tx, id: BroadcastId) -> db::Result<Option<Forecast>> {
    let found: Option<(Option<Value>,)> =
        tx.fetch_optional(sql!("SELECT forecast FROM broadcast WHERE id = $1", id)).await?;
    Ok(found.and_then(|(value,)| value).and_then(Forecast::read))
}
