//! Keeps each endpoint below LINE's rate limit by waiting, so that a burst never becomes a 429.
//!
//! LINE counts per channel and path with token buckets whose size it doesn't publish; only a twentieth of a second is
//! let through at once. It paces this process alone: two processes on one channel must share the fraction between them.

use std::num::NonZeroU32;

use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};

use super::client::Endpoint;

/// The share of LINE's limits that is used unless configured otherwise; the rest is left to other tools of the channel.
pub const DEFAULT_FRACTION: f64 = 0.5;

/// One limiter for each endpoint of the client.
pub(super) struct Pace(Vec<(&'static str, DefaultDirectRateLimiter)>);

impl Pace {
    /// Paces all `endpoints` at `fraction` of their limits; a fraction outside 0.001..=1 is moved to the nearer end.
    pub(super) fn new(endpoints: &[&Endpoint], fraction: f64) -> Self {
        let of = |endpoint: &&Endpoint| (endpoint.template, limiter(endpoint.per_second, fraction));
        Self(endpoints.iter().map(of).collect())
    }

    /// Waits until a call to `endpoint` may leave.
    pub(super) async fn wait(&self, endpoint: &Endpoint) {
        for (template, limiter) in &self.0 {
            if *template == endpoint.template {
                limiter.until_ready().await;
            }
        }
    }
}

fn limiter(per_second: u32, fraction: f64) -> DefaultDirectRateLimiter {
    let rate = share(per_second, fraction);
    let burst = NonZeroU32::new(rate.get() / 20).unwrap_or(NonZeroU32::MIN);
    RateLimiter::direct(Quota::per_second(rate).allow_burst(burst))
}

fn share(per_second: u32, fraction: f64) -> NonZeroU32 {
    let fraction = if fraction.is_nan() { DEFAULT_FRACTION } else { fraction.clamp(0.001, 1.0) };
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // between 0 and per_second
    let rate = (f64::from(per_second) * fraction) as u32;
    NonZeroU32::new(rate).unwrap_or(NonZeroU32::MIN)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::line::limits;

    #[test]
    fn the_fraction_stays_within_the_limit_and_above_nothing() {
        let rates: Vec<_> = [0.5, 2.0, 0.0, f64::NAN].iter().map(|part| share(200, *part).get()).collect();
        assert_eq!(rates, [100, 200, 1, 100]);
    }

    #[test]
    fn only_a_small_burst_passes_at_once() {
        let limiter = limiter(limits::MULTICAST_PER_SECOND, 1.0);
        let passed = (0..200).filter(|_| limiter.check().is_ok()).count();
        assert!((10..=20).contains(&passed), "{passed}");
    }
}
