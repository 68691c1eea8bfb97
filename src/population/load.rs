//! Fills the columns from the database, and keeps them current from the change log.
//!
//! Everything is read together with the newest number of the change log, in one transaction or in two that see the same
//! number, so a snapshot is complete up to exactly that number. A refresh re-reads the accounts that changed since, and adds what LINE has accepted
//! since; where most have changed (an import, the sample town), reading everybody is quicker and is done instead.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::column::day_number;
use super::read::{HouseholdCells, Households};
use super::write::{AccountCells, Told};
use crate::db::{self, Db, Tx};
use crate::domain::attribute::Catalogue;
use crate::domain::ids::AccountId;
use crate::population::Snapshot;
use crate::store::changes;
use crate::store::events::{self, Delivery};
use crate::store::population::{self as rows, HouseholdText, HouseholdTexts};

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
    let Some((seq, accounts)) = known else { return load(shared, catalogue, db).await };
    let mut tx = db.read().await?;
    let last = changes::last(&mut tx).await?;
    if seq == last {
        return Ok(Refreshed::Current);
    }
    let many = AT_LEAST.max(i64::try_from(accounts).unwrap_or(i64::MAX) / WHOLE_ABOVE);
    // A number behind ours means another database was put in its place.
    if last < seq || many < last - seq {
        drop(tx);
        return load(shared, catalogue, db).await;
    }
    apply(shared, catalogue, db, tx, (seq, last)).await
}

/// The number up to which the snapshot is complete, and how many accounts it has. No lock outlives this.
fn extent(shared: &RwLock<Option<Snapshot>>) -> Option<(i64, usize)> {
    let known = shared.read().unwrap_or_else(PoisonError::into_inner);
    known.as_ref().map(|known| (known.seq(), known.accounts()))
}

async fn load(
    shared: &RwLock<Option<Snapshot>>,
    catalogue: &Arc<Catalogue>,
    db: &Db,
) -> db::Result<Refreshed> {
    let mut tx = db.read_much().await?;
    let last = changes::last(&mut tx).await?;
    let mut fresh = Snapshot::empty(Arc::clone(catalogue), last);
    let mut tx = load_households(&mut fresh, db, tx).await?;
    fresh.withdraw(&rows::list_withdrawn(&mut tx).await?);
    load_events(&mut fresh, &mut tx).await?;
    fresh.set_coverage(Arc::new(events::coverage(&mut tx).await?));
    fresh.shrink();
    *shared.write().unwrap_or_else(PoisonError::into_inner) = Some(fresh);
    Ok(Refreshed::Whole)
}

/// Households that are read at once.
const SLICE: i64 = 4_000;

/// Two transactions take turns, slice by slice, while this one fills the columns: most of the time goes into SQLite.
/// Answers the first transaction.
async fn load_households(fresh: &mut Snapshot, db: &Db, mut tx: Tx) -> db::Result<Tx> {
    let beginnings = rows::list_beginnings(&mut tx, SLICE).await?;
    let ends = beginnings.iter().skip(1).copied().map(Some).chain([None]);
    let slices: Vec<_> = beginnings.iter().copied().zip(ends).collect();
    let second = match slices.len() {
        1 => None,
        _ => twin(db.read_much().await?, fresh.seq()).await?,
    };
    let readers: Vec<Tx> = std::iter::once(tx).chain(second).collect();
    let turns = readers.len();
    let mut readers: Vec<_> = readers
        .into_iter()
        .enumerate()
        .map(|(turn, tx)| SliceReader::start(tx, slices.iter().skip(turn).step_by(turns).copied().collect()))
        .collect();
    let households = Households::new(&fresh.catalogue);
    for number in 0..slices.len() {
        for row in readers[number % turns].next().await?.all()? {
            let read = households.read(&row)?;
            fresh.renew(row.id, read, Vec::new());
        }
    }
    readers.swap_remove(0).finish().await
}

/// A second transaction, if it sees what the first one sees: nobody has drawn a number in between.
async fn twin(mut tx: Tx, last: i64) -> db::Result<Option<Tx>> {
    let same = changes::last(&mut tx).await? == last;
    Ok(same.then_some(tx))
}

/// Reads its slices one after the other, one ahead of who takes them.
struct SliceReader {
    slices: mpsc::Receiver<HouseholdTexts>,
    task: JoinHandle<db::Result<Tx>>,
}

impl SliceReader {
    fn start(mut tx: Tx, slices: Vec<(AccountId, Option<AccountId>)>) -> Self {
        let (give, take) = mpsc::channel(1);
        let task = tokio::spawn(async move {
            for (from, until) in slices {
                let slice = rows::list_households(&mut tx, from, until).await?;
                if give.send(slice).await.is_err() {
                    break;
                }
            }
            Ok(tx)
        });
        Self { slices: take, task }
    }

    async fn next(&mut self) -> db::Result<HouseholdTexts> {
        match self.slices.recv().await {
            Some(slice) => Ok(slice),
            // It ended before its slices did: the task says why.
            None => Err((&mut self.task).await.map_err(broken)?.err().unwrap_or_else(|| broken("no slice"))),
        }
    }

    async fn finish(self) -> db::Result<Tx> {
        self.task.await.map_err(broken)?
    }
}

fn broken(why: impl std::fmt::Display) -> db::Error {
    db::Error::Other(format!("reading everybody: {why}"))
}

async fn load_events(fresh: &mut Snapshot, tx: &mut Tx) -> db::Result<()> {
    events::each_tap(tx, |tap| {
        let row = fresh.find(tap.account_id);
        row.zip(tap.told()).into_iter().for_each(|(row, told)| fresh.front.events.add(row, told));
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

/// More changes than these are read by two transactions at once.
const IN_TWO_ABOVE: i64 = 100;

/// A task that reads the later changes, and the number after which they begin: two thirds, for the first transaction has
/// more to ask than households.
async fn later(
    db: &Db,
    (seq, last): (i64, i64),
) -> db::Result<Option<(i64, JoinHandle<db::Result<HouseholdTexts>>)>> {
    if last - seq <= IN_TWO_ABOVE {
        return Ok(None);
    }
    let Some(mut tx) = twin(db.read().await?, last).await? else { return Ok(None) };
    let begin = seq + (last - seq) / 3;
    let read = async move { rows::changed_households(&mut tx, begin, last).await };
    Ok(Some((begin, tokio::spawn(read))))
}

async fn apply(
    shared: &RwLock<Option<Snapshot>>,
    catalogue: &Catalogue,
    db: &Db,
    mut tx: Tx,
    (seq, last): (i64, i64),
) -> db::Result<Refreshed> {
    let later = later(db, (seq, last)).await?;
    let end = later.as_ref().map_or(last, |(begin, _)| *begin);
    let mut texts = vec![rows::changed_households(&mut tx, seq, end).await?];
    let gone = rows::list_gone(&mut tx, seq, last).await?;
    let withdrawn = rows::changed_withdrawn(&mut tx, seq, last).await?;
    let taps = events::changed_taps(&mut tx, seq, last).await?;
    let mut deliveries = Vec::new();
    for delivery in events::list_deliveries(&mut tx, Some(seq)).await? {
        let reached = events::list_reached(&mut tx, &delivery).await?;
        deliveries.push((delivery, reached));
    }
    let coverage = Arc::new(events::coverage(&mut tx).await?);
    drop(tx);
    if let Some((_, later)) = later {
        texts.push(later.await.map_err(broken)??);
    }
    let changed = households(&texts)?;
    let reader = Households::new(catalogue);
    let read = changed.iter().map(|row| Ok((row.id, reader.read(row)?)));
    let read = read.collect::<db::Result<Vec<_>>>()?;
    let mut tapped: HashMap<AccountId, Vec<_>> = HashMap::new();
    for tap in &taps {
        tapped.entry(tap.account_id).or_default().extend(tap.told());
    }
    let mut known = shared.write().unwrap_or_else(PoisonError::into_inner);
    let Some(known) = known.as_mut() else { return Ok(Refreshed::Current) };
    gone.iter().for_each(|id| known.remove(*id));
    // What was sent to somebody is never taken back: it stays, and the deliveries since are added.
    known.forget_events(&changed.iter().map(|row| row.id).collect::<Vec<_>>());
    for (id, household) in read {
        known.renew(id, household, tapped.remove(&id).unwrap_or_default());
    }
    known.withdraw(&withdrawn);
    deliveries.into_iter().for_each(|(delivery, reached)| deliver(known, &delivery, reached));
    known.pack_if_worn();
    known.set_coverage(coverage);
    known.set_seq(last);
    Ok(Refreshed::Changed(changed.len() + gone.len()))
}

/// Each once: who changed twice may stand in both texts, and reads the same in them.
fn households(texts: &[HouseholdTexts]) -> db::Result<Vec<HouseholdText<'_>>> {
    let mut all = Vec::new();
    for text in texts {
        all.extend(text.all()?);
    }
    all.sort_unstable_by_key(|household| household.id);
    all.dedup_by_key(|household| household.id);
    Ok(all)
}

impl Snapshot {
    fn renew(&mut self, id: AccountId, read: HouseholdCells<'_>, taps: Vec<Told<'_>>) {
        let HouseholdCells { standing, declined, account, persons } = read;
        let account = AccountCells { standing, declined: &declined, cells: account, events: taps };
        self.write(id, &account, &persons);
    }

    fn withdraw(&mut self, ids: &[AccountId]) {
        ids.iter()
            .filter_map(|id| self.find(*id))
            .collect::<Vec<_>>()
            .into_iter()
            .for_each(|at| self.front.never.set(at, true));
    }
}
