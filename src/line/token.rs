//! The channel access token: issued for fifteen minutes, kept in memory, renewed ahead of its end.
//!
//! Stateless tokens need no revoking and no storage. Only one request for a token is under way at a time; whoever
//! waited for it shares its outcome, good or bad, so a slow LINE is asked once and not once per waiting sender.
//! Nothing here sends: how a token is fetched comes in as a future.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Mutex;

use super::error::Error;
use crate::clock::Clock;
use crate::domain::timestamp::Timestamp;

/// A token as LINE issued it.
pub(super) struct Issued {
    pub(super) token: SecretString,
    pub(super) lifetime: Duration,
}

/// The one current token of a channel.
pub(super) struct TokenStore {
    clock: Clock,
    attempts: AtomicU64,
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    current: Option<Current>,
    last_error: Option<Error>,
}

struct Current {
    token: SecretString,
    renew_at: Timestamp,
    ends_at: Timestamp,
}

impl TokenStore {
    pub(super) fn new(clock: Clock) -> Self {
        Self { clock, attempts: AtomicU64::new(0), held: Mutex::default() }
    }

    /// The current token, fetched where there is none or four fifths of its life are over.
    pub(super) async fn get<F>(&self, fetch: F) -> Result<SecretString, Error>
    where
        F: Future<Output = Result<Issued, Error>>,
    {
        self.current_or(None, fetch).await
    }

    /// A token other than `refused`, which LINE did not take although it seemed valid.
    pub(super) async fn replace<F>(&self, refused: &SecretString, fetch: F) -> Result<SecretString, Error>
    where
        F: Future<Output = Result<Issued, Error>>,
    {
        self.current_or(Some(refused), fetch).await
    }

    async fn current_or<F>(&self, refused: Option<&SecretString>, fetch: F) -> Result<SecretString, Error>
    where
        F: Future<Output = Result<Issued, Error>>,
    {
        let seen = self.attempts.load(Ordering::Acquire);
        let mut held = self.held.lock().await;
        if let Some(token) = held.fresh(self.clock.now(), refused) {
            return Ok(token);
        }
        if seen != self.attempts.load(Ordering::Acquire)
            && let Some(error) = held.last_error.clone()
        {
            return Err(error);
        }
        let outcome = fetch.await;
        self.attempts.fetch_add(1, Ordering::Release);
        held.settle(self.clock.now(), refused, outcome)
    }
}

impl Held {
    fn fresh(&self, now: Timestamp, refused: Option<&SecretString>) -> Option<SecretString> {
        self.usable(refused).filter(|current| now < current.renew_at).map(|current| current.token.clone())
    }

    fn usable(&self, refused: Option<&SecretString>) -> Option<&Current> {
        let refused = refused.map(SecretString::expose_secret);
        self.current.as_ref().filter(|current| Some(current.token.expose_secret()) != refused)
    }

    fn settle(
        &mut self,
        now: Timestamp,
        refused: Option<&SecretString>,
        outcome: Result<Issued, Error>,
    ) -> Result<SecretString, Error> {
        match outcome {
            Ok(issued) => {
                self.last_error = None;
                let (renew_at, ends_at) = (now.plus(issued.lifetime.mul_f64(0.8)), now.plus(issued.lifetime));
                let current = Current { token: issued.token, renew_at, ends_at };
                Ok(self.current.insert(current).token.clone())
            }
            Err(error) => {
                self.last_error = Some(error.clone());
                // An early renewal that fails costs nothing while the old token still lives.
                let old = self.usable(refused).filter(|current| now < current.ends_at);
                old.map(|current| current.token.clone()).ok_or(error)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use super::*;
    use crate::line::error::LaterReason;

    fn store() -> (Clock, TokenStore) {
        let clock = Clock::fixed(Timestamp::from_millis(1_790_000_000_000));
        (clock.clone(), TokenStore::new(clock))
    }

    async fn issue(name: &str) -> Result<Issued, Error> {
        Ok(Issued { token: SecretString::from(name), lifetime: Duration::from_secs(900) })
    }

    async fn fail() -> Result<Issued, Error> {
        Err(Error::later(LaterReason::Timeout))
    }

    fn text(token: Result<SecretString, Error>) -> String {
        token.map_or_else(|error| error.to_string(), |token| token.expose_secret().to_owned())
    }

    #[tokio::test]
    async fn a_token_is_renewed_after_four_fifths_of_its_life() {
        let (clock, store) = store();
        assert_eq!(text(store.get(issue("one")).await), "one");
        clock.advance(Duration::from_secs(719));
        assert_eq!(text(store.get(issue("two")).await), "one");
        clock.advance(Duration::from_secs(1));
        assert_eq!(text(store.get(issue("two")).await), "two");
    }

    #[tokio::test]
    async fn a_failed_early_renewal_keeps_the_old_token_until_its_end() {
        let (clock, store) = store();
        store.get(issue("one")).await.unwrap();
        clock.advance(Duration::from_secs(800));
        assert_eq!(text(store.get(fail()).await), "one");
        clock.advance(Duration::from_secs(100));
        assert_eq!(store.get(fail()).await.unwrap_err(), Error::later(LaterReason::Timeout));
    }

    #[tokio::test]
    async fn a_refused_token_is_replaced_once_for_all() {
        let (_clock, store) = store();
        let one = store.get(issue("one")).await.unwrap();
        assert_eq!(text(store.replace(&one, issue("two")).await), "two");
        assert_eq!(text(store.replace(&one, issue("three")).await), "two");
    }

    #[tokio::test]
    async fn those_who_wait_share_one_fetch_and_its_failure() {
        let (_clock, store) = store();
        let asked = AtomicUsize::new(0);
        let slow_failure = || async {
            asked.fetch_add(1, Ordering::Relaxed);
            tokio::task::yield_now().await;
            fail().await
        };
        let (a, b, c) =
            tokio::join!(store.get(slow_failure()), store.get(slow_failure()), store.get(slow_failure()));
        assert!(a.is_err() && b.is_err() && c.is_err());
        assert_eq!(asked.load(Ordering::Relaxed), 1);
        assert_eq!(text(store.get(issue("later")).await), "later");
    }
}
