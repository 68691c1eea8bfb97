//! `musubi import residents|events FILE.csv`: says what a file would change, and changes it when told to.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result, anyhow};
use clap::Args;
use musubi::app::load_catalogue;
use musubi::chance::Chance;
use musubi::clock::Clock;
use musubi::domain::attribute::Catalogue;
use musubi::domain::history::{EventKind, Since};
use musubi::flow::import::{self, Desk, Encoding, Problem, Report, events};

/// What to import.
#[derive(Args)]
pub struct Options {
    /// The CSV file (UTF-8 or CP932)
    file: PathBuf,
    /// Write it; without this the file is only looked at
    #[arg(long)]
    apply: bool,
    /// Leave wrong rows out instead of writing nothing
    #[arg(long, requires = "apply")]
    skip_errors: bool,
}

/// Looks at a file, and writes it where told to.
///
/// # Errors
/// When the settings, the database or the file can't be used.
pub async fn run(options: Options) -> Result<ExitCode> {
    let settings = match super::serve::database_settings() {
        Ok(settings) => settings,
        Err(code) => return Ok(code),
    };
    let db = super::serve::open(&settings.database_url).await?;
    let catalogue = load_catalogue(&settings.segments_dir)?;
    let desk = Desk { db: &db, catalogue: &catalogue, clock: &Clock::system(), chance: &Chance::system() };
    let wanted = import::Options { apply: options.apply, skip_errors: options.skip_errors };
    let mut told = 0;
    let mut progress = |rows: u64| {
        if told + 5_000 <= rows {
            eprintln!("{rows}行");
            told = rows;
        }
    };
    let report = import::run(&desk, &options.file, wanted, &mut progress).await?;
    tell(&report, &options);
    let is_fine = report.wrong == 0 || report.is_applied;
    Ok(if is_fine { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn tell_problems(encoding: Encoding, problems: &[Problem]) {
    println!("文字コード: {}", encoding.name());
    for problem in problems {
        let column =
            if problem.column.is_empty() { String::new() } else { format!(" 「{}」", problem.column) };
        println!("{}行目{column}: {}", problem.line, problem.message);
    }
}

fn tell(report: &Report, options: &Options) {
    tell_problems(report.encoding, &report.problems);
    println!(
        "{}行: 新しく結び付け {} / 変更 {} / 変更なし {} / 登録のない人 {} / 誤り {}",
        report.rows, report.new, report.changed, report.unchanged, report.unregistered, report.wrong
    );
    match (report.is_applied, report.wrong, options.apply) {
        (true, 0, _) => println!("反映しました。"),
        (true, ..) => println!("誤りのない行だけを反映しました。"),
        (false, 0, _) => println!("まだ反映していません。よければ --apply を付けて実行してください。"),
        (false, _, true) => {
            println!("誤りがあるため、何も反映していません。直すか、--skip-errors を付けてください。")
        }
        (false, ..) => println!("何も反映していません。誤りを直してから、--apply を付けて実行してください。"),
    }
}

/// Which events to import.
#[derive(Args)]
pub struct EventOptions {
    /// The CSV file (UTF-8 or CP932)
    file: PathBuf,
    /// Write it; without this the file is only looked at
    #[arg(long)]
    apply: bool,
    /// The records of this programme are complete since --since: from then on no row means "never"
    #[arg(long, requires = "since", value_name = "PROGRAMME")]
    complete: Option<String>,
    /// The first complete fiscal year, or `beginning`
    #[arg(long, requires = "complete", value_name = "YEAR")]
    since: Option<String>,
    /// What is complete: 受診 or 予約
    #[arg(long, requires = "complete", default_value = "受診")]
    kind: String,
}

/// Looks at a register of check-ups and bookings, and writes it where told to.
///
/// # Errors
/// When the settings, the database or the file can't be used.
pub async fn run_events(options: EventOptions) -> Result<ExitCode> {
    let settings = match super::serve::database_settings() {
        Ok(settings) => settings,
        Err(code) => return Ok(code),
    };
    let catalogue = load_catalogue(&settings.segments_dir)?;
    let complete = complete(&options, &catalogue)?;
    let db = super::serve::open(&settings.database_url).await?;
    let desk = Desk { db: &db, catalogue: &catalogue, clock: &Clock::system(), chance: &Chance::system() };
    let wanted = events::Options { apply: options.apply, complete };
    let report = events::run(&desk, &options.file, &wanted).await?;
    tell_events(&report, &options);
    Ok(if report.wrong == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn complete(options: &EventOptions, catalogue: &Catalogue) -> Result<Option<(EventKind, String, Since)>> {
    let Some((word, since)) = options.complete.as_ref().zip(options.since.as_ref()) else { return Ok(None) };
    let programme = events::programme(catalogue, word).ok_or_else(|| {
        anyhow!("「{word}」という健診はありません。segments/attributes.toml を見てください")
    })?;
    let kind = events::kind(&options.kind).context("--kind には 受診 か 予約 を書いてください")?;
    let since = match since.as_str() {
        "beginning" => Since::Beginning,
        year => Since::FiscalYear(
            year.parse()
                .ok()
                .filter(|year| (1950..=2100).contains(year))
                .context("--since には 2024 のような年度か beginning を書いてください")?,
        ),
    };
    Ok(Some((kind, programme.to_owned(), since)))
}

fn tell_events(report: &events::Report, options: &EventOptions) {
    tell_problems(report.encoding, &report.problems);
    println!(
        "{}行: 新しい記録 {} / 日付が分かった記録 {} / 変更なし {} / 登録のない人 {} / 誤り {}",
        report.rows, report.new, report.dated, report.unchanged, report.unregistered, report.wrong
    );
    match (report.is_applied, report.wrong, options.apply) {
        (true, ..) => println!("反映しました。"),
        (false, 0, _) => println!("まだ反映していません。よければ --apply を付けて実行してください。"),
        (false, _, true) => {
            println!("誤りがあるため、何も反映していません。直してから、もう一度実行してください。")
        }
        (false, ..) => println!("何も反映していません。誤りを直してから、--apply を付けて実行してください。"),
    }
}
