//! How much may be sent, and how much was: the figures that the database's own triggers count and hold.
//!
//! The tallies are written by those triggers, when a batch begins or is given back; here they are only read, forgotten when
//! they are old, and taken to today where a clock was ahead.

use jiff::civil::Date;

use crate::db::{self, Tx};
use crate::domain::broadcast::limits::Limits;
use crate::sql;

/// The limits as they hold now; a figure that is missing is 0, with which nothing is sent.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn find(tx: &mut Tx) -> db::Result<Limits> {
    let rows: Vec<(String, i64)> = tx.fetch_all(sql!("SELECT name, value FROM send_limit")).await?;
    let of = |name: &str| rows.iter().find(|row| row.0 == name).map_or(0, |row| row.1);
    Ok(Limits {
        day_messages: of("day_messages"),
        week_messages: of("week_messages"),
        hour_messages: of("hour_messages"),
        hour_recipients: of("hour_recipients"),
    })
}

/// Sets the limits; from the next batch on they hold for every process.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn set(tx: &mut Tx, limits: Limits) -> db::Result<()> {
    let values = [
        ("day_messages", limits.day_messages),
        ("week_messages", limits.week_messages),
        ("hour_messages", limits.hour_messages),
        ("hour_recipients", limits.hour_recipients),
    ];
    for (name, value) in values {
        tx.execute(sql!("UPDATE send_limit SET value = $2 WHERE name = $1", name, value)).await?;
    }
    Ok(())
}

/// How many recipients were handed to LINE in an hour: those of emergencies, or those of all others.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn sent_in_hour(tx: &mut Tx, hour: i64, of_emergencies: bool) -> db::Result<i64> {
    let found: Option<(i64, i64)> =
        tx.fetch_optional(sql!("SELECT recipients, urgent FROM send_hour WHERE hour = $1", hour)).await?;
    Ok(found.map_or(0, |(others, urgent)| if of_emergencies { urgent } else { others }))
}

/// Counts what was counted for later days and hours toward this day and this hour.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn fold(tx: &mut Tx, day: Date, hour: i64) -> db::Result<()> {
    let queries = [
        sql!(
            "INSERT INTO account_send (account_id, day, messages, hour, in_hour)
             SELECT account_id, $1, SUM(messages), $2, MAX(in_hour) FROM account_send WHERE day > $1 GROUP BY account_id
             ON CONFLICT (account_id, day) DO UPDATE SET messages = account_send.messages + excluded.messages,
               in_hour = CASE WHEN account_send.hour = excluded.hour THEN account_send.in_hour ELSE 0 END + excluded.in_hour,
               hour = excluded.hour",
            day,
            hour
        ),
        sql!("DELETE FROM account_send WHERE day > $1", day),
        sql!(
            "INSERT INTO send_hour (hour, recipients, urgent)
             SELECT $1, SUM(recipients), SUM(urgent) FROM send_hour WHERE hour > $1 HAVING COUNT(*) > 0
             ON CONFLICT (hour) DO UPDATE SET recipients = send_hour.recipients + excluded.recipients,
               urgent = send_hour.urgent + excluded.urgent",
            hour
        ),
        sql!("DELETE FROM send_hour WHERE hour > $1", hour),
    ];
    for query in queries {
        tx.execute(query).await?;
    }
    Ok(())
}

/// Forgets what was counted up to and with a day and an hour; answers how many rows.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn forget(tx: &mut Tx, day: Date, hour: i64) -> db::Result<u64> {
    let accounts = tx.execute(sql!("DELETE FROM account_send WHERE day <= $1", day)).await?;
    let hours = tx.execute(sql!("DELETE FROM send_hour WHERE hour <= $1", hour)).await?;
    Ok(accounts + hours)
}
