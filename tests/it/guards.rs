//! The guards of sending: first recipients, caps on what one resident gets, the month's quota, and stopping by itself.

use std::time::Duration;

use jiff::civil::date;
use musubi::db::Engine;
use musubi::domain::broadcast::limits::Limits;
use musubi::domain::broadcast::{Hold, LedgerState, Pilot, Reason, State};
use musubi::domain::ids::BroadcastId;
use musubi::domain::message::Content;
use musubi::domain::staff::Role;
use musubi::flow::broadcast::{self, Draft, Wish};
use musubi::simulator::{Endpoint, Fault};
use musubi::store::staff;

use crate::support::TestApp;
use crate::support::broadcasts::to_everyone;

const MINUTE: Duration = Duration::from_secs(60);

/// An office that waits ten minutes after the first recipients.
async fn careful_office() -> TestApp {
    TestApp::start_with(|config, _| config.pilot = Pilot { wait: 10 * MINUTE }).await
}

/// An office with the caps of a real one.
async fn capped_office(limits: Limits) -> TestApp {
    TestApp::start_with(|config, _| config.limits = limits).await
}

async fn skipped(app: &TestApp, id: BroadcastId, reason: Reason) -> i64 {
    let counts = app.progress(id).await.counts;
    counts.iter().filter(|count| count.reason() == Some(reason)).map(|count| count.recipients).sum()
}

#[tokio::test]
async fn fifty_and_the_staff_get_it_first_and_the_rest_ten_minutes_later() {
    let app = careful_office().await;
    let people = app.many_friends(700).await;
    let id = app.approved(to_everyone("健診")).await;
    app.line().forget_requests();
    app.step().await;
    let held = app.broadcast(id).await;
    assert_eq!((held.state, held.hold()), (State::Sending, Some(Hold::Pilot)));
    assert_eq!(app.recipients(id, LedgerState::Accepted).await, 50);
    let copies = app.line().requests().iter().filter(|call| call.endpoint == Some(Endpoint::Push)).count();
    assert_eq!(copies, 3, "author and both approvers");
    app.clock().advance(9 * MINUTE);
    app.step().await;
    assert_eq!(app.recipients(id, LedgerState::Accepted).await, 50);
    app.clock().advance(MINUTE);
    app.step().await;
    assert_eq!((app.got(&people), app.broadcast(id).await.state), (vec![1], State::Done));
}

#[tokio::test]
async fn the_copies_for_staff_show_every_language_and_every_text_of_a_trial() {
    let app = careful_office().await;
    app.many_friends(700).await;
    let text = |text: &str| serde_json::json!({ "kind": "text", "text": text });
    let said = |japanese: &str, english: &str| {
        let both = serde_json::json!({ "ja": text(japanese), "en": text(english) });
        Draft { content: Content::try_from(both).unwrap(), ..to_everyone("") }
    };
    let author = app.clerk("見本 起案", &[Role::Editor]).await;
    let id = broadcast::create(app.app(), &author, said("健診 一", "Check-up one")).await.unwrap();
    let other = broadcast::create(app.app(), &author, said("健診 二", "Check-up two")).await.unwrap();
    let wish = Wish { held_out_percent: 0, others: vec![other] };
    broadcast::split(app.app(), &author, (id, 1), wish).await.unwrap();
    broadcast::send_test(app.app(), &author, id).await.unwrap();
    let version = app.broadcast(id).await.version;
    app.submit(&author, (id, version)).await.unwrap();
    app.approve_by_others(id).await;
    let own = staff::find(&mut app.db().read().await.unwrap(), author.id).await.unwrap().unwrap();
    let user = own.line_user_id.unwrap();
    let told = || app.line().said_to(&user).into_iter().map(|shown| shown.text).collect::<Vec<_>>();
    let tested = told();
    assert!(tested[0].starts_with("【テスト】") && tested.len() == 5, "{tested:?}");
    app.step().await;
    assert_eq!(app.broadcast(id).await.hold(), Some(Hold::Pilot));
    assert_eq!(told()[5..], tested[1..], "what the test showed");
}

#[tokio::test]
async fn who_sees_a_mistake_in_time_stops_all_but_the_first_recipients() {
    let app = careful_office().await;
    let people = app.many_friends(700).await;
    let id = app.approved(to_everyone("健診")).await;
    app.step().await;
    let admin = app.clerk("見本 管理", &[Role::Admin]).await;
    broadcast::stop(app.app(), &admin, id).await.unwrap();
    app.clock().advance(30 * MINUTE);
    app.step().await;
    assert_eq!((app.got(&people), app.recipients(id, LedgerState::Stopped).await), (vec![0, 1], 650));
}

#[tokio::test]
async fn an_approver_lets_the_rest_follow_at_once() {
    let app = careful_office().await;
    let people = app.many_friends(60).await;
    let id = app.approved(to_everyone("健診")).await;
    app.step().await;
    let (editor, approver) =
        (app.clerk("見本 起案", &[Role::Editor]).await, app.clerk("見本 承認", &[Role::Approver]).await);
    assert!(broadcast::go_on_now(app.app(), &editor, id).await.is_err());
    broadcast::go_on_now(app.app(), &approver, id).await.unwrap();
    app.step().await;
    assert_eq!((app.got(&people), app.broadcast(id).await.state), (vec![1], State::Done));
    assert!(broadcast::go_on_now(app.app(), &approver, id).await.is_err());
}

#[tokio::test]
async fn fifty_or_fewer_go_at_once() {
    let app = careful_office().await;
    let people = app.many_friends(50).await;
    let id = app.approved(to_everyone("健診")).await;
    app.step().await;
    assert_eq!((app.got(&people), app.broadcast(id).await.state), (vec![1], State::Done));
}

#[tokio::test]
async fn an_emergency_goes_to_everybody_at_once_and_by_night() {
    let app = careful_office().await;
    app.set_tokyo(date(2026, 7, 1).at(23, 30, 0, 0));
    let people = app.many_friends(700).await;
    let calm = app.approved(to_everyone("健診")).await;
    let id = app.approved_emergency().await;
    app.step().await;
    assert_eq!((app.got(&people), app.broadcast(id).await.state), (vec![1], State::Done));
    assert_eq!(app.broadcast(calm).await.hold(), Some(Hold::QuietHours));
}

#[tokio::test]
async fn nobody_gets_a_second_message_on_a_day_nor_a_fifth_in_a_week() {
    let app = capped_office(Limits::default()).await;
    let people = app.many_friends(3).await;
    let mut last = Vec::new();
    for day in 1..=6 {
        app.set_tokyo(date(2026, 7, day).at(10, 0, 0, 0));
        for text in ["一つ目", "二つ目"] {
            let id = app.approved(to_everyone(text)).await;
            app.step().await;
            last.push(skipped(&app, id, Reason::FrequencyCap).await);
        }
    }
    assert_eq!(last, [0, 3, 0, 3, 0, 3, 0, 3, 3, 3, 3, 3]);
    assert_eq!(app.got(&people), [4]);
    app.set_tokyo(date(2026, 7, 8).at(10, 0, 0, 0));
    app.approved(to_everyone("八日目")).await;
    app.step().await;
    assert_eq!(app.got(&people), [5]);
}

#[tokio::test]
async fn emergencies_and_corrections_pass_the_cap_of_the_day_but_not_that_of_the_hour() {
    let app = capped_office(Limits { hour_messages: 3, ..Limits::default() }).await;
    let people = app.many_friends(2).await;
    let first = app.approved(to_everyone("お知らせ")).await;
    app.step().await;
    let author = app.clerk("見本 訂正", &[Role::Editor]).await;
    let correction = broadcast::correct(app.app(), &author, first).await.unwrap();
    let text = Draft { title: "訂正".to_owned(), ..to_everyone("【お詫びと訂正】4日です。") };
    broadcast::edit(app.app(), &author, (correction, 1), text).await.unwrap();
    broadcast::send_test(app.app(), &author, correction).await.unwrap();
    app.submit(&author, (correction, 2)).await.unwrap();
    app.approve_by_others(correction).await;
    app.step().await;
    assert_eq!(app.got(&people), [2], "a correction comes on the same day");
    for _ in 0..2 {
        app.approved_emergency().await;
        app.step().await;
    }
    assert_eq!(app.got(&people), [3], "the second emergency is the fourth message of the hour");
    app.approved(to_everyone("お知らせの二")).await;
    app.step().await;
    assert_eq!(app.got(&people), [3]);
    app.clock().advance(60 * MINUTE);
    app.approved_emergency().await;
    app.step().await;
    assert_eq!(app.got(&people), [4]);
}

#[tokio::test]
async fn the_cap_on_everybody_in_an_hour_holds_the_rest_until_the_next() {
    let app = capped_office(Limits { hour_recipients: 600, ..Limits::default() }).await;
    let people = app.many_friends(1_400).await;
    let id = app.approved(to_everyone("健診")).await;
    app.step().await;
    let held = app.broadcast(id).await;
    assert_eq!((held.state, held.hold()), (State::Sending, Some(Hold::HourlyLimit)));
    assert_eq!(app.recipients(id, LedgerState::Accepted).await, 500);
    for accepted in [1_000, 1_400] {
        app.clock().advance(60 * MINUTE);
        app.step().await;
        assert_eq!(app.recipients(id, LedgerState::Accepted).await, accepted);
    }
    assert_eq!((app.got(&people), app.broadcast(id).await.state), (vec![1], State::Done));
}

#[tokio::test]
async fn what_line_has_certainly_not_taken_counts_against_no_cap() {
    let app = capped_office(Limits::default()).await;
    let people = app.many_friends(4).await;
    app.line().fault(Endpoint::Multicast, Fault::MonthlyLimit, 1);
    let id = app.approved(to_everyone("健診")).await;
    app.step().await;
    assert_eq!(app.broadcast(id).await.hold(), Some(Hold::MonthlyLimit));
    let approver = app.clerk("見本 三", &[Role::Approver]).await;
    broadcast::resume(app.app(), &approver, id).await.unwrap();
    app.step().await;
    assert_eq!((app.got(&people), app.recipients(id, LedgerState::Accepted).await), (vec![1], 4));
}

/// Begins a batch behind the program's back.
async fn begin_by_hand(app: &TestApp, id: BroadcastId) -> Result<(), String> {
    let mut tx = app.db().write().await.unwrap();
    let begun = musubi::store::batches::list_pending(&mut tx, (id, 0), false, 1).await.unwrap();
    let claim = musubi::store::batches::Claim {
        retry_key: id.0,
        body: "{}",
        recipients: app.broadcast(id).await.planned_count.unwrap(),
        body_hash: "",
        lease_until: app.clock().now(),
    };
    let done = musubi::store::batches::claim(&mut tx, &begun[0], claim, app.clock().now()).await;
    done.map(|_| ()).map_err(|error| error.to_string())?;
    tx.commit().await.map_err(|error| error.to_string())
}

#[tokio::test]
async fn the_database_itself_refuses_a_batch_over_a_cap() {
    let app = capped_office(Limits { hour_recipients: 10, ..Limits::default() }).await;
    app.many_friends(4).await;
    app.approved(to_everyone("一つ目")).await;
    app.step().await;
    let second = app.approved(to_everyone("二つ目")).await;
    musubi::flow::plan::plan_due(app.app()).await.unwrap();
    let refused = begin_by_hand(&app, second).await.unwrap_err();
    assert!(refused.contains("send_limit: messages of an account"), "{refused}");

    let app = capped_office(Limits { hour_recipients: 3, ..Limits::default() }).await;
    app.many_friends(4).await;
    let id = app.approved(to_everyone("一つ目")).await;
    musubi::flow::plan::plan_due(app.app()).await.unwrap();
    let refused = begin_by_hand(&app, id).await.unwrap_err();
    assert!(refused.contains("send_limit: hour_recipients"), "{refused}");
    assert!(matches!(app.db().engine(), Engine::Sqlite | Engine::Postgres));
}

#[tokio::test]
async fn a_limit_that_is_missing_lets_nothing_begin() {
    for name in ["hour_messages", "day_messages", "week_messages", "hour_recipients"] {
        let app = capped_office(Limits::default()).await;
        app.many_friends(2).await;
        let id = app.approved(to_everyone("健診")).await;
        musubi::flow::plan::plan_due(app.app()).await.unwrap();
        app.run_sql(&format!("DELETE FROM send_limit WHERE name = '{name}'")).await;
        let refused = begin_by_hand(&app, id).await.unwrap_err();
        assert!(refused.contains("send_limit: "), "{name}: {refused}");
    }
}

#[tokio::test]
async fn the_database_counts_hours_days_and_weeks_by_itself() {
    let most = |hour, day, week| Limits {
        hour_messages: hour,
        day_messages: day,
        week_messages: week,
        ..Limits::default()
    };
    let hour = Duration::from_secs(3_600);
    // So many go through, so far apart, and the next one does not.
    let table = [
        (most(2, 9, 9), MINUTE, 2),
        (most(9, 3, 9), MINUTE, 3),
        (most(1, 3, 9), hour, 3),
        (most(9, 9, 4), 24 * hour, 4),
    ];
    for (limits, apart, through) in table {
        let app = capped_office(limits).await;
        app.many_friends(2).await;
        for number in 0..=through {
            let id = app.approved(to_everyone(&format!("{number}通目"))).await;
            musubi::flow::plan::plan_due(app.app()).await.unwrap();
            let begun = begin_by_hand(&app, id).await;
            assert_eq!(begun.is_ok(), number < through, "{limits:?}, number {number}: {begun:?}");
            app.clock().advance(apart);
        }
    }
}

#[tokio::test]
async fn a_month_with_too_little_left_is_noticed_before_anybody_is_sent_to() {
    let app = TestApp::start_with(|_, line| line.quota = Some(99)).await;
    let people = app.many_friends(100).await;
    let id = app.approved(to_everyone("健診")).await;
    app.step().await;
    let held = app.broadcast(id).await;
    assert_eq!((held.state, held.hold()), (State::Paused, Some(Hold::QuotaShort)));
    assert_eq!(app.got(&people), [0]);
}

#[tokio::test]
async fn what_was_held_before_its_first_call_still_shows_itself_to_staff_first_when_it_goes_on() {
    let wait = 10 * MINUTE;
    let app = TestApp::start_with(|config, line| {
        config.pilot = Pilot { wait };
        line.quota = Some(99);
    })
    .await;
    app.many_friends(100).await;
    let id = app.approved(to_everyone("健診")).await;
    app.line().forget_requests();
    let copies = || app.line().requests().iter().filter(|call| call.endpoint == Some(Endpoint::Push)).count();
    app.step().await;
    assert_eq!(app.broadcast(id).await.hold(), Some(Hold::QuotaShort));
    assert_eq!(copies(), 3, "all three are told that it is held, and nobody is shown it");
    app.line().forget_requests();
    let approver = app.clerk("見本 再開", &[Role::Approver]).await;
    broadcast::resume(app.app(), &approver, id).await.unwrap();
    app.step().await;
    assert_eq!(copies(), 3, "author and both approvers");
    assert_eq!(app.broadcast(id).await.hold(), Some(Hold::Pilot));
    // Held and resumed again, nobody is shown it twice.
    broadcast::pause(app.app(), &approver, id).await.unwrap();
    broadcast::resume(app.app(), &approver, id).await.unwrap();
    app.step().await;
    assert_eq!(copies(), 3);
}

#[tokio::test]
async fn without_a_word_of_the_quota_it_waits_and_goes_on_by_itself() {
    let app = TestApp::start().await;
    let people = app.many_friends(2).await;
    // While it is planned, and before its first call.
    app.line().fault(Endpoint::Quota, Fault::ServerError, 2);
    let id = app.approved(to_everyone("健診")).await;
    musubi::worker::step_all(app.app()).await;
    let held = app.broadcast(id).await;
    assert_eq!((held.state, held.hold()), (State::Planned, Some(Hold::QuotaUnknown)));
    app.clock().advance(MINUTE);
    app.step().await;
    assert_eq!((app.got(&people), app.broadcast(id).await.state), (vec![1], State::Done));
}

#[tokio::test]
async fn three_refused_batches_in_a_row_stop_a_broadcast_and_a_person_lets_it_go_on() {
    let app = TestApp::start_with(|config, _| config.send_at_once = 1.try_into().unwrap()).await;
    app.many_friends(3_000).await;
    let id = app.approved(to_everyone("健診")).await;
    // What is left of a refused batch is tried after the batches that were planned.
    app.line().fault(Endpoint::Multicast, Fault::MalformedId(0), 3);
    app.step().await;
    let held = app.broadcast(id).await;
    assert_eq!((held.state, held.hold()), (State::Paused, Some(Hold::Failures)));
    assert_eq!(app.recipients(id, LedgerState::Accepted).await, 0);
    let approver = app.clerk("見本 三", &[Role::Approver]).await;
    broadcast::resume(app.app(), &approver, id).await.unwrap();
    app.step().await;
    assert_eq!(app.recipients(id, LedgerState::Accepted).await, 2_997);
}
