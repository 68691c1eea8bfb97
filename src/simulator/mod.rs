//! A small living LINE Platform with a phone in the browser.
//!
//! It stands in for LINE in the demo and in every test: it keeps people, talks, tokens, retry keys and the monthly
//! quota in memory and behaves as LINE's published reference says, refusals included. It can be told to fail
//! ([`Fault`]), and it sends real signed webhooks. It never reads Musubi's database and never calls LINE; whatever
//! it is told stays in this process.

mod api;
mod event;
mod fault;
mod liff;
mod limits;
mod login;
mod people;
mod phone;
mod platform;
mod reply;
mod retry;
mod schema;
mod script;
mod server;
mod talk;
mod token;
mod units;
mod webhook;
mod wire;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use secrecy::SecretString;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::chance::Chance;
use crate::clock::Clock;
use crate::domain::ids::LineUserId;
use platform::Platform;

pub use fault::Fault;
pub use limits::{Endpoint, Limits, Rate};
pub use people::Standing;
pub use platform::RequestLine;
pub use talk::{Shown, ShownAction, ShownButton, Speaker};
pub use webhook::Outcome;

/// What a simulated LINE Platform starts with.
#[derive(Clone, Debug)]
pub struct SimulatorConfig {
    /// Where it listens; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The Messaging API channel's id, LINE's `client_id` for access tokens.
    pub channel_id: String,
    /// The Messaging API channel's secret: signs webhooks and buys access tokens.
    pub channel_secret: SecretString,
    /// The LINE Login channel that holds the LIFF app: the audience of ID tokens.
    pub login_channel_id: String,
    /// The LIFF app's id, `{login channel}-{8 characters}`.
    pub liff_id: String,
    /// Where the LIFF app's pages are served.
    pub liff_endpoint_url: String,
    /// Where webhooks go; without one they are dropped, as LINE does.
    pub webhook_url: Option<String>,
    /// The account's own user id, the `destination` of every webhook.
    pub bot_user_id: LineUserId,
    /// The account's name, as the talk shows it.
    pub bot_name: String,
    /// Whether the account is verified; only then it may list its friends.
    pub verified: bool,
    /// Messages a month, counted by reached recipients; `None` as for an account without a cap.
    pub quota: Option<u64>,
    /// How long every API answer takes.
    pub latency: Duration,
    /// How often each endpoint may be called.
    pub limits: Limits,
    /// How often webhooks that got no 2xx are sent again; `None` is LINE's default, never by itself.
    pub redeliver_every: Option<Duration>,
    /// The time LINE goes by: tokens, retry keys, rate limits and the month of the quota.
    pub clock: Clock,
    /// Where ids and tokens come from.
    pub chance: Chance,
}

impl SimulatorConfig {
    /// A platform on a free loopback port with sample ids, LINE's limits, no quota and no latency.
    #[must_use]
    pub fn sample(clock: Clock, chance: Chance) -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            channel_id: "1234567890".to_owned(),
            channel_secret: "0123456789abcdef0123456789abcdef".into(),
            login_channel_id: "1234567891".to_owned(),
            liff_id: "1234567891-AbcdEfgh".to_owned(),
            liff_endpoint_url: "http://127.0.0.1:8080/liff".to_owned(),
            webhook_url: None,
            bot_user_id: LineUserId::parse("U00000000000000000000000000000b07")
                .expect("32 hexadecimal digits"),
            bot_name: "出雲市(見本)".to_owned(),
            verified: true,
            quota: None,
            latency: Duration::ZERO,
            limits: Limits::line(),
            redeliver_every: None,
            clock,
            chance,
        }
    }
}

/// A running platform; clones are handles to the same one. It stops on [`Simulator::shutdown`].
#[derive(Clone)]
pub struct Simulator(Arc<Inner>);

struct Inner {
    base_url: String,
    clock: Clock,
    chance: Chance,
    platform: Mutex<Platform>,
    http: reqwest::Client,
    /// Counts up whenever something a phone shows has changed.
    changed: watch::Sender<u64>,
    stop: CancellationToken,
}

impl Simulator {
    /// Binds the address and serves until [`Simulator::shutdown`].
    ///
    /// # Errors
    /// Where the address can't be bound, or the HTTP client that sends webhooks can't be made.
    pub async fn start(config: SimulatorConfig) -> std::io::Result<Self> {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let listener = TcpListener::bind(config.listen).await?;
        let base_url = format!("http://{}", listener.local_addr()?);
        let http = webhook::client().map_err(std::io::Error::other)?;
        let every = config.redeliver_every;
        let simulator = Self(Arc::new(Inner {
            base_url,
            clock: config.clock.clone(),
            chance: config.chance.clone(),
            platform: Mutex::new(Platform::new(config)),
            http,
            changed: watch::Sender::new(0),
            stop: CancellationToken::new(),
        }));
        tokio::spawn(server::serve(listener, api::router(&simulator), simulator.0.stop.clone()));
        if let Some(every) = every {
            tokio::spawn(webhook::redeliver_often(simulator.clone(), every));
        }
        Ok(simulator)
    }

    /// `http://address:port`, without a slash at the end: the value for `LINE_API_BASE`.
    #[must_use]
    pub fn base_url(&self) -> &str {
        &self.0.base_url
    }

    /// The phone in the browser.
    #[must_use]
    pub fn phone_url(&self) -> String {
        format!("{}/phone", self.0.base_url)
    }

    /// Our stand-in for LINE's LIFF SDK: the value for `LIFF_SDK_URL`.
    #[must_use]
    pub fn liff_sdk_url(&self) -> String {
        format!("{}/liff/sdk.js", self.0.base_url)
    }

    /// Closes the port and every connection at once.
    pub fn shutdown(&self) {
        self.0.stop.cancel();
    }

    fn platform(&self) -> MutexGuard<'_, Platform> {
        self.0.platform.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn touch(&self) {
        self.0.changed.send_modify(|version| *version += 1);
    }
}

impl std::fmt::Debug for Simulator {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Simulator({})", self.0.base_url)
    }
}
