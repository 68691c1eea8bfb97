//! What the words mean: ids, dates, attributes, rules, messages, broadcasts.
//!
//! Pure: nothing here awaits, reads a clock, or knows SQL, HTTP or LINE's JSON.

pub mod attribute;
pub mod broadcast;
pub mod calendar;
pub mod command;
mod dice;
pub mod digest;
pub mod effect;
pub mod emergency;
pub mod entry;
pub mod follows;
pub mod history;
pub mod household;
pub mod ids;
pub mod line_code;
pub mod message;
pub mod password;
pub mod sample_town;
pub mod segment;
pub mod staff;
pub mod texts;
pub mod timestamp;
