//! The real program, told to stop in the middle of a broadcast.

use std::time::Duration;

use musubi::chance::Chance;
use musubi::clock::Clock;
use musubi::domain::broadcast::LedgerState;
use musubi::simulator::{Endpoint, Fault, Simulator, SimulatorConfig};
use musubi::worker;
use tokio_util::sync::CancellationToken;

use crate::support::TestApp;
use crate::support::broadcasts::to_everyone;
use crate::support::database::TestDatabase;
use crate::support::server::{Server, eventually, free_address};

#[tokio::test(flavor = "multi_thread")]
async fn a_log_of_json_is_json_in_every_line_and_a_stop_ends_well() {
    let database = TestDatabase::migrated().await;
    let line = Simulator::start(SimulatorConfig::sample(Clock::system(), Chance::seeded(7))).await.unwrap();
    let admin = free_address();
    let settings =
        [("MUSUBI_LOG_FORMAT", "json"), ("MUSUBI_ADMIN_LISTEN", &*admin.to_string()), ("RUST_LOG", "info")];
    let server = Server::start_with(database.url(), &line, free_address(), &settings).await;
    eventually("the loops run", async || {
        let page = reqwest::get(format!("http://{admin}/metrics")).await.unwrap().text().await.unwrap();
        page.contains("loop=\"sending\"") && page.contains("musubi_ready 1")
    })
    .await;
    let (status, log) = tokio::task::spawn_blocking(|| server.stops()).await.unwrap();
    assert!(status.success(), "{status:?}\n{log}");
    let lines: Vec<serde_json::Value> =
        log.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}"))).collect();
    let said = |text: &str| lines.iter().any(|line| line["message"] == text && line["level"] == "INFO");
    assert!(said("serving") && said("stopped"), "{log}");
    assert!(reqwest::get(format!("http://{admin}/healthz")).await.is_err(), "nothing listens any more");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_in_the_middle_settles_what_is_open_and_begins_nothing_more() {
    let app = TestApp::start_with(|config, _| config.send_at_once = 1.try_into().unwrap()).await;
    let people = app.many_friends(1_200).await;
    app.line().fault(Endpoint::Multicast, Fault::Slow(Duration::from_millis(300)), 9);
    let id = app.approved(to_everyone("健診")).await;
    let stop = CancellationToken::new();
    let worker = tokio::spawn(worker::run(app.app().clone(), stop.clone()));
    eventually("LINE has the first batch", async || app.got(&people) != [0]).await;
    stop.cancel();
    worker.await.unwrap().unwrap();
    let (accepted, open) =
        (app.recipients(id, LedgerState::Accepted).await, app.recipients(id, LedgerState::Attempting).await);
    assert!((200..1_200).contains(&accepted) && open == 0, "{accepted} accepted, {open} open");
    assert_eq!(app.progress(id).await.open_batches, 0);
    app.step().await;
    assert_eq!(app.got(&people), [1], "the next start goes on where this one stopped");
}
