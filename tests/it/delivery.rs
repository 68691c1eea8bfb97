//! Delivery under bad luck: nobody twice, nobody missed, and whatever can't be known is said to be unknown.

use std::time::Duration;

use jiff::civil::date;
use musubi::app::App;
use musubi::chance::Chance;
use musubi::db::Db;
use musubi::domain::broadcast::{Hold, LedgerState, Reason, State};
use musubi::domain::ids::LineUserId;
use musubi::domain::staff::Role;
use musubi::flow::{broadcast, deliver, plan};
use musubi::simulator::{Endpoint, Fault};
use musubi::worker;
use tokio_util::sync::CancellationToken;

use crate::support::TestApp;
use crate::support::broadcasts::to_everyone;

const MINUTE: Duration = Duration::from_secs(60);

/// An office that sends one batch at a time, so that a fault meets the batch the test means.
async fn slow_office() -> TestApp {
    TestApp::start_with(|config, _| config.send_at_once = 1.try_into().unwrap()).await
}

/// Steps the worker over an hour of back-off.
async fn for_an_hour(app: &TestApp) {
    for _ in 0..40 {
        app.clock().advance(MINUTE + MINUTE / 2);
        app.step().await;
    }
}

/// The same office after a restart, on the same database and the same clock.
async fn restarted(app: &TestApp) -> App {
    let db = Db::open(app.database_url()).await.unwrap();
    let config = (*app.app().config).clone();
    let again = App::new(config, db, app.clock().clone(), Chance::seeded(3)).unwrap();
    deliver::recover(&again).await.unwrap();
    again
}

#[tokio::test]
async fn twelve_hundred_recipients_go_in_three_calls_and_each_gets_one() {
    let app = TestApp::start().await;
    let people = app.many_friends(1_201).await;
    let id = app.approved(to_everyone("健診")).await;
    app.line().forget_requests();
    app.step().await;
    let calls =
        |endpoint| app.line().requests().iter().filter(|line| line.endpoint == Some(endpoint)).count();
    assert_eq!((calls(Endpoint::Multicast), calls(Endpoint::Push)), (3, 0));
    assert_eq!((app.got(&people), app.broadcast(id).await.state), (vec![1], State::Done));
}

#[tokio::test]
async fn a_lost_answer_is_asked_for_again_with_the_same_key_and_nobody_is_sent_to_twice() {
    for fault in [Fault::AcceptThenDrop, Fault::HalfBody, Fault::ResetBeforeAccept, Fault::ServerError] {
        let app = slow_office().await;
        let people = app.many_friends(600).await;
        app.line().fault(Endpoint::Multicast, fault, 1);
        let id = app.approved(to_everyone("健診")).await;
        app.step().await;
        for_an_hour(&app).await;
        assert_eq!((app.got(&people), app.broadcast(id).await.state), (vec![1], State::Done), "{fault:?}");
        assert_eq!(app.recipients(id, LedgerState::Accepted).await, 600);
    }
}

#[tokio::test]
async fn a_process_that_dies_after_the_claim_is_continued_by_the_next_with_the_stored_bytes() {
    let app = slow_office().await;
    let people = app.many_friends(1_100).await;
    app.line().fault(Endpoint::Multicast, Fault::AcceptThenSilence, 1);
    let id = app.approved(to_everyone("健診")).await;
    plan::plan_due(app.app()).await.unwrap();
    let stop = CancellationToken::new();
    let dying = deliver::send_due(app.app(), &stop);
    // LINE has taken the first batch and keeps silent; the process is gone before it hears.
    let accepted = async {
        while app.got(&people) == [0] {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        _ = dying => panic!("LINE answered"),
        () = accepted => {}
    }
    assert_eq!(app.recipients(id, LedgerState::Attempting).await, 500);
    let again = restarted(&app).await;
    while worker::step_all(&again).await != 0 {}
    assert_eq!((app.got(&people), app.broadcast(id).await.state), (vec![1], State::Done));
}

#[tokio::test]
async fn a_failed_broadcast_never_restarts_from_its_beginning() {
    let app = slow_office().await;
    let people = app.many_friends(1_100).await;
    app.line().fault(Endpoint::Multicast, Fault::Pass, 1);
    app.line().fault(Endpoint::Multicast, Fault::MonthlyLimit, 1);
    let id = app.approved(to_everyone("健診")).await;
    app.step().await;
    let held = app.broadcast(id).await;
    assert_eq!((held.state, held.hold()), (State::Paused, Some(Hold::MonthlyLimit)));
    assert_eq!(app.recipients(id, LedgerState::Accepted).await, 500);
    assert_eq!(app.recipients(id, LedgerState::Planned).await, 600);

    let approver = app.clerk("見本 三", &[Role::Approver]).await;
    broadcast::resume(app.app(), &approver, id).await.unwrap();
    app.step().await;
    assert_eq!((app.got(&people), app.broadcast(id).await.state), (vec![1], State::Done));
}

#[tokio::test]
async fn two_senders_at_once_do_not_send_twice() {
    let app = TestApp::start().await;
    let people = app.many_friends(3_000).await;
    let id = app.approved(to_everyone("健診")).await;
    let other = restarted(&app).await;
    let (one, two) = tokio::join!(plan::plan_due(app.app()), plan::plan_due(&other));
    assert_eq!(one.unwrap() + two.unwrap(), 1);
    let stop = CancellationToken::new();
    let (one, two) = tokio::join!(deliver::send_due(app.app(), &stop), deliver::send_due(&other, &stop));
    assert_eq!(one.unwrap() + two.unwrap(), 6);
    app.step().await;
    assert_eq!((app.got(&people), app.broadcast(id).await.state), (vec![1], State::Done));
}

#[tokio::test]
async fn a_restored_copy_of_the_database_does_not_send_again_within_a_day() {
    let app = slow_office().await;
    if app.app().db.engine() != musubi::db::Engine::Sqlite {
        return; // a copy of a file; PostgreSQL is restored by its own tools
    }
    let people = app.many_friends(2_600).await;
    app.line().fault(Endpoint::Multicast, Fault::Pass, 1);
    app.line().fault(Endpoint::Multicast, Fault::RateLimit, 3);
    let id = app.approved(to_everyone("健診")).await;
    app.step().await;
    let copy = tempfile::tempdir().unwrap();
    let path = copy.path().join("copy.db");
    vacuum_into(&app, &path).await;
    for_an_hour(&app).await;
    assert_eq!((app.got(&people), app.broadcast(id).await.state), (vec![1], State::Done));

    // The copy knows of one accepted batch, three in back-off and two untried, and one of these loses a member.
    let db = Db::open(&format!("sqlite:{}", path.display())).await.unwrap();
    let mut tx = db.write().await.unwrap();
    let leave = "UPDATE account SET follow_state = 'blocked'
                 WHERE id IN (SELECT account_id FROM ledger WHERE batch_number = 6 LIMIT 1)";
    tx.execute(musubi::db::Query::new(leave, Vec::new())).await.unwrap();
    tx.commit().await.unwrap();
    let config = (*app.app().config).clone();
    let restored = App::new(config, db, app.clock().clone(), Chance::seeded(4)).unwrap();
    app.set_tokyo(date(2026, 7, 1).at(10, 30, 0, 0));
    app.line().forget_requests();
    deliver::recover(&restored).await.unwrap();
    while worker::step_all(&restored).await != 0 {}
    let refused = app.line().requests().iter().filter(|line| line.status == Some(409)).count();
    assert_eq!((refused, app.got(&people)), (5, vec![1]));
}

async fn vacuum_into(app: &TestApp, path: &std::path::Path) {
    use sqlx::Connection;
    let mut connection = sqlx::SqliteConnection::connect(app.database_url()).await.unwrap();
    let copy = format!("VACUUM INTO '{}'", path.display());
    sqlx::raw_sql(sqlx::AssertSqlSafe(copy)).execute(&mut connection).await.unwrap();
}

#[tokio::test]
async fn who_leaves_between_plan_and_sending_is_skipped_with_the_reason() {
    let app = TestApp::start().await;
    let (hanako, taro) = (app.friend("見本 花子").await, app.friend("見本 太郎").await);
    let id = app.approved(to_everyone("健診")).await;
    plan::plan_due(app.app()).await.unwrap();
    assert_eq!(app.recipients(id, LedgerState::Planned).await, 2);
    taro.blocks().await;
    app.step().await;
    let counts = app.progress(id).await.counts;
    let skipped = counts.iter().find(|count| count.state == LedgerState::Skipped).unwrap();
    assert_eq!((skipped.reason(), skipped.recipients), (Some(Reason::NotFollowing), 1));
    assert_eq!(hanako.texts().last().unwrap(), "健診");
    assert_eq!(app.broadcast(id).await.state, State::Done);
}

/// A friend presses the button that erases their registration; answers what the page says.
async fn erases(app: &TestApp, user: &LineUserId) -> String {
    let mut browser = app.browser();
    browser.post("/liff/session", &[("id_token", &app.line().id_token(user))]).await.ok();
    let page = browser.get("/liff/erase").await.ok();
    browser.submit(page.form("すべて消す")).await.ok().text()
}

#[tokio::test]
async fn who_erases_between_plan_and_sending_is_skipped_at_once() {
    let app = TestApp::start().await;
    let people = app.many_friends(3).await;
    let id = app.approved(to_everyone("健診")).await;
    plan::plan_due(app.app()).await.unwrap();
    assert!(!erases(&app, &people[0]).await.contains("23時間"));
    let progress = app.progress(id).await;
    assert_eq!(progress.recipients(LedgerState::Skipped), 1);
    assert_eq!(progress.recipients(LedgerState::Planned), 2);
    app.step().await;
    assert_eq!((app.line().accepted_count(&people[0]), app.got(&people[1..])), (0, vec![1]));
    assert_eq!(app.broadcast(id).await.state, State::Done);
}

#[tokio::test]
async fn who_erases_while_a_call_is_open_is_told_so_and_is_gone_when_it_ends() {
    let app = TestApp::start().await;
    let people = app.many_friends(3).await;
    app.line().fault(Endpoint::Multicast, Fault::ServerError, 1);
    let id = app.approved(to_everyone("健診")).await;
    app.step().await;
    assert_eq!(app.recipients(id, LedgerState::Attempting).await, 3);
    assert!(erases(&app, &people[0]).await.contains("23時間"));
    let places = async || -> Vec<String> {
        let all = app.everything().await.into_iter();
        all.filter(|(_, text)| text.contains(people[0].as_str())).map(|(place, _)| place).collect()
    };
    assert_eq!(places().await, ["batch.body"]);
    for_an_hour(&app).await;
    assert_eq!((app.broadcast(id).await.state, places().await), (State::Done, Vec::new()));
}

#[tokio::test]
async fn one_bad_recipient_is_isolated_and_everybody_else_is_served() {
    let app = slow_office().await;
    let people = app.many_friends(40).await;
    app.line().fault(Endpoint::Multicast, Fault::MalformedId(7), 1);
    let id = app.approved(to_everyone("健診")).await;
    app.step().await;
    assert_eq!(app.recipients(id, LedgerState::Rejected).await, 1);
    assert_eq!(app.recipients(id, LedgerState::Accepted).await, 39);
    assert_eq!((app.got(&people), app.broadcast(id).await.state), (vec![0, 1], State::Done));
}

#[tokio::test]
async fn refused_credentials_switch_all_sending_off_until_an_administrator_says_otherwise() {
    let app = slow_office().await;
    let people = app.many_friends(600).await;
    app.line().fault(Endpoint::Multicast, Fault::Unauthorized, 2);
    let id = app.approved(to_everyone("健診")).await;
    app.step().await;
    assert!(app.progress(id).await.sending_off.is_some());
    assert_eq!(app.got(&people), [0]);
    let admin = app.clerk("見本 管理", &[Role::Admin]).await;
    broadcast::resume_all(app.app(), &admin).await.unwrap();
    app.step().await;
    assert_eq!((app.got(&people), app.broadcast(id).await.state), (vec![1], State::Done));
}

#[tokio::test]
async fn line_away_for_a_day_ends_as_unknown_and_is_never_sent_by_itself() {
    let app = slow_office().await;
    let people = app.many_friends(600).await;
    app.line().fault(Endpoint::Multicast, Fault::ServerError, 10_000);
    let id = app.approved(to_everyone("健診")).await;
    app.step().await;
    for _ in 0..50 {
        app.clock().advance(MINUTE * 30);
        app.step().await;
    }
    app.line().forget_faults();
    app.step().await;
    for_an_hour(&app).await;
    let open =
        app.recipients(id, LedgerState::Planned).await + app.recipients(id, LedgerState::Attempting).await;
    let unknown = app.recipients(id, LedgerState::Unknown).await;
    let asks = app.broadcast(id).await;
    assert_eq!((asks.state, asks.hold(), open, unknown), (State::Paused, Some(Hold::Late), 0, 600));
    assert_eq!(app.got(&people), [0]);
    let approver = app.clerk("見本 再開", &[Role::Approver]).await;
    broadcast::resume(app.app(), &approver, id).await.unwrap();
    app.step().await;
    assert_eq!((app.broadcast(id).await.state, app.got(&people)), (State::Done, vec![0]));
}

#[tokio::test]
async fn a_stop_holds_back_every_batch_that_was_not_begun() {
    let app = slow_office().await;
    let people = app.many_friends(1_100).await;
    app.line().fault(Endpoint::Multicast, Fault::Pass, 1);
    app.line().fault(Endpoint::Multicast, Fault::RateLimit, 1);
    app.line().fault(Endpoint::Multicast, Fault::MonthlyLimit, 1);
    let id = app.approved(to_everyone("健診")).await;
    app.step().await;
    let editor = app.clerk("見本 三", &[Role::Editor]).await;
    broadcast::stop(app.app(), &editor, id).await.unwrap();
    app.step().await;
    for_an_hour(&app).await;
    assert_eq!(app.recipients(id, LedgerState::Stopped).await, 600);
    let over = app.broadcast(id).await;
    assert_eq!(
        (over.state, over.finished_at.is_some(), app.got(&people)),
        (State::Stopped, true, vec![0, 1])
    );
}

#[tokio::test]
async fn a_pause_changes_when_and_nothing_else() {
    let app = slow_office().await;
    let people = app.many_friends(1_100).await;
    app.line().fault(Endpoint::Multicast, Fault::Pass, 1);
    app.line().fault(Endpoint::Multicast, Fault::AcceptThenDrop, 1);
    let id = app.approved(to_everyone("健診")).await;
    plan::plan_due(app.app()).await.unwrap();
    let approver = app.clerk("見本 三", &[Role::Approver]).await;
    broadcast::pause(app.app(), &approver, id).await.unwrap();
    app.step().await;
    assert_eq!(app.got(&people), [0]);
    broadcast::resume(app.app(), &approver, id).await.unwrap();
    app.step().await;
    for_an_hour(&app).await;
    assert_eq!((app.got(&people), app.broadcast(id).await.state), (vec![1], State::Done));
}

#[tokio::test]
async fn a_pause_while_an_answer_is_missing_leaves_nobody_out_and_nobody_in_doubt() {
    let app = slow_office().await;
    let people = app.many_friends(1_600).await;
    app.line().fault(Endpoint::Multicast, Fault::Pass, 1);
    app.line().fault(Endpoint::Multicast, Fault::AcceptThenDrop, 1);
    app.line().fault(Endpoint::Multicast, Fault::MonthlyLimit, 1);
    let id = app.approved(to_everyone("健診")).await;
    app.step().await;
    assert_eq!((app.got(&people), app.broadcast(id).await.state), (vec![0, 1], State::Paused));
    assert_eq!(app.recipients(id, LedgerState::Attempting).await, 500);
    let approver = app.clerk("見本 三", &[Role::Approver]).await;
    for _ in 0..3 {
        broadcast::resume(app.app(), &approver, id).await.unwrap();
        broadcast::pause(app.app(), &approver, id).await.unwrap();
        app.clock().advance(MINUTE);
        app.step().await;
    }
    broadcast::resume(app.app(), &approver, id).await.unwrap();
    for_an_hour(&app).await;
    assert_eq!((app.got(&people), app.broadcast(id).await.state), (vec![1], State::Done));
    assert_eq!(app.recipients(id, LedgerState::Accepted).await, 1_600);
}

#[tokio::test]
async fn settled_batches_keep_no_body_and_every_recipient_stands_in_the_ledger() {
    let app = TestApp::start().await;
    app.many_friends(501).await;
    let id = app.approved(to_everyone("健診")).await;
    app.step().await;
    let mut tx = app.db().read().await.unwrap();
    let query = musubi::db::Query::new("SELECT COUNT(body), COUNT(request_id) FROM batch", Vec::new());
    let (bodies, requests): (i64, i64) = tx.fetch_one(query).await.unwrap();
    assert_eq!((bodies, requests), (0, 2));
    assert_eq!(app.broadcast(id).await.planned_count, Some(501));
    assert_eq!(app.recipients(id, LedgerState::Accepted).await, 501);
}

#[tokio::test]
async fn figures_that_do_not_add_up_are_an_alarm_not_a_success() {
    let app = TestApp::start().await;
    app.many_friends(3).await;
    let id = app.approved(to_everyone("健診")).await;
    plan::plan_due(app.app()).await.unwrap();
    let mut tx = app.db().write().await.unwrap();
    let lose = "DELETE FROM ledger WHERE account_id IN (SELECT account_id FROM ledger LIMIT 1)";
    tx.execute(musubi::db::Query::new(lose, Vec::new())).await.unwrap_or_else(|error| panic!("{error}"));
    tx.commit().await.unwrap();
    app.step().await;
    let held = app.broadcast(id).await;
    assert_eq!((held.state, held.hold()), (State::Paused, Some(Hold::Mismatch)));
}
