//! A transaction on either engine.
//!
//! Store functions take `&mut Tx`; the flow that opened it commits it. Dropped without a commit, everything in it is
//! undone.

use futures_util::TryStreamExt;
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, FromRow, Postgres, Sqlite};

use super::arg::{self, Arg};
use super::query::{BulkInsert, Query, Text};
use super::{Engine, Result};

/// Any `#[derive(FromRow)]` struct or tuple that decodes on both engines.
pub trait Row: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin {}

impl<T> Row for T where T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin {}

/// An open transaction.
pub struct Tx(pub(super) Inner);

pub(super) enum Inner {
    Sqlite(sqlx::Transaction<'static, Sqlite>),
    Postgres(sqlx::Transaction<'static, Postgres>),
}

macro_rules! run {
    ($tx:expr, $query:expr, $make:ident $(:: <_, $row:ty>)?, $call:ident) => {
        match &mut $tx.0 {
            Inner::Sqlite(tx) => {
                let args = arg::sqlite($query.args)?;
                match $query.text {
                    Text::Fixed(text) => sqlx::$make$(::<_, $row, _>)?(text, args).$call(&mut **tx),
                    Text::Built(text) => sqlx::$make$(::<_, $row, _>)?(AssertSqlSafe(text), args).persistent(false).$call(&mut **tx),
                }
                .await
            }
            Inner::Postgres(tx) => {
                let args = arg::postgres($query.args)?;
                match $query.text {
                    Text::Fixed(text) => sqlx::$make$(::<_, $row, _>)?(text, args).$call(&mut **tx),
                    Text::Built(text) => sqlx::$make$(::<_, $row, _>)?(AssertSqlSafe(text), args).persistent(false).$call(&mut **tx),
                }
                .await
            }
        }
    };
}

impl Tx {
    /// The engine this transaction runs on.
    #[must_use]
    pub fn engine(&self) -> Engine {
        match &self.0 {
            Inner::Sqlite(_) => Engine::Sqlite,
            Inner::Postgres(_) => Engine::Postgres,
        }
    }

    /// The first row, if there is one.
    ///
    /// # Errors
    /// As [`super::Error`] says.
    pub async fn fetch_optional<R: Row>(&mut self, query: Query) -> Result<Option<R>> {
        Ok(run!(self, query, query_as_with::<_, R>, fetch_optional)?)
    }

    /// The one row that must be there.
    ///
    /// # Errors
    /// As [`super::Error`] says; `Other` where no row came.
    pub async fn fetch_one<R: Row>(&mut self, query: Query) -> Result<R> {
        Ok(run!(self, query, query_as_with::<_, R>, fetch_one)?)
    }

    /// All rows.
    ///
    /// # Errors
    /// As [`super::Error`] says.
    pub async fn fetch_all<R: Row>(&mut self, query: Query) -> Result<Vec<R>> {
        Ok(run!(self, query, query_as_with::<_, R>, fetch_all)?)
    }

    /// Hands each row to `take` as it comes, without holding them all.
    ///
    /// # Errors
    /// As [`super::Error`] says.
    pub async fn fetch_each<R: Row>(&mut self, query: Query, mut take: impl FnMut(R) + Send) -> Result<()> {
        let text = match query.text {
            Text::Fixed(text) => text.into(),
            Text::Built(text) => text,
        };
        match &mut self.0 {
            Inner::Sqlite(tx) => {
                let args = arg::sqlite(query.args)?;
                let mut rows = sqlx::query_as_with::<_, R, _>(AssertSqlSafe(text), args).fetch(&mut **tx);
                while let Some(row) = rows.try_next().await? {
                    take(row);
                }
            }
            Inner::Postgres(tx) => {
                let args = arg::postgres(query.args)?;
                let mut rows = sqlx::query_as_with::<_, R, _>(AssertSqlSafe(text), args).fetch(&mut **tx);
                while let Some(row) = rows.try_next().await? {
                    take(row);
                }
            }
        }
        Ok(())
    }

    /// Runs a statement; answers how many rows it touched.
    ///
    /// # Errors
    /// As [`super::Error`] says.
    pub async fn execute(&mut self, query: Query) -> Result<u64> {
        Ok(match &mut self.0 {
            Inner::Sqlite(tx) => {
                let args = arg::sqlite(query.args)?;
                let done = match query.text {
                    Text::Fixed(text) => sqlx::query_with(text, args).execute(&mut **tx).await?,
                    Text::Built(text) => {
                        sqlx::query_with(AssertSqlSafe(text), args).execute(&mut **tx).await?
                    }
                };
                done.rows_affected()
            }
            Inner::Postgres(tx) => {
                let args = arg::postgres(query.args)?;
                let done = match query.text {
                    Text::Fixed(text) => sqlx::query_with(text, args).execute(&mut **tx).await?,
                    Text::Built(text) => {
                        sqlx::query_with(AssertSqlSafe(text), args).execute(&mut **tx).await?
                    }
                };
                done.rows_affected()
            }
        })
    }

    /// Inserts many rows, some at a time; answers how many were inserted.
    ///
    /// # Errors
    /// As [`super::Error`] says.
    pub async fn insert_rows<const N: usize>(
        &mut self,
        bulk: BulkInsert,
        rows: impl IntoIterator<Item = [Arg; N]>,
    ) -> Result<u64> {
        let [most, ..] = BulkInsert::SIZES;
        let (mut inserted, mut waiting) = (0, Vec::with_capacity(most));
        for row in rows {
            debug_assert_eq!(N, bulk.columns);
            waiting.push(row);
            if waiting.len() == most {
                inserted += self.insert_chunk(bulk, most, waiting.drain(..).flatten().collect()).await?;
            }
        }
        let mut waiting = waiting.into_iter();
        for rows in BulkInsert::SIZES {
            while rows <= waiting.len() {
                let args = waiting.by_ref().take(rows).flatten().collect();
                inserted += self.insert_chunk(bulk, rows, args).await?;
            }
        }
        Ok(inserted)
    }

    async fn insert_chunk(&mut self, bulk: BulkInsert, rows: usize, args: Vec<Arg>) -> Result<u64> {
        let text = Text::Built(bulk.shared_text(rows, self.engine()));
        self.execute(Query { text, args }).await
    }

    /// Makes the work durable.
    ///
    /// # Errors
    /// As [`super::Error`] says; then nothing was kept.
    pub async fn commit(self) -> Result<()> {
        match self.0 {
            Inner::Sqlite(tx) => tx.commit().await?,
            Inner::Postgres(tx) => tx.commit().await?,
        }
        Ok(())
    }
}
