//! `musubi bench segments`: how long a rule takes over everybody, how much memory everybody takes, how long loading.
//!
//! It seeds sample towns into SQLite files of its own, loads them as the server does and asks the rules of the
//! repository again and again. One thread asks; nothing else runs.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Result;
use musubi::app::App;
use musubi::chance::Chance;
use musubi::clock::Clock;
use musubi::config::{ANY_LOCAL_PORT, Config};
use musubi::db::{Db, migrate};
use musubi::domain::sample_town::DEMO_SEED;
use musubi::domain::segment::Segment;
use musubi::flow::register::CONSENT_VERSION;
use musubi::flow::seed::{Town, seed};
use serde_json::json;

use super::millis;

/// What to measure.
#[derive(clap::Args)]
pub struct Args {
    /// Persons in each town; a friend brings about two
    #[arg(long, value_delimiter = ',', default_value = "3000,300000")]
    persons: Vec<usize>,
    /// How often each rule is asked
    #[arg(long, default_value_t = 60)]
    rounds: usize,
    /// One JSON object a figure instead of a table
    #[arg(long)]
    json: bool,
}

/// Runs the bench.
///
/// # Errors
/// When a town can't be made or a rule of the repository can't be read.
pub async fn run(args: &Args) -> Result<()> {
    let folder = std::env::temp_dir().join(format!("musubi-bench-segments-{}", std::process::id()));
    for persons in &args.persons {
        std::fs::create_dir_all(&folder)?;
        let measured = town(args, &folder, *persons).await;
        std::fs::remove_dir_all(&folder)?;
        measured?;
    }
    Ok(())
}

async fn town(args: &Args, folder: &Path, persons: usize) -> Result<()> {
    let app = office(folder).await?;
    let friends = friends_for(&app, persons);
    let started = Instant::now();
    seed(&app, Town { seed: DEMO_SEED, accounts: friends, consent_version: CONSENT_VERSION }).await?;
    let seeding = started.elapsed();
    let started = Instant::now();
    app.population.refresh(&app.db).await?;
    let loading = started.elapsed();
    let (accounts, persons, bytes) = app.population.size();
    say(args, "seed", persons, &[("seconds", seeding.as_secs_f64())]);
    #[allow(clippy::cast_precision_loss)]
    let per_person = bytes as f64 / persons as f64;
    #[allow(clippy::cast_precision_loss)]
    let figures =
        [("seconds", loading.as_secs_f64()), ("bytes a person", per_person), ("accounts", accounts as f64)];
    say(args, "load", persons, &figures);
    for (path, segment) in app.library().await?.list() {
        measure(args, &app, (path, segment), persons);
    }
    app.db.close().await;
    Ok(())
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

fn measure(args: &Args, app: &App, (path, segment): (&str, &Segment), persons: usize) {
    let today = app.clock.today();
    let found = app.population.count(segment, today, Some("kenshin")).accounts.target;
    let counts = times(args.rounds, || drop(app.population.count(segment, today, Some("kenshin"))));
    let lists = times(args.rounds, || drop(app.population.recipients(segment, today, Some("kenshin"))));
    #[allow(clippy::cast_precision_loss)]
    let figures = [
        ("targets", found as f64),
        ("count p50 ms", at(&counts, 50)),
        ("count p95 ms", at(&counts, 95)),
        ("list p50 ms", at(&lists, 50)),
        ("list p95 ms", at(&lists, 95)),
    ];
    say(args, path, persons, &figures);
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
    println!("{persons:>8} persons  {what:<28} {}", said.join("   "));
}
