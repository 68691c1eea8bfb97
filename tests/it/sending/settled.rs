//! What stands in the ledger stays, whoever comes later with another answer.

use std::time::Duration;

use musubi::domain::broadcast::{BatchState, LedgerState};
use musubi::domain::ids::BatchId;
use musubi::sql;
use musubi::store::batches::{self, Settled};
use musubi::store::ledger::{self, Step};

use crate::support::TestApp;
use crate::support::broadcasts::to_everyone;

#[tokio::test]
async fn an_answer_that_comes_after_another_changes_nothing() {
    let app = TestApp::start().await;
    app.many_friends(3).await;
    let id = app.approved(to_everyone("健診")).await;
    app.step().await;
    let (now, mut tx) = (app.clock().now(), app.db().write().await.unwrap());
    let (batch, number): (BatchId, i64) =
        tx.fetch_one(sql!("SELECT id, number FROM batch WHERE broadcast_id = $1", id)).await.unwrap();
    // A sender that was believed dead, one that gives up, one that takes back, and one that begins again.
    let late = Settled {
        from: BatchState::Attempting,
        to: BatchState::Unknown,
        request_id: None,
        error: Some("no answer"),
    };
    assert!(!batches::settle(&mut tx, batch, late, now).await.unwrap());
    assert!(!batches::put_off(&mut tx, batch, (now, false), "no answer").await.unwrap());
    assert!(!batches::release(&mut tx, batch, "no answer").await.unwrap());
    assert!(!batches::claim_again(&mut tx, batch, now, now.plus(Duration::from_secs(60))).await.unwrap());
    let step = Step { from: LedgerState::Attempting, to: LedgerState::Unknown, reason: None };
    assert_eq!(ledger::update_batch(&mut tx, id, number, step).await.unwrap(), 0);
    tx.commit().await.unwrap();
    assert_eq!(app.recipients(id, LedgerState::Accepted).await, 3);
}
