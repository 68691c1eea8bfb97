//! Streams of accounts and persons for the population: everybody at start, then only who changed.
//!
//! A row holds what the columns need and nothing else: no LINE user id, no time. Both streams
//! come in the order of accounts, so that the columns can be filled in one go.

use serde_json::Value;
use sqlx::FromRow;

use super::accounts::{FollowState, read_topics};
use super::persons::Standing as PersonRowStanding;
use crate::db::{self, Tx};
use crate::domain::attribute::TopicId;
use crate::domain::household::{Consent, PersonStanding, Standing};
use crate::domain::ids::{AccountId, PersonId};
use crate::sql;

/// An account as the population sees it.
#[derive(FromRow)]
pub struct AccountRow {
    /// Our id.
    pub id: AccountId,
    follow_state: FollowState,
    stopped: bool,
    erased: bool,
    consented: bool,
    withdrawn: bool,
    declined_topics: Value,
    /// Facts of the account, after the attribute catalogue.
    pub attributes: Value,
}

impl AccountRow {
    /// Whether it can be sent to at all.
    #[must_use]
    pub fn standing(&self) -> Standing {
        let consent = match (self.consented, self.withdrawn) {
            (false, _) => Consent::NotYet,
            (true, false) => Consent::Given,
            (true, true) => Consent::Withdrawn,
        };
        Standing {
            following: self.follow_state == FollowState::Following,
            consent,
            sending_stopped: self.stopped,
            erased: self.erased,
        }
    }

    /// The declined topics.
    #[must_use]
    pub fn declined(&self) -> std::collections::BTreeSet<TopicId> {
        read_topics(&self.declined_topics)
    }
}

/// An account as everybody is read: its documents are text, to be read straight into cells.
#[derive(FromRow)]
pub struct AccountText {
    /// Our id.
    pub id: AccountId,
    follow_state: FollowState,
    stopped: bool,
    erased: bool,
    /// Declined topics, an array.
    pub declined_topics: String,
    /// Facts of the account, after the attribute catalogue.
    pub attributes: String,
}

impl AccountText {
    /// Whether it can be sent to at all, but for a consent taken back: see [`list_withdrawn`].
    #[must_use]
    pub fn standing(&self) -> Standing {
        Standing {
            following: self.follow_state == FollowState::Following,
            consent: Consent::NotYet,
            sending_stopped: self.stopped,
            erased: self.erased,
        }
    }
}

/// A person as everybody is read.
#[derive(FromRow)]
pub struct PersonText {
    /// Our id, to find the person of an event.
    pub id: PersonId,
    /// Whose household.
    pub account_id: AccountId,
    standing: PersonRowStanding,
    /// Facts of the person, after the attribute catalogue.
    pub attributes: String,
}

impl PersonText {
    /// Whether the person lives here.
    #[must_use]
    pub fn standing(&self) -> PersonStanding {
        self.standing.into()
    }
}

/// A person as the population sees it.
#[derive(FromRow)]
pub struct PersonRow {
    /// Our id.
    pub id: PersonId,
    /// Whose household.
    pub account_id: AccountId,
    standing: PersonRowStanding,
    /// Facts of the person, after the attribute catalogue.
    pub attributes: Value,
}

impl PersonRow {
    /// Whether the person lives here.
    #[must_use]
    pub fn standing(&self) -> PersonStanding {
        self.standing.into()
    }
}

macro_rules! accounts {
    ($where:literal) => {
        concat!(
            "SELECT a.id, a.follow_state, a.stopped_at IS NOT NULL AS stopped, a.erased_at IS NOT NULL AS erased,
                    c.given_at IS NOT NULL AS consented, c.withdrawn_at IS NOT NULL AS withdrawn,
                    a.declined_topics, a.attributes
             FROM account a LEFT JOIN consent c ON c.account_id = a.id
               AND c.given_at = (SELECT MAX(newest.given_at) FROM consent newest WHERE newest.account_id = a.id) ",
            $where,
            " ORDER BY a.id"
        )
    };
}

macro_rules! persons {
    ($where:literal) => {
        concat!(
            "SELECT id, account_id, standing, attributes FROM person ",
            $where,
            " ORDER BY account_id, position"
        )
    };
}

/// Every account, in the order of ids.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn each_account(tx: &mut Tx, take: impl FnMut(AccountText) + Send) -> db::Result<()> {
    let query = sql!(
        "SELECT id, follow_state, stopped_at IS NOT NULL AS stopped, erased_at IS NOT NULL AS erased,
                CAST(declined_topics AS TEXT) AS declined_topics, CAST(attributes AS TEXT) AS attributes
         FROM account ORDER BY id"
    );
    tx.fetch_each(query, take).await
}

/// The accounts whose last consent was taken back.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn list_withdrawn(tx: &mut Tx) -> db::Result<Vec<AccountId>> {
    let query = sql!(
        "SELECT c.account_id FROM consent c WHERE c.withdrawn_at IS NOT NULL AND NOT EXISTS
           (SELECT 1 FROM consent newer WHERE newer.account_id = c.account_id AND newer.given_at > c.given_at)"
    );
    let rows: Vec<(AccountId,)> = tx.fetch_all(query).await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// Every person, in the order of accounts and positions.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn each_person(tx: &mut Tx, take: impl FnMut(PersonText) + Send) -> db::Result<()> {
    let query = sql!(
        "SELECT id, account_id, standing, CAST(attributes AS TEXT) AS attributes FROM person
         ORDER BY account_id, position"
    );
    tx.fetch_each(query, take).await
}

/// The ids of the accounts that changed after number `after` up to and with `last` of the change log, each once.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn list_changed(tx: &mut Tx, after: i64, last: i64) -> db::Result<Vec<AccountId>> {
    let rows: Vec<(AccountId,)> = tx
        .fetch_all(sql!(
            "SELECT DISTINCT account_id FROM change_log WHERE seq > $1 AND seq <= $2",
            after,
            last
        ))
        .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// The accounts that changed after number `after` up to and with `last`, in the order of ids.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn changed_accounts(tx: &mut Tx, after: i64, last: i64) -> db::Result<Vec<AccountRow>> {
    let query = sql!(
        accounts!("WHERE a.id IN (SELECT account_id FROM change_log WHERE seq > $1 AND seq <= $2)"),
        after,
        last
    );
    tx.fetch_all(query).await
}

/// The persons of those accounts, in the order of accounts and positions.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn changed_persons(tx: &mut Tx, after: i64, last: i64) -> db::Result<Vec<PersonRow>> {
    let query = sql!(
        persons!("WHERE account_id IN (SELECT account_id FROM change_log WHERE seq > $1 AND seq <= $2)"),
        after,
        last
    );
    tx.fetch_all(query).await
}
