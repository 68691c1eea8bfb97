//! Asks LINE daily what it counted under the names of our broadcasts, until it changes no more.
//!
//! LINE's figures change for 14 days; on the 15th they are fetched a last time and kept. What LINE does not tell for days
//! after that is given up. LINE takes 60 such questions an hour, which is counted in the database, so that a restart does
//! not begin anew.

use std::time::Duration;

use jiff::civil::Date;
use serde_json::json;

use crate::app::App;
use crate::db;
use crate::db::Tx;
use crate::domain::broadcast::unit;
use crate::domain::timestamp::Timestamp;
use crate::line::limits::INSIGHTS_PER_HOUR;
use crate::line::{Error, client::UnitInsight};
use crate::store::audit;
use crate::store::units::{self, Due, Figures};

/// From this hour on in Asia/Tokyo: LINE's figures of the day before are there by then.
const FROM_HOUR: i8 = 9;
const AN_HOUR: Duration = Duration::from_secs(3600);
const A_DAY: Duration = Duration::from_secs(24 * 3600);
/// Names asked about in one round; half of LINE's hour at most is used, the rest is left to others.
const AT_ONCE: i64 = 10;
/// From the fourth day after the last one on it is given up, where LINE has been asked in vain for three days.
const PATIENCE_DAYS: i32 = 3;
const PATIENCE: Duration = Duration::from_secs(3 * 24 * 3600);
/// LINE's longest period, in days.
const LONGEST: i32 = 30;

/// Asks about the names that are due; answers how many.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn fetch_due(app: &App) -> db::Result<usize> {
    let now = app.clock.now();
    if now.tokyo().hour() < FROM_HOUR {
        return Ok(0);
    }
    see_usage(app, now).await?;
    let mut tx = app.db.read().await?;
    let asked = units::count_asked(&mut tx, now.minus(AN_HOUR)).await?;
    let room = AT_ONCE.min(INSIGHTS_PER_HOUR / 2 - asked);
    if room <= 0 {
        return Ok(0);
    }
    let today = now.tokyo_date();
    let day = (today, Timestamp::from_tokyo(today.at(0, 0, 0, 0)));
    let due = units::list_due(&mut tx, day, now.minus(AN_HOUR), room).await?;
    drop(tx);
    let mut done = 0;
    for one in &due {
        done += 1;
        if !fetch(app, one).await? {
            break;
        }
    }
    Ok(done)
}

/// `false` where LINE answers no more questions now.
async fn fetch(app: &App, due: &Due) -> db::Result<bool> {
    let (now, today) = (app.clock.now(), app.clock.today());
    let answer = app.line.unit_insight(&due.name, period(due, today)).await;
    let mut tx = app.db.write().await?;
    let goes_on = match answer {
        Ok(answer) => {
            let is_final = unit::LAST_DAY < days_between(due.last_at.tokyo_date(), today);
            units::keep(&mut tx, due, figures(answer.body), (today, is_final), now).await?;
            true
        }
        Err(error) => {
            tracing::warn!(%error, broadcast.id = %due.broadcast_id, "LINE's figures of a broadcast are not to be had");
            let before = today.yesterday().unwrap_or(today);
            units::note_failure(&mut tx, due, before, now).await?;
            if is_hopeless(due, now) {
                give_up(app, &mut tx, due).await?;
            }
            !matches!(error, Error::Later { .. })
        }
    };
    tx.commit().await?;
    Ok(goes_on)
}

fn is_hopeless(due: &Due, now: Timestamp) -> bool {
    let days = days_between(due.last_at.tokyo_date(), now.tokyo_date());
    unit::LAST_DAY + PATIENCE_DAYS < days
        && due.failed_since.is_some_and(|since| PATIENCE <= now.since(since))
}

async fn give_up(app: &App, tx: &mut Tx, due: &Due) -> db::Result<()> {
    if !units::give_up(tx, &due.name).await? {
        return Ok(());
    }
    tracing::warn!(broadcast.id = %due.broadcast_id, "LINE's figures of a broadcast are given up");
    let (subject, detail) = (due.broadcast_id.to_string(), json!({ "arm": due.arm }));
    audit::record(tx, app.entry(None, "insight.give_up", ("broadcast", &subject), detail)).await
}

fn period(due: &Due, today: Date) -> (Date, Date) {
    let first = due.first_at.tokyo_date();
    let longest = first.saturating_add(jiff::Span::new().days(LONGEST));
    (first, today.min(longest))
}

fn days_between(first: Date, last: Date) -> i32 {
    first.until(last).map_or(0, |span| span.get_days())
}

fn figures(insight: UnitInsight) -> Figures {
    let count = |figure: Option<u64>| figure.and_then(|figure| i64::try_from(figure).ok());
    Figures { impressions: count(insight.impressions), clicks: count(insight.clicks) }
}

/// Once a day: other programs of the account use names, too.
async fn see_usage(app: &App, now: Timestamp) -> db::Result<()> {
    let month = unit::month(now);
    let mut tx = app.db.read().await?;
    let seen = units::usage_seen(&mut tx, &month).await?;
    let ours = units::count(&mut tx, &month).await?;
    drop(tx);
    if ours == 0 || seen.is_some_and(|at| now.since(at) < A_DAY) {
        return Ok(());
    }
    // Not to be had is no reason to wait with anything: our own count holds.
    let Ok(answer) = app.line.units_used().await else { return Ok(()) };
    let mut tx = app.db.write().await?;
    units::set_usage(&mut tx, &month, i64::try_from(answer.body).unwrap_or(i64::MAX), now).await?;
    tx.commit().await
}
