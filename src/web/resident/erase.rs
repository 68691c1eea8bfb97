//! Erasing a registration: one page that says what goes, one press, and then nothing is left.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum_extra::extract::CookieJar;

use super::session::{Resident, no_cookie};
use super::{Shell, failed, page};
use crate::app::App;
use crate::flow::register::{self, Wish};

#[derive(Template)]
#[template(path = "web/resident/erase.html")]
struct Erase<'a> {
    shell: Shell<'a>,
}

#[derive(Template)]
#[template(path = "web/resident/erased.html")]
struct Erased<'a> {
    shell: Shell<'a>,
}

/// `GET /liff/erase`
pub(super) async fn ask(State(app): State<App>, resident: Resident) -> Response {
    page(StatusCode::OK, &Erase { shell: Shell::new(&app, resident.tongue) })
}

/// `POST /liff/erase`
pub(super) async fn erase(State(app): State<App>, resident: Resident, jar: CookieJar) -> Response {
    if let Err(error) = register::wish(&app, &resident.user, Wish::Erase).await {
        return failed(&error);
    }
    let jar = jar.add(no_cookie(&app.config.server));
    (jar, page(StatusCode::OK, &Erased { shell: Shell::new(&app, resident.tongue) })).into_response()
}
