//! What a broadcast has brought about: rates with their uncertainty, differences between arms, and what may be shown.
//!
//! Nothing here knows who somebody is: counts come in, sentences come out, and a sentence never says more than the
//! figures carry.

pub mod finding;
pub mod interval;
pub mod shown;

pub use finding::{Finding, compare};
pub use interval::{Interval, Rate};
pub use shown::Shown;
