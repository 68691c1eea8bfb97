//! The staff console, through its pages.

mod audit;
mod broadcasts;
mod differences;
mod doors;
mod emergency;
mod errors;
mod examples;
mod fixed;
mod last_run;
mod ledger;
mod login;
mod messages;
mod office;
mod own_line;
mod pictures;
mod repeats;
mod resuming;
mod rules;
mod segments;
mod sending;
mod sheet;
mod split;
mod statistics;
mod tokens;
mod when;
mod workflow;
