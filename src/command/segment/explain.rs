//! `musubi segment explain`: what a rule asks, in words; or what it says of somebody made up, and why.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Result, anyhow};
use jiff::civil::Date;
use musubi::domain::calendar::wareki;
use musubi::domain::household::Household;
use musubi::domain::segment::check::household;
use musubi::domain::segment::explanation::{Question, dates_words, explain, resident, staff};
use musubi::domain::segment::text::parse_person;
use musubi::domain::segment::words::{RuleWords, Words, words};
use musubi::domain::texts::Tongue;

use super::rule::{self, Loaded};

/// Which rule, which day, whom.
#[derive(clap::Args)]
pub struct Args {
    /// The rule file
    path: PathBuf,
    /// The as-of date (default: today in Japan)
    #[arg(long)]
    as_of: Option<Date>,
    /// Somebody made up, written like an example of a rule: "生年月日 1986-04-01 | 保険 国保 | 家族 続柄 子, 生年月日 2024-05-01"
    #[arg(long, value_name = "CELLS")]
    person: Option<String>,
    /// For staff, for the resident in plain Japanese (with --person), or for programs
    #[arg(long, value_enum, default_value = "staff")]
    format: Format,
}

/// For whom an explanation is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// In Japanese, for staff.
    #[value(alias = "text")]
    Staff,
    /// In やさしい日本語, for the resident.
    Easy,
    /// For programs.
    Json,
}

/// Explains a rule, or what it says of somebody made up.
///
/// # Errors
/// Where the rule or the person can't be read.
pub fn run(args: &Args, today: Date) -> Result<ExitCode> {
    let loaded = rule::load(&args.path, today)?;
    let as_of = args.as_of.unwrap_or(today);
    let mut out = io::stdout().lock();
    let written = match (&args.person, args.format) {
        (Some(cells), format) => {
            let person = parse_person(cells, as_of, &loaded.catalogue).map_err(|faults| {
                let say = |one: &musubi::domain::segment::Diagnostic| format!("{} {}", one.message, one.mend);
                anyhow!("--person: {}", faults.iter().map(say).collect::<Vec<_>>().join("\n--person: "))
            })?;
            let question = question(&loaded, person.as_of, None);
            write(&mut out, &question, &household(&person, &loaded.catalogue), format)
        }
        (None, Format::Staff) => write_rule(&mut out, &loaded, as_of),
        (None, Format::Json) => writeln!(out, "{}", rule_json(&loaded, as_of)),
        (None, Format::Easy) => {
            return Err(anyhow!("やさしい日本語は、だれに届くかの説明です。--person で人を書いてください"));
        }
    };
    Ok(if written.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// What to ask of a rule.
pub fn question<'a>(loaded: &'a Loaded, as_of: Date, topic: Option<&'a str>) -> Question<'a> {
    let Loaded { segment, places, catalogue } = loaded;
    Question { segment, places: Some(places), catalogue, as_of, topic }
}

/// Writes the explanation for one household.
///
/// # Errors
/// Where `out` takes nothing more.
pub fn write(
    out: &mut impl Write,
    question: &Question<'_>,
    household: &Household,
    format: Format,
) -> io::Result<()> {
    match format {
        Format::Staff => write!(out, "{}", staff(&explain(question, household))),
        Format::Easy => resident(question, household, Tongue::JaEasy)
            .iter()
            .try_for_each(|sentence| writeln!(out, "{sentence}")),
        Format::Json => writeln!(out, "{}", serde_json::to_string(&explain(question, household))?),
    }
}

fn write_rule(out: &mut impl Write, loaded: &Loaded, as_of: Date) -> io::Result<()> {
    let said = words(&loaded.segment, &loaded.catalogue, as_of);
    let name = &loaded.segment.header.name;
    writeln!(out, "{name}(基準日 {as_of} {})\n{}、", wareki(as_of), said.unit)?;
    write_words(out, &said.target, 0)?;
    if !said.exclusions.is_empty() {
        writeln!(out, "ただし、次の方を除く")?;
    }
    said.exclusions.iter().try_for_each(|line| write_words(out, line, 1))
}

fn write_words(out: &mut impl Write, line: &Words, depth: usize) -> io::Result<()> {
    writeln!(out, "{}{}{}", "  ".repeat(depth), line.text, dates_words(&line.windows))?;
    line.members.iter().try_for_each(|member| write_words(out, member, depth + 1))
}

fn rule_json(loaded: &Loaded, as_of: Date) -> serde_json::Value {
    let RuleWords { unit, target, exclusions } = words(&loaded.segment, &loaded.catalogue, as_of);
    let name = &loaded.segment.header.name;
    serde_json::json!({
        "rule": name, "as_of": as_of, "unit": unit, "target": target, "exclusions": exclusions,
    })
}
