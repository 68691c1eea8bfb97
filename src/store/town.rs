//! The sample town on its way into the tables, many rows at a time.
//!
//! It fills the same tables as a registration does, and nothing but an empty database: whoever has one account already
//! is never mixed with invented people.

use serde_json::Value;

use uuid::Uuid;

use super::changes;
use super::events::{self, NewEvent};
use crate::db::arg::{Arg, Bind};
use crate::db::{self, Tx};
use crate::domain::history::Event;
use crate::domain::household::PersonStanding;
use crate::domain::ids::{AccountId, LineUserId, PersonId};
use crate::domain::timestamp::Timestamp;
use crate::{bulk, sql};

/// An account to insert.
pub struct NewAccount {
    /// Our id.
    pub id: AccountId,
    /// LINE's id of the invented friend.
    pub line_user_id: LineUserId,
    /// Whether the friend follows.
    pub following: bool,
    /// Whether the friend wants no messages.
    pub stopped: bool,
    /// Facts of the account, after the attribute catalogue.
    pub attributes: Value,
    /// A JSON array of topic ids.
    pub declined_topics: Value,
    /// The consent given; `None` for somebody who has not registered.
    pub consent: Option<NewConsent>,
    /// The friend first.
    pub persons: Vec<NewPerson>,
}

/// A consent to insert.
pub struct NewConsent {
    /// The version of its text.
    pub version: String,
    /// The language it was shown in.
    pub language: String,
    /// Whether it was taken back.
    pub withdrawn: bool,
}

/// A person to insert.
pub struct NewPerson {
    /// Our id.
    pub id: PersonId,
    /// Whether the person lives here.
    pub standing: PersonStanding,
    /// Facts of the person, after the attribute catalogue.
    pub attributes: Value,
    /// Check-ups and bookings, each with an id.
    pub events: Vec<(Uuid, Event)>,
}

/// Whether no account was ever made.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn is_empty(tx: &mut Tx) -> db::Result<bool> {
    let some: Option<(AccountId,)> = tx.fetch_optional(sql!("SELECT id FROM account LIMIT 1")).await?;
    Ok(some.is_none())
}

/// Inserts accounts with their persons, consents and entries of the change log, all as of `at`.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn insert(tx: &mut Tx, accounts: &[NewAccount], at: Timestamp) -> db::Result<()> {
    let into_account = bulk!(
        "INSERT INTO account (id, line_user_id, follow_state, follow_changed_at, registered_at, stopped_at,
                              attributes, declined_topics, version, created_at, updated_at) VALUES",
        11,
        ""
    );
    tx.insert_rows(into_account, accounts.iter().map(|account| account_row(account, at))).await?;
    let into_person =
        bulk!("INSERT INTO person (id, account_id, position, standing, attributes) VALUES", 5, "");
    tx.insert_rows(into_person, accounts.iter().flat_map(person_rows)).await?;
    let into_consent =
        bulk!("INSERT INTO consent (account_id, version, language, given_at, withdrawn_at) VALUES", 5, "");
    tx.insert_rows(into_consent, accounts.iter().filter_map(|account| consent_row(account, at))).await?;
    let histories = accounts.iter().flat_map(|account| {
        account.persons.iter().flat_map(|person| {
            person.events.iter().map(|(id, event)| NewEvent {
                id: *id,
                account: account.id,
                person: Some(person.id),
                event: event.clone(),
                source: "sample",
            })
        })
    });
    events::insert(tx, histories, at).await?;
    let ids: Vec<_> = accounts.iter().map(|account| account.id).collect();
    changes::append_all(tx, &ids, "sample", "sample", at).await?;
    Ok(())
}

fn account_row(account: &NewAccount, at: Timestamp) -> [Arg; 11] {
    [
        account.id.bind(),
        (&account.line_user_id).bind(),
        if account.following { "following" } else { "blocked" }.bind(),
        at.bind(),
        account.consent.as_ref().map(|_| at).bind(),
        account.stopped.then_some(at).bind(),
        (&account.attributes).bind(),
        (&account.declined_topics).bind(),
        1i64.bind(),
        at.bind(),
        at.bind(),
    ]
}

fn person_rows(account: &NewAccount) -> impl Iterator<Item = [Arg; 5]> {
    (0i64..).zip(&account.persons).map(|(position, person)| {
        let standing = match person.standing {
            PersonStanding::Active => "active",
            PersonStanding::Moved => "moved",
            PersonStanding::Deceased => "deceased",
        };
        [person.id.bind(), account.id.bind(), position.bind(), standing.bind(), (&person.attributes).bind()]
    })
}

fn consent_row(account: &NewAccount, at: Timestamp) -> Option<[Arg; 5]> {
    let consent = account.consent.as_ref()?;
    let withdrawn = consent.withdrawn.then_some(at);
    Some([
        account.id.bind(),
        consent.version.as_str().bind(),
        consent.language.as_str().bind(),
        at.bind(),
        withdrawn.bind(),
    ])
}
