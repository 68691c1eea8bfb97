//! `musubi selftest sending`: broadcasts whose sender is killed, again and again, while LINE misbehaves.
//!
//! Each run takes a copy of a small office's database, a played LINE that counts what every recipient got, and the
//! program in a process of its own. The seed says where the process dies, what LINE does wrong and what staff do in
//! between. When it is over, nobody may have got it twice, nobody planned may be missing, each row of the ledger must
//! agree with LINE, and the sums must be exact. A run that fails is printed with what finds it again.

pub mod child;
pub mod letter;
mod life;
mod outcome;
mod restore;
mod run;
mod schedule;
mod template;

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Result, ensure};
use musubi::failpoint;
use serde_json::json;
use tokio::task::JoinSet;

use outcome::Tally;
use template::Template;

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
    /// How many at the same time
    #[arg(long, default_value_t = 2)]
    at_once: usize,
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
    let template = Arc::new(Template::make().await?);
    let (started, mut tally, mut failed) = (Instant::now(), Tally::default(), 0_u64);
    let mut numbers = args.from..args.from + args.runs;
    let mut open = JoinSet::new();
    loop {
        while open.len() < args.at_once.max(1) {
            let Some(number) = numbers.next() else { break };
            let (template, seed, verbose) = (template.clone(), args.seed, args.verbose);
            open.spawn(async move { (number, run::one(&template, seed, number, verbose).await) });
        }
        let Some(ended) = open.join_next().await else { break };
        match ended? {
            (_, Ok(one)) => tally.add(&one),
            (number, Err(fault)) => {
                failed += 1;
                eprintln!("失敗: --seed {} --from {number} --runs 1 --verbose\n{fault:#}", args.seed);
            }
        }
    }
    show(args, &tally, failed, started.elapsed().as_secs_f64());
    Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
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
