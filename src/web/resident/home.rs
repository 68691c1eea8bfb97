//! `/`: says what this server is, to whoever comes by, and shows staff the way to the console.
//!
//! It holds nothing to do: residents come in from the talk, staff through the console's own door.

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use super::entry::asked;
use super::{Shell, page};
use crate::app::App;
use crate::domain::texts::Tongue;

#[derive(Template)]
#[template(path = "web/resident/home.html")]
struct Home<'a> {
    shell: Shell<'a>,
}

impl Home<'_> {
    /// What is said to residents, in every language.
    fn said(&self) -> Vec<(&'static str, String)> {
        let said =
            |tongue: Tongue| tongue.say_with("home-text", &[("city", self.shell.city_in(tongue).as_str())]);
        Tongue::ALL.into_iter().map(|tongue| (tongue.html(), said(tongue))).collect()
    }
}

/// `GET /`
pub(super) async fn show(State(app): State<App>, headers: HeaderMap) -> Response {
    page(StatusCode::OK, &Home { shell: Shell::new(&app, asked(&app, &headers)) })
}
