//! `musubi bench sending`: from approval to the last acceptance, against a played LINE with the latency and the rate
//! limits of the real one.
//!
//! The whole way is real: accounts in the database, four eyes, plan, ledger, claims, calls, settled answers. LINE is
//! played by a process of its own, so that processor and memory are ours alone.

use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use jiff::civil::Time;
use musubi::app::App;
use musubi::chance::Chance;
use musubi::clock::Clock;
use musubi::config::{ANY_LOCAL_PORT, Config};
use musubi::db::{Db, migrate};
use musubi::domain::broadcast::{LedgerState, State};
use musubi::domain::ids::{BroadcastId, LineUserId};
use musubi::flow::{deliver, plan, reconcile};
use musubi::store::{broadcasts, progress};
use serde_json::json;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::{brakes, millis};
use crate::command::office;

/// What to measure.
#[derive(clap::Args)]
pub struct Args {
    /// Recipients of the broadcast
    #[arg(long, default_value_t = 100_000)]
    recipients: usize,
    /// How long LINE takes to answer, in milliseconds
    #[arg(long, default_value_t = 100)]
    pub(super) latency: u64,
    /// A PostgreSQL database to measure as well; it must be empty
    #[arg(long)]
    postgres: Option<String>,
    /// Measure PostgreSQL alone, so that the memory is not what was left from SQLite
    #[arg(long, requires = "postgres")]
    skip_sqlite: bool,
    /// How many percent of LINE's rate limits are used
    #[arg(long, default_value_t = 100)]
    pub(super) share: u8,
    /// Calls to LINE at the same time
    #[arg(long, default_value_t = 64)]
    pub(super) at_once: usize,
    /// Everybody reads a text of their own, so that each is a call
    #[arg(long, conflicts_with = "brakes")]
    personal: bool,
    /// Only plan: freeze the recipients and write their ledger
    #[arg(long)]
    plan_only: bool,
    /// Instead: kill the real program in the middle, start it again, and stop the broadcast
    #[arg(long)]
    brakes: bool,
    /// Stop it through the API of the sending program itself, not from another process
    #[arg(long, requires = "brakes")]
    pub(super) through_api: bool,
    /// One JSON object an engine instead of a table
    #[arg(long)]
    pub(super) json: bool,
}

/// Runs the bench.
///
/// # Errors
/// When a database can't be opened or the broadcast does not reach everybody.
pub async fn run(args: &Args) -> Result<()> {
    let folder = std::env::temp_dir().join(format!("musubi-bench-sending-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    if args.brakes {
        let outcome = brakes::run(args, &folder).await;
        std::fs::remove_dir_all(folder)?;
        return outcome;
    }
    let mut engines = Vec::new();
    if !args.skip_sqlite {
        engines.push(("sqlite", format!("sqlite:{}", folder.join("bench.db").display())));
    }
    engines.extend(args.postgres.clone().map(|url| ("postgres", url)));
    let mut outcome = Ok(());
    for (name, url) in &engines {
        outcome = measure(args, url).await.map(|figures| show(args, name, &figures));
        if outcome.is_err() {
            break;
        }
    }
    std::fs::remove_dir_all(folder)?;
    outcome
}

/// LINE in a process of its own, with LINE's rate limits; it goes with this.
struct Line {
    process: Child,
    base: String,
}

impl Line {
    async fn start(args: &Args) -> Result<Self> {
        let listen = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let (latency, friends) = (args.latency.to_string(), (args.recipients + 10).to_string());
        let process = Command::new(std::env::current_exe()?)
            .args(["simulate", "--listen", &listen.to_string(), "--latency-ms", &latency])
            .args(["--numbered", "--friends", &friends])
            .env("LINE_CHANNEL_SECRET", SECRET)
            .env("LINE_CHANNEL_ID", CHANNEL)
            .stdout(Stdio::null())
            .spawn()?;
        let line = Self { process, base: format!("http://{listen}") };
        for _ in 0..200 {
            if tokio::net::TcpStream::connect(listen).await.is_ok() {
                return Ok(line);
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        bail!("the played LINE does not answer")
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The secret of a channel that exists nowhere.
pub(super) const SECRET: &str = "0123456789abcdef0123456789abcdef";
/// Its channel id, that of [`Config::local`].
pub(super) const CHANNEL: &str = "1650000001";

struct Figures {
    plan: Duration,
    send: Duration,
    calls: usize,
    cpu: f64,
    peak: f64,
}

async fn measure(args: &Args, url: &str) -> Result<Figures> {
    let line = Line::start(args).await?;
    let (app, _) = staffed(args, url, &line.base).await?;
    let draft = if args.personal { office::to_families } else { office::to_everyone };
    let id = office::approve(&app, draft).await?;
    let memory = Memory::watch();
    let (begun, cpu) = (Instant::now(), cpu_seconds());
    plan::plan_due(&app).await?;
    let planned = begun.elapsed();
    let mut calls = 0;
    if !args.plan_only {
        calls = deliver::send_due(&app, &CancellationToken::new()).await?;
    }
    let send = begun.elapsed().saturating_sub(planned);
    reconcile::finish_due(&app).await?;
    let cpu = cpu_seconds() - cpu;
    check(args, &app, id).await?;
    app.db.close().await;
    Ok(Figures { plan: planned, send, calls, cpu, peak: memory.most_megabytes() })
}

/// An office with its staff and all its friends.
///
/// # Errors
/// As the database says.
pub(super) async fn staffed(args: &Args, url: &str, line: &str) -> Result<(App, Vec<LineUserId>)> {
    let app = office(args, url, line).await?;
    let user = |number: usize| LineUserId::parse(&format!("U{number:032x}")).context("32 digits");
    let mut users = (10..10 + args.recipients).map(user).collect::<Result<Vec<_>>>()?;
    if args.personal {
        office::befriend_families(&app, &users).await?;
    } else {
        office::befriend(&app, &users).await?;
    }
    for (desk, number) in [office::AUTHOR].into_iter().chain(office::APPROVERS).zip(1..) {
        office::hire(&app, desk, user(number)?).await?;
        users.push(user(number)?);
    }
    Ok((app, users))
}

async fn office(args: &Args, url: &str, line: &str) -> Result<App> {
    let mut config = Config::local(url, ANY_LOCAL_PORT, ANY_LOCAL_PORT, SECRET);
    // No quiet hours: the bench may run at night. No cap: it sends more than a city does.
    (config.quiet_hours.from, config.quiet_hours.until) = (Time::midnight(), Time::midnight());
    config.limits.hour_recipients = i64::MAX;
    config.line.share = args.share.clamp(1, 100);
    config.send_at_once = args.at_once.try_into()?;
    config.line.api_base = line.to_owned();
    config.line.api_data_base = line.to_owned();
    let db = Db::open(url).await?;
    migrate::run(&db).await?;
    let app = App::new(config, db, Clock::system(), Chance::seeded(1))?;
    musubi::flow::guard::apply_limits(&app).await?;
    Ok(app)
}

async fn check(args: &Args, app: &App, id: BroadcastId) -> Result<()> {
    let mut tx = app.db.read().await?;
    let stored = broadcasts::find(&mut tx, id).await?.context("the broadcast is gone")?;
    let figures = progress::find(&mut tx, &stored).await?;
    let (state, ledger) = if args.plan_only {
        (State::Planned, LedgerState::Planned)
    } else {
        (State::Done, LedgerState::Accepted)
    };
    let there = figures.recipients(ledger);
    if stored.state != state || usize::try_from(there)? != args.recipients {
        bail!("{:?} {:?}: {there} of {} recipients", stored.state, stored.hold(), args.recipients);
    }
    Ok(())
}

fn show(args: &Args, engine: &str, figures: &Figures) {
    let (peak, recipients) = (figures.peak, args.recipients);
    #[allow(clippy::cast_precision_loss)]
    let per_second = if args.plan_only { 0.0 } else { recipients as f64 / figures.send.as_secs_f64() };
    if args.json {
        let figure = json!({
            "bench": "sending", "engine": engine, "recipients": recipients, "latency_ms": args.latency,
            "share_percent": args.share, "at_once": args.at_once,
            "plan_ms": millis(figures.plan), "send_ms": millis(figures.send), "calls": figures.calls,
            "recipients_per_second": per_second, "cpu_seconds": figures.cpu, "peak_megabytes": peak,
        });
        return println!("{figure}");
    }
    println!(
        "{engine:8} {recipients} recipients: planned in {:.0} ms; {} calls of {} ms sent in {:.0} ms \
         ({per_second:.0} recipients/s); {:.1} s processor time, {peak:.0} MB at most",
        millis(figures.plan),
        figures.calls,
        args.latency,
        millis(figures.send),
        figures.cpu,
    );
}

/// Processor seconds of this process; 0 where the system doesn't say.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let tail = stat.rsplit_once(") ").map_or("", |(_, tail)| tail);
    // Fields 14 and 15 of proc(5), in hundredths of a second; the tail begins with field 3.
    let ticks = tail.split(' ').skip(11).take(2).filter_map(|field| field.parse::<f64>().ok());
    ticks.sum::<f64>() / 100.0
}

/// The greatest memory of this process's own (RssAnon), looked at a hundred times a second; what SQLite maps of its file
/// is not counted, because the system takes it back when it wants to.
struct Memory {
    kilobytes: Arc<AtomicU64>,
    task: JoinHandle<()>,
}

impl Memory {
    fn watch() -> Self {
        let kilobytes = Arc::new(AtomicU64::new(0));
        let seen = Arc::clone(&kilobytes);
        let task = tokio::spawn(async move {
            loop {
                seen.fetch_max(own_kilobytes(), Ordering::Relaxed);
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        });
        Self { kilobytes, task }
    }

    fn most_megabytes(self) -> f64 {
        self.task.abort();
        #[allow(clippy::cast_precision_loss)]
        let kilobytes = self.kilobytes.load(Ordering::Relaxed) as f64;
        kilobytes / 1024.0
    }
}

/// 0 where the system doesn't say.
fn own_kilobytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"));
    line.and_then(|rest| rest.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0)
}
