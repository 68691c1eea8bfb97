//! What is left of the month at LINE: asked while a broadcast is planned, so that its first call need not wait for the
//! answer, and asked again where that was too long ago.
//!
//! No transaction is open while LINE is asked. An emergency never waits for this.

use std::time::Duration;

use crate::app::App;
use crate::db;
use crate::line::Error;
use crate::line::client::Quota;
use crate::store::broadcasts::Broadcast;
use crate::store::quota;

/// How long an answer is good for the first call of the broadcast for which it was asked.
const GOOD_FOR: Duration = Duration::from_secs(60);

/// How long a plan waits for the answer at most: others are planned after it, an emergency perhaps.
const PATIENCE: Duration = Duration::from_secs(2);

/// What the channel may still send in this month.
pub(super) struct Allowance;

impl Allowance {
    /// Asks LINE while a broadcast is being planned, and notes the answer where it was; answers what the planning did.
    /// Without an answer there is nothing to note: it is asked again before the first call.
    pub(super) async fn ask_beside(
        app: &App,
        broadcast: &Broadcast,
        planning: impl Future<Output = db::Result<bool>>,
    ) -> db::Result<bool> {
        if broadcast.is_emergency() {
            return planning.await;
        }
        let asked_at = app.clock.now();
        let (changed, left) = tokio::join!(planning, tokio::time::timeout(PATIENCE, ask(app)));
        let changed = changed?;
        if let (true, Ok(Ok(left))) = (changed, left) {
            let mut tx = app.db.write().await?;
            quota::note(&mut tx, broadcast.id, left, asked_at).await?;
            tx.commit().await?;
        }
        Ok(changed)
    }

    /// What is left for a planned broadcast, as LINE said a moment ago or says now; `None` without a limit.
    pub(super) async fn left(app: &App, broadcast: &Broadcast) -> db::Result<Result<Option<u64>, Error>> {
        let now = app.clock.now();
        let known = quota::find(&mut app.db.read().await?, broadcast.id, (now.minus(GOOD_FOR), now)).await?;
        match known {
            Some(left) => Ok(Ok(left)),
            None => Ok(ask(app).await),
        }
    }
}

async fn ask(app: &App) -> Result<Option<u64>, Error> {
    Ok(match app.line.quota().await?.body {
        Quota::Unlimited => None,
        Quota::Limited(all) => Some(all.saturating_sub(app.line.consumption().await?.body)),
    })
}
