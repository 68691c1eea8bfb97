//! The harness: what every test stands on.
#![allow(dead_code)] // each area uses its own part of the harness

pub mod catalogue;
pub mod database;
pub mod source;
