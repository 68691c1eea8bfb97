//! The names under which LINE counts: reserved for the month before the first call that carries them.
//!
//! The name follows from the broadcast and the arm alone, and is no part of a retry key: a sender that comes after a
//! restart, or after a month's names are used up, arrives at the same keys.

use std::collections::BTreeMap;

use crate::app::App;
use crate::db;
use crate::domain::broadcast::unit;
use crate::domain::ids::BroadcastId;
use crate::store::units;

/// The names of a broadcast by arm; an arm without one goes without.
pub(super) type Names = BTreeMap<String, String>;

/// Reserves what is not reserved yet.
pub(super) async fn names(app: &App, broadcast: BroadcastId, arms: &[String]) -> db::Result<Names> {
    let now = app.clock.now();
    let month = unit::month(now);
    let mut known = units::list(&mut app.db.read().await?, broadcast, &month).await?;
    if arms.iter().any(|arm| known.iter().all(|unit| unit.arm != *arm)) {
        let mut tx = app.db.write().await?;
        for arm in arms {
            let name = unit::name(broadcast, arm);
            units::reserve(&mut tx, (broadcast, arm), (&month, &name), now).await?;
        }
        known = units::list(&mut tx, broadcast, &month).await?;
        tx.commit().await?;
        if known.iter().any(|unit| unit.name.is_none()) {
            tracing::warn!(broadcast.id = %broadcast, month, "the month's names for statistics are used up");
        }
    }
    Ok(known.into_iter().filter_map(|unit| Some((unit.arm, unit.name?))).collect())
}
