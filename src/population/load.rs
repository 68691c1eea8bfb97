//! Fills the columns from the database, and keeps them current from the change log.
//!
//! Everything is read in one transaction together with the newest number of the change log, so a snapshot is complete
//! up to exactly that number. A refresh re-reads the accounts that changed since, and adds what LINE has accepted
//! since; where most have changed (an import, the sample town), reading everybody is quicker and is done instead.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, PoisonError, RwLock};

use super::column::day_number;
use super::read::Reader;
use super::snapshot::{PersonCells, Table};
use crate::db::{self, Db, Tx};
use crate::domain::attribute::{Catalogue, Subject, TopicId};
use crate::domain::history::{Coverage, Event, History};
use crate::domain::household::{Household, Lot, Person};
use crate::domain::ids::{AccountId, PersonId};
use crate::population::Snapshot;
use crate::store::changes;
use crate::store::events::{self, Delivery};
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
    load_accounts(&mut fresh, &mut tx).await?;
    let places = load_persons(&mut fresh, &mut tx).await?;
    load_events(&mut fresh, &mut tx, &places).await?;
    drop(places);
    fresh.set_coverage(Arc::new(events::coverage(&mut tx).await?));
    fresh.shrink();
    *shared.write().unwrap_or_else(PoisonError::into_inner) = Some(fresh);
    Ok(Refreshed::Whole)
}

async fn load_accounts(fresh: &mut Snapshot, tx: &mut Tx) -> db::Result<()> {
    let reader = Reader::new(&fresh.catalogue, Subject::Account);
    let mut unreadable = None;
    rows::each_account(tx, |row| {
        let declined = serde_json::from_str::<BTreeSet<TopicId>>(&row.declined_topics);
        match reader.read(&row.attributes).and_then(|cells| Ok((cells, declined?))) {
            Ok((cells, declined)) => _ = fresh.put_account(row.id, row.standing(), &declined, &cells),
            Err(error) => _ = unreadable.get_or_insert(error),
        }
    })
    .await?;
    corrupt("account", unreadable)?;
    for id in rows::list_withdrawn(tx).await? {
        fresh.find(id).into_iter().for_each(|at| fresh.front.never.set(at, true));
    }
    Ok(())
}

/// Answers where each person stands.
async fn load_persons(fresh: &mut Snapshot, tx: &mut Tx) -> db::Result<HashMap<PersonId, (Table, u32)>> {
    let reader = Reader::new(&fresh.catalogue, Subject::Person);
    let (mut at, mut places, mut unreadable) = (0, HashMap::new(), None);
    rows::each_person(tx, |row| {
        while fresh.front.ids.get(at).is_some_and(|id| *id < row.account_id) {
            at += 1;
        }
        match reader.read(&row.attributes) {
            Ok(cells) => {
                let is_self = reader.is_self(&cells);
                let person = PersonCells { cells, is_self, standing: row.standing() };
                let (table, place) = fresh.add_person(at, &person);
                places.insert(row.id, (table, u32::try_from(place).unwrap_or(u32::MAX)));
            }
            Err(error) => _ = unreadable.get_or_insert(error),
        }
    })
    .await?;
    corrupt("person", unreadable)?;
    Ok(places)
}

/// A document that is no JSON was written by nobody of ours.
fn corrupt(table: &str, unreadable: Option<serde_json::Error>) -> db::Result<()> {
    unreadable.map_or(Ok(()), |error| Err(db::Error::Corrupt(format!("{table}: {error}"))))
}

async fn load_events(
    fresh: &mut Snapshot,
    tx: &mut Tx,
    places: &HashMap<PersonId, (Table, u32)>,
) -> db::Result<()> {
    events::each(tx, |stored| {
        let Some((kind, subject, on)) = stored.told() else { return };
        let place = match stored.person_id {
            Some(person) => places.get(&person).map(|(table, row)| (*table, *row as usize)),
            None => fresh.find(stored.account_id).map(|row| (Table::Front, row)),
        };
        match place {
            Some((Table::Front, row)) => {
                fresh.front.events.add_on(row, (kind, subject), on);
            }
            Some((Table::Tail, row)) => fresh.tail.events.add_on(row, (kind, subject), on),
            None => {}
        }
    })
    .await?;
    for delivery in events::list_deliveries(tx, None).await? {
        let reached = events::list_reached(tx, &delivery).await?;
        deliver(fresh, &delivery, reached);
    }
    Ok(())
}

fn deliver(fresh: &mut Snapshot, delivery: &Delivery, reached: Vec<AccountId>) {
    let day = day_number(delivery.day());
    for account in reached {
        let Some(row) = fresh.find(account) else { continue };
        fresh.front.events.add_sent(row, &delivery.series, day);
    }
}

async fn apply(
    shared: &RwLock<Option<Snapshot>>,
    catalogue: &Catalogue,
    mut tx: Tx,
    (seq, last): (i64, i64),
) -> db::Result<Refreshed> {
    let changed: BTreeSet<AccountId> = rows::list_changed(&mut tx, seq, last).await?.into_iter().collect();
    let read = Changed {
        accounts: rows::changed_accounts(&mut tx, seq, last).await?,
        persons: rows::changed_persons(&mut tx, seq, last).await?,
        histories: histories(&mut tx, seq, last).await?,
    };
    let households = read.households(catalogue);
    let mut deliveries = Vec::new();
    for delivery in events::list_deliveries(&mut tx, Some(seq)).await? {
        let mut reached = events::list_reached(&mut tx, &delivery).await?;
        // Of those who changed everything was read, this delivery with it.
        reached.retain(|id| !changed.contains(id));
        deliveries.push((delivery, reached));
    }
    let coverage = Arc::new(events::coverage(&mut tx).await?);
    drop(tx);
    let mut known = shared.write().unwrap_or_else(PoisonError::into_inner);
    let Some(known) = known.as_mut() else { return Ok(Refreshed::Current) };
    // An account that is not there any more comes back as no household.
    changed.iter().for_each(|id| known.remove(*id));
    households.iter().for_each(|(id, household)| known.put(*id, household));
    deliveries.into_iter().for_each(|(delivery, reached)| deliver(known, &delivery, reached));
    known.set_coverage(coverage);
    known.set_seq(last);
    Ok(Refreshed::Changed(changed.len()))
}

/// The events of whoever changed, by account and person; those of the account itself under `None`.
type Histories = HashMap<(AccountId, Option<PersonId>), Vec<Event>>;

async fn histories(tx: &mut Tx, seq: i64, last: i64) -> db::Result<Histories> {
    let mut histories = Histories::new();
    for stored in events::list_changed(tx, seq, last).await? {
        let events = histories.entry((stored.account_id, stored.person_id)).or_default();
        events.extend(stored.event());
    }
    for sent in events::list_sent_changed(tx, seq, last).await? {
        histories.entry((sent.account_id, None)).or_default().push(sent.event());
    }
    Ok(histories)
}

/// What was read of the accounts that changed.
struct Changed {
    accounts: Vec<AccountRow>,
    persons: Vec<PersonRow>,
    histories: Histories,
}

impl Changed {
    /// Accounts and persons are both in the order of accounts.
    fn households(self, catalogue: &Catalogue) -> Vec<(AccountId, Household)> {
        let Self { accounts, persons, mut histories } = self;
        let mut persons = persons.into_iter().peekable();
        let coverage = Arc::new(Coverage::default());
        let mut history = |account, person| History {
            events: histories.remove(&(account, person)).unwrap_or_default(),
            coverage: Arc::clone(&coverage),
        };
        let household = |row: AccountRow| {
            let own = std::iter::from_fn(|| persons.next_if(|person| person.account_id <= row.id));
            let persons = own.map(|person| Person {
                facts: catalogue.read_facts(Subject::Person, &person.attributes),
                standing: person.standing(),
                history: history(row.id, Some(person.id)),
                ..Person::default()
            });
            let persons = persons.collect();
            let household = Household {
                standing: row.standing(),
                account: catalogue.read_facts(Subject::Account, &row.attributes),
                declined: row.declined(),
                persons,
                history: history(row.id, None),
                lot: Lot::Of(row.id),
            };
            (row.id, household)
        };
        accounts.into_iter().map(household).collect()
    }
}
