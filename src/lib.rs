//! Musubi (結び): runs a Japanese city's LINE Official Account so that each resident gets what concerns them,
//! and nothing else.
//!
//! The way of the data: a LINE webhook enters [`web`], is remembered in [`store`] (the inbox), becomes residents and
//! attributes through [`flow`]; a segment rule ([`domain::segment`]) is asked of the [`population`]; an approved
//! broadcast becomes a ledger in the [`store`] and leaves through [`mod@line`]. [`worker`] says when, [`simulator`] plays
//! LINE for the demo and for every test.
//!
//! The modules stand in reading order, low rungs first; a module uses only rungs below its own
//! (`tests/it/architecture.rs` holds the table).

pub mod chance;
pub mod clock;
pub mod domain;
pub mod failpoint;

pub mod config;
pub mod db;
pub mod line;

pub mod store;

pub mod population;

pub mod app;

pub mod flow;

pub mod simulator;
pub mod web;
pub mod worker;
