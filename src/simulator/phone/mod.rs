//! The phone in the browser: one page, its files, and the small API behind it.
//!
//! It shows what LINE's app would show of one account's talk and lets a visitor be several people. The look is our
//! own. It holds no state; everything it shows is the platform's.

mod view;

use axum::Router;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};

use super::Simulator;

pub(super) fn router() -> Router<Simulator> {
    Router::new()
        .route("/phone", get(view::page))
        .route("/phone/phone.css", get(css))
        .route("/phone/phone.js", get(script))
        .route("/phone/card.js", get(card))
        .route("/phone/api/events", get(view::events))
        .route("/phone/api/people", get(view::people).post(view::add_person))
        .route("/phone/api/people/{id}", get(view::talk))
        .route("/phone/api/people/{id}/{deed}", post(view::does))
}

async fn css() -> Response {
    file("text/css; charset=utf-8", include_str!("phone.css"))
}

async fn script() -> Response {
    file("text/javascript; charset=utf-8", include_str!("phone.js"))
}

async fn card() -> Response {
    file("text/javascript; charset=utf-8", include_str!("card.js"))
}

fn file(kind: &'static str, text: &'static str) -> Response {
    ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "no-cache")], text).into_response()
}
