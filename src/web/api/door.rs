//! The guard before every route of the API: a good token, the right role, a seemly pace.
//!
//! Behind it a handler has a [`Caller`]: the member of staff as the token lets them act, and an [`App`] whose entries in
//! the audit log say that it was the API. The flows ask again for the right itself.

use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use uuid::Uuid;

use super::kinds::Kind;
use super::pace::Paces;
use super::problem::Problem;
use crate::app::App;
use crate::domain::staff::StaffMember;
use crate::domain::timestamp::Timestamp;
use crate::flow::api_tokens;
use crate::web::session::Who;

/// Who asks.
#[derive(Clone)]
pub struct Caller {
    /// The application, for what this token does.
    pub app: App,
    /// The token.
    pub token: Uuid,
    /// What it is for.
    pub name: String,
    /// The member of staff, with the roles that the token lends.
    pub staff: StaffMember,
    /// When the token ends.
    pub expires_at: Timestamp,
}

impl FromRequestParts<App> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Problem> {
        parts.extensions.get::<Self>().cloned().ok_or_else(no_token)
    }
}

/// Lets in whoever may come in.
pub async fn guard(
    State((app, who, paces)): State<(App, Who, Paces)>,
    mut request: Request,
    next: Next,
) -> Response {
    if who == Who::Anyone {
        return next.run(request).await;
    }
    match recognise(&app, request.headers()).await.and_then(|caller| admit(caller, who, &paces)) {
        Ok(caller) => {
            request.extensions_mut().insert(caller);
            next.run(request).await
        }
        Err(refused) => *refused,
    }
}

async fn recognise(app: &App, headers: &HeaderMap) -> Result<Caller, Box<Response>> {
    let refused = |problem: Problem| Box::new(problem.into_response());
    let token = bearer(headers).ok_or_else(|| refused(no_token()))?;
    let good = api_tokens::recognise(app, token).await.map_err(|error| refused(error.into()))?;
    let good = good.ok_or_else(|| {
        let said = "トークンが違うか、期限切れか、取り消されています。";
        refused(Problem::new(Kind::Unauthorised, said))
    })?;
    Ok(Caller {
        app: app.by_token(&good.name),
        token: good.id,
        name: good.name,
        staff: StaffMember { id: good.staff_id, name: good.staff_name, roles: good.roles },
        expires_at: good.expires_at,
    })
}

fn admit(caller: Caller, who: Who, paces: &Paces) -> Result<Caller, Box<Response>> {
    if let Err(wait) = paces.take(caller.token, caller.app.clock.now()) {
        let seconds = wait.as_secs().saturating_add(1);
        let said = format!("{seconds}秒ほど待ってから、もう一度送ってください。");
        let mut response = Problem::new(Kind::TooMany, said).into_response();
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        return Err(Box::new(response));
    }
    match who {
        Who::Roles(roles) if !caller.staff.roles.has_any(roles) => {
            let said = "このトークンの役割では使えません。";
            Err(Box::new(Problem::new(Kind::Forbidden, said).into_response()))
        }
        _ if caller.staff.roles.is_empty() => {
            let said = "このトークンの職員には、もうその役割がありません。";
            Err(Box::new(Problem::new(Kind::Forbidden, said).into_response()))
        }
        _ => Ok(caller),
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn no_token() -> Problem {
    Problem::new(Kind::Unauthorised, "Authorization: Bearer に続けて、トークンを送ってください。")
}
