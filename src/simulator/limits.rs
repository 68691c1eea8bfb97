//! How often each endpoint may be called: LINE's published numbers as token buckets.
//!
//! A bucket refills continuously by the simulator's clock. LINE does not publish the size of its buckets; here one
//! holds one period's worth. It answers yes or no and knows no texts.

use std::collections::HashMap;
use std::time::Duration;

use axum::http::Method;

use crate::domain::timestamp::Timestamp;

/// The endpoints this platform has, as LINE counts them: method and path without parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Endpoint {
    /// `POST /oauth2/v3/token`
    Token,
    /// `POST /oauth2/v2.1/verify`
    VerifyIdToken,
    /// `POST /v2/bot/message/reply`
    Reply,
    /// `POST /v2/bot/message/push`
    Push,
    /// `POST /v2/bot/message/multicast`
    Multicast,
    /// `POST /v2/bot/message/validate/{kind}`
    Validate,
    /// `GET /v2/bot/profile/{userId}`
    Profile,
    /// `GET /v2/bot/message/quota`
    Quota,
    /// `GET /v2/bot/message/quota/consumption`
    Consumption,
    /// `POST /v2/bot/chat/loading/start`
    Loading,
    /// `GET /v2/bot/info`
    BotInfo,
    /// `GET /v2/bot/followers/ids`
    Followers,
    /// `GET /v2/bot/message/aggregation/info`
    UnitUsage,
    /// `GET /v2/bot/insight/message/event/aggregation`
    UnitInsight,
    /// `GET /v2/bot/channel/webhook/endpoint`
    GetWebhook,
    /// `PUT /v2/bot/channel/webhook/endpoint`
    SetWebhook,
    /// `POST /v2/bot/channel/webhook/test`
    TestWebhook,
}

impl Endpoint {
    /// The endpoint of a request; `None` for anything LINE would not find, a slash at the end included.
    #[must_use]
    pub fn of(method: &Method, path: &str) -> Option<Self> {
        let found = match (method.as_str(), path) {
            ("POST", "/oauth2/v3/token") => Self::Token,
            ("POST", "/oauth2/v2.1/verify") => Self::VerifyIdToken,
            ("POST", "/v2/bot/message/reply") => Self::Reply,
            ("POST", "/v2/bot/message/push") => Self::Push,
            ("POST", "/v2/bot/message/multicast") => Self::Multicast,
            ("GET", "/v2/bot/message/quota") => Self::Quota,
            ("GET", "/v2/bot/message/quota/consumption") => Self::Consumption,
            ("POST", "/v2/bot/chat/loading/start") => Self::Loading,
            ("GET", "/v2/bot/info") => Self::BotInfo,
            ("GET", "/v2/bot/followers/ids") => Self::Followers,
            ("GET", "/v2/bot/message/aggregation/info") => Self::UnitUsage,
            ("GET", "/v2/bot/insight/message/event/aggregation") => Self::UnitInsight,
            ("GET", "/v2/bot/channel/webhook/endpoint") => Self::GetWebhook,
            ("PUT", "/v2/bot/channel/webhook/endpoint") => Self::SetWebhook,
            ("POST", "/v2/bot/channel/webhook/test") => Self::TestWebhook,
            ("POST", other) if below(other, "/v2/bot/message/validate/") => Self::Validate,
            ("GET", other) if below(other, "/v2/bot/profile/") => Self::Profile,
            _ => return None,
        };
        Some(found)
    }

    /// Whether the request must carry a channel access token.
    pub(super) fn needs_token(self) -> bool {
        !matches!(self, Self::Token | Self::VerifyIdToken)
    }

    /// Whether `X-Line-Retry-Key` may be sent; anywhere else LINE answers 400.
    pub(super) fn takes_retry_key(self) -> bool {
        matches!(self, Self::Push | Self::Multicast)
    }
}

fn below(path: &str, prefix: &str) -> bool {
    path.strip_prefix(prefix).is_some_and(|rest| !rest.is_empty() && !rest.contains('/'))
}

/// So many calls in so long a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// Calls in one period, and the size of the bucket.
    pub calls: u32,
    /// The period in which an empty bucket fills again.
    pub per: Duration,
}

/// The rate of every endpoint.
#[derive(Clone, Debug, Default)]
pub struct Limits {
    bounded: bool,
    own: HashMap<Endpoint, Rate>,
}

impl Limits {
    /// LINE's published numbers.
    #[must_use]
    pub fn line() -> Self {
        Self { bounded: true, own: HashMap::new() }
    }

    /// No limit at all, for load runs on a clock that stands still.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// The same limits with another rate for one endpoint.
    #[must_use]
    pub fn with(mut self, endpoint: Endpoint, rate: Rate) -> Self {
        self.own.insert(endpoint, rate);
        self
    }

    fn rate(&self, endpoint: Endpoint) -> Option<Rate> {
        self.own.get(&endpoint).copied().or_else(|| self.bounded.then(|| published(endpoint)))
    }
}

/// LINE's table of 2026-07-31, <https://developers.line.biz/en/reference/messaging-api/#rate-limits>.
fn published(endpoint: Endpoint) -> Rate {
    let (calls, seconds) = match endpoint {
        Endpoint::Multicast => (200, 1),
        Endpoint::Loading => (100, 1),
        Endpoint::GetWebhook | Endpoint::SetWebhook => (1_000, 60),
        Endpoint::TestWebhook | Endpoint::UnitInsight => (60, 3_600),
        _ => (2_000, 1),
    };
    Rate { calls, per: Duration::from_secs(seconds) }
}

/// What is left in each endpoint's bucket.
#[derive(Debug, Default)]
pub(super) struct Buckets(HashMap<Endpoint, Bucket>);

#[derive(Debug)]
struct Bucket {
    left: f64,
    at: Timestamp,
}

impl Buckets {
    /// Takes one call; false where the bucket is empty.
    pub(super) fn take(&mut self, limits: &Limits, endpoint: Endpoint, now: Timestamp) -> bool {
        let Some(rate) = limits.rate(endpoint) else { return true };
        let full = f64::from(rate.calls);
        let bucket = self.0.entry(endpoint).or_insert(Bucket { left: full, at: now });
        let gained = now.since(bucket.at).as_secs_f64() * full / rate.per.as_secs_f64().max(f64::EPSILON);
        bucket.left = (bucket.left + gained).min(full);
        bucket.at = bucket.at.max(now);
        let enough = 1.0 <= bucket.left;
        if enough {
            bucket.left -= 1.0;
        }
        enough
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_bucket_refuses_until_the_clock_has_refilled_it() {
        let rate = Rate { calls: 2, per: Duration::from_secs(1) };
        let limits = Limits::line().with(Endpoint::Multicast, rate);
        let mut buckets = Buckets::default();
        let now = Timestamp::from_millis(0);
        let taken: Vec<bool> = (0..3).map(|_| buckets.take(&limits, Endpoint::Multicast, now)).collect();
        assert_eq!(taken, [true, true, false]);
        let half_a_second_later = now.plus(Duration::from_millis(500));
        assert!(buckets.take(&limits, Endpoint::Multicast, half_a_second_later));
        assert!(!buckets.take(&limits, Endpoint::Multicast, half_a_second_later));
    }

    #[test]
    fn only_the_exact_documented_path_is_an_endpoint() {
        assert_eq!(Endpoint::of(&Method::POST, "/v2/bot/message/push"), Some(Endpoint::Push));
        for wrong in ["/v2/bot/message/push/", "/v2/bot/profile/", "/v2/bot/profile/a/b", "/v2/bot"] {
            assert_eq!(Endpoint::of(&Method::GET, wrong), None, "{wrong}");
        }
    }
}
