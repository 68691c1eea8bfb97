//! A database of its own for each test, gone when the test ends.
//!
//! Without `TEST_DATABASE_URL` it is an SQLite file, with `TEST_DATABASE_URL=postgres://…` a database of its own on that
//! server; both are copied from a template that is migrated once for all tests. Nothing is shared between two tests.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use musubi::db::{Db, Engine, migrate};
use sqlx::{AssertSqlSafe, Connection, PgConnection, raw_sql};
use tempfile::TempDir;

/// Where one test keeps its rows.
pub struct TestDatabase {
    url: String,
    home: Home,
}

enum Home {
    Folder(TempDir),
    Server { url: String, name: String },
}

impl TestDatabase {
    /// An empty database with the newest schema.
    pub async fn migrated() -> Self {
        if let Some(server) = server() {
            return Self::on(&server).await;
        }
        let database = Self::sqlite();
        let Home::Folder(folder) = &database.home else { unreachable!("it is SQLite") };
        std::fs::copy(template().await, folder.path().join("musubi.db")).unwrap();
        database
    }

    /// A database without any table.
    pub async fn empty() -> Self {
        match server() {
            Some(server) => Self::copy_of("template0", &server).await,
            None => Self::sqlite(),
        }
    }

    /// An empty SQLite file, whatever engine the suite runs on.
    pub fn sqlite() -> Self {
        let folder = tempfile::Builder::new().prefix("musubi-test").tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("musubi.db").display());
        Self { url, home: Home::Folder(folder) }
    }

    /// A database of its own with the newest schema on this server.
    pub async fn on(server: &str) -> Self {
        Self::copy_of(&template_on(server).await, server).await
    }

    async fn copy_of(template: &str, server: &str) -> Self {
        let name = format!("test_{}", hex(uuid::Uuid::from_bytes(musubi::chance::Chance::system().bytes())));
        run_on(server, &format!("CREATE DATABASE {name} TEMPLATE {template}")).await.unwrap();
        let url = address_of(server, &name);
        let joint = if url.contains('?') { '&' } else { '?' };
        Self {
            // By the name of the application a test finds its own connections among those of all tests.
            url: format!("{url}{joint}application_name={name}"),
            home: Home::Server { url: server.to_owned(), name },
        }
    }

    /// Cuts every connection of this test to the server, in the middle of whatever it does; answers how many. Nothing on
    /// SQLite.
    pub async fn cut_connections(&self) -> u64 {
        let Home::Server { url, name } = &self.home else { return 0 };
        let mut connection = PgConnection::connect(url).await.unwrap();
        let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1";
        let done = sqlx::query(cut).bind(name).execute(&mut connection).await.unwrap().rows_affected();
        connection.close().await.unwrap();
        done
    }

    /// How many connections of this test wait for a lock that another transaction holds; none on SQLite, where whoever
    /// wants to write waits for its turn.
    pub async fn waiting(&self) -> i64 {
        let Home::Server { url, name } = &self.home else { return 0 };
        let mut connection = PgConnection::connect(url).await.unwrap();
        let waits =
            "SELECT COUNT(*) FROM pg_stat_activity WHERE application_name = $1 AND wait_event_type = 'Lock'";
        let count = sqlx::query_scalar(waits).bind(name).fetch_one(&mut connection).await.unwrap();
        connection.close().await.unwrap();
        count
    }

    /// The address, as `DATABASE_URL` takes it.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The engine the suite runs on.
    pub fn engine(&self) -> Engine {
        match self.home {
            Home::Folder(_) => Engine::Sqlite,
            Home::Server { .. } => Engine::Postgres,
        }
    }

    /// Opens it as the program does.
    pub async fn open(&self) -> Db {
        Db::open(&self.url).await.unwrap()
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        if let Home::Server { url, name } = &self.home {
            let (url, name) = (url.clone(), name.clone());
            // What can't be dropped is left to the throwaway server.
            apart(async move { run_on(&url, &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await })
                .ok();
        }
    }
}

/// The server that the suite runs on; `None` for SQLite.
fn server() -> Option<String> {
    match std::env::var("TEST_DATABASE_URL") {
        Ok(server) if server.starts_with("postgres") => Some(server),
        Ok(other) if !other.is_empty() => panic!("TEST_DATABASE_URL must begin with postgres:"),
        _ => None,
    }
}

fn address_of(server: &str, database: &str) -> String {
    let mut url = reqwest::Url::parse(server).unwrap();
    url.set_path(database);
    url.into()
}

async fn run_on(server: &str, statement: &str) -> sqlx::Result<()> {
    let mut connection = PgConnection::connect(server).await?;
    raw_sql(AssertSqlSafe(statement.to_owned())).execute(&mut connection).await?;
    connection.close().await
}

/// The migrated database on a server that tests copy; as [`template`].
async fn template_on(server: &str) -> String {
    let name = format!("template_{:016x}", migrations_hash());
    let part = format!("{name}_part");
    let mut connection = PgConnection::connect(server).await.unwrap();
    // One process makes it and the others wait; the lock goes with the connection.
    raw_sql("SELECT pg_advisory_lock(20260701)").execute(&mut connection).await.unwrap();
    let found = sqlx::query_scalar::<_, i64>("SELECT COUNT(*) FROM pg_database WHERE datname = $1");
    if found.bind(&name).fetch_one(&mut connection).await.unwrap() == 0 {
        run_on(server, &format!("DROP DATABASE IF EXISTS {part} WITH (FORCE)")).await.unwrap();
        run_on(server, &format!("CREATE DATABASE {part} TEMPLATE template0")).await.unwrap();
        let db = Db::open(&address_of(server, &part)).await.unwrap();
        migrate::run(&db).await.unwrap();
        db.close().await;
        run_on(server, &format!("ALTER DATABASE {part} RENAME TO {name}")).await.unwrap();
    }
    connection.close().await.unwrap();
    name
}

/// Runs a future to its end on a thread and runtime of its own, for work in `Drop`.
pub fn apart<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> T {
    let run = move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(work)
    };
    std::thread::spawn(run).join().unwrap()
}

/// The migrated file that tests copy. Its name holds a hash of the migrations, so a changed schema makes a new one.
async fn template() -> PathBuf {
    static MAKING: Mutex<()> = Mutex::new(());
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("template-{:016x}.db", migrations_hash()));
    if !path.exists() {
        let _one_at_a_time = MAKING.lock();
        let making = TestDatabase::sqlite();
        let db = making.open().await;
        migrate::run(&db).await.unwrap();
        db.close().await;
        let part = path.with_extension(format!("{}.part", std::process::id()));
        std::fs::copy(making.url.trim_start_matches("sqlite:"), &part).unwrap();
        // Another process may have been quicker; a rename over its file changes nothing.
        std::fs::rename(&part, &path).unwrap();
    }
    path
}

fn migrations_hash() -> u64 {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let mut hasher = DefaultHasher::new();
    for file in files {
        (file.file_name().unwrap(), std::fs::read(&file).unwrap()).hash(&mut hasher);
    }
    hasher.finish()
}

fn hex(id: uuid::Uuid) -> String {
    id.simple().to_string()
}
