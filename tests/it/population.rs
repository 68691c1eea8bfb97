//! The population: the scan of columns says what the person-by-person evaluator says, and a refresh what a load says.

mod agreement;
mod current;
mod generated;
mod histories;
mod shipped;
mod waterfall;

use std::sync::Arc;

use jiff::civil::{Date, date};
use musubi::domain::attribute::Catalogue;
use musubi::domain::household::{Household, Lot};
use musubi::domain::ids::AccountId;
use musubi::domain::sample_town;
use musubi::population::Snapshot;

/// Before the review dates of the shipped rules.
const TODAY: Date = date(2026, 11, 22);

fn account(number: usize) -> AccountId {
    AccountId(uuid::Uuid::from_u128(number as u128))
}

/// A town with our ids, without a database.
fn town(seed: u64, accounts: usize) -> Vec<(AccountId, Household)> {
    let friends = sample_town::generate(seed, accounts, TODAY, &Catalogue::builtin());
    let with_lot = |number, household| {
        let id = account(number);
        (id, Household { lot: Lot::Of(id), ..household })
    };
    friends.enumerate().map(|(number, friend)| with_lot(number, friend.household)).collect()
}

fn in_columns(town: &[(AccountId, Household)]) -> Snapshot {
    let mut snapshot = Snapshot::empty(Arc::new(Catalogue::builtin()), 0);
    town.iter().for_each(|(id, household)| snapshot.put(*id, household));
    // How far the records reach is the city's to say, and the same for everybody.
    let coverage = town.first().map(|(_, household)| Arc::clone(&household.history.coverage));
    snapshot.set_coverage(coverage.unwrap_or_default());
    snapshot
}
