//! Links that are counted: the secret of a broadcast, the code of each address, taps a day, and who agreed to be noted.
//!
//! A tap is a number. Only `link_reader` leads from a word in a link to an account, and its rows go when the reader no
//! longer agrees, when the account is erased, and when the broadcast is old.

use jiff::civil::Date;
use sqlx::FromRow;

use crate::db::arg::Bind;
use crate::db::{self, Day, Tx};
use crate::domain::broadcast::ReaderToken;
use crate::domain::broadcast::link::LinkSeed;
use crate::domain::ids::{AccountId, BroadcastId};
use crate::domain::timestamp::Timestamp;
use crate::{bulk, sql};

/// The secret of a broadcast, if it has one.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn seed(tx: &mut Tx, broadcast: BroadcastId) -> db::Result<Option<LinkSeed>> {
    let found: Option<(Option<String>,)> =
        tx.fetch_optional(sql!("SELECT link_seed FROM broadcast WHERE id = $1", broadcast)).await?;
    Ok(found.and_then(|(seed,)| seed).map(LinkSeed::new))
}

/// Gives a broadcast a secret; one that is there stays.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn set_seed(tx: &mut Tx, broadcast: BroadcastId, fresh: &str) -> db::Result<()> {
    let query =
        sql!("UPDATE broadcast SET link_seed = $2 WHERE id = $1 AND link_seed IS NULL", broadcast, fresh);
    tx.execute(query).await?;
    Ok(())
}

/// An address that is counted.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct Link {
    /// What stands in our own address.
    pub code: String,
    /// The arm whose text it stands in.
    pub arm: String,
    /// Where it leads.
    pub address: String,
}

/// Adds the links of a plan.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn insert(tx: &mut Tx, broadcast: BroadcastId, links: Vec<Link>) -> db::Result<u64> {
    let row = |link: Link| [link.code.bind(), broadcast.bind(), link.arm.bind(), link.address.bind()];
    let bulk = bulk!("INSERT INTO link (code, broadcast_id, arm, address) VALUES", 4, "");
    tx.insert_rows(bulk, links.into_iter().map(row)).await
}

/// The links of a broadcast.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn list(tx: &mut Tx, broadcast: BroadcastId) -> db::Result<Vec<Link>> {
    tx.fetch_all(sql!(
        "SELECT code, arm, address FROM link WHERE broadcast_id = $1 ORDER BY arm, address",
        broadcast
    ))
    .await
}

/// Adds the readers of a plan who agreed to be noted.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn insert_readers(
    tx: &mut Tx,
    broadcast: BroadcastId,
    readers: &[(AccountId, ReaderToken)],
    now: Timestamp,
) -> db::Result<u64> {
    let row = |(account, token): &(AccountId, ReaderToken)| {
        [token.as_str().bind(), broadcast.bind(), account.bind(), now.bind()]
    };
    let bulk = bulk!("INSERT INTO link_reader (token, broadcast_id, account_id, created_at) VALUES", 4, "");
    tx.insert_rows(bulk, readers.iter().map(row)).await
}

/// Where a code leads, and of which broadcast it is.
#[derive(Clone, Debug, FromRow)]
pub struct Found {
    /// The broadcast.
    pub broadcast_id: BroadcastId,
    /// Its series.
    pub series: String,
    /// The address.
    pub address: String,
}

/// Where a code leads; only what was approved and planned has one.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn find(tx: &mut Tx, code: &str) -> db::Result<Option<Found>> {
    tx.fetch_optional(sql!(
        "SELECT l.broadcast_id, b.series, l.address FROM link l JOIN broadcast b ON b.id = l.broadcast_id
         WHERE l.code = $1 AND b.planned_at IS NOT NULL",
        code
    ))
    .await
}

/// The reader behind a token of a broadcast, while that is kept.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn reader(tx: &mut Tx, broadcast: BroadcastId, token: &str) -> db::Result<Option<AccountId>> {
    let query =
        sql!("SELECT account_id FROM link_reader WHERE token = $1 AND broadcast_id = $2", token, broadcast);
    Ok(tx.fetch_optional::<(AccountId,)>(query).await?.map(|(account,)| account))
}

/// Counts one tap.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn tap(tx: &mut Tx, code: &str, day: Date) -> db::Result<()> {
    tx.execute(sql!(
        "INSERT INTO link_tap (code, on_day, taps) VALUES ($1, $2, 1)
         ON CONFLICT (code, on_day) DO UPDATE SET taps = link_tap.taps + 1",
        code,
        day
    ))
    .await?;
    Ok(())
}

/// How often a link was tapped on a day.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct Taps {
    /// The arm whose text it stands in.
    pub arm: String,
    /// Where it leads.
    pub address: String,
    /// The day; none for a link that was never tapped.
    pub on_day: Option<Day>,
    /// How often.
    pub taps: i64,
}

/// The taps of a broadcast by link and day, the links in the order of arms and addresses.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn taps(tx: &mut Tx, broadcast: BroadcastId) -> db::Result<Vec<Taps>> {
    tx.fetch_all(sql!(
        "SELECT l.arm, l.address, t.on_day, COALESCE(t.taps, 0) AS taps
         FROM link l LEFT JOIN link_tap t ON t.code = l.code
         WHERE l.broadcast_id = $1 ORDER BY l.arm, l.address, t.on_day",
        broadcast
    ))
    .await
}

/// Forgets that an account agreed, in every broadcast.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn forget_reader(tx: &mut Tx, account: AccountId) -> db::Result<u64> {
    tx.execute(sql!("DELETE FROM link_reader WHERE account_id = $1", account)).await
}

/// Forgets the readers of every broadcast that was planned before a time, and what their tokens were drawn from.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn forget_readers(tx: &mut Tx, before: Timestamp) -> db::Result<u64> {
    tx.execute(sql!(
        "UPDATE broadcast SET link_seed = NULL WHERE link_seed IS NOT NULL AND planned_at < $1",
        before
    ))
    .await?;
    tx.execute(sql!("DELETE FROM link_reader WHERE created_at < $1", before)).await
}
