//! Opening a database and its transactions.
//!
//! SQLite runs in WAL mode with `synchronous = FULL`, one writing connection and several reading ones, so that a
//! commit survives a power failure and readers never wait for the writer. Whoever reads everybody does so through a map
//! of the file: a connection's own cache is void after each commit of another. PostgreSQL reads are repeatable-read.

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};

use super::turn::Turns;
use super::tx::{Inner, Tx};
use super::{Error, Result};

/// Which engine a database runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// The embedded default.
    Sqlite,
    /// For several processes.
    Postgres,
}

/// A database: cheap to clone, shared by everyone.
#[derive(Clone)]
pub struct Db(pub(super) Pools);

#[derive(Clone)]
pub(super) enum Pools {
    Sqlite { writer: SqlitePool, turns: Turns, readers: SqlitePool, mapped: SqlitePool },
    Postgres(PgPool),
}

const READERS: u32 = 4;
/// Few, so that they stay warm: they take turns.
const MAPPED: u32 = 2;
const ROWS_AHEAD: usize = 2_048;
/// 32 MiB at most (negative: kibibytes); SQLite's 2 MB make a busy inbox read its own index again.
const WRITERS_CACHE: &str = "-32768";
/// A quarter of that: a reader's cache is void after each commit of the writer, and so helps within one transaction only.
const READERS_CACHE: &str = "-8192";
/// As much of the file as SQLite ever maps (2 GiB); the rest is read as usual.
const MAP: &str = "2147418112";
/// 32 MiB of log before it is folded into the file, so that few commits pay for that.
const CHECKPOINT: &str = "8192";
const POSTGRES_CONNECTIONS: u32 = 10;
/// What each connection to PostgreSQL begins with. Compiling a statement takes the server half a second, longer than any of
/// ours runs. A process whose machine is gone can't end its transaction: the server does, so that nobody waits for its
/// locks, the lease among them, longer than for another sender to take over.
const SESSION: &str =
    "SET jit = off; SET idle_in_transaction_session_timeout = '6s'; SET lock_timeout = '30s';
    SET tcp_keepalives_idle = 5; SET tcp_keepalives_interval = 2; SET tcp_keepalives_count = 3;
    SET tcp_user_timeout = '10s'";
const ACQUIRE: Duration = Duration::from_secs(10);

impl Db {
    /// Opens `sqlite:PATH` (made where missing) or `postgres://…`.
    ///
    /// # Errors
    /// `Other` for a URL of another kind, `Away` where the server or the file can't be reached.
    pub async fn open(url: &str) -> Result<Self> {
        if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            return Self::open_postgres(PgConnectOptions::from_str(url)?).await;
        }
        if url.starts_with("sqlite:") {
            let options = SqliteConnectOptions::from_str(url)?;
            let turns = Turns::beside(options.get_filename());
            return Self::open_sqlite(options, turns).await;
        }
        Err(Error::Other("DATABASE_URL must begin with sqlite: or postgres:".to_owned()))
    }

    /// Opens a file by its name, which may hold any letter, where nobody else writes to it.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub async fn open_file(path: &std::path::Path) -> Result<Self> {
        Self::open_sqlite(SqliteConnectOptions::new().filename(path), Turns::default()).await
    }

    /// Whether the file of `sqlite:PATH` is there; a server's database is taken to be.
    #[must_use]
    pub fn is_there(url: &str) -> bool {
        let Some(_) = url.strip_prefix("sqlite:") else { return true };
        SqliteConnectOptions::from_str(url).is_ok_and(|options| options.get_filename().is_file())
    }

    /// The file of `sqlite:PATH`; `None` for a server's database and for one in memory.
    #[must_use]
    pub fn file_of(url: &str) -> Option<PathBuf> {
        url.strip_prefix("sqlite:")?;
        let options = SqliteConnectOptions::from_str(url).ok()?;
        Some(options.get_filename().to_path_buf()).filter(|path| path != Path::new(":memory:"))
    }

    /// What people call the database of a URL: its file, or its name and its host, and nothing secret.
    #[must_use]
    pub fn name_of(url: &str) -> String {
        match (Self::file_of(url), PgConnectOptions::from_str(url)) {
            (Some(file), _) => file.display().to_string(),
            (None, Ok(options)) if url.starts_with("postgres") => {
                format!("{}({})", options.get_database().unwrap_or("postgres"), options.get_host())
            }
            _ => "DATABASE_URL".to_owned(),
        }
    }

    async fn open_sqlite(options: SqliteConnectOptions, turns: Turns) -> Result<Self> {
        let options = options
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(ACQUIRE)
            .pragma("cache_size", WRITERS_CACHE)
            .pragma("wal_autocheckpoint", CHECKPOINT)
            // Results wait in larger numbers, so that the two threads wake each other less often.
            .row_buffer_size(ROWS_AHEAD)
            .statement_cache_capacity(400);
        let writer = SqlitePoolOptions::new().max_connections(1).acquire_timeout(ACQUIRE);
        // What a statement of many rows would undo is a few pages; in a file it takes a seventh of the writer's time.
        let writer = writer.connect_with(options.clone().pragma("temp_store", "MEMORY")).await?;
        let options = options.read_only(true).create_if_missing(false).pragma("cache_size", READERS_CACHE);
        let pool = |most| SqlitePoolOptions::new().max_connections(most).acquire_timeout(ACQUIRE);
        let readers = pool(READERS).connect_with(options.clone()).await?;
        let mapped = pool(MAPPED).connect_lazy_with(options.pragma("mmap_size", MAP));
        Ok(Self(Pools::Sqlite { writer, turns, readers, mapped }))
    }

    async fn open_postgres(options: PgConnectOptions) -> Result<Self> {
        let pool = PgPoolOptions::new().max_connections(POSTGRES_CONNECTIONS).acquire_timeout(ACQUIRE);
        let pool = pool.after_connect(|connection, _| {
            Box::pin(async move { sqlx::raw_sql(SESSION).execute(connection).await.map(drop) })
        });
        Ok(Self(Pools::Postgres(pool.connect_with(options).await?)))
    }

    /// The engine behind it.
    #[must_use]
    pub fn engine(&self) -> Engine {
        match &self.0 {
            Pools::Sqlite { .. } => Engine::Sqlite,
            Pools::Postgres(_) => Engine::Postgres,
        }
    }

    /// Begins a transaction that only reads; it sees one state of the database.
    ///
    /// # Errors
    /// As [`Error`] says.
    pub async fn read(&self) -> Result<Tx> {
        Ok(Tx(match &self.0 {
            Pools::Sqlite { readers, .. } => Inner::Sqlite(readers.begin_with("BEGIN DEFERRED").await?),
            Pools::Postgres(pool) => {
                Inner::Postgres(pool.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await?)
            }
        }))
    }

    /// Begins a transaction that only reads, for a large part of the database.
    ///
    /// # Errors
    /// As [`Error`] says.
    pub async fn read_much(&self) -> Result<Tx> {
        match &self.0 {
            Pools::Sqlite { mapped, .. } => Ok(Tx(Inner::Sqlite(mapped.begin_with("BEGIN DEFERRED").await?))),
            Pools::Postgres(_) => self.read().await,
        }
    }

    /// Begins a transaction that may write. SQLite has one writer at a time, whose turn comes in the order of asking: keep
    /// it short, and never call LINE in it.
    ///
    /// # Errors
    /// As [`Error`] says.
    pub async fn write(&self) -> Result<Tx> {
        Ok(Tx(match &self.0 {
            Pools::Sqlite { writer, turns, .. } => {
                let _turn = turns.wait(ACQUIRE).await;
                Inner::Sqlite(writer.begin_with("BEGIN IMMEDIATE").await?)
            }
            Pools::Postgres(pool) => Inner::Postgres(pool.begin_with("BEGIN").await?),
        }))
    }

    /// Waits for open transactions and closes every connection.
    pub async fn close(&self) {
        match &self.0 {
            Pools::Sqlite { writer, readers, mapped, .. } => {
                mapped.close().await;
                readers.close().await;
                writer.close().await;
            }
            Pools::Postgres(pool) => pool.close().await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::migrate;
    use super::*;
    use crate::domain::timestamp::Timestamp;
    use crate::{bulk, sql};

    async fn count(tx: &mut Tx) -> i64 {
        let (count,): (i64,) = tx.fetch_one(sql!("SELECT COUNT(*) FROM inbox_event")).await.unwrap();
        count
    }

    #[tokio::test]
    async fn a_value_comes_back_as_it_went_in_and_a_dropped_transaction_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let db = Db::open(&format!("sqlite:{}", folder.path().join("t.db").display())).await.unwrap();
        migrate::run(&db).await.unwrap();
        let at = Timestamp::from_micros(1_790_000_000_000_001);

        let mut tx = db.write().await.unwrap();
        let rows = (0..100).map(|n| {
            use crate::db::arg::Bind;
            [format!("e{n}").bind(), "follow".bind(), at.bind(), at.bind(), "waiting".bind(), at.bind()]
        });
        let insert = bulk!(
            "INSERT INTO inbox_event (id, kind, occurred_at, received_at, state, next_attempt_at) VALUES",
            6,
            "ON CONFLICT (id) DO NOTHING"
        );
        assert_eq!(tx.insert_rows(insert, rows).await.unwrap(), 100);
        drop(tx);

        let mut tx = db.write().await.unwrap();
        assert_eq!(count(&mut tx).await, 0);
        tx.execute(sql!("INSERT INTO inbox_event (id, kind, occurred_at, received_at, state, next_attempt_at) VALUES ($1, $2, $3, $3, $4, $3)", "e", "follow", at, "waiting")).await.unwrap();
        tx.commit().await.unwrap();
        let mut tx = db.read().await.unwrap();
        let (read,): (Timestamp,) = tx.fetch_one(sql!("SELECT occurred_at FROM inbox_event")).await.unwrap();
        assert_eq!((read, count(&mut tx).await), (at, 1));
    }

    /// That a commit waits for the disk can't be seen without pulling a plug; that it is asked to wait can.
    #[tokio::test]
    async fn on_sqlite_a_commit_waits_until_it_is_on_the_disk() {
        let folder = tempfile::tempdir().unwrap();
        let db = Db::open(&format!("sqlite:{}", folder.path().join("t.db").display())).await.unwrap();
        let Pools::Sqlite { writer, .. } = &db.0 else { panic!("it is SQLite") };
        let waits: i64 = sqlx::query_scalar("PRAGMA synchronous").fetch_one(writer).await.unwrap();
        let log: String = sqlx::query_scalar("PRAGMA journal_mode").fetch_one(writer).await.unwrap();
        // FULL: with a log beside the file anything less lets the last commits go with the power.
        assert_eq!((waits, log.as_str()), (2, "wal"));
    }
}
