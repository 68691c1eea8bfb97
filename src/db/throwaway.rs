//! Databases that a self-test makes on a PostgreSQL server, copies while nobody is connected, and drops.
//!
//! The only place that makes or drops a database. Each has a name that begins with [`PREFIX`], is made by the
//! [`Server`] that drops it, and is never one that was there before: PostgreSQL refuses a name that is taken. The
//! database by which the server is reached is only connected to.

use std::collections::BTreeSet;
use std::str::FromStr;
use std::sync::Arc;

use reqwest::Url;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, raw_sql};
use tokio::sync::Mutex;

use super::{Error, Result};

/// What the name of each of them begins with.
pub const PREFIX: &str = "musubi_selftest_";
/// PostgreSQL cuts longer names off, and two of them could be one then.
const LONGEST_NAME: usize = 63;
/// By the name of the application the test's own connections are told from those of the program under test.
const TEST: &str = "musubi-selftest";

/// A server on which databases are made that nobody else uses; cheap to clone.
#[derive(Clone)]
pub struct Server {
    url: Url,
    /// Those that were made and not dropped yet.
    made: Arc<Mutex<BTreeSet<String>>>,
}

/// A database of a test's own.
pub struct Throwaway {
    server: Server,
    name: String,
}

impl Server {
    /// Looks whether the server behind `postgres://…` is there.
    ///
    /// # Errors
    /// `Other` for a URL of another kind, `Away` where the server can't be reached.
    pub async fn reach(url: &str) -> Result<Self> {
        if !url.starts_with("postgres:") && !url.starts_with("postgresql:") {
            return Err(Error::Other("it must begin with postgres:".to_owned()));
        }
        let url = Url::parse(url).map_err(|error| Error::Other(error.to_string()))?;
        // It would win over the path, in which a database of our own is named.
        if url.query_pairs().any(|(key, _)| key == "dbname") {
            let said = "it must name its database in the path (postgres://…/name) and not by dbname=";
            return Err(Error::Other(said.to_owned()));
        }
        let server = Self { url, made: Arc::default() };
        server.connect().await?.close().await?;
        Ok(server)
    }

    /// Makes an empty database; `what` distinguishes it.
    ///
    /// # Errors
    /// `Other` where the name is taken or the server refuses.
    pub async fn make(&self, what: &str) -> Result<Throwaway> {
        self.make_of("template0", what).await
    }

    async fn make_of(&self, template: &str, what: &str) -> Result<Throwaway> {
        let name = format!("{PREFIX}{what}");
        let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        if LONGEST_NAME < name.len() || !name.bytes().all(is_plain) {
            return Err(Error::Other(format!("{name} is no name for a database")));
        }
        let (server, mut made) = (self.clone(), self.made.clone().lock_owned().await);
        let statement = format!("CREATE DATABASE {name} TEMPLATE {template}");
        // Whoever asked may be gone before it is made: then, too, it has to be known to the sweep, which waits for it.
        let making = tokio::spawn(async move {
            server.run(statement).await?;
            made.insert(name.clone());
            let throwaway = Throwaway { server, name };
            throwaway.check().await?;
            Ok(throwaway)
        });
        making.await.map_err(|error| Error::Other(error.to_string()))?
    }

    /// Drops whatever was made here and is left.
    ///
    /// # Errors
    /// As the server says; then the rest is left, too.
    pub async fn sweep(&self) -> Result<()> {
        let left = self.made.lock().await.clone();
        for name in left {
            self.drop_named(&name).await?;
        }
        Ok(())
    }

    async fn drop_named(&self, name: &str) -> Result<()> {
        // What a killed process was about may still be under way on the server.
        self.run(format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await?;
        self.made.lock().await.remove(name);
        Ok(())
    }

    async fn run(&self, statement: String) -> Result<()> {
        let mut connection = self.connect().await?;
        raw_sql(AssertSqlSafe(statement)).execute(&mut connection).await?;
        Ok(connection.close().await?)
    }

    async fn connect(&self) -> Result<PgConnection> {
        let options =
            PgConnectOptions::from_str(self.url.as_str())?.application_name(TEST).disable_statement_logging();
        Ok(options.connect().await?)
    }
}

impl Throwaway {
    /// Its name on the server.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What distinguishes it, as it was made.
    #[must_use]
    pub fn what(&self) -> &str {
        self.name.strip_prefix(PREFIX).unwrap_or(&self.name)
    }

    /// Its address, as `DATABASE_URL` takes it.
    #[must_use]
    pub fn url(&self) -> String {
        let mut url = self.server.url.clone();
        url.set_path(&self.name);
        url.into()
    }

    /// The same for the test's own connections, which [`Self::cut_off`] spares.
    #[must_use]
    pub fn url_of_test(&self) -> String {
        let mut url = self.server.url.clone();
        url.set_path(&self.name);
        url.query_pairs_mut().append_pair("application_name", TEST);
        url.into()
    }

    /// Whatever its address says, nothing is written anywhere else.
    async fn check(&self) -> Result<()> {
        let mut connection = PgConnection::connect(&self.url_of_test()).await?;
        let (reached,): (String,) =
            sqlx::query_as("SELECT current_database()::text").fetch_one(&mut connection).await?;
        connection.close().await?;
        let other = || Error::Other(format!("{reached} is reached in place of {}", self.name));
        if reached == self.name { Ok(()) } else { Err(other()) }
    }

    /// A copy under another name; whoever is still connected is waited for.
    ///
    /// # Errors
    /// `Other` where somebody stays connected, or the name is taken.
    pub async fn copy(&self, what: &str) -> Result<Self> {
        self.server.make_of(&self.name, what).await
    }

    /// Takes its contents from another: what it held is gone, as if the disk had died.
    ///
    /// # Errors
    /// As the server says.
    pub async fn become_copy_of(&self, other: &Self) -> Result<()> {
        self.server.drop_named(&self.name).await?;
        other.copy(self.what()).await.map(drop)
    }

    /// Cuts every connection to it but the test's own, in the middle of whatever it does.
    ///
    /// # Errors
    /// As the server says.
    pub async fn cut_off(&self) -> Result<()> {
        let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND application_name <> $2";
        let mut connection = self.server.connect().await?;
        sqlx::query(cut).bind(&self.name).bind(TEST).execute(&mut connection).await?;
        Ok(connection.close().await?)
    }

    /// Leaves it on the server for whoever wants to look at it.
    pub async fn keep(&self) {
        self.server.made.lock().await.remove(&self.name);
    }

    /// Drops it, whoever is connected.
    ///
    /// # Errors
    /// As the server says.
    pub async fn drop_now(&self) -> Result<()> {
        self.server.drop_named(&self.name).await
    }
}
