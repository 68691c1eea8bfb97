//! Tokens of the JSON API: an administrator gives leave, the member collects, either takes back.
//!
//! A token is shown in the answer to the form that collects it, and nowhere else: no address leads to it again.

use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use uuid::Uuid;

use super::deeds::member;
use crate::app::App;
use crate::domain::entry::tidy_number;
use crate::domain::staff::{Role, Roles};
use crate::domain::timestamp::Timestamp;
use crate::flow::api_tokens::{self, LONGEST_DAYS, TokenError, Wanted, day};
use crate::store::api_tokens::{self as stored, Listed};
use crate::store::staff;
use crate::web::error::WebError;
use crate::web::layout::{self, Area, Said, Shell, go_and_say};
use crate::web::session::SignedIn;

const HOME: &str = "/console/tokens";

#[derive(Template)]
#[template(path = "web/console/tokens.html")]
struct TokensPage {
    shell: Shell,
    lines: Vec<Line>,
    /// Whom a token can be given to; empty for everybody but an administrator.
    members: Vec<(String, String)>,
    is_admin: bool,
    typed: Typed,
    refused: Option<String>,
    /// The token that was just collected.
    collected: Option<String>,
    longest: u32,
}

struct Line {
    id: Uuid,
    name: String,
    whose: String,
    roles: String,
    until: String,
    used: String,
    state: &'static str,
    may_collect: bool,
    may_revoke: bool,
}

impl Line {
    fn new(token: &Listed, me: &SignedIn, now: Timestamp) -> Self {
        let is_over = token.revoked_at.is_some() || token.expires_at <= now;
        Self {
            id: token.id,
            name: token.name.clone(),
            whose: format!("{}({})", token.staff_name, token.login),
            roles: token.roles().label(),
            until: day(token.expires_at),
            used: token.last_used_at.map_or_else(|| "–".to_owned(), day),
            state: api_tokens::state(token, now),
            may_collect: !is_over && !token.is_collected && token.staff_id == me.id,
            may_revoke: !is_over,
        }
    }
}

/// What an administrator fills in.
#[derive(Clone, Default, Deserialize)]
pub(super) struct Typed {
    #[serde(default)]
    login: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    days: String,
    #[serde(default)]
    role: Vec<String>,
}

impl Typed {
    fn has(&self, role: &Role) -> bool {
        self.role.iter().any(|word| word == role.as_str())
    }

    fn wanted(&self) -> Wanted {
        let roles: Roles = self.role.iter().filter_map(|word| Role::parse(word)).collect();
        let days = tidy_number(&self.days).parse().unwrap_or(0);
        Wanted { login: self.login.clone(), name: self.name.clone(), roles, days }
    }
}

#[derive(Deserialize)]
pub(super) struct Which {
    #[serde(default)]
    id: String,
}

impl Which {
    fn id(&self) -> Result<Uuid, WebError> {
        Uuid::try_parse(&self.id).map_err(|_| WebError::NotFound)
    }
}

/// What the page says beside its list.
#[derive(Default)]
struct Beside {
    typed: Typed,
    refused: Option<String>,
    collected: Option<String>,
}

pub(super) async fn list(
    State(app): State<App>,
    shell: Shell,
    staff: SignedIn,
) -> Result<Response, WebError> {
    render(&app, shell, &staff, Beside::default()).await
}

pub(super) async fn allow(
    State(app): State<App>,
    shell: Shell,
    staff: SignedIn,
    axum_extra::extract::Form(typed): axum_extra::extract::Form<Typed>,
) -> Result<Response, WebError> {
    match api_tokens::allow(&app, &member(&staff), &typed.wanted()).await {
        Ok(_) => Ok(go_and_say(HOME, Said::TokenAllowed)),
        Err(error) => refuse(&app, shell, &staff, typed, error).await,
    }
}

pub(super) async fn collect(
    State(app): State<App>,
    shell: Shell,
    staff: SignedIn,
    Form(which): Form<Which>,
) -> Result<Response, WebError> {
    match api_tokens::collect(&app, &member(&staff), which.id()?).await {
        Ok(token) => {
            render(&app, shell, &staff, Beside { collected: Some(token), ..Beside::default() }).await
        }
        Err(error) => refuse(&app, shell, &staff, Typed::default(), error).await,
    }
}

pub(super) async fn revoke(
    State(app): State<App>,
    shell: Shell,
    staff: SignedIn,
    Form(which): Form<Which>,
) -> Result<Response, WebError> {
    match api_tokens::revoke(&app, &member(&staff), which.id()?).await {
        Ok(()) => Ok(go_and_say(HOME, Said::TokenRevoked)),
        Err(error) => refuse(&app, shell, &staff, Typed::default(), error).await,
    }
}

async fn refuse(
    app: &App,
    shell: Shell,
    staff: &SignedIn,
    typed: Typed,
    error: TokenError,
) -> Result<Response, WebError> {
    if let TokenError::Db(error) = error {
        return Err(error.into());
    }
    let beside = Beside { typed, refused: Some(error.to_string()), ..Beside::default() };
    let mut shown = render(app, shell, staff, beside).await?;
    *shown.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    Ok(shown)
}

async fn render(app: &App, shell: Shell, me: &SignedIn, beside: Beside) -> Result<Response, WebError> {
    let is_admin = me.roles.has(Role::Admin);
    let now = app.clock.now();
    let mut tx = app.db.read().await?;
    let tokens = stored::list(&mut tx, if is_admin { None } else { Some(me.id) }).await?;
    let everybody = if is_admin { staff::list(&mut tx).await? } else { Vec::new() };
    let members = everybody.into_iter().filter(|one| one.disabled_at.is_none());
    let page = TokensPage {
        shell: shell.titled("APIのトークン").within(Area::Tokens),
        lines: tokens.iter().map(|token| Line::new(token, me, now)).collect(),
        members: members
            .map(|one| {
                (one.login.clone(), format!("{}({}、{})", one.name, one.department, one.roles.label()))
            })
            .collect(),
        is_admin,
        typed: beside.typed,
        refused: beside.refused,
        collected: beside.collected,
        longest: LONGEST_DAYS,
    };
    layout::page(&page.shell, &page)
}
