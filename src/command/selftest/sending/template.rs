//! The office before anything is sent: a database to copy for each run, and who is in it.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use jiff::civil::date;
use musubi::app::App;
use musubi::chance::Chance;
use musubi::clock::Clock;
use musubi::config::{ANY_LOCAL_PORT, Config};
use musubi::db::{Db, migrate};
use musubi::domain::attribute::Subject;
use musubi::domain::household::PersonStanding;
use musubi::domain::ids::{AccountId, LineUserId, PersonId};
use musubi::domain::timestamp::Timestamp;
use musubi::store::town::{self, NewAccount, NewConsent, NewPerson};
use serde_json::json;

use super::ground::{Database, Ground};
use crate::command::office;

/// Two full batches and a part of a third, after the first fifty.
const FRIENDS: u128 = 1_203;
/// So many of them live with a mother, in districts of their own, and read several languages.
pub(super) const HOMES: usize = 40;
/// The rules that the office needs; it starts faster without the others.
const RULES: [&str; 4] =
    ["attributes.toml", "parameters.toml", "oshirase/zenin.seg", "kenshin/gan/daicho.seg"];
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

    /// Leaves it for whoever wants to look into it.
    pub(super) fn keep(self) {
        std::mem::forget(self);
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

pub(super) struct Template {
    folder: Folder,
    database: Database,
    /// Everybody who is to get it.
    pub people: Vec<LineUserId>,
    /// Where the one who drafts and the one who approves get their test.
    pub staff: Vec<LineUserId>,
}

impl Template {
    /// Sets the office up.
    pub(super) async fn make(ground: &Ground, seed: u64) -> Result<Self> {
        let folder = Folder::make("template")?;
        copy_rules(&folder.0)?;
        let user = |number: u128| LineUserId::parse(&format!("U{number:032x}")).context("32 digits");
        let people = (1..=FRIENDS).map(|number| user(0xf_0000 + number)).collect::<Result<Vec<_>>>()?;
        let staff = (1..=3).map(user).collect::<Result<Vec<_>>>()?;
        let database = ground.make(&folder.0, &format!("{seed}_template")).await?;
        let template = Self { folder, database, people, staff };
        let app = app(&template.database, &template.rules(), Clock::fixed(opening())).await?;
        migrate::run(&app.db).await?;
        let (homes, others) = template.people.split_at(HOMES);
        befriend_homes(&app, homes).await?;
        office::befriend(&app, others).await?;
        for (desk, own) in [office::AUTHOR].into_iter().chain(office::APPROVERS).zip(&template.staff) {
            office::hire(&app, desk, own.clone()).await?;
        }
        app.db.close().await;
        Ok(template)
    }

    pub(super) fn rules(&self) -> PathBuf {
        self.folder.0.join("segments")
    }

    /// A database for a run.
    pub(super) async fn copy(&self, folder: &Path, what: &str) -> Result<Database> {
        self.database.copy(folder, what).await
    }
}

/// When every run begins: a Wednesday morning in Japan.
pub(super) fn opening() -> Timestamp {
    Timestamp::from_tokyo(date(2026, 7, 1).at(10, 0, 0, 0))
}

/// What the test itself looks at and acts through; it sends nothing.
pub(super) async fn app(database: &Database, rules: &Path, clock: Clock) -> Result<App> {
    let url = database.url_of_test();
    let mut config = Config::local(&url, ANY_LOCAL_PORT, ANY_LOCAL_PORT, SECRET);
    rules.clone_into(&mut config.segments_dir);
    let db = Db::open(&url).await?;
    Ok(App::new(config, db, clock, Chance::seeded(1))?)
}

/// Each with a parent of a name that is theirs in their district; every second agreed that openings are noted.
async fn befriend_homes(app: &App, users: &[LineUserId]) -> Result<()> {
    let values = |id: &str| -> Vec<String> {
        let all =
            [Subject::Account, Subject::Person].into_iter().flat_map(|subject| app.catalogue.of(subject));
        let known = all.filter(|attribute| attribute.id.as_str() == id);
        known.flat_map(|attribute| &attribute.values).map(|value| value.id.0.clone()).collect()
    };
    let (districts, languages, now) = (values("district"), ["ja", "en", "pt-BR"], app.clock.now());
    let person = |relation: &str, birth_date: &str, call_name: Option<&str>| NewPerson {
        id: PersonId(app.chance.uuid_v7(now)),
        standing: PersonStanding::Active,
        attributes: json!({
            "relation": relation, "birth_date": birth_date, "sex": "female", "insurance": "shaho",
            "call_name": call_name,
        }),
        events: Vec::new(),
    };
    let home = |(number, user): (usize, &LineUserId)| NewAccount {
        id: AccountId(app.chance.uuid_v7(now)),
        line_user_id: user.clone(),
        following: true,
        stopped: false,
        attributes: json!({
            "language": languages[number % languages.len()],
            "district": districts[number % districts.len()],
            "link_consent": number % 2 == 0,
        }),
        declined_topics: json!([]),
        consent: Some(NewConsent { version: "1".to_owned(), language: "ja".to_owned(), withdrawn: false }),
        persons: vec![person("self", "2000-01-01", None), person("parent", "1961-03-01", Some("okasan"))],
    };
    let accounts: Vec<_> = users.iter().enumerate().map(home).collect();
    let mut tx = app.db.write().await?;
    town::insert(&mut tx, &accounts, now).await?;
    Ok(tx.commit().await?)
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
