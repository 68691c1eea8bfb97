//! Who sits at the browser: the session's cookie, and the guard before every page of the console.
//!
//! A route can't be laid without saying who may use it ([`Who`]); the guard stands before the handler, so a handler
//! can't forget to look. It decides nothing about single broadcasts: that is the flow's matter.

use axum::extract::{FromRequestParts, Request, State};
use axum::http::header::SET_COOKIE;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};

use crate::app::App;
use crate::domain::ids::StaffId;
use crate::domain::staff::{Role, Roles};
use crate::flow::login;
use crate::web::error::WebError;
use crate::web::layout::cookie;

/// Who may use a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// Anyone at all.
    Anyone,
    /// Whoever is signed in.
    Staff,
    /// Whoever is signed in and holds one of these roles.
    Roles(&'static [Role]),
}

/// The member of staff behind a request.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// Their id.
    pub id: StaffId,
    /// Their name.
    pub name: String,
    /// Their section.
    pub department: String,
    /// What they may do.
    pub roles: Roles,
}

impl FromRequestParts<App> for SignedIn {
    type Rejection = WebError;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, WebError> {
        parts.extensions.get::<Self>().cloned().ok_or(WebError::SignInAgain)
    }
}

/// Lets in whoever may come in, and remembers who it is for the handler and for an error page.
pub async fn guard(State((app, who)): State<(App, Who)>, mut request: Request, next: Next) -> Response {
    let staff = match signed_in(&app, request.headers()).await {
        Ok(staff) => staff,
        Err(error) => return error.into_response(),
    };
    let refusal = match (who, &staff) {
        (Who::Anyone, _) | (Who::Staff, Some(_)) => None,
        (_, None) => Some(turn_away(&request)),
        (Who::Roles(roles), Some(staff)) if staff.roles.has_any(roles) => None,
        (Who::Roles(_), Some(_)) => Some(
            WebError::Forbidden(
                "あなたの役割では、この画面を使えません。必要なときは管理者に相談してください。",
            )
            .into_response(),
        ),
    };
    let Some(staff) = staff else { return proceed(refusal, request, next).await };
    request.extensions_mut().insert(staff.clone());
    let mut response = proceed(refusal, request, next).await;
    response.extensions_mut().insert(staff);
    response
}

async fn proceed(refusal: Option<Response>, request: Request, next: Next) -> Response {
    match refusal {
        Some(response) => response,
        None => next.run(request).await,
    }
}

/// A page leads to the log-in and back again; a form or a script is told that the session is over.
fn turn_away(request: &Request) -> Response {
    let by_script = request.headers().get("sec-fetch-dest").is_some_and(|dest| dest == "empty");
    if request.method() != Method::GET || by_script {
        return WebError::SignInAgain.into_response();
    }
    let wanted = request.uri().path_and_query().map_or("", |wanted| wanted.as_str());
    let next = url_encoded(local(wanted));
    Redirect::to(&format!("/console/login?next={next}")).into_response()
}

/// The path if it leads into the console, else the console's door: never another site.
#[must_use]
pub fn local(path: &str) -> &str {
    let rest = path.strip_prefix("/console");
    let inside = rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']));
    let plain = path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if inside && plain && path.len() <= 500 { path } else { "/console" }
}

fn url_encoded(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/-_.~".contains(&byte);
    let parts = text
        .bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") });
    parts.collect()
}

/// Who is signed in at the browser that sent these headers.
///
/// # Errors
/// Where the database is away.
pub async fn signed_in(app: &App, headers: &HeaderMap) -> Result<Option<SignedIn>, WebError> {
    let Some(token) = token(app, headers) else { return Ok(None) };
    // A page that refreshes itself must not keep a session alive that nobody sits at.
    let session = match headers.contains_key("x-musubi-unasked") {
        true => login::find(app, &token).await?,
        false => login::resume(app, &token).await?,
    };
    Ok(session.map(|session| SignedIn {
        id: session.staff_id,
        name: session.name,
        department: session.department,
        roles: session.roles,
    }))
}

/// The token that the browser sent.
#[must_use]
pub fn token(app: &App, headers: &HeaderMap) -> Option<String> {
    cookie(headers, cookie_name(app)).filter(|token| !token.is_empty())
}

/// Hands the browser its token.
pub fn set_token(app: &App, response: &mut Response, token: &str) {
    put_cookie(app, response, token, "");
}

/// Takes the token from the browser.
pub fn clear_token(app: &App, response: &mut Response) {
    put_cookie(app, response, "", "; Max-Age=0");
}

fn put_cookie(app: &App, response: &mut Response, token: &str, age: &str) {
    let secure = if app.config.server.is_https() { "; Secure" } else { "" };
    let text = format!("{}={token}; Path=/; HttpOnly; SameSite=Lax{secure}{age}", cookie_name(app));
    let value = HeaderValue::from_str(&text).expect("a token is base64");
    response.headers_mut().append(SET_COOKIE, value);
}

/// `__Host-` makes the browser refuse a cookie that another host or plain HTTP planted.
fn cookie_name(app: &App) -> &'static str {
    if app.config.server.is_https() { "__Host-musubi_staff" } else { "musubi_staff" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_the_console_are_followed() {
        for good in ["/console", "/console/broadcasts?state=draft", "/console?x"] {
            assert_eq!(local(good), good);
        }
        for bad in [
            "//evil.example",
            "https://evil.example/console",
            "/consolex",
            "/console\\@evil",
            "/console/\n",
            "",
        ] {
            assert_eq!(local(bad), "/console");
        }
        assert_eq!(url_encoded("/console?a=b&c"), "/console%3Fa%3Db%26c");
    }
}
