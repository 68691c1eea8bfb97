//! Watches what comes of the calls, and stops a broadcast that goes wrong until a person has looked.
//!
//! Three batches that failed in a row, or more than one refused recipient in a hundred. A batch that was split counts
//! once, however many parts are refused: that is one bad id being found.

use std::collections::BTreeSet;

use crate::app::App;
use crate::db::{self, Tx};
use crate::domain::broadcast::limits::too_many_rejected;
use crate::domain::broadcast::{Hold, LedgerState, State};
use crate::domain::ids::BroadcastId;
use crate::flow::Held;
use crate::store::ledger::{self, Count};
use crate::store::{batches, pilots};

/// So many failures in a row are enough.
const IN_A_ROW: i64 = 3;

/// What the answers of one commit mean for their broadcasts.
#[derive(Default)]
pub(super) struct Watch {
    accepted: BTreeSet<BroadcastId>,
    failed: BTreeSet<(BroadcastId, i64)>,
}

impl Watch {
    /// A batch was accepted.
    pub(super) fn accepted(&mut self, broadcast: BroadcastId) {
        self.accepted.insert(broadcast);
    }

    /// A batch that comes from `root` was refused, or has no outcome.
    pub(super) fn failed(&mut self, broadcast: BroadcastId, root: i64) {
        self.failed.insert((broadcast, root));
    }

    /// Notes it, and holds what goes wrong as long as somebody is left to be spared.
    pub(super) async fn conclude(self, app: &App, tx: &mut Tx) -> db::Result<()> {
        for id in &self.accepted {
            pilots::note_success(tx, *id).await?;
        }
        for (id, root) in &self.failed {
            let in_a_row = pilots::note_failure(tx, *id, *root).await?;
            if batches::count_open(tx, *id).await?.pending == 0 {
                continue;
            }
            let step = (*id, State::Sending);
            if IN_A_ROW <= in_a_row {
                Held::within(app, tx, step, (Hold::Failures, "")).await?;
            } else if is_refused(tx, *id).await? {
                Held::within(app, tx, step, (Hold::Rejections, "")).await?;
            }
        }
        Ok(())
    }
}

async fn is_refused(tx: &mut Tx, id: BroadcastId) -> db::Result<bool> {
    let counts = ledger::count(tx, id).await?;
    let of = |state| {
        counts.iter().filter(|count| count.state == state).map(|count: &Count| count.recipients).sum()
    };
    let (rejected, accepted) = (of(LedgerState::Rejected), of(LedgerState::Accepted));
    Ok(too_many_rejected(rejected, accepted, pilots::tolerated(tx, id).await?))
}
