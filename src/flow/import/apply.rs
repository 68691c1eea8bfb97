//! What a row does to the people who are registered.
//!
//! A person is found by the city's own key, or is the friend of an account; nobody is guessed from a name or a date.
//! The plan is made and written in the same transaction.

use std::collections::BTreeSet;

use super::Problem;
use super::row::Row;
use crate::chance::Chance;
use crate::clock::Clock;
use crate::db::{self, Db, Tx};
use crate::domain::attribute::{Catalogue, Facts, Subject, Value, core};
use crate::store::accounts::{self, Account, By};
use crate::store::persons::{self, Person, Standing};

/// What an import works with.
#[derive(Clone, Copy)]
pub struct Desk<'a> {
    /// The database.
    pub db: &'a Db,
    /// The attributes.
    pub catalogue: &'a Catalogue,
    /// The time.
    pub clock: &'a Clock,
    /// Ids of entries in the audit log.
    pub chance: &'a Chance,
}

/// What a row does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// The city's own key is tied to a registered person for the first time.
    New,
    /// Something changes.
    Changed,
    /// Nothing changes.
    Unchanged,
    /// Nobody registered is meant.
    Unregistered,
}

/// What is to be written for a row.
pub(super) struct Plan {
    /// What it does.
    pub effect: Effect,
    target: Option<Target>,
}

struct Target {
    account: Account,
    person: Person,
    account_facts: Facts,
    fields: BTreeSet<String>,
}

/// Decides what a row does.
pub(super) async fn plan(desk: &Desk<'_>, tx: &mut Tx, row: &Row) -> db::Result<Result<Plan, Problem>> {
    let found = match find(tx, row).await? {
        Ok(Some(found)) => found,
        Ok(None) => return Ok(Ok(Plan { effect: Effect::Unregistered, target: None })),
        Err(message) => {
            return Ok(Err(Problem { line: row.line, column: String::new(), message: message.to_owned() }));
        }
    };
    Ok(Ok(change(desk, found, row)))
}

struct Found {
    account: Account,
    person: Person,
}

async fn find(tx: &mut Tx, row: &Row) -> db::Result<Result<Option<Found>, &'static str>> {
    let by_key = match &row.city_key {
        Some(key) => persons::find_by_city_key(tx, key).await?,
        None => None,
    };
    let account = match (&row.user, row.account) {
        (Some(user), _) => accounts::find_by_line_user(tx, user).await?,
        (None, Some(id)) => accounts::find(tx, id).await?.filter(|account| account.erased_at.is_none()),
        (None, None) => None,
    };
    let names_account = row.user.is_some() || row.account.is_some();
    if names_account && account.is_none() {
        return Ok(Ok(None));
    }
    if row.account.is_some() && account.as_ref().map(|account| account.id) != row.account {
        return Ok(Err("line_user_id と account_id が別の人です。どちらかを消してください"));
    }
    match (by_key, account) {
        (Some(person), Some(account)) if person.account_id != account.id => {
            Ok(Err("この宛名番号は、別の友だちの登録に付いています。番号と友だちを確かめてください"))
        }
        (Some(person), _) => {
            let account = accounts::find(tx, person.account_id).await?;
            Ok(Ok(account.map(|account| Found { account, person })))
        }
        (None, Some(account)) => friend(tx, account, row).await,
        (None, None) => Ok(Ok(None)),
    }
}

/// The friend of an account. Where nothing was registered there is no agreement either, so nothing is filled in.
async fn friend(tx: &mut Tx, account: Account, row: &Row) -> db::Result<Result<Option<Found>, &'static str>> {
    let stored = persons::list(tx, account.id).await?;
    let relation = |person: &Person| person.attributes.get(core::RELATION)?.as_str().map(str::to_owned);
    let friend = stored.into_iter().find(|person| relation(person).as_deref() == Some(core::SELF));
    let Some(person) = friend else { return Ok(Ok(None)) };
    if person.city_person_key.is_some() && row.city_key.is_some() && person.city_person_key != row.city_key {
        return Ok(Err("この友だちには、別の宛名番号が付いています。番号を確かめてください"));
    }
    Ok(Ok(Some(Found { account, person })))
}

fn change(desk: &Desk<'_>, found: Found, row: &Row) -> Plan {
    let Found { account, mut person } = found;
    let mut fields = BTreeSet::new();
    let mut account_facts = desk.catalogue.read_facts(Subject::Account, &account.attributes);
    let mut person_facts = desk.catalogue.read_facts(Subject::Person, &person.attributes);
    for (subject, id, value) in &row.facts {
        let facts = if *subject == Subject::Account { &mut account_facts } else { &mut person_facts };
        if facts.get(id.as_str()) != value.as_ref() {
            set(facts, id.as_str(), value.clone());
            fields.insert(id.to_string());
        }
    }
    if let Some(standing) = row.standing.map(Standing::from).filter(|standing| *standing != person.standing) {
        person.standing = standing;
        fields.insert("standing".to_owned());
    }
    let is_new = row.city_key.is_some() && person.city_person_key.is_none();
    if is_new {
        person.city_person_key.clone_from(&row.city_key);
        fields.insert("city_person_key".to_owned());
    }
    person.attributes = desk.catalogue.write_facts(&person_facts);
    let effect = match (is_new, fields.is_empty()) {
        (true, _) => Effect::New,
        (false, false) => Effect::Changed,
        (false, true) => Effect::Unchanged,
    };
    Plan { effect, target: Some(Target { account, person, account_facts, fields }) }
}

fn set(facts: &mut Facts, id: &str, value: Option<Value>) {
    match value {
        Some(value) => facts.set(id, value),
        None => drop(facts.remove(id)),
    }
}

/// Writes what was planned, where it changes anything.
pub(super) async fn write(desk: &Desk<'_>, tx: &mut Tx, plan: Plan) -> db::Result<()> {
    let Some(target) = plan.target.filter(|_| matches!(plan.effect, Effect::New | Effect::Changed)) else {
        return Ok(());
    };
    persons::import(tx, &target.person).await?;
    let fields: Vec<&str> = target.fields.iter().map(String::as_str).collect();
    let facts = accounts::Facts {
        attributes: desk.catalogue.write_facts(&target.account_facts),
        declined: &target.account.declined(),
        kind: "imported",
        fields: &fields,
        registers: false,
    };
    let by = By { actor: "import", at: desk.clock.now() };
    let is_seen = accounts::update_facts(tx, target.account.id, target.account.version, facts, by).await?;
    // The resident saved in the same moment: the whole chunk is tried again by running the import again.
    if is_seen { Ok(()) } else { Err(db::Error::Busy) }
}
