//! The same ten questions as SQL on the tables of the application itself, in its own file.
//!
//! Facts stay where they are, in JSON documents; beside the indexes that the application has there are those that one
//! would ordinarily add for such questions: on the district, on the birth date, on the insurance with the birth date, and
//! on the events by person, kind, programme and year. They are made for the kind of question, not for these ten. The page cache
//! holds the whole file, the statistics are fresh, and only targets are counted.

use std::path::Path;

use anyhow::{Context, Result};
use jiff::ToSpan;
use jiff::civil::date;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, Connection, raw_sql};

use super::fused::Arrays;

const INDEXES: &str = "
    CREATE INDEX IF NOT EXISTS own_district ON account (json_extract(attributes, '$.district'));
    CREATE INDEX IF NOT EXISTS own_birth ON person (json_extract(attributes, '$.birth_date'));
    CREATE INDEX IF NOT EXISTS own_insurance
      ON person (json_extract(attributes, '$.insurance'), json_extract(attributes, '$.birth_date'));
    CREATE INDEX IF NOT EXISTS own_event ON event (person_id, kind, subject, fiscal_year);
    ANALYZE;";

/// What the questions of [`super::rules`] have in common. The friend stands at position 0 of the household.
const WORDS: [(&str, &str); 9] = [
    (
        "{may}",
        "a.follow_state = 'following' AND a.stopped_at IS NULL AND a.erased_at IS NULL
         AND NOT EXISTS (SELECT 1 FROM person p WHERE p.account_id = a.id AND p.position = 0 AND p.standing <> 'active')
         AND NOT EXISTS (SELECT 1 FROM consent c WHERE c.account_id = a.id AND c.withdrawn_at IS NOT NULL AND NOT EXISTS
           (SELECT 1 FROM consent newer WHERE newer.account_id = a.id AND newer.given_at > c.given_at))",
    ),
    ("{friends}", "account a JOIN person f ON f.account_id = a.id AND f.position = 0"),
    ("{at home}", "SELECT m.account_id FROM person m WHERE m.standing = 'active' AND json_extract(m.attributes, '$.birth_date')"),
    ("{been}", "SELECT 1 FROM event e WHERE e.person_id = f.id AND e.kind = 'attended' AND e.subject"),
    ("{has topic}", "EXISTS (SELECT 1 FROM json_each(a.attributes, '$.topics') t WHERE t.value"),
    ("{district}", "json_extract(a.attributes, '$.district')"),
    ("{birth}", "json_extract(f.attributes, '$.birth_date')"),
    ("{sex}", "json_extract(f.attributes, '$.sex')"),
    ("{insurance}", "json_extract(f.attributes, '$.insurance')"),
];

/// The application's own file, with the indexes in it.
pub struct Own {
    connection: SqliteConnection,
    constants: Vec<(String, String)>,
}

impl Own {
    /// Opens the file and makes what indexes are missing.
    pub async fn open(file: &Path, arrays: &Arrays) -> Result<Self> {
        let options = SqliteConnectOptions::new().filename(file).pragma("cache_size", "-4000000");
        let mut connection = SqliteConnection::connect_with(&options).await?;
        raw_sql(INDEXES).execute(&mut connection).await?;
        let constant = |(name, value): &(&str, i64)| {
            let is_day = name.len() <= 3 && name.as_bytes()[1].is_ascii_digit();
            let value = if is_day {
                format!("'{}'", date(1900, 1, 1).saturating_add(value.days()))
            } else {
                value.to_string()
            };
            (format!("{{{name}}}"), value)
        };
        Ok(Self { connection, constants: arrays.constants().iter().map(constant).collect() })
    }

    /// How many targets a question has.
    pub async fn count(&mut self, sql: &str) -> Result<u64> {
        let sql = WORDS.iter().fold(sql.to_owned(), |sql, (word, text)| sql.replace(word, text));
        let sql = self.constants.iter().fold(sql, |sql, (name, value)| sql.replace(name, value));
        let (count,): (i64,) = sqlx::query_as(AssertSqlSafe(sql)).fetch_one(&mut self.connection).await?;
        u64::try_from(count).context("a count is not negative")
    }
}
