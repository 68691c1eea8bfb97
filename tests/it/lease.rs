//! One process works at a time: a dead one is followed within ten seconds, a slow one is fenced off, a drill stays a drill.

use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant};

use musubi::chance::Chance;
use musubi::clock::Clock;
use musubi::db::{Db, Engine};
use musubi::domain::broadcast::State;
use musubi::domain::ids::LineUserId;
use musubi::flow::installation::{self, Mixed};
use musubi::simulator::{Simulator, SimulatorConfig};
use musubi::store::{inbox, lease};

use crate::support::TestApp;
use crate::support::broadcasts::to_everyone;
use crate::support::database::TestDatabase;
use crate::support::server::{Server, command, eventually, free_address};

async fn line() -> Simulator {
    Simulator::start(SimulatorConfig::sample(Clock::system(), Chance::seeded(7))).await.unwrap()
}

async fn take_over(app: &TestApp, who: &str) -> i64 {
    let mut tx = app.db().write().await.unwrap();
    let seen = lease::find(&mut tx).await.unwrap();
    let token = lease::take(&mut tx, &seen, who).await.unwrap().unwrap();
    tx.commit().await.unwrap();
    token
}

#[tokio::test]
async fn a_sender_that_another_has_followed_begins_nothing_more() {
    let app = TestApp::start().await;
    let people = app.many_friends(3).await;
    let id = app.approved(to_everyone("健診")).await;
    app.app().fence.hold(take_over(&app, "slow").await);
    let next = take_over(&app, "next").await;
    app.step().await;
    assert_eq!((app.got(&people), app.broadcast(id).await.state), (vec![0], State::Approved));
    app.app().fence.hold(next);
    app.step().await;
    assert_eq!((app.got(&people), app.broadcast(id).await.state), (vec![1], State::Done));
}

#[tokio::test]
async fn of_two_who_see_the_same_only_one_takes_over() {
    let app = TestApp::start().await;
    let mut tx = app.db().write().await.unwrap();
    let seen = lease::find(&mut tx).await.unwrap();
    assert_eq!(lease::take(&mut tx, &seen, "one").await.unwrap(), Some(1));
    assert_eq!(lease::take(&mut tx, &seen, "two").await.unwrap(), None);
    assert!(lease::beat(&mut tx, 1).await.unwrap() && !lease::beat(&mut tx, 0).await.unwrap());
}

#[tokio::test]
async fn a_drill_and_the_real_thing_are_never_mixed() {
    let app = TestApp::start().await;
    installation::claim(app.app()).await.unwrap();
    installation::claim(app.app()).await.unwrap();
    let with = |change: &dyn Fn(&mut musubi::config::Config)| {
        let mut other = app.app().clone();
        change(Arc::make_mut(&mut other.config));
        other
    };
    let live = with(&|config| config.line.api_base = "https://api.line.me".to_owned());
    assert!(matches!(installation::claim(&live).await, Err(Mixed::LiveOnTraining)));
    let other = LineUserId::parse("Ub0000000000000000000000000000009");
    let account = with(&|config| config.line.bot_user_id.clone_from(&other));
    assert!(matches!(installation::claim(&account).await, Err(Mixed::OtherAccount)));

    let app = TestApp::start().await;
    let mut live = app.app().clone();
    Arc::make_mut(&mut live.config).line.api_base = "https://api.line.me/".to_owned();
    installation::claim(&live).await.unwrap();
    let refused = installation::claim(app.app()).await.unwrap_err();
    assert!(matches!(refused, Mixed::TrainingOnLive) && refused.to_string().contains("本番用"));
}

#[tokio::test(flavor = "multi_thread")]
async fn on_sqlite_a_second_worker_is_refused_and_one_that_was_killed_leaves_no_lock() {
    let database = TestDatabase::migrated().await;
    if !database.url().starts_with("sqlite:") {
        return; // PostgreSQL lets them wait: the next test
    }
    let line = line().await;
    let first = Server::start(database.url(), &line, free_address()).await;
    let second = command(database.url(), &line, free_address()).stderr(Stdio::piped()).output().unwrap();
    assert!(!second.status.success());
    assert!(String::from_utf8_lossy(&second.stderr).contains("すでに別の musubi が動いています"));
    first.dies();
    drop(Server::start(database.url(), &line, free_address()).await);
}

async fn waiting(db: &Db) -> i64 {
    inbox::count_waiting(&mut db.read().await.unwrap()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn on_postgresql_another_process_takes_over_within_ten_seconds() {
    let database = TestDatabase::migrated().await;
    let db = database.open().await;
    if db.engine() != Engine::Postgres {
        return; // SQLite has one worker: the test before
    }
    let line = line().await;
    let (one, two) = (free_address(), free_address());
    let first = Server::start(database.url(), &line, one).await;
    let second = Server::start(database.url(), &line, two).await;
    let before = lease::find(&mut db.read().await.unwrap()).await.unwrap();
    assert_eq!(before.token, 1, "the second waits");
    first.dies();
    let died = Instant::now();
    line.set_webhook_url(&format!("http://{two}/line/webhook"));
    line.add_friend("見本 一").await;
    eventually("the event is handled", async || waiting(&db).await == 0).await;
    eventually("the second works", async || {
        lease::find(&mut db.read().await.unwrap()).await.unwrap().token == 2
    })
    .await;
    assert!(died.elapsed() < Duration::from_secs(10), "{:?}", died.elapsed());
    drop(second);
    db.close().await;
}
