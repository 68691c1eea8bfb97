//! What is left of the month at LINE: asked while a broadcast is planned, trusted for its first call alone.

use std::time::Duration;

use musubi::db::Tx;
use musubi::domain::broadcast::{Hold, State};
use musubi::domain::staff::Role;
use musubi::domain::timestamp::Timestamp;
use musubi::flow::broadcast;
use musubi::flow::plan::plan_due;
use musubi::simulator::{Endpoint, Fault};
use musubi::store::quota;

use crate::support::TestApp;
use crate::support::broadcasts::to_everyone;

const SECOND: Duration = Duration::from_secs(1);

fn questions(app: &TestApp) -> usize {
    app.line().requests().iter().filter(|call| call.endpoint == Some(Endpoint::Quota)).count()
}

#[tokio::test]
async fn line_is_asked_while_a_broadcast_is_planned_and_not_again_before_its_first_call() {
    let app = TestApp::start_with(|_, line| line.quota = Some(1_000)).await;
    let people = app.many_friends(2).await;
    app.approved(to_everyone("健診")).await;
    app.line().forget_requests();
    plan_due(app.app()).await.unwrap();
    assert_eq!((questions(&app), app.got(&people)), (1, vec![0]));
    app.clock().advance(59 * SECOND);
    app.step().await;
    assert_eq!((questions(&app), app.got(&people)), (1, vec![1]));
}

#[tokio::test]
async fn after_more_than_a_minute_line_is_asked_again() {
    let app = TestApp::start().await;
    let people = app.many_friends(100).await;
    let id = app.approved(to_everyone("健診")).await;
    plan_due(app.app()).await.unwrap();
    app.line().set_quota(Some(app.line().used_quota() + 99));
    app.clock().advance(61 * SECOND);
    app.step().await;
    assert_eq!((app.broadcast(id).await.hold(), app.got(&people)), (Some(Hold::QuotaShort), vec![0]));
}

#[tokio::test]
async fn an_answer_from_a_clock_that_was_put_back_is_not_trusted() {
    let app = TestApp::start().await;
    app.many_friends(100).await;
    let id = app.approved(to_everyone("健診")).await;
    plan_due(app.app()).await.unwrap();
    let now = app.clock().now();
    let mut tx = app.db().read().await.unwrap();
    let asked =
        async |tx: &mut Tx, now: Timestamp| quota::find(tx, id, (now.minus(60 * SECOND), now)).await.unwrap();
    assert_eq!(asked(&mut tx, now).await, Some(None));
    assert_eq!(asked(&mut tx, now.minus(SECOND)).await, None);
}

#[tokio::test]
async fn once_another_broadcast_has_gone_on_the_answer_is_void() {
    let app = TestApp::start_with(|_, line| line.quota = Some(1_000)).await;
    app.many_friends(2).await;
    let first = app.approved(to_everyone("一つ目")).await;
    let second = app.approved(to_everyone("二つ目")).await;
    plan_due(app.app()).await.unwrap();
    app.clock().advance(SECOND);
    let now = app.clock().now();
    let window = (now.minus(60 * SECOND), now);
    let mut tx = app.db().write().await.unwrap();
    let left = Some(1_000 - app.line().used_quota());
    assert_eq!(quota::find(&mut tx, second, window).await.unwrap(), Some(left));
    musubi::store::broadcasts::transition(&mut tx, first, (State::Planned, State::Sending), None, now)
        .await
        .unwrap();
    musubi::store::broadcasts::note_begun(&mut tx, first, now).await.unwrap();
    musubi::store::broadcasts::touch(&mut tx, first, Some(now)).await.unwrap();
    assert_eq!(quota::find(&mut tx, second, window).await.unwrap(), None);
    assert_eq!(quota::find(&mut tx, first, window).await.unwrap(), Some(left));
}

#[tokio::test]
async fn a_question_that_failed_while_planning_is_asked_again_before_the_first_call() {
    let app = TestApp::start().await;
    let people = app.many_friends(2).await;
    app.line().fault(Endpoint::Quota, Fault::ServerError, 1);
    app.approved(to_everyone("健診")).await;
    app.line().forget_requests();
    app.step().await;
    assert_eq!((questions(&app), app.got(&people)), (2, vec![1]));
}

#[tokio::test]
async fn what_was_held_before_its_first_call_for_another_reason_is_asked_for_again_and_a_person_may_waive_it()
{
    let app = TestApp::start().await;
    let people = app.many_friends(100).await;
    let id = app.approved(to_everyone("健診")).await;
    plan_due(app.app()).await.unwrap();
    app.clock().advance(2 * 60 * 60 * SECOND);
    app.step().await;
    assert_eq!(app.broadcast(id).await.hold(), Some(Hold::Late));
    app.line().set_quota(Some(app.line().used_quota() + 99));
    let approver = app.clerk("見本 再開", &[Role::Approver]).await;
    broadcast::resume(app.app(), &approver, id).await.unwrap();
    app.step().await;
    assert_eq!((app.broadcast(id).await.hold(), app.got(&people)), (Some(Hold::QuotaShort), vec![0]));
    broadcast::resume(app.app(), &approver, id).await.unwrap();
    app.line().set_quota(None);
    app.line().forget_requests();
    app.step().await;
    assert_eq!((questions(&app), app.got(&people)), (0, vec![1]));
}
