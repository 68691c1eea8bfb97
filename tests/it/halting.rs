//! Stops, pauses, night and expiry that fall into the middle of a broadcast: nothing more goes out, and it adds up.

use std::time::Duration;

use jiff::civil::date;
use musubi::domain::broadcast::{Hold, LedgerState, Reason, State};
use musubi::domain::ids::{BroadcastId, LineUserId};
use musubi::domain::message::Content;
use musubi::domain::staff::Role;
use musubi::flow::broadcast::{self, Draft};
use musubi::flow::{deliver, plan};
use musubi::simulator::{Endpoint, Fault};
use musubi::store::audit::Filter;
use tokio_util::sync::CancellationToken;

use crate::support::TestApp;
use crate::support::broadcasts::to_everyone;

const MINUTE: Duration = Duration::from_secs(60);

/// An office that sends one batch at a time, so that a fault meets the batch the test means.
async fn slow_office() -> TestApp {
    TestApp::start_with(|config, _| config.send_at_once = 1.try_into().unwrap()).await
}

async fn for_an_hour(app: &TestApp) {
    for _ in 0..40 {
        app.clock().advance(MINUTE + MINUTE / 2);
        app.step().await;
    }
}

/// One round of sending, in whose middle, when LINE has taken the first batch, something happens.
async fn send_and_in_the_middle(app: &TestApp, people: &[LineUserId], happens: impl AsyncFnOnce()) {
    plan::plan_due(app.app()).await.unwrap();
    let stop = CancellationToken::new();
    let in_the_middle = async {
        while app.got(people) == [0] {
            tokio::task::yield_now().await;
        }
        happens().await;
    };
    let (sent, ()) = tokio::join!(deliver::send_due(app.app(), &stop), in_the_middle);
    sent.unwrap();
}

/// How many recipients ended so for this reason.
async fn because(app: &TestApp, id: BroadcastId, reason: Reason) -> i64 {
    let counts = app.progress(id).await.counts;
    counts.iter().filter(|count| count.reason() == Some(reason)).map(|count| count.recipients).sum()
}

async fn audit_actions(app: &TestApp, id: BroadcastId) -> Vec<String> {
    let mut tx = app.db().read().await.unwrap();
    let subject = id.to_string();
    let filter = Filter { subject: Some(("broadcast".to_owned(), subject)), ..Filter::default() };
    let entries = musubi::store::audit::list(&mut tx, &filter, None, 100).await.unwrap();
    entries.into_iter().map(|entry| entry.action).collect()
}

#[tokio::test]
async fn a_batch_in_doubt_is_not_sent_again_after_a_stop_and_stands_as_unknown() {
    for fault in [Fault::ServerError, Fault::ResetBeforeAccept, Fault::AcceptThenDrop] {
        let app = slow_office().await;
        let people = app.many_friends(1_100).await;
        app.line().fault(Endpoint::Multicast, fault, 3);
        let id = app.approved(to_everyone("取り下げる知らせ")).await;
        app.step().await;
        let before = app.got(&people);
        let editor = app.clerk("見本 三", &[Role::Editor]).await;
        broadcast::stop(app.app(), &editor, id).await.unwrap();
        app.line().forget_faults();
        for_an_hour(&app).await;
        let over = app.broadcast(id).await;
        assert_eq!((over.state, over.hold(), over.finished_at.is_some()), (State::Stopped, None, true));
        assert_eq!(app.got(&people), before, "{fault:?}");
        let (unknown, stopped) =
            (because(&app, id, Reason::EndedUnanswered).await, because(&app, id, Reason::Halted).await);
        assert!(500 <= unknown && unknown + stopped == 1_100, "{fault:?}: {unknown} + {stopped}");
        assert_eq!(app.recipients(id, LedgerState::Unknown).await, unknown);
        assert!(audit_actions(&app, id).await.contains(&"broadcast.unknown".to_owned()));
    }
}

#[tokio::test]
async fn a_broadcast_that_expires_in_doubt_is_not_sent_again_either() {
    let app = slow_office().await;
    let people = app.many_friends(600).await;
    let expires_at = Some(app.clock().now().plus(MINUTE));
    app.line().fault(Endpoint::Multicast, Fault::ServerError, 2);
    let id = app.approved(Draft { expires_at, ..to_everyone("10時まで") }).await;
    app.step().await;
    app.line().forget_faults();
    for_an_hour(&app).await;
    let over = app.broadcast(id).await;
    assert_eq!((over.state, over.finished_at.is_some(), app.got(&people)), (State::Expired, true, vec![0]));
    assert!(500 <= because(&app, id, Reason::EndedUnanswered).await);
}

#[tokio::test]
async fn a_stop_lets_the_call_in_flight_end_and_begins_no_other() {
    let app = slow_office().await;
    let people = app.many_friends(1_100).await;
    let id = app.approved(to_everyone("健診")).await;
    let editor = app.clerk("見本 三", &[Role::Editor]).await;
    send_and_in_the_middle(&app, &people, async || {
        broadcast::stop(app.app(), &editor, id).await.unwrap();
    })
    .await;
    app.step().await;
    for_an_hour(&app).await;
    let (accepted, stopped) =
        (app.recipients(id, LedgerState::Accepted).await, app.recipients(id, LedgerState::Stopped).await);
    assert!((500..=1_000).contains(&accepted) && accepted + stopped == 1_100, "{accepted} + {stopped}");
    assert_eq!((app.got(&people), app.broadcast(id).await.finished_at.is_some()), (vec![0, 1], true));
}

#[tokio::test]
async fn a_stop_stands_in_the_ledger_when_it_is_said_to_be_done() {
    let app = slow_office().await;
    app.many_friends(1_100).await;
    app.line().fault(Endpoint::Multicast, Fault::Pass, 1);
    app.line().fault(Endpoint::Multicast, Fault::RateLimit, 1);
    app.line().fault(Endpoint::Multicast, Fault::MonthlyLimit, 1);
    let id = app.approved(to_everyone("健診")).await;
    app.step().await;
    let editor = app.clerk("見本 三", &[Role::Editor]).await;
    broadcast::stop(app.app(), &editor, id).await.unwrap();
    // No worker has looked since.
    assert_eq!(app.recipients(id, LedgerState::Stopped).await, 600);
}

#[tokio::test]
async fn the_switch_holds_a_round_under_way_and_it_goes_on_when_it_is_on_again() {
    let app = slow_office().await;
    let people = app.many_friends(1_600).await;
    let id = app.approved(to_everyone("健診")).await;
    let admin = app.clerk("見本 管理", &[Role::Admin, Role::Editor]).await;
    send_and_in_the_middle(&app, &people, async || {
        broadcast::pause_all(app.app(), &admin, "確認のため").await.unwrap();
    })
    .await;
    app.step().await;
    let accepted = app.recipients(id, LedgerState::Accepted).await;
    assert!((500..=1_000).contains(&accepted), "{accepted}");
    broadcast::resume_all(app.app(), &admin).await.unwrap();
    app.step().await;
    assert_eq!((app.got(&people), app.broadcast(id).await.state), (vec![1], State::Done));
}

#[tokio::test]
async fn a_round_that_lasts_into_the_night_stops_at_eight_and_ends_in_the_morning() {
    let app = slow_office().await;
    let people = app.many_friends(1_600).await;
    app.set_tokyo(date(2026, 7, 1).at(19, 59, 50, 0));
    let id = app.approved(to_everyone("健診")).await;
    send_and_in_the_middle(&app, &people, async || app.set_tokyo(date(2026, 7, 1).at(20, 0, 0, 0))).await;
    app.step().await;
    let accepted = app.recipients(id, LedgerState::Accepted).await;
    assert!((500..=1_000).contains(&accepted), "{accepted}");
    assert_eq!(app.broadcast(id).await.hold(), Some(Hold::QuietHours));
    app.set_tokyo(date(2026, 7, 2).at(8, 0, 0, 0));
    app.step().await;
    assert_eq!((app.got(&people), app.broadcast(id).await.state), (vec![1], State::Done));
}

#[tokio::test]
async fn a_round_that_lasts_beyond_the_expiry_begins_no_other_batch() {
    let app = slow_office().await;
    let people = app.many_friends(1_600).await;
    let expires_at = app.clock().now().plus(MINUTE);
    let id = app.approved(Draft { expires_at: Some(expires_at), ..to_everyone("今朝の雨") }).await;
    send_and_in_the_middle(&app, &people, async || app.clock().set(expires_at)).await;
    app.step().await;
    let accepted = app.recipients(id, LedgerState::Accepted).await;
    assert!((500..=1_000).contains(&accepted), "{accepted}");
    assert_eq!(because(&app, id, Reason::Expired).await, 1_600 - accepted);
    assert_eq!(app.broadcast(id).await.state, State::Expired);
}

#[tokio::test]
async fn night_does_not_hide_that_a_person_has_paused_it() {
    let app = TestApp::start().await;
    app.many_friends(3).await;
    let id = app.approved(to_everyone("健診")).await;
    plan::plan_due(app.app()).await.unwrap();
    let editor = app.clerk("見本 三", &[Role::Editor]).await;
    broadcast::pause(app.app(), &editor, id).await.unwrap();
    // A worker that read the broadcast before the pause shows the night.
    let mut tx = app.db().write().await.unwrap();
    let stale = (id, State::Planned);
    let now = app.clock().now();
    let shown = musubi::store::broadcasts::update_hold(&mut tx, stale, Some(Hold::QuietHours), now).await;
    tx.commit().await.unwrap();
    assert!(!shown.unwrap());
    assert_eq!(app.broadcast(id).await.hold(), Some(Hold::Staff));
}

#[tokio::test]
async fn a_rule_whose_review_date_passed_after_the_approval_is_held_not_sent() {
    let app = TestApp::start().await;
    let people = app.many_friends(3).await;
    let library = app.app().library().await.unwrap();
    let rule = library.get("oshirase/zenin").unwrap().header.review_by.unwrap();
    let last = rule.tomorrow().unwrap().at(10, 0, 0, 0);
    app.set_tokyo(rule.at(10, 0, 0, 0));
    let at = musubi::domain::timestamp::Timestamp::from_tokyo(last);
    let id = app.approved(Draft { scheduled_at: Some(at), ..to_everyone("健診") }).await;
    app.set_tokyo(last);
    app.step().await;
    let held = app.broadcast(id).await;
    assert_eq!((held.state, held.hold()), (State::Paused, Some(Hold::RuleOutdated)));
    assert_eq!(app.got(&people), [0]);
    assert!(audit_actions(&app, id).await.contains(&"broadcast.hold".to_owned()));
}

#[tokio::test]
async fn a_text_that_names_a_last_day_does_not_go_out_after_it_whoever_lets_it_go_on() {
    let app = TestApp::start().await;
    let people = app.many_friends(3).await;
    let content = Content::japanese_text("{期限}までにお申し込みください。").until(Some(date(2026, 7, 2)));
    let id = app.approved(Draft { content, ..to_everyone("") }).await;
    plan::plan_due(app.app()).await.unwrap();
    let approver = app.clerk("見本 再開", &[Role::Approver]).await;
    broadcast::pause(app.app(), &approver, id).await.unwrap();
    app.set_tokyo(date(2026, 7, 3).at(9, 0, 0, 0));
    broadcast::resume(app.app(), &approver, id).await.unwrap();
    app.step().await;
    assert_eq!((app.broadcast(id).await.state, app.got(&people)), (State::Expired, vec![0]));
    assert_eq!(because(&app, id, Reason::Expired).await, 3);

    let content = Content::japanese_text("{期限}までにお申し込みください。").until(Some(date(2026, 7, 3)));
    let until_today = app.approved(Draft { content, ..to_everyone("") }).await;
    app.set_tokyo(date(2026, 7, 3).at(19, 0, 0, 0));
    app.step().await;
    assert_eq!((app.broadcast(until_today).await.hold(), app.got(&people)), (Some(Hold::Late), vec![0]));
    broadcast::resume(app.app(), &approver, until_today).await.unwrap();
    app.step().await;
    assert_eq!((app.broadcast(until_today).await.state, app.got(&people)), (State::Done, vec![1]));
}
