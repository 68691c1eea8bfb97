//! The rules (条件): every file with what was found in it, and one rule in words with its dates and examples.
//!
//! Read only: rules are written in `rules`. What is shown is the library that broadcasts are written with: the files,
//! overlaid by what was saved at the console.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use jiff::civil::Date;
use serde::Deserialize;

use super::audience::Audience;
use super::rule_view::{Examples, RuleInWords, Windows};
use crate::app::App;
use crate::domain::attribute::Parameter;
use crate::domain::segment::library::{FileReport, Library};
use crate::domain::segment::rule::{Expected, Header, Range};
use crate::domain::segment::{Diagnostic, Segment};
use crate::domain::staff::Role;
use crate::store::rules::{self as stored, Current};
use crate::web::error::WebError;
use crate::web::layout::{self, Area, Shell};

#[derive(Template)]
#[template(path = "web/console/segments.html")]
struct ListPage {
    shell: Shell,
    broken: Vec<FileReport>,
    rules: Vec<Listed>,
    shared: Vec<SharedLine>,
    parameters: Vec<ParameterLine>,
    archived: Vec<String>,
    may_edit: bool,
}

/// A shared condition, and the rules that stand on it.
struct SharedLine {
    path: String,
    name: String,
    edition: String,
    users: Vec<String>,
}

/// A value that changes from year to year.
struct ParameterLine {
    word: String,
    note: String,
    /// What holds today.
    value: String,
    from: String,
    source: String,
    /// What comes next, and when.
    next: String,
}

struct Listed {
    path: String,
    header: Header,
    warnings: usize,
    /// Where it comes from: 「ファイル」 or 「版3」.
    origin: String,
    /// How many accounts would receive today, whatever the topic.
    recipients: String,
}

impl Listed {
    fn expected(&self) -> String {
        expected(self.header.expected)
    }
}

#[derive(Template)]
#[template(path = "web/console/segment.html")]
struct SegmentPage {
    shell: Shell,
    path: String,
    as_of: Date,
    file: FileReport,
    rule: Option<Rule>,
    may_draft: bool,
    is_shared: bool,
    origin: String,
}

struct Rule {
    header: Header,
    audience: Audience,
    words: RuleInWords,
    windows: Windows,
    examples: Examples,
}

impl Rule {
    async fn new(app: &App, segment: &Segment, as_of: Date) -> Result<Self, WebError> {
        Ok(Self {
            header: segment.header.clone(),
            audience: Audience::ask(app, segment, as_of, None).await?,
            words: RuleInWords::new(segment, &app.catalogue, as_of),
            windows: Windows::new(segment, &app.catalogue, as_of),
            examples: Examples::new(segment, &app.catalogue),
        })
    }

    fn expected(&self) -> String {
        expected(self.header.expected)
    }
}

#[derive(Deserialize)]
pub(super) struct Wanted {
    /// The as-of date; today where it is missing or can't be read.
    #[serde(default)]
    as_of: String,
}

pub(super) async fn list(State(app): State<App>, shell: Shell) -> Result<Response, WebError> {
    let library = app.library().await?;
    let warnings = |path: &str| {
        let file = library.files().iter().find(|file| file.path == path);
        file.map_or(0, |file| file.diagnostics.len())
    };
    let saved = stored::list(&mut app.db.read().await?).await?;
    app.population.refresh(&app.db).await?;
    let today = app.clock.today();
    let rules = library.list().map(|(path, segment)| Listed {
        recipients: super::figures::grouped(recipients(&app, segment, today)),
        path: path.to_owned(),
        header: segment.header.clone(),
        warnings: warnings(path),
        origin: origin(&saved, path),
    });
    let archived = saved.iter().filter(|saved| saved.archived_at.is_some()).map(|saved| saved.path.clone());
    let may_edit = shell.staff.as_ref().is_some_and(|staff| staff.roles.has(Role::Editor));
    let page = ListPage {
        shell: shell.titled("条件").within(Area::Segments),
        rules: rules.collect(),
        archived: archived.collect(),
        shared: shared_lines(&library),
        parameters: app.catalogue.parameters().iter().map(|one| parameter_line(one, today)).collect(),
        may_edit,
        broken: library.files().iter().filter(|file| file.has_errors()).cloned().collect(),
    };
    layout::page(&page.shell, &page)
}

pub(super) async fn show(
    State(app): State<App>,
    shell: Shell,
    Path(path): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, WebError> {
    let library = app.library().await?;
    let Some(file) = library.files().iter().find(|file| file.path == path) else {
        // A rule out of use has its versions, and one of them can be taken back there.
        let kept = stored::find(&mut app.db.read().await?, &path).await?.ok_or(WebError::NotFound)?;
        let versions = format!("/console/rules/versions/{}", super::rule_path(&kept.path));
        return Ok(Redirect::to(&versions).into_response());
    };
    let as_of = as_of(&app, &wanted.as_of);
    // A shared condition can be looked at like a rule, though nothing is sent with it alone.
    let shared = library.shared().iter().find(|(known, _)| *known == path);
    let shared = shared.and_then(|(_, segment)| library.shared().expand(segment, &app.catalogue).ok());
    let rule = match library.get(&path).or(shared.as_ref()) {
        Some(segment) => Some(Rule::new(&app, segment, as_of).await?),
        None => None,
    };
    let is_shared = shared.is_some();
    let title = rule.as_ref().map_or(path.as_str(), |rule| rule.header.name.as_str());
    let may_draft = shell.staff.as_ref().is_some_and(|staff| staff.roles.has(Role::Editor));
    let shell = shell.titled(title).within(Area::Segments).below("/console/segments", "条件");
    let saved = stored::list(&mut app.db.read().await?).await?;
    let origin = origin(&saved, &path);
    let page = SegmentPage { shell, file: file.clone(), as_of, rule, may_draft, is_shared, origin, path };
    layout::page(&page.shell, &page)
}

fn shared_lines(library: &Library) -> Vec<SharedLine> {
    let line = |(path, segment): (&str, &Segment)| {
        let named = |text: &str| text.lines().any(|line| line.split_whitespace().any(|word| word == path));
        let users = library.files().iter().filter(|file| file.path != path && named(&file.text));
        SharedLine {
            path: path.to_owned(),
            name: segment.header.name.clone(),
            edition: library.shared().edition(path).unwrap_or_default(),
            users: users.map(|file| file.path.clone()).collect(),
        }
    };
    library.shared().iter().map(line).collect()
}

fn parameter_line(parameter: &Parameter, today: Date) -> ParameterLine {
    let holds = parameter.value_on(today);
    let next = parameter.values.iter().find(|value| today < value.from);
    ParameterLine {
        word: parameter.word.clone(),
        note: parameter.note.clone(),
        value: holds.map_or_else(|| "まだありません".to_owned(), |value| ranges_text(&value.ranges)),
        from: holds.map_or_else(String::new, |value| value.from.to_string()),
        source: holds.map_or_else(String::new, |value| value.source.clone()),
        next: next
            .map_or_else(String::new, |value| format!("{}から {}", value.from, ranges_text(&value.ranges))),
    }
}

fn ranges_text(ranges: &[Range]) -> String {
    let said = ranges.iter().map(|range| match (range.from, range.to) {
        (Some(from), Some(to)) if from == to => from.to_string(),
        (Some(from), Some(to)) => format!("{from}〜{to}"),
        (Some(from), None) => format!("{from}以上"),
        (None, to) => format!("{}以下", to.unwrap_or_default()),
    });
    said.collect::<Vec<_>>().join(", ")
}

/// Where a rule comes from.
fn origin(saved: &[Current], path: &str) -> String {
    let version = saved.iter().find(|saved| saved.path == path).map(|saved| saved.version);
    version.map_or_else(|| "ファイル".to_owned(), |version| format!("版{version}"))
}

fn recipients(app: &App, segment: &Segment, as_of: Date) -> i64 {
    let count = app.population.count(segment, as_of, None);
    i64::try_from(count.accounts.target).unwrap_or(i64::MAX)
}

/// The date that was chosen, else today's in Japan.
pub(super) fn as_of(app: &App, chosen: &str) -> Date {
    chosen.parse().unwrap_or_else(|_| app.clock.today())
}

fn expected(range: Option<Expected>) -> String {
    let with_commas = |number: u32| super::figures::grouped(i64::from(number));
    range
        .map_or_else(String::new, |range| format!("{}〜{}人", with_commas(range.from), with_commas(range.to)))
}

fn place(found: &Diagnostic) -> String {
    found.place.map_or_else(String::new, |place| format!("{}行目 {}文字目", place.line, place.column))
}
