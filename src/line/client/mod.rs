//! The client of the Messaging API: one value, cheap to clone, for everything we ask of LINE.
//!
//! Every call waits for its pace, carries a current channel token, is logged in one line (method, path template,
//! status, LINE's request id, duration), and ends as an answer or as *later* or *never*. It never sends by itself a
//! second time except after a refused token, where LINE has accepted nothing; repeating is the ledger's decision.
//! Redirects are not followed, and bodies, tokens and user ids are never logged.

mod account;
mod answer;
pub mod body;
mod call;
mod id_token;
mod insight;
mod send;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use reqwest::{Method, Url};
use secrecy::SecretString;

use super::limits;
use super::pace::{self, Pace};
use super::tally::Tally;
use super::token::TokenStore;
use crate::clock::Clock;

pub use account::{BotInfo, FollowerPage, Profile, Quota};
pub use body::Outgoing;
pub use call::Answer;
pub use id_token::{IdToken, IdTokenError};
pub use insight::UnitInsight;
pub use send::{Accepted, SendKind, SentMessage};

/// What a client needs to know.
#[derive(Clone)]
pub struct ClientConfig {
    /// `https://api.line.me`, or the simulator.
    pub api_base: Url,
    /// `https://api-data.line.me`, or the simulator; for pictures and files.
    pub data_base: Url,
    /// The Messaging API channel's id.
    pub channel_id: String,
    /// The Messaging API channel's secret.
    pub channel_secret: SecretString,
    /// A second secret during a change: tried where the first is refused, because LINE ends the old one at once.
    pub next_secret: Option<SecretString>,
    /// An outbound proxy for all calls; the machine's proxy variables are not read.
    pub proxy: Option<Url>,
    /// The longest a call may take, from connecting to the last byte.
    pub timeout: Duration,
    /// The longest connecting may take.
    pub connect_timeout: Duration,
    /// The share of LINE's rate limits to use (0.001..=1).
    pub pace: f64,
}

impl ClientConfig {
    /// LINE's own hosts, ten seconds a call, and half of LINE's rate limits.
    #[must_use]
    pub fn new(channel_id: impl Into<String>, channel_secret: SecretString) -> Self {
        let host = |url| Url::parse(url).expect("a constant address");
        Self {
            api_base: host("https://api.line.me"),
            data_base: host("https://api-data.line.me"),
            channel_id: channel_id.into(),
            channel_secret,
            next_secret: None,
            proxy: None,
            timeout: Duration::from_secs(10),
            connect_timeout: Duration::from_secs(3),
            pace: pace::DEFAULT_FRACTION,
        }
    }

    /// Whether root certificates are needed: the demo must run on a machine that has none.
    fn uses_tls(&self) -> bool {
        let mut urls = [&self.api_base, &self.data_base].into_iter().chain(&self.proxy);
        urls.any(|url| url.scheme() != "http")
    }
}

impl fmt::Debug for ClientConfig {
    // The proxy's address may hold a password.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = out.debug_struct("ClientConfig");
        shown.field("api_base", &self.api_base.host_str()).field("channel_id", &self.channel_id);
        shown.field("has_proxy", &self.proxy.is_some()).finish_non_exhaustive()
    }
}

/// The client could not be made: the proxy's address or the machine's certificates are unusable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the LINE client can't be set up: look at the proxy's address and the machine's root certificates")]
pub struct SetupError;

/// A client for one channel; clones share connections, token and pace.
#[derive(Clone)]
pub struct Client(Arc<Inner>);

struct Inner {
    http: reqwest::Client,
    config: ClientConfig,
    tokens: TokenStore,
    pace: Pace,
    tally: Tally,
}

impl Client {
    /// Makes a client; asks nothing of LINE yet.
    ///
    /// # Errors
    /// [`SetupError`] where the proxy or the root certificates are unusable.
    pub fn new(config: ClientConfig, clock: Clock) -> Result<Self, SetupError> {
        install_crypto_provider();
        let http = http_client(&config).map_err(|_| SetupError)?;
        let pace = Pace::new(&ENDPOINTS, config.pace);
        let (tokens, tally) = (TokenStore::new(clock), Tally::default());
        Ok(Self(Arc::new(Inner { http, config, tokens, pace, tally })))
    }

    /// How LINE has answered so far.
    #[must_use]
    pub fn tally(&self) -> &Tally {
        &self.0.tally
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_tuple("Client").field(&self.0.config).finish()
    }
}

/// Makes ring the process's TLS provider; may be called any number of times.
pub fn install_crypto_provider() {
    // The only failure is that one is installed already, which is all we want.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

fn http_client(config: &ClientConfig) -> reqwest::Result<reqwest::Client> {
    let builder = reqwest::Client::builder()
        .user_agent(concat!("musubi/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .timeout(config.timeout)
        .connect_timeout(config.connect_timeout);
    let builder = match &config.proxy {
        Some(proxy) => builder.proxy(reqwest::Proxy::all(proxy.clone())?),
        None => builder.no_proxy(),
    };
    if config.uses_tls() { builder.build() } else { builder.tls_certs_only([]).build() }
}

/// One of LINE's endpoints.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// The HTTP method.
    pub method: Method,
    /// The documented path, with `{userId}` where LINE writes it so.
    pub template: &'static str,
    /// LINE's limit of requests a second for a channel.
    pub per_second: u32,
}

const fn get(template: &'static str) -> Endpoint {
    get_at(template, limits::OTHERS_PER_SECOND)
}

const fn get_at(template: &'static str, per_second: u32) -> Endpoint {
    Endpoint { method: Method::GET, template, per_second }
}

const fn post(template: &'static str, per_second: u32) -> Endpoint {
    Endpoint { method: Method::POST, template, per_second }
}

static TOKEN: Endpoint = post("/oauth2/v3/token", limits::OAUTH_PER_SECOND);
static VERIFY_ID_TOKEN: Endpoint = post("/oauth2/v2.1/verify", limits::OAUTH_PER_SECOND);
static REPLY: Endpoint = post("/v2/bot/message/reply", limits::OTHERS_PER_SECOND);
static PUSH: Endpoint = post("/v2/bot/message/push", limits::OTHERS_PER_SECOND);
static MULTICAST: Endpoint = post("/v2/bot/message/multicast", limits::MULTICAST_PER_SECOND);
static VALIDATE_REPLY: Endpoint = post("/v2/bot/message/validate/reply", limits::OTHERS_PER_SECOND);
static VALIDATE_PUSH: Endpoint = post("/v2/bot/message/validate/push", limits::OTHERS_PER_SECOND);
static VALIDATE_MULTICAST: Endpoint = post("/v2/bot/message/validate/multicast", limits::OTHERS_PER_SECOND);
static PROFILE: Endpoint = get("/v2/bot/profile/{userId}");
static QUOTA: Endpoint = get("/v2/bot/message/quota");
static CONSUMPTION: Endpoint = get("/v2/bot/message/quota/consumption");
static LOADING: Endpoint = post("/v2/bot/chat/loading/start", limits::LOADING_PER_SECOND);
static BOT_INFO: Endpoint = get("/v2/bot/info");
static FOLLOWERS: Endpoint = get("/v2/bot/followers/ids");
static UNIT_USAGE: Endpoint = get("/v2/bot/message/aggregation/info");
/// LINE takes 60 an hour; the story that asks keeps count, for a limit of hours must outlive the process.
static UNIT_INSIGHT: Endpoint = get_at("/v2/bot/insight/message/event/aggregation", 1);

/// Every endpoint this client calls, for tests against LINE's published description.
pub static ENDPOINTS: [&Endpoint; 16] = [
    &TOKEN,
    &VERIFY_ID_TOKEN,
    &REPLY,
    &PUSH,
    &MULTICAST,
    &VALIDATE_REPLY,
    &VALIDATE_PUSH,
    &VALIDATE_MULTICAST,
    &PROFILE,
    &QUOTA,
    &CONSUMPTION,
    &LOADING,
    &BOT_INFO,
    &FOLLOWERS,
    &UNIT_USAGE,
    &UNIT_INSIGHT,
];

#[cfg(test)]
mod tests;
