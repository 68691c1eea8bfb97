//! Channel access tokens: stateless ones, alive for fifteen minutes by the clock.
//!
//! It stands apart from `login`, whose ID tokens speak for a person and not for the channel.

use std::collections::HashMap;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::chance::Chance;
use crate::domain::timestamp::Timestamp;

/// LINE's `expires_in` of a stateless channel access token.
pub(super) const LIFE: Duration = Duration::from_secs(900);

/// The tokens that were handed out and are still alive.
#[derive(Debug, Default)]
pub(super) struct AccessTokens(HashMap<String, Timestamp>);

impl AccessTokens {
    /// Hands out a new token. Like LINE's it is longer than 255 characters.
    pub(super) fn issue(&mut self, chance: &Chance, now: Timestamp) -> String {
        self.0.retain(|_, until| now < *until);
        let token = URL_SAFE_NO_PAD.encode(chance.bytes::<210>());
        self.0.insert(token.clone(), now.plus(LIFE));
        token
    }

    /// Whether the token was handed out and lives.
    pub(super) fn lives(&self, token: &str, now: Timestamp) -> bool {
        self.0.get(token).is_some_and(|until| now < *until)
    }

    /// Kills every token, as when a channel is taken away.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}
