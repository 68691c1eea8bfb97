//! The builder: the whole rule as one form that works without JavaScript.
//!
//! Every button posts the form back and gets it changed; only 保存 keeps anything. The script asks for the same form
//! and puts its parts in place, so there is one way of showing it. Nothing typed is ever dropped.

use std::sync::Arc;

use askama::Template;
use askama::filters::HtmlSafe;
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse, Redirect, Response};
use jiff::civil::Date;
use serde::Deserialize;

use super::diff::Compared;
use super::fields::Fields;
use super::figures::{Difference, Figures, Samples, people};
use super::moves::{self, Deed, Done};
use super::sheet::Sheet;
use super::text::{At, Judged, Trouble};
use super::view::{self, Layout, NodeSaid, Nodes, RowView, TroubleView};
use super::{controls, example};
use crate::app::App;
use crate::domain::segment::library::Library;
use crate::domain::segment::rule::Expect;
use crate::domain::segment::text::parse;
use crate::domain::segment::{Diagnostic, RulePath};
use crate::flow::rules::{self, Origin, Refusal, RuleError, Saving};
use crate::store::rules as stored;
use crate::web::assets;
use crate::web::console::deeds::member;
use crate::web::error::WebError;
use crate::web::layout::{self, Area, Said, Shell, go_and_say};
use crate::web::session::SignedIn;

const UNITS: [(&str, &str); 4] = [
    ("friend", "本人(友だち)"),
    ("each", "家族をふくむ一人ひとり"),
    ("children", "子ども"),
    ("household", "世帯(アカウント)"),
];

const MODES: [(&str, &str); 4] = [
    ("all", "すべてに当てはまる人"),
    ("any", "いずれかに当てはまる人"),
    ("none", "いずれにも当てはまらない人"),
    ("everyone", "友だち全員(条件なし)"),
];

#[derive(Template)]
#[template(path = "web/console/rules/page.html")]
struct Page {
    shell: Shell,
    script: String,
    builder: Builder,
}

#[derive(Template)]
#[template(path = "web/console/rules/builder.html")]
struct Builder {
    sheet: Sheet,
    done: Done,
    refused: Option<String>,
    difference: Option<Compared>,
    path_error: Option<String>,
    why_error: Option<String>,
    judged: Judged,
    target: Nodes,
    target_said: NodeSaid,
    exclusions: Nodes,
    exclusions_said: NodeSaid,
    rows: Vec<RowView>,
    person: RowView,
    draws: bool,
    as_of: Date,
    totals: Totals,
    text: String,
    text_before: String,
    troubles: Vec<TroubleView>,
    troubles_of_text: bool,
    samples: Vec<Samples>,
    back: String,
}

/// The template has escaped what it shows.
impl HtmlSafe for Builder {}

#[derive(Template)]
#[template(path = "web/console/rules/totals.html")]
struct Totals {
    figures: Option<Figures>,
    difference: Option<Difference>,
}

/// The template has escaped what it shows.
impl HtmlSafe for Totals {}

struct HeadField {
    id: &'static str,
    label: &'static str,
    value: String,
    size: &'static str,
    hint: &'static str,
    needed: bool,
    errors: Vec<String>,
}

impl Builder {
    fn head(&self) -> Vec<HeadField> {
        let head = &self.sheet.head;
        let field = |(id, word, label, value, size, hint, needed): (_, _, _, &String, _, _, _)| HeadField {
            id,
            label,
            value: value.clone(),
            size,
            hint,
            needed,
            errors: self
                .judged
                .at(&At::Head(word))
                .filter(|found| found.is_error())
                .map(view::sentence)
                .collect(),
        };
        [
            ("name", "名前", "名前", &head.name, "wide", "", true),
            ("purpose", "目的", "目的", &head.purpose, "wide", "", true),
            ("owner", "所管", "所管", &head.owner, "medium", "例 健康増進課", true),
            ("basis", "根拠", "根拠", &head.basis, "wide", "使ってよい理由となる法令や要綱", false),
            (
                "review_by",
                "見直し期限",
                "見直し期限",
                &head.review_by,
                "short",
                "例 2027-03-31、令和9年3月31日",
                false,
            ),
            ("from", "想定人数", "想定人数 これより少なければ知らせる", &head.from, "short", "", false),
        ]
        .into_iter()
        .map(field)
        .collect()
    }

    /// The head is folded where nothing in it has to be mended.
    fn head_open(&self) -> bool {
        let wrong = |trouble: &Trouble| matches!(trouble.at, At::Head(_)) && trouble.found.is_error();
        self.sheet.is_new || self.path_error.is_some() || self.judged.troubles.iter().any(wrong)
    }

    fn is_focus(&self, id: &str) -> bool {
        self.done.focus == id
    }

    fn is_tried(&self) -> bool {
        let row = &self.person.row;
        !(row.facts.is_empty() && row.family.is_empty() && row.events.is_empty() && row.lot.is_empty())
    }

    fn verdict_class(&self) -> &'static str {
        match self.person.verdict.as_ref().map(|verdict| verdict.kind) {
            Some(Expect::Target) => "good",
            Some(Expect::Unknown) => "wait",
            _ => "",
        }
    }
}

/// What is shown beside the form itself.
#[derive(Default)]
pub(super) struct Beside {
    done: Done,
    refused: Option<String>,
    difference: Option<Compared>,
    path_error: Option<String>,
    why_error: Option<String>,
    /// The faults of a text that could not be read into the form.
    of_text: Option<Vec<Diagnostic>>,
    samples: bool,
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
            Err(refused) => beside = *refused,
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

/// Saves, or says why not.
async fn save(
    app: &App,
    staff: &SignedIn,
    sheet: &mut Sheet,
) -> Result<Result<Response, Box<Beside>>, WebError> {
    let refuse =
        |refused: &str| Ok(Err(Box::new(Beside { refused: Some(refused.to_owned()), ..Beside::default() })));
    if sheet.has_own_text() {
        return refuse(
            "文が書き換えられていますが、まだフォームに読み込まれていません。「文から読み直す」か「フォームから書き直す」を選んでください。",
        );
    }
    let Some(path) = RulePath::parse(&sheet.path) else {
        let sentence =
            "ファイルの名前は、文字と数字と「-」「_」で、フォルダーを「/」で区切って入力してください。";
        let path_error = Some(sentence.to_owned());
        return Ok(Err(Box::new(Beside {
            path_error,
            refused: Some(sentence.to_owned()),
            ..Beside::default()
        })));
    };
    let judged = Judged::new(sheet, &*app.library().await?, &app.catalogue, app.clock.today());
    if judged.segment.is_none() {
        return refuse("直すところがあります。各欄と「直すところ」を見てください。");
    }
    let origin = if sheet.is_import { Origin::Import } else { Origin::Console };
    let saving = Saving {
        path: &path,
        text: &judged.text,
        why: &sheet.why,
        seen: sheet.seen,
        is_new: sheet.is_new,
        origin,
    };
    match rules::save(&app.base(), &app.rules, Some(&member(staff)), saving).await {
        Ok(_) => Ok(Ok(go_and_say(
            &format!("/console/segments/{}", super::encoded(path.as_str())),
            Said::RuleSaved,
        ))),
        Err(RuleError::Db(error)) => Err(error.into()),
        Err(RuleError::Refused(refusal)) => {
            Ok(Err(Box::new(refused(app, sheet, &judged.text, refusal).await?)))
        }
    }
}

async fn refused(app: &App, sheet: &Sheet, text: &str, refusal: Refusal) -> Result<Beside, WebError> {
    let mut beside = Beside { refused: Some(refusal.to_string()), ..Beside::default() };
    match refusal {
        Refusal::NotAllowed => return Err(WebError::Forbidden("条件を変える権限がありません。")),
        Refusal::NoReason => beside.why_error = Some(refusal.to_string()),
        Refusal::Taken => beside.path_error = Some(refusal.to_string()),
        Refusal::Changed(version) => {
            let found = stored::find_version(&mut app.db.read().await?, &sheet.path, version).await?;
            let theirs = found.map(|found| found.text).unwrap_or_default();
            beside.difference =
                Some(Compared::new((&theirs, &format!("版{version}(保存済み)")), (text, "あなたの入力")));
        }
        // What is wrong only among all rules together (a shared condition, say) is not at any field.
        Refusal::Faulty(found) => {
            let said: Vec<_> = found.iter().filter(|one| one.is_error()).map(view::sentence).collect();
            beside.refused = Some(format!("直すところがあります。{}", said.join(" ")));
        }
        Refusal::Breaks(_) | Refusal::Same | Refusal::NotFound => {}
    }
    Ok(beside)
}

async fn builder(app: &App, mut sheet: Sheet, beside: Beside) -> Result<Builder, WebError> {
    let today = app.clock.today();
    let as_of = sheet.as_of.parse().unwrap_or(today);
    if sheet.person.as_of.is_empty() {
        sheet.person.as_of = as_of.to_string();
    }
    let library = app.library().await?;
    let shared = library.files().iter().filter(|file| file.path.starts_with("共通/"));
    let shared: Vec<_> = shared.map(|file| file.path.clone()).collect();
    let judged = Judged::new(&sheet, &library, &app.catalogue, today);
    let figures = match &judged.counted {
        Some(segment) => Some(Figures::ask(app, segment, as_of).await?),
        None => None,
    };
    let difference = match &judged.counted {
        Some(segment) if !sheet.is_new => {
            Difference::since_last_run(app, &sheet.path, segment, as_of).await?
        }
        _ => None,
    };
    let samples = match (&judged.counted, &figures) {
        (Some(segment), Some(figures)) if beside.samples => Samples::of(app, segment, figures).await?,
        _ => Vec::new(),
    };
    let kinds = Arc::new(controls::kinds(&app.catalogue));
    let layout = Layout {
        catalogue: &app.catalogue,
        judged: &judged,
        figures: figures.as_ref(),
        shared: &shared,
        kinds,
    };
    let rows: Vec<_> = sheet.rows.iter().chain([&sheet.person]).collect();
    let asked = view::asked(&sheet.target, &sheet.exclusions, &rows, &app.catalogue);
    // A text that was written by hand stays until it is read or dropped.
    let text = if sheet.has_own_text() || beside.of_text.is_some() {
        sheet.text.clone()
    } else {
        judged.text.clone()
    };
    let of_text = beside
        .of_text
        .map(|faults| faults.into_iter().map(|found| Trouble { at: At::Whole, found }).collect::<Vec<_>>());
    let troubles = match &of_text {
        Some(faults) => view::troubles(faults, &text),
        None => view::troubles(&judged.troubles, &judged.text),
    };
    let back = if sheet.is_new {
        "/console/segments".to_owned()
    } else {
        format!("/console/segments/{}", super::encoded(&sheet.path))
    };
    Ok(Builder {
        target: layout.nodes(&sheet.target, &[0], "対象の条件"),
        target_said: layout.said(&[0]),
        exclusions: layout.nodes(&sheet.exclusions, &[1], "除外の条件"),
        exclusions_said: layout.said(&[1]),
        rows: layout.rows(&sheet.rows, &asked),
        person: layout.row(&sheet.person, "t", &asked),
        draws: view::draws(judged.counted.as_ref(), &sheet.rows),
        text_before: if sheet.has_own_text() && beside_keeps(&sheet) {
            sheet.text_before.clone()
        } else {
            judged.text.clone()
        },
        troubles_of_text: of_text.is_some(),
        done: beside.done,
        refused: beside.refused,
        difference: beside.difference,
        path_error: beside.path_error,
        why_error: beside.why_error,
        totals: Totals { figures, difference },
        sheet,
        judged,
        as_of,
        text,
        troubles,
        samples,
        back,
    })
}

/// Whether there is a text of the form to tell an own text from.
fn beside_keeps(sheet: &Sheet) -> bool {
    !sheet.text_before.is_empty()
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
