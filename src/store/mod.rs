//! What Musubi remembers: one file per table family, functions over a transaction.
//!
//! A function here takes `&mut Tx` first and never commits: the flow that opened the transaction does. Nothing here
//! calls LINE, reads a clock or decides anything that the domain knows.

pub mod accounts;
pub mod alarms;
pub mod api_requests;
pub mod api_tokens;
pub mod approvals;
pub mod audit;
pub mod batches;
pub mod broadcast_versions;
pub mod broadcasts;
pub mod changes;
pub mod choices;
pub mod clock_mark;
pub mod consents;
pub mod events;
pub mod export;
pub mod follows;
pub mod gauges;
pub mod households;
pub mod images;
pub mod inbox;
pub mod installation;
pub mod intake;
pub mod lease;
pub mod ledger;
pub mod limits;
pub mod links;
pub mod login_attempts;
pub mod milestones;
pub mod outcomes;
pub mod persons;
pub mod pilots;
pub mod population;
pub mod progress;
pub mod quota;
pub mod readers;
pub mod repeats;
pub mod resident_sessions;
pub mod restored;
pub mod rules;
pub mod series;
pub mod staff;
pub mod staff_line_codes;
pub mod staff_sessions;
pub mod standings;
pub mod strangers;
pub mod switches;
pub mod town;
pub mod units;
