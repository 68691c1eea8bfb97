//! Comparing who follows with what LINE says, once a night.
//!
//! Webhooks get lost, and nobody tells of a LINE account that was deleted. Whom LINE does not list any more becomes not
//! following, whom it lists although we thought them gone follows again, and whom it lists and we have never heard of
//! becomes an account: friends from before this program, or whose event was lost. Whatever LINE's events tell about a
//! later moment wins. A list that is empty, broken or of another account changes nothing, and where more leave or come at
//! once than is likely, a person is asked first. Where the account may not list its friends, profiles of accounts of
//! doubt are asked for instead, and nobody can be found.

mod look;

use std::time::Duration;

use jiff::civil::Date;
use serde_json::json;
use uuid::Uuid;

use crate::app::App;
use crate::db;
use crate::domain::follows::too_many;
use crate::domain::ids::{AccountId, LineUserId};
use crate::domain::staff::{Right, StaffMember};
use crate::domain::timestamp::Timestamp;
use crate::store::accounts::{self, By, FollowState};
use crate::store::follows::{self, Asks, Confirmed, Found};
use crate::store::{audit, strangers};

use look::{Looked, Seen};

/// The hours of the night in which it is done, in Asia/Tokyo.
const HOURS: std::ops::Range<i8> = 2..6;
/// How long after a failure it is tried again.
const AGAIN_AFTER: Duration = Duration::from_secs(20 * 60);
/// How long a process that began may be silent before another takes over.
const LOST_AFTER: Duration = Duration::from_secs(60 * 60);
/// What LINE says is taken to be true of this long ago, so that our clock and LINE's may differ.
const MARGIN: Duration = Duration::from_secs(5 * 60);
/// Accounts changed in one commit.
const AT_ONCE: usize = 500;

/// Why a comparison can't go on as staff wish.
#[derive(Debug, thiserror::Error)]
pub enum FollowsError {
    /// The role doesn't grant it.
    #[error("この操作をする権限がありません。")]
    NotAllowed,
    /// There is no such comparison, or it asks no more.
    #[error("この照合は、もう確認を待っていません。新しい結果を見てください。")]
    NotAsking,
    /// The database.
    #[error(transparent)]
    Db(#[from] db::Error),
}

/// Compares where it is due: at night, or where staff have confirmed a large change. Answers whether it was.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn compare_due(app: &App) -> db::Result<usize> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    let mut taken = follows::begin_confirmed(&mut tx, now).await?;
    if taken.is_none()
        && let Some(night) = night(now)
    {
        let id = app.chance.uuid_v7(now);
        let since = (now.minus(AGAIN_AFTER), now.minus(LOST_AFTER));
        taken = follows::begin(&mut tx, (id, night), since, now).await?.map(|id| (id, Confirmed::default()));
    }
    tx.commit().await?;
    let Some((id, confirmed)) = taken else { return Ok(0) };
    compare(app, id, confirmed).await.map(|()| 1)
}

fn night(now: Timestamp) -> Option<Date> {
    let at = now.tokyo();
    HOURS.contains(&at.hour()).then(|| at.date())
}

/// Lets a comparison go on that asks because many would leave or come: it is made again, and believed if no more do then.
///
/// # Errors
/// [`FollowsError`] without the right, and where it is not the newest or asks no more.
pub async fn confirm(app: &App, staff: &StaffMember, id: Uuid) -> Result<(), FollowsError> {
    if !staff.may(Right::SwitchOn) {
        return Err(FollowsError::NotAllowed);
    }
    let mut tx = app.db.write().await?;
    if !follows::confirm(&mut tx, id, staff.id).await? {
        return Err(FollowsError::NotAsking);
    }
    let subject = id.to_string();
    audit::record(&mut tx, app.entry(Some(staff.id), "follows.confirm", ("follows", &subject), json!({})))
        .await?;
    tx.commit().await?;
    app.wake.notify_one();
    Ok(())
}

async fn compare(app: &App, id: Uuid, confirmed: Confirmed) -> db::Result<()> {
    let as_of = app.clock.now().minus(MARGIN);
    match look::at_line(app, as_of).await? {
        Looked::Broken(way, why) => fail(app, id, way, &why).await,
        Looked::Seen(seen) => believe(app, (id, confirmed), &seen, as_of).await,
    }
}

async fn fail(app: &App, id: Uuid, way: Option<&'static str>, why: &str) -> db::Result<()> {
    tracing::warn!(why, "who follows could not be compared with LINE");
    let mut tx = app.db.write().await?;
    follows::finish(&mut tx, (id, "failed"), (way, None), Some(why), app.clock.now()).await?;
    record(app, &mut tx, (id, "follows.failed"), json!({ "why": why })).await?;
    tx.commit().await
}

/// Whom we know and LINE knows as a friend is one. That people left, or came, is believed of a few, or after a
/// confirmation.
async fn believe(
    app: &App,
    (id, confirmed): (Uuid, Confirmed),
    seen: &Seen,
    as_of: Timestamp,
) -> db::Result<()> {
    let (leaving, gaining) = (count(seen.leaving.len()), count(seen.unknown.len()));
    let returning = change(app, &seen.returning, FollowState::Following, as_of).await?;
    let asks = Asks {
        leaving: is_doubtful(leaving, confirmed.leaving, seen.following),
        gaining: is_doubtful(gaining, confirmed.gaining, seen.following),
    };
    let left =
        if asks.leaving { leaving } else { change(app, &seen.leaving, FollowState::Blocked, as_of).await? };
    let gained = if asks.gaining { gaining } else { take_in(app, &seen.unknown, as_of).await? };
    let found = Found {
        following: seen.following,
        seen: seen.seen,
        strangers: seen.strangers,
        leaving: left,
        returning,
        gained,
    };
    let (state, action) = if asks.any() { ("asks", "follows.ask") } else { ("done", "follows.compare") };
    let why = asks.any().then(|| asks.word());
    let mut tx = app.db.write().await?;
    let now = app.clock.now();
    for account in &seen.asked {
        follows::note_asked(&mut tx, *account, now).await?;
    }
    follows::finish(&mut tx, (id, state), (Some(seen.way), Some(found)), why, now).await?;
    let detail = json!({
        "way": seen.way, "following": found.following, "seen": found.seen, "left": left, "back": returning,
        "strangers": found.strangers, "gained": gained, "asks": why,
    });
    record(app, &mut tx, (id, action), detail).await?;
    tx.commit().await?;
    if let Some(why) = why {
        tracing::warn!(
            why,
            leaving,
            gaining,
            following = seen.following,
            "many seem to have left or come at once: staff are asked"
        );
    } else {
        tracing::info!(left, returning, gained, seen = seen.seen, "who follows was compared with LINE");
    }
    Ok(())
}

/// More than is likely, and more than staff have agreed to and a tenth.
fn is_doubtful(changing: i64, confirmed: i64, following: i64) -> bool {
    too_many(changing, following) && confirmed.saturating_add(confirmed / 10) < changing
}

fn count(people: usize) -> i64 {
    i64::try_from(people).unwrap_or(i64::MAX)
}

/// Makes accounts of those whom LINE listed at `as_of`; answers of how many.
async fn take_in(app: &App, friends: &[LineUserId], as_of: Timestamp) -> db::Result<i64> {
    let mut made = 0;
    for part in friends.chunks(AT_ONCE) {
        let by = By { actor: "comparison", at: app.clock.now() };
        let mut tx = app.db.write().await?;
        let mut new = Vec::with_capacity(part.len());
        for user in part {
            new.push((AccountId(app.chance.uuid_v7(by.at)), user.clone()));
        }
        made += strangers::take_in(&mut tx, &new, as_of, by).await?;
        tx.commit().await?;
    }
    Ok(made)
}

/// Changes accounts to what LINE said of `as_of`; answers of how many that was news.
async fn change(app: &App, accounts: &[AccountId], to: FollowState, as_of: Timestamp) -> db::Result<i64> {
    let mut changed = 0;
    for part in accounts.chunks(AT_ONCE) {
        let mut tx = app.db.write().await?;
        let by = By { actor: "comparison", at: app.clock.now() };
        for account in part {
            changed += i64::from(accounts::set_follow(&mut tx, *account, to, as_of, by).await?);
        }
        tx.commit().await?;
    }
    Ok(changed)
}

async fn record(
    app: &App,
    tx: &mut db::Tx,
    (id, action): (Uuid, &'static str),
    detail: serde_json::Value,
) -> db::Result<()> {
    audit::record(tx, app.entry(None, action, ("follows", &id.to_string()), detail)).await
}
