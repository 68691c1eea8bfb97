//! What is switched off for the whole installation.
//!
//! Apart from the broadcasts, because it must hold when none of them is at fault: LINE refuses our credentials, or
//! somebody pulls the brake. It is read in the transaction of every claim.

use sqlx::FromRow;

use crate::db::{self, Tx};
use crate::domain::ids::StaffId;
use crate::domain::timestamp::Timestamp;
use crate::sql;

/// The name of the switch that holds every call for a broadcast.
pub const SENDING: &str = "sending";

/// Since when, why and by whom something is off.
#[derive(Clone, Debug, FromRow)]
pub struct Off {
    /// Since when.
    pub since: Timestamp,
    /// Why, in a sentence for staff.
    pub reason: String,
    /// Who; `None` for the program itself and for the person at the machine.
    pub staff_id: Option<StaffId>,
}

/// An [`Off`] as people read it.
#[derive(Clone, Debug, FromRow)]
pub struct Shown {
    /// Since when.
    pub since: Timestamp,
    /// Why; may be empty.
    pub reason: String,
    /// The name of who did it; `None` for the program itself and for the person at the machine.
    pub staff_name: Option<String>,
}

/// What staff are shown while something is off; `None` while it is on.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn show(tx: &mut Tx, name: &str) -> db::Result<Option<Shown>> {
    tx.fetch_optional(sql!(
        "SELECT o.since, o.reason, s.name AS staff_name
         FROM switched_off o LEFT JOIN staff s ON s.id = o.staff_id WHERE o.name = $1",
        name
    ))
    .await
}

/// Whether something is off; `None` while it is on.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn find(tx: &mut Tx, name: &str) -> db::Result<Option<Off>> {
    tx.fetch_optional(sql!("SELECT since, reason, staff_id FROM switched_off WHERE name = $1", name)).await
}

/// Switches something off; `false` where it was off already.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn switch_off(tx: &mut Tx, name: &str, off: &Off) -> db::Result<bool> {
    let query = sql!(
        "INSERT INTO switched_off (name, since, reason, staff_id) VALUES ($1, $2, $3, $4)
         ON CONFLICT (name) DO NOTHING",
        name,
        off.since,
        &off.reason,
        off.staff_id
    );
    Ok(tx.execute(query).await? == 1)
}

/// Switches something on again; `false` where it was on.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn switch_on(tx: &mut Tx, name: &str) -> db::Result<bool> {
    Ok(tx.execute(sql!("DELETE FROM switched_off WHERE name = $1", name)).await? == 1)
}
