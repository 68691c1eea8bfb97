//! `musubi segment try RULE --people FILE.csv`: a rule tried on made-up people, without a database.
//!
//! Reads the table as the import does (UTF-8 or CP932) and leaves the meaning to `domain::segment::trial`. Fails if a
//! row can't be read or an answer is another one than the table expects, so that the department's list is a test.

mod output;

use std::io::{self, BufWriter, IsTerminal as _, Read as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Result, anyhow, bail};
use jiff::civil::Date;
use musubi::domain::segment::trial::{Columns, Row, Trial};
use musubi::flow::import::table::Table;

use super::rule;
use output::Output;

/// A longer table is a register, not a list of made-up people.
const MOST_ROWS: usize = 100_000;
/// A table with more bytes is not read from a pipe.
const MOST_BYTES: u64 = 256 * 1024 * 1024;

/// Which rule, which people, which day.
#[derive(clap::Args)]
pub struct Args {
    /// The rule file
    path: PathBuf,
    /// A CSV file with a row a person (UTF-8 or CP932); - for standard input
    #[arg(long, value_name = "FILE")]
    people: PathBuf,
    /// The as-of date of rows that have none (default: today in Japan)
    #[arg(long)]
    as_of: Option<Date>,
    /// How to write the answers
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
}

/// How answers are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For people.
    Table,
    /// For a spreadsheet; the counts go to standard error.
    Csv,
    /// One JSON object a row; the counts go to standard error.
    Json,
}

/// Tries a rule on the people of a table.
///
/// # Errors
/// Where the rule or the table as a whole can't be read.
pub fn run(args: &Args, today: Date) -> Result<ExitCode> {
    let loaded = rule::load(&args.path, today)?;
    let name = args.people.display();
    let table = open(&args.people).map_err(|error| anyhow!("{name}: {error}"))?;
    let mut records = table.records().map_err(|error| anyhow!("{name}: {error}"))?;
    let header = records.header().map_err(|error| anyhow!("{name}: {error}"))?;
    let columns = Columns::read(&loaded.catalogue, &header).map_err(|problems| {
        let told = problems.iter().map(|one| {
            let column = if one.column.is_empty() { String::new() } else { format!("「{}」", one.column) };
            format!("{name}: {}行目 {column}{}。", one.line, one.message)
        });
        anyhow!(told.collect::<Vec<_>>().join("\n"))
    })?;
    let mut rows = Vec::new();
    while let Some(record) = records.next().map_err(|error| anyhow!("{name}: {error}"))? {
        if rows.len() == MOST_ROWS {
            bail!("{name}: {}行目: 行が多すぎます({MOST_ROWS}行まで)。ファイルを分けてください", record.line);
        }
        rows.push(Row::read(&columns, record.line, &record.cells));
    }
    if rows.is_empty() {
        bail!("{name}: 人の行がありません。2行目から一人ずつ書いてください");
    }
    let as_of = args.as_of.unwrap_or(today);
    let trial = Trial { segment: &loaded.segment, catalogue: &loaded.catalogue, as_of };
    let (answered, tally) = trial.answer(&columns, rows);
    let output = Output { loaded: &loaded, notes: trial.notes(&columns), answered: &answered, tally: &tally };
    let written = output.write(args.format, &mut BufWriter::new(io::stdout().lock()));
    let good = tally.of("読めません") == 0 && tally.differing == 0;
    // `try … | head` hangs up when it has seen enough.
    Ok(if good && written.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn open(path: &Path) -> Result<Table> {
    if path != Path::new("-") {
        return Ok(Table::open(path)?);
    }
    let mut bytes = Vec::new();
    let stdin = io::stdin().lock();
    if stdin.is_terminal() {
        eprintln!("CSVを入力してください(終わりは Ctrl-D)。");
    }
    stdin.take(MOST_BYTES + 1).read_to_end(&mut bytes)?;
    if MOST_BYTES < bytes.len() as u64 {
        bail!("大きすぎます。ファイルを分けてください");
    }
    Ok(Table::from_bytes(bytes)?)
}
