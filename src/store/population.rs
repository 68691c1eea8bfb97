//! Households for the population: everybody at start, then only who changed.
//!
//! What the columns need of a household comes as one text, and the households of a slice as one text again: each row and
//! each column costs time, and a million persons with their records are read at the start. No LINE user id and no time
//! is among it.

use uuid::Uuid;

use super::events;
use super::persons;
use crate::db::{self, Tx};
use crate::domain::history::{EventKind, When};
use crate::domain::household::{Consent, PersonStanding, Standing};
use crate::domain::ids::AccountId;
use crate::sql;

/// Households as one text.
pub struct HouseholdTexts(String);

/// An account with its persons in that text. The documents are text, to be read straight into cells.
pub struct HouseholdText<'a> {
    /// Our id.
    pub id: AccountId,
    standing: Standing,
    /// Declined topics, an array.
    pub declined_topics: &'a str,
    /// Facts of the account, after the attribute catalogue.
    pub attributes: &'a str,
    persons: &'a str,
}

/// A person in the text of a household.
#[derive(Clone, Copy)]
pub struct PersonText<'a> {
    position: i64,
    /// Whether the person lives here.
    pub standing: PersonStanding,
    /// Facts of the person, after the attribute catalogue.
    pub attributes: &'a str,
    events: &'a str,
}

impl HouseholdTexts {
    /// The households in the order of accounts.
    ///
    /// # Errors
    /// `Corrupt` where the text is not what the statement makes.
    pub fn all(&self) -> db::Result<Vec<HouseholdText<'_>>> {
        let corrupt = || db::Error::Corrupt("the text of a household".to_owned());
        let all = self.0.split(HOUSEHOLD).skip(1).map(|text| HouseholdText::of(text).ok_or_else(corrupt));
        let mut all = all.collect::<db::Result<Vec<_>>>()?;
        // An aggregate has no order of its own.
        all.sort_unstable_by_key(|household| household.id);
        Ok(all)
    }
}

impl<'a> HouseholdText<'a> {
    fn of(text: &'a str) -> Option<Self> {
        let (head, persons) = text.split_at(text.find(PERSON).unwrap_or(text.len()));
        let mut parts = head.splitn(6, PART);
        let mut part = || parts.next();
        Some(Self {
            id: AccountId(Uuid::try_parse(part()?).ok()?),
            standing: Standing {
                following: part()? == YES,
                consent: Consent::NotYet,
                sending_stopped: part()? == YES,
                erased: part()? == YES,
            },
            declined_topics: part()?,
            attributes: part()?,
            persons,
        })
    }

    /// Whether it can be sent to at all, but for a consent taken back: see [`list_withdrawn`].
    #[must_use]
    pub fn standing(&self) -> Standing {
        self.standing
    }

    /// The persons in the order of positions; `None` where the text is not what the statement makes.
    #[must_use]
    pub fn persons(&self) -> Option<Vec<PersonText<'a>>> {
        let persons = self.persons.split(PERSON).skip(1);
        let mut persons: Vec<_> = persons.map(PersonText::of).collect::<Option<_>>()?;
        persons.sort_unstable_by_key(|person| person.position);
        Some(persons)
    }
}

/// What stands before each household, each person, and each further part: characters that no JSON text has.
const HOUSEHOLD: char = '\u{1d}';
const PERSON: char = '\u{1e}';
const PART: char = '\u{1f}';
const YES: &str = "yes";

impl<'a> PersonText<'a> {
    fn of(text: &'a str) -> Option<Self> {
        let (head, rest) = text.split_once(PART)?;
        let (standing, position) = head.split_once(' ')?;
        let (attributes, events) = rest.split_once(PART).unwrap_or((rest, ""));
        let standing = persons::Standing::parse(standing)?.into();
        Some(Self { position: position.parse().ok()?, standing, attributes, events })
    }

    /// What happened to the person: kind, programme and when; without what no release has written.
    pub fn events(&self) -> impl Iterator<Item = (EventKind, &'a str, When)> + use<'a> {
        self.events.split(PART).filter_map(events::told).filter(|(kind, ..)| kind.of_person())
    }
}

// One index of the records answers for a person, and it stands in the order of accounts.
macro_rules! households {
    ($where:literal) => {
        concat!(
            "SELECT string_agg(h.told, '') FROM (
               SELECT '\u{1d}' || hex(a.id) || CASE WHEN a.follow_state = 'following' THEN '\u{1f}yes' ELSE '\u{1f}no' END
                   || CASE WHEN a.stopped_at IS NULL THEN '\u{1f}no' ELSE '\u{1f}yes' END
                   || CASE WHEN a.erased_at IS NULL THEN '\u{1f}no' ELSE '\u{1f}yes' END
                   || '\u{1f}' || CAST(a.declined_topics AS TEXT) || '\u{1f}' || CAST(a.attributes AS TEXT)
                   || COALESCE((SELECT string_agg('\u{1e}' || p.standing || ' ' || p.position || '\u{1f}' || CAST(p.attributes AS TEXT)
                        || COALESCE((SELECT string_agg('\u{1f}' || e.kind || ' ' || COALESCE(CAST(e.on_day AS TEXT), CAST(e.fiscal_year AS TEXT)) || ' ' || e.subject, '')
                             FROM event e WHERE e.account_id = p.account_id AND e.person_id = p.id), ''), '')
                      FROM person p WHERE p.account_id = a.id), '') AS told
               FROM account a ",
            $where,
            ") h"
        )
    };
}

/// The accounts with which to begin so that there are at most `many` from each to the next, in the order of ids.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn list_beginnings(tx: &mut Tx, many: i64) -> db::Result<Vec<AccountId>> {
    let mut beginnings = vec![AccountId(Uuid::nil())];
    while let Some(last) = beginnings.last().copied() {
        let query = sql!("SELECT id FROM account WHERE id >= $1 ORDER BY id LIMIT 1 OFFSET $2", last, many);
        match tx.fetch_optional::<(AccountId,)>(query).await? {
            Some((next,)) => beginnings.push(next),
            None => break,
        }
    }
    Ok(beginnings)
}

/// The households from account `from` on and before `until`.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn list_households(
    tx: &mut Tx,
    from: AccountId,
    until: Option<AccountId>,
) -> db::Result<HouseholdTexts> {
    let query = match until {
        Some(until) => sql!(households!("WHERE a.id >= $1 AND a.id < $2"), from, until),
        None => sql!(households!("WHERE a.id >= $1"), from),
    };
    texts(tx, query).await
}

async fn texts(tx: &mut Tx, query: db::Query) -> db::Result<HouseholdTexts> {
    let (told,): (Option<String>,) = tx.fetch_one(query).await?;
    Ok(HouseholdTexts(told.unwrap_or_default()))
}

/// The households of the accounts that changed after number `after` up to and with `last` of the change log.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn changed_households(tx: &mut Tx, after: i64, last: i64) -> db::Result<HouseholdTexts> {
    let query = sql!(
        households!("WHERE a.id IN (SELECT account_id FROM change_log WHERE seq > $1 AND seq <= $2)"),
        after,
        last
    );
    texts(tx, query).await
}

macro_rules! withdrawn {
    ($and:literal) => {
        concat!(
            "SELECT c.account_id FROM consent c WHERE c.withdrawn_at IS NOT NULL AND NOT EXISTS
               (SELECT 1 FROM consent newer WHERE newer.account_id = c.account_id AND newer.given_at > c.given_at)",
            $and
        )
    };
}

/// The accounts whose last consent was taken back.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn list_withdrawn(tx: &mut Tx) -> db::Result<Vec<AccountId>> {
    let rows: Vec<(AccountId,)> = tx.fetch_all(sql!(withdrawn!(""))).await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// Those of them that changed after number `after` up to and with `last`.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn changed_withdrawn(tx: &mut Tx, after: i64, last: i64) -> db::Result<Vec<AccountId>> {
    let query = sql!(
        withdrawn!(" AND c.account_id IN (SELECT account_id FROM change_log WHERE seq > $1 AND seq <= $2)"),
        after,
        last
    );
    let rows: Vec<(AccountId,)> = tx.fetch_all(query).await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// The accounts that are told to have changed after number `after` up to and with `last`, and are not there.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn list_gone(tx: &mut Tx, after: i64, last: i64) -> db::Result<Vec<AccountId>> {
    let rows: Vec<(AccountId,)> = tx
        .fetch_all(sql!(
            "SELECT DISTINCT l.account_id FROM change_log l WHERE l.seq > $1 AND l.seq <= $2
             AND NOT EXISTS (SELECT 1 FROM account a WHERE a.id = l.account_id)",
            after,
            last
        ))
        .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}
