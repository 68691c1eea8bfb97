//! When a friend last chose what they want to get: the newest choice wins, whatever comes in last.
//!
//! It stands apart from [`super::accounts`], which writes the choice itself. A word or a button in the talk may be
//! handled a second time, hours later; by then the friend may have chosen otherwise on the form. The times compared
//! are those at which the friend chose, never those at which we heard of it.

use std::time::Duration;

use crate::db::{self, Tx};
use crate::domain::ids::AccountId;
use crate::domain::timestamp::Timestamp;
use crate::sql;

/// A choice and the instant at which it was made.
#[derive(Clone, Copy, Debug)]
pub struct Choice {
    made: Timestamp,
    /// It counts where the newest choice so far is older than this.
    before: Timestamp,
}

impl Choice {
    /// Made on the form just now: it counts whatever was chosen before, even if LINE's clock runs ahead of ours.
    #[must_use]
    pub fn on_form(now: Timestamp) -> Self {
        Self { made: now, before: Timestamp::from_micros(i64::MAX) }
    }

    /// Asks in the talk for more, at the time of LINE's event.
    #[must_use]
    pub fn for_more(made: Timestamp) -> Self {
        Self { made, before: made }
    }

    /// Asks in the talk for less, at the time of LINE's event; of two at the same instant this one wins.
    #[must_use]
    pub fn for_less(made: Timestamp) -> Self {
        Self { made, before: made.plus(Duration::from_micros(1)) }
    }
}

/// Notes a choice between getting messages and getting none; answers whether it counts.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn of_delivery(tx: &mut Tx, account: AccountId, choice: Choice) -> db::Result<bool> {
    let query = sql!(
        "UPDATE account
         SET delivery_chosen_at = CASE WHEN delivery_chosen_at > $2 THEN delivery_chosen_at ELSE $2 END
         WHERE id = $1 AND (delivery_chosen_at IS NULL OR delivery_chosen_at < $3)",
        account,
        choice.made,
        choice.before
    );
    Ok(tx.execute(query).await? == 1)
}

/// Notes a choice of topics; answers whether it counts.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn of_topics(tx: &mut Tx, account: AccountId, choice: Choice) -> db::Result<bool> {
    let query = sql!(
        "UPDATE account
         SET topics_chosen_at = CASE WHEN topics_chosen_at > $2 THEN topics_chosen_at ELSE $2 END
         WHERE id = $1 AND (topics_chosen_at IS NULL OR topics_chosen_at < $3)",
        account,
        choice.made,
        choice.before
    );
    Ok(tx.execute(query).await? == 1)
}
