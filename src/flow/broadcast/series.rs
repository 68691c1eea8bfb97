//! Adding a series (配信シリーズ), so that broadcasts of one purpose are found together, and telling a known one from a
//! slip of the hand: under another name the last text would not be found, and nobody would see what has changed.

use serde_json::json;

use super::{Refusal, Result, demand};
use crate::app::App;
use crate::db::{self, Tx};
use crate::domain::staff::{Right, StaffMember};
use crate::store::{audit, rules, series};

/// Refuses a series that is neither one of the catalogue, nor was added by staff, nor has broadcasts already.
pub(super) async fn demand_known(app: &App, tx: &mut Tx, name: &str) -> Result<()> {
    if is_known(app, tx, name).await? {
        return Ok(());
    }
    Err(Refusal::UnknownSeries(name.to_owned()).into())
}

async fn is_known(app: &App, tx: &mut Tx, name: &str) -> db::Result<bool> {
    Ok(app.catalogue.series().iter().any(|known| known == name) || series::is_known(tx, name).await?)
}

/// Adds a series.
///
/// # Errors
/// Refused without the right to draft, without a name, and where there is one of that name: it stays as it is.
pub async fn add_series(app: &App, staff: &StaffMember, name: &str, purpose: &str) -> Result<()> {
    demand(staff, Right::Draft)?;
    let (name, purpose) = (name.trim(), purpose.trim());
    if !(1..=60).contains(&name.chars().count()) || 200 < purpose.chars().count() {
        return Err(Refusal::Series.into());
    }
    let mut tx = app.db.write().await?;
    let is_there = is_known(app, &mut tx, name).await?;
    if is_there || !series::add(&mut tx, (name, purpose), staff.id, app.clock.now()).await? {
        return Err(Refusal::SeriesThere.into());
    }
    // A rule may name it from now on.
    rules::count(&mut tx).await?;
    let detail = json!({ "name": name });
    audit::record(&mut tx, app.entry(Some(staff.id), "series.add", ("series", name), detail)).await?;
    Ok(tx.commit().await?)
}
