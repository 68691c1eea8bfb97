//! The token under which this process works; what begins a batch or a plan asks whether it is still good.
//!
//! Without one nothing is asked: tests and measurements step the flows of a single process by hand.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use crate::db::{self, Tx};
use crate::store::lease;

/// The token; clones share it.
#[derive(Clone, Debug, Default)]
pub struct Fence(Arc<AtomicI64>);

impl Fence {
    /// Works under a token from now on.
    pub fn hold(&self, token: i64) {
        self.0.store(token, Ordering::Release);
    }

    /// Whether this process may still begin something; where it may, nobody takes over before the commit.
    ///
    /// # Errors
    /// As [`db::Error`] says.
    pub async fn stands(&self, tx: &mut Tx) -> db::Result<bool> {
        match self.0.load(Ordering::Acquire) {
            0 => Ok(true),
            token => lease::is_held(tx, token).await,
        }
    }
}
