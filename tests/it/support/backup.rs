//! A backup of the office and the office after it was put back, as `docs/operations.md` tells people to do it on each engine.
//!
//! On SQLite the program's own backup of the file; on PostgreSQL its own tools, an empty database and
//! `musubi restore --in-place`. Where those tools are not installed, a test says so and proves nothing.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use musubi::app::{App, Base};
use musubi::chance::Chance;
use musubi::clock::Clock;
use musubi::db::Db;
use musubi::flow::{backup, restore};
use sqlx::{AssertSqlSafe, Connection, PgConnection, raw_sql};
use tempfile::TempDir;

use super::app::TestApp;
use super::database::apart;

/// A backup; what it was put back into goes with it.
pub struct Backup {
    /// The file.
    pub file: PathBuf,
    of: Of,
    _folder: TempDir,
}

enum Of {
    File,
    Server(Server),
}

/// A schema of a server, and the database that will take it in.
struct Server {
    url: String,
    schema: String,
    database: String,
}

impl Backup {
    /// Takes one of the office as it is now; `None`, and a word about it, where PostgreSQL's tools are not installed.
    pub async fn take(app: &TestApp) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("last-night");
        let of = match app.database().schema_of_server() {
            None => {
                let from = Db::file_of(app.database_url()).unwrap();
                backup::take(app.clock(), &from, &file).await.unwrap();
                Of::File
            }
            Some((url, schema)) => {
                let (url, schema) = (url.to_owned(), schema.to_owned());
                let server = Server { database: format!("restored_{schema}"), url, schema };
                server.dump(&file)?;
                Of::Server(server)
            }
        };
        Some(Self { file, of, _folder: folder })
    }

    /// The office after it was put back as people are told to.
    pub async fn put_back(&self, app: &TestApp) -> App {
        let Of::Server(server) = &self.of else {
            let part = self.file.with_extension("restored");
            let base = |db| Base { db, clock: app.clock().clone(), chance: Chance::seeded(5) };
            restore::prepare(base, &self.file, &part).await.unwrap();
            return app.on(Db::open_file(&part).await.unwrap());
        };
        let url = server.restore(&self.file).await;
        let began = Instant::now();
        let marked = Command::new(env!("CARGO_BIN_EXE_musubi"))
            .args(["restore", "--in-place", "--yes"])
            .env("DATABASE_URL", &url)
            .env("MUSUBI_TEST_CLOCK", Clock::fast(app.clock().now(), 1).to_text())
            .output()
            .unwrap();
        assert!(marked.status.success(), "{}", String::from_utf8_lossy(&marked.stderr));
        // Its clock went on while ours stood still.
        app.clock().advance(began.elapsed() + Duration::from_secs(1));
        app.on(Db::open(&url).await.unwrap())
    }

    /// The same, and nobody tells the program.
    pub async fn put_back_without_a_word(&self, app: &TestApp) -> App {
        match &self.of {
            Of::File => app.on(Db::open_file(&self.file).await.unwrap()),
            Of::Server(server) => app.on(Db::open(&server.restore(&self.file).await).await.unwrap()),
        }
    }
}

impl Server {
    fn dump(&self, to: &Path) -> Option<()> {
        let mut dump = Command::new("pg_dump");
        // The server is shared by many tests, each with a schema of its own.
        dump.arg("--format=custom")
            .arg(format!("--schema={}", self.schema))
            .arg("--file")
            .arg(to)
            .arg(&self.url);
        let Ok(done) = dump.output() else {
            println!("no pg_dump: a backup of PostgreSQL is not put back here");
            return None;
        };
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        Some(())
    }

    /// Into an empty database; its address.
    async fn restore(&self, from: &Path) -> String {
        let mut connection = PgConnection::connect(&self.url).await.unwrap();
        let create = format!("CREATE DATABASE {} TEMPLATE template0", self.database);
        raw_sql(AssertSqlSafe(create)).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
        let mut url = reqwest::Url::parse(&self.url).unwrap();
        url.set_path(&self.database);
        let done = Command::new("pg_restore")
            .args(["--no-owner", "--exit-on-error", "--dbname", url.as_str()])
            .arg(from)
            .output()
            .unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        let joint = if url.query().is_some() { '&' } else { '?' };
        format!("{url}{joint}options[search_path]={}&application_name={}", self.schema, self.schema)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let url = self.url.clone();
        let drop = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.database);
        apart(async move {
            let mut connection = PgConnection::connect(&url).await?;
            raw_sql(AssertSqlSafe(drop)).execute(&mut connection).await
        })
        .ok();
    }
}
