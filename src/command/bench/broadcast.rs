//! `musubi bench broadcast`: from approval to the last acceptance, against the played LINE with the latency of a real
//! one.
//!
//! The whole way is real: accounts in the database, four eyes, plan, ledger, claims, calls, settled answers. LINE is
//! played in the same process, but on threads of its own, so that our processor time can be told from LINE's.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use jiff::civil::Time;
use musubi::app::App;
use musubi::chance::Chance;
use musubi::clock::Clock;
use musubi::config::{ANY_LOCAL_PORT, Config};
use musubi::db::{Db, migrate};
use musubi::domain::broadcast::{Class, LedgerState, State, opening};
use musubi::domain::ids::{AccountId, BroadcastId, LineUserId};
use musubi::domain::message::Content;
use musubi::domain::staff::{Role, StaffMember};
use musubi::flow::broadcast::{self, Draft, Seen};
use musubi::flow::{deliver, plan, reconcile, staff};
use musubi::simulator::{Simulator, SimulatorConfig};
use musubi::store::town::{self, NewAccount};
use musubi::store::{broadcasts, progress};
use serde_json::json;
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;

use super::millis;

const LINE_THREADS: &str = "played-line";

/// What to measure.
#[derive(clap::Args)]
pub struct Args {
    /// Recipients of the broadcast
    #[arg(long, default_value_t = 100_000)]
    recipients: usize,
    /// How long LINE takes to answer, in milliseconds
    #[arg(long, default_value_t = 100)]
    latency: u64,
    /// A PostgreSQL database to measure as well; it must be empty
    #[arg(long)]
    postgres: Option<String>,
    /// One JSON object an engine instead of a table
    #[arg(long)]
    json: bool,
}

/// Runs the bench.
///
/// # Errors
/// When a database can't be opened or the broadcast does not reach everybody.
pub async fn run(args: &Args) -> Result<()> {
    let folder = std::env::temp_dir().join(format!("musubi-bench-broadcast-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let mut engines = vec![("sqlite", format!("sqlite:{}", folder.join("bench.db").display()))];
    engines.extend(args.postgres.clone().map(|url| ("postgres", url)));
    // A runtime can't be dropped inside another one, so both outlive the measurement.
    let line = tokio::task::spawn_blocking(line_threads).await??;
    let outcome = measure_all(args, &engines, &line).await;
    line.shutdown_background();
    std::fs::remove_dir_all(folder)?;
    outcome
}

async fn measure_all(args: &Args, engines: &[(&str, String)], line: &Runtime) -> Result<()> {
    for (name, url) in engines {
        show(args, name, &measure(args, url, line).await?);
    }
    Ok(())
}

fn line_threads() -> Result<Runtime> {
    let mut threads = tokio::runtime::Builder::new_multi_thread();
    Ok(threads.worker_threads(1).thread_name(LINE_THREADS).enable_all().build()?)
}

struct Figures {
    plan: Duration,
    send: Duration,
    total: Duration,
    calls: usize,
    cpu: f64,
}

async fn measure(args: &Args, url: &str, line: &Runtime) -> Result<Figures> {
    let (app, simulator) = office(args, url, line).await?;
    people(&app, &simulator, args.recipients).await?;
    let id = approved(&app, &simulator).await?;
    let (begun, cpu) = (Instant::now(), cpu_seconds());
    plan::plan_due(&app).await?;
    let planned = begun.elapsed();
    let calls = deliver::send_due(&app, &CancellationToken::new()).await?;
    let sent = begun.elapsed();
    reconcile::finish_due(&app).await?;
    let cpu = cpu_seconds() - cpu;
    check(&app, id, args.recipients).await?;
    simulator.shutdown();
    app.db.close().await;
    Ok(Figures { plan: planned, send: sent.saturating_sub(planned), total: sent, calls, cpu })
}

async fn office(args: &Args, url: &str, line: &Runtime) -> Result<(App, Simulator)> {
    let mut config = Config::local(url, ANY_LOCAL_PORT, ANY_LOCAL_PORT, "0123456789abcdef0123456789abcdef");
    // No quiet hours: the bench may run at night.
    (config.quiet_hours.from, config.quiet_hours.until) = (Time::midnight(), Time::midnight());
    let platform = SimulatorConfig {
        channel_id: config.line.channel_id.clone(),
        latency: Duration::from_millis(args.latency),
        ..SimulatorConfig::sample(Clock::system(), Chance::seeded(2))
    };
    let simulator = line.spawn(Simulator::start(platform)).await??;
    config.line.api_base = simulator.base_url().to_owned();
    config.line.api_data_base = simulator.base_url().to_owned();
    let db = Db::open(url).await?;
    migrate::run(&db).await?;
    Ok((App::new(config, db, Clock::system(), Chance::seeded(1))?, simulator))
}

async fn people(app: &App, simulator: &Simulator, count: usize) -> Result<()> {
    let now = app.clock.now();
    for part in simulator.add_friends_silently(count).chunks(5_000) {
        let account = |user: &LineUserId| NewAccount {
            id: AccountId(app.chance.uuid_v7(now)),
            line_user_id: user.clone(),
            following: true,
            stopped: false,
            attributes: json!({}),
            declined_topics: json!([]),
            consent: None,
            persons: Vec::new(),
        };
        let accounts: Vec<_> = part.iter().map(account).collect();
        let mut tx = app.db.write().await?;
        town::insert(&mut tx, &accounts, now).await?;
        tx.commit().await?;
    }
    Ok(())
}

async fn approved(app: &App, simulator: &Simulator) -> Result<BroadcastId> {
    let author = clerk(app, simulator, (Role::Editor, 1)).await?;
    let draft = Draft {
        class: Class::Ordinary,
        title: "見本の配信".to_owned(),
        series: "見本".to_owned(),
        topic: "kenshin".to_owned(),
        segment_path: "oshirase/zenin".to_owned(),
        content: Content::japanese_text("特定健診の予約が始まりました。"),
        scheduled_at: None,
        expires_at: None,
    };
    let id = broadcast::create(app, &author, draft).await?;
    broadcast::send_test(app, &author, id).await?;
    let draft = broadcasts::find(&mut app.db.read().await?, id).await?.context("the broadcast is gone")?;
    let cautions = broadcast::cautions(app, &draft).await?;
    broadcast::submit(app, &author, (id, 1), &cautions).await?;
    let stored = broadcasts::find(&mut app.db.read().await?, id).await?.context("the broadcast is gone")?;
    let seen = Seen {
        hash: stored.submitted_hash.clone().unwrap_or_default(),
        typed_count: stored.submitted_count.unwrap_or(0),
    };
    for number in 1..=stored.approvals_needed {
        let approver = clerk(app, simulator, (Role::Approver, number)).await?;
        for part in opening::to_open(&stored.content) {
            broadcast::open_part(app, &approver, id, &part.id).await?;
        }
        broadcast::approve(app, &approver, id, &seen).await?;
    }
    Ok(id)
}

async fn clerk(app: &App, simulator: &Simulator, (role, number): (Role, i64)) -> Result<StaffMember> {
    let own = simulator.add_person("見本 職員");
    simulator.know_friend(&own, "見本 職員");
    let newcomer = staff::Newcomer {
        login: format!("{}{number}", role.as_str()),
        name: "見本 職員".to_owned(),
        department: "広報課".to_owned(),
        roles: [role].into_iter().collect(),
        password: "見本のとてもとても長い合言葉".into(),
        line_user_id: Some(own),
    };
    let id = staff::add(&app.base(), newcomer).await?;
    Ok(StaffMember { id, name: "見本 職員".to_owned(), roles: [role].into_iter().collect() })
}

async fn check(app: &App, id: BroadcastId, recipients: usize) -> Result<()> {
    let mut tx = app.db.read().await?;
    let stored = broadcasts::find(&mut tx, id).await?.context("the broadcast is gone")?;
    let accepted = progress::find(&mut tx, &stored).await?.recipients(LedgerState::Accepted);
    if stored.state != State::Done || usize::try_from(accepted)? != recipients {
        bail!("{:?}: {accepted} of {recipients} accepted", stored.state);
    }
    Ok(())
}

fn show(args: &Args, engine: &str, figures: &Figures) {
    let (peak, recipients) = (peak_megabytes(), args.recipients);
    #[allow(clippy::cast_precision_loss)]
    let per_second = recipients as f64 / figures.send.as_secs_f64();
    if args.json {
        let figure = json!({
            "bench": "broadcast", "engine": engine, "recipients": recipients, "latency_ms": args.latency,
            "plan_ms": millis(figures.plan), "send_ms": millis(figures.send), "total_ms": millis(figures.total),
            "calls": figures.calls, "recipients_per_second": per_second, "cpu_seconds": figures.cpu,
            "peak_megabytes_with_line": peak,
        });
        return println!("{figure}");
    }
    println!(
        "{engine:8} {recipients} recipients, {} calls of {} ms: planned in {:.0} ms, sent in {:.0} ms ({per_second:.0}/s), \
         approval to last acceptance {:.0} ms; {:.1} s processor time, {peak:.0} MB at most (the played LINE included)",
        figures.calls,
        args.latency,
        millis(figures.plan),
        millis(figures.send),
        millis(figures.total),
        figures.cpu,
    );
}

/// Processor seconds of all threads but LINE's; 0 where the system doesn't say.
fn cpu_seconds() -> f64 {
    let tasks = std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    tasks.map(|task| thread_seconds(&task.path()).unwrap_or(0.0)).sum()
}

fn thread_seconds(task: &Path) -> Option<f64> {
    let stat = std::fs::read_to_string(task.join("stat")).ok()?;
    let (head, tail) = stat.rsplit_once(") ")?;
    if head.ends_with(LINE_THREADS) {
        return Some(0.0);
    }
    // Fields 14 and 15 of proc(5), in hundredths of a second; the tail begins with field 3.
    let mut fields = tail.split(' ').skip(11);
    let mut ticks = || fields.next()?.parse::<f64>().ok();
    Some((ticks()? + ticks()?) / 100.0)
}

/// The greatest memory this process has had (VmHWM), in megabytes; 0 where the system doesn't say.
fn peak_megabytes() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|rest| rest.trim().trim_end_matches(" kB").parse::<f64>().ok());
    kilobytes.unwrap_or(0.0) / 1024.0
}
