//! What a resident sees where no page of ours answered: one calm page in all four languages, saying what to do.
//!
//! [`dress`] stands around every resident route and turns the framework's bare refusals (too large, from another site,
//! not there, unreadable) into that page. A page that a handler made is left alone, and nothing that was sent is shown
//! or logged.

use askama::Template;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;

use super::entry::asked;
use super::{Shell, page};
use crate::app::App;
use crate::domain::texts::Tongue;

#[derive(Template)]
#[template(path = "web/resident/refusal.html")]
struct Refusal<'a> {
    shell: Shell<'a>,
    text: &'static str,
}

impl Refusal<'_> {
    fn said(&self) -> Vec<(&'static str, String)> {
        Tongue::ALL.into_iter().map(|tongue| (tongue.html(), tongue.say(self.text))).collect()
    }
}

/// Shows a refusal of the framework as a page.
pub(super) async fn dress(State(app): State<App>, request: Request, next: Next) -> Response {
    let (path, headers) = (known(request.uri().path()), request.headers().clone());
    let response = next.run(request).await;
    let status = response.status();
    if is_page(&response) || !(status.is_client_error() || status.is_server_error()) {
        return response;
    }
    tracing::info!(http.status = status.as_u16(), http.path = path, "a resident's request was refused");
    refused(&app, &headers, status)
}

/// `/liff/…` where nothing is.
pub(super) async fn nowhere() -> StatusCode {
    StatusCode::NOT_FOUND
}

fn refused(app: &App, headers: &HeaderMap, status: StatusCode) -> Response {
    let text = match status {
        StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => "refused-nowhere",
        StatusCode::PAYLOAD_TOO_LARGE => "refused-large",
        StatusCode::FORBIDDEN => "refused-foreign",
        status if status.is_server_error() => "entry-away",
        _ => "refused-unreadable",
    };
    page(status, &Refusal { shell: Shell::new(app, asked(app, headers)), text })
}

fn is_page(response: &Response) -> bool {
    let kind = response.headers().get(header::CONTENT_TYPE);
    kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"))
}

/// A path of ours; any other was made up by somebody, who may have put anything into it.
fn known(path: &str) -> &'static str {
    let ours =
        ["/", "/liff", "/liff/session", "/liff/profile", "/liff/summary", "/liff/language", "/liff/erase"];
    ours.into_iter().find(|known| *known == path).unwrap_or("another")
}
