//! The form of a repeat: to begin one, and to change one.
//!
//! A form with mistakes comes back with what was typed and a sentence at each field. Where somebody else was faster,
//! nothing is written: what is stored now stands above what was typed, and whoever has compared them may send it again.

use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::Value;
use uuid::Uuid;

use super::broadcasts::minute;
use super::deeds::{broken, member};
use super::figures::grouped;
use super::phone::Phones;
use super::repeat::in_words;
use super::repeat_fields::{Entry, KINDS, SHIFTS, entries};
use super::repeat_typed::Typed;
use super::split;
use crate::app::App;
use crate::domain::broadcast::trial::Trial;
use crate::domain::ids::BroadcastId;
use crate::domain::message::Content;
use crate::flow::broadcast::{self, BroadcastError, Refusal};
use crate::store::repeats::{self, Model, Repeat};
use crate::store::standings::{self, Standing};
use crate::web::error::WebError;
use crate::web::form::FieldErrors;
use crate::web::layout::{self, Area, Said, Shell, go_and_say};
use crate::web::session::SignedIn;

/// Broadcasts that can be chosen as another model.
const MODELS: i64 = 100;

#[derive(Template)]
#[template(path = "web/console/repeat.html")]
struct FormPage {
    shell: Shell,
    action: String,
    back: String,
    title: String,
    typed: Typed,
    entries: Vec<Entry>,
    faults: Faults,
    stored: Option<Stored>,
}

/// What a change begins with.
struct Stored {
    repeat: Repeat,
    version: String,
    /// The standing approval that the change ends.
    standing: Option<Standing>,
    /// On which days it comes, in words.
    rhythm: String,
    rule: String,
    /// How each run is split, in words.
    split: String,
    /// How long each run is true, in words.
    lasting: Vec<String>,
    phones: Phones,
    models: Vec<Model>,
    /// What is stored now, where that is not what was seen.
    now: Option<Now>,
}

/// What somebody else has made of it, in words.
struct Now {
    editor: String,
    shift: &'static str,
    time: String,
}

/// Why a form comes back.
#[derive(Default)]
struct Faults {
    errors: FieldErrors,
    refused: Option<Refusal>,
}

impl FormPage {
    fn error(&self, field: &str) -> Option<&str> {
        self.faults.errors.at(field)
    }

    /// The sentence about the whole; that somebody was faster is said with what is stored now.
    fn refused(&self) -> Option<&Refusal> {
        let is_said = self.is_stale() && self.faults.refused == Some(Refusal::RepeatChanged);
        self.faults.refused.as_ref().filter(|_| !is_said)
    }

    fn is_stale(&self) -> bool {
        self.stored.as_ref().is_some_and(|stored| stored.now.is_some())
    }

    fn status(&self) -> StatusCode {
        let refused = self.faults.refused.as_ref();
        if self.is_stale() || matches!(refused, Some(Refusal::RepeatChanged | Refusal::RepeatOver)) {
            StatusCode::CONFLICT
        } else if refused.is_some() || !self.faults.errors.is_empty() {
            StatusCode::UNPROCESSABLE_ENTITY
        } else {
            StatusCode::OK
        }
    }

    fn answer(mut self) -> Result<Response, WebError> {
        let status = self.status();
        self.shell = self.shell.wrong(status != StatusCode::OK);
        let mut response = layout::page(&self.shell, &self)?;
        *response.status_mut() = status;
        Ok(response)
    }
}

pub(super) async fn ask(
    State(app): State<App>,
    shell: Shell,
    Path(id): Path<String>,
) -> Result<Response, WebError> {
    let typed = Typed::of_model(&super::broadcast::load(&app, &id).await?);
    begin_page(&app, shell, &id, typed, Faults::default()).await
}

pub(super) async fn begin(
    State(app): State<App>,
    shell: Shell,
    staff: SignedIn,
    Path(id): Path<String>,
    Form(typed): Form<Typed>,
) -> Result<Response, WebError> {
    let model = BroadcastId::parse(&id).ok_or(WebError::NotFound)?;
    let done = match typed.again() {
        Ok(again) => broadcast::repeat(&app, &member(&staff), model, &again).await.map(drop),
        Err(errors) => {
            return begin_page(&app, shell, &id, typed, Faults { errors, refused: None }).await;
        }
    };
    match done {
        Ok(()) => Ok(go_and_say("/console/repeats", Said::RepeatBegun)),
        Err(error) => begin_page(&app, shell, &id, typed, mendable(error)?).await,
    }
}

async fn begin_page(
    app: &App,
    shell: Shell,
    id: &str,
    typed: Typed,
    faults: Faults,
) -> Result<Response, WebError> {
    let model = super::broadcast::load(app, id).await?;
    let back = format!("/console/broadcasts/{}", model.id);
    let shell = shell.titled("繰り返しの設定").within(Area::Broadcasts);
    let shell = shell.below("/console/broadcasts", "配信").below(&back, &model.title);
    let action = format!("{back}/repeat");
    let texts = texts(&model.content, model.trial.as_ref());
    let entries = entries(app, &typed, &faults.errors, &texts);
    FormPage { shell, action, back, title: model.title, typed, entries, faults, stored: None }.answer()
}

pub(super) async fn ask_change(
    State(app): State<App>,
    shell: Shell,
    Path(id): Path<String>,
) -> Result<Response, WebError> {
    let id = Uuid::try_parse(&id).map_err(|_| WebError::NotFound)?;
    let stored = stored(&app, id).await?;
    if stored.repeat.ended_at.is_some() {
        return Err(WebError::Conflict(Refusal::RepeatOver.to_string()));
    }
    let typed = Typed::of(&stored.repeat);
    change_page(&app, shell, stored, typed, Faults::default())
}

pub(super) async fn change(
    State(app): State<App>,
    shell: Shell,
    staff: SignedIn,
    Path(id): Path<String>,
    Form(typed): Form<Typed>,
) -> Result<Response, WebError> {
    let id = Uuid::try_parse(&id).map_err(|_| WebError::NotFound)?;
    let faults = match typed.wish() {
        Ok((model, again)) => {
            let seen = (id, typed.version.as_str());
            match broadcast::change_repeat(&app, &member(&staff), seen, (model, &again)).await {
                Ok(()) => return Ok(go_and_say("/console/repeats", Said::RepeatChanged)),
                Err(error) => mendable(error)?,
            }
        }
        Err(errors) => Faults { errors, refused: None },
    };
    let stored = stored(&app, id).await?;
    let is_stale = stored.repeat.ended_at.is_none() && stored.version != typed.version;
    let now = if is_stale { Some(now(&app, &stored.repeat).await?) } else { None };
    change_page(&app, shell, Stored { now, ..stored }, typed, faults)
}

fn change_page(
    app: &App,
    shell: Shell,
    stored: Stored,
    typed: Typed,
    faults: Faults,
) -> Result<Response, WebError> {
    let shell = shell.titled("繰り返しの変更").within(Area::Broadcasts);
    let texts = texts(&stored.repeat.content, stored.repeat.trial.as_ref());
    let page = FormPage {
        shell: shell.below("/console/broadcasts", "配信").below("/console/repeats", "繰り返し"),
        action: format!("/console/repeats/{}/change", stored.repeat.id),
        back: "/console/repeats".to_owned(),
        title: stored.repeat.title.clone(),
        entries: entries(app, &typed, &faults.errors, &texts),
        typed,
        faults,
        stored: Some(stored),
    };
    page.answer()
}

/// Its text, and those of its other arms.
fn texts(own: &Content, trial: Option<&Value>) -> Vec<Content> {
    let texts = Trial::texts(own, trial).unwrap_or_default();
    texts.into_iter().map(|said| said.content).collect()
}

async fn stored(app: &App, id: Uuid) -> Result<Stored, WebError> {
    let mut tx = app.db.read().await?;
    let repeat = repeats::find(&mut tx, id).await?.ok_or(WebError::NotFound)?;
    let standing = standings::open_of(&mut tx, id).await?;
    let models = repeats::models(&mut tx, MODELS).await?;
    drop(tx);
    let library = app.library().await?;
    let next = broadcast::occasions_from(&repeat, repeat.begins.0.max(app.clock.today()), 1);
    let day = next.first().map_or(repeat.begins.0, |(_, at)| at.tokyo_date());
    let content = repeat.lasting().content(&repeat.content, day);
    let rule = library.get(&repeat.segment_path).map(|rule| rule.header.name.clone());
    Ok(Stored {
        version: repeat.version(standing.as_ref()),
        rhythm: in_words(app, &repeat),
        split: split::in_words(repeat.trial.as_ref()),
        lasting: repeat.lasting().in_words(),
        rule: rule.unwrap_or_else(|| repeat.segment_path.clone()),
        phones: Phones::new(&content, &app.catalogue, &app.config.city.name),
        repeat,
        standing,
        models,
        now: None,
    })
}

async fn now(app: &App, repeat: &Repeat) -> Result<Now, WebError> {
    let editor = repeat.editor_id.unwrap_or(repeat.staff_id);
    let shift = SHIFTS.iter().find(|(id, _)| *id == repeat.shift);
    Ok(Now {
        editor: super::broadcast::name(&mut app.db.read().await?, editor).await?,
        shift: shift.map_or("", |(_, word)| *word),
        time: Typed::of(repeat).time,
    })
}

/// What a person can mend in the form.
fn mendable(error: BroadcastError) -> Result<Faults, WebError> {
    match error {
        BroadcastError::Refused(refusal @ (Refusal::NotFound | Refusal::NotAllowed(_))) => {
            Err(broken(refusal.into()))
        }
        BroadcastError::Refused(refusal @ Refusal::NothingNamesDeadline) => {
            let mut faults = Faults::default();
            faults.errors.add("deadline", refusal.to_string());
            Ok(faults)
        }
        BroadcastError::Refused(refusal) => {
            Ok(Faults { errors: FieldErrors::default(), refused: Some(refusal) })
        }
        other => Err(broken(other)),
    }
}
