//! Accounts: the friends of the city's LINE account, with what they told us about the account itself.
//!
//! Each function that changes an account appends to the change log in the same transaction, so that the population and
//! the auditor miss nothing. Whether a friend follows is decided by the time of LINE's events, not by their arrival.
//! Nothing here reads a clock, and no row is ever removed: an erased account keeps its id for the ledger, and no more.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use sqlx::FromRow;

use super::changes::{self, Change};
use super::strangers;
use crate::db::{self, Tx};
use crate::domain::attribute::TopicId;
use crate::domain::ids::{AccountId, LineUserId};
use crate::domain::timestamp::Timestamp;
use crate::sql;

/// Whether a friend follows the account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
pub enum FollowState {
    /// A friend, as far as LINE has told.
    Following,
    /// Blocked us, or left.
    Blocked,
}

impl FollowState {
    fn as_str(self) -> &'static str {
        match self {
            Self::Following => "following",
            Self::Blocked => "blocked",
        }
    }
}

/// An account as stored.
#[derive(Clone, FromRow)]
pub struct Account {
    /// Our id.
    pub id: AccountId,
    /// LINE's id of the friend; `None` after the registration was erased.
    pub line_user_id: Option<LineUserId>,
    /// Whether the friend follows.
    pub follow_state: FollowState,
    /// The time of the newest follow or unfollow event that was applied; the epoch where none was seen.
    pub follow_changed_at: Timestamp,
    /// When the form was first saved.
    pub registered_at: Option<Timestamp>,
    /// Since when the friend wants no messages.
    pub stopped_at: Option<Timestamp>,
    /// When the registration was erased.
    pub erased_at: Option<Timestamp>,
    /// Facts of the account, after the attribute catalogue.
    pub attributes: Value,
    /// Declined topics, a JSON array of their ids.
    pub declined_topics: Value,
    /// Rises by one with each change of what the friend registered; whoever saves says which one he saw. Following and
    /// stopping don't count: they must not get in the way of somebody who is filling in the form.
    pub version: i64,
}

impl Account {
    /// The declined topics.
    #[must_use]
    pub fn declined(&self) -> BTreeSet<TopicId> {
        read_topics(&self.declined_topics)
    }

    /// The language the friend chose, as the catalogue names it.
    #[must_use]
    pub fn language(&self) -> Option<&str> {
        self.attributes.get(crate::domain::attribute::core::LANGUAGE)?.as_str()
    }
}

/// Shows ids and states only: the rest is personal data.
impl std::fmt::Debug for Account {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = out.debug_struct("Account");
        shown.field("id", &self.id).field("follow_state", &self.follow_state).field("version", &self.version);
        shown.finish_non_exhaustive()
    }
}

pub(super) fn read_topics(json: &Value) -> BTreeSet<TopicId> {
    let ids = json.as_array().into_iter().flatten().filter_map(Value::as_str);
    ids.map(TopicId::from).collect()
}

/// Who changes an account, and when.
#[derive(Clone, Copy, Debug)]
pub struct By<'a> {
    /// `resident`, `line`, `import` or `staff:ID`.
    pub actor: &'a str,
    /// The present instant.
    pub at: Timestamp,
}

macro_rules! columns {
    () => {
        "id, line_user_id, follow_state, follow_changed_at, registered_at, stopped_at, erased_at, attributes, \
         declined_topics, version"
    };
}

/// The account with this id.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn find(tx: &mut Tx, id: AccountId) -> db::Result<Option<Account>> {
    tx.fetch_optional(sql!(concat!("SELECT ", columns!(), " FROM account WHERE id = $1"), id)).await
}

/// The account of this friend.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn find_by_line_user(tx: &mut Tx, user: &LineUserId) -> db::Result<Option<Account>> {
    tx.fetch_optional(sql!(concat!("SELECT ", columns!(), " FROM account WHERE line_user_id = $1"), user))
        .await
}

/// The account of this friend, made as `new` where there is none yet.
///
/// A new account is *presumed* to follow: whoever writes to us or opens the form is a friend, or was one before we
/// went into service. Any follow or unfollow event that LINE sends is newer than this and decides.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn find_or_create(
    tx: &mut Tx,
    user: &LineUserId,
    new: AccountId,
    by: By<'_>,
) -> db::Result<Account> {
    let made = tx
        .execute(sql!(
            "INSERT INTO account (id, line_user_id, follow_state, follow_changed_at, attributes, declined_topics,
                                  version, created_at, updated_at)
             VALUES ($1, $2, 'following', $3, $4, $5, 1, $6, $6) ON CONFLICT (line_user_id) DO NOTHING",
            new,
            user,
            Timestamp::from_micros(0),
            json!({}),
            json!([]),
            by.at
        ))
        .await?;
    if made == 1 {
        strangers::unmark(tx, user).await?;
        note(tx, new, "created", &[], by).await?;
    }
    let query = sql!(concat!("SELECT ", columns!(), " FROM account WHERE line_user_id = $1"), user);
    tx.fetch_one(query).await
}

/// Applies a follow or unfollow that LINE says happened at `happened`; answers whether it changed anything.
///
/// The newest event wins whatever the order of arrival. Of two at the same instant the unfollow wins: then nothing is
/// sent.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn set_follow(
    tx: &mut Tx,
    id: AccountId,
    state: FollowState,
    happened: Timestamp,
    by: By<'_>,
) -> db::Result<bool> {
    let touched = tx
        .execute(sql!(
            "UPDATE account SET follow_state = $2, follow_changed_at = $3, updated_at = $4
             WHERE id = $1 AND erased_at IS NULL
               AND (follow_changed_at < $3
                    OR (follow_changed_at = $3 AND follow_state = 'following' AND CAST($2 AS TEXT) = 'blocked'))",
            id,
            state.as_str(),
            happened,
            by.at
        ))
        .await?;
    if touched == 1 {
        let kind = if state == FollowState::Following { "followed" } else { "blocked" };
        note(tx, id, kind, &[], by).await?;
    }
    Ok(touched == 1)
}

/// What a save of the form, or an import, leaves behind on the account.
pub struct Facts<'a> {
    /// The document of [`crate::domain::attribute::Catalogue::write_facts`].
    pub attributes: Value,
    /// Topics that must not be sent.
    pub declined: &'a BTreeSet<TopicId>,
    /// What the change log calls it: `registered`, `changed` or `imported`.
    pub kind: &'static str,
    /// The ids of the attributes that changed, of the account and of its persons.
    pub fields: &'a [&'a str],
    /// Whether this is a registration by the resident.
    pub registers: bool,
}

/// Writes the account's facts if it still has the version that was seen; answers whether it had.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn update_facts(
    tx: &mut Tx,
    id: AccountId,
    seen: i64,
    facts: Facts<'_>,
    by: By<'_>,
) -> db::Result<bool> {
    let declined: Value = facts.declined.iter().map(|topic| topic.as_str()).collect();
    let touched = tx
        .execute(sql!(
            "UPDATE account
             SET attributes = $3, declined_topics = $4, version = version + 1, updated_at = $5,
                 registered_at = CASE WHEN $6 THEN COALESCE(registered_at, $5) ELSE registered_at END
             WHERE id = $1 AND version = $2 AND erased_at IS NULL",
            id,
            seen,
            facts.attributes,
            declined,
            by.at,
            facts.registers
        ))
        .await?;
    if touched == 1 {
        note(tx, id, facts.kind, facts.fields, by).await?;
    }
    Ok(touched == 1)
}

/// Declines a topic, or accepts it again, without touching the rest; answers whether that changed anything.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn set_declined(
    tx: &mut Tx,
    account: &Account,
    declined: &BTreeSet<TopicId>,
    by: By<'_>,
) -> db::Result<bool> {
    if account.declined() == *declined {
        return Ok(false);
    }
    let topics: Value = declined.iter().map(|topic| topic.as_str()).collect();
    let touched = tx
        .execute(sql!(
            "UPDATE account SET declined_topics = $2, version = version + 1, updated_at = $3
             WHERE id = $1 AND version = $4 AND erased_at IS NULL",
            account.id,
            topics,
            by.at,
            account.version
        ))
        .await?;
    if touched == 0 {
        return Err(db::Error::Busy);
    }
    note(tx, account.id, "changed", &["declined_topics"], by).await?;
    Ok(true)
}

/// Stops all messages to this friend; answers whether they were not stopped before.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn stop(tx: &mut Tx, id: AccountId, by: By<'_>) -> db::Result<bool> {
    let touched = tx
        .execute(sql!(
            "UPDATE account SET stopped_at = $2, updated_at = $2
             WHERE id = $1 AND stopped_at IS NULL AND erased_at IS NULL",
            id,
            by.at
        ))
        .await?;
    if touched == 1 {
        note(tx, id, "stopped", &[], by).await?;
    }
    Ok(touched == 1)
}

/// Lets messages go to this friend again; answers whether they were stopped before.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn resume(tx: &mut Tx, id: AccountId, by: By<'_>) -> db::Result<bool> {
    let touched = tx
        .execute(sql!(
            "UPDATE account SET stopped_at = NULL, updated_at = $2
             WHERE id = $1 AND stopped_at IS NOT NULL AND erased_at IS NULL",
            id,
            by.at
        ))
        .await?;
    if touched == 1 {
        note(tx, id, "resumed", &[], by).await?;
    }
    Ok(touched == 1)
}

/// Says in the change log that something beside the account's own row changed, such as its consent.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn touch(tx: &mut Tx, id: AccountId, kind: &'static str, by: By<'_>) -> db::Result<()> {
    tx.execute(sql!("UPDATE account SET updated_at = $2 WHERE id = $1", id, by.at)).await?;
    note(tx, id, kind, &[], by).await
}

/// Erases what we know of a friend: persons, their histories, facts, consents, sessions, events, and the LINE user id itself.
///
/// The row stays under its id so that the ledger of past broadcasts still adds up; nothing in it leads back to the
/// friend. Events that still wait are dropped with it: what was asked before the erasure is not done after it.
///
/// A mark stays that stands beside no account and says nothing but that this friend is not taken in from LINE's list
/// ([`strangers`]): the page has promised that no message comes. It goes when they come back by themselves.
///
/// Two places may name the LINE user id after that. `batch.body`, where a call to LINE is open: a repetition has to
/// be the same bytes, and the body is wiped when the batch is settled, 23 hours after its first attempt at the latest.
/// And `staff.line_user_id`, where the friend is a member of staff who gets tests there: that is their office's entry.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn erase(tx: &mut Tx, account: &Account, by: By<'_>) -> db::Result<()> {
    let id = account.id;
    tx.execute(sql!("DELETE FROM event WHERE account_id = $1", id)).await?;
    tx.execute(sql!("DELETE FROM person WHERE account_id = $1", id)).await?;
    tx.execute(sql!("DELETE FROM consent WHERE account_id = $1", id)).await?;
    tx.execute(sql!("DELETE FROM milestone WHERE account_id = $1", id)).await?;
    if let Some(user) = &account.line_user_id {
        tx.execute(sql!("DELETE FROM resident_session WHERE line_user_id = $1", user)).await?;
        tx.execute(sql!(
            "UPDATE inbox_event SET payload = NULL, state = 'done', line_user_id = NULL WHERE line_user_id = $1",
            user
        ))
        .await?;
        strangers::mark(tx, user).await?;
    }
    tx.execute(sql!(
        "UPDATE account
         SET line_user_id = NULL, erased_at = $2, updated_at = $2, registered_at = NULL, stopped_at = NULL,
             delivery_chosen_at = NULL, topics_chosen_at = NULL,
             attributes = $3, declined_topics = $4, version = version + 1
         WHERE id = $1 AND erased_at IS NULL",
        id,
        by.at,
        json!({}),
        json!([])
    ))
    .await?;
    note(tx, id, "erased", &[], by).await
}

async fn note(
    tx: &mut Tx,
    account: AccountId,
    kind: &'static str,
    fields: &[&str],
    by: By<'_>,
) -> db::Result<()> {
    changes::append(tx, &Change { account, kind, fields, actor: by.actor, at: by.at }).await?;
    Ok(())
}
