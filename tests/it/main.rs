//! One test binary: everything is tested through the front door, on SQLite and on PostgreSQL.
//!
//! `support` is the harness: a whole city office and the small LINE around it. Each other module tests one area.

#![allow(clippy::unwrap_used)] // a test says what went wrong by falling over

mod support;

mod api;
mod approvals;
mod architecture;
mod arms;
mod brakes;
mod broadcasts;
mod calendar;
mod commands;
mod console;
mod correction;
mod crash;
mod delivery;
mod emergency;
mod fills;
mod follows;
mod guards;
mod halting;
mod harness;
mod import;
mod inbound;
mod incidents;
mod insight;
mod lasting;
mod lease;
mod leaving_out;
mod line_contract;
mod links;
mod migrations;
mod missed;
mod operations;
mod planning;
mod population;
mod privacy;
mod quota;
mod readme;
mod recheck;
mod registration;
mod repeats;
mod rules;
mod second_process;
mod segments;
mod sending;
mod simulator;
mod standing;
mod statements;
mod telling;
mod trial;
mod webhook;
