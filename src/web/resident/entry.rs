//! The door: the page that LINE opens, and the exchange of LINE's ID token for a session of ours.
//!
//! The token is verified by LINE itself, on the server; what the page's script believes is never taken. The token is
//! used once and neither kept nor logged. What somebody typed before a session ended is carried through the door.

use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::extract::rejection::FormRejection;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::CookieJar;
use secrecy::SecretString;
use serde::Deserialize;

use super::session::cookie;
use super::{Shell, failed, page, profile};
use crate::app::App;
use crate::db;
use crate::domain::ids::LineUserId;
use crate::domain::texts::Tongue;
use crate::flow::register;
use crate::line::client::IdTokenError;
use crate::store::accounts::Account;

#[derive(Template)]
#[template(path = "web/resident/entry.html")]
struct Entry<'a> {
    shell: Shell<'a>,
    title: &'static str,
    /// What went wrong, said in every language, because we may not know yet whom we are talking to.
    trouble: Option<&'static str>,
    /// A form that was sent without a session.
    carry: String,
    /// Whether the script should begin by itself.
    starts: bool,
}

impl Entry<'_> {
    fn said(&self, key: &str) -> Vec<(&'static str, String)> {
        Tongue::ALL.into_iter().map(|tongue| (tongue.html(), tongue.say(key))).collect()
    }
}

/// What the script of the page sends.
#[derive(Deserialize)]
pub(super) struct Begin {
    id_token: String,
    #[serde(default)]
    carry: String,
}

/// `GET /liff`
pub(super) async fn show(State(app): State<App>, headers: HeaderMap) -> Response {
    let shell = Shell::new(&app, asked(&app, &headers));
    let entry = Entry { shell, title: "opening-title", trouble: None, carry: String::new(), starts: true };
    page(StatusCode::OK, &entry)
}

/// `POST /liff/session`
pub(super) async fn begin(
    State(app): State<App>,
    headers: HeaderMap,
    jar: CookieJar,
    form: Result<Form<Begin>, FormRejection>,
) -> Response {
    let Ok(Form(form)) = form else {
        return refuse(&app, &headers, StatusCode::BAD_REQUEST, "entry-failed", String::new());
    };
    let token = SecretString::from(form.id_token);
    let user = match app.line.verify_id_token(&token, &app.config.liff.channel_id).await {
        Ok(verified) => verified.user,
        Err(error) => return not_believed(&app, &headers, &error, form.carry),
    };
    match enter(&app, user, asked(&app, &headers), &form.carry).await {
        Ok((token, response)) => (jar.add(cookie(&app.config.server, token)), response).into_response(),
        Err(error) => failed(&error),
    }
}

async fn enter(app: &App, user: LineUserId, asked: Tongue, carry: &str) -> db::Result<(String, Response)> {
    let stored = register::stored(app, &user).await?;
    let account = stored.as_ref().map(|stored| &stored.account);
    let tongue = match account.and_then(Account::language) {
        Some(language) => Tongue::nearest(&app.catalogue, Some(language)),
        None => asked,
    };
    let registered = account.is_some_and(|account| account.registered_at.is_some());
    let token = register::begin_session(app, user, tongue).await?;
    let response = match (carry.is_empty(), registered) {
        (false, _) => profile::restore(app, tongue, stored.as_ref(), carry),
        (true, true) => Redirect::to("/liff/summary").into_response(),
        (true, false) => Redirect::to("/liff/profile").into_response(),
    };
    Ok((token, response))
}

fn not_believed(app: &App, headers: &HeaderMap, error: &IdTokenError, carry: String) -> Response {
    let (status, text) = match error {
        IdTokenError::Expired => (StatusCode::UNAUTHORIZED, "entry-expired"),
        IdTokenError::WrongAudience | IdTokenError::Forged => (StatusCode::FORBIDDEN, "entry-failed"),
        IdTokenError::Line(_) => (StatusCode::SERVICE_UNAVAILABLE, "entry-away"),
    };
    tracing::warn!(%error, "an ID token was not believed");
    refuse(app, headers, status, text, carry)
}

fn refuse(
    app: &App,
    headers: &HeaderMap,
    status: StatusCode,
    trouble: &'static str,
    carry: String,
) -> Response {
    let shell = Shell::new(app, asked(app, headers));
    page(status, &Entry { shell, title: "page-broken-title", trouble: Some(trouble), carry, starts: false })
}

/// The session is over: says so, and goes through the door again with what was typed.
pub(super) fn over(app: &App, headers: &HeaderMap, carry: String) -> Response {
    let shell = Shell::new(app, asked(app, headers));
    let entry = Entry { shell, title: "session-title", trouble: Some("session-text"), carry, starts: false };
    page(StatusCode::UNAUTHORIZED, &entry)
}

/// Nobody can look up the session now: says so, and keeps what was typed for the next try.
pub(super) fn away(app: &App, headers: &HeaderMap, error: &db::Error, carry: String) -> Response {
    tracing::error!(%error, "a registration could not be looked at");
    refuse(app, headers, StatusCode::SERVICE_UNAVAILABLE, "page-broken-text", carry)
}

/// The language the phone asks for.
pub(super) fn asked(app: &App, headers: &HeaderMap) -> Tongue {
    let header = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    Tongue::accepted(&app.catalogue, header.unwrap_or_default())
}
