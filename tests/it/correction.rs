//! What follows a broadcast: corrected to exactly those who may have it, sent to those who have not, copied.

use musubi::domain::broadcast::{Caution, LedgerState, State, Whom};
use musubi::domain::ids::{BroadcastId, LineUserId};
use musubi::domain::message::Content;
use musubi::domain::staff::{Role, StaffMember};
use musubi::flow::broadcast::{self, BroadcastError, Draft, Refusal};
use musubi::simulator::{Endpoint, Fault};

use crate::support::TestApp;
use crate::support::broadcasts::to_everyone;

async fn slow_office() -> TestApp {
    TestApp::start_with(|config, _| config.send_at_once = 1.try_into().unwrap()).await
}

fn refused<T: std::fmt::Debug>(outcome: Result<T, BroadcastError>) -> Refusal {
    match outcome.unwrap_err() {
        BroadcastError::Refused(refusal) => refusal,
        other => panic!("{other}"),
    }
}

/// Finishes the text of a draft and submits it.
async fn finish(app: &TestApp, author: &StaffMember, id: BroadcastId, words: &str) {
    let stored = app.broadcast(id).await;
    let text = Draft {
        title: stored.title.clone(),
        series: stored.series.clone(),
        segment_path: stored.segment_path.clone(),
        ..to_everyone(words)
    };
    broadcast::edit(app.app(), author, (id, stored.version), text).await.unwrap();
    broadcast::send_test(app.app(), author, id).await.unwrap();
    let version = app.broadcast(id).await.version;
    app.submit(author, (id, version)).await.unwrap();
}

fn how_many(app: &TestApp, people: &[LineUserId], messages: u32) -> i64 {
    let count = people.iter().filter(|person| app.line().accepted_count(person) == messages).count();
    i64::try_from(count).unwrap()
}

#[tokio::test]
async fn a_correction_stops_the_rest_and_reaches_exactly_those_who_have_the_mistake() {
    let app = slow_office().await;
    let people = app.many_friends(1_400).await;
    let faulty = app.approved(to_everyone("健診は3日です")).await;
    app.line().fault(Endpoint::Multicast, Fault::Pass, 1);
    app.line().fault(Endpoint::Multicast, Fault::ServerError, 1_000);
    app.step().await;
    let author = app.clerk("見本 訂正", &[Role::Editor]).await;
    let draft = broadcast::correct(app.app(), &author, faulty).await.unwrap();
    assert_eq!(broadcast::correct(app.app(), &author, faulty).await.unwrap(), draft, "a double click");
    assert_eq!(app.broadcast(faulty).await.state, State::Stopped);
    app.line().forget_faults();

    let begun = app.broadcast(draft).await;
    assert_eq!((begun.whom(), begun.rule_text.as_str()), (Some(Whom::Reached(faulty)), ""));
    assert_eq!(begun.content.first_line(), "【お詫びと訂正】");
    broadcast::send_test(app.app(), &author, draft).await.unwrap();
    assert!(matches!(refused(app.submit(&author, (draft, 1)).await), Refusal::Unfilled(_)));

    for _ in 0..40 {
        app.clock().advance(std::time::Duration::from_secs(90));
        app.step().await;
    }
    finish(&app, &author, draft, "【お詫びと訂正】健診は4日です").await;
    let may_have = app.recipients(faulty, LedgerState::Accepted).await
        + app.recipients(faulty, LedgerState::Unknown).await;
    let submitted = app.broadcast(draft).await;
    assert_eq!((submitted.submitted_count, submitted.approvals_needed), (Some(may_have), 1));
    let before = how_many(&app, &people, 1);
    app.approve_by_others(draft).await;
    app.step().await;
    assert_eq!(app.broadcast(draft).await.state, State::Done);
    assert_eq!(app.recipients(draft, LedgerState::Accepted).await, may_have);
    assert_eq!(how_many(&app, &people, 2), before, "each who had the mistake, and nobody else");
    assert_eq!(how_many(&app, &people, 3), 0);
}

#[tokio::test]
async fn whoever_blocked_or_stopped_since_then_gets_no_correction() {
    let app = TestApp::start().await;
    let people = app.many_friends(3).await;
    let faulty = app.approved(to_everyone("健診は3日です")).await;
    app.step().await;
    let author = app.clerk("見本 訂正", &[Role::Editor]).await;
    let draft = broadcast::correct(app.app(), &author, faulty).await.unwrap();
    finish(&app, &author, draft, "健診は4日です").await;
    app.approve_by_others(draft).await;
    app.run_sql(&format!(
        "UPDATE account SET stopped_at = created_at WHERE line_user_id = '{}'",
        people[0].as_str()
    ))
    .await;
    app.step().await;
    assert_eq!(app.recipients(draft, LedgerState::Skipped).await, 1);
    assert_eq!((how_many(&app, &people, 1), how_many(&app, &people, 2)), (1, 2));
}

#[tokio::test]
async fn the_approval_is_bound_to_whom_it_corrects() {
    let app = TestApp::start().await;
    let people = app.many_friends(3).await;
    let (one, other) = (app.approved(to_everyone("一")).await, app.approved(to_everyone("二")).await);
    app.step().await;
    let author = app.clerk("見本 訂正", &[Role::Editor]).await;
    let draft = broadcast::correct(app.app(), &author, one).await.unwrap();
    finish(&app, &author, draft, "訂正です").await;
    app.approve_by_others(draft).await;
    app.run_sql(&format!("UPDATE broadcast SET correction_of = '{other}' WHERE id = '{draft}'")).await;
    app.step().await;
    assert_eq!(app.broadcast(draft).await.state, State::Paused);
    app.run_sql(&format!(
        "UPDATE broadcast SET correction_of = NULL, audience = 'rule' WHERE id = '{draft}'"
    ))
    .await;
    app.step().await;
    assert_eq!(how_many(&app, &people, 2), 3, "nobody got a third message");
}

#[tokio::test]
async fn what_nobody_has_got_is_stopped_not_corrected() {
    let app = TestApp::start().await;
    app.many_friends(3).await;
    let at = app.clock().now().plus(std::time::Duration::from_secs(3600));
    let id = app.approved(Draft { scheduled_at: Some(at), ..to_everyone("健診") }).await;
    let author = app.clerk("見本 訂正", &[Role::Editor]).await;
    assert_eq!(refused(broadcast::correct(app.app(), &author, id).await), Refusal::NobodyReached);
    assert_eq!(app.broadcast(id).await.state, State::Approved);
    let approver = app.clerk("見本 承認", &[Role::Approver]).await;
    let without = broadcast::correct(app.app(), &approver, id).await;
    assert!(matches!(refused(without), Refusal::NotAllowed(_)));
}

#[tokio::test]
async fn those_not_reached_get_it_later_and_nobody_who_surely_has_it_gets_it_twice() {
    let app = slow_office().await;
    let people = app.many_friends(1_400).await;
    let first = app.approved(to_everyone("健診の申込")).await;
    let author = app.clerk("見本 起案", &[Role::Editor]).await;
    assert_eq!(refused(broadcast::send_to_missed(app.app(), &author, first).await), Refusal::NotOver);
    app.line().fault(Endpoint::Multicast, Fault::Pass, 1);
    app.line().fault(Endpoint::Multicast, Fault::ServerError, 1_000);
    app.step().await;
    broadcast::stop(app.app(), &author, first).await.unwrap();
    for _ in 0..40 {
        app.clock().advance(std::time::Duration::from_secs(90));
        app.step().await;
    }
    app.line().forget_faults();
    let (accepted, unknown) = (
        app.recipients(first, LedgerState::Accepted).await,
        app.recipients(first, LedgerState::Unknown).await,
    );
    assert!(0 < accepted && 0 < unknown);
    let again = broadcast::send_to_missed(app.app(), &author, first).await.unwrap();
    let begun = app.broadcast(again).await;
    assert_eq!(begun.whom(), Some(Whom::Missed(first)));
    assert_eq!(broadcast::cautions(app.app(), &begun).await.unwrap(), [Caution::MayRepeat]);
    broadcast::send_test(app.app(), &author, again).await.unwrap();
    let unwarned = broadcast::submit(app.app(), &author, (again, 1), &[]).await;
    assert_eq!(refused(unwarned), Refusal::Cautions(vec![Caution::MayRepeat]));
    app.submit(&author, (again, 1)).await.unwrap();
    assert_eq!(app.broadcast(again).await.submitted_count, Some(1_400 - accepted));
    app.approve_by_others(again).await;
    app.step().await;
    assert_eq!(app.got(&people), [1]);
}

#[tokio::test]
async fn a_copy_is_a_draft_to_whom_the_rule_selects_today() {
    let app = TestApp::start().await;
    let at = app.clock().now().plus(std::time::Duration::from_secs(3600));
    app.many_friends(3).await;
    let id = app.approved(Draft { scheduled_at: Some(at), ..to_everyone("健診") }).await;
    let colleague = app.clerk("見本 同僚", &[Role::Editor]).await;
    let copy = broadcast::copy(app.app(), &colleague, id).await.unwrap();
    let begun = app.broadcast(copy).await;
    assert_eq!((begun.state, begun.scheduled_at, begun.author_id), (State::Draft, None, colleague.id));
    assert_eq!((begun.whom(), begun.copied_from), (Some(Whom::Rule), Some(id)));
    assert!(begun.content == Content::japanese_text("健診") && begun.title == "見本の配信(写し)");
}

#[tokio::test]
async fn a_correction_may_name_the_test_that_went_out_and_is_none_itself() {
    let app = TestApp::start().await;
    let people = app.many_friends(30).await;
    let faulty = app.approved(to_everyone("【テスト】避難してください")).await;
    app.step().await;
    assert_eq!(app.got(&people), [1]);
    let mut live = app.app().clone();
    std::sync::Arc::make_mut(&mut live.config).server.demo = false;
    let author = app.clerk("見本 訂正", &[Role::Editor]).await;
    let id = broadcast::correct(app.app(), &author, faulty).await.unwrap();
    let begun = app.broadcast(id).await;
    for (words, is_refused) in [
        (
            "【お詫びと訂正】\nさきほどの「【テスト】避難してください」は、テスト配信です。避難は不要です。",
            false,
        ),
        ("【テスト】お詫びと訂正", true),
    ] {
        let version = app.broadcast(id).await.version;
        let text = Draft {
            title: begun.title.clone(),
            series: begun.series.clone(),
            segment_path: begun.segment_path.clone(),
            ..to_everyone(words)
        };
        broadcast::edit(&live, &author, (id, version), text).await.unwrap();
        broadcast::send_test(&live, &author, id).await.unwrap();
        let seen = broadcast::cautions(&live, &app.broadcast(id).await).await.unwrap();
        let outcome = broadcast::submit(&live, &author, (id, version + 1), &seen).await;
        if is_refused {
            assert_eq!(refused(outcome), Refusal::MarkedAsTest);
        } else {
            outcome.unwrap();
        }
    }
}
