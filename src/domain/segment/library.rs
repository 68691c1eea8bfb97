//! All rule files of the city, read and checked once.
//!
//! A file with an error is not in the library: what can't be read can't be sent with. Files under 共通/ are shared
//! conditions: they stand in for a line of other rules and can't be sent with by themselves. It reads no disk and no
//! clock; the texts and today's date are handed in.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::check::{check, check_in_part};
use super::rule::Segment;
use super::shared::{self, Fault, Shared};
use super::text::{Path, Places, Reading, print, read};
use super::{Code, Diagnostic};
use crate::domain::attribute::Catalogue;

/// The usable rules by path, and what was found in every file.
#[derive(Clone, Debug, Default)]
pub struct Library {
    rules: BTreeMap<String, Rules>,
    shared: Shared,
    files: Vec<FileReport>,
}

/// A rule as it was written, and as it is asked.
#[derive(Clone, Debug)]
struct Rules {
    written: Segment,
    expanded: Segment,
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
        let read: Vec<_> =
            sources.into_iter().map(|(source, text)| Read::new(source, text, catalogue)).collect();
        for one in read.iter().filter(|one| one.is_shared()) {
            if let Some(segment) = one.reading.segment.as_ref().filter(|_| one.reading.faults.is_empty())
                && shared::form_faults(segment).is_empty()
            {
                library.shared.insert(one.path.clone(), segment.clone());
            }
        }
        for one in read {
            let (report, rules) = library.look_at(one, catalogue, today);
            if let Some(rules) = rules.filter(|_| !report.path.starts_with(shared::FOLDER)) {
                library.rules.insert(report.path.clone(), rules);
            }
            library.files.push(report);
        }
        library
    }

    /// Reads and checks one text that is not in the library (yet), with the shared conditions of this library; also
    /// answers the rule, shared conditions in their places, if it can be used.
    #[must_use]
    pub fn review(
        &self,
        source: &str,
        text: &str,
        catalogue: &Catalogue,
        today: Date,
    ) -> (FileReport, Option<Segment>) {
        let read = Read::new(source.to_owned(), text.to_owned(), catalogue);
        let (report, rules) = self.look_at(read, catalogue, today);
        (report, rules.map(|rules| rules.expanded))
    }

    fn look_at(&self, read: Read, catalogue: &Catalogue, today: Date) -> (FileReport, Option<Rules>) {
        let is_shared = read.is_shared();
        let Reading { segment, places, faults } = read.reading;
        let (diagnostics, formatted, rules) = match segment {
            None => (faults, None, None),
            Some(written) if faults.is_empty() => {
                let formatted = Some(print(&written, catalogue) == read.text);
                let (found, expanded) = self.check(&written, &places, is_shared, catalogue, today);
                (found, formatted, expanded.map(|expanded| Rules { written, expanded }))
            }
            // What can be told of the lines that could be read is told; the rule is never used.
            Some(partly) => {
                let mut found = self.check(&partly, &places, is_shared, catalogue, today).0;
                found.extend(faults);
                found.sort_by_key(|one| one.place);
                (found, None, None)
            }
        };
        let usable = !diagnostics.iter().any(Diagnostic::is_error);
        let report =
            FileReport { path: read.path, source: read.source, text: read.text, diagnostics, formatted };
        (report, rules.filter(|_| usable))
    }

    fn check(
        &self,
        written: &Segment,
        places: &Places,
        is_shared: bool,
        catalogue: &Catalogue,
        today: Date,
    ) -> (Vec<Diagnostic>, Option<Segment>) {
        let mut found = Vec::new();
        let expanded = match self.shared.expand(written, catalogue) {
            Ok(expanded) => Some(expanded).filter(|_| places.holes.is_empty() && !places.torn),
            Err(faults) => {
                let of_hole = |hole: &Path, path: &Path| !hole.is_empty() && path.starts_with(hole);
                let in_hole = |fault: &Fault| places.holes.iter().any(|hole| of_hole(hole, &fault.path));
                let faults = faults.into_iter().filter(|fault| !in_hole(fault));
                found.extend(faults.map(|fault| at_place(fault, places)));
                None
            }
        };
        // Where a shared condition is at fault, the rest of the rule is looked at all the same.
        found.extend(match &expanded {
            Some(expanded) => check(expanded, catalogue, places, today),
            None => check_in_part(written, catalogue, places, today),
        });
        if is_shared {
            found.retain(|one| !FOR_RULES_ONLY.map(Code::as_str).contains(&one.code));
            let of_form = shared::form_faults(written).into_iter();
            found.extend(of_form.map(|(path, fault)| Diagnostic {
                place: path.and_then(|path| places.nodes.get(&path).copied()),
                ..fault
            }));
        }
        found.sort_by_key(|one| one.place);
        (found, expanded)
    }

    /// The rule at a path, if it can be used, with every shared condition in its place.
    #[must_use]
    pub fn get(&self, path: &str) -> Option<&Segment> {
        self.rules.get(path).map(|rules| &rules.expanded)
    }

    /// The rule at a path, if it can be used, as it was written.
    #[must_use]
    pub fn written(&self, path: &str) -> Option<&Segment> {
        self.rules.get(path).map(|rules| &rules.written)
    }

    /// All usable rules in the order of their paths, with every shared condition in its place.
    pub fn list(&self) -> impl Iterator<Item = (&str, &Segment)> {
        self.rules.iter().map(|(path, rules)| (path.as_str(), &rules.expanded))
    }

    /// The shared conditions.
    #[must_use]
    pub fn shared(&self) -> &Shared {
        &self.shared
    }

    /// What was found in each file, in the order given.
    #[must_use]
    pub fn files(&self) -> &[FileReport] {
        &self.files
    }
}

/// What is asked of a rule that is sent with, and not of a shared condition.
const FOR_RULES_ONLY: [Code; 3] = [Code::NoExample, Code::NoExpected, Code::NoReviewDate];

/// A file with what reading it gave.
struct Read {
    path: String,
    source: String,
    text: String,
    reading: Reading,
}

impl Read {
    fn new(source: String, text: String, catalogue: &Catalogue) -> Self {
        Self { path: plain_path(&source), reading: read(&text, catalogue), source, text }
    }

    fn is_shared(&self) -> bool {
        self.path.starts_with(shared::FOLDER)
    }
}

fn at_place(fault: Fault, places: &Places) -> Diagnostic {
    Diagnostic { place: places.nodes.get(&fault.path).copied(), ..fault.diagnostic }
}

fn plain_path(path: &str) -> String {
    let path = path.strip_suffix(".seg").unwrap_or(path);
    path.rsplit_once("segments/").map_or(path, |(_, rest)| rest).to_owned()
}
