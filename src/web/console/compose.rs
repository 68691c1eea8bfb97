//! Writing a broadcast: the form, empty or with what is stored, and what becomes of it when it is sent.
//!
//! Everything works by plain forms. A form with mistakes comes back with what was typed and one sentence at each
//! field. Saving sends nothing to anybody.

use askama::Template;
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::audience::Audience;
use super::deeds::{broken, member};
use super::night;
use super::phone::Phone;
use super::typed::Typed;
use crate::app::App;
use crate::domain::attribute::Topic;
use crate::domain::ids::BroadcastId;
use crate::domain::message::{BUTTONS, CARD_TEXT_UNITS, LABEL_GRAPHEMES, TEXT_UNITS, TITLE_UNITS};
use crate::flow::broadcast::{self, BroadcastError, Refusal};
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
    rules: Vec<(String, String)>,
    topics: Vec<Topic>,
    audience: Option<Audience>,
    phone: Phone,
}

impl ComposePage {
    fn error(&self, field: &str) -> Option<&str> {
        self.errors.at(field)
    }

    fn field(&self, name: &str, language: &str) -> String {
        format!("{name}.{language}")
    }

    fn button(&self, name: &str, language: &str, at: &usize) -> String {
        format!("{name}.{language}.{at}")
    }

    fn is_open(&self, variant: &super::typed::Variant) -> bool {
        let language = variant.language.as_str();
        let ending = |field: &str| field.split('.').nth(1) == Some(language);
        language == "ja" || variant.is_filled() || self.errors.iter().any(|(field, _)| ending(field))
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
    Form(fields): Form<Vec<(String, String)>>,
) -> Result<Response, WebError> {
    let finished = wants_review(&fields);
    let key = BroadcastId::parse(value(&fields, "key")).unwrap_or_else(|| broadcast::new_key(&app));
    let sheet = Sheet { key: Some(key), ..Sheet::new(Typed::read(&app.catalogue, fields)) };
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
    let typed = Typed::of(&app.catalogue, &stored);
    let voids = stored.state != crate::domain::broadcast::State::Draft;
    show(&app, shell, Sheet { stored: Some((stored.id, stored.version)), voids, ..Sheet::new(typed) }).await
}

pub(super) async fn update(
    State(app): State<App>,
    shell: Shell,
    staff: SignedIn,
    Path(id): Path<String>,
    Form(fields): Form<Vec<(String, String)>>,
) -> Result<Response, WebError> {
    let id = BroadcastId::parse(&id).ok_or(WebError::NotFound)?;
    let version = value(&fields, "version").parse().map_err(|_| WebError::Unreadable)?;
    let finished = wants_review(&fields);
    let typed = Typed::read(&app.catalogue, fields);
    let sheet = Sheet { stored: Some((id, version)), ..Sheet::new(typed) };
    let draft = match sheet.typed.draft(finished, app.clock.now()) {
        Ok(draft) => draft,
        Err(errors) => return show(&app, shell, Sheet { errors, ..sheet }).await,
    };
    match broadcast::edit(&app, &member(&staff), (id, version), draft).await {
        Ok(()) => Ok(go_and_say(&format!("/console/broadcasts/{id}"), Said::Saved)),
        Err(error) => refuse(&app, shell, sheet, error).await,
    }
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
        Refusal::Series => Some("series"),
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
    let mut shell = shell.titled(title).within(Area::Broadcasts).below("/console/broadcasts", "配信");
    if let Some(own) = &own {
        shell = shell.below(own, "内容の確認");
    }
    let page = ComposePage {
        script: assets::url("compose.js"),
        action: own.as_ref().map_or("/console/broadcasts".to_owned(), |own| format!("{own}/edit")),
        back: own.unwrap_or_else(|| "/console/broadcasts".to_owned()),
        version: sheet.stored.map_or(0, |(_, version)| version),
        key: sheet.key,
        voids: sheet.voids,
        errors: sheet.errors,
        refused: sheet.refused,
        rules: app
            .library()
            .await?
            .list()
            .map(|(path, rule)| (path.to_owned(), rule.header.name.clone()))
            .collect(),
        night: night::rule(&app.config.quiet_hours),
        topics: app.catalogue.topics().to_vec(),
        audience: audience(app, &sheet.typed).await?,
        phone: phone(app, &sheet.typed),
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
    let library = app.library().await?;
    let Some(segment) = library.get(&typed.segment) else { return Ok(None) };
    let topic = Some(typed.topic.as_str()).filter(|topic| app.catalogue.topic(topic).is_some());
    Ok(Some(Audience::ask(app, segment, app.clock.today(), topic).await?))
}

fn phone(app: &App, typed: &Typed) -> Phone {
    let japanese = typed.variants.iter().find(|variant| variant.language.as_str() == "ja");
    let body = japanese.map(|variant| variant.body(typed.is_card));
    let body = body.unwrap_or(crate::domain::message::Body::Text { text: String::new() });
    Phone::new(&body, &app.config.city.name, "ja")
}

fn wants_review(fields: &[(String, String)]) -> bool {
    value(fields, "then") == "review"
}

fn value<'a>(fields: &'a [(String, String)], name: &str) -> &'a str {
    fields.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
}
