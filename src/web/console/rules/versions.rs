//! The versions of a rule: who saved what, when and why; two of them side by side; an old one again; out of use.

use askama::Template;
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::diff::Compared;
use super::encoded;
use super::figures::people;
use crate::app::App;
use crate::domain::segment::RulePath;
use crate::domain::segment::library::Library;
use crate::domain::segment::text::parse;
use crate::domain::staff::Role;
use crate::flow::rules::{self, Refusal, RuleError};
use crate::store::rules::{self as stored, Current, Version};
use crate::web::console::broadcasts::minute;
use crate::web::console::deeds::member;
use crate::web::error::WebError;
use crate::web::layout::{self, Area, Said, Shell, go_and_say};
use crate::web::session::SignedIn;

#[derive(Template)]
#[template(path = "web/console/rules/versions.html")]
struct VersionsPage {
    shell: Shell,
    path: String,
    seen: i64,
    is_archived: bool,
    may_edit: bool,
    versions: Vec<Version>,
    refused: Option<String>,
}

impl VersionsPage {
    fn who(&self, version: &Version) -> String {
        match (&version.staff_name, version.origin.as_str()) {
            (Some(name), _) => name.clone(),
            (None, "file") => "(自動)".to_owned(),
            (None, _) => "(コマンド)".to_owned(),
        }
    }

    fn origin(&self, version: &Version) -> &'static str {
        match version.origin.as_str() {
            "import" => "取り込み",
            "file" => "ファイル",
            _ => "コンソール",
        }
    }

    fn previous(&self, version: &Version) -> Option<i64> {
        Some(version.version - 1).filter(|before| self.versions.iter().any(|one| one.version == *before))
    }
}

/// All versions of a rule.
pub(in crate::web::console) async fn show(
    State(app): State<App>,
    shell: Shell,
    Path(path): Path<String>,
) -> Result<Response, WebError> {
    list(&app, shell, path, None).await
}

async fn list(app: &App, shell: Shell, path: String, refused: Option<String>) -> Result<Response, WebError> {
    let mut tx = app.db.read().await?;
    let versions = stored::versions(&mut tx, &path).await?;
    let current = stored::find(&mut tx, &path).await?;
    drop(tx);
    if versions.is_empty() && app.rules.file(&path).is_none() {
        return Err(WebError::NotFound);
    }
    let may_edit = shell.staff.as_ref().is_some_and(|staff| staff.roles.has(Role::Editor));
    let shell = framed(shell, "版の一覧", &path);
    let is_refused = refused.is_some();
    let page = VersionsPage {
        seen: current.as_ref().map_or(0, |current| current.version),
        is_archived: current.is_some_and(|current| current.archived_at.is_some()),
        shell,
        path,
        may_edit,
        versions,
        refused,
    };
    let mut response = layout::page(&page.shell, &page)?;
    if is_refused {
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(response)
}

fn framed(shell: Shell, title: &str, path: &str) -> Shell {
    let shell = shell.titled(title).within(Area::Segments).below("/console/segments", "条件");
    shell.below(&format!("/console/segments/{}", encoded(path)), path)
}

#[derive(Deserialize)]
pub(in crate::web::console) struct Pair {
    #[serde(default)]
    from: Option<i64>,
    #[serde(default)]
    to: Option<i64>,
}

#[derive(Template)]
#[template(path = "web/console/rules/compare.html")]
struct ComparePage {
    shell: Shell,
    path: String,
    versions: Vec<Version>,
    from: Side,
    to: Side,
    compared: Compared,
}

struct Side {
    version: Version,
    at: String,
    who: String,
    /// How many would receive today; `None` where the text can't be read today.
    recipients: Option<String>,
    number: i64,
}

impl ComparePage {
    fn sides(&self) -> [&Side; 2] {
        [&self.from, &self.to]
    }

    fn change(&self) -> String {
        match self.to.number - self.from.number {
            0 => "同じ人数".to_owned(),
            more if 0 < more => format!("+{}人", people(more.unsigned_abs())),
            less => format!("−{}人", people(less.unsigned_abs())),
        }
    }
}

/// Two versions side by side; without a choice the last two.
pub(in crate::web::console) async fn compare(
    State(app): State<App>,
    shell: Shell,
    Path(path): Path<String>,
    Query(pair): Query<Pair>,
) -> Result<Response, WebError> {
    let versions = stored::versions(&mut app.db.read().await?, &path).await?;
    let newest = versions.first().ok_or(WebError::NotFound)?.version;
    let to = pair.to.unwrap_or(newest);
    let from = pair.from.unwrap_or((to - 1).max(1));
    let find = |number| versions.iter().find(|one| one.version == number).cloned().ok_or(WebError::NotFound);
    let (old, new) = (find(from)?, find(to)?);
    let compared = Compared::new((&old.text, &format!("版{from}")), (&new.text, &format!("版{to}")));
    app.population.refresh(&app.db).await?;
    let library = app.library().await?;
    let page = ComparePage {
        shell: framed(shell, "版の比較", &path),
        from: side(&app, &library, old),
        to: side(&app, &library, new),
        path,
        versions,
        compared,
    };
    layout::page(&page.shell, &page)
}

fn side(app: &App, library: &Library, version: Version) -> Side {
    let segment = parse(&version.text, &app.catalogue).ok();
    let segment = segment.and_then(|segment| library.shared().expand(&segment, &app.catalogue).ok());
    let number =
        segment.map(|segment| app.population.count(&segment, app.clock.today(), None).accounts.target);
    Side {
        at: minute(version.saved_at),
        who: version.staff_name.clone().unwrap_or_else(|| "(ファイル・コマンド)".to_owned()),
        recipients: number.map(people),
        number: number.map_or(0, |number| i64::try_from(number).unwrap_or(i64::MAX)),
        version,
    }
}

#[derive(Deserialize)]
pub(in crate::web::console) struct Restoring {
    version: i64,
    seen: i64,
    #[serde(default)]
    why: String,
}

/// Makes an old version the newest.
pub(in crate::web::console) async fn restore(
    State(app): State<App>,
    shell: Shell,
    staff: SignedIn,
    Path(path): Path<String>,
    Form(form): Form<Restoring>,
) -> Result<Response, WebError> {
    let rule = RulePath::parse(&path).ok_or(WebError::NotFound)?;
    let wanted = (&rule, form.version, form.seen);
    let done = rules::restore(&app.base(), &app.rules, Some(&member(&staff)), wanted, &form.why).await;
    answer(&app, shell, path, done.map(drop), Said::RuleRestored).await
}

#[derive(Deserialize)]
pub(in crate::web::console) struct Archiving {
    seen: i64,
    #[serde(default)]
    why: String,
}

#[derive(Template)]
#[template(path = "web/console/rules/archive.html")]
struct ArchivePage {
    shell: Shell,
    path: String,
    seen: i64,
    drafts: i64,
    why: String,
    refused: Option<String>,
}

/// Asks before a rule is taken out of use.
pub(in crate::web::console) async fn ask_archive(
    State(app): State<App>,
    shell: Shell,
    Path(path): Path<String>,
) -> Result<Response, WebError> {
    archiving(&app, shell, path, (String::new(), None)).await
}

async fn archiving(
    app: &App,
    shell: Shell,
    path: String,
    (why, refused): (String, Option<String>),
) -> Result<Response, WebError> {
    let mut tx = app.db.read().await?;
    let current = stored::find(&mut tx, &path).await?;
    let is_used = |current: &Current| current.archived_at.is_none();
    if !current.as_ref().map_or(app.rules.file(&path).is_some(), is_used) {
        return Err(WebError::NotFound);
    }
    let drafts = crate::store::broadcasts::count_open_of(&mut tx, &path).await?;
    drop(tx);
    let is_refused = refused.is_some();
    let seen = current.map_or(0, |current| current.version);
    let shell = framed(shell, "条件を使わないことにする", &path);
    let page = ArchivePage { shell, path, seen, drafts, why, refused };
    let mut response = layout::page(&page.shell, &page)?;
    if is_refused {
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(response)
}

/// Takes a rule out of use.
pub(in crate::web::console) async fn archive(
    State(app): State<App>,
    shell: Shell,
    staff: SignedIn,
    Path(path): Path<String>,
    Form(form): Form<Archiving>,
) -> Result<Response, WebError> {
    let rule = RulePath::parse(&path).ok_or(WebError::NotFound)?;
    match rules::archive(&app.base(), &app.rules, Some(&member(&staff)), (&rule, form.seen), &form.why).await
    {
        Ok(()) => Ok(go_and_say("/console/segments", Said::RuleArchived)),
        Err(RuleError::Db(error)) => Err(error.into()),
        Err(RuleError::Refused(Refusal::NotFound)) => Err(WebError::NotFound),
        Err(RuleError::Refused(refusal)) => {
            archiving(&app, shell, path, (form.why, Some(refusal.to_string()))).await
        }
    }
}

async fn answer(
    app: &App,
    shell: Shell,
    path: String,
    done: Result<(), RuleError>,
    said: Said,
) -> Result<Response, WebError> {
    match done {
        Ok(()) => Ok(go_and_say(&format!("/console/segments/{}", encoded(&path)), said)),
        Err(RuleError::Db(error)) => Err(error.into()),
        Err(RuleError::Refused(Refusal::NotFound)) => Err(WebError::NotFound),
        Err(RuleError::Refused(refusal)) => list(app, shell, path, Some(refusal.to_string())).await,
    }
}
