//! What time it is: the machine's clock, or one set by hand.
//!
//! A clock is a value that is handed in. Nothing else in the crate asks the machine for the time, so a test can stand
//! on any day and step over hours without sleeping.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::civil::Date;

use crate::domain::timestamp::Timestamp;

/// A source of the present instant; clones share the same time.
#[derive(Clone, Debug)]
pub struct Clock(Kind);

#[derive(Clone, Debug)]
enum Kind {
    System,
    Manual(Arc<Mutex<Timestamp>>),
}

impl Clock {
    /// The machine's clock.
    #[must_use]
    pub fn system() -> Self {
        Self(Kind::System)
    }

    /// A clock that stands still at `at` until it is set or advanced.
    #[must_use]
    pub fn fixed(at: Timestamp) -> Self {
        Self(Kind::Manual(Arc::new(Mutex::new(at))))
    }

    /// The present instant, cut to microseconds (what both databases can hold).
    #[must_use]
    pub fn now(&self) -> Timestamp {
        match &self.0 {
            #[allow(clippy::disallowed_methods)] // the one place that asks the machine
            Kind::System => Timestamp::from(jiff::Timestamp::now()),
            Kind::Manual(at) => *at.lock().unwrap_or_else(std::sync::PoisonError::into_inner),
        }
    }

    /// Today's civil date in Asia/Tokyo.
    #[must_use]
    pub fn today(&self) -> Date {
        self.now().tokyo_date()
    }

    /// Sets a manual clock; a system clock is left alone.
    pub fn set(&self, to: Timestamp) {
        if let Kind::Manual(at) = &self.0 {
            *at.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = to;
        }
    }

    /// Moves a manual clock forward; a system clock is left alone.
    pub fn advance(&self, by: Duration) {
        self.set(self.now().plus(by));
    }
}
