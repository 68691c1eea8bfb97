//! What of a reader decides what they read: the language, the district, what the family is called, and whether it may be
//! noted that they open a link.
//!
//! Everybody in one pass, because a broadcast asks for many; whoever has nothing of it is left out. It only reads.

use serde_json::Value;

use crate::db::{self, Tx};
use crate::domain::attribute::core;
use crate::domain::ids::AccountId;
use crate::sql;

/// What an account says of its reader.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reader {
    /// The language asked for.
    pub language: Option<String>,
    /// The id of the district.
    pub district: Option<String>,
    /// Whether it may be noted that they open a link.
    pub agrees_to_links: bool,
}

/// Hands every account that is not erased to `each`.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn each(tx: &mut Tx, mut each: impl FnMut(AccountId, Reader) + Send) -> db::Result<()> {
    let query = sql!("SELECT id, attributes FROM account WHERE erased_at IS NULL");
    tx.fetch_each(query, |(account, attributes): (AccountId, Value)| {
        let word = |id: &str| attributes.get(id).and_then(Value::as_str).map(str::to_owned);
        let agrees_to_links = attributes.get(core::LINK_CONSENT) == Some(&Value::Bool(true));
        each(
            account,
            Reader { language: word(core::LANGUAGE), district: word(core::DISTRICT), agrees_to_links },
        );
    })
    .await
}

/// Hands every person to `each`: the account, the place in its household, and the id of what messages call them. In the
/// order of the households.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn each_call_name(
    tx: &mut Tx,
    mut each: impl FnMut(AccountId, Option<String>) + Send,
) -> db::Result<()> {
    let query = sql!("SELECT account_id, attributes FROM person ORDER BY account_id, position");
    tx.fetch_each(query, |(account, attributes): (AccountId, Value)| {
        each(account, attributes.get(core::CALL_NAME).and_then(Value::as_str).map(str::to_owned));
    })
    .await
}
