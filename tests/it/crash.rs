//! The real program, killed with SIGKILL: what LINE was told is stored is still handled after the next start.

use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use musubi::chance::Chance;
use musubi::clock::Clock;
use musubi::db::Db;
use musubi::simulator::{Simulator, SimulatorConfig};
use musubi::sql;

use crate::support::database::TestDatabase;

struct Server {
    process: Child,
    base: String,
}

impl Server {
    /// Starts `musubi serve` with its settings from the environment, as an installation has them.
    async fn start(database: &TestDatabase, line: &Simulator, listen: SocketAddr) -> Self {
        let sample = SimulatorConfig::sample(Clock::system(), Chance::seeded(1));
        let base = format!("http://{listen}");
        let process = Command::new(env!("CARGO_BIN_EXE_musubi"))
            .arg("serve")
            .env("DATABASE_URL", database.url())
            .env("MUSUBI_LISTEN", listen.to_string())
            .env("MUSUBI_PUBLIC_URL", &base)
            .env("LINE_CHANNEL_ID", &sample.channel_id)
            .env("LINE_CHANNEL_SECRET", "0123456789abcdef0123456789abcdef")
            .env("LINE_API_BASE", line.base_url())
            .env("LINE_API_DATA_BASE", line.base_url())
            .env("LIFF_ID", &sample.liff_id)
            .env("LIFF_CHANNEL_ID", &sample.login_channel_id)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let server = Self { process, base };
        eventually("the server answers", async || {
            reqwest::get(format!("{}/readyz", server.base))
                .await
                .is_ok_and(|answer| answer.status().is_success())
        })
        .await;
        server
    }

    /// SIGKILL: no destructor runs, nothing is flushed.
    fn dies(mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Another process can't be stepped; it is watched, for half a minute at most.
async fn eventually(what: &str, met: impl AsyncFn() -> bool) {
    for _ in 0..600 {
        if met().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("not within half a minute: {what}");
}

async fn count(db: &Db, what: &'static str) -> i64 {
    let mut tx = db.read().await.unwrap();
    let (count,): (i64,) = match what {
        "waiting" => tx.fetch_one(sql!("SELECT COUNT(*) FROM inbox_event WHERE state = 'waiting'")).await,
        _ => tx.fetch_one(sql!("SELECT COUNT(*) FROM account WHERE follow_state = 'following'")).await,
    }
    .unwrap();
    count
}

fn free_address() -> SocketAddr {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_killed_in_the_middle_loses_no_acknowledged_event() {
    const FRIENDS: usize = 40;
    let database = TestDatabase::migrated().await;
    let line = Simulator::start(SimulatorConfig::sample(Clock::system(), Chance::seeded(7))).await.unwrap();
    let listen = free_address();
    line.set_webhook_url(&format!("http://{listen}/line/webhook"));

    let server = Server::start(&database, &line, listen).await;
    let mut acknowledged = 0;
    for number in 0..FRIENDS {
        line.add_friend(&format!("見本 {number}")).await;
        acknowledged += i64::from(line.last_webhook().is_some_and(|outcome| outcome.received()));
    }
    server.dies();

    assert!(0 < acknowledged, "LINE was told that events were stored");
    let again = Server::start(&database, &line, free_address()).await;
    let db = database.open().await;
    eventually("every event is handled", async || count(&db, "waiting").await == 0).await;
    assert_eq!(count(&db, "following").await, acknowledged);
    drop(again);
    db.close().await;
}
