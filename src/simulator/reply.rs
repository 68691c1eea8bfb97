//! Reply tokens: good once, for about a minute after their event came or came again.

use std::collections::HashMap;
use std::time::Duration;

use super::people::Key;
use crate::domain::timestamp::Timestamp;

/// How long a token answers after its webhook was sent. LINE says about a minute.
const LIFE: Duration = Duration::from_secs(60);
/// After this long a redelivered event's token no longer comes back to life.
const LAST_REVIVAL: Duration = Duration::from_secs(20 * 60);

/// The tokens that were handed out and not used.
#[derive(Debug, Default)]
pub(super) struct ReplyTokens(HashMap<String, Open>);

#[derive(Debug)]
struct Open {
    person: Key,
    event_at: Timestamp,
    sent_at: Timestamp,
}

impl ReplyTokens {
    /// A token for an answer to this person.
    pub(super) fn open(&mut self, token: &str, person: Key, now: Timestamp) {
        self.0.retain(|_, open| now.since(open.event_at) < LAST_REVIVAL);
        self.0.insert(token.to_owned(), Open { person, event_at: now, sent_at: now });
    }

    /// The event is sent (again): its minute begins anew, unless the token was used or is too old.
    pub(super) fn revive(&mut self, token: &str, now: Timestamp) {
        if let Some(open) = self.0.get_mut(token).filter(|open| now.since(open.event_at) < LAST_REVIVAL) {
            open.sent_at = now;
        }
    }

    /// Whose token it is, if it still answers. The token stays unused.
    pub(super) fn person(&self, token: &str, now: Timestamp) -> Option<Key> {
        self.0.get(token).filter(|open| now.since(open.sent_at) <= LIFE).map(|open| open.person)
    }

    /// Uses the token up.
    pub(super) fn spend(&mut self, token: &str) {
        self.0.remove(token);
    }
}
