//! Who holds the phone: the session behind the cookie.
//!
//! The cookie can't be read by scripts and ends with the hour; its token is kept as a hash only.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::response::Response;
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};

use super::{entry, failed};
use crate::app::App;
use crate::config::Server;
use crate::db;
use crate::domain::ids::LineUserId;
use crate::domain::texts::Tongue;
use crate::flow::register;

/// A resident with a running session.
pub(super) struct Resident {
    /// Who, as LINE vouched.
    pub user: LineUserId,
    /// The language of the pages.
    pub tongue: Tongue,
    /// The cookie's token.
    pub token: String,
}

/// The resident if there is a running session; for pages that have something to keep when there is none, or when
/// nobody can look.
pub(super) struct Perhaps(pub db::Result<Option<Resident>>);

impl FromRequestParts<App> for Perhaps {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        let jar = CookieJar::from_headers(&parts.headers);
        let Some(cookie) = jar.get(name(&app.config.server)) else { return Ok(Self(Ok(None))) };
        let token = cookie.value().to_owned();
        let session = register::session(app, &token).await;
        Ok(Self(session.map(|session| {
            session.map(|session| Resident {
                user: session.line_user_id,
                tongue: Tongue::parse(&session.language).unwrap_or(Tongue::Ja),
                token,
            })
        })))
    }
}

impl FromRequestParts<App> for Resident {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let Ok(Perhaps(resident)) = Perhaps::from_request_parts(parts, app).await;
        match resident {
            Ok(Some(resident)) => Ok(resident),
            Ok(None) => Err(entry::over(app, &parts.headers, String::new())),
            Err(error) => Err(failed(&error)),
        }
    }
}

fn name(server: &Server) -> &'static str {
    // The prefix makes browsers refuse the cookie from anywhere but this very host over HTTPS.
    if server.is_https() { "__Host-musubi_resident" } else { "musubi_resident" }
}

/// The cookie of a new session.
pub(super) fn cookie(server: &Server, token: String) -> Cookie<'static> {
    Cookie::build((name(server), token))
        .path("/")
        .http_only(true)
        .secure(server.is_https())
        .same_site(SameSite::Lax)
        .build()
}

/// The cookie that makes a browser forget the session.
pub(super) fn no_cookie(server: &Server) -> Cookie<'static> {
    let mut cookie = cookie(server, String::new());
    cookie.make_removal();
    cookie
}
