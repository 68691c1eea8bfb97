//! Fills an empty database with the sample town: for the demo and for measurements.
//!
//! It refuses where there is a single account, so that invented people are never mixed with real ones. A town is in
//! the database as a whole or not at all.

use crate::app::App;
use crate::chance::Chance;
use crate::db;
use crate::domain::attribute::Catalogue;
use crate::domain::attribute::core;
use crate::domain::household::{Consent, Household};
use crate::domain::ids::{AccountId, PersonId};
use crate::domain::sample_town::{self, SampleAccount};
use crate::domain::timestamp::Timestamp;
use crate::store::events;
use crate::store::town::{self, NewAccount, NewConsent, NewPerson};

/// What to make.
#[derive(Clone, Copy, Debug)]
pub struct Town<'a> {
    /// Which town; [`sample_town::DEMO_SEED`] for the demo, whose friends the simulator knows too.
    pub seed: u64,
    /// How many friends.
    pub accounts: usize,
    /// The version of the consent text that they are said to have agreed to.
    pub consent_version: &'a str,
}

/// How much was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Seeded {
    /// Accounts.
    pub accounts: usize,
    /// Persons.
    pub persons: usize,
}

/// Why no town was made.
#[derive(Debug, thiserror::Error)]
pub enum SeedError {
    /// There are accounts already.
    #[error("すでに登録者がいるデータベースには、見本の住民を入れられません")]
    NotEmpty,
    /// The database failed.
    #[error(transparent)]
    Database(#[from] db::Error),
}

/// Rows of so many accounts are put together at a time.
const CHUNK: usize = 1_000;

/// Inserts the town, with ages counted on today's date in Asia/Tokyo.
///
/// # Errors
/// [`SeedError`]; then nothing was inserted.
pub async fn seed(app: &App, town: Town<'_>) -> Result<Seeded, SeedError> {
    let now = app.clock.now();
    let mut friends = sample_town::generate(town.seed, town.accounts, now.tokyo_date(), &app.catalogue);
    // Ids of the town's own chance: the same demo has the same ids, and no secret hangs on them.
    let ids = Ids { chance: Chance::seeded(town.seed), at: now };
    let mut tx = app.db.write().await?;
    if !town::is_empty(&mut tx).await? {
        return Err(SeedError::NotEmpty);
    }
    let mut seeded = Seeded::default();
    loop {
        let chunk: Vec<_> = friends
            .by_ref()
            .take(CHUNK)
            .map(|friend| row(&app.catalogue, &ids, friend, town.consent_version))
            .collect();
        if chunk.is_empty() {
            break;
        }
        seeded.accounts += chunk.len();
        seeded.persons += chunk.iter().map(|account| account.persons.len()).sum::<usize>();
        town::insert(&mut tx, &chunk, now).await?;
    }
    for (kind, subject, since) in sample_town::coverage(now.tokyo_date()).iter() {
        events::set_coverage(&mut tx, (kind, subject), since, now).await?;
    }
    tx.commit().await?;
    Ok(seeded)
}

struct Ids {
    chance: Chance,
    at: Timestamp,
}

fn row(catalogue: &Catalogue, ids: &Ids, friend: SampleAccount, version: &str) -> NewAccount {
    let SampleAccount { line_user_id, household, .. } = friend;
    let persons = household.persons.iter().map(|person| NewPerson {
        id: PersonId(ids.chance.uuid_v7(ids.at)),
        standing: person.standing,
        attributes: catalogue.write_facts(&person.facts),
        events: person
            .history
            .events
            .iter()
            .map(|event| (ids.chance.uuid_v7(ids.at), event.clone()))
            .collect(),
    });
    NewAccount {
        id: AccountId(ids.chance.uuid_v7(ids.at)),
        line_user_id,
        following: household.standing.following,
        stopped: household.standing.sending_stopped,
        attributes: catalogue.write_facts(&household.account),
        declined_topics: household.declined.iter().map(|topic| topic.as_str()).collect(),
        consent: consent(&household, version),
        persons: persons.collect(),
    }
}

fn consent(household: &Household, version: &str) -> Option<NewConsent> {
    let language = household.account.choice(core::LANGUAGE).unwrap_or("ja").to_owned();
    let withdrawn = household.standing.consent == Consent::Withdrawn;
    let given = household.standing.consent != Consent::NotYet;
    given.then(|| NewConsent { version: version.to_owned(), language, withdrawn })
}
