//! `musubi bench segments`: how long a rule takes over everybody, how much memory everybody takes, how long loading.
//!
//! It seeds sample towns into SQLite files of its own, loads them as the server does and asks ten representative rules
//! again and again; beside them, in the same run and checked to answer the same, SQL on the application's tables, SQL on
//! tables made for it, and a loop written by hand over the bytes that the rule touches. One thread asks; nothing else runs.

mod fused;
mod own;
mod rival;
mod rules;

use std::collections::BTreeMap;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use jiff::civil::Date;
use musubi::app::App;
use musubi::chance::Chance;
use musubi::clock::Clock;
use musubi::config::{ANY_LOCAL_PORT, Config};
use musubi::db::{Db, migrate};
use musubi::domain::attribute::Catalogue;
use musubi::domain::ids::AccountId;
use musubi::domain::sample_town::{self, DEMO_SEED};
use musubi::domain::segment::library::Library;
use musubi::domain::segment::person::evaluate;
use musubi::flow::register::CONSENT_VERSION;
use musubi::flow::seed::{SeedError, Town, seed};
use musubi::population::Snapshot;
use musubi::store::accounts::{self, By};
use serde_json::json;

use super::millis;
use fused::Arrays;
use own::Own;
use rival::Rival;
use rules::TEN;

/// What to measure.
#[derive(clap::Args)]
pub struct Args {
    /// Persons in each town; a friend brings about two
    #[arg(long, value_delimiter = ',', default_value = "100000,1000000")]
    persons: Vec<usize>,
    /// How often each rule is asked
    #[arg(long, default_value_t = 60)]
    rounds: usize,
    /// Above so many persons nothing goes through a database: no load, no refresh, no SQL
    #[arg(long, default_value_t = 2_000_000)]
    database_up_to: usize,
    /// Keep the towns in this folder, and use those that are there
    #[arg(long)]
    keep: Option<PathBuf>,
    /// One JSON object a figure instead of a table
    #[arg(long)]
    json: bool,
}

/// Runs the bench.
///
/// # Errors
/// When a town can't be made or the three ways to count don't agree.
pub async fn run(args: &Args) -> Result<()> {
    check_files(args);
    for persons in &args.persons {
        let folder = match &args.keep {
            Some(folder) => folder.join(persons.to_string()),
            None => std::env::temp_dir().join(format!("musubi-bench-segments-{}", std::process::id())),
        };
        std::fs::create_dir_all(&folder)?;
        let measured = town(args, &folder, *persons).await;
        if args.keep.is_none() {
            std::fs::remove_dir_all(&folder)?;
        }
        measured?;
    }
    Ok(())
}

async fn town(args: &Args, folder: &Path, persons: usize) -> Result<()> {
    let app = office(folder).await?;
    let today = app.clock.today();
    let friends = friends_for(&app, persons);
    let mut arrays = Arrays::new(&app.catalogue, today);
    for friend in sample_town::generate(DEMO_SEED, friends, today, &app.catalogue) {
        arrays.push(&app.catalogue, &friend.household);
    }
    let stored = persons <= args.database_up_to;
    let snapshot =
        if stored { load(args, &app, friends).await? } else { in_memory(&app.catalogue, friends, today) };
    #[allow(clippy::cast_precision_loss)]
    let per_person = snapshot.bytes() as f64 / snapshot.persons() as f64;
    #[allow(clippy::cast_precision_loss)]
    let accounts = snapshot.accounts() as f64;
    say(args, "size", persons, &[("bytes a person", per_person), ("accounts", accounts)]);
    let mut sql = if stored {
        let own = Own::open(&folder.join("town.db"), &arrays).await?;
        Some((own, Rival::fill(&folder.join("rival.db"), &arrays).await?))
    } else {
        None
    };
    let mut ratios = Ratios::default();
    for at in 0..TEN.len() {
        measure(args, (&snapshot, &app.catalogue, today), (&arrays, &mut sql), at, &mut ratios).await?;
    }
    ratios.say(args, persons);
    explain(args, &app.catalogue, today, persons)?;
    app.db.close().await;
    Ok(())
}

/// Through the database, as the server does it.
async fn load(args: &Args, app: &App, friends: usize) -> Result<Snapshot> {
    let started = Instant::now();
    let town = Town { seed: DEMO_SEED, accounts: friends, consent_version: CONSENT_VERSION };
    match seed(app, town).await {
        Err(SeedError::NotEmpty) if args.keep.is_some() => {}
        seeded => _ = seeded?,
    }
    let seeding = started.elapsed();
    let started = Instant::now();
    app.population.refresh(&app.db).await?;
    let loading = started.elapsed();
    let persons = app.population.size().1;
    say(args, "seed", persons, &[("seconds", seeding.as_secs_f64())]);
    say(args, "load", persons, &[("seconds", loading.as_secs_f64())]);
    refresh(args, app, persons).await?;
    Ok(app.population.snapshot().unwrap_or_else(|| Snapshot::empty(Arc::clone(&app.catalogue), 0)))
}

/// A thousand residents change their registration, as often as the rounds say but at most ten times.
async fn refresh(args: &Args, app: &App, persons: usize) -> Result<()> {
    let known = app.population.snapshot().unwrap_or_else(|| Snapshot::empty(Arc::clone(&app.catalogue), 0));
    let ids: Vec<AccountId> = known.ids().step_by((known.accounts() / 1_000).max(1)).take(1_000).collect();
    drop(known);
    let mut taken = Vec::new();
    for _ in 0..args.rounds.clamp(1, 10) {
        let mut tx = app.db.write().await?;
        for id in &ids {
            accounts::touch(&mut tx, *id, "changed", By { actor: "bench", at: app.clock.now() }).await?;
        }
        tx.commit().await?;
        let started = Instant::now();
        app.population.refresh(&app.db).await?;
        taken.push(started.elapsed());
    }
    taken.sort_unstable();
    say(args, "refresh of 1,000", persons, &[("p50 ms", at(&taken, 50)), ("p95 ms", at(&taken, 95))]);
    Ok(())
}

/// Without a database, where a file of it would take too long.
fn in_memory(catalogue: &Arc<Catalogue>, friends: usize, today: Date) -> Snapshot {
    let mut snapshot = Snapshot::empty(Arc::clone(catalogue), 0);
    snapshot.set_coverage(sample_town::coverage(today));
    let town = sample_town::generate(DEMO_SEED, friends, today, catalogue);
    for (number, friend) in (0u128..).zip(town) {
        snapshot.put(AccountId(uuid::Uuid::from_u128(number)), &friend.household);
    }
    snapshot.shrink();
    snapshot
}

async fn office(folder: &Path) -> Result<App> {
    let url = format!("sqlite:{}", folder.join("town.db").display());
    let db = Db::open(&url).await?;
    migrate::run(&db).await?;
    let config = Config::local(&url, ANY_LOCAL_PORT, ANY_LOCAL_PORT, "0123456789abcdef0123456789abcdef");
    let _ = rustls::crypto::ring::default_provider().install_default();
    Ok(App::new(config, db, Clock::system(), Chance::seeded(1))?)
}

/// How many friends bring so many persons: the town is counted, not guessed.
fn friends_for(app: &App, persons: usize) -> usize {
    let today = app.clock.today();
    let mut sum = 0;
    musubi::domain::sample_town::generate(DEMO_SEED, persons * 2, today, &app.catalogue)
        .take_while(|friend| {
            sum += friend.household.persons.len();
            sum <= persons
        })
        .count()
}

async fn measure(
    args: &Args,
    (snapshot, catalogue, today): (&Snapshot, &Catalogue, Date),
    (arrays, sql): (&Arrays, &mut Option<(Own, Rival)>),
    number: usize,
    ratios: &mut Ratios,
) -> Result<()> {
    let question = &TEN[number];
    let segment = question.segment(catalogue)?;
    let found = snapshot.count(&segment, today, None).accounts;
    let limit = arrays.count(number);
    ensure!(
        limit == (found.target, found.unknown),
        "{}: {found:?} in columns, {limit:?} by hand",
        question.name
    );
    let counts = times(args.rounds, || _ = black_box(snapshot.count(&segment, today, None)));
    let lists = times(args.rounds, || _ = black_box(snapshot.recipients(&segment, today, None)));
    let limits = times(args.rounds, || _ = black_box(arrays.count(number)));
    let (ours, limit) = (at(&counts, 50), at(&limits, 50));
    #[allow(clippy::cast_precision_loss)]
    let mut figures = vec![
        ("targets", found.target as f64),
        ("count p50 ms", ours),
        ("count p95 ms", at(&counts, 95)),
        ("list p50 ms", at(&lists, 50)),
        ("list p95 ms", at(&lists, 95)),
        ("by hand p50 ms", limit),
        ("/ by hand", ours / limit),
    ];
    ratios.add("count / by hand", ours / limit);
    if let Some((own, rival)) = sql {
        let (mut on_own, mut tailored) = (Vec::new(), Vec::new());
        for _ in 0..args.rounds.clamp(1, 5) {
            on_own.push(timed(own.count(question.own), found.target).await?);
            tailored.push(timed(rival.count(question.sql), found.target).await?);
        }
        on_own.sort_unstable();
        tailored.sort_unstable();
        let (on_own, tailored) = (at(&on_own, 50), at(&tailored, 50));
        figures.extend([("own tables p50 ms", on_own), ("own tables /", on_own / ours)]);
        figures.extend([("tailored p50 ms", tailored), ("tailored /", tailored / ours)]);
        ratios.add("own tables / count", on_own / ours);
        ratios.add("tailored SQLite / count", tailored / ours);
    }
    say(args, question.name, snapshot.persons(), &figures);
    Ok(())
}

async fn timed(count: impl Future<Output = Result<u64>>, expected: u64) -> Result<Duration> {
    let started = Instant::now();
    let found = count.await?;
    let taken = started.elapsed();
    ensure!(found == expected, "SQLite finds {found}, the columns find {expected}");
    Ok(taken)
}

/// Ratios of the ten rules, taken within one run.
#[derive(Default)]
struct Ratios(BTreeMap<&'static str, Vec<f64>>);

impl Ratios {
    fn add(&mut self, what: &'static str, ratio: f64) {
        self.0.entry(what).or_default().push(ratio);
    }

    fn say(&self, args: &Args, persons: usize) {
        for (what, ratios) in &self.0 {
            #[allow(clippy::cast_precision_loss)]
            let mean = (ratios.iter().map(|ratio| ratio.ln()).sum::<f64>() / ratios.len() as f64).exp();
            let worst = ratios.iter().copied().fold(f64::MIN, f64::max);
            let least = ratios.iter().copied().fold(f64::MAX, f64::min);
            say(args, what, persons, &[("geometric mean", mean), ("least", least), ("most", worst)]);
        }
    }
}

/// One person at a time: what a member of staff asks for with 「なぜ」.
fn explain(args: &Args, catalogue: &Catalogue, today: Date, persons: usize) -> Result<()> {
    let segment = TEN[TEN.len() - 1].segment(catalogue)?;
    let town: Vec<_> = sample_town::generate(DEMO_SEED, 1_000, today, catalogue).collect();
    let mut people = town.iter().cycle();
    let taken = times(1_000, || {
        let household = people.next().map(|one| &one.household);
        _ = black_box(household.map(|household| evaluate(&segment, catalogue, household, today, None)));
    });
    say(args, "explain one account", persons, &[("p50 ms", at(&taken, 50)), ("p95 ms", at(&taken, 95))]);
    Ok(())
}

/// 200 rule files with an example each.
fn check_files(args: &Args) {
    let (catalogue, today) = (Catalogue::builtin(), Clock::system().today());
    let file = |number: usize| {
        let text = format!(
            "名前: 計測{number}\n目的: 計測\n所管: 広報課\n根拠: 計測\n想定人数: 1〜1000\n見直し期限: 2099-03-31\n\n\
             対象: すべて\n  - 年度末年齢 {}〜74\n  - 保険 国保\n  - 家族のだれか\n    - 年齢 {}以下\n\n例:\n  \
             対象外 | 基準日 2026-07-01 | 生年月日 2010-04-01 | 保険 国保\n",
            20 + number % 40,
            number % 18
        );
        (format!("bench/{number}.seg"), text)
    };
    let sources: Vec<_> = (0..200).map(file).collect();
    let taken = times(5, || _ = black_box(Library::from_sources(sources.clone(), &catalogue, today)));
    say(args, "check of 200 files", 0, &[("p50 ms", at(&taken, 50)), ("p95 ms", at(&taken, 95))]);
}

fn times(rounds: usize, mut ask: impl FnMut()) -> Vec<Duration> {
    let mut taken: Vec<_> = (0..rounds.max(1))
        .map(|_| {
            let started = Instant::now();
            ask();
            started.elapsed()
        })
        .collect();
    taken.sort_unstable();
    taken
}

/// The percentile of sorted times, in milliseconds.
fn at(sorted: &[Duration], percent: usize) -> f64 {
    let last = sorted.len() - 1;
    millis(sorted[last * percent / 100])
}

fn say(args: &Args, what: &str, persons: usize, figures: &[(&str, f64)]) {
    if args.json {
        for (figure, value) in figures {
            println!(
                "{}",
                json!({"bench": "segments", "what": what, "persons": persons, "figure": figure, "value": value})
            );
        }
        return;
    }
    let said: Vec<_> = figures.iter().map(|(figure, value)| format!("{figure} {value:.3}")).collect();
    println!("{persons:>8} persons  {what:<36} {}", said.join("   "));
}
