//! A whole city office for one test: database, web server, workers that are stepped, and the small LINE around it.
//!
//! Time stands still at 2026-07-01 10:00 in Japan until the test moves it; ids and secrets come from a seed. When the
//! test ends, the harness looks for what it forgot: an event that was never handled fails it.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use jiff::civil::{DateTime, date};
use musubi::app::App;
use musubi::chance::Chance;
use musubi::clock::Clock;
use musubi::config::{ANY_LOCAL_PORT, Config};
use musubi::db::Db;
use musubi::domain::timestamp::Timestamp;
use musubi::simulator::{Simulator, SimulatorConfig};
use musubi::{store, web, worker};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::browser::Browser;
use super::database::{TestDatabase, apart};
use super::page::Page;

const SECRET: &str = "5ec4e7000000000000000000005ec4e7";

/// More rounds than any test has work for.
const ROUNDS: usize = 200;

/// The office.
pub struct TestApp {
    app: App,
    line: Simulator,
    stop: CancellationToken,
    may_leave_work: AtomicBool,
    pub(super) staff_count: AtomicUsize,
    // Dropped last: the schema or folder goes when nothing uses it any more.
    database: TestDatabase,
}

impl TestApp {
    /// An office with its small LINE, both with default settings.
    pub async fn start() -> Self {
        Self::start_with(|_, _| {}).await
    }

    /// An office whose settings, or whose LINE's, differ.
    pub async fn start_with(change: impl FnOnce(&mut Config, &mut SimulatorConfig)) -> Self {
        Self::start_on(TestDatabase::migrated().await, change).await
    }

    /// The same on a database that is there.
    pub async fn start_on(
        database: TestDatabase,
        change: impl FnOnce(&mut Config, &mut SimulatorConfig),
    ) -> Self {
        // LINE's client and ours both need it; a second call changes nothing.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let clock = Clock::fixed(tokyo(date(2026, 7, 1).at(10, 0, 0, 0)));
        let listener = TcpListener::bind(ANY_LOCAL_PORT).await.unwrap();
        let ours = listener.local_addr().unwrap();
        let mut config = Config::local(database.url(), ours, ANY_LOCAL_PORT, SECRET);
        let mut platform = platform(&config, clock.clone());
        change(&mut config, &mut platform);
        let line = Simulator::start(platform).await.unwrap();
        config.line.api_base = line.base_url().to_owned();
        config.line.api_data_base = line.base_url().to_owned();
        config.liff.sdk_url = line.liff_sdk_url();
        config.liff.link_base = format!("{}/liff", line.base_url());
        let app = App::new(config, database.open().await, clock, Chance::seeded(1)).unwrap();
        musubi::flow::guard::apply_limits(&app).await.unwrap();
        let stop = CancellationToken::new();
        tokio::spawn(web::server::serve(listener, web::router(app.clone()), stop.clone().cancelled_owned()));
        let (may_leave_work, staff_count) = (AtomicBool::new(false), AtomicUsize::new(0));
        Self { app, line, stop, may_leave_work, staff_count, database }
    }

    /// What flows and stores take.
    pub fn app(&self) -> &App {
        &self.app
    }

    /// The database.
    pub fn db(&self) -> &Db {
        &self.app.db
    }

    /// The address of the database, to open it a second time.
    pub fn database_url(&self) -> &str {
        self.database.url()
    }

    /// The database itself, to do something to it that the program does not expect.
    pub fn database(&self) -> &TestDatabase {
        &self.database
    }

    /// Every value in every table as text, with where it stands: to find what should not be there.
    pub async fn everything(&self) -> Vec<(String, String)> {
        super::catalogue::values(&self.database).await
    }

    /// The same office on another database, as after a restore: same clock, same LINE, everything else anew.
    pub fn on(&self, db: Db) -> App {
        let config = Config::clone(&self.app.config);
        App::new(config, db, self.app.clock.clone(), Chance::seeded(3)).unwrap()
    }

    /// Changes the database behind the program's back.
    pub async fn run_sql(&self, statement: &str) {
        super::catalogue::run(&self.database, statement).await;
    }

    /// The same, where the database may refuse it.
    pub async fn try_sql(&self, statement: &str) -> Result<(), sqlx::Error> {
        super::catalogue::try_run(&self.database, statement).await
    }

    /// The small LINE: who are friends, what they were told, what goes wrong.
    pub fn line(&self) -> &Simulator {
        &self.line
    }

    /// The clock of the office and of LINE.
    pub fn clock(&self) -> &Clock {
        &self.app.clock
    }

    /// Puts the clock to a time in Japan, such as `date(2026, 7, 1).at(20, 0, 0, 0)`.
    pub fn set_tokyo(&self, at: DateTime) {
        self.app.clock.set(tokyo(at));
    }

    /// The address of a path on our server.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.app.config.server.public_url)
    }

    /// A browser without any cookie.
    pub fn browser(&self) -> Browser {
        Browser::new(&self.app.config.server.public_url)
    }

    /// A page as a stranger sees it, after any redirect.
    pub async fn get(&self, path: &str) -> Page {
        self.browser().get(path).await
    }

    /// What a stranger gets who sends these fields.
    pub async fn post_form(&self, path: &str, fields: &[(&str, &str)]) -> Page {
        self.browser().post(path, fields).await
    }

    /// Lets the workers do everything that is due now.
    pub async fn step(&self) {
        for _ in 0..ROUNDS {
            if worker::step_all(&self.app).await == 0 {
                return;
            }
        }
        panic!("the workers found no end in {ROUNDS} rounds");
    }

    /// This test means to leave events waiting.
    pub fn may_leave_work(&self) {
        self.may_leave_work.store(true, Ordering::Relaxed);
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        self.stop.cancel();
        self.line.shutdown();
        if std::thread::panicking() || self.may_leave_work.load(Ordering::Relaxed) {
            return;
        }
        let url = self.database.url().to_owned();
        let waiting = apart(async move {
            let db = Db::open(&url).await?;
            let mut tx = db.read().await?;
            store::inbox::count_waiting(&mut tx).await
        });
        assert_eq!(
            waiting.unwrap_or(0),
            0,
            "the test leaves webhook events that nobody handled: call step()"
        );
    }
}

/// A time in Japan as an instant.
pub fn tokyo(at: DateTime) -> Timestamp {
    Timestamp::from_tokyo(at)
}

fn platform(config: &Config, clock: Clock) -> SimulatorConfig {
    let ours = &config.server.public_url;
    SimulatorConfig {
        channel_id: config.line.channel_id.clone(),
        channel_secret: SECRET.into(),
        login_channel_id: config.liff.channel_id.clone(),
        liff_id: config.liff.id.clone(),
        liff_endpoint_url: format!("{ours}/liff"),
        webhook_url: Some(format!("{ours}/line/webhook")),
        bot_user_id: config.line.bot_user_id.clone().unwrap(),
        ..SimulatorConfig::sample(clock, Chance::seeded(2))
    }
}
