//! The builder: the whole rule as one form that works without JavaScript.
//!
//! Every button posts the form back and gets it changed; only 保存 keeps anything. The script asks for the same form
//! and puts its parts in place, so there is one way of showing it. Nothing typed is ever dropped.

use askama::Template;
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::builder::{Beside, Builder, builder};
use super::example;
use super::fields::Fields;
use super::moves::{self, Deed, Done};
use super::saving::save;
use super::sheet::Sheet;
use super::text::Judged;
use crate::app::App;
use crate::domain::segment::library::Library;
use crate::domain::segment::text::parse;
use crate::store::rules as stored;
use crate::web::assets;
use crate::web::error::WebError;
use crate::web::layout::{self, Area, Shell};
use crate::web::session::SignedIn;

#[derive(Template)]
#[template(path = "web/console/rules/page.html")]
struct Page {
    shell: Shell,
    script: String,
    builder: Builder,
}

#[derive(Deserialize)]
pub(in crate::web::console) struct Begin {
    /// The rule to begin with.
    #[serde(default)]
    from: String,
}

/// An empty form, or a copy of another rule.
pub(in crate::web::console) async fn new(
    State(app): State<App>,
    shell: Shell,
    Query(begin): Query<Begin>,
) -> Result<Response, WebError> {
    let mut sheet = Sheet::new();
    if let Some(text) = current_text(&app, &begin.from).await?
        && let Ok(segment) = parse(&text, &app.catalogue)
    {
        sheet.tell(&segment, &app.catalogue);
        sheet.head.name = format!("{}(写し)", sheet.head.name);
    }
    show(&app, shell, sheet, Beside::default()).await
}

/// The form of a rule as it is now.
pub(in crate::web::console) async fn edit(
    State(app): State<App>,
    shell: Shell,
    Path(path): Path<String>,
) -> Result<Response, WebError> {
    let text = current_text(&app, &path).await?.ok_or(WebError::NotFound)?;
    let seen = stored::find(&mut app.db.read().await?, &path).await?.map_or(0, |current| current.version);
    let sheet = Sheet { path, seen, is_new: false, ..Sheet::new() };
    let (sheet, beside) = told(&app, sheet, text);
    show(&app, shell, sheet, beside).await
}

/// A form that was begun from a text; one that can't be read is shown beside it, to be mended there.
pub(super) fn told(app: &App, mut sheet: Sheet, text: String) -> (Sheet, Beside) {
    match parse(&text, &app.catalogue) {
        Ok(segment) => {
            sheet.tell(&segment, &app.catalogue);
            (sheet, Beside::default())
        }
        Err(faults) => {
            sheet.text = text;
            (sheet, Beside { of_text: Some(faults), ..Beside::default() })
        }
    }
}

/// The newest text of a rule, saved or from its file, usable or not.
pub(in crate::web::console) async fn current_text(app: &App, path: &str) -> Result<Option<String>, WebError> {
    let mut tx = app.db.read().await?;
    let Some(current) = stored::find(&mut tx, path).await? else {
        return Ok(app.rules.file(path).map(str::to_owned));
    };
    let version = stored::find_version(&mut tx, path, current.version).await?;
    Ok(version.map(|version| version.text))
}

/// A refusal leaves the browser at the address of the form; opened again, it leads to the list.
pub(in crate::web::console) async fn back() -> Redirect {
    Redirect::to("/console/segments")
}

/// Whatever a button of the form asks for.
pub(in crate::web::console) async fn build(
    State(app): State<App>,
    shell: Shell,
    staff: SignedIn,
    headers: HeaderMap,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, WebError> {
    let fields = Fields::new(pairs);
    let mut sheet = Sheet::read(&fields, &app.catalogue);
    let deed = Deed::parse(fields.get("do").unwrap_or("refresh"));
    let mut beside = Beside::default();
    match deed.verb.as_str() {
        "save" => match save(&app, &staff, &mut sheet).await? {
            Ok(response) => return Ok(response),
            Err(refused) => {
                sheet.was_sent = true;
                beside = *refused;
            }
        },
        "rebase" => {
            let current = stored::find(&mut app.db.read().await?, &sheet.path).await?;
            sheet.seen = current.map_or(0, |current| current.version);
            beside.done = Done {
                focus: "why".to_owned(),
                said: "新しい版として保存できます。もう一度、保存を押してください。".to_owned(),
            };
        }
        "read" => {
            let text = sheet.text.clone();
            let read = told(&app, sheet, text);
            (sheet, beside) = read;
            if beside.of_text.is_none() {
                sheet.text_before.clone_from(&sheet.text);
                beside.done = Done {
                    focus: "text".to_owned(),
                    said: "文をフォームに読み込みました。".to_owned(),
                };
            }
        }
        // As one types: what is wrong with the text, before it is read into the form.
        "check" if sheet.has_own_text() => {
            let library = app.library().await?;
            let source = if sheet.path.is_empty() { "?" } else { &sheet.path };
            let (report, _) = library.review(source, &sheet.text, &app.catalogue, app.clock.today());
            beside.of_text = Some(report.diagnostics);
        }
        "drop_text" => sheet.text.clone_from(&sheet.text_before),
        "samples" => {
            beside.samples = true;
            beside.done =
                Done { focus: "samples".to_owned(), said: "見本を表示しました。".to_owned() };
        }
        "try" => beside.done = Done { focus: "tried".to_owned(), said: "試しました。".to_owned() },
        "try_add" => beside.done = try_add(&app, &*app.library().await?, &mut sheet),
        _ => {
            let path = deed.path.iter().map(usize::to_string).collect::<Vec<_>>().join(".");
            let kind = fields.text(&format!("add.{path}"));
            beside.done = moves::act(&mut sheet, &deed, &kind, &app.catalogue).unwrap_or_default();
        }
    }
    if headers.contains_key("x-musubi-part") {
        let builder = builder(&app, sheet, beside).await?;
        let html = builder.render().map_err(|error| WebError::broken(&error))?;
        return Ok(Html(html).into_response());
    }
    show(&app, shell, sheet, beside).await
}

/// The made-up person becomes an example that says what the rule says now.
fn try_add(app: &App, library: &Library, sheet: &mut Sheet) -> Done {
    let judged = Judged::new(sheet, library, &app.catalogue, app.clock.today());
    let mut row = sheet.person.clone();
    let read = super::text::example(&row, &app.catalogue);
    let (Some(segment), Ok(example)) = (&judged.counted, read) else {
        return Done {
            focus: "t".to_owned(),
            said: "条件か架空の人に直すところがあるため、例に加えられません。".to_owned(),
        };
    };
    let household = crate::domain::segment::check::household(&example, &app.catalogue);
    let said =
        crate::domain::segment::person::evaluate(segment, &app.catalogue, &household, example.as_of, None);
    let kind = said.verdict.kind();
    row.expect =
        example::EXPECTS.iter().find(|(_, expect)| *expect == kind).map_or("", |(id, _)| id).to_owned();
    sheet.rows.push(row);
    Done {
        focus: format!("x-{}", sheet.rows.len() - 1),
        said: format!("「{}」の例として加えました。", kind.word()),
    }
}

pub(super) async fn show(
    app: &App,
    shell: Shell,
    sheet: Sheet,
    beside: Beside,
) -> Result<Response, WebError> {
    let title = if sheet.is_new {
        "条件を作る".to_owned()
    } else {
        format!("条件を直す: {}", sheet.head.name)
    };
    let mut shell = shell.titled(&title).within(Area::Segments).below("/console/segments", "条件");
    if !sheet.is_new {
        shell = shell.below(&format!("/console/segments/{}", super::encoded(&sheet.path)), &sheet.head.name);
    }
    let wrong = beside.refused.is_some() || beside.of_text.is_some();
    let page = Page { script: assets::url("rules.js"), builder: builder(app, sheet, beside).await?, shell };
    let mut response = layout::page(&page.shell, &page)?;
    if wrong {
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(response)
}
