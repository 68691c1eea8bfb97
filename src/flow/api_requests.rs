//! A request that came before gets the answer that it got, for a day; under its key nothing is done a second time.
//!
//! The key is noted before anything is done. A request whose process died in the middle is taken up again after a minute
//! under the id it was given then, so that it finds what it has made.

use std::time::Duration;

use uuid::Uuid;

use crate::app::App;
use crate::db;
use crate::store::api_requests::{self, Kept, Name};

/// How long an answer is kept.
pub const KEPT: Duration = Duration::from_secs(24 * 60 * 60);

/// How long a request may be under way before its process is taken for dead: longer than any may take.
pub const UNDER_WAY: Duration = Duration::from_secs(60);

/// What is known of a request.
pub enum Known {
    /// It is to be carried out; what it makes has this id.
    New(Uuid),
    /// It was answered.
    Answered(Kept),
    /// Its twin is being carried out.
    UnderWay,
    /// Its key belongs to another request.
    OtherRequest,
}

/// Looks a request up, and notes it where it is new.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn begin(app: &App, name: Name<'_>, request_hash: &str) -> db::Result<Known> {
    match try_begin(app, name, request_hash).await {
        // A twin was a moment faster: now it is there to be found.
        Err(db::Error::Conflict) => try_begin(app, name, request_hash).await,
        known => known,
    }
}

async fn try_begin(app: &App, name: Name<'_>, request_hash: &str) -> db::Result<Known> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    let known = match api_requests::find(&mut tx, name).await? {
        // Older than a day: as if it had never been.
        Some(kept) if kept.begun_at < now.minus(KEPT) => {
            api_requests::delete_before(&mut tx, now.minus(KEPT)).await?;
            None
        }
        known => known,
    };
    let answer = match known {
        None => {
            let made = app.chance.uuid_v7(now);
            api_requests::insert(&mut tx, name, request_hash, made, now).await?;
            Known::New(made)
        }
        Some(kept) if kept.request_hash != request_hash => Known::OtherRequest,
        Some(kept) if kept.status.is_some() => Known::Answered(kept),
        Some(kept) if kept.begun_at < now.minus(UNDER_WAY) => {
            match api_requests::take_up(&mut tx, name, kept.begun_at, now).await? {
                true => Known::New(kept.made_id),
                false => Known::UnderWay,
            }
        }
        Some(_) => Known::UnderWay,
    };
    tx.commit().await?;
    Ok(answer)
}

/// Keeps what was answered.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn answered(app: &App, name: Name<'_>, answer: (i64, &str, Option<&str>)) -> db::Result<()> {
    let mut tx = app.db.write().await?;
    api_requests::answer(&mut tx, name, answer).await?;
    tx.commit().await
}

/// Forgets a request of which nothing was done, so that it may come again.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn undone(app: &App, name: Name<'_>) -> db::Result<()> {
    let mut tx = app.db.write().await?;
    api_requests::delete(&mut tx, name).await?;
    tx.commit().await
}

/// Forgets what is older than a day; answers how many.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn forget_old(app: &App) -> db::Result<u64> {
    let mut tx = app.db.write().await?;
    let old = api_requests::delete_before(&mut tx, app.clock.now().minus(KEPT)).await?;
    tx.commit().await?;
    Ok(old)
}
