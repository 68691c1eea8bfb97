//! `musubi selftest sending`: broadcasts whose sender is killed, again and again, while LINE misbehaves.
//!
//! Each run takes a copy of a small office's database, a played LINE that counts what every recipient got, and the
//! program in a process of its own. The seed says where the process dies, what LINE does wrong and what staff do in
//! between. When it is over, nobody may have got it twice, nobody planned may be missing, each row of the ledger must
//! agree with LINE, and the sums must be exact. A run that fails is printed with what finds it again.
//!
//! A database is a file in a folder of the run's own, or, with `--database-url`, one that is made on a PostgreSQL server and
//! dropped at the end. None that was there before is ever opened, but for the one by which the server is reached.

pub mod child;
mod deeds;
mod ground;
pub mod letter;
mod life;
mod outcome;
mod restore;
mod run;
mod schedule;
mod template;
mod work;

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Result, bail, ensure};
use musubi::failpoint;
use serde_json::json;
use tokio::task::JoinSet;

use ground::Ground;
use outcome::{Outcome, Tally};
use run::Which;
use template::Template;

use crate::command::serve;

/// What to try.
#[derive(clap::Args)]
pub struct Args {
    /// How many broadcasts
    #[arg(long, default_value_t = 200)]
    runs: u64,
    /// Another seed lets other things go wrong
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The first run; a failure names its own
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// How many at the same time; without, 2 on files and 6 on a server, where a successor waits for seconds until its
    /// predecessor is held for dead
    #[arg(long)]
    at_once: Option<usize>,
    /// On this PostgreSQL server (postgres://…/DATABASE) and not on SQLite files: databases of the test's own,
    /// musubi_selftest_…, are made there and dropped; DATABASE itself is only connected to
    #[arg(long, value_name = "URL", env = "MUSUBI_SELFTEST_DATABASE_URL", hide_env_values = true)]
    database_url: Option<String>,
    /// Leave the database of a run that failed, and say where
    #[arg(long)]
    keep: bool,
    /// One JSON object instead of words
    #[arg(long)]
    json: bool,
    /// Say what each run does
    #[arg(long)]
    verbose: bool,
}

/// Runs the test; one broadcast that ends otherwise than it must is a failure.
///
/// # Errors
/// When the office can't be set up, and in a build that can't be told to die.
pub async fn run(args: &Args) -> Result<ExitCode> {
    ensure!(failpoint::ENABLED, "cargo build --features failpoints で作った musubi で実行してください");
    let ground = Ground::of(args.database_url.as_deref()).await?;
    let done = on(args, &ground).await;
    ground.sweep().await?;
    done
}

async fn on(args: &Args, ground: &Ground) -> Result<ExitCode> {
    let template = Arc::new(Template::make(ground, args.seed).await?);
    let started = Instant::now();
    let mut open = JoinSet::new();
    let tried = tokio::select! {
        tried = all(args, args.at_once.unwrap_or(ground.at_once()), &template, &mut open) => Some(tried),
        () = serve::stop_signal() => None,
    };
    // Nobody may go on making databases when the last are dropped.
    open.shutdown().await;
    let Some(tried) = tried else { bail!("途中で止められました") };
    let (tally, failed) = tried?;
    show(args, &tally, failed, started.elapsed().as_secs_f64());
    Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Plays every run; answers the figures, and how many have failed.
async fn all(
    args: &Args,
    at_once: usize,
    template: &Arc<Template>,
    open: &mut JoinSet<(u64, Result<Outcome>)>,
) -> Result<(Tally, u64)> {
    let (mut tally, mut failed) = (Tally::default(), 0);
    let mut numbers = args.from..args.from + args.runs;
    loop {
        while open.len() < at_once.max(1) {
            let Some(number) = numbers.next() else { break };
            let which = Which { seed: args.seed, number, verbose: args.verbose, keep: args.keep };
            let template = template.clone();
            open.spawn(async move { (number, run::one(&template, which).await) });
        }
        let Some(ended) = open.join_next().await else { return Ok((tally, failed)) };
        match ended? {
            (_, Ok(one)) => tally.add(&one),
            (number, Err(fault)) => {
                failed += 1;
                let server = if args.database_url.is_some() { " --database-url …" } else { "" };
                eprintln!("失敗: --seed {} --from {number} --runs 1 --verbose{server}\n{fault:#}", args.seed);
            }
        }
    }
}

fn show(args: &Args, tally: &Tally, failed: u64, seconds: f64) {
    let unreached: Vec<_> = tally.unreached().collect();
    if args.json {
        let document = json!({
            "selftest": "sending", "seed": args.seed, "from": args.from, "runs": args.runs, "failed": failed,
            "seconds": seconds, "deaths": tally.deaths, "recipients": tally.recipients, "accepted": tally.accepted,
            "unknown": tally.unknown, "rejected": tally.rejected, "skipped": tally.skipped, "stopped": tally.stopped,
            "refused_repetitions": tally.conflicts, "restored": tally.restored, "places": tally.places, "places_not_reached": unreached,
        });
        return println!("{document}");
    }
    println!(
        "{}回の配信({}人)で、送る側を{}回止めました({seconds:.0}秒)。失敗 {failed}回。\n\
         受付 {}、不明 {}、拒否 {}、除外 {}、中止 {}。LINEが断った二度目の送信 {}件。\n\
         途中の写しから戻した配信 {}回。",
        args.runs,
        tally.recipients,
        tally.deaths,
        tally.accepted,
        tally.unknown,
        tally.rejected,
        tally.skipped,
        tally.stopped,
        tally.conflicts,
        tally.restored,
    );
    let reached: Vec<_> = tally.places.iter().map(|(place, deaths)| format!("{place} {deaths}回")).collect();
    println!("止めた場所: {}", reached.join("、"));
    if !unreached.is_empty() {
        println!("通らなかった場所: {}", unreached.join("、"));
    }
}
