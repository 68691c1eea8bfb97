//! The proof of the sending: faults of LINE, many senders, random deeds, deaths of the real program.

mod apart;
mod clocks;
mod crashes;
mod disk;
mod faults;
mod model;
mod places;
mod postgres;
mod rounds;
mod senders;
mod settled;

use musubi::domain::broadcast::LedgerState;
use musubi::domain::ids::{BroadcastId, LineUserId};
use musubi::store::ledger;

use crate::support::TestApp;

/// What must hold whatever happened: each planned recipient stands in one row, and LINE has for each what it says.
pub async fn agrees_with_line(app: &TestApp, id: BroadcastId, people: &[LineUserId], over: bool) {
    let rows = ledger::entries(&mut app.db().read().await.unwrap(), id).await.unwrap();
    let planned = app.broadcast(id).await.planned_count.unwrap_or(0);
    assert_eq!(planned, i64::try_from(rows.len()).unwrap());
    let row = |user: &LineUserId| rows.iter().find(|row| row.line_user_id.as_ref() == Some(user));
    for user in people {
        let (got, state) = (app.line().accepted_count(user), row(user).map(|row| row.state));
        let fits = match state {
            Some(LedgerState::Accepted) => got == 1,
            Some(LedgerState::Unknown) => got <= 1,
            Some(LedgerState::Attempting) => !over && got <= 1,
            Some(LedgerState::Planned) => !over && got == 0,
            Some(LedgerState::Skipped | LedgerState::Rejected | LedgerState::Stopped) | None => got == 0,
        };
        assert!(fits, "LINE has {got} for one whose row says {state:?}");
    }
}
