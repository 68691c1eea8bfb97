//! The segment language: whom a broadcast is for, said so that staff can read, review and sign it.
//!
//! One tree ([`rule`]) with two faces ([`text`] and [`json`]), evaluated one person at a time by [`person`] and,
//! elsewhere, in columns by the population. Everything here is a pure function of the rule, the facts and an as-of
//! date: no clock, no database, no third form that is ever parsed. What can't be read is refused; nothing falls back
//! to "everyone".

pub mod bucket;
pub mod check;
mod diagnostic;
pub mod explanation;
pub mod freeze;
pub mod generate;
mod hash;
pub mod json;
pub mod library;
mod path;
pub mod person;
pub mod rule;
pub mod schema;
pub mod shared;
pub mod text;
pub mod trial;
mod truth;
pub mod window;
pub mod words;

pub use diagnostic::{Code, Diagnostic, Place, Severity};
pub use path::RulePath;
pub use rule::Segment;
pub use truth::Truth;
