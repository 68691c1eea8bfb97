//! Text that must not reach a log: what a resident wrote, chose or may answer with.
//!
//! A type of its own so that `{:?}` of an event is safe to print. It protects against slips, not against memory
//! dumps; tokens and channel secrets are [`secrecy::SecretString`] instead.

use std::fmt;

/// Text whose `Debug` shows only that it is there.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Private(String);

impl Private {
    /// Wraps the text.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself; never for a log or an error.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Private {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Private(…)")
    }
}
