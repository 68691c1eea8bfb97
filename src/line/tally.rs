//! How LINE answered since the process started, by endpoint and kind: for metrics, never for a decision.
//!
//! Counted where the answer comes in, so that nothing is forgotten; an endpoint is named by its template, which holds no
//! user id.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// How a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ending {
    /// LINE answered with this status.
    Status(u16),
    /// No answer in time.
    Timeout,
    /// No connection, or it broke.
    Connection,
}

impl std::fmt::Display for Ending {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Status(status) => status.fmt(out),
            Self::Timeout => out.write_str("timeout"),
            Self::Connection => out.write_str("connection"),
        }
    }
}

/// Calls by endpoint and ending; clones share the figures.
#[derive(Clone, Debug, Default)]
pub struct Tally(Arc<Mutex<BTreeMap<(&'static str, Ending), u64>>>);

impl Tally {
    /// One more.
    pub(super) fn add(&self, endpoint: &'static str, ending: Ending) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *counts.entry((endpoint, ending)).or_default() += 1;
    }

    /// All of them, in the order of their endpoints.
    #[must_use]
    pub fn all(&self) -> Vec<(&'static str, Ending, u64)> {
        let counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        counts.iter().map(|((endpoint, ending), count)| (*endpoint, *ending, *count)).collect()
    }
}
