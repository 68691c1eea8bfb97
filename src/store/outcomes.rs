//! What happened after a broadcast to those whom it reached, or was kept from: blocks, check-ups, bookings, taps.
//!
//! Counts of accounts only, and only by broadcast and arm; who it is, nobody asks here. 受診 counts by its day, 予約 by
//! when the record came in, because its day is that of the appointment.

use std::time::Duration;

use jiff::civil::Date;
use sqlx::FromRow;

use crate::db::{self, Tx};
use crate::domain::ids::{AccountId, BroadcastId};
use crate::domain::timestamp::Timestamp;
use crate::sql;

/// The days after a broadcast that are looked at, first and last included, and the instants at their ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The first day.
    pub first: Date,
    /// The last day.
    pub last: Date,
    /// When it began.
    pub from: Timestamp,
    /// When it was over.
    pub until: Timestamp,
}

/// How many accounts had at least one event of a kind and subject.
#[derive(Clone, Debug, FromRow, PartialEq, Eq)]
pub struct Outcome {
    /// The stored word of the kind: `attended`, `booked` or `tapped`.
    pub kind: String,
    /// The programme's id, or the series.
    pub subject: String,
    /// The accounts.
    pub accounts: i64,
}

/// What happened to those for whom LINE accepted the broadcast.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn of_reached(tx: &mut Tx, broadcast: BroadcastId, span: Span) -> db::Result<Vec<Outcome>> {
    tx.fetch_all(sql!(
        "SELECT e.kind, e.subject, COUNT(DISTINCT e.account_id) AS accounts
         FROM ledger l JOIN event e ON e.account_id = l.account_id
         WHERE l.broadcast_id = $1 AND l.state = 'accepted'
           AND ((e.kind = 'attended' AND e.on_day >= $2 AND e.on_day <= $3)
             OR (e.kind = 'booked' AND e.created_at >= $4 AND e.created_at < $5))
         GROUP BY e.kind, e.subject ORDER BY e.kind, e.subject",
        broadcast,
        span.first,
        span.last,
        span.from,
        span.until
    ))
    .await
}

/// How many were drawn into an arm (or held out), and how many of those had the outcome, whatever became of sending.
#[derive(Clone, Debug, FromRow, PartialEq, Eq)]
pub struct ArmOutcome {
    /// The arm; empty for those held out.
    pub arm: String,
    /// Everybody drawn into it.
    pub accounts: i64,
    /// Those with the outcome.
    pub with_outcome: i64,
}

/// The outcome of every arm: accounts with at least one event of the kind and subject.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn by_arm(
    tx: &mut Tx,
    broadcast: BroadcastId,
    (kind, subject): (&str, &str),
    span: Span,
) -> db::Result<Vec<ArmOutcome>> {
    tx.fetch_all(sql!(
        "SELECT l.arm, COUNT(*) AS accounts, COUNT(e.account_id) AS with_outcome
         FROM ledger l LEFT JOIN (
           SELECT DISTINCT account_id FROM event
           WHERE kind = $2 AND subject = $3
             AND ((kind = 'booked' AND created_at >= $6 AND created_at < $7)
               OR (kind <> 'booked' AND on_day >= $4 AND on_day <= $5))) e ON e.account_id = l.account_id
         WHERE l.broadcast_id = $1 GROUP BY l.arm ORDER BY l.arm",
        broadcast,
        kind,
        subject,
        span.first,
        span.last,
        span.from,
        span.until
    ))
    .await
}

#[derive(FromRow)]
struct Blocked {
    account_id: AccountId,
    accepted_at: Timestamp,
    blocked_at: Timestamp,
}

/// How many of those reached blocked the account within a time after LINE accepted the message for them.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn blocks_within(tx: &mut Tx, broadcast: BroadcastId, within: Duration) -> db::Result<i64> {
    let rows: Vec<Blocked> = tx
        .fetch_all(sql!(
            "SELECT l.account_id, t.settled_at AS accepted_at, c.at AS blocked_at
             FROM ledger l
               JOIN batch t ON t.broadcast_id = l.broadcast_id AND t.number = l.batch_number AND t.state = 'accepted'
               JOIN change_log c ON c.account_id = l.account_id
             WHERE l.broadcast_id = $1 AND l.state = 'accepted' AND c.kind = 'blocked' AND c.actor = 'line'
               AND t.settled_at <= c.at
             ORDER BY l.account_id",
            broadcast
        ))
        .await?;
    let soon = |row: &&Blocked| row.blocked_at.since(row.accepted_at) <= within;
    let mut accounts: Vec<_> = rows.iter().filter(soon).map(|row| row.account_id).collect();
    accounts.dedup();
    Ok(i64::try_from(accounts.len()).unwrap_or(i64::MAX))
}

/// A broadcast of a series that was planned.
#[derive(Clone, Debug, FromRow)]
pub struct OfSeries {
    /// Its id.
    pub id: BroadcastId,
    /// What staff call it.
    pub title: String,
    /// When its recipients were frozen.
    pub planned_at: Timestamp,
    /// How many they were.
    pub planned_count: i64,
}

/// The newest planned broadcasts of a series, newest first.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn list_series(tx: &mut Tx, series: &str, limit: i64) -> db::Result<Vec<OfSeries>> {
    tx.fetch_all(sql!(
        "SELECT id, title, planned_at, planned_count FROM broadcast
         WHERE series = $1 AND planned_at IS NOT NULL AND planned_count IS NOT NULL
         ORDER BY planned_at DESC, id DESC LIMIT $2",
        series,
        limit
    ))
    .await
}

/// A series and how many of its broadcasts were planned.
#[derive(Clone, Debug, FromRow)]
pub struct Series {
    /// Its name.
    pub series: String,
    /// How many.
    pub broadcasts: i64,
    /// When the newest was planned.
    pub newest_at: Timestamp,
}

/// Every series with a planned broadcast, the newest first.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn series(tx: &mut Tx, limit: i64) -> db::Result<Vec<Series>> {
    tx.fetch_all(sql!(
        "SELECT series, COUNT(*) AS broadcasts, MAX(planned_at) AS newest_at FROM broadcast
         WHERE planned_at IS NOT NULL GROUP BY series ORDER BY MAX(planned_at) DESC LIMIT $1",
        limit
    ))
    .await
}
