//! Erasing a registration: one page that says what goes, one press, and then nothing is left.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum_extra::extract::CookieJar;

use super::session::{Resident, no_cookie};
use super::{Shell, failed, page};
use crate::app::App;
use crate::flow::register::{self, Erased};

#[derive(Template)]
#[template(path = "web/resident/erase.html")]
struct Erase<'a> {
    shell: Shell<'a>,
}

#[derive(Template)]
#[template(path = "web/resident/erased.html")]
struct Gone<'a> {
    shell: Shell<'a>,
    is_called: bool,
}

/// `GET /liff/erase`
pub(super) async fn ask(State(app): State<App>, resident: Resident) -> Response {
    page(StatusCode::OK, &Erase { shell: Shell::new(&app, resident.tongue) })
}

/// `POST /liff/erase`
pub(super) async fn erase(State(app): State<App>, resident: Resident, jar: CookieJar) -> Response {
    let erased = match register::erase(&app, &resident.user).await {
        Ok(erased) => erased,
        Err(error) => return failed(&error),
    };
    let jar = jar.add(no_cookie(&app.config.server));
    let shell = Shell::new(&app, resident.tongue);
    let gone = Gone { shell, is_called: erased == Erased::AllButOpenCalls };
    (jar, page(StatusCode::OK, &gone)).into_response()
}
