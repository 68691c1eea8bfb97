//! Accounts with their persons and consent, put together as the rules see them.
//!
//! Stands apart from `accounts` and `persons` because it reads three tables into one value of the domain. It only
//! reads. Whatever the catalogue doesn't know or allow is missing from the facts.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use serde_json::Value;
use sqlx::FromRow;

use super::accounts::{FollowState, read_topics};
use super::events;
use super::persons::{self, Person};
use crate::db::{self, Tx};
use crate::domain::attribute::{Catalogue, Subject};
use crate::domain::history::{Coverage, Event, History};
use crate::domain::household::{self, Consent, Household, Lot, Standing};
use crate::domain::ids::{AccountId, LineUserId, PersonId};
use crate::domain::timestamp::Timestamp;
use crate::sql;

/// An account's household with the addresses that sending needs.
#[derive(Clone, Debug)]
pub struct Stored {
    /// The account.
    pub account: AccountId,
    /// Where messages go; `None` after erasure.
    pub line_user_id: Option<LineUserId>,
    /// What the rules see, histories included.
    pub household: Household,
}

#[derive(FromRow)]
struct AccountRow {
    id: AccountId,
    line_user_id: Option<LineUserId>,
    follow_state: FollowState,
    stopped_at: Option<Timestamp>,
    erased_at: Option<Timestamp>,
    attributes: Value,
    declined_topics: Value,
    given_at: Option<Timestamp>,
    withdrawn_at: Option<Timestamp>,
}

macro_rules! select {
    () => {
        "SELECT a.id, a.line_user_id, a.follow_state, a.stopped_at, a.erased_at, a.attributes, a.declined_topics,
                c.given_at, c.withdrawn_at
         FROM account a LEFT JOIN consent c ON c.account_id = a.id
           AND c.given_at = (SELECT MAX(newest.given_at) FROM consent newest WHERE newest.account_id = a.id) "
    };
}

/// One account's household.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn find(tx: &mut Tx, catalogue: &Catalogue, id: AccountId) -> db::Result<Option<Stored>> {
    let row: Option<AccountRow> = tx.fetch_optional(sql!(concat!(select!(), "WHERE a.id = $1"), id)).await?;
    let Some(row) = row else { return Ok(None) };
    let persons = persons::list(tx, id).await?;
    let mut histories = Histories::new(events::coverage(tx).await?);
    histories.add(events::list(tx, id).await?, events::list_sent(tx, id).await?);
    Ok(Some(row.with(catalogue, persons, &mut histories)))
}

/// The next households after `after`, in the order of ids, at most `limit`; fewer mean that it was the last page.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn page(
    tx: &mut Tx,
    catalogue: &Catalogue,
    after: Option<AccountId>,
    limit: i64,
) -> db::Result<Vec<Stored>> {
    let query = sql!(
        concat!(select!(), "WHERE CAST($1 AS UUID) IS NULL OR a.id > $1 ORDER BY a.id LIMIT $2"),
        after,
        limit
    );
    let rows: Vec<AccountRow> = tx.fetch_all(query).await?;
    let Some(last) = rows.last().map(|row| row.id) else { return Ok(Vec::new()) };
    let mut persons: BTreeMap<AccountId, Vec<Person>> = BTreeMap::new();
    for person in persons::list_between(tx, after, last).await? {
        persons.entry(person.account_id).or_default().push(person);
    }
    let mut histories = Histories::new(events::coverage(tx).await?);
    histories
        .add(events::list_between(tx, after, last).await?, events::list_sent_between(tx, after, last).await?);
    let stored = rows.into_iter().map(|row| {
        let own = persons.remove(&row.id).unwrap_or_default();
        row.with(catalogue, own, &mut histories)
    });
    Ok(stored.collect())
}

/// Events on their way to those whom they are about.
struct Histories {
    events: HashMap<(AccountId, Option<PersonId>), Vec<Event>>,
    coverage: Arc<Coverage>,
}

impl Histories {
    fn new(coverage: Coverage) -> Self {
        Self { events: HashMap::new(), coverage: Arc::new(coverage) }
    }

    fn add(&mut self, stored: Vec<events::Stored>, sent: Vec<events::Sent>) {
        for one in stored {
            self.events.entry((one.account_id, one.person_id)).or_default().extend(one.event());
        }
        for one in sent {
            self.events.entry((one.account_id, None)).or_default().push(one.event());
        }
    }

    fn take(&mut self, account: AccountId, person: Option<PersonId>) -> History {
        let events = self.events.remove(&(account, person)).unwrap_or_default();
        History { events, coverage: Arc::clone(&self.coverage) }
    }
}

impl AccountRow {
    fn with(self, catalogue: &Catalogue, persons: Vec<Person>, histories: &mut Histories) -> Stored {
        let person = |person: Person| read_person(catalogue, &person, histories);
        let persons = persons.into_iter().map(person).collect();
        let household = Household {
            standing: self.standing(),
            account: catalogue.read_facts(Subject::Account, &self.attributes),
            declined: read_topics(&self.declined_topics),
            persons,
            history: histories.take(self.id, None),
            lot: Lot::Of(self.id),
        };
        Stored { account: self.id, line_user_id: self.line_user_id, household }
    }

    fn standing(&self) -> Standing {
        let consent = match (self.given_at, self.withdrawn_at) {
            (None, _) => Consent::NotYet,
            (Some(_), None) => Consent::Given,
            (Some(_), Some(_)) => Consent::Withdrawn,
        };
        Standing {
            following: self.follow_state == FollowState::Following,
            consent,
            sending_stopped: self.stopped_at.is_some(),
            erased: self.erased_at.is_some(),
        }
    }
}

fn read_person(catalogue: &Catalogue, person: &Person, histories: &mut Histories) -> household::Person {
    household::Person {
        id: Some(person.id),
        facts: catalogue.read_facts(Subject::Person, &person.attributes),
        standing: person.standing.into(),
        history: histories.take(person.account_id, Some(person.id)),
    }
}
