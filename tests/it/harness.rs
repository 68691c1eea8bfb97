//! The harness itself: the pieces are wired together, and it notices what a test forgot.

use musubi::store::inbox;

use crate::support::TestApp;
use crate::support::database::TestDatabase;

#[tokio::test]
async fn the_server_answers_and_lines_webhooks_reach_the_inbox() {
    let app = TestApp::start().await;
    assert_eq!(app.get("/healthz").await.ok().body, "ok");
    assert_eq!(app.get("/readyz").await.ok().body, "ready");
    let friend = app.line().add_person("見本 花子");
    let outcome = app.line().follow(&friend).await.unwrap();
    assert_eq!(outcome.status, Some(200));
    let mut tx = app.db().read().await.unwrap();
    assert_eq!(inbox::count_waiting(&mut tx).await.unwrap(), 1);
    app.may_leave_work();
}

#[tokio::test]
#[should_panic(expected = "nobody handled")]
async fn a_test_that_leaves_an_event_unread_fails() {
    let app = TestApp::start().await;
    app.line().follow(&app.line().add_person("見本 花子")).await.unwrap();
}

#[tokio::test]
async fn two_tests_share_nothing() {
    let (one, other) = (TestDatabase::migrated().await, TestDatabase::migrated().await);
    assert_ne!(one.url(), other.url());
    let count = async |database: &TestDatabase| {
        let db = database.open().await;
        let mut tx = db.write().await.unwrap();
        musubi::store::changes::last(&mut tx).await.unwrap()
    };
    crate::support::catalogue::run(&one, "UPDATE change_counter SET last = 7").await;
    assert_eq!((count(&one).await, count(&other).await), (7, 0));
}
