//! Tells staff of emergencies, notices a clock that was put back, plans what is due, sends what may be sent, and closes what is over.

use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::db;
use crate::flow::{alarm, broadcast, clock_back, deliver, plan, reconcile};

/// One round; answers how much was done. After `stop` no new batch is begun.
///
/// # Errors
/// As [`db::Error`] says, when the rest of the round has been tried all the same; what was begun is taken up again in the
/// next round.
pub async fn step(app: &App, stop: &CancellationToken) -> db::Result<usize> {
    let noticed = clock_back::notice(app).await;
    let made = broadcast::make_due(app).await;
    let planned = plan::plan_due(app).await;
    let calls = deliver::send_due(app, stop).await;
    let finished = reconcile::finish_due(app).await;
    Ok(noticed? + made? + planned? + calls? + finished?)
}

/// Tells staff what can't wait, in a loop of its own: an emergency does not wait until all of them have been told.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn tell_staff(app: &App) -> db::Result<usize> {
    alarm::send_due(app).await
}

/// Takes up what an earlier run left open, once, when the worker starts.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn recover(app: &App) -> db::Result<usize> {
    Ok(usize::try_from(deliver::recover(app).await?).unwrap_or(usize::MAX))
}
