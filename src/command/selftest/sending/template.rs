//! The office before anything is sent: a database to copy for each run, and who is in it.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use jiff::civil::date;
use musubi::app::App;
use musubi::chance::Chance;
use musubi::clock::Clock;
use musubi::config::{ANY_LOCAL_PORT, Config};
use musubi::db::{Db, migrate};
use musubi::domain::ids::LineUserId;
use musubi::domain::timestamp::Timestamp;

use crate::command::office;

/// Two full batches and a part of a third, after the first fifty.
const FRIENDS: u128 = 1_203;
/// The rules that the office needs; it starts faster without the others.
const RULES: [&str; 3] = ["attributes.toml", "parameters.toml", "oshirase/zenin.seg"];
/// The secret of a channel that exists nowhere.
pub(super) const SECRET: &str = "0123456789abcdef0123456789abcdef";

/// A folder that goes when nobody needs it any more.
pub(super) struct Folder(pub PathBuf);

impl Folder {
    pub(super) fn make(name: &str) -> Result<Self> {
        let path = std::env::temp_dir().join(format!("musubi-selftest-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&path)?;
        Ok(Self(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

pub(super) struct Template {
    folder: Folder,
    /// Everybody who is to get it.
    pub people: Vec<LineUserId>,
    /// Where the one who drafts and the one who approves get their test.
    pub staff: Vec<LineUserId>,
}

impl Template {
    /// Sets the office up.
    pub(super) async fn make() -> Result<Self> {
        let folder = Folder::make("template")?;
        copy_rules(&folder.0)?;
        let user = |number: u128| LineUserId::parse(&format!("U{number:032x}")).context("32 digits");
        let people = (1..=FRIENDS).map(|number| user(0xf_0000 + number)).collect::<Result<Vec<_>>>()?;
        let staff = (1..=3).map(user).collect::<Result<Vec<_>>>()?;
        let template = Self { folder, people, staff };
        let app =
            app(&template.folder.0.join("office.db"), &template.rules(), Clock::fixed(opening())).await?;
        migrate::run(&app.db).await?;
        office::befriend(&app, &template.people).await?;
        for (desk, own) in [office::AUTHOR].into_iter().chain(office::APPROVERS).zip(&template.staff) {
            office::hire(&app, desk, own.clone()).await?;
        }
        app.db.close().await;
        Ok(template)
    }

    pub(super) fn rules(&self) -> PathBuf {
        self.folder.0.join("segments")
    }

    pub(super) fn copy_to(&self, path: &Path) -> Result<()> {
        std::fs::copy(self.folder.0.join("office.db"), path)?;
        Ok(())
    }
}

/// When every run begins: a Wednesday morning in Japan.
pub(super) fn opening() -> Timestamp {
    Timestamp::from_tokyo(date(2026, 7, 1).at(10, 0, 0, 0))
}

/// What the test itself looks at and acts through; it sends nothing.
pub(super) async fn app(database: &Path, rules: &Path, clock: Clock) -> Result<App> {
    let url = format!("sqlite:{}", database.display());
    let mut config = Config::local(&url, ANY_LOCAL_PORT, ANY_LOCAL_PORT, SECRET);
    rules.clone_into(&mut config.segments_dir);
    let db = Db::open(&url).await?;
    Ok(App::new(config, db, clock, Chance::seeded(1))?)
}

fn copy_rules(folder: &Path) -> Result<()> {
    let from = std::env::var_os("MUSUBI_SEGMENTS").map_or_else(|| PathBuf::from("segments"), PathBuf::from);
    for rule in RULES {
        let to = folder.join("segments").join(rule);
        std::fs::create_dir_all(to.parent().context("a file stands in a folder")?)?;
        std::fs::copy(from.join(rule), to).with_context(|| from.join(rule).display().to_string())?;
    }
    Ok(())
}
