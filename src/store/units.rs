//! The names under which LINE counts what became of broadcasts, and what it counted.
//!
//! A name is reserved for a month before the first call that carries it; where the month's names are used up, it is
//! remembered that there is none. What LINE counted is kept here, because LINE promises no end date for telling it.

use jiff::civil::Date;
use sqlx::FromRow;

use crate::db::{self, Tx};
use crate::domain::broadcast::unit::A_MONTH;
use crate::domain::ids::BroadcastId;
use crate::domain::timestamp::Timestamp;
use crate::sql;

/// A name of a broadcast in a month; `None` where the month's names were used up.
#[derive(Clone, Debug, FromRow)]
pub struct Unit {
    /// The arm; empty where there are none.
    pub arm: String,
    /// The name.
    pub name: Option<String>,
}

/// The names of a broadcast in a month, by arm.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn list(tx: &mut Tx, broadcast: BroadcastId, month: &str) -> db::Result<Vec<Unit>> {
    tx.fetch_all(sql!(
        "SELECT arm, name FROM aggregation_unit WHERE broadcast_id = $1 AND month = $2 ORDER BY arm",
        broadcast,
        month
    ))
    .await
}

/// Reserves a name for a month, or remembers that there is none left; another process's answer stands.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn reserve(
    tx: &mut Tx,
    (broadcast, arm): (BroadcastId, &str),
    (month, name): (&str, &str),
    now: Timestamp,
) -> db::Result<()> {
    let name = (count(tx, month).await? < A_MONTH).then_some(name);
    tx.execute(sql!(
        "INSERT INTO aggregation_unit (broadcast_id, arm, month, name, created_at) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (broadcast_id, arm, month) DO NOTHING",
        broadcast,
        arm,
        month,
        name,
        now
    ))
    .await?;
    Ok(())
}

/// How many names of a month are used: ours, or as LINE last said and ours since.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn count(tx: &mut Tx, month: &str) -> db::Result<i64> {
    let (ours, theirs): (i64, i64) = tx
        .fetch_one(sql!(
            "SELECT COUNT(*), COALESCE(MAX(g.used), 0) + COUNT(*) FILTER (WHERE g.seen_at < u.created_at)
             FROM aggregation_unit u LEFT JOIN unit_usage g ON g.month = u.month
             WHERE u.month = $1 AND u.name IS NOT NULL",
            month
        ))
        .await?;
    Ok(ours.max(theirs))
}

/// Whether and when LINE was last asked how many names of a month are used.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn usage_seen(tx: &mut Tx, month: &str) -> db::Result<Option<Timestamp>> {
    let query = sql!("SELECT seen_at FROM unit_usage WHERE month = $1", month);
    Ok(tx.fetch_optional::<(Timestamp,)>(query).await?.map(|(at,)| at))
}

/// Notes how many names of a month LINE says are used.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn set_usage(tx: &mut Tx, month: &str, used: i64, now: Timestamp) -> db::Result<()> {
    tx.execute(sql!(
        "INSERT INTO unit_usage (month, used, seen_at) VALUES ($1, $2, $3)
         ON CONFLICT (month) DO UPDATE SET used = excluded.used, seen_at = excluded.seen_at",
        month,
        used,
        now
    ))
    .await?;
    Ok(())
}

/// A name of which LINE has to be asked.
#[derive(Clone, Debug, FromRow)]
pub struct Due {
    /// The name.
    pub name: String,
    /// The broadcast.
    pub broadcast_id: BroadcastId,
    /// The arm.
    pub arm: String,
    /// When LINE first accepted something under it.
    pub first_at: Timestamp,
    /// When it last did.
    pub last_at: Timestamp,
    /// Since when LINE is asked in vain.
    pub failed_since: Option<Timestamp>,
}

/// Names under which something was accepted before `midnight`, the beginning of this day, whose figures are not final, were
/// not asked for on this day, and not since `since`. Whoever was not asked for the longest comes first, so that names
/// that always fail keep nobody waiting.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn list_due(
    tx: &mut Tx,
    (day, midnight): (Date, Timestamp),
    since: Timestamp,
    limit: i64,
) -> db::Result<Vec<Due>> {
    tx.fetch_all(sql!(
        "SELECT u.name, u.broadcast_id, u.arm, MIN(t.settled_at) AS first_at, MAX(t.settled_at) AS last_at,
                MAX(i.failed_since) AS failed_since
         FROM aggregation_unit u
           JOIN batch t ON t.broadcast_id = u.broadcast_id AND t.state = 'accepted'
           LEFT JOIN unit_insight i ON i.name = u.name
         WHERE u.name IS NOT NULL
           AND (i.name IS NULL OR (NOT i.is_final AND i.fetched_day < $1 AND i.fetched_at < $2))
         GROUP BY u.name, u.broadcast_id, u.arm HAVING MIN(t.settled_at) < $4
         ORDER BY MAX(i.fetched_at) NULLS FIRST, MAX(t.settled_at), u.name LIMIT $3",
        day,
        since,
        limit,
        midnight
    ))
    .await
}

/// How many names LINE was asked about since an instant.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn count_asked(tx: &mut Tx, since: Timestamp) -> db::Result<i64> {
    let query = sql!("SELECT COUNT(*) FROM unit_insight WHERE fetched_at > $1", since);
    Ok(tx.fetch_one::<(i64,)>(query).await?.0)
}

/// What LINE counted: people who saw the message, and who opened an address in it. `None` is below 20, or not yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Who saw it.
    pub impressions: Option<i64>,
    /// Who opened an address in it.
    pub clicks: Option<i64>,
}

/// Keeps what LINE counted until a day.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn keep(
    tx: &mut Tx,
    due: &Due,
    figures: Figures,
    (day, is_final): (Date, bool),
    now: Timestamp,
) -> db::Result<()> {
    tx.execute(sql!(
        "INSERT INTO unit_insight
           (name, broadcast_id, arm, impressions, clicks, fetched_at, fetched_day, is_final, has_figures)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, TRUE)
         ON CONFLICT (name) DO UPDATE SET impressions = excluded.impressions, clicks = excluded.clicks,
           fetched_at = excluded.fetched_at, fetched_day = excluded.fetched_day, is_final = excluded.is_final,
           has_figures = TRUE, failed_since = NULL
           WHERE NOT unit_insight.is_final",
        &due.name,
        due.broadcast_id,
        &due.arm,
        figures.impressions,
        figures.clicks,
        now,
        day,
        is_final
    ))
    .await?;
    Ok(())
}

/// Notes that LINE was asked in vain: what was known stays.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn note_failure(tx: &mut Tx, due: &Due, day: Date, now: Timestamp) -> db::Result<()> {
    tx.execute(sql!(
        "INSERT INTO unit_insight (name, broadcast_id, arm, fetched_at, fetched_day, is_final, has_figures, failed_since)
         VALUES ($1, $2, $3, $4, $5, FALSE, FALSE, $4)
         ON CONFLICT (name) DO UPDATE SET fetched_at = excluded.fetched_at,
           failed_since = COALESCE(unit_insight.failed_since, excluded.failed_since)
           WHERE NOT unit_insight.is_final",
        &due.name,
        due.broadcast_id,
        &due.arm,
        now,
        day
    ))
    .await?;
    Ok(())
}

/// Asks no more about a name: what was known stays; `false` where it was final.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn give_up(tx: &mut Tx, name: &str) -> db::Result<bool> {
    let query = sql!(
        "UPDATE unit_insight SET is_final = TRUE, is_given_up = TRUE WHERE name = $1 AND NOT is_final",
        name
    );
    Ok(tx.execute(query).await? == 1)
}

/// What is known of a name.
#[derive(Clone, Debug, FromRow)]
pub struct Insight {
    /// The arm.
    pub arm: String,
    /// Who saw the message.
    pub impressions: Option<i64>,
    /// Who opened an address in it.
    pub clicks: Option<i64>,
    /// Until when it counts.
    pub fetched_at: Timestamp,
    /// Whether it changes no more.
    pub is_final: bool,
    /// Whether LINE has told anything so far.
    pub has_figures: bool,
    /// Whether LINE was asked in vain for so long that nothing more will come.
    pub is_given_up: bool,
}

/// What LINE counted for a broadcast, by arm.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn insights(tx: &mut Tx, broadcast: BroadcastId) -> db::Result<Vec<Insight>> {
    tx.fetch_all(sql!(
        "SELECT arm, impressions, clicks, fetched_at, is_final, has_figures, is_given_up FROM unit_insight
         WHERE broadcast_id = $1 ORDER BY arm",
        broadcast
    ))
    .await
}

/// Whether a call of a broadcast went out without a name, because a month's were used up.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn is_without(tx: &mut Tx, broadcast: BroadcastId) -> db::Result<bool> {
    let query =
        sql!("SELECT COUNT(*) FROM aggregation_unit WHERE broadcast_id = $1 AND name IS NULL", broadcast);
    Ok(0 < tx.fetch_one::<(i64,)>(query).await?.0)
}
