//! Fills the columns from the database, and keeps them current from the change log.
//!
//! Everything is read in one transaction together with the newest number of the change log, so a snapshot is complete
//! up to exactly that number. A refresh re-reads the accounts that changed since; where most have changed (an import,
//! the sample town), reading everybody is quicker and is done instead.

use std::sync::{Arc, PoisonError, RwLock};

use super::column::Cell;
use super::snapshot::PersonCells;
use crate::db::{self, Db, Tx};
use crate::domain::attribute::{Catalogue, Subject, core};
use crate::domain::history::History;
use crate::domain::household::{Household, Lot, Person};
use crate::domain::ids::AccountId;
use crate::population::Snapshot;
use crate::store::changes;
use crate::store::population::{self as rows, AccountRow, PersonRow};

/// What a refresh did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refreshed {
    /// Nothing had changed.
    Current,
    /// So many accounts were read again.
    Changed(usize),
    /// Everybody was read.
    Whole,
}

/// More changes than this share of the accounts, and everybody is read.
const WHOLE_ABOVE: i64 = 4;
const AT_LEAST: i64 = 1_000;

pub(super) async fn refresh(
    shared: &RwLock<Option<Snapshot>>,
    catalogue: &Arc<Catalogue>,
    db: &Db,
) -> db::Result<Refreshed> {
    let known = extent(shared);
    let mut tx = db.read().await?;
    let last = changes::last(&mut tx).await?;
    let (seq, accounts) = match known {
        Some(known) if known.0 == last => return Ok(Refreshed::Current),
        Some(known) => known,
        None => return load(shared, catalogue, tx, last).await,
    };
    let many = AT_LEAST.max(i64::try_from(accounts).unwrap_or(i64::MAX) / WHOLE_ABOVE);
    // A number behind ours means another database was put in its place.
    if last < seq || many < last - seq {
        return load(shared, catalogue, tx, last).await;
    }
    apply(shared, catalogue, tx, (seq, last)).await
}

/// The number up to which the snapshot is complete, and how many accounts it has. No lock outlives this.
fn extent(shared: &RwLock<Option<Snapshot>>) -> Option<(i64, usize)> {
    let known = shared.read().unwrap_or_else(PoisonError::into_inner);
    known.as_ref().map(|known| (known.seq(), known.accounts()))
}

async fn load(
    shared: &RwLock<Option<Snapshot>>,
    catalogue: &Arc<Catalogue>,
    mut tx: Tx,
    last: i64,
) -> db::Result<Refreshed> {
    let mut fresh = Snapshot::empty(Arc::clone(catalogue), last);
    rows::each_account(&mut tx, |row| {
        let cells = cells(catalogue, Subject::Account, &row.attributes);
        fresh.put_account(row.id, row.standing(), &row.declined(), &cells);
    })
    .await?;
    let mut at = 0;
    rows::each_person(&mut tx, |row| {
        while fresh.front.ids.get(at).is_some_and(|id| *id < row.account_id) {
            at += 1;
        }
        let facts = catalogue.read_facts(Subject::Person, &row.attributes);
        let is_self = facts.choice(core::RELATION) == Some(core::SELF);
        let cells = cells(catalogue, Subject::Person, &row.attributes);
        fresh.add_person(at, &PersonCells { cells, is_self, standing: row.standing() });
    })
    .await?;
    fresh.shrink();
    *shared.write().unwrap_or_else(PoisonError::into_inner) = Some(fresh);
    Ok(Refreshed::Whole)
}

async fn apply(
    shared: &RwLock<Option<Snapshot>>,
    catalogue: &Catalogue,
    mut tx: Tx,
    (seq, last): (i64, i64),
) -> db::Result<Refreshed> {
    let changed = rows::list_changed(&mut tx, seq, last).await?;
    let accounts = rows::changed_accounts(&mut tx, seq, last).await?;
    let persons = rows::changed_persons(&mut tx, seq, last).await?;
    let households = households(catalogue, accounts, persons);
    let mut known = shared.write().unwrap_or_else(PoisonError::into_inner);
    let Some(known) = known.as_mut() else { return Ok(Refreshed::Current) };
    // An account that is not there any more comes back as no household.
    changed.iter().for_each(|id| known.remove(*id));
    households.iter().for_each(|(id, household)| known.put(*id, household));
    known.set_seq(last);
    Ok(Refreshed::Changed(changed.len()))
}

/// Both lists are in the order of accounts.
fn households(
    catalogue: &Catalogue,
    accounts: Vec<AccountRow>,
    persons: Vec<PersonRow>,
) -> Vec<(AccountId, Household)> {
    let mut persons = persons.into_iter().peekable();
    let households = accounts.into_iter().map(|row| {
        let own = std::iter::from_fn(|| persons.next_if(|person| person.account_id <= row.id));
        let household = Household {
            standing: row.standing(),
            account: catalogue.read_facts(Subject::Account, &row.attributes),
            declined: row.declined(),
            persons: own.map(|person| read_person(catalogue, &person)).collect(),
            history: History::default(),
            lot: Lot::Of(row.id),
        };
        (row.id, household)
    });
    households.collect()
}

fn read_person(catalogue: &Catalogue, row: &PersonRow) -> Person {
    let facts = catalogue.read_facts(Subject::Person, &row.attributes);
    Person { facts, standing: row.standing(), ..Person::default() }
}

fn cells(catalogue: &Catalogue, subject: Subject, document: &serde_json::Value) -> Vec<Cell> {
    let facts = catalogue.read_facts(subject, document);
    catalogue.of(subject).map(|attribute| Cell::of(attribute, facts.get(attribute.id.as_str()))).collect()
}
