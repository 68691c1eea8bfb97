//! One's own LINE account, for alarms and test sends: a code is shown here, and sent in the talk to the city's account.
//!
//! The code is shown in the answer to the form that makes it, and nowhere else. An administrator sees who has no account
//! yet, and may take one away that was lost; nobody's LINE user id is ever shown or typed.

use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::broadcasts::minute;
use super::deeds::member;
use crate::app::App;
use crate::domain::ids::StaffId;
use crate::domain::staff::Role;
use crate::flow::staff::{self as flow, StaffError};
use crate::store::staff::{self, Staff};
use crate::web::error::WebError;
use crate::web::layout::{self, Said, Shell, go_and_say};
use crate::web::session::SignedIn;

const HOME: &str = "/console/line";

#[derive(Template)]
#[template(path = "web/console/own_line.html")]
struct OwnLinePage {
    shell: Shell,
    me: Staff,
    /// What is to be sent, and until when it works.
    code: Option<(String, String)>,
    refused: Option<String>,
    /// Everybody who works here; empty for everybody but an administrator.
    others: Vec<Staff>,
}

#[derive(Deserialize)]
pub(super) struct Whose {
    #[serde(default)]
    id: String,
}

pub(super) async fn show(
    State(app): State<App>,
    shell: Shell,
    staff: SignedIn,
) -> Result<Response, WebError> {
    render(&app, shell, &staff, None, None).await
}

pub(super) async fn make_code(
    State(app): State<App>,
    shell: Shell,
    staff: SignedIn,
) -> Result<Response, WebError> {
    let (code, until) = flow::make_line_code(&app, &member(&staff)).await?;
    render(&app, shell, &staff, Some((code.words(), minute(until))), None).await
}

pub(super) async fn remove(
    State(app): State<App>,
    shell: Shell,
    staff: SignedIn,
    Form(whose): Form<Whose>,
) -> Result<Response, WebError> {
    let id = StaffId::parse(&whose.id).ok_or(WebError::NotFound)?;
    match flow::remove_line_account(&app, &member(&staff), id).await {
        Ok(()) => Ok(go_and_say(HOME, Said::LineRemoved)),
        Err(StaffError::Db(error)) => Err(error.into()),
        Err(error) => {
            let mut shown = render(&app, shell, &staff, None, Some(format!("{error}。"))).await?;
            *shown.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
            Ok(shown)
        }
    }
}

async fn render(
    app: &App,
    shell: Shell,
    staff: &SignedIn,
    code: Option<(String, String)>,
    refused: Option<String>,
) -> Result<Response, WebError> {
    let mut tx = app.db.read().await?;
    let me = staff::find(&mut tx, staff.id).await?.ok_or(WebError::SignInAgain)?;
    let everybody = if me.roles.has(Role::Admin) { staff::list(&mut tx).await? } else { Vec::new() };
    let others = everybody.into_iter().filter(|one| one.disabled_at.is_none() && one.id != me.id).collect();
    let page = OwnLinePage { shell: shell.titled("自分のLINE"), me, code, refused, others };
    layout::page(&page.shell, &page)
}
