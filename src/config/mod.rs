//! How an installation is set: from the environment and `musubi.toml`, read once at the start.
//!
//! [`Config::load`] reports everything that is wrong at once, in words for the person who installs. It reads no
//! environment itself: the two sources are handed in. Secrets are kept in `SecretString` and are never printed.

mod keys;
mod source;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use jiff::ToSpan;
use jiff::civil::Time;
use secrecy::SecretString;

use crate::domain::broadcast::limits::Limits;
use crate::domain::broadcast::{MAX_BATCH, Pilot};
use crate::domain::ids::LineUserId;
use crate::domain::timestamp::Timestamp;

pub use keys::{KEYS, Key};
pub use source::{Problem, Source};

/// Everything that is set from outside.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where we listen, and what residents' phones call us.
    pub server: Server,
    /// `sqlite:PATH` or `postgres://…`; may hold a password.
    pub database_url: SecretString,
    /// The Messaging API channel.
    pub line: Line,
    /// The LIFF app of the registration form.
    pub liff: Liff,
    /// The folder of rule files and the attribute catalogue.
    pub segments_dir: PathBuf,
    /// When broadcasts are held.
    pub quiet_hours: QuietHours,
    /// Calls to LINE for broadcasts that may be open at once; each holds at most 500 recipients, and a stop can't
    /// hold these back. Four calls to one person each count as one.
    pub send_at_once: std::num::NonZeroUsize,
    /// How long the rest of a broadcast waits for its first recipients.
    pub pilot: Pilot,
    /// How much may be sent; the database holds it once the worker has started.
    pub limits: Limits,
    /// The city, as texts name it.
    pub city: City,
}

/// What a command needs that works on the database alone and never speaks to LINE.
#[derive(Clone, Debug)]
pub struct DatabaseSettings {
    /// `sqlite:PATH` or `postgres://…`; may hold a password.
    pub database_url: SecretString,
    /// The folder of rule files and the attribute catalogue.
    pub segments_dir: PathBuf,
}

/// The form of the log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line, for machines.
    Json,
}

/// Where we listen, and what residents' phones call us.
#[derive(Clone, Debug)]
pub struct Server {
    /// Address and port of the web server.
    pub listen: SocketAddr,
    /// Where metrics and probes are served to those who look after the machine; nowhere by default.
    pub admin: Option<SocketAddr>,
    /// The address that phones and browsers use, without a slash at the end.
    pub public_url: String,
    /// Whether this is the demo: the console says so, and texts marked as a test may be sent.
    pub demo: bool,
}

impl Server {
    /// Whether the public address is HTTPS, so that cookies may be marked `Secure`.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.public_url.starts_with("https://")
    }
}

/// The Messaging API channel.
#[derive(Clone, Debug)]
pub struct Line {
    /// The channel id, a number in text.
    pub channel_id: String,
    /// The channel secret, and during a change of it a second one. Signatures of either are accepted.
    pub channel_secrets: Vec<SecretString>,
    /// `https://api.line.me`, or the simulator.
    pub api_base: String,
    /// `https://api-data.line.me`, or the simulator.
    pub api_data_base: String,
    /// The user id of our own account, to notice webhooks meant for another one. Where it is not set,
    /// `serve` asks LINE before it takes the first webhook.
    pub bot_user_id: Option<LineUserId>,
    /// How many percent of LINE's rate limits are used; the rest is left to other tools of the channel.
    pub share: u8,
    /// An HTTP proxy for calls to LINE; its address may hold a password.
    pub proxy: Option<SecretString>,
}

impl Line {
    /// The host of LINE itself; whoever speaks to another one is in training.
    const LIVE: &str = "https://api.line.me";

    /// Whether it is LINE itself that we speak to.
    #[must_use]
    pub fn is_live(&self) -> bool {
        self.api_base.trim_end_matches('/') == Self::LIVE
    }
}

/// The LIFF app of the registration form.
#[derive(Clone, Debug)]
pub struct Liff {
    /// The LIFF id, `CHANNEL-NAME`.
    pub id: String,
    /// The LINE Login (or MINI App) channel that ID tokens are made for.
    pub channel_id: String,
    /// Where the form loads LINE's LIFF SDK from.
    pub sdk_url: String,
    /// The base of LIFF links in messages, `https://liff.line.me`, or the simulator.
    pub link_base: String,
}

impl Liff {
    /// The link that opens the form at `path` (empty, or beginning with a slash) inside LINE.
    #[must_use]
    pub fn link(&self, path: &str) -> String {
        format!("{}/{}{path}", self.link_base, self.id)
    }
}

/// When broadcasts are held, as wall-clock times in Asia/Tokyo; from 20:00 to 08:00 by default.
#[derive(Clone, Copy, Debug)]
pub struct QuietHours {
    /// The first minute at which nothing is sent.
    pub from: Time,
    /// The first minute at which sending goes on.
    pub until: Time,
}

impl QuietHours {
    /// Whether broadcasts are held at this time of day.
    #[must_use]
    pub fn hold(&self, at: Time) -> bool {
        if self.from <= self.until {
            self.from <= at && at < self.until
        } else {
            self.from <= at || at < self.until
        }
    }

    /// The first instant from `at` on at which broadcasts are not held: `at` itself by day, else the next morning.
    #[must_use]
    pub fn opens_at(&self, at: Timestamp) -> Timestamp {
        let wall = at.tokyo();
        if !self.hold(wall.time()) {
            return at;
        }
        let day = if wall.time() < self.until { wall.date() } else { wall.date().saturating_add(1.day()) };
        Timestamp::from_tokyo(day.to_datetime(self.until))
    }
}

/// The city, as texts name it.
#[derive(Clone, Debug)]
pub struct City {
    /// Such as 出雲市.
    pub name: String,
    /// The same in Latin letters without 市, such as Izumo, for sentences in English and Portuguese.
    pub name_latin: String,
    /// The office that answers questions about the account, with its telephone number.
    pub contact: String,
    /// The city's page on how personal data is treated.
    pub privacy_url: String,
}

impl Config {
    /// Reads both sources.
    ///
    /// # Errors
    /// Every problem found, not only the first.
    pub fn load(source: &Source) -> Result<Self, Vec<Problem>> {
        let mut read = source.reader();
        let config = Self {
            server: Server {
                listen: read.parsed("MUSUBI_LISTEN", "例: 127.0.0.1:8080"),
                admin: read.optional(
                    "MUSUBI_ADMIN_LISTEN",
                    |text| text.parse().ok(),
                    "127.0.0.1:9090 の形で書いてください",
                ),
                public_url: read.public_url("MUSUBI_PUBLIC_URL"),
                demo: false,
            },
            database_url: read.database_url("DATABASE_URL"),
            line: Line {
                channel_id: read.channel_id("LINE_CHANNEL_ID"),
                channel_secrets: read.secrets(&["LINE_CHANNEL_SECRET", "LINE_CHANNEL_SECRET_NEXT"]),
                api_base: read.url("LINE_API_BASE"),
                api_data_base: read.url("LINE_API_DATA_BASE"),
                bot_user_id: read.optional(
                    "LINE_BOT_USER_ID",
                    LineUserId::parse,
                    "Uと32桁の英数字で書いてください",
                ),
                share: read.parsed::<std::num::NonZeroU8>("MUSUBI_LINE_SHARE", "例: 50").get().min(100),
                proxy: read.optional("LINE_PROXY", proxy, "http://ホスト:ポート の形で書いてください"),
            },
            liff: Liff {
                id: read.liff_id("LIFF_ID", "LIFF_CHANNEL_ID"),
                channel_id: read.channel_id("LIFF_CHANNEL_ID"),
                sdk_url: read.url("LIFF_SDK_URL"),
                link_base: read.url("LIFF_LINK_BASE"),
            },
            segments_dir: PathBuf::from(read.text("MUSUBI_SEGMENTS")),
            quiet_hours: read.quiet_hours("MUSUBI_QUIET_FROM", "MUSUBI_QUIET_UNTIL"),
            send_at_once: read.parsed("MUSUBI_SEND_AT_ONCE", "例: 32"),
            pilot: Pilot { wait: minutes(read.parsed("MUSUBI_HOLD_MINUTES", "例: 10")) },
            limits: Limits {
                day_messages: read.parsed::<NonZeroU32>("MUSUBI_MAX_PER_DAY", "例: 1").get().into(),
                week_messages: read.parsed::<NonZeroU32>("MUSUBI_MAX_PER_WEEK", "例: 4").get().into(),
                hour_messages: read.parsed::<NonZeroU32>("MUSUBI_MAX_PER_HOUR", "例: 4").get().into(),
                hour_recipients: read
                    .parsed::<WholeBatches>("MUSUBI_MAX_RECIPIENTS_PER_HOUR", "500以上。例: 300000")
                    .0
                    .into(),
            },
            city: City {
                name: read.text("MUSUBI_CITY_NAME"),
                name_latin: read.text("MUSUBI_CITY_NAME_LATIN"),
                contact: read.text("MUSUBI_CITY_CONTACT"),
                privacy_url: read.text("MUSUBI_PRIVACY_URL"),
            },
        };
        let _ = read.log_format("MUSUBI_LOG_FORMAT");
        read.finish(config)
    }

    /// The form of the log, for whoever starts it before anything else is read; what is wrong with it is said by
    /// [`Self::load`].
    #[must_use]
    pub fn log_format(source: &Source) -> LogFormat {
        source.reader().log_format("MUSUBI_LOG_FORMAT")
    }

    /// Reads what a command on the database needs: nothing of LINE has to be set, or even readable, so that sending can
    /// be stopped on a machine that is only half set up.
    ///
    /// # Errors
    /// Every problem found; names that are no setting are among them.
    pub fn load_database(source: &Source) -> Result<DatabaseSettings, Vec<Problem>> {
        let mut read = source.reader_of(&["DATABASE_URL", "MUSUBI_SEGMENTS"]);
        let settings = DatabaseSettings {
            database_url: read.database_url("DATABASE_URL"),
            segments_dir: PathBuf::from(read.text("MUSUBI_SEGMENTS")),
        };
        read.finish(settings)
    }

    /// The settings of a demo or a test on this machine, against a simulator at `line`.
    #[must_use]
    pub fn local(database_url: &str, listen: SocketAddr, line: SocketAddr, secret: &str) -> Self {
        let (ours, line) = (format!("http://{listen}"), format!("http://{line}"));
        Self {
            server: Server { listen, admin: None, public_url: ours, demo: true },
            database_url: database_url.into(),
            line: Line {
                channel_id: "1650000001".to_owned(),
                channel_secrets: vec![secret.into()],
                api_base: line.clone(),
                api_data_base: line.clone(),
                bot_user_id: LineUserId::parse("Ub0000000000000000000000000000001"),
                share: 50,
                proxy: None,
            },
            liff: Liff {
                id: "1650000002-musubi01".to_owned(),
                channel_id: "1650000002".to_owned(),
                sdk_url: format!("{line}/liff/sdk.js"),
                link_base: format!("{line}/liff"),
            },
            segments_dir: PathBuf::from("segments"),
            quiet_hours: QuietHours { from: Time::constant(20, 0, 0, 0), until: Time::constant(8, 0, 0, 0) },
            send_at_once: std::num::NonZeroUsize::new(32).expect("32 is not 0"),
            // Whoever tries things out sends again and again, and does not want to wait.
            pilot: Pilot { wait: Duration::ZERO },
            limits: Limits { day_messages: 100, week_messages: 400, hour_messages: 100, ..Limits::default() },
            city: City {
                name: "出雲市".to_owned(),
                name_latin: "Izumo".to_owned(),
                contact: "広報課 0853-00-0000(見本)".to_owned(),
                privacy_url: String::new(),
            },
        }
    }
}

/// Enough for one full batch at least: with less nobody would ever be sent to.
struct WholeBatches(u32);

impl FromStr for WholeBatches {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let number: u32 = text.parse().map_err(|_| ())?;
        let is_enough = usize::try_from(number).is_ok_and(|number| MAX_BATCH <= number);
        is_enough.then_some(Self(number)).ok_or(())
    }
}

fn minutes(count: u8) -> Duration {
    Duration::from_secs(u64::from(count) * 60)
}

fn proxy(text: &str) -> Option<SecretString> {
    reqwest::Url::parse(text).is_ok_and(|url| url.has_host()).then(|| SecretString::from(text))
}

/// Loopback, any free port: for tests and the demo.
pub const ANY_LOCAL_PORT: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_that_is_wrong_is_said_at_once_and_secrets_are_not() {
        let source = Source::from_pairs(&[
            ("MUSUBI_LISTEN", "somewhere"),
            ("LINE_CHANNEL_SECRET", "0123456789abcdef0123456789abcdef"),
            ("LINE_BOT_USER_ID", "U1"),
            ("MUSUBI_LISTN", "127.0.0.1:1"),
        ]);
        let problems = Config::load(&source).unwrap_err();
        let said = problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
        for name in ["MUSUBI_LISTEN", "LINE_BOT_USER_ID", "LINE_CHANNEL_ID", "LIFF_ID", "MUSUBI_LISTN"] {
            assert!(said.contains(name), "{name} in:\n{said}");
        }
        assert!(!said.contains("0123456789abcdef"));
    }

    #[test]
    fn what_would_fail_open_later_is_said_now() {
        let source = Source::from_pairs(&[
            ("DATABASE_URL", "mysql://x"),
            ("LINE_PROXY", "not a url"),
            ("MUSUBI_PUBLIC_URL", "http://musubi.example"),
            ("MUSUBI_QUIET_FROM", "20:00"),
            ("MUSUBI_QUIET_UNTIL", "20:00"),
        ]);
        let problems = Config::load(&source).unwrap_err();
        for name in ["DATABASE_URL", "LINE_PROXY", "MUSUBI_PUBLIC_URL", "MUSUBI_QUIET_UNTIL"] {
            assert!(problems.iter().any(|problem| problem.name == name), "{name} in {problems:?}");
        }
    }

    #[test]
    fn a_file_setting_works_in_the_toml_too() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        std::fs::write(&path, "0123456789abcdef0123456789ABCDEF\n").unwrap();
        let toml = format!(
            "line_channel_secret_file = {:?}\nmusubi_city_name = \"見本市\"",
            path.display().to_string()
        );
        let source = Source::from_toml(&toml);
        let problems = Config::load(&source).unwrap_err();
        assert!(
            !problems.iter().any(|problem| problem.name.starts_with("LINE_CHANNEL_SECRET")),
            "{problems:?}"
        );
    }

    #[test]
    fn ids_and_secrets_of_another_form_than_lines_are_said_without_their_values() {
        let wrong = |pairs: &[(&str, &str)]| {
            let problems = Config::load(&Source::from_pairs(pairs)).unwrap_err();
            problems.into_iter().filter(|one| one.what != "設定されていません").collect::<Vec<_>>()
        };
        let pairs = [
            ("LINE_CHANNEL_ID", "abc"),
            ("LINE_CHANNEL_SECRET", "short"),
            ("LINE_CHANNEL_SECRET_NEXT", "0123456789abcdef0123456789abcdeg"),
            ("LIFF_ID", "zzz"),
            ("LIFF_CHANNEL_ID", "12a"),
        ];
        for (name, value) in pairs {
            let found = wrong(&[(name, value)]);
            assert_eq!(found.len(), 1, "{name}: {found:?}");
            assert!(found[0].name == name && !found[0].what.contains(value), "{name}: {found:?}");
        }
        let differing = wrong(&[("LIFF_ID", "1234567891-AbcdEfgh"), ("LIFF_CHANNEL_ID", "1234567890")]);
        assert_eq!(differing.len(), 1, "{differing:?}");
        let fine = wrong(&[
            ("LINE_CHANNEL_ID", "1234567890"),
            ("LINE_CHANNEL_SECRET", "0123456789abcdef0123456789abcdef"),
            ("LIFF_ID", "1234567891-AbcdEfgh"),
            ("LIFF_CHANNEL_ID", "1234567891"),
        ]);
        assert!(fine.is_empty(), "{fine:?}");
    }

    #[test]
    fn a_command_on_the_database_needs_nothing_of_line_and_still_refuses_an_unknown_name() {
        let alone = Source::from_pairs(&[("DATABASE_URL", "sqlite:x.db"), ("LINE_CHANNEL_ID", "abc")]);
        assert!(Config::load_database(&alone).is_ok());
        let unreadable = Source::from_toml("line_channel_secret_file = \"/nowhere/secret\"");
        assert!(Config::load_database(&unreadable).is_ok());
        for source in [
            Source::from_pairs(&[("DATABASE_ULR", "sqlite:x.db")]),
            Source::from_toml("database_url_file = \"/nowhere/url\""),
        ] {
            assert_eq!(Config::load_database(&source).unwrap_err().len(), 1);
        }
    }

    #[test]
    fn quiet_hours_may_span_midnight() {
        let config = Config::local("sqlite:x", ANY_LOCAL_PORT, ANY_LOCAL_PORT, "s");
        let hold = |hour| config.quiet_hours.hold(Time::constant(hour, 0, 0, 0));
        assert_eq!([hold(20), hold(23), hold(7), hold(8), hold(19)], [true, true, true, false, false]);
        let opens = |text: &str| {
            let at = Timestamp::from_tokyo(text.parse().unwrap());
            config.quiet_hours.opens_at(at).tokyo().to_string()
        };
        assert_eq!(opens("2026-11-30T20:00:00"), "2026-12-01T08:00:00");
        assert_eq!(opens("2026-12-01T07:59:59"), "2026-12-01T08:00:00");
        assert_eq!(opens("2026-12-01T08:00:00"), "2026-12-01T08:00:00");
    }
}
