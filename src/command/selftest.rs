//! `musubi selftest segments`: the engine against the evaluator of one person, on as many generated cases as asked for;
//! `musubi selftest hostile`: how long files take that were made to take long.
//!
//! For a nightly run; the test suite tries fewer. Needs no database and no settings. A difference is printed with the
//! seed and the block that find it again, and ends the run with failure.

pub mod sending;

use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::civil::Date;
use musubi::domain::attribute::Catalogue;
use musubi::domain::segment::generate::{every_kind, hostile};
use musubi::domain::segment::library::Library;
use musubi::population::selftest::{Difference, Tried, block};
use serde_json::json;

/// What to try.
#[derive(clap::Args)]
pub struct Args {
    /// How many (rule, person, date) triples at least
    #[arg(long, default_value_t = 10_000_000)]
    cases: u64,
    /// Another seed tries other rules and people
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The first block; a difference names its own
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// One JSON object instead of words
    #[arg(long)]
    json: bool,
}

/// Files don't depend on the day.
const TODAY: Date = Date::constant(2026, 11, 22);
/// So often one hears how far it is.
const PROGRESS: Duration = Duration::from_secs(5);

/// Runs the test; a difference is a failure.
#[must_use]
pub fn segments(args: &Args) -> ExitCode {
    let catalogue = Arc::new(every_kind());
    let (started, mut said) = (Instant::now(), Instant::now());
    let mut tried = Tried::default();
    for number in args.from.. {
        match block(args.seed, number, &catalogue) {
            Ok(one) => tried = tried.and(one),
            Err(difference) => return failed(args, &difference),
        }
        if args.cases <= tried.triples {
            break;
        }
        if PROGRESS <= said.elapsed() {
            said = Instant::now();
            eprintln!("{}/{}件({:.0}件/秒)", tried.triples, args.cases, rate(&tried, started.elapsed()));
        }
    }
    passed(args, &tried, started.elapsed());
    ExitCode::SUCCESS
}

/// No file may take longer.
const LONGEST: Duration = Duration::from_millis(50);
/// The best of so many tries counts: other work on the machine is not the file's fault.
const TRIES: usize = 5;

/// Measures every hostile file; one that takes too long is a failure (a debug build is too slow for it).
#[must_use]
pub fn hostile_files() -> ExitCode {
    let catalogue = Catalogue::builtin();
    let shared = include_str!("../../segments/共通/特定健診の対象.seg").to_owned();
    let library = Library::from_sources(vec![("共通/特定健診の対象".to_owned(), shared)], &catalogue, TODAY);
    let mut worst = Duration::ZERO;
    for (name, text) in hostile() {
        let tries = (0..TRIES).map(|_| {
            let started = Instant::now();
            let (report, _) = library.review("x", &text, &catalogue, TODAY);
            (started.elapsed(), report.diagnostics.len(), report.diagnostics.first().map(|one| one.code))
        });
        let (taken, found, first) = tries.min().unwrap_or_default();
        worst = worst.max(taken);
        let (taken, first) = (taken.as_secs_f64() * 1_000.0, first.unwrap_or("-"));
        println!("{taken:8.2} ms  {:6}バイト  指摘{found:4}件({first}…)  {name}", text.len());
    }
    println!("いちばん長いもの {:.2} ms(上限 {} ms)", worst.as_secs_f64() * 1_000.0, LONGEST.as_millis());
    if worst < LONGEST { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

#[allow(clippy::cast_precision_loss)]
fn rate(tried: &Tried, taken: Duration) -> f64 {
    tried.triples as f64 / taken.as_secs_f64().max(f64::MIN_POSITIVE)
}

fn passed(args: &Args, tried: &Tried, taken: Duration) {
    let Tried { triples, rules, answers } = tried;
    let (seconds, rate) = (taken.as_secs_f64(), rate(tried, taken));
    if args.json {
        let document = json!({
            "selftest": "segments", "seed": args.seed, "triples": triples, "rules": rules, "seconds": seconds,
            "triples_per_second": rate, "differences": 0,
            "target": answers.target, "not_target": answers.not_target, "excluded": answers.excluded,
            "unknown": answers.unknown,
        });
        println!("{document}");
        return;
    }
    println!("違いはありません: {rules}の条件で{triples}件を調べました({seconds:.1}秒、{rate:.0}件/秒)。");
    println!(
        "対象 {}、対象外 {}、除外 {}、不明 {}",
        answers.target, answers.not_target, answers.excluded, answers.unknown
    );
}

fn failed(args: &Args, difference: &Difference) -> ExitCode {
    if args.json {
        let Difference { seed, block, rule, as_of, topic, what, text } = difference;
        let document = json!({
            "selftest": "segments", "seed": seed, "block": block, "rule": rule, "as_of": as_of, "topic": topic,
            "differences": 1, "what": what, "text": text,
        });
        println!("{document}");
    } else {
        println!("{difference}");
    }
    ExitCode::FAILURE
}
