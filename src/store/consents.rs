//! Consents: who agreed to which version of the text, in which language, and when it was taken back.
//!
//! A row is never changed except to note the withdrawal; a new consent is a new row. The newest row decides.

use sqlx::FromRow;

use crate::db::{self, Tx};
use crate::domain::ids::AccountId;
use crate::domain::timestamp::Timestamp;
use crate::sql;

/// A consent as given.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct Consent {
    /// The version of the text that was shown.
    pub version: String,
    /// The language it was shown in.
    pub language: String,
    /// When.
    pub given_at: Timestamp,
    /// When it was taken back.
    pub withdrawn_at: Option<Timestamp>,
}

/// The newest consent of an account.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn find_latest(tx: &mut Tx, account: AccountId) -> db::Result<Option<Consent>> {
    tx.fetch_optional(sql!(
        "SELECT version, language, given_at, withdrawn_at FROM consent
         WHERE account_id = $1 ORDER BY given_at DESC LIMIT 1",
        account
    ))
    .await
}

/// Notes that the text of `version` was agreed to.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn insert(
    tx: &mut Tx,
    account: AccountId,
    version: &str,
    language: &str,
    at: Timestamp,
) -> db::Result<()> {
    tx.execute(sql!(
        "INSERT INTO consent (account_id, version, language, given_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (account_id, given_at) DO UPDATE SET withdrawn_at = NULL",
        account,
        version,
        language,
        at
    ))
    .await?;
    Ok(())
}

/// Notes that consent was taken back; answers whether there was any.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn withdraw(tx: &mut Tx, account: AccountId, at: Timestamp) -> db::Result<bool> {
    let touched = tx
        .execute(sql!(
            "UPDATE consent SET withdrawn_at = $2 WHERE account_id = $1 AND withdrawn_at IS NULL",
            account,
            at
        ))
        .await?;
    Ok(touched > 0)
}
