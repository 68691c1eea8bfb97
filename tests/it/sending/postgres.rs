//! PostgreSQL goes away in the middle of a broadcast: cut connections, and a server that crashes and comes back.

use std::time::{Duration, Instant};

use musubi::chance::Chance;
use musubi::clock::Clock;
use musubi::db::Engine;
use musubi::domain::broadcast::{LedgerState, State};
use musubi::domain::staff::Role;
use musubi::flow::{broadcast, deliver, plan, register};
use musubi::simulator::{Endpoint, Fault};
use musubi::store::{broadcasts, lease, ledger, switches};
use musubi::worker;
use secrecy::ExposeSecret;
use tokio_util::sync::CancellationToken;

use super::agrees_with_line;
use crate::support::TestApp;
use crate::support::broadcasts::to_everyone;
use crate::support::cluster::Cluster;
use crate::support::database::TestDatabase;
use crate::support::server::{Server, eventually, free_address};

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_are_cut_in_the_middle_cost_nobody_a_message_and_send_none_twice() {
    let app = TestApp::start_with(|config, line| {
        config.send_at_once = 2.try_into().unwrap();
        line.latency = Duration::from_millis(15);
    })
    .await;
    if app.db().engine() != Engine::Postgres {
        return; // SQLite has no server
    }
    let people = app.many_friends(5_300).await;
    app.line().fault(Endpoint::Multicast, Fault::AcceptThenServerError, 2);
    let id = app.approved(to_everyone("健診")).await;
    let (chance, mut cut) = (Chance::seeded(4), 0);
    // As often as it takes, at whatever moment: between claim and call, between answer and commit.
    let cuts = async {
        while cut < 12 {
            tokio::time::sleep(Duration::from_millis(5 + chance.below(40))).await;
            app.database().cut_connections().await;
            cut += 1;
        }
    };
    tokio::join!(cuts, rounds(&app, 60));
    rounds(&app, 20).await;
    let stored = app.broadcast(id).await;
    assert_eq!((app.got(&people), stored.state), (vec![1], State::Done), "{:?}", stored.hold());
    assert_eq!(app.recipients(id, LedgerState::Accepted).await, 5_300);
    agrees_with_line(&app, id, &people, true).await;
}

/// A worker that goes on whatever fails, over so many times five seconds of the office's clock.
async fn rounds(app: &TestApp, count: u64) {
    for _ in 0..count {
        worker::step_all(app.app()).await;
        app.clock().advance(Duration::from_secs(5));
    }
}

/// Until somebody waits for a lock that another transaction holds; SQLite has only one lock, and waits for that.
async fn somebody_waits(app: &TestApp) {
    if app.db().engine() == Engine::Postgres {
        eventually("somebody waits", async || 0 < app.database().waiting().await).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_stops_a_broadcast_while_it_is_being_planned_has_stopped_it() {
    let app = TestApp::start().await;
    let people = app.many_friends(3).await;
    let id = app.approved(to_everyone("健診")).await;
    let admin = app.clerk("見本 管理", &[Role::Admin]).await;
    let mut planning = app.db().write().await.unwrap();
    let step = (State::Approved, State::Planned);
    assert!(broadcasts::transition(&mut planning, id, step, None, app.clock().now()).await.unwrap());
    let planned = async {
        somebody_waits(&app).await;
        planning.commit().await.unwrap();
    };
    let (stopped, ()) = tokio::join!(broadcast::stop(app.app(), &admin, id), planned);
    stopped.unwrap();
    app.step().await;
    assert_eq!((app.broadcast(id).await.state, app.got(&people)), (State::Stopped, vec![0]));
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_pulls_the_brake_hears_of_it_when_every_claim_that_did_not_see_it_is_written_down() {
    let app = TestApp::start().await;
    app.many_friends(3).await;
    let id = app.approved(to_everyone("健診")).await;
    app.run_sql(&format!("UPDATE broadcast SET state = 'planned' WHERE id = '{id}'")).await;
    app.run_sql(&format!("UPDATE broadcast SET state = 'sending' WHERE id = '{id}'")).await;
    let mut claim = app.db().write().await.unwrap();
    broadcasts::lock(&mut claim, id).await.unwrap();
    let claimed = async {
        somebody_waits(&app).await;
        // The switch itself waits for nobody; on SQLite nobody else writes meanwhile.
        let is_off =
            switches::find(&mut app.db().read().await.unwrap(), switches::SENDING).await.unwrap().is_some();
        assert_eq!(is_off, app.db().engine() == Engine::Postgres);
        let before = Instant::now();
        claim.commit().await.unwrap();
        before
    };
    let pulled = async {
        broadcast::pause_all_here(&app.app().base(), "").await.unwrap();
        Instant::now()
    };
    let (heard, written) = tokio::join!(pulled, claimed);
    assert!(written < heard);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_claim_that_waits_for_its_broadcast_sees_the_brake_that_was_pulled_meanwhile() {
    let app = TestApp::start().await;
    let people = app.many_friends(3).await;
    let id = app.approved(to_everyone("健診")).await;
    plan::plan_due(app.app()).await.unwrap();
    let step = (State::Planned, State::Sending);
    let mut tx = app.db().write().await.unwrap();
    broadcasts::transition(&mut tx, id, step, None, app.clock().now()).await.unwrap();
    broadcasts::note_begun(&mut tx, id, app.clock().now()).await.unwrap();
    tx.commit().await.unwrap();
    if app.db().engine() != Engine::Postgres {
        return; // on SQLite a claim and the brake never overlap
    }
    let mut other = app.db().write().await.unwrap();
    broadcasts::lock(&mut other, id).await.unwrap();
    let stop = CancellationToken::new();
    let brake = async {
        somebody_waits(&app).await;
        let off = switches::Off { since: app.clock().now(), reason: String::new(), staff_id: None };
        let mut tx = app.db().write().await.unwrap();
        switches::switch_off(&mut tx, switches::SENDING, &off).await.unwrap();
        tx.commit().await.unwrap();
        other.commit().await.unwrap();
    };
    let (sent, ()) = tokio::join!(deliver::send_due(app.app(), &stop), brake);
    sent.unwrap();
    assert_eq!(app.got(&people), [0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erasure_waits_for_a_claim_that_has_looked_at_the_person_already() {
    let app = TestApp::start().await;
    let people = app.many_friends(1).await;
    let id = app.approved(to_everyone("健診")).await;
    plan::plan_due(app.app()).await.unwrap();
    let mut claim = app.db().write().await.unwrap();
    broadcasts::lock(&mut claim, id).await.unwrap();
    let claimed = async {
        somebody_waits(&app).await;
        // Whatever the claim does from here on, the person is in it.
        let planned = ledger::count(&mut claim, id).await.unwrap();
        assert_eq!(planned.iter().map(|count| count.state).collect::<Vec<_>>(), [LedgerState::Planned]);
        claim.commit().await.unwrap();
    };
    let (erased, ()) = tokio::join!(register::erase(app.app(), &people[0]), claimed);
    assert_eq!(erased.unwrap(), register::Erased::Everything);
    app.step().await;
    assert_eq!((app.recipients(id, LedgerState::Skipped).await, app.got(&people)), (1, vec![0]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_machine_that_vanishes_in_the_middle_of_a_transaction_holds_up_its_successor_for_seconds_only() {
    let app = TestApp::start().await;
    if app.db().engine() != Engine::Postgres {
        return; // SQLite's processes share a machine
    }
    let mut tx = app.db().write().await.unwrap();
    let seen = lease::find(&mut tx).await.unwrap();
    let token = lease::take(&mut tx, &seen, "vanished").await.unwrap().unwrap();
    tx.commit().await.unwrap();
    // Nothing more is ever heard of this connection, and it is not closed either.
    let mut vanished = app.db().write().await.unwrap();
    assert!(lease::is_held(&mut vanished, token).await.unwrap());
    let began = Instant::now();
    let successor = app.database().open().await;
    let mut tx = successor.write().await.unwrap();
    let seen = lease::find(&mut tx).await.unwrap();
    assert_eq!(lease::take(&mut tx, &seen, "next").await.unwrap(), Some(token + 1));
    tx.commit().await.unwrap();
    assert!(began.elapsed() < Duration::from_secs(9), "{:?}", began.elapsed());
    assert!(vanished.commit().await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_crashes_and_comes_back_twice_in_the_middle_is_gone_on_with() {
    if !std::env::var("TEST_DATABASE_URL").is_ok_and(|url| url.starts_with("postgres")) {
        return; // SQLite has no server
    }
    let Some(cluster) = Cluster::start() else { return };
    let database = TestDatabase::on(&cluster.url()).await;
    let app = TestApp::start_on(database, |_, line| line.latency = Duration::from_millis(60)).await;
    let people = app.many_friends(6_000).await;
    let id = app.approved(to_everyone("健診")).await;
    let process = sender(&app).await;
    for before in [500, 2_500] {
        eventually("some have it", async || before <= got_it(&app, &people)).await;
        cluster.crashes_and_comes_back();
        assert!(got_it(&app, &people) < 6_000, "it was in the middle");
    }
    let began = Instant::now();
    eventually("everybody has it", async || app.got(&people) == [1]).await;
    eventually("it is over", async || app.broadcast(id).await.state == State::Done).await;
    println!("{:?} after the second crash", began.elapsed());
    assert_eq!(app.recipients(id, LedgerState::Accepted).await, 6_000);
    agrees_with_line(&app, id, &people, true).await;
    drop(process);
}

fn got_it(app: &TestApp, people: &[musubi::domain::ids::LineUserId]) -> usize {
    people.iter().filter(|person| 0 < app.line().accepted_count(person)).count()
}

/// The real program, one batch at a time, whose minutes are seconds.
async fn sender(app: &TestApp) -> Server {
    let config = &app.app().config;
    let clock = Clock::fast(app.clock().now(), 60).to_text();
    let secret = config.line.channel_secrets[0].expose_secret().to_owned();
    let bot = config.line.bot_user_id.clone().unwrap();
    let settings = [
        ("LINE_CHANNEL_ID", config.line.channel_id.as_str()),
        ("LINE_CHANNEL_SECRET", secret.as_str()),
        ("LINE_BOT_USER_ID", bot.as_str()),
        ("MUSUBI_HOLD_MINUTES", "0"),
        ("MUSUBI_SEND_AT_ONCE", "1"),
        ("MUSUBI_TEST_CLOCK", clock.as_str()),
    ];
    Server::start_with(app.database_url(), app.line(), free_address(), &settings).await
}
