//! Restoring: a backup becomes the database again, with all sending off, and every broadcast that might go out asks first.
//!
//! Nobody knows what the lost database sent after the backup. What was planned keeps its keys, which LINE recognises for a
//! day after the backup; what was approved is approved anew; what waited for approval goes back to its author. Nothing
//! goes out before a person has looked.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::json;

use crate::app::Base;
use crate::db::{self, Alone, Db, Tx, backup, migrate};
use crate::domain::broadcast::{GIVE_UP_AFTER, Hold, State};
use crate::domain::ids::BroadcastId;
use crate::domain::timestamp::Timestamp;
use crate::store::audit;
use crate::store::broadcasts::{self, Broadcast};
use crate::store::restored::{self, Held};
use crate::store::standings;
use crate::store::switches::{self, Off, SENDING};

/// What is said while sending is off after a restore.
pub const REASON: &str = "バックアップから戻しました。バックアップの後に送られた配信や、変わった登録がないか確かめてから、再開してください。";

/// What the author of a broadcast reads that waited for approval when the backup was taken.
pub const RETURNED: &str = "バックアップから戻したため、差し戻しました。バックアップの後に、すでに送られているかもしれません。確かめてから、もう一度依頼してください。";

/// Why no run of a repeat is approved by itself after a restore: nobody knows which of them were sent.
const STANDING_OVER: &str = "バックアップから戻したため、終わりにしました。";

/// A database after a restore.
#[derive(Clone, Debug)]
pub struct Restored {
    /// When the backup was taken, or the last sign of life in it; `None` for an empty one.
    pub backup_at: Option<Timestamp>,
    /// Broadcasts that are held and ask.
    pub held: usize,
    /// Broadcasts that went back to their authors.
    pub returned: usize,
    /// What it holds.
    pub holds: Held,
}

/// Why nothing was restored.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// It is no database of ours.
    #[error("{} は、Musubiのバックアップではありません", .0.display())]
    NotOurs(PathBuf),
    /// It was made by a newer program.
    #[error("バックアップは新しい版のMusubiのものです(形 {0})。その版のMusubiで戻してください")]
    TooNew(i64),
    /// It is not whole.
    #[error("バックアップに誤りが見つかりました。戻していません: {0}")]
    Faulty(String),
    /// Somebody uses the database that is to be replaced.
    #[error("データベースが使われています。Musubiのサーバーを止めてから、もう一度実行してください")]
    InUse,
    /// The folder, the disk.
    #[error("ファイルに書けません: {0}")]
    Io(#[from] std::io::Error),
    /// The database.
    #[error("データベースの操作に失敗しました: {0}")]
    Db(#[from] db::Error),
}

/// Looks a backup over without changing anything: its newest migration.
///
/// # Errors
/// As [`RestoreError`] says.
pub async fn look(source: &Path) -> Result<(), RestoreError> {
    let not_ours = |_| RestoreError::NotOurs(source.to_owned());
    let faults = backup::faults(source).await.map_err(not_ours)?;
    if faults.is_empty() { Ok(()) } else { Err(RestoreError::Faulty(faults.join(", "))) }
}

/// Takes the database that is to be replaced for oneself; `None` where there is none.
///
/// # Errors
/// `InUse` while a server runs on it.
pub async fn take_alone(target: &Path) -> Result<Option<Alone>, RestoreError> {
    if !target.exists() {
        return Ok(None);
    }
    match backup::take_alone(target).await {
        Ok(alone) => Ok(Some(alone)),
        Err(db::Error::Busy) => Err(RestoreError::InUse),
        Err(error) => Err(error.into()),
    }
}

/// Makes a database of a backup beside the one it will replace, ready to be served with sending off.
///
/// # Errors
/// As [`RestoreError`] says; then nothing is left of it.
pub async fn prepare(
    base: impl Fn(Db) -> Base,
    source: &Path,
    part: &Path,
) -> Result<Restored, RestoreError> {
    let _ = std::fs::remove_file(part);
    let made = make(base, source, part).await;
    if made.is_err() {
        let _ = std::fs::remove_file(part);
    }
    made
}

async fn make(base: impl Fn(Db) -> Base, source: &Path, part: &Path) -> Result<Restored, RestoreError> {
    backup::copy(source, part).await?;
    let base = base(Db::open_file(part).await?);
    let version = migrate::applied(&mut base.db.read().await?).await;
    let version = version.map_err(|_| RestoreError::NotOurs(source.to_owned()))?;
    let newest = migrate::list(base.db.engine()).last().map_or(0, |(version, _)| *version);
    if newest < version {
        return Err(RestoreError::TooNew(version));
    }
    migrate::run(&base.db).await?;
    let restored = mark(&base).await?;
    base.db.close().await;
    backup::take_alone(part).await?.let_go().await;
    Ok(restored)
}

/// By how much the clocks of two machines that go right may differ.
const CLOCKS_DIFFER: Duration = Duration::from_secs(2 * 60);

/// Switches all sending off in a database that has just come from a backup, and makes every broadcast ask that might go
/// out; for a server's database after its own tools have restored it, too.
///
/// # Errors
/// As [`db::Error`] says; then nothing is changed.
pub async fn mark(base: &Base) -> db::Result<Restored> {
    let now = base.clock.now();
    let mut tx = base.db.write().await?;
    let backup_at = restored::take_mark(&mut tx).await?;
    switch_off(&mut tx, now).await?;
    let mut restored = Restored { backup_at, held: 0, returned: 0, holds: restored::held(&mut tx).await? };
    // All of them before the first one moves on: what is held is not met again.
    let mut open = Vec::new();
    for state in [State::Submitted, State::Approved, State::Planned, State::Sending, State::Paused] {
        open.extend(broadcasts::list_open(&mut tx, state).await?.into_iter().map(|id| (id, state)));
    }
    for (id, state) in open {
        match broadcasts::find(&mut tx, id).await {
            Ok(Some(broadcast)) => {
                ask(base, &mut tx, &broadcast, backup_at.unwrap_or(now), &mut restored).await?;
            }
            Ok(None) => {}
            // A backup with one row that can't be read is better than none; that one never goes out.
            Err(db::Error::Corrupt(_)) => set_aside(base, &mut tx, (id, state), &mut restored).await?,
            Err(error) => return Err(error),
        }
    }
    standings::end_all(&mut tx, STANDING_OVER, now).await?;
    restored::end_sessions(&mut tx).await?;
    let detail = json!({
        "backup_at": backup_at.map(Timestamp::to_text), "held": restored.held, "returned": restored.returned,
    });
    audit::record(&mut tx, base.entry(None, "database.restore", ("database", "backup"), detail)).await?;
    tx.commit().await?;
    Ok(restored)
}

/// Sending that was off for another reason stays off for both.
async fn switch_off(tx: &mut Tx, now: Timestamp) -> db::Result<()> {
    let before = switches::find(tx, SENDING).await?.map(|off| off.reason).unwrap_or_default();
    switches::switch_on(tx, SENDING).await?;
    let reason = [REASON, &before].join(" ").trim().to_owned();
    switches::switch_off(tx, SENDING, &Off { since: now, reason, staff_id: None }).await?;
    Ok(())
}

async fn ask(
    base: &Base,
    tx: &mut Tx,
    broadcast: &Broadcast,
    backup_at: Timestamp,
    restored: &mut Restored,
) -> db::Result<()> {
    let (id, now) = (broadcast.id, base.clock.now());
    if broadcast.state == State::Submitted {
        broadcasts::return_to_draft(tx, id, RETURNED, now).await?;
        restored.returned += 1;
        let detail = json!({ "was": broadcast.state.id(), "reason": RETURNED });
        return record(base, tx, id, "broadcast.return", detail).await;
    }
    // One whose time had not come was surely not begun by the database that is lost.
    if broadcast.planned_at.is_some() || broadcast.due_at.is_some_and(|due| due <= now) {
        // A backup that seems to come from later was taken by a clock that was ahead: nobody can tell when. Clocks of
        // machines that go right differ by seconds.
        let is_ahead = CLOCKS_DIFFER < backup_at.since(now);
        let backup_at = if is_ahead { now.minus(GIVE_UP_AFTER) } else { backup_at.min(now) };
        let restored_at = broadcast.planned_at.map_or(now, |planned_at| planned_at.max(now));
        restored::insert(tx, id, backup_at, restored_at).await?;
    }
    restored.held += 1;
    let graver =
        [Hold::NotApproved, Hold::Mismatch, Hold::ContentRefused, Hold::SentBefore, Hold::RestoredLate]
            .map(Some);
    if broadcast.state != State::Paused {
        let step = (broadcast.state, State::Paused);
        broadcasts::transition(tx, id, step, Some(Hold::Restored), now).await?;
    } else if !graver.contains(&broadcast.hold()) {
        broadcasts::update_hold(tx, (id, State::Paused), Some(Hold::Restored), now).await?;
    }
    let detail = json!({ "was": broadcast.state.id(), "reason": Hold::Restored.id() });
    record(base, tx, id, "broadcast.hold", detail).await
}

/// Whatever it once was, what stands there is not what was approved.
async fn set_aside(
    base: &Base,
    tx: &mut Tx,
    (id, from): (BroadcastId, State),
    restored: &mut Restored,
) -> db::Result<()> {
    let (reason, now) = (Some(Hold::NotApproved), base.clock.now());
    let is_held = broadcasts::transition(tx, id, (from, State::Paused), reason, now).await?
        || broadcasts::update_hold(tx, (id, State::Paused), reason, now).await?;
    restored.held += usize::from(is_held);
    let detail = json!({ "was": from.id(), "reason": Hold::NotApproved.id(), "why": "unreadable" });
    record(base, tx, id, "broadcast.hold", detail).await
}

async fn record(
    base: &Base,
    tx: &mut Tx,
    id: BroadcastId,
    action: &'static str,
    detail: serde_json::Value,
) -> db::Result<()> {
    audit::record(tx, base.entry(None, action, ("broadcast", &id.to_string()), detail)).await
}
