//! Keeps the population current, and forgets what is over: sessions, handled events, events nobody could handle.

use std::time::Duration;

use crate::app::App;
use crate::db;
use crate::domain::broadcast::limits::Window;
use crate::domain::broadcast::link::READERS_KEPT;
use crate::flow::{api_requests, login};
use crate::population::Refreshed;
use crate::store::{inbox, limits, links, resident_sessions, staff_sessions};

/// LINE says nothing about how long it repeats an event; a week covers a long holiday of the network.
const HANDLED: Duration = Duration::from_secs(7 * 24 * 3600);
/// How long a given-up event waits for a person.
const GIVEN_UP: Duration = Duration::from_secs(30 * 24 * 3600);

/// Reads what the change log has told since the last round; answers how many accounts were read.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn refresh(app: &App) -> db::Result<usize> {
    let refreshed = app.population.refresh(&app.db).await?;
    app.vitals.refreshed();
    Ok(match refreshed {
        Refreshed::Current => 0,
        Refreshed::Changed(accounts) => accounts,
        Refreshed::Whole => 1,
    })
}

/// Forgets sessions of residents and of staff that are over, and answers of the API that are kept for a day; answers how
/// many.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn forget_sessions(app: &App) -> db::Result<usize> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    let residents = resident_sessions::delete_expired(&mut tx, now).await?;
    let staff = staff_sessions::delete_ended(&mut tx, now, now.minus(login::IDLE)).await?;
    tx.commit().await?;
    let requests = api_requests::forget_old(app).await?;
    Ok(usize::try_from(residents + staff + requests).unwrap_or(usize::MAX))
}

/// Forgets who agreed to be noted in the links of old broadcasts; answers how many.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn forget_readers(app: &App) -> db::Result<usize> {
    let mut tx = app.db.write().await?;
    let readers = links::forget_readers(&mut tx, app.clock.now().minus(READERS_KEPT)).await?;
    tx.commit().await?;
    Ok(usize::try_from(readers).unwrap_or(usize::MAX))
}

/// Forgets what was counted against the limits and counts no more; answers how many rows.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn forget_tallies(app: &App) -> db::Result<usize> {
    let window = Window::of(app.clock.now());
    let mut tx = app.db.write().await?;
    let rows = limits::forget(&mut tx, window.before_week, window.hour - 24 * 7).await?;
    tx.commit().await?;
    Ok(usize::try_from(rows).unwrap_or(usize::MAX))
}

/// Forgets events that were handled a week ago or given up a month ago; answers how many.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn forget_events(app: &App) -> db::Result<usize> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    let handled = inbox::forget(&mut tx, now.minus(HANDLED)).await?;
    let given_up = inbox::forget_given_up(&mut tx, now.minus(GIVEN_UP)).await?;
    tx.commit().await?;
    Ok(usize::try_from(handled + given_up).unwrap_or(usize::MAX))
}
