//! How late it was when a worker last looked at the clock.

use crate::db::{self, Tx};
use crate::domain::timestamp::Timestamp;
use crate::sql;

/// What was noted last; `None` before the first time.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn find(tx: &mut Tx) -> db::Result<Option<Timestamp>> {
    let found: Option<(Timestamp,)> =
        tx.fetch_optional(sql!("SELECT at FROM clock_mark WHERE id = 1")).await?;
    Ok(found.map(|(at,)| at))
}

/// Notes how late it is in place of what was `seen`; `false` where another process was faster.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn replace(tx: &mut Tx, seen: Option<Timestamp>, now: Timestamp) -> db::Result<bool> {
    let query = match seen {
        Some(seen) => sql!("UPDATE clock_mark SET at = $2 WHERE id = 1 AND at = $1", seen, now),
        None => sql!("INSERT INTO clock_mark (id, at) VALUES (1, $1) ON CONFLICT (id) DO NOTHING", now),
    };
    Ok(tx.execute(query).await? == 1)
}
