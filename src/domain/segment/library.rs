//! All rule files of the city, read and checked once.
//!
//! A file with an error is not in the library: what can't be read can't be sent with. It reads no disk and no clock;
//! the texts and today's date are handed in.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::Diagnostic;
use super::check::check;
use super::rule::Segment;
use super::text::{parse_with_places, print};
use crate::domain::attribute::Catalogue;

/// The usable rules by path, and what was found in every file.
#[derive(Clone, Debug, Default)]
pub struct Library {
    segments: BTreeMap<String, Segment>,
    files: Vec<FileReport>,
}

/// What was found in one file.
#[derive(Clone, Debug)]
pub struct FileReport {
    /// The rule's path, without `segments/` and `.seg`.
    pub path: String,
    /// The path as it was handed in.
    pub source: String,
    /// The text as read.
    pub text: String,
    /// Errors and warnings, in the order of the text.
    pub diagnostics: Vec<Diagnostic>,
    /// Whether the text is in its canonical form; `None` where it can't be read.
    pub formatted: Option<bool>,
}

impl FileReport {
    /// Whether the file can't be used.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(Diagnostic::is_error)
    }
}

impl Library {
    /// Reads and checks files as of `today` (a civil date in Asia/Tokyo). Paths such as `kenshin/tokutei`; a leading
    /// `segments/` and a trailing `.seg` are taken off.
    #[must_use]
    pub fn from_sources(sources: Vec<(String, String)>, catalogue: &Catalogue, today: Date) -> Self {
        let mut library = Self::default();
        for (path, text) in sources {
            library.add(path, text, catalogue, today);
        }
        library
    }

    fn add(&mut self, source: String, text: String, catalogue: &Catalogue, today: Date) {
        let path = plain_path(&source);
        let (diagnostics, formatted) = match parse_with_places(&text, catalogue) {
            Err(faults) => (faults, None),
            Ok((segment, places)) => {
                let found = check(&segment, catalogue, &places, today);
                let formatted = print(&segment, catalogue) == text;
                if !found.iter().any(Diagnostic::is_error) {
                    self.segments.insert(path.clone(), segment);
                }
                (found, Some(formatted))
            }
        };
        self.files.push(FileReport { path, source, text, diagnostics, formatted });
    }

    /// The rule at a path, if it can be used.
    #[must_use]
    pub fn get(&self, path: &str) -> Option<&Segment> {
        self.segments.get(path)
    }

    /// All usable rules in the order of their paths.
    pub fn list(&self) -> impl Iterator<Item = (&str, &Segment)> {
        self.segments.iter().map(|(path, segment)| (path.as_str(), segment))
    }

    /// What was found in each file, in the order given.
    #[must_use]
    pub fn files(&self) -> &[FileReport] {
        &self.files
    }
}

fn plain_path(path: &str) -> String {
    let path = path.strip_suffix(".seg").unwrap_or(path);
    path.rsplit_once("segments/").map_or(path, |(_, rest)| rest).to_owned()
}
