//! The real program, killed with SIGKILL: what LINE was told is stored is still handled after the next start.

use musubi::chance::Chance;
use musubi::clock::Clock;
use musubi::db::Db;
use musubi::simulator::{Simulator, SimulatorConfig};
use musubi::sql;

use crate::support::database::TestDatabase;
use crate::support::server::{Server, eventually, free_address};

async fn count(db: &Db, what: &'static str) -> i64 {
    let mut tx = db.read().await.unwrap();
    let (count,): (i64,) = match what {
        "waiting" => tx.fetch_one(sql!("SELECT COUNT(*) FROM inbox_event WHERE state = 'waiting'")).await,
        _ => tx.fetch_one(sql!("SELECT COUNT(*) FROM account WHERE follow_state = 'following'")).await,
    }
    .unwrap();
    count
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_killed_in_the_middle_loses_no_acknowledged_event() {
    const FRIENDS: usize = 40;
    let database = TestDatabase::migrated().await;
    let line = Simulator::start(SimulatorConfig::sample(Clock::system(), Chance::seeded(7))).await.unwrap();
    let listen = free_address();
    line.set_webhook_url(&format!("http://{listen}/line/webhook"));

    let server = Server::start(database.url(), &line, listen).await;
    let mut acknowledged = 0;
    for number in 0..FRIENDS {
        line.add_friend(&format!("見本 {number}")).await;
        acknowledged += i64::from(line.last_webhook().is_some_and(|outcome| outcome.received()));
    }
    server.dies();

    assert!(0 < acknowledged, "LINE was told that events were stored");
    let again = Server::start(database.url(), &line, free_address()).await;
    let db = database.open().await;
    eventually("every event is handled", async || count(&db, "waiting").await == 0).await;
    assert_eq!(count(&db, "following").await, acknowledged);
    drop(again);
    db.close().await;
}
