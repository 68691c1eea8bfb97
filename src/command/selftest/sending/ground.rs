//! Where a run keeps its database: a file in a folder of its own, or a database of its own on a PostgreSQL server.
//!
//! What differs between the two is here and in `restore`; a run asks for an address, and for a copy.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use musubi::db::throwaway::{Server, Throwaway};

/// Where all of them stand.
pub(super) enum Ground {
    Files,
    Server(Server),
}

/// One of them.
pub(super) enum Database {
    File(PathBuf),
    Server(Throwaway),
}

impl Ground {
    /// Files without an address, else the server behind it.
    pub(super) async fn of(url: Option<&str>) -> Result<Self> {
        let Some(url) = url else { return Ok(Self::Files) };
        ensure!(
            url.starts_with("postgres:") || url.starts_with("postgresql:"),
            "--database-url は postgres:// で始めてください。付けなければ、SQLiteのファイルで試します"
        );
        let server = Server::reach(url).await;
        Ok(Self::Server(server.context("--database-url のPostgreSQLに接続できません")?))
    }

    /// How many runs at the same time are usual: on a server each death is followed by seconds of waiting.
    pub(super) fn at_once(&self) -> usize {
        match self {
            Self::Files => 2,
            Self::Server(_) => 6,
        }
    }

    /// An empty database.
    pub(super) async fn make(&self, folder: &Path, what: &str) -> Result<Database> {
        match self {
            Self::Files => Ok(Database::File(folder.join("office.db"))),
            Self::Server(server) => {
                let made = server.make(&on_server(what)).await;
                Ok(Database::Server(
                    made.context("PostgreSQLにデータベースを作れません(CREATEDBの権限が要ります)")?,
                ))
            }
        }
    }

    /// Drops what is left on the server.
    pub(super) async fn sweep(&self) -> Result<()> {
        match self {
            Self::Files => Ok(()),
            Self::Server(server) => server.sweep().await.context("試験のデータベースが残っています"),
        }
    }
}

impl Database {
    /// As `DATABASE_URL` takes it.
    pub(super) fn url(&self) -> String {
        match self {
            Self::File(path) => format!("sqlite:{}", path.display()),
            Self::Server(database) => database.url(),
        }
    }

    /// For the test's own looks and deeds.
    pub(super) fn url_of_test(&self) -> String {
        match self {
            Self::File(_) => self.url(),
            Self::Server(database) => database.url_of_test(),
        }
    }

    /// A copy for a run; nobody may be connected.
    pub(super) async fn copy(&self, folder: &Path, what: &str) -> Result<Self> {
        Ok(match self {
            Self::File(path) => {
                let to = folder.join("office.db");
                std::fs::copy(path, &to)?;
                Self::File(to)
            }
            Self::Server(database) => Self::Server(database.copy(&on_server(what)).await?),
        })
    }

    /// Cuts every connection of the program to its server, in the middle of whatever it does; a file has none.
    pub(super) async fn cut_off(&self) -> Result<()> {
        match self {
            Self::File(_) => Ok(()),
            Self::Server(database) => Ok(database.cut_off().await?),
        }
    }

    /// Whether it stands on a server: then everybody has to let go of it before it can be copied.
    pub(super) fn is_on_server(&self) -> bool {
        matches!(self, Self::Server(_))
    }

    /// Drops it on its server; a file goes with its folder.
    pub(super) async fn remove(&self) -> Result<()> {
        match self {
            Self::File(_) => Ok(()),
            Self::Server(database) => Ok(database.drop_now().await?),
        }
    }

    /// Leaves it for whoever wants to look at it, and says where it is.
    pub(super) async fn keep(&self) -> String {
        if let Self::Server(database) = self {
            database.keep().await;
            return database.name().to_owned();
        }
        self.url()
    }
}

/// Two tests on one server are told apart by their processes.
fn on_server(what: &str) -> String {
    format!("{}_{what}", std::process::id())
}
