//! Copies of an SQLite file: made while it is in use, looked over before they are trusted, put in its place.
//!
//! A copy is of one moment, whoever writes meanwhile, and has its final name only when it is whole and on the disk. None
//! ever takes the place of a file that is there. PostgreSQL has tools of its own.

use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Connection, Executor};

use super::{Error, Result};

/// Where a copy stands until it is whole.
#[must_use]
pub fn unfinished(to: &Path) -> PathBuf {
    let mut name = to.as_os_str().to_owned();
    name.push(".unfinished");
    name.into()
}

/// Copies the database in `from` as it is at one moment into the new file `to`, readable by its owner alone.
///
/// # Errors
/// `Conflict` where `to` is there; else as [`Error`] says, and `to` may hold a part.
pub async fn copy(from: &Path, to: &Path) -> Result<()> {
    // SQLite takes an empty file for none; so it never lies open to others, not even for a moment.
    new_file(to).map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => Error::Conflict,
        _ => Error::Away(error.to_string()),
    })?;
    let mut source = options(from).read_only(true).connect().await?;
    let name = to.to_str().ok_or_else(|| Error::Other("the name is not UTF-8".to_owned()))?;
    let copied = sqlx::query("VACUUM INTO ?1").bind(name).execute(&mut source).await;
    source.close().await?;
    copied?;
    Ok(())
}

fn new_file(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Gives a whole copy its name, on the disk before this returns.
///
/// # Errors
/// `AlreadyExists` where there is a file of that name; else as the system says.
pub fn finish(unfinished: &Path, to: &Path) -> std::io::Result<()> {
    File::open(unfinished)?.sync_all()?;
    if to.exists() {
        return Err(std::io::ErrorKind::AlreadyExists.into());
    }
    std::fs::rename(unfinished, to)?;
    sync_folder(to)
}

fn sync_folder(of: &Path) -> std::io::Result<()> {
    let folder = of.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}

/// What SQLite finds wrong with a file: nothing, if it is whole.
///
/// # Errors
/// As [`Error`] says, where it is no database of ours at all.
pub async fn faults(path: &Path) -> Result<Vec<String>> {
    let mut source = options(path).read_only(true).connect().await?;
    let said: Vec<(String,)> = sqlx::query_as("PRAGMA integrity_check").fetch_all(&mut source).await?;
    sqlx::query("SELECT version FROM _sqlx_migrations LIMIT 1").fetch_one(&mut source).await?;
    let broken = sqlx::query("PRAGMA foreign_key_check").fetch_all(&mut source).await?.len();
    source.close().await?;
    let mut faults: Vec<_> = said.into_iter().map(|(line,)| line).filter(|line| line != "ok").collect();
    if 0 < broken {
        faults.push(format!("{broken} rows point to rows that are not there"));
    }
    Ok(faults)
}

/// A database that nobody else has open; its file stands alone, without a log beside it.
pub struct Alone(SqliteConnection);

/// Takes a file for oneself.
///
/// # Errors
/// `Busy` where any other program has it open, a server above all.
pub async fn take_alone(path: &Path) -> Result<Alone> {
    let options = options(path).busy_timeout(std::time::Duration::ZERO);
    let mut connection = options.connect().await?;
    // To leave its log SQLite wants the file for itself, so this fails while a server has it open, busy or not.
    let mode: (String,) = sqlx::query_as("PRAGMA journal_mode = DELETE").fetch_one(&mut connection).await?;
    if mode.0 != "delete" {
        return Err(Error::Busy);
    }
    connection.execute("PRAGMA locking_mode = EXCLUSIVE").await?;
    connection.execute("BEGIN EXCLUSIVE").await?;
    Ok(Alone(connection))
}

impl Alone {
    /// Puts a whole copy in the place of the held file, which is kept under another name. There is a database under its
    /// name at every moment, and never a part of one.
    ///
    /// # Errors
    /// `AlreadyExists` where there is a file `aside`; else as the system says.
    pub async fn replace(self, path: &Path, part: &Path, aside: &Path) -> std::io::Result<()> {
        if aside.exists() {
            return Err(std::io::ErrorKind::AlreadyExists.into());
        }
        File::open(part)?.sync_all()?;
        // The held file is never opened here a second time: closing it would end the lock of the connection.
        let kept = std::fs::hard_link(path, aside).or_else(|_| std::fs::rename(path, aside));
        let moved = kept.and_then(|()| std::fs::rename(part, path)).and_then(|()| sync_folder(path));
        let _ = self.0.close().await;
        moved
    }

    /// Lets it go as it is.
    pub async fn let_go(self) {
        let _ = self.0.close().await;
    }
}

fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new().filename(path).create_if_missing(false)
}
