//! The same ten questions as SQL on SQLite, on tables made for them.
//!
//! Everything favours SQLite: an account stands in one row with its friend's facts as small integers, the age is worked
//! out beforehand, the members who live at home and the years of each check-up are covering indexes, the page cache holds
//! the whole file, and only targets are counted. Nothing of Musubi's own tables is touched.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context, Result};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, Connection, raw_sql};

use super::fused::Arrays;

const TABLES: &str = "
    CREATE TABLE front (id INTEGER PRIMARY KEY, may INTEGER, friend INTEGER, district INTEGER, topics INTEGER,
                        birth INTEGER, age INTEGER, sex INTEGER, insurance INTEGER);
    CREATE TABLE member (account INTEGER, birth INTEGER);
    CREATE TABLE event (programme INTEGER, account INTEGER, year INTEGER);";
const INDEXES: &str = "
    CREATE INDEX front_district ON front (district, sex, may);
    CREATE INDEX front_birth ON front (birth, may);
    CREATE INDEX front_insurance ON front (insurance, birth, may);
    CREATE INDEX front_sex ON front (sex, birth, age, may);
    CREATE INDEX member_birth ON member (birth, account);
    CREATE INDEX event_account ON event (programme, account, year);
    ANALYZE;";
const ROWS: usize = 400;

/// An open file with the town in it.
pub struct Rival {
    connection: SqliteConnection,
    constants: Vec<(&'static str, i64)>,
}

impl Rival {
    /// Writes the town into a new file.
    pub async fn fill(file: &Path, arrays: &Arrays) -> Result<Self> {
        if file.exists() {
            std::fs::remove_file(file)?;
        }
        let options = SqliteConnectOptions::new().filename(file).create_if_missing(true);
        let options = options.pragma("cache_size", "-4000000").pragma("synchronous", "OFF");
        let connection = SqliteConnection::connect_with(&options).await?;
        let mut rival = Self { connection, constants: arrays.constants().to_vec() };
        rival.run(TABLES.to_owned()).await?;
        rival.run("BEGIN".to_owned()).await?;
        let null = |known: bool, value: i64| if known { value.to_string() } else { "NULL".to_owned() };
        rival
            .insert("front", arrays.may.len(), |at, row| {
                let (birth, topics) = (arrays.birth[at], arrays.topics[at]);
                let cells = [
                    at.to_string(),
                    arrays.may[at].to_string(),
                    arrays.friend[at].to_string(),
                    null(arrays.district[at] != 0, arrays.district[at].into()),
                    null(topics != 0, topics.into()),
                    null(birth != u16::MAX, birth.into()),
                    null(birth != u16::MAX, arrays.year_end_age(at)),
                    null(arrays.sex[at] != 0, arrays.sex[at].into()),
                    null(arrays.insurance[at] != 0, arrays.insurance[at].into()),
                ];
                row.push_str(&cells.join(","));
            })
            .await?;
        let friends: Vec<usize> = (0..arrays.may.len()).filter(|at| arrays.friend[*at] == 1).collect();
        rival
            .insert("member", friends.len(), |at, row| {
                let at = friends[at];
                _ = write!(row, "{at},{}", null(arrays.birth[at] != u16::MAX, arrays.birth[at].into()));
            })
            .await?;
        rival
            .insert("member", arrays.owner.len(), |at, row| {
                let birth = arrays.other_birth[at];
                _ = write!(row, "{},{}", arrays.owner[at], null(birth != u16::MAX, birth.into()));
            })
            .await?;
        rival
            .insert("event", arrays.events.len(), |at, row| {
                let (programme, account, year) = arrays.events[at];
                _ = write!(row, "{programme},{account},{year}");
            })
            .await?;
        rival.run("COMMIT".to_owned()).await?;
        rival.run(INDEXES.to_owned()).await?;
        Ok(rival)
    }

    /// How many targets a question has.
    pub async fn count(&mut self, sql: &str) -> Result<u64> {
        let sql = self.constants.iter().fold(sql.to_owned(), |sql, (name, value)| {
            sql.replace(&format!("{{{name}}}"), &value.to_string())
        });
        let (count,): (i64,) = sqlx::query_as(AssertSqlSafe(sql)).fetch_one(&mut self.connection).await?;
        u64::try_from(count).context("a count is not negative")
    }

    async fn insert(&mut self, table: &str, rows: usize, cells: impl Fn(usize, &mut String)) -> Result<()> {
        for start in (0..rows).step_by(ROWS) {
            let mut text = format!("INSERT INTO {table} VALUES ");
            for at in start..rows.min(start + ROWS) {
                text.push_str(if at == start { "(" } else { ",(" });
                cells(at, &mut text);
                text.push(')');
            }
            self.run(text).await?;
        }
        Ok(())
    }

    async fn run(&mut self, text: String) -> Result<()> {
        raw_sql(AssertSqlSafe(text)).execute(&mut self.connection).await?;
        Ok(())
    }
}
