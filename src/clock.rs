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
    Fast(Fast),
}

/// The machine's time since an instant, so many times as fast, from another instant on.
#[derive(Clone, Copy, Debug)]
struct Fast {
    since: Timestamp,
    shown: Timestamp,
    rate: u32,
}

impl Clock {
    /// The machine's clock.
    #[must_use]
    pub fn system() -> Self {
        Self(Kind::System)
    }

    /// The machine's clock, but for the processes of a self-test, which are told another one by `MUSUBI_TEST_CLOCK`;
    /// only a build that can be told to die reads it.
    #[must_use]
    pub fn of_process() -> Self {
        let told =
            cfg!(any(debug_assertions, feature = "failpoints")).then(|| std::env::var("MUSUBI_TEST_CLOCK"));
        told.and_then(std::result::Result::ok)
            .and_then(|text| Self::parse(&text))
            .unwrap_or_else(Self::system)
    }

    /// A clock that shows `shown` now and runs `rate` times as fast as the machine's.
    #[must_use]
    pub fn fast(shown: Timestamp, rate: u32) -> Self {
        Self(Kind::Fast(Fast { since: Self::system().now(), shown, rate }))
    }

    /// For `MUSUBI_TEST_CLOCK`: another process with this word has the same time.
    #[must_use]
    pub fn to_text(&self) -> String {
        match &self.0 {
            Kind::Fast(fast) => format!("{},{},{}", fast.since.millis(), fast.shown.millis(), fast.rate),
            _ => String::new(),
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split(',');
        let mut instant = || Some(Timestamp::from_millis(parts.next()?.parse().ok()?));
        let (since, shown) = (instant()?, instant()?);
        Some(Self(Kind::Fast(Fast { since, shown, rate: parts.next()?.parse().ok()? })))
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
            Kind::Fast(fast) => fast.shown.plus(Self::system().now().since(fast.since) * fast.rate),
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
