//! Sends webhooks: one signed body at a time, held back, doubled or sent again where a script says so.
//!
//! The signature is made over exactly the bytes that leave. What the server answers is remembered and otherwise
//! ignored, as LINE does. It never builds an event; `event` does.

use std::collections::VecDeque;
use std::time::Duration;

use serde_json::{Value, json};

use super::Simulator;
use crate::line::signature::{HEADER, sign};

/// How long a webhook may take. LINE counts two seconds as a time-out; a debug build on a busy machine needs more.
const PATIENCE: Duration = Duration::from_secs(10);

/// What happened to one webhook request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The server's status; `None` where it could not be reached or did not answer in time.
    pub status: Option<u16>,
    /// The `webhookEventId` of each event in the body.
    pub event_ids: Vec<String>,
}

impl Outcome {
    /// Whether LINE takes it as received (any 2xx).
    #[must_use]
    pub fn received(&self) -> bool {
        self.status.is_some_and(|status| (200..300).contains(&status))
    }
}

/// Webhooks on their way, and what a script wants done with them.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    /// Events wait for a word of the script.
    pub held: bool,
    /// Every request is sent twice, as a hiccup of the network does.
    pub doubled: bool,
    /// Events that wait, the oldest first.
    pub pending: VecDeque<Value>,
    /// Events that got no 2xx, the oldest first.
    pub missed: Vec<Value>,
    /// The events of the last request.
    pub last_events: Vec<Value>,
    /// What became of the last request.
    pub last: Option<Outcome>,
}

/// The client that carries webhooks. It goes round any proxy: the server under test is near.
pub(super) fn client() -> reqwest::Result<reqwest::Client> {
    reqwest::Client::builder().timeout(PATIENCE).no_proxy().user_agent("LineBotWebhook/2.0").build()
}

/// Sends missed webhooks again for ever, until the platform stops.
pub(super) async fn redeliver_often(simulator: Simulator, every: Duration) {
    loop {
        tokio::select! {
            () = simulator.0.stop.cancelled() => return,
            () = tokio::time::sleep(every) => { simulator.redeliver().await; }
        }
    }
}

impl Simulator {
    /// Sends events in one body now, or holds each where webhooks are held. `None` where nothing was sent.
    pub async fn sends(&self, events: Vec<Value>) -> Option<Outcome> {
        let doubled = {
            let outbox = &mut self.platform().outbox;
            if outbox.held {
                outbox.pending.extend(events);
                return None;
            }
            outbox.doubled
        };
        if doubled {
            self.post(events.clone()).await;
        }
        self.post(events).await
    }

    /// Sends a body of any bytes with any signature, or with none.
    pub async fn webhook_raw(&self, body: impl Into<Vec<u8>>, signature: Option<&str>) -> Option<u16> {
        let url = self.platform().config.webhook_url.clone()?;
        self.carry(&url, body.into(), signature).await
    }

    /// The right signature for a body.
    #[must_use]
    pub fn signature(&self, body: &[u8]) -> String {
        sign(&self.platform().config.channel_secret, body)
    }

    pub(super) async fn post(&self, events: Vec<Value>) -> Option<Outcome> {
        let url = self.platform().config.webhook_url.clone()?;
        let status = self.post_to(&url, &events).await;
        let outcome = Outcome { status, event_ids: events.iter().map(id_of).collect() };
        let mut platform = self.platform();
        if !outcome.received() {
            platform.outbox.missed.extend(events.iter().cloned());
        }
        platform.outbox.last_events = events;
        platform.outbox.last = Some(outcome.clone());
        Some(outcome)
    }

    /// Sends one body to an address and tells the status; remembers nothing.
    pub(super) async fn post_to(&self, url: &str, events: &[Value]) -> Option<u16> {
        let destination = self.platform().config.bot_user_id.as_str().to_owned();
        let body = json!({ "destination": destination, "events": events }).to_string().into_bytes();
        let signature = self.signature(&body);
        self.carry(url, body, Some(&signature)).await
    }

    async fn carry(&self, url: &str, body: Vec<u8>, signature: Option<&str>) -> Option<u16> {
        let mut request =
            self.0.http.post(url).header("content-type", "application/json; charset=utf-8").body(body);
        if let Some(signature) = signature {
            request = request.header(HEADER, signature);
        }
        let response = request.send().await.ok()?;
        Some(response.status().as_u16())
    }
}

pub(super) fn id_of(event: &Value) -> String {
    event["webhookEventId"].as_str().unwrap_or_default().to_owned()
}
