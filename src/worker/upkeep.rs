//! Keeps the population current, and forgets sessions that are over.

use crate::app::App;
use crate::db;
use crate::flow::login;
use crate::population::Refreshed;
use crate::store::{resident_sessions, staff_sessions};

/// Reads what the change log has told since the last round; answers how many accounts were read.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn refresh(app: &App) -> db::Result<usize> {
    Ok(match app.population.refresh(&app.db).await? {
        Refreshed::Current => 0,
        Refreshed::Changed(accounts) => accounts,
        Refreshed::Whole => 1,
    })
}

/// Forgets sessions of residents and of staff that are over; answers how many.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn forget_sessions(app: &App) -> db::Result<usize> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    let residents = resident_sessions::delete_expired(&mut tx, now).await?;
    let staff = staff_sessions::delete_ended(&mut tx, now, now.minus(login::IDLE)).await?;
    tx.commit().await?;
    Ok(usize::try_from(residents + staff).unwrap_or(usize::MAX))
}
