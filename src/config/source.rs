//! Where settings come from: the environment first, then `musubi.toml`, then the default.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use secrecy::SecretString;

use super::keys::{KEYS, Key};
use super::{LogFormat, QuietHours};

/// Something that is wrong with a setting, said to the person who installs. Never holds the value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The setting.
    pub name: String,
    /// What is wrong and how to mend it, in Japanese.
    pub what: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}", self.name, self.what)
    }
}

/// The values that were found, by name, with the problems met on the way.
#[derive(Default)]
pub struct Source {
    values: BTreeMap<String, String>,
    problems: Vec<Problem>,
}

impl Source {
    /// Reads `musubi.toml` (if there is one) and the environment over it.
    #[must_use]
    pub fn from_machine() -> Self {
        let mut source = Self::default();
        match std::fs::read_to_string("musubi.toml") {
            Ok(text) => source.read_toml(&text),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(_) => source.problem("musubi.toml", "読めません。文字コード(UTF-8)と権限を確かめてください"),
        }
        for key in KEYS {
            source.read_variable(key);
        }
        source
    }

    /// A `musubi.toml` alone, for tests.
    #[must_use]
    pub fn from_toml(text: &str) -> Self {
        let mut source = Self::default();
        source.read_toml(text);
        source
    }

    /// Given values, for tests.
    #[must_use]
    pub fn from_pairs(pairs: &[(&str, &str)]) -> Self {
        let mut source = Self::default();
        for (name, value) in pairs {
            source.put(name, (*value).to_owned());
        }
        source
    }

    fn read_toml(&mut self, text: &str) {
        let table = match text.parse::<toml::Table>() {
            Ok(table) => table,
            Err(error) => {
                let line = error.span().map_or(0, |span| text[..span.start.min(text.len())].lines().count());
                return self.problem("musubi.toml", &format!("{line}行目の書き方がTOMLではありません"));
            }
        };
        for (name, value) in table {
            match (value.as_str(), name.to_uppercase().strip_suffix("_FILE")) {
                (Some(path), Some(key)) => self.put_file(key, path),
                (Some(text), None) => self.put(&name.to_uppercase(), text.to_owned()),
                (None, _) => self.problem(&name, "値は \"…\" で囲んだ文字で書いてください"),
            }
        }
    }

    fn read_variable(&mut self, key: &Key) {
        if let Ok(value) = std::env::var(key.name) {
            self.put(key.name, value);
        } else if let Ok(path) = std::env::var(format!("{}_FILE", key.name)) {
            self.put_file(key.name, &path);
        }
    }

    fn put_file(&mut self, name: &str, path: &str) {
        match std::fs::read_to_string(path) {
            Ok(value) => self.put(name, value.trim_end().to_owned()),
            Err(_) => self.problem(&format!("{name}_FILE"), "そのファイルが読めません"),
        }
    }

    fn put(&mut self, name: &str, value: String) {
        if KEYS.iter().any(|key| key.name == name) {
            self.values.insert(name.to_owned(), value);
        } else {
            self.problem(name, "この名前の設定はありません。つづりを確かめてください");
        }
    }

    fn problem(&mut self, name: &str, what: &str) {
        self.problems.push(Problem { name: name.to_owned(), what: what.to_owned() });
    }

    pub(super) fn reader(&self) -> Reader<'_> {
        Reader { source: self, problems: self.problems.clone() }
    }

    /// A reader of these settings alone: a file that another setting names may be missing.
    pub(super) fn reader_of(&self, names: &[&str]) -> Reader<'_> {
        let elsewhere = |problem: &&Problem| {
            let named = problem.name.strip_suffix("_FILE");
            named.is_some_and(|name| !names.contains(&name) && KEYS.iter().any(|key| key.name == name))
        };
        let problems = self.problems.iter().filter(|problem| !elsewhere(problem)).cloned().collect();
        Reader { source: self, problems }
    }
}

/// Takes values out, and remembers what was wrong with them.
pub(super) struct Reader<'a> {
    source: &'a Source,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    fn find(&mut self, name: &str) -> Option<String> {
        let default = KEYS.iter().find(|key| key.name == name).and_then(|key| key.default);
        let found = self.source.values.get(name).filter(|value| !value.trim().is_empty());
        let value = found.cloned().or_else(|| default.map(str::to_owned));
        if value.is_none() {
            self.wrong(name, "設定されていません");
        }
        value
    }

    fn wrong(&mut self, name: &str, what: &str) {
        self.problems.push(Problem { name: name.to_owned(), what: what.to_owned() });
    }

    pub(super) fn text(&mut self, name: &str) -> String {
        self.find(name).unwrap_or_default()
    }

    pub(super) fn secrets(&mut self, names: &[&str]) -> Vec<SecretString> {
        let values = names.iter().map(|name| self.checked(name, is_secret, "16進数32桁で書いてください"));
        values.filter(|value| !value.is_empty()).map(SecretString::from).collect()
    }

    pub(super) fn channel_id(&mut self, name: &str) -> String {
        self.checked(name, is_number, "数字だけで書いてください(LINE Developersの「チャネルID」)")
    }

    /// The LIFF id begins with the id of the channel that it lies in; ID tokens are checked against that channel.
    pub(super) fn liff_id(&mut self, name: &str, channel: &str) -> String {
        let id = self.checked(name, is_liff_id, "「チャネルID-英数字8文字」の形で書いてください");
        let owner = self.source.values.get(channel).filter(|owner| is_number(owner));
        let differs = |owner: &String| id.split_once('-').is_some_and(|(prefix, _)| prefix != owner);
        if owner.is_some_and(differs) {
            self.wrong(
                name,
                &format!("「-」の前が {channel} と違います。同じチャネルのものを書いてください"),
            );
        }
        id
    }

    /// A text of a certain form, or nothing; a wrong form is said without the text.
    fn checked(&mut self, name: &str, is_good: fn(&str) -> bool, how: &str) -> String {
        let text = self.text(name);
        if text.is_empty() || is_good(&text) {
            return text;
        }
        self.wrong(name, how);
        String::new()
    }

    pub(super) fn url(&mut self, name: &str) -> String {
        let Some(text) = self.find(name) else { return String::new() };
        match reqwest::Url::parse(&text) {
            Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => {
                text.trim_end_matches('/').to_owned()
            }
            _ => {
                self.wrong(name, "https:// で始まるURLで書いてください");
                String::new()
            }
        }
    }

    /// HTTPS, because cookies of staff and residents go there; plain HTTP only on this machine.
    pub(super) fn public_url(&mut self, name: &str) -> String {
        let url = self.url(name);
        let host = reqwest::Url::parse(&url).ok().and_then(|url| url.host_str().map(str::to_owned));
        let is_here = host.is_some_and(|host| matches!(host.as_str(), "localhost" | "127.0.0.1" | "[::1]"));
        if url.starts_with("http://") && !is_here {
            self.wrong(name, "https:// で始めてください(このコンピューターの中だけで使うときを除く)");
        }
        url
    }

    pub(super) fn database_url(&mut self, name: &str) -> SecretString {
        let url = self.text(name);
        if !["sqlite:", "postgres:", "postgresql:"].iter().any(|scheme| url.starts_with(scheme)) {
            self.wrong(name, "sqlite: か postgres: で始めてください");
        }
        url.into()
    }

    pub(super) fn quiet_hours(&mut self, from: &str, until: &str) -> QuietHours {
        let hours =
            QuietHours { from: self.parsed(from, "例: 20:00"), until: self.parsed(until, "例: 08:00") };
        if hours.from == hours.until {
            self.wrong(until, "夜間に止める時間がなくなります。始めと終わりを別の時刻にしてください");
        }
        hours
    }

    pub(super) fn log_format(&mut self, name: &str) -> LogFormat {
        match self.text(name).trim() {
            "json" => LogFormat::Json,
            "text" => LogFormat::Text,
            _ => {
                self.wrong(name, "text か json と書いてください");
                LogFormat::Text
            }
        }
    }

    /// A value that must parse; where it does not, a stand-in is returned and the problem is kept.
    pub(super) fn parsed<T: FromStr>(&mut self, name: &str, example: &str) -> T {
        let value = self.find(name);
        let default = KEYS.iter().find(|key| key.name == name).and_then(|key| key.default);
        match value.and_then(|text| text.parse().ok()) {
            Some(value) => value,
            None => {
                self.wrong(name, &format!("読み取れません({example})"));
                default.and_then(|text| text.parse().ok()).expect("a parsed key has a default that parses")
            }
        }
    }

    pub(super) fn optional<T>(&mut self, name: &str, parse: fn(&str) -> Option<T>, how: &str) -> Option<T> {
        let text = self.text(name);
        if text.is_empty() {
            return None;
        }
        let value = parse(&text);
        if value.is_none() {
            self.wrong(name, how);
        }
        value
    }

    pub(super) fn finish<T>(self, value: T) -> Result<T, Vec<Problem>> {
        if self.problems.is_empty() { Ok(value) } else { Err(self.problems) }
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_secret(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn is_liff_id(text: &str) -> bool {
    let alphanumeric = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    text.split_once('-')
        .is_some_and(|(channel, app)| is_number(channel) && app.len() == 8 && alphanumeric(app))
}
