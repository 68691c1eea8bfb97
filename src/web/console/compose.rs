//! Writing a broadcast: the form, empty or with what is stored, and what becomes of it when it is sent.
//!
//! Everything works by plain forms. A form with mistakes comes back with what was typed and one sentence at each
//! field. Buttons inside the form change its shape and pictures come in with it, whatever is pressed; neither saves the
//! broadcast. Saving sends nothing to anybody.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use serde::Deserialize;

use super::audience::Audience;
use super::beside::Beside;
use super::deeds::{broken, member};
use super::editor::{Editor, carry_out};
use super::fields::Fields;
use super::night;
use super::phone::Reader;
use super::series;
use super::typed::{Typed, type_of_time};
use super::when::When;
use super::whom_view::Fixed;
use crate::app::App;
use crate::domain::attribute::Topic;
use crate::domain::ids::BroadcastId;
use crate::domain::staff::StaffMember;
use crate::flow::broadcast::{self, BroadcastError, Refusal};
use crate::flow::images::{self, ImageError};
use crate::store::broadcasts::Broadcast;
use crate::web::assets;
use crate::web::error::WebError;
use crate::web::form::FieldErrors;
use crate::web::layout::{self, Area, Said, Shell, go_and_say};
use crate::web::session::SignedIn;

#[derive(Template)]
#[template(path = "web/console/compose.html")]
struct ComposePage {
    shell: Shell,
    script: String,
    action: String,
    back: String,
    version: i64,
    key: Option<BroadcastId>,
    voids: bool,
    typed: Typed,
    errors: FieldErrors,
    refused: Option<String>,
    /// What the night changes about the time.
    night: Option<String>,
    /// What is worth a second look about the time.
    when: When,
    /// Whether it goes out by night, too.
    is_emergency: bool,
    /// Whom it goes to, where that is not chosen.
    fixed: Option<Fixed>,
    rules: Vec<(String, String)>,
    topics: Vec<Topic>,
    /// The names of the series that there are.
    all_series: Vec<String>,
    audience: Option<Audience>,
    editor: Editor,
    beside: Beside,
}

impl ComposePage {
    fn error(&self, field: &str) -> Option<&str> {
        self.errors.at(field)
    }
}

#[derive(Deserialize)]
pub(super) struct Begin {
    /// The rule to begin with.
    #[serde(default)]
    segment: String,
}

pub(super) async fn new(
    State(app): State<App>,
    shell: Shell,
    Query(begin): Query<Begin>,
) -> Result<Response, WebError> {
    let key = Some(broadcast::new_key(&app));
    let form = Sheet { key, ..Sheet::new(Typed::new(&app.catalogue, &begin.segment)) };
    show(&app, shell, form).await
}

pub(super) async fn create(
    State(app): State<App>,
    shell: Shell,
    staff: SignedIn,
    fields: Fields,
) -> Result<Response, WebError> {
    let key = BroadcastId::parse(fields.text("key")).unwrap_or_else(|| broadcast::new_key(&app));
    let sheet = |typed| Sheet { key: Some(key), ..Sheet::new(typed) };
    let (sheet, finished) = match read(&app, &member(&staff), fields, &sheet).await? {
        Read::Draft(sheet, finished) => (sheet, finished),
        Read::Again(sheet) => return show(&app, shell, sheet).await,
    };
    let draft = match sheet.typed.draft(finished, app.clock.now()) {
        Ok(draft) => draft,
        Err(errors) => return show(&app, shell, Sheet { errors, ..sheet }).await,
    };
    match broadcast::create_once(&app, &member(&staff), key, draft).await {
        Ok(id) => Ok(go_and_say(&format!("/console/broadcasts/{id}"), Said::Saved)),
        Err(error) => refuse(&app, shell, sheet, error).await,
    }
}

pub(super) async fn edit(
    State(app): State<App>,
    shell: Shell,
    Path(id): Path<String>,
) -> Result<Response, WebError> {
    let stored = super::broadcast::load(&app, &id).await?;
    if !stored.state.is_editable() {
        return Err(WebError::Conflict(Refusal::WrongState(stored.state).to_string()));
    }
    if broadcast::has_fixed_text(&stored) {
        return Err(WebError::Conflict(Refusal::FixedText.to_string()));
    }
    let typed = Typed::of(&app.catalogue, &stored).bound_to(&stored);
    let voids = stored.state != crate::domain::broadcast::State::Draft;
    show(&app, shell, Sheet { stored: Some((stored.id, stored.version)), voids, ..Sheet::new(typed) }).await
}

pub(super) async fn update(
    State(app): State<App>,
    shell: Shell,
    staff: SignedIn,
    Path(id): Path<String>,
    fields: Fields,
) -> Result<Response, WebError> {
    let stored = super::broadcast::load(&app, &id).await?;
    let id = stored.id;
    let version = fields.text("version").parse().map_err(|_| WebError::Unreadable)?;
    let sheet = |typed: Typed| Sheet { stored: Some((id, version)), ..Sheet::new(typed.bound_to(&stored)) };
    let (sheet, finished) = match read(&app, &member(&staff), fields, &sheet).await? {
        Read::Draft(sheet, finished) => (sheet, finished),
        Read::Again(sheet) => return show(&app, shell, sheet).await,
    };
    let draft = match sheet.typed.draft(finished, app.clock.now()) {
        Ok(draft) => draft,
        Err(errors) => return show(&app, shell, Sheet { errors, ..sheet }).await,
    };
    match broadcast::edit(&app, &member(&staff), (id, version), draft).await {
        Ok(()) => Ok(go_and_say(&format!("/console/broadcasts/{id}"), Said::Saved)),
        Err(error) => refuse(&app, shell, sheet, error).await,
    }
}

/// What stands beside the form, for what is typed at this moment; nothing is saved and no picture is taken in.
pub(super) async fn preview(State(app): State<App>, fields: Fields) -> Result<Response, WebError> {
    let language = fields.text("preview-language").to_owned();
    let reader = if fields.text("preview-reader") == "unknown" { Reader::Unknown } else { Reader::Known };
    let typed = Typed::read(&app.catalogue, fields.texts);
    let known = typed.bodies.iter().any(|body| body.language.as_str() == language);
    let beside = Beside::new(&app, &typed, if known { &language } else { "ja" }, reader);
    Ok(Html(beside.render().map_err(|error| WebError::broken(&error))?).into_response())
}

/// What came of reading a form.
enum Read {
    /// To be saved, finished or not.
    Draft(Sheet, bool),
    /// To be shown again: a button inside it was pressed, or a picture could not be taken.
    Again(Sheet),
}

async fn read(
    app: &App,
    staff: &StaffMember,
    fields: Fields,
    sheet: &impl Fn(Typed) -> Sheet,
) -> Result<Read, WebError> {
    let (deed, finished) = (fields.text("do").to_owned(), fields.text("then") == "review");
    let mut typed = Typed::read(&app.catalogue, fields.texts);
    let mut errors = FieldErrors::default();
    for file in fields.files {
        let kept = match file.bytes {
            Some(bytes) => images::take_in(app, staff, bytes).await,
            None => Err(ImageError::TooLarge),
        };
        match kept {
            Ok(kept) => typed.put_picture(&file.name, kept),
            Err(ImageError::Db(error)) => return Err(error.into()),
            Err(refused) => errors.add(&file.name, refused.to_string()),
        }
    }
    carry_out(&mut typed.bodies, &deed);
    if deed.is_empty() && errors.is_empty() {
        return Ok(Read::Draft(sheet(typed), finished));
    }
    Ok(Read::Again(Sheet { errors, ..sheet(typed) }))
}

/// One form with everything around it.
struct Sheet {
    /// What makes an empty form one form, however often it is sent.
    key: Option<BroadcastId>,
    stored: Option<(BroadcastId, i64)>,
    typed: Typed,
    errors: FieldErrors,
    refused: Option<String>,
    voids: bool,
}

impl Sheet {
    fn new(typed: Typed) -> Self {
        Self { key: None, stored: None, typed, errors: FieldErrors::default(), refused: None, voids: false }
    }
}

async fn refuse(app: &App, shell: Shell, sheet: Sheet, error: BroadcastError) -> Result<Response, WebError> {
    let BroadcastError::Refused(refusal) = error else { return Err(broken(error)) };
    let mut sheet = sheet;
    let at = match refusal {
        Refusal::Title => Some("title"),
        Refusal::Series | Refusal::UnknownSeries(_) => Some("series"),
        Refusal::UnknownTopic => Some("topic"),
        Refusal::UnknownSegment => Some("segment"),
        Refusal::NotFound | Refusal::NotAllowed(_) => return Err(broken(refusal.into())),
        _ => None,
    };
    match at {
        Some(field) => sheet.errors.add(field, refusal.to_string()),
        None => sheet.refused = Some(refusal.to_string()),
    }
    show(app, shell, sheet).await
}

async fn show(app: &App, shell: Shell, sheet: Sheet) -> Result<Response, WebError> {
    let title = if sheet.stored.is_some() { "配信の編集" } else { "配信の作成" };
    let own = sheet.stored.map(|(id, _)| format!("/console/broadcasts/{id}"));
    let wrong = !sheet.errors.is_empty() || sheet.refused.is_some();
    let stored = match sheet.stored {
        Some((id, _)) => Some(super::broadcast::load(app, &id.to_string()).await?),
        None => None,
    };
    let is_emergency = stored.as_ref().is_some_and(Broadcast::is_emergency);
    let quiet = night::quiet(app, is_emergency);
    let fixed = match &stored {
        Some(stored) if sheet.typed.is_fixed => Some(Fixed::of(app, stored).await?),
        _ => None,
    };
    let mut shell =
        shell.titled(title).wrong(wrong).within(Area::Broadcasts).below("/console/broadcasts", "配信");
    if let Some(own) = &own {
        shell = shell.below(own, "内容の確認");
    }
    let action = own.as_ref().map_or("/console/broadcasts".to_owned(), |own| format!("{own}/edit"));
    let page = ComposePage {
        script: assets::url("compose.js"),
        back: own.unwrap_or_else(|| "/console/broadcasts".to_owned()),
        version: sheet.stored.map_or(0, |(_, version)| version),
        key: sheet.key,
        voids: sheet.voids,
        editor: Editor {
            bodies: sheet.typed.bodies.clone(),
            errors: sheet.errors.clone(),
            action: action.clone(),
            deadline: sheet.typed.deadline.clone(),
            counts_taps: sheet.typed.counts_taps,
            unfillable: sheet.typed.unfillable,
        },
        action,
        errors: sheet.errors,
        refused: sheet.refused,
        rules: app
            .library()
            .await?
            .list()
            .map(|(path, rule)| (path.to_owned(), rule.header.name.clone()))
            .collect(),
        when: When::of(&quiet, &sheet.typed.scheduled_at),
        night: night::rule(&quiet),
        is_emergency,
        fixed,
        topics: app.catalogue.topics().to_vec(),
        all_series: series::known(app, &mut app.db.read().await?)
            .await?
            .into_iter()
            .map(|one| one.name)
            .collect(),
        audience: audience(app, &sheet.typed).await?,
        beside: Beside::new(app, &sheet.typed, "ja", Reader::Known),
        typed: sheet.typed,
        shell,
    };
    let mut response = layout::page(&page.shell, &page)?;
    if wrong {
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(response)
}

async fn audience(app: &App, typed: &Typed) -> Result<Option<Audience>, WebError> {
    if typed.is_fixed {
        return Ok(None);
    }
    let library = app.library().await?;
    let Some(segment) = library.get(&typed.segment) else { return Ok(None) };
    let topic = Some(typed.topic.as_str()).filter(|topic| app.catalogue.topic(topic).is_some());
    Ok(Some(Audience::ask(app, segment, app.clock.today(), topic).await?))
}
