//! A database of its own for each test, gone when the test ends.
//!
//! Without `TEST_DATABASE_URL` it is an SQLite file, copied from a template that is migrated once for all tests. With
//! `TEST_DATABASE_URL=postgres://…` it is a schema of its own on that server. Nothing is shared between two tests.

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
    Schema { server: String, name: String },
}

impl TestDatabase {
    /// An empty database with the newest schema.
    pub async fn migrated() -> Self {
        let database = Self::empty().await;
        match &database.home {
            Home::Folder(folder) => {
                std::fs::copy(template().await, folder.path().join("musubi.db")).unwrap();
            }
            Home::Schema { .. } => {
                let db = database.open().await;
                migrate::run(&db).await.unwrap();
                db.close().await;
            }
        }
        database
    }

    /// A database without any table.
    pub async fn empty() -> Self {
        match std::env::var("TEST_DATABASE_URL") {
            Ok(server) if server.starts_with("postgres") => Self::schema(server).await,
            Ok(other) if !other.is_empty() => panic!("TEST_DATABASE_URL must begin with postgres:"),
            _ => Self::sqlite(),
        }
    }

    /// An empty SQLite file, whatever engine the suite runs on.
    pub fn sqlite() -> Self {
        let folder = tempfile::Builder::new().prefix("musubi-test").tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("musubi.db").display());
        Self { url, home: Home::Folder(folder) }
    }

    /// A migrated schema of its own on this server.
    pub async fn on(server: &str) -> Self {
        let database = Self::schema(server.to_owned()).await;
        let db = database.open().await;
        migrate::run(&db).await.unwrap();
        db.close().await;
        database
    }

    async fn schema(server: String) -> Self {
        let name = format!("test_{}", hex(uuid::Uuid::from_bytes(musubi::chance::Chance::system().bytes())));
        let mut connection = PgConnection::connect(&server).await.unwrap();
        raw_sql(AssertSqlSafe(format!("CREATE SCHEMA {name}"))).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
        let joint = if server.contains('?') { '&' } else { '?' };
        Self {
            // By the name of the application a test finds its own connections among those of all tests.
            url: format!("{server}{joint}options[search_path]={name}&application_name={name}"),
            home: Home::Schema { server, name },
        }
    }

    /// Cuts every connection of this test to the server, in the middle of whatever it does; answers how many. Nothing on
    /// SQLite.
    pub async fn cut_connections(&self) -> u64 {
        let Home::Schema { server, name } = &self.home else { return 0 };
        let mut connection = PgConnection::connect(server).await.unwrap();
        let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1";
        let done = sqlx::query(cut).bind(name).execute(&mut connection).await.unwrap().rows_affected();
        connection.close().await.unwrap();
        done
    }

    /// How many connections of this test wait for a lock that another transaction holds; none on SQLite, where whoever
    /// wants to write waits for its turn.
    pub async fn waiting(&self) -> i64 {
        let Home::Schema { server, name } = &self.home else { return 0 };
        let mut connection = PgConnection::connect(server).await.unwrap();
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
            Home::Schema { .. } => Engine::Postgres,
        }
    }

    /// Opens it as the program does.
    pub async fn open(&self) -> Db {
        Db::open(&self.url).await.unwrap()
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        if let Home::Schema { server, name } = &self.home {
            let (server, name) = (server.clone(), name.clone());
            // A test's own runtime is about to end; a table that is still locked is left to the throwaway server.
            apart(async move {
                let mut connection = PgConnection::connect(&server).await?;
                let drop = format!("SET lock_timeout = '2s'; DROP SCHEMA {name} CASCADE");
                raw_sql(AssertSqlSafe(drop)).execute(&mut connection).await
            })
            .ok();
        }
    }
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
