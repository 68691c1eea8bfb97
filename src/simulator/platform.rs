//! The state of the platform, and the one place where LINE accepts a message.
//!
//! It stands behind one lock; everything here is quick and never waits. Schema and token were checked before.

use std::collections::HashMap;
use std::sync::Arc;

use axum::http::StatusCode;
use serde_json::{Value, json};
use uuid::Uuid;

use super::SimulatorConfig;
use super::fault::Faults;
use super::limits::{Buckets, Endpoint};
use super::login::IdTokens;
use super::people::{Key, People};
use super::reply::ReplyTokens;
use super::retry::RetryKeys;
use super::token::AccessTokens;
use super::units::Units;
use super::webhook::Outbox;
use super::wire::Refusal;
use crate::domain::timestamp::Timestamp;

/// Everything the platform remembers.
#[derive(Debug)]
pub(super) struct Platform {
    pub config: SimulatorConfig,
    pub people: People,
    pub tokens: AccessTokens,
    pub id_tokens: IdTokens,
    pub replies: ReplyTokens,
    pub retries: RetryKeys,
    pub buckets: Buckets,
    pub faults: Faults,
    pub outbox: Outbox,
    pub units: Units,
    pub requests: Vec<RequestLine>,
    /// Tickets of LIFF openings that were not used yet, with the person who opens.
    pub tickets: HashMap<String, Key>,
    /// Billed recipients by year and month in Tokyo.
    usage: HashMap<(i16, i8), u64>,
    last_message_id: u64,
}

/// One API request that came in, for assertions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestLine {
    /// The endpoint; `None` for a path that LINE does not have.
    pub endpoint: Option<Endpoint>,
    /// HTTP method.
    pub method: String,
    /// The path as it came, without the query.
    pub path: String,
    /// The answer's status; `None` where no answer was given.
    pub status: Option<u16>,
    /// The `X-Line-Retry-Key` it carried.
    pub retry_key: Option<String>,
}

/// Who a message is for.
pub(super) enum To {
    /// One person, free of quota.
    Reply(Key),
    /// One person.
    Push(Key),
    /// Many people.
    Multicast(Vec<Key>),
}

/// A request that is to be accepted.
pub(super) struct Send {
    pub to: To,
    pub messages: Vec<Arc<Value>>,
    pub retry_key: Option<Uuid>,
    /// The name under which LINE counts what becomes of it.
    pub unit: Option<String>,
    pub request_id: String,
}

impl Platform {
    pub(super) fn new(config: SimulatorConfig) -> Self {
        Self {
            id_tokens: IdTokens::new(config.chance.bytes()),
            people: People::default(),
            tokens: AccessTokens::default(),
            replies: ReplyTokens::default(),
            retries: RetryKeys::default(),
            buckets: Buckets::default(),
            faults: Faults::default(),
            outbox: Outbox::default(),
            units: Units::default(),
            requests: Vec::new(),
            tickets: HashMap::new(),
            usage: HashMap::new(),
            last_message_id: 500_000_000_000_000_000,
            config,
        }
    }

    /// Accepts a message once: the answer's body, or why LINE refuses. A refusal leaves nothing behind.
    pub(super) fn accept(&mut self, send: Send, now: Timestamp) -> Result<Value, Refusal> {
        if let Some(known) = send.retry_key.and_then(|key| self.retries.find(key, now)) {
            let mut body = json!({ "message": "The retry key is already accepted" });
            if let Some(sent) = known.body.get("sentMessages") {
                body["sentMessages"] = sent.clone();
            }
            let accepted_request_id = Some(known.request_id.clone());
            return Err(Refusal { status: StatusCode::CONFLICT, body, accepted_request_id });
        }
        let (keys, billed, listed) = match send.to {
            To::Reply(key) => (vec![key], false, true),
            To::Push(key) => (vec![key], true, true),
            To::Multicast(keys) => (keys, true, false),
        };
        if billed {
            self.bill(&keys, now)?;
        }
        let unit = send.unit.filter(|name| self.units.take(name, now));
        for key in &keys {
            let reached = self.people.deliver(key, &send.messages, now);
            if let Some(name) = unit.as_deref().filter(|_| reached) {
                self.units.deliver(name, *key, now);
            }
        }
        let body = if listed { self.sent_messages(send.messages.len()) } else { json!({}) };
        if let Some(key) = send.retry_key {
            self.retries.remember(key, &send.request_id, &body, now);
        }
        Ok(body)
    }

    /// Counts the recipients that a message reaches; over the quota nobody is counted and nothing is sent.
    fn bill(&mut self, keys: &[Key], now: Timestamp) -> Result<(), Refusal> {
        let reached = keys.iter().filter(|key| self.people.reachable(key)).count();
        let reached = u64::try_from(reached).unwrap_or(u64::MAX);
        let after = self.used(now).saturating_add(reached);
        if self.config.quota.is_some_and(|quota| quota < after) {
            return Err(Refusal::monthly());
        }
        self.usage.insert(month(now), after);
        Ok(())
    }

    /// Recipients billed in the calendar month (Tokyo) of `now`.
    pub(super) fn used(&self, now: Timestamp) -> u64 {
        self.usage.get(&month(now)).copied().unwrap_or(0)
    }

    /// A new message id, a number in text form as LINE's are.
    pub(super) fn next_message_id(&mut self) -> String {
        self.last_message_id += 1;
        self.last_message_id.to_string()
    }

    fn sent_messages(&mut self, count: usize) -> Value {
        let sent = |platform: &mut Self| {
            let quote = Uuid::from_bytes(platform.config.chance.bytes()).simple().to_string();
            json!({ "id": platform.next_message_id(), "quoteToken": quote })
        };
        let list: Vec<Value> = (0..count).map(|_| sent(self)).collect();
        json!({ "sentMessages": list })
    }
}

fn month(at: Timestamp) -> (i16, i8) {
    let date = at.tokyo_date();
    (date.year(), date.month())
}
