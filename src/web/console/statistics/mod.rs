//! 配信の結果: what is known of a broadcast after it went out, alone and beside the others of its series.
//!
//! The ledger's figures are exact, because they have to add up; whatever tells of what people did is shown from ten on
//! only, and never where it would be nearly everybody.

mod effect;
mod page;
mod read;
mod series;
mod table;
mod taps;

pub(in crate::web) use effect::{Effect, Wanted};
pub(super) use page::{csv, show};
pub(in crate::web) use read::{Known, days, span};
pub(super) use series::{csv as series_csv, list, show as show_series};
