//! Backing up: a whole copy of the database of one moment, while everything goes on.
//!
//! The copy notes when it was taken; a restore counts from there. It holds what the city knows about its residents, so it
//! is readable by its owner alone.

use std::path::{Path, PathBuf};

use crate::clock::Clock;
use crate::db::{self, Db, backup, migrate};
use crate::domain::timestamp::Timestamp;
use crate::store::restored::{self, Held};

/// A backup that was made.
#[derive(Clone, Debug)]
pub struct Taken {
    /// Its size.
    pub bytes: u64,
    /// When it was taken.
    pub at: Timestamp,
    /// The newest migration in it.
    pub schema: i64,
    /// What it holds.
    pub held: Held,
}

/// Why none was made.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// There is a file of that name.
    #[error("{} は、すでにあります。上書きはしません。別の名前を指定してください", .0.display())]
    Exists(PathBuf),
    /// There is no folder for it.
    #[error("フォルダ {} がありません。先に作るか、別の場所を指定してください", .0.display())]
    NoFolder(PathBuf),
    /// The copy is not whole.
    #[error("写したデータベースに誤りが見つかりました。バックアップは作っていません: {0}")]
    Faulty(String),
    /// The folder, the disk.
    #[error("ファイルに書けません: {0}")]
    Io(#[from] std::io::Error),
    /// The database.
    #[error("データベースの操作に失敗しました: {0}")]
    Db(#[from] db::Error),
}

/// Copies the database in `from` to the new file `to`, looks it over, and gives it its name last of all.
///
/// # Errors
/// As [`BackupError`] says; then there is no file `to`, nor a part of one.
pub async fn take(clock: &Clock, from: &Path, to: &Path) -> Result<Taken, BackupError> {
    if to.exists() {
        return Err(BackupError::Exists(to.to_owned()));
    }
    let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty());
    if let Some(folder) = folder.filter(|folder| !folder.is_dir()) {
        return Err(BackupError::NoFolder(folder.to_owned()));
    }
    let part = backup::unfinished(to);
    let taken = write(clock, from, &part).await;
    let finished = taken.and_then(|taken| Ok(backup::finish(&part, to).map(|()| taken)?));
    if finished.is_err() {
        let _ = std::fs::remove_file(&part);
    }
    finished
}

async fn write(clock: &Clock, from: &Path, part: &Path) -> Result<Taken, BackupError> {
    // What an earlier try left behind, killed in the middle, is nobody's.
    let _ = std::fs::remove_file(part);
    // Noted before the copy begins: whatever is in it was written by then, or is newer than it says.
    let at = clock.now();
    backup::copy(from, part).await?;
    let db = Db::open_file(part).await?;
    let mut tx = db.write().await?;
    restored::mark(&mut tx, at).await?;
    let (schema, held) = (migrate::applied(&mut tx).await?, restored::held(&mut tx).await?);
    tx.commit().await?;
    db.close().await;
    backup::take_alone(part).await?.let_go().await;
    let faults = backup::faults(part).await?;
    if !faults.is_empty() {
        return Err(BackupError::Faulty(faults.join(", ")));
    }
    Ok(Taken { bytes: std::fs::metadata(part)?.len(), at, schema, held })
}
