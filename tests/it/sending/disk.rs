//! The disk is full in the middle of a broadcast, and is given room again.

use std::time::Duration;

use musubi::db::{Engine, Query};
use musubi::domain::broadcast::{LedgerState, State};
use musubi::flow::{deliver, plan};
use musubi::worker;
use tokio_util::sync::CancellationToken;

use super::agrees_with_line;
use crate::support::TestApp;
use crate::support::broadcasts::to_everyone;

/// The file may not grow from now on: SQLite takes no limit below what there is.
const FULL: &str = "PRAGMA max_page_count = 1";
const ROOM: &str = "PRAGMA max_page_count = 1073741823";

async fn disk(app: &TestApp, limit: &'static str) {
    let mut tx = app.db().write().await.unwrap();
    let _: (i64,) = tx.fetch_one(Query::new(limit, Vec::new())).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn a_full_disk_in_the_middle_leaves_nobody_out_and_sends_nobody_twice() {
    let app = TestApp::start_with(|config, _| config.send_at_once = 1.try_into().unwrap()).await;
    if app.db().engine() != Engine::Sqlite {
        return; // the limit is SQLite's
    }
    let people = app.many_friends(5_600).await;
    let id = app.approved(to_everyone("健診")).await;
    plan::plan_due(app.app()).await.unwrap();
    let stop = CancellationToken::new();
    let fills = async {
        while app.got(&people) == [0] {
            tokio::task::yield_now().await;
        }
        disk(&app, FULL).await;
    };
    let (sent, ()) = tokio::join!(deliver::send_due(app.app(), &stop), fills);
    assert!(sent.is_err(), "nothing more could be written");
    for _ in 0..5 {
        app.clock().advance(Duration::from_secs(30));
        worker::step_all(app.app()).await;
    }
    assert_eq!(app.got(&people), [0, 1], "it stands in the middle");
    agrees_with_line(&app, id, &people, false).await;
    disk(&app, ROOM).await;
    for _ in 0..5 {
        app.clock().advance(Duration::from_secs(30));
        app.step().await;
    }
    assert_eq!((app.got(&people), app.broadcast(id).await.state), (vec![1], State::Done));
    assert_eq!(app.recipients(id, LedgerState::Accepted).await, 5_600);
}
