//! Persons: the friend and the household that the friend registered, in the order of the form.
//!
//! A person keeps the id from the first save on, so that history and the city's own key stay with the right human
//! being when somebody above is taken out. Whoever writes here notes the change on the account.

use std::collections::BTreeSet;

use serde_json::Value;
use sqlx::FromRow;

use crate::db::{self, Tx};
use crate::domain::household::PersonStanding;
use crate::domain::ids::{AccountId, PersonId};
use crate::sql;

/// A person as stored.
#[derive(Clone, FromRow)]
pub struct Person {
    /// Our id.
    pub id: PersonId,
    /// Whose household.
    pub account_id: AccountId,
    /// The place in the form; the friend is 0.
    pub position: i64,
    /// The city's own key of this person (宛名番号 or the like), set by an import.
    pub city_person_key: Option<String>,
    /// Whether the person lives here.
    pub standing: Standing,
    /// Facts of the person, after the attribute catalogue.
    pub attributes: Value,
}

/// Shows ids only: the rest is personal data.
impl std::fmt::Debug for Person {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Person")
            .field("id", &self.id)
            .field("position", &self.position)
            .finish_non_exhaustive()
    }
}

/// The stored form of [`PersonStanding`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
pub enum Standing {
    /// Lives here.
    Active,
    /// Has moved away.
    Moved,
    /// Has died.
    Deceased,
}

impl Standing {
    /// Reads the stored word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Active, Self::Moved, Self::Deceased].into_iter().find(|standing| standing.as_str() == word)
    }

    fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Moved => "moved",
            Self::Deceased => "deceased",
        }
    }
}

impl From<Standing> for PersonStanding {
    fn from(standing: Standing) -> Self {
        match standing {
            Standing::Active => Self::Active,
            Standing::Moved => Self::Moved,
            Standing::Deceased => Self::Deceased,
        }
    }
}

impl From<PersonStanding> for Standing {
    fn from(standing: PersonStanding) -> Self {
        match standing {
            PersonStanding::Active => Self::Active,
            PersonStanding::Moved => Self::Moved,
            PersonStanding::Deceased => Self::Deceased,
        }
    }
}

/// A person as it shall be stored: `id` says which one it was, or is the id of a new one.
pub struct Entry {
    /// The id.
    pub id: PersonId,
    /// The document of [`crate::domain::attribute::Catalogue::write_facts`].
    pub attributes: Value,
}

/// The persons of an account, the friend first.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn list(tx: &mut Tx, account: AccountId) -> db::Result<Vec<Person>> {
    tx.fetch_all(sql!(
        "SELECT id, account_id, position, city_person_key, standing, attributes
         FROM person WHERE account_id = $1 ORDER BY position",
        account
    ))
    .await
}

/// The persons of the accounts after `after` up to and with `last`, in the order of accounts and positions.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn list_between(tx: &mut Tx, after: Option<AccountId>, last: AccountId) -> db::Result<Vec<Person>> {
    tx.fetch_all(sql!(
        "SELECT id, account_id, position, city_person_key, standing, attributes FROM person
         WHERE (CAST($1 AS UUID) IS NULL OR account_id > $1) AND account_id <= $2 ORDER BY account_id, position",
        after,
        last
    ))
    .await
}

/// The person with the city's own key.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn find_by_city_key(tx: &mut Tx, key: &str) -> db::Result<Option<Person>> {
    tx.fetch_optional(sql!(
        "SELECT id, account_id, position, city_person_key, standing, attributes
         FROM person WHERE city_person_key = $1",
        key
    ))
    .await
}

/// Makes the household exactly `entries`, in this order: what is stored and not listed goes, the rest keeps its id,
/// key and standing.
///
/// # Errors
/// As [`db::Error`] says; `Conflict` where an id belongs to another account or stored persons change their order.
pub async fn replace(tx: &mut Tx, account: AccountId, entries: &[Entry]) -> db::Result<()> {
    let stored = list(tx, account).await?;
    let kept: BTreeSet<PersonId> = entries.iter().map(|entry| entry.id).collect();
    for gone in stored.iter().filter(|person| !kept.contains(&person.id)) {
        tx.execute(sql!("DELETE FROM event WHERE person_id = $1 AND account_id = $2", gone.id, account))
            .await?;
        tx.execute(sql!("DELETE FROM person WHERE id = $1 AND account_id = $2", gone.id, account)).await?;
    }
    // Positions only shrink when somebody goes; taken in ascending order no two meet.
    for (position, entry) in (0i64..).zip(entries) {
        let known = stored.iter().any(|person| person.id == entry.id);
        if known {
            update(tx, account, position, entry).await?
        } else {
            insert(tx, account, position, entry).await?
        }
    }
    Ok(())
}

async fn update(tx: &mut Tx, account: AccountId, position: i64, entry: &Entry) -> db::Result<()> {
    tx.execute(sql!(
        "UPDATE person SET position = $3, attributes = $4 WHERE id = $1 AND account_id = $2",
        entry.id,
        account,
        position,
        entry.attributes.clone()
    ))
    .await?;
    Ok(())
}

async fn insert(tx: &mut Tx, account: AccountId, position: i64, entry: &Entry) -> db::Result<()> {
    tx.execute(sql!(
        "INSERT INTO person (id, account_id, position, standing, attributes) VALUES ($1, $2, $3, 'active', $4)",
        entry.id,
        account,
        position,
        entry.attributes.clone()
    ))
    .await?;
    Ok(())
}

/// Writes what an import says about one person: the key, the standing and the facts.
///
/// # Errors
/// As [`db::Error`] says; `Conflict` where another person has the key.
pub async fn import(tx: &mut Tx, person: &Person) -> db::Result<()> {
    tx.execute(sql!(
        "UPDATE person SET city_person_key = $2, standing = $3, attributes = $4 WHERE id = $1",
        person.id,
        person.city_person_key.clone(),
        person.standing.as_str(),
        person.attributes.clone()
    ))
    .await?;
    Ok(())
}
