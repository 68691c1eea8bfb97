//! Friends whom LINE lists and who have no account here, and the marks of those who must not be taken in.
//!
//! Whoever followed before the city began with this program, or whose event was lost, becomes an account without facts.
//! Who asked for erasure was promised that no message comes, though they stay a friend: of them a hash of LINE's id is
//! left, beside nothing else, so that a list does not bring them back. What they do themselves does.

use std::collections::HashSet;

use serde_json::json;

use super::accounts::By;
use super::changes;
use crate::db::{self, Tx};
use crate::domain::ids::{AccountId, LineUserId};
use crate::domain::timestamp::Timestamp;
use crate::sql;

/// Makes accounts of friends whom LINE listed at `as_of`; answers of how many. Who has an account by now, or has been
/// erased, is left as they are. Whatever an event tells of a later moment wins.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn take_in(
    tx: &mut Tx,
    friends: &[(AccountId, LineUserId)],
    as_of: Timestamp,
    by: By<'_>,
) -> db::Result<i64> {
    let mut made = Vec::new();
    for (id, user) in friends {
        let query = sql!(
            "INSERT INTO account (id, line_user_id, follow_state, follow_changed_at, attributes, declined_topics,
                                  version, created_at, updated_at)
             SELECT $1, $2, 'following', $3, $4, $5, 1, $6, $6
             WHERE NOT EXISTS (SELECT 1 FROM erased_mark WHERE mark = $7)
             ON CONFLICT (line_user_id) DO NOTHING",
            *id,
            user,
            as_of,
            json!({}),
            json!([]),
            by.at,
            user.mark()
        );
        if tx.execute(query).await? == 1 {
            made.push(*id);
        }
    }
    if !made.is_empty() {
        changes::append_all(tx, &made, "created", by.actor, by.at).await?;
    }
    Ok(i64::try_from(made.len()).unwrap_or(i64::MAX))
}

/// The marks of everybody who was erased and has not come back.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn marks(tx: &mut Tx) -> db::Result<HashSet<String>> {
    let rows: Vec<(String,)> = tx.fetch_all(sql!("SELECT mark FROM erased_mark")).await?;
    Ok(rows.into_iter().map(|(mark,)| mark).collect())
}

/// Marks a friend who is erased.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn mark(tx: &mut Tx, user: &LineUserId) -> db::Result<()> {
    let query = sql!("INSERT INTO erased_mark (mark) VALUES ($1) ON CONFLICT (mark) DO NOTHING", user.mark());
    tx.execute(query).await?;
    Ok(())
}

/// Takes the mark away from a friend who has come back.
///
/// # Errors
/// As [`db::Error`] says.
pub(super) async fn unmark(tx: &mut Tx, user: &LineUserId) -> db::Result<()> {
    tx.execute(sql!("DELETE FROM erased_mark WHERE mark = $1", user.mark())).await?;
    Ok(())
}
