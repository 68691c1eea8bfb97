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
use tempfile::TempDir;

use super::app::TestApp;
use super::database::TestDatabase;

/// A backup; what it was put back into goes with it.
pub struct Backup {
    file: PathBuf,
    of: Of,
    _folder: TempDir,
}

enum Of {
    File,
    /// An empty database of the same server, which will take it in.
    Server(TestDatabase),
}

impl Backup {
    /// Takes one of the office as it is now; `None`, and a word about it, where PostgreSQL's tools are not installed.
    pub async fn take(app: &TestApp) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("last-night");
        let of = if let Some(from) = Db::file_of(app.database_url()) {
            backup::take(app.clock(), &from, &file).await.unwrap();
            Of::File
        } else {
            dumped(app.database_url(), &file)?;
            Of::Server(TestDatabase::empty().await)
        };
        Some(Self { file, of, _folder: folder })
    }

    /// The office after it was put back as people are told to.
    pub async fn put_back(&self, app: &TestApp) -> App {
        let Of::Server(empty) = &self.of else {
            let part = self.file.with_extension("restored");
            let base = |db| Base { db, clock: app.clock().clone(), chance: Chance::seeded(5) };
            restore::prepare(base, &self.file, &part).await.unwrap();
            return app.on(Db::open_file(&part).await.unwrap());
        };
        taken_in(&self.file, empty.url());
        let began = Instant::now();
        let marked = Command::new(env!("CARGO_BIN_EXE_musubi"))
            .args(["restore", "--in-place", "--yes"])
            .env("DATABASE_URL", empty.url())
            .env("MUSUBI_TEST_CLOCK", Clock::fast(app.clock().now(), 1).to_text())
            .output()
            .unwrap();
        assert!(marked.status.success(), "{}", String::from_utf8_lossy(&marked.stderr));
        // Its clock went on while ours stood still.
        app.clock().advance(began.elapsed() + Duration::from_secs(1));
        app.on(empty.open().await)
    }

    /// The same, and nobody tells the program.
    pub async fn put_back_without_a_word(&self, app: &TestApp) -> App {
        match &self.of {
            Of::File => app.on(Db::open_file(&self.file).await.unwrap()),
            Of::Server(empty) => {
                taken_in(&self.file, empty.url());
                app.on(empty.open().await)
            }
        }
    }
}

fn dumped(url: &str, to: &Path) -> Option<()> {
    let dump = Command::new("pg_dump").arg("--format=custom").arg("--file").arg(to).arg(url).output();
    let Ok(done) = dump else {
        println!("no pg_dump: a backup of PostgreSQL is not put back here");
        return None;
    };
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    Some(())
}

fn taken_in(from: &Path, url: &str) {
    let restore = ["--no-owner", "--exit-on-error", "--dbname", url];
    let done = Command::new("pg_restore").args(restore).arg(from).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}
