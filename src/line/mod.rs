//! LINE's wire: signatures, events, messages, and the client that calls the Messaging API.
//!
//! The only place that knows LINE's JSON, paths, limits and error texts. What LINE answers leaves here as a decision:
//! *again later* or *never* ([`Error`]). It remembers nothing but a channel access token: no database, no
//! configuration file, no story. The simulator speaks the same [`signature`] from the other side.

pub mod client;
pub mod error;
pub mod event;
pub mod limits;
pub mod message;
pub mod pace;
pub mod private;
pub mod signature;
pub mod tally;
mod token;

pub use client::{Client, ClientConfig, install_crypto_provider};
pub use error::{Error, LaterReason, NeverReason};
