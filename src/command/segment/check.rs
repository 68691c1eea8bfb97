//! `musubi segment check`: names everything that is wrong with rule files, for people or for editors.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use ariadne::{CharSet, Config, IndexType, Label, Report, ReportKind, Source};
use jiff::civil::Date;
use musubi::domain::attribute::Catalogue;
use musubi::domain::segment::library::{FileReport, Library};
use musubi::domain::segment::{Diagnostic, Severity};

use super::files::{inside, read_all, shared};

/// How diagnostics are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For people: the source line underlined.
    Text,
    /// For editors and CI: one JSON object per file.
    Json,
}

/// Checks files and folders as of `today` with the shared conditions of `folder`; fails if a rule has an error or can't be read, or nothing was found.
pub fn run(paths: &[PathBuf], folder: &Path, catalogue: &Catalogue, today: Date, format: Format) -> ExitCode {
    let (sources, unread) = read_all(paths);
    let reports = reports(sources, folder, catalogue, today);
    let mut out = io::stdout().lock();
    let written = reports.iter().try_for_each(|file| match format {
        Format::Text => write_text(&mut out, file),
        Format::Json => write_json(&mut out, file),
    });
    let failed = 0 < unread || reports.is_empty() || reports.iter().any(FileReport::has_errors);
    if reports.is_empty() && unread == 0 {
        eprintln!("条件のファイル(.seg)がありません。場所を確かめてください。");
    }
    if format == Format::Text {
        let errors = reports.iter().filter(|file| file.has_errors()).count();
        let unread =
            if unread == 0 { String::new() } else { format!("、読めないファイル {unread}件") };
        let checked = reports.len();
        let _ = writeln!(out, "{checked}件の条件を調べました(エラーのある条件 {errors}件{unread})。");
    }
    if failed || written.is_err() { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// What was found in each file. Shared conditions stand by even where only the rule that names them is asked about.
fn reports(
    sources: Vec<(String, String)>,
    folder: &Path,
    catalogue: &Catalogue,
    today: Date,
) -> Vec<FileReport> {
    let named: Vec<_> = sources.iter().map(|(path, _)| path.clone()).collect();
    let inside = |(path, text): (String, String)| (inside(folder, Path::new(&path)), text);
    let mut all: Vec<_> = sources.into_iter().map(inside).collect();
    let others = shared(folder).into_iter().filter(|(path, _)| all.iter().all(|(other, _)| other != path));
    let others: Vec<_> = others.collect();
    all.extend(others);
    let library = Library::from_sources(all, catalogue, today);
    let as_named = |(report, source): (&FileReport, String)| FileReport { source, ..report.clone() };
    library.files().iter().zip(named).map(as_named).collect()
}

fn write_json(out: &mut impl Write, file: &FileReport) -> io::Result<()> {
    let report = serde_json::json!({
        "path": file.path, "source": file.source, "formatted": file.formatted, "diagnostics": file.diagnostics,
    });
    writeln!(out, "{report}")
}

/// Everything found in one file, each with its source line.
///
/// # Errors
/// Where `out` takes nothing more.
pub fn write_text(out: &mut impl Write, file: &FileReport) -> io::Result<()> {
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
    let text = plain(file.text.strip_prefix('\u{feff}').unwrap_or(&file.text));
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

/// The text with as many characters, and no line ends but those that count as such in a rule file; what can't be seen
/// or would steer the terminal is a blank.
fn plain(text: &str) -> String {
    let mut signs = text.chars().peekable();
    let mut plain = String::with_capacity(text.len());
    while let Some(sign) = signs.next() {
        let is_end = sign == '\n' || (sign == '\r' && signs.peek() == Some(&'\n'));
        let is_odd = (sign.is_control() && sign != '\t') || matches!(sign, '\u{2028}' | '\u{2029}');
        plain.push(if is_odd && !is_end { ' ' } else { sign });
    }
    plain
}
