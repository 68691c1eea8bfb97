//! The form: everything a resident registers, on one page.
//!
//! Adding a member, taking one out and changing the language are buttons of the same form; they store nothing and lose
//! nothing that was typed. A form with mistakes comes back whole, with the mistakes listed at the top.

use askama::Template;
use axum::extract::{RawForm, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};

use super::check::{Check, FieldError};
use super::fields::{Field, Fields, PersonBlock, id_of};
use super::session::{Perhaps, Resident};
use super::typed::{Typed, account};
use super::{Shell, entry, failed, page};
use crate::app::App;
use crate::domain::attribute::core;
use crate::domain::texts::Tongue;
use crate::flow::register::{self, MEMBERS, SaveError, Stored};

#[derive(Template)]
#[template(path = "web/resident/profile.html")]
struct Profile<'a> {
    shell: Shell<'a>,
    is_registered: bool,
    version: String,
    errors: Vec<FieldError>,
    /// Said at the top, beside no field.
    notice: Option<String>,
    account: Vec<Field>,
    persons: Vec<PersonBlock>,
    wishes: Vec<Field>,
    may_add: bool,
    asks_consent: bool,
    agreed: bool,
    consent_error: Option<String>,
}

impl Profile<'_> {
    fn title(&self) -> String {
        self.shell.t(if self.is_registered { "form-title-change" } else { "form-title" })
    }

    fn anchor(&self, error: &FieldError) -> String {
        id_of(&error.name)
    }
}

/// What a page shows beside what was typed.
#[derive(Default)]
struct Shown {
    errors: Vec<FieldError>,
    notice: Option<String>,
    added: Option<usize>,
}

/// `GET /liff/profile`
pub(super) async fn show(State(app): State<App>, resident: Resident) -> Response {
    match register::stored(&app, &resident.user).await {
        Ok(stored) => {
            let typed = Typed::from_stored(&app.catalogue, resident.tongue, stored.as_ref());
            form(&app, resident.tongue, stored.as_ref(), &typed, Shown::default(), StatusCode::OK)
        }
        Err(error) => failed(&error),
    }
}

/// The form with what was typed before a session ended.
pub(super) fn restore(app: &App, tongue: Tongue, stored: Option<&Stored>, carry: &str) -> Response {
    let shown = Shown { notice: Some(tongue.say("session-restored")), ..Shown::default() };
    form(app, tongue, stored, &Typed::parse(carry), shown, StatusCode::OK)
}

/// `POST /liff/profile`
pub(super) async fn submit(
    State(app): State<App>,
    Perhaps(resident): Perhaps,
    headers: HeaderMap,
    RawForm(body): RawForm,
) -> Response {
    let body = String::from_utf8_lossy(&body).into_owned();
    let resident = match resident {
        Ok(Some(resident)) => resident,
        Ok(None) => return entry::over(&app, &headers, body),
        Err(error) => return entry::away(&app, &headers, &error, body),
    };
    let mut typed = Typed::parse(&body);
    let stored = match register::stored(&app, &resident.user).await {
        Ok(stored) => stored,
        Err(error) => return kept(&app, &resident, None, &typed, &error.into()),
    };
    let show =
        |tongue, typed: &Typed, shown| form(&app, tongue, stored.as_ref(), typed, shown, StatusCode::OK);
    let action = typed.first("action").to_owned();
    if action == "add" {
        let added = Some(typed.add_person());
        return show(resident.tongue, &typed, Shown { added, ..Shown::default() });
    }
    if let Some(number) = action.strip_prefix("remove:").and_then(|number| number.parse().ok()) {
        typed.remove_person(number);
        return show(resident.tongue, &typed, Shown::default());
    }
    if let Some(tongue) = action.strip_prefix("speak:").and_then(Tongue::parse) {
        return match speak(&app, &resident, &mut typed, tongue).await {
            Ok(()) => show(tongue, &typed, Shown::default()),
            Err(error) => kept(&app, &resident, stored.as_ref(), &typed, &error.into()),
        };
    }
    save(&app, &resident, stored.as_ref(), &typed).await
}

/// Changes the pages' language, and with it that of the messages unless another one was chosen for them.
async fn speak(app: &App, resident: &Resident, typed: &mut Typed, tongue: Tongue) -> crate::db::Result<()> {
    if typed.first(&account(core::LANGUAGE)) == resident.tongue.tag() {
        typed.set(&account(core::LANGUAGE), tongue.tag());
    }
    register::speak(app, &resident.token, tongue).await
}

async fn save(app: &App, resident: &Resident, stored: Option<&Stored>, typed: &Typed) -> Response {
    let check = Check {
        catalogue: &app.catalogue,
        tongue: resident.tongue,
        today: app.clock.today(),
        asks_consent: !stored.is_some_and(Stored::has_consent),
    };
    let registration = match check.read(typed) {
        Ok(registration) => registration,
        Err(errors) => {
            let shown = Shown { errors, ..Shown::default() };
            return form(app, resident.tongue, stored, typed, shown, StatusCode::UNPROCESSABLE_ENTITY);
        }
    };
    match register::save(app, &resident.user, &registration).await {
        Ok(_) => saved(app, resident, registration.account.choice(core::LANGUAGE)).await,
        Err(SaveError::ChangedElsewhere) => changed_elsewhere(app, resident, typed).await,
        Err(error) => kept(app, resident, stored, typed, &error),
    }
}

async fn saved(app: &App, resident: &Resident, language: Option<&str>) -> Response {
    let tongue = Tongue::nearest(&app.catalogue, language);
    // The pages go on in the language just chosen; should that fail, they go on as they are.
    if tongue != resident.tongue
        && let Err(error) = register::speak(app, &resident.token, tongue).await
    {
        tracing::warn!(%error, "the language of a session could not be changed");
    }
    Redirect::to("/liff/summary?done=saved").into_response()
}

/// Not saved, because what is stored is newer than what the form showed; saving again is done knowingly.
async fn changed_elsewhere(app: &App, resident: &Resident, typed: &Typed) -> Response {
    let mut typed = typed.clone();
    match register::stored(app, &resident.user).await {
        Ok(Some(stored)) => {
            typed.set("version", &stored.account.version.to_string());
            kept(app, resident, Some(&stored), &typed, &SaveError::ChangedElsewhere)
        }
        Ok(None) => kept(app, resident, None, &typed, &SaveError::ChangedElsewhere),
        Err(error) => kept(app, resident, None, &typed, &error.into()),
    }
}

/// Not saved, and nothing typed is lost.
fn kept(
    app: &App,
    resident: &Resident,
    stored: Option<&Stored>,
    typed: &Typed,
    error: &SaveError,
) -> Response {
    let (status, key) = match error {
        SaveError::ChangedElsewhere => (StatusCode::CONFLICT, "error-changed-elsewhere"),
        SaveError::ConsentMissing => (StatusCode::UNPROCESSABLE_ENTITY, "error-consent"),
        SaveError::Db(error) => {
            tracing::error!(%error, "a registration could not be saved");
            (StatusCode::SERVICE_UNAVAILABLE, "page-broken-text")
        }
    };
    let shown = Shown { notice: Some(resident.tongue.say(key)), ..Shown::default() };
    form(app, resident.tongue, stored, typed, shown, status)
}

fn form(
    app: &App,
    tongue: Tongue,
    stored: Option<&Stored>,
    typed: &Typed,
    shown: Shown,
    status: StatusCode,
) -> Response {
    let fields = Fields { catalogue: &app.catalogue, tongue, typed, errors: &shown.errors };
    let persons = fields.persons(shown.added);
    let template = Profile {
        shell: Shell::new(app, tongue),
        is_registered: stored.is_some_and(|stored| stored.account.registered_at.is_some()),
        version: typed.first("version").to_owned(),
        account: fields.of_account(),
        may_add: persons.len() <= MEMBERS,
        persons,
        wishes: fields.of_wishes(),
        asks_consent: !stored.is_some_and(Stored::has_consent),
        agreed: typed.first("consent") == "yes",
        consent_error: shown
            .errors
            .iter()
            .find(|error| error.name == "consent")
            .map(|error| error.message.clone()),
        errors: shown.errors,
        notice: shown.notice,
    };
    page(status, &template)
}
