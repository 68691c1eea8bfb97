//! Reads from a database itself which tables and columns it has, whichever engine it is.

use std::collections::BTreeMap;

use sqlx::{AssertSqlSafe, Connection, PgConnection, SqliteConnection, raw_sql};

use super::database::TestDatabase;

/// Table → column → its type and whether it may be NULL, in one vocabulary for both engines.
pub type Catalogue = BTreeMap<String, BTreeMap<String, (String, bool)>>;

const SQLITE: &str = "SELECT m.name, c.name, c.type, c.\"notnull\" = 0
    FROM sqlite_master m JOIN pragma_table_info(m.name) c
    WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' AND m.name <> '_sqlx_migrations'";

const POSTGRES: &str = "SELECT table_name, column_name, data_type, is_nullable = 'YES'
    FROM information_schema.columns WHERE table_schema = current_schema() AND table_name <> '_sqlx_migrations'";

/// What the database has.
pub async fn read(database: &TestDatabase) -> Catalogue {
    let rows: Vec<(String, String, String, bool)> = if database.url().starts_with("sqlite:") {
        let mut connection = SqliteConnection::connect(database.url()).await.unwrap();
        sqlx::query_as(SQLITE).fetch_all(&mut connection).await.unwrap()
    } else {
        let mut connection = PgConnection::connect(database.url()).await.unwrap();
        sqlx::query_as(POSTGRES).fetch_all(&mut connection).await.unwrap()
    };
    let mut catalogue = Catalogue::new();
    for (table, column, kind, nullable) in rows {
        catalogue.entry(table).or_default().insert(column, (one_word(&kind), nullable));
    }
    catalogue
}

/// Every value in every table as text, with the table and column it stands in.
pub async fn values(database: &TestDatabase) -> Vec<(String, String)> {
    let columns = read(database).await.into_iter().flat_map(|(table, columns)| {
        columns.into_keys().map(move |column| (format!("{table}.{column}"), column, table.clone()))
    });
    let mut found = Vec::new();
    for (place, column, table) in columns {
        let texts = texts(database, &column, &table).await;
        found.extend(texts.into_iter().map(|(text,)| (place.clone(), text)));
    }
    found
}

async fn texts(database: &TestDatabase, column: &str, table: &str) -> Vec<(String,)> {
    let from = format!("FROM {table} WHERE {column} IS NOT NULL");
    if database.url().starts_with("sqlite:") {
        let mut connection = SqliteConnection::connect(database.url()).await.unwrap();
        // Ids are sixteen bytes there, which are no text.
        let text =
            format!("CASE typeof({column}) WHEN 'blob' THEN hex({column}) ELSE CAST({column} AS TEXT) END");
        let query = format!("SELECT {text} {from}");
        sqlx::query_as(AssertSqlSafe(query)).fetch_all(&mut connection).await.unwrap()
    } else {
        let mut connection = PgConnection::connect(database.url()).await.unwrap();
        let query = format!("SELECT CAST({column} AS TEXT) {from}");
        sqlx::query_as(AssertSqlSafe(query)).fetch_all(&mut connection).await.unwrap()
    }
}

/// Runs a script of several statements, such as sample rows.
pub async fn run(database: &TestDatabase, script: &str) {
    try_run(database, script).await.unwrap();
}

/// The same for a script that the database may refuse.
pub async fn try_run(database: &TestDatabase, script: &str) -> Result<(), sqlx::Error> {
    if database.url().starts_with("sqlite:") {
        let mut connection = SqliteConnection::connect(database.url()).await?;
        let done = raw_sql(AssertSqlSafe(with_blobs(script))).execute(&mut connection).await;
        connection.close().await?;
        done.map(drop)
    } else {
        let mut connection = PgConnection::connect(database.url()).await?;
        let done = raw_sql(AssertSqlSafe(script.to_owned())).execute(&mut connection).await;
        connection.close().await?;
        done.map(drop)
    }
}

fn one_word(kind: &str) -> String {
    match kind.to_lowercase().as_str() {
        "timestamp with time zone" => "timestamptz".to_owned(),
        "blob" => "bytea".to_owned(),
        other => other.to_owned(),
    }
}

/// SQLite keeps our ids as sixteen bytes, so `'0190…-…'` becomes `X'0190…'`.
fn with_blobs(script: &str) -> String {
    let parts = script.split('\'').enumerate().map(|(at, part)| match uuid::Uuid::try_parse(part) {
        Ok(id) if at % 2 == 1 => format!("X'{}'", id.simple()),
        _ if at % 2 == 1 => format!("'{part}'"),
        _ => part.to_owned(),
    });
    parts.collect()
}
