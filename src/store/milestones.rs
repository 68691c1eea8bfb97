//! Whom a repeat has met on a day of their own: by the person, so that another date of the same person is noticed.

use jiff::civil::Date;
use sqlx::FromRow;
use uuid::Uuid;

use crate::bulk;
use crate::db::arg::Bind;
use crate::db::{self, Day, Fragment, Tx};
use crate::domain::attribute::{Catalogue, Subject, Value};
use crate::domain::broadcast::LedgerState;
use crate::domain::ids::{AccountId, BroadcastId};

/// So many accounts are asked about in one statement.
const CHUNK: usize = 500;

/// Whose day it is: a person, or an account in the person's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Whose {
    /// The account that is sent to.
    pub account: AccountId,
    /// The person's id, or the account's.
    pub person: Uuid,
}

/// One that was met before, and what became of the message.
#[derive(Clone, Debug, FromRow)]
pub struct Met {
    /// The person's id, or the account's.
    pub person_id: Uuid,
    /// On which day.
    pub met_on: Day,
    /// What the ledger says of the message.
    pub state: String,
}

impl Met {
    /// Whether the message may have come; one that surely did not is no reason to leave anybody out.
    #[must_use]
    pub fn may_have_it(&self) -> bool {
        use LedgerState::{Accepted, Attempting, Planned, Unknown};
        let state = LedgerState::try_from(self.state.clone());
        state.is_ok_and(|state| matches!(state, Accepted | Attempting | Planned | Unknown))
    }
}

/// The persons of these accounts whose date lies between two days.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn whose_day(
    tx: &mut Tx,
    catalogue: &Catalogue,
    (attribute, from, to): (&str, Date, Date),
    accounts: &[AccountId],
) -> db::Result<Vec<Whose>> {
    let mut found = Vec::new();
    for chunk in accounts.chunks(CHUNK) {
        let mut query = Fragment::new("SELECT id, account_id, attributes FROM person WHERE account_id IN (");
        for (at, account) in chunk.iter().enumerate() {
            query.push(if at == 0 { "" } else { ", " }).bind(*account);
        }
        query.push(") ORDER BY account_id, id");
        for (person, account, attributes) in
            tx.fetch_all::<(Uuid, AccountId, serde_json::Value)>(query.build()).await?
        {
            let facts = catalogue.read_facts(Subject::Person, &attributes);
            if matches!(facts.get(attribute), Some(Value::Date(day)) if (from..=to).contains(day)) {
                found.push(Whose { account, person });
            }
        }
    }
    Ok(found)
}

/// Those of a repeat that another broadcast than this one has met.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn met(tx: &mut Tx, repeat: Uuid, but: BroadcastId, persons: &[Uuid]) -> db::Result<Vec<Met>> {
    let mut found = Vec::new();
    for chunk in persons.chunks(CHUNK) {
        let mut query = Fragment::new(
            "SELECT m.person_id, m.met_on, l.state FROM milestone m
             JOIN ledger l ON l.broadcast_id = m.broadcast_id AND l.account_id = m.account_id WHERE m.repeat_id = ",
        );
        query.bind(repeat).push(" AND m.broadcast_id <> ").bind(but).push(" AND m.person_id IN (");
        for (at, person) in chunk.iter().enumerate() {
            query.push(if at == 0 { "" } else { ", " }).bind(*person);
        }
        query.push(")");
        found.extend(tx.fetch_all::<Met>(query.build()).await?);
    }
    Ok(found)
}

/// Notes whom a broadcast meets; who was met before is now met by this one.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn note(
    tx: &mut Tx,
    (repeat, broadcast): (Uuid, BroadcastId),
    whose: &[Whose],
    day: Date,
) -> db::Result<u64> {
    let bulk = bulk!(
        "INSERT INTO milestone (repeat_id, person_id, account_id, broadcast_id, met_on) VALUES",
        5,
        "ON CONFLICT (repeat_id, person_id) DO UPDATE SET account_id = excluded.account_id,
           broadcast_id = excluded.broadcast_id, met_on = excluded.met_on"
    );
    let row =
        |one: &Whose| [repeat.bind(), one.person.bind(), one.account.bind(), broadcast.bind(), day.bind()];
    let rows: Vec<_> = whose.iter().map(row).collect();
    tx.insert_rows(bulk, rows).await
}
