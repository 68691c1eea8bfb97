//! Retry keys: LINE remembers each accepted one for 24 hours and refuses it with 409 in that time.
//!
//! A key is looked at without its body: the same key with another body gets the same 409, as LINE does. After the
//! 24 hours the same key is a new request, and the message goes out again.

use std::collections::HashMap;
use std::time::Duration;

use serde_json::Value;
use uuid::Uuid;

use crate::domain::timestamp::Timestamp;

const MEMORY: Duration = Duration::from_secs(24 * 60 * 60);

/// What was answered when the key was first accepted.
#[derive(Clone, Debug)]
pub(super) struct Accepted {
    /// The `x-line-request-id` of that answer.
    pub request_id: String,
    /// Its body: for push the `sentMessages`.
    pub body: Value,
    at: Timestamp,
}

/// The keys of the last 24 hours.
#[derive(Debug, Default)]
pub(super) struct RetryKeys(HashMap<Uuid, Accepted>);

impl RetryKeys {
    /// What the key stood for, if LINE still remembers it.
    pub(super) fn find(&mut self, key: Uuid, now: Timestamp) -> Option<&Accepted> {
        if self.0.get(&key).is_some_and(|known| MEMORY <= now.since(known.at)) {
            self.0.remove(&key);
        }
        self.0.get(&key)
    }

    /// Remembers an accepted request.
    pub(super) fn remember(&mut self, key: Uuid, request_id: &str, body: &Value, now: Timestamp) {
        let accepted = Accepted { request_id: request_id.to_owned(), body: body.clone(), at: now };
        self.0.insert(key, accepted);
    }
}
