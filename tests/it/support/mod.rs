//! The harness: what every test stands on.
#![allow(dead_code)] // each area uses its own part of the harness

pub mod app;
pub mod backup;
pub mod broadcasts;
pub mod browser;
pub mod catalogue;
pub mod chance;
pub mod cluster;
pub mod database;
pub mod form;
pub mod households;
pub mod logs;
pub mod page;
pub mod resident;
pub mod server;
pub mod source;
pub mod staff;

pub use app::TestApp;
