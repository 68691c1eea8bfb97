//! Series (配信シリーズ): broadcasts of one purpose over time. The usual ones stand in the catalogue; staff may add others.

use sqlx::FromRow;

use crate::db::{self, Fragment, Tx};
use crate::domain::broadcast::LedgerState;
use crate::domain::ids::{BroadcastId, StaffId};
use crate::domain::timestamp::Timestamp;
use crate::sql;

/// A series that staff added.
#[derive(Clone, Debug, FromRow)]
pub struct Added {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub purpose: String,
}

/// A series in which there are broadcasts.
#[derive(Clone, Debug, FromRow)]
pub struct Used {
    /// Its name.
    pub name: String,
    /// How many broadcasts.
    pub broadcasts: i64,
    /// When the recipients of one were last frozen.
    pub last_planned_at: Option<Timestamp>,
}

/// Adds a series; `false` where it is there already.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn add(
    tx: &mut Tx,
    (name, purpose): (&str, &str),
    staff: StaffId,
    now: Timestamp,
) -> db::Result<bool> {
    let query = sql!(
        "INSERT INTO series (name, purpose, staff_id, created_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (name) DO NOTHING",
        name,
        purpose,
        staff,
        now
    );
    Ok(tx.execute(query).await? == 1)
}

/// The series that staff added, by name.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn added(tx: &mut Tx) -> db::Result<Vec<Added>> {
    tx.fetch_all(sql!("SELECT name, purpose FROM series ORDER BY name")).await
}

/// Whether a series was added by staff, or has broadcasts already.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn is_known(tx: &mut Tx, name: &str) -> db::Result<bool> {
    let query = sql!(
        "SELECT (SELECT COUNT(*) FROM series WHERE name = $1)
              + (SELECT COUNT(*) FROM (SELECT 1 FROM broadcast WHERE series = $1 LIMIT 1) AS one)",
        name
    );
    Ok(0 < tx.fetch_one::<(i64,)>(query).await?.0)
}

/// The series in which there are broadcasts, the one used last first.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn used(tx: &mut Tx) -> db::Result<Vec<Used>> {
    tx.fetch_all(sql!(
        "SELECT series AS name, COUNT(*) AS broadcasts, MAX(planned_at) AS last_planned_at FROM broadcast
         GROUP BY series ORDER BY MAX(updated_at) DESC, series"
    ))
    .await
}

/// How many recipients of each of these broadcasts are in a state.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn recipients(
    tx: &mut Tx,
    ids: &[BroadcastId],
    state: LedgerState,
) -> db::Result<Vec<(BroadcastId, i64)>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut query = Fragment::new("SELECT broadcast_id, COUNT(*) FROM ledger WHERE state = ");
    query.bind(state.id()).push(" AND broadcast_id IN (");
    for (at, id) in ids.iter().enumerate() {
        query.push(if at == 0 { "" } else { ", " }).bind(*id);
    }
    query.push(") GROUP BY broadcast_id");
    tx.fetch_all(query.build()).await
}
