//! `musubi bench …`: figures that anyone can measure again, compared as ratios within one run.

mod brakes;
mod load;
pub mod segments;
pub mod sending;
pub mod webhook;

use std::time::Duration;

/// A duration in milliseconds, for tables.
pub fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}
