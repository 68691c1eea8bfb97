//! Brings a database to the newest schema; run before anything is served.
//!
//! One text serves both engines. Where one must differ, `NNNN_x.sqlite.sql` and `NNNN_x.postgres.sql` stand side by
//! side and each engine skips the other's. A migration that was applied is never edited: its checksum is kept.

use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::{AssertSqlSafe, SqlSafeStr};

use super::open::Pools;
use super::{Db, Engine, Error, Result, Tx};
use crate::sql;

#[derive(rust_embed::Embed)]
#[folder = "migrations/"]
struct Files;

/// Applies what is missing; answers the newest version.
///
/// # Errors
/// `Other` where a migration fails or an applied one was edited; the failing one is rolled back.
pub async fn run(db: &Db) -> Result<i64> {
    run_to(db, i64::MAX).await
}

/// The newest version that was applied to a database; an old program meets a newer one during an upgrade.
///
/// # Errors
/// As [`Error`] says.
pub async fn applied(tx: &mut Tx) -> Result<i64> {
    let (version,): (Option<i64>,) =
        tx.fetch_one(sql!("SELECT MAX(version) FROM _sqlx_migrations WHERE success")).await?;
    Ok(version.unwrap_or(0))
}

/// Applies the migrations up to and with `version`, for the test that migrates sample data.
///
/// # Errors
/// As [`run`].
pub async fn run_to(db: &Db, version: i64) -> Result<i64> {
    let list: Vec<_> = files(db.engine()).into_iter().filter(|file| file.version <= version).collect();
    let newest = list.last().map_or(0, |migration| migration.version);
    let mut migrator = Migrator::with_migrations(list);
    migrator.set_ignore_missing(false);
    let done = match &db.0 {
        Pools::Sqlite { writer, .. } => migrator.run(writer).await,
        Pools::Postgres(pool) => migrator.run(pool).await,
    };
    done.map_err(|error| Error::Other(format!("migration: {error}")))?;
    Ok(newest)
}

/// The versions and names that an engine applies, in order.
#[must_use]
pub fn list(engine: Engine) -> Vec<(i64, String)> {
    files(engine).into_iter().map(|file| (file.version, file.description.into_owned())).collect()
}

fn files(engine: Engine) -> Vec<Migration> {
    let mut list: Vec<Migration> = Files::iter().filter_map(|name| read(&name, engine)).collect();
    list.sort_by_key(|migration| migration.version);
    list
}

fn read(name: &str, engine: Engine) -> Option<Migration> {
    let stem = name.strip_suffix(".sql")?;
    let stem = match (stem.strip_suffix(".sqlite"), stem.strip_suffix(".postgres"), engine) {
        (Some(_), _, Engine::Postgres) | (_, Some(_), Engine::Sqlite) => return None,
        (Some(stem), _, _) | (_, Some(stem), _) => stem,
        (None, None, _) => stem,
    };
    let (version, description) = stem.split_once('_')?;
    let text = String::from_utf8(Files::get(name)?.data.into_owned()).ok()?;
    Some(Migration::new(
        version.parse().ok()?,
        description.replace('_', " ").into(),
        MigrationType::Simple,
        AssertSqlSafe(text).into_sql_str(),
        false,
    ))
}
