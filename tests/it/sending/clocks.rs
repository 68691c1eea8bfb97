//! A clock that was two days ahead and is put right: nothing goes out twice, and nothing silently late.
//!
//! LINE's clock is right all the time.

use std::time::Duration;

use jiff::civil::{Date, date};
use musubi::app::App;
use musubi::chance::Chance;
use musubi::clock::Clock;
use musubi::db::Db;
use musubi::db::Engine;
use musubi::domain::broadcast::limits::Limits;
use musubi::domain::broadcast::{Hold, LedgerState, Pilot, State};
use musubi::domain::staff::Role;
use musubi::domain::timestamp::Timestamp;
use musubi::flow::{broadcast, deliver, plan};
use musubi::simulator::{Endpoint, Fault};
use musubi::store::audit::{self, Filter};
use musubi::store::broadcasts;
use musubi::worker;
use tokio_util::sync::CancellationToken;

use crate::support::TestApp;
use crate::support::backup::Backup;
use crate::support::broadcasts::to_everyone;

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);
/// A morning, and what the wrong clock shows then.
const RIGHT: Date = date(2026, 7, 1);
const AHEAD: Date = date(2026, 7, 3);

/// The office as a machine sees it whose clock is two days ahead.
async fn ahead(app: &TestApp) -> App {
    let clock = Clock::fixed(Timestamp::from_tokyo(AHEAD.at(10, 0, 0, 0)));
    let config = (*app.app().config).clone();
    App::new(config, Db::open(app.database_url()).await.unwrap(), clock, Chance::seeded(9)).unwrap()
}

async fn step(app: &App) {
    while 0 < worker::step_all(app).await {}
}

/// The office goes on for so many hours by its own, right clock.
async fn hours(app: &TestApp, count: u32) {
    for _ in 0..count {
        app.clock().advance(HOUR);
        app.step().await;
    }
}

#[tokio::test]
async fn what_was_in_doubt_during_a_pause_is_given_up_before_line_forgets_its_key() {
    let app = TestApp::start().await;
    let approver = app.clerk("見本 承認二", &[Role::Approver]).await;
    let fast = ahead(&app).await;
    app.set_tokyo(AHEAD.at(10, 0, 0, 0));
    let people = app.many_friends(300).await;
    let id = app.approved(to_everyone("健診")).await;
    app.set_tokyo(RIGHT.at(10, 0, 0, 0));
    app.line().fault(Endpoint::Multicast, Fault::AcceptThenDrop, 1);
    step(&fast).await;
    assert_eq!((app.got(&people), app.recipients(id, LedgerState::Attempting).await), (vec![1], 300));
    broadcast::pause(&fast, &approver, id).await.unwrap();
    hours(&app, 22).await;
    assert_eq!(app.recipients(id, LedgerState::Unknown).await, 0, "LINE still knows the key");
    hours(&app, 3).await;
    assert_eq!(app.recipients(id, LedgerState::Unknown).await, 300);
    broadcast::resume(app.app(), &approver, id).await.unwrap();
    app.step().await;
    assert_eq!((app.got(&people), app.broadcast(id).await.state), (vec![1], State::Done));
}

#[tokio::test]
async fn the_rest_waits_ten_minutes_for_the_first_recipients_and_not_two_days() {
    let app = TestApp::start_with(|config, _| config.pilot = Pilot { wait: 10 * MINUTE }).await;
    let people = app.many_friends(700).await;
    app.set_tokyo(AHEAD.at(10, 0, 0, 0));
    let id = app.approved(to_everyone("健診")).await;
    app.step().await;
    assert_eq!(app.recipients(id, LedgerState::Accepted).await, 50);
    app.set_tokyo(RIGHT.at(10, 1, 0, 0));
    app.step().await;
    assert_eq!(app.recipients(id, LedgerState::Accepted).await, 50);
    app.clock().advance(10 * MINUTE);
    app.step().await;
    assert_eq!((app.got(&people), app.broadcast(id).await.state), (vec![1], State::Done));
}

#[tokio::test]
async fn what_a_machine_ahead_has_approved_to_go_out_at_once_goes_out_at_once() {
    let app = TestApp::start().await;
    let people = app.many_friends(70).await;
    app.set_tokyo(AHEAD.at(10, 0, 0, 0));
    let id = app.approved(to_everyone("健診")).await;
    app.set_tokyo(RIGHT.at(10, 0, 0, 0));
    app.step().await;
    assert_eq!((app.got(&people), app.broadcast(id).await.state), (vec![1], State::Done));
}

#[tokio::test]
async fn what_has_waited_two_hours_by_a_clock_ahead_has_waited_two_hours() {
    let app = TestApp::start().await;
    let people = app.many_friends(70).await;
    let admin = app.clerk("見本 管理", &[Role::Admin]).await;
    app.set_tokyo(AHEAD.at(10, 0, 0, 0));
    broadcast::pause_all(app.app(), &admin, "").await.unwrap();
    let id = app.approved(to_everyone("健診")).await;
    app.step().await;
    app.set_tokyo(AHEAD.at(12, 0, 0, 0));
    app.step().await;
    app.set_tokyo(RIGHT.at(12, 0, 0, 0));
    app.step().await;
    broadcast::resume_all(app.app(), &admin).await.unwrap();
    app.step().await;
    let held = app.broadcast(id).await;
    assert_eq!((app.got(&people), held.state, held.hold()), (vec![0], State::Paused, Some(Hold::Late)));
}

#[tokio::test]
async fn what_was_planned_ahead_is_distrusted_a_day_after_its_backup_all_the_same() {
    let app = TestApp::start_with(|config, _| config.send_at_once = 1.try_into().unwrap()).await;
    let people = app.many_friends(1_700).await;
    let approver = app.clerk("見本 承認二", &[Role::Approver]).await;
    app.set_tokyo(AHEAD.at(10, 0, 0, 0));
    let id = app.approved(to_everyone("健診")).await;
    plan::plan_due(app.app()).await.unwrap();
    app.set_tokyo(RIGHT.at(10, 1, 0, 0));
    let stop = CancellationToken::new();
    let in_the_middle = async {
        while app.got(&people) == [0] {
            tokio::task::yield_now().await;
        }
        stop.cancel();
    };
    let (sent, ()) = tokio::join!(deliver::send_due(app.app(), &stop), in_the_middle);
    sent.unwrap();
    let Some(backup) = Backup::take(&app).await else { return };
    app.step().await;
    assert_eq!(app.got(&people), [1]);
    app.clock().advance(HOUR * 25);
    let after = backup.put_back(&app).await;
    broadcast::resume_all_here(&after.base()).await.unwrap();
    assert!(broadcast::resume(&after, &approver, id).await.is_err());
    step(&after).await;
    assert_eq!(app.got(&people), [1]);
}

#[tokio::test]
async fn a_backup_that_was_taken_ahead_is_not_trusted_at_all() {
    let app = TestApp::start_with(|config, _| config.send_at_once = 1.try_into().unwrap()).await;
    if app.db().engine() == Engine::Postgres {
        return; // its own tools note no time: the last instant in the rows counts
    }
    let people = app.many_friends(1_700).await;
    let approver = app.clerk("見本 承認二", &[Role::Approver]).await;
    let id = app.approved(to_everyone("健診")).await;
    plan::plan_due(app.app()).await.unwrap();
    app.set_tokyo(AHEAD.at(10, 0, 0, 0));
    let Some(backup) = Backup::take(&app).await else { return };
    app.set_tokyo(RIGHT.at(10, 0, 0, 0));
    let after = backup.put_back(&app).await;
    broadcast::resume_all_here(&after.base()).await.unwrap();
    assert!(broadcast::resume(&after, &approver, id).await.is_err());
    step(&after).await;
    assert_eq!(app.got(&people), [0]);
}

#[tokio::test]
async fn staff_are_told_of_what_was_held_ahead_at_once() {
    let app = TestApp::start().await;
    app.many_friends(70).await;
    let author = app.clerk("見本 起案", &[Role::Editor]).await;
    app.set_tokyo(AHEAD.at(10, 0, 0, 0));
    let id = app.submitted(&author, to_everyone("健診")).await;
    app.approve_by_others(id).await;
    app.clock().advance(2 * HOUR);
    worker::broadcasts::step(app.app(), &CancellationToken::new()).await.unwrap();
    assert_eq!(app.broadcast(id).await.hold(), Some(Hold::Late));
    app.set_tokyo(RIGHT.at(10, 1, 0, 0));
    app.step().await;
    app.step().await;
    assert!(!app.alarms_of(author.id).await.is_empty());
}

#[tokio::test]
async fn what_a_clock_ahead_has_counted_counts_today() {
    let app = TestApp::start_with(|config, _| config.limits = Limits::default()).await;
    let people = app.many_friends(3).await;
    app.set_tokyo(AHEAD.at(10, 0, 0, 0));
    app.approved(to_everyone("一つ目")).await;
    app.step().await;
    app.set_tokyo(RIGHT.at(10, 1, 0, 0));
    app.step().await;
    let today = app.approved(to_everyone("二つ目")).await;
    app.step().await;
    assert_eq!(app.recipients(today, LedgerState::Skipped).await, 3, "they have had one today");
    app.set_tokyo(AHEAD.at(11, 0, 0, 0));
    app.approved(to_everyone("三つ目")).await;
    app.step().await;
    assert_eq!(app.got(&people), [2], "and none on the day that the clock said");
    let all = audit::list(&mut app.db().read().await.unwrap(), &Filter::default(), None, 500).await.unwrap();
    let noted: Vec<_> = all.iter().filter(|entry| entry.action == "clock.back").collect();
    assert_eq!((noted.len(), noted[0].detail["minutes"].as_i64()), (1, Some(2_879)));
}

#[tokio::test]
async fn a_clock_that_is_put_right_by_seconds_moves_nothing() {
    let app = TestApp::start().await;
    app.many_friends(70).await;
    let id = app.approved(to_everyone("健診")).await;
    app.step().await;
    let before = app.broadcast(id).await;
    app.clock().set(app.clock().now().minus(Duration::from_secs(100)));
    app.step().await;
    let after = broadcasts::find(&mut app.db().read().await.unwrap(), id).await.unwrap().unwrap();
    assert_eq!((before.planned_at, before.active_at), (after.planned_at, after.active_at));
}
