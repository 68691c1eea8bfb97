//! `musubi segment`: checks, formats and explains rule files on the disk, without a database.
//!
//! The only part of the language that touches files and the terminal. Exits with failure when a rule has an error, so
//! that CI and the editor's "on save" can rely on it.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use ariadne::{CharSet, Config, IndexType, Label, Report, ReportKind, Source};
use jiff::civil::Date;
use musubi::app::{load_catalogue, unreadable};
use musubi::clock::Clock;
use musubi::domain::attribute::Catalogue;
use musubi::domain::segment::library::{FileReport, Library};
use musubi::domain::segment::text::{parse, print};
use musubi::domain::segment::words::{Words, words};
use musubi::domain::segment::{Diagnostic, Segment, Severity};

use super::audience::{self, Question};

/// What to do with rules.
#[derive(clap::Subcommand)]
pub enum Command {
    /// Name everything that is wrong; fails if a rule has an error
    Check {
        /// Files and folders
        #[arg(default_value = "segments")]
        paths: Vec<PathBuf>,
        /// How to write what was found
        #[arg(long, value_enum, default_value = "text")]
        format: Format,
        /// The day on which the rules are to be used (default: today in Japan)
        #[arg(long)]
        today: Option<Date>,
    },
    /// Rewrite in canonical form
    Fmt {
        /// Files and folders
        #[arg(default_value = "segments")]
        paths: Vec<PathBuf>,
        /// Change nothing; fail if a file would change
        #[arg(long)]
        check: bool,
    },
    /// Count the registered residents whom a rule finds
    Count(super::audience::Args),
    /// List the accounts that would receive
    List(super::audience::Args),
    /// Say why an account is meant, or why not
    Account {
        /// The account's id, as `list` prints it
        id: String,
        /// Rule, date and database
        #[command(flatten)]
        args: super::audience::Args,
    },
    /// Say in words what a rule asks, with its birth dates
    Explain {
        /// The file
        path: PathBuf,
        /// The as-of date (default: today in Japan)
        #[arg(long)]
        as_of: Option<Date>,
    },
}

/// Runs one of the commands.
///
/// # Errors
/// Where a rule is asked of the residents, and it or the database can't be read.
pub async fn run(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Count(args) => audience::run(Question::Count, args).await,
        Command::List(args) => audience::run(Question::List, args).await,
        Command::Account { id, args } => audience::run(Question::Account(id), args).await,
        Command::Check { paths, format, today } => Ok(with_files(Files::Check { paths, format, today })),
        Command::Fmt { paths, check } => Ok(with_files(Files::Fmt { paths, check })),
        Command::Explain { path, as_of } => Ok(with_files(Files::Explain { path, as_of })),
    }
}

/// A command that needs rule files only.
enum Files {
    Check { paths: Vec<PathBuf>, format: Format, today: Option<Date> },
    Fmt { paths: Vec<PathBuf>, check: bool },
    Explain { path: PathBuf, as_of: Option<Date> },
}

fn with_files(command: Files) -> ExitCode {
    let today = || Clock::system().today();
    let catalogue = match load_catalogue(&folder(&command)) {
        Ok(catalogue) => catalogue,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    };
    match command {
        Files::Check { paths, format, today: day } => {
            check(&paths, &catalogue, day.unwrap_or_else(today), format)
        }
        Files::Fmt { paths, check } => fmt(&paths, &catalogue, check),
        Files::Explain { path, as_of } => explain(&path, &catalogue, as_of.unwrap_or_else(today)),
    }
}

/// The folder whose catalogue holds: the first one named that has a catalogue, else `segments`.
fn folder(command: &Files) -> PathBuf {
    let paths = match command {
        Files::Check { paths, .. } | Files::Fmt { paths, .. } => paths.as_slice(),
        Files::Explain { path, .. } => std::slice::from_ref(path),
    };
    let mut folders = paths.iter().flat_map(|path| path.ancestors());
    let found = folders.find(|folder| folder.join("attributes.toml").is_file());
    found.map_or_else(|| PathBuf::from("segments"), Path::to_owned)
}

/// How diagnostics are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For people: the source line underlined.
    Text,
    /// For editors and CI: one JSON object per file.
    Json,
}

/// Checks files and folders as of `today`; fails if a rule has an error or can't be read, or nothing was found.
pub fn check(paths: &[PathBuf], catalogue: &Catalogue, today: Date, format: Format) -> ExitCode {
    let (sources, unread) = read_all(paths);
    let library = Library::from_sources(sources, catalogue, today);
    let mut out = io::stdout().lock();
    let written = library.files().iter().try_for_each(|file| match format {
        Format::Text => write_text(&mut out, file),
        Format::Json => write_json(&mut out, file),
    });
    let failed =
        0 < unread || library.files().is_empty() || library.files().iter().any(FileReport::has_errors);
    if format == Format::Text {
        let errors = library.files().iter().filter(|file| file.has_errors()).count();
        let unread =
            if unread == 0 { String::new() } else { format!("、読めないファイル {unread}件") };
        let checked = library.files().len();
        let _ = writeln!(out, "{checked}件の条件を調べました(エラーのある条件 {errors}件{unread})。");
    }
    if failed || written.is_err() { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// Rewrites files in canonical form; with `check_only` it changes nothing and fails if a file would change.
pub fn fmt(paths: &[PathBuf], catalogue: &Catalogue, check_only: bool) -> ExitCode {
    let (sources, unread) = read_all(paths);
    let mut good = unread == 0;
    for (path, text) in sources {
        good &= match format_one(&path, &text, catalogue, check_only) {
            Ok(kept) => kept || !check_only,
            Err(message) => {
                eprintln!("{message}");
                false
            }
        };
    }
    if good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Says what a rule asks, with its birth dates on an as-of date.
pub fn explain(path: &Path, catalogue: &Catalogue, as_of: Date) -> ExitCode {
    let Some(text) = read(path) else { return ExitCode::FAILURE };
    let segment = match parse(&text, catalogue) {
        Ok(segment) => segment,
        Err(_) => {
            eprintln!("{}: 読み取れません。「musubi segment check」で確かめてください。", path.display());
            return ExitCode::FAILURE;
        }
    };
    let mut out = io::stdout().lock();
    match write_explanation(&mut out, &segment, catalogue, as_of) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

/// Whether the file was in canonical form already; else it is rewritten or named.
fn format_one(path: &str, text: &str, catalogue: &Catalogue, check_only: bool) -> Result<bool, String> {
    let segment = parse(text, catalogue)
        .map_err(|_| format!("{path}: 読み取れません。「musubi segment check」で確かめてください。"))?;
    let canonical = print(&segment, catalogue);
    if canonical == text {
        return Ok(true);
    }
    if check_only {
        eprintln!("{path}: 整形されていません。");
    } else {
        std::fs::write(path, canonical).map_err(|error| format!("{path}: {}。", unwritable(&error)))?;
    }
    Ok(false)
}

fn unwritable(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::PermissionDenied => "書き込む権限がありません",
        io::ErrorKind::StorageFull => "ディスクに空きがありません",
        _ => "書き込めません",
    }
}

/// All `.seg` files under the paths with their texts, in the order of their names, and how many can't be read; those
/// are named, and the others are gone on with.
fn read_all(paths: &[PathBuf]) -> (Vec<(String, String)>, usize) {
    let (mut files, mut unread) = (Vec::new(), 0);
    for path in paths {
        unread += collect(path, &mut files);
    }
    files.sort();
    files.dedup();
    let named = |file: &PathBuf| Some((file.display().to_string(), read(file)?));
    let sources: Vec<_> = files.iter().filter_map(named).collect();
    unread += files.len() - sources.len();
    (sources, unread)
}

/// The text of a file; or the file is named with what to do.
fn read(path: &Path) -> Option<String> {
    let read = std::fs::read_to_string(path);
    read.inspect_err(|error| eprintln!("{}: {}。", path.display(), unreadable(error))).ok()
}

/// How many folders can't be read.
fn collect(path: &Path, files: &mut Vec<PathBuf>) -> usize {
    if !path.is_dir() {
        files.push(path.to_owned());
        return 0;
    }
    let Ok(entries) = std::fs::read_dir(path) else {
        eprintln!("{}: フォルダーを読めません。", path.display());
        return 1;
    };
    let inner = entries.flatten().map(|entry| entry.path());
    let wanted = inner.filter(|path| path.is_dir() || path.extension().is_some_and(|end| end == "seg"));
    wanted.map(|path| collect(&path, files)).sum()
}

fn write_json(out: &mut impl Write, file: &FileReport) -> io::Result<()> {
    let report = serde_json::json!({
        "path": file.path, "source": file.source, "formatted": file.formatted, "diagnostics": file.diagnostics,
    });
    writeln!(out, "{report}")
}

fn write_text(out: &mut impl Write, file: &FileReport) -> io::Result<()> {
    if file.formatted == Some(false) {
        writeln!(out, "{}: 整形されていません(musubi segment fmt で直せます)。", file.source)?;
    }
    file.diagnostics.iter().try_for_each(|one| write_diagnostic(out, file, one))
}

/// The source line with the place underlined; ariadne knows how wide Japanese characters are.
fn write_diagnostic(out: &mut impl Write, file: &FileReport, one: &Diagnostic) -> io::Result<()> {
    let kind = match one.severity {
        Severity::Error => "エラー",
        Severity::Warning => "注意",
    };
    let Some(place) = one.place else {
        return writeln!(out, "[{}] {kind}: {}: {}\n  {}", one.code, file.source, one.message, one.mend);
    };
    let text = file.text.strip_prefix('\u{feff}').unwrap_or(&file.text);
    let before: usize =
        text.split_inclusive('\n').take(place.line - 1).map(|line| line.chars().count()).sum();
    let start = before + place.column - 1;
    let span = (file.source.as_str(), start..start + place.length);
    let config =
        Config::default().with_color(false).with_index_type(IndexType::Char).with_char_set(CharSet::Unicode);
    let mut drawn = Vec::new();
    Report::build(ReportKind::Error, span.clone())
        .with_config(config)
        .with_label(Label::new(span).with_message(&one.mend))
        .finish()
        .write((file.source.as_str(), Source::from(text)), &mut drawn)?;
    // Its first line is a heading in English (one of our own would be coloured whatever we ask for).
    let below = drawn.iter().position(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    writeln!(out, "[{}] {kind}: {}", one.code, one.message)?;
    out.write_all(&drawn[below..])
}

fn write_explanation(
    out: &mut impl Write,
    segment: &Segment,
    catalogue: &Catalogue,
    as_of: Date,
) -> io::Result<()> {
    let said = words(segment, catalogue, as_of);
    writeln!(out, "{}(基準日 {as_of})\n{}、", segment.header.name, said.unit)?;
    write_words(out, &said.target, 0)?;
    if !said.exclusions.is_empty() {
        writeln!(out, "ただし、次の方を除く")?;
    }
    said.exclusions.iter().try_for_each(|line| write_words(out, line, 1))
}

fn write_words(out: &mut impl Write, line: &Words, depth: usize) -> io::Result<()> {
    let dates = if line.dates.is_empty() { String::new() } else { format!("({})", line.dates.join("、")) };
    writeln!(out, "{}{}{dates}", "  ".repeat(depth), line.text)?;
    line.members.iter().try_for_each(|member| write_words(out, member, depth + 1))
}
