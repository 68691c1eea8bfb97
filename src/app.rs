//! What every story needs at hand: settings, database, LINE, clock, chance, the attribute catalogue.
//!
//! A value, cheap to clone. It holds no state of its own: what must be remembered is in the database.

mod fence;
mod rules;
mod vitals;

use std::path::Path;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::civil::Date;
use reqwest::Url;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use tokio::sync::Notify;

use crate::chance::Chance;
use crate::clock::Clock;
use crate::config::Config;
use crate::db::{self, Db};
use crate::domain::attribute::Catalogue;
use crate::domain::digest::keyed_hex;
use crate::domain::ids::StaffId;
use crate::domain::segment::library::Library;
use crate::line::client::{Client, ClientConfig};
use crate::line::message::Addresses;
use crate::population::Population;
use crate::store::audit;
use crate::store::intake::Intake;

pub use fence::Fence;
pub use rules::Rules;
pub use vitals::{Loop, Vitals};

/// The running application.
#[derive(Clone)]
pub struct App {
    /// The settings.
    pub config: Arc<Config>,
    /// The database.
    pub db: Db,
    /// LINE.
    pub line: Client,
    /// The time.
    pub clock: Clock,
    /// Ids and secrets.
    pub chance: Chance,
    /// The attributes the city asks for.
    pub catalogue: Arc<Catalogue>,
    /// The residents in columns; knows nobody until its first refresh.
    pub population: Population,
    /// The rules: files, and what was saved over them.
    pub rules: Rules,
    /// The door of the inbox.
    pub intake: Intake,
    /// Told when there is work, so that the worker need not wait for its next round.
    pub wake: Arc<Notify>,
    /// The token under which this process works.
    pub fence: Fence,
    /// Signs of life, for probes and metrics.
    pub vitals: Vitals,
    /// The token in whose name everything is done; `None` for people and for the program itself.
    pub token: Option<Arc<str>>,
}

/// What a deed needs that never speaks to LINE: the database, the time, ids. Cheap to clone.
#[derive(Clone)]
pub struct Base {
    /// The database.
    pub db: Db,
    /// The time.
    pub clock: Clock,
    /// Ids and secrets.
    pub chance: Chance,
}

impl Base {
    /// An entry of the audit log with an id and the time of now, to be written in the transaction of the deed; `staff`
    /// is `None` for the program itself.
    #[must_use]
    pub fn entry<'a>(
        &self,
        staff: Option<StaffId>,
        action: &'static str,
        subject: (&'static str, &'a str),
        detail: Value,
    ) -> audit::Entry<'a> {
        let at = self.clock.now();
        audit::Entry { id: self.chance.uuid_v7(at), at, staff, action, subject, detail }
    }
}

/// Why the application can't be put together; said to the person who installs.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// `attributes.toml` is wrong.
    #[error("{0}")]
    Catalogue(String),
    /// The proxy or the addresses of LINE don't make a client.
    #[error("LINEへの接続を準備できません。LINE_API_BASE と LINE_PROXY を確かめてください")]
    Line,
}

impl App {
    /// Puts the application together; must be called inside a Tokio runtime, after the migrations.
    ///
    /// # Errors
    /// [`SetupError`], where the catalogue or LINE's client can't be made from the settings.
    pub fn new(config: Config, db: Db, clock: Clock, chance: Chance) -> Result<Self, SetupError> {
        let catalogue = Arc::new(load_catalogue(&config.segments_dir)?);
        let rules = Rules::of_folder(&config.segments_dir, Arc::clone(&catalogue))?;
        let line = Client::new(line_config(&config)?, clock.clone()).map_err(|_| SetupError::Line)?;
        Ok(Self {
            config: Arc::new(config),
            line,
            clock,
            chance,
            population: Population::new(Arc::clone(&catalogue)),
            catalogue,
            rules,
            intake: Intake::start(db.clone()),
            wake: Arc::new(Notify::new()),
            fence: Fence::default(),
            vitals: Vitals::default(),
            token: None,
            db,
        })
    }

    /// The rules that can be sent with, as they are now.
    ///
    /// # Errors
    /// As [`db::Error`] says.
    pub async fn library(&self) -> db::Result<Arc<Library>> {
        self.rules.current(&self.db, self.clock.today()).await
    }

    /// What only this installation can work out of some bytes: 40 hexadecimal digits, each purpose by itself.
    #[must_use]
    pub fn keyed(&self, purpose: &str, bytes: &[u8]) -> String {
        let secret = self.config.line.channel_secrets.first().map_or("", |secret| secret.expose_secret());
        keyed_hex(secret, purpose, bytes).chars().take(40).collect()
    }

    /// A secret that nobody can guess, as text.
    #[must_use]
    pub fn fresh_secret(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.chance.bytes::<32>())
    }

    /// Where buttons and pictures of a broadcast of `topic` lead.
    #[must_use]
    pub fn addresses(&self, topic: &str) -> Addresses {
        let config = &self.config;
        Addresses {
            public_url: config.server.public_url.clone(),
            liff: config.liff.link(""),
            topic: topic.to_owned(),
            ..Addresses::default()
        }
    }

    /// The part that never speaks to LINE.
    #[must_use]
    pub fn base(&self) -> Base {
        Base { db: self.db.clone(), clock: self.clock.clone(), chance: self.chance.clone() }
    }

    /// As [`Base::entry`]; what a token does is said to be done by it.
    #[must_use]
    pub fn entry<'a>(
        &self,
        staff: Option<StaffId>,
        action: &'static str,
        subject: (&'static str, &'a str),
        detail: Value,
    ) -> audit::Entry<'a> {
        let mut entry = self.base().entry(staff, action, subject, detail);
        if let (Some(token), Some(detail)) = (&self.token, entry.detail.as_object_mut()) {
            detail.insert("via".to_owned(), Value::from("api"));
            detail.insert("token".to_owned(), Value::from(&**token));
        }
        entry
    }

    /// The same application for what a token of the JSON API does: its entries in the audit log say so.
    #[must_use]
    pub fn by_token(&self, name: &str) -> Self {
        Self { token: Some(name.into()), ..self.clone() }
    }
}

/// The catalogue of a folder of rules, parameters included; the one we ship where the folder has none.
///
/// # Errors
/// [`SetupError::Catalogue`] where a file is there and is wrong or can't be read.
pub fn load_catalogue(folder: &Path) -> Result<Catalogue, SetupError> {
    let attributes = folder.join("attributes.toml");
    let Some(text) = read_if_there(&attributes)? else { return Ok(Catalogue::builtin()) };
    let catalogue = Catalogue::parse(&text).map_err(|error| wrong(&attributes, &error.to_string()))?;
    let parameters = folder.join("parameters.toml");
    let text = read_if_there(&parameters)?.unwrap_or_default();
    catalogue.with_parameters(&text).map_err(|error| wrong(&parameters, &error.to_string()))
}

fn read_if_there(path: &Path) -> Result<Option<String>, SetupError> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(wrong(path, unreadable(&error))),
    }
}

/// The rules of a folder and of the folders in it, checked as of `today`; a rule with an error is not among them.
///
/// # Errors
/// [`SetupError::Catalogue`] where a file or a folder can't be read.
pub fn load_library(folder: &Path, catalogue: &Catalogue, today: Date) -> Result<Library, SetupError> {
    Ok(Library::from_sources(rules::load_sources(folder)?, catalogue, today))
}

/// Why a rule file can't be read and what to do, in Japanese.
#[must_use]
pub fn unreadable(error: &std::io::Error) -> &'static str {
    match error.kind() {
        std::io::ErrorKind::NotFound => "ファイルがありません",
        std::io::ErrorKind::InvalidData => "文字コードがUTF-8ではありません。UTF-8で保存してください",
        std::io::ErrorKind::PermissionDenied => "読む権限がありません",
        _ => "読めません",
    }
}

fn wrong(path: &Path, what: &str) -> SetupError {
    SetupError::Catalogue(format!("{}: {what}", path.display()))
}

fn line_config(config: &Config) -> Result<ClientConfig, SetupError> {
    let url = |text: &str| Url::parse(text).map_err(|_| SetupError::Line);
    let secret = config.line.channel_secrets.first().cloned().unwrap_or_else(|| SecretString::from(""));
    let mut client = ClientConfig::new(&config.line.channel_id, secret);
    client.next_secret = config.line.channel_secrets.get(1).cloned();
    client.api_base = url(&config.line.api_base)?;
    client.data_base = url(&config.line.api_data_base)?;
    client.pace = f64::from(config.line.share) / 100.0;
    client.proxy = config.line.proxy.as_ref().map(|proxy| url(proxy.expose_secret())).transpose()?;
    Ok(client)
}
