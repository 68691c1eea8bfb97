//! Style sheets and scripts: our own files, in the program itself.
//!
//! A page names them with the first digits of their content's hash, so a browser may keep them for a year and still
//! gets the new ones after an update. Without that hash a browser asks each time. Nothing comes from elsewhere.

use axum::Router;
use axum::extract::{Path, RawQuery};
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use rust_embed::{EmbeddedFile, RustEmbed};

use crate::app::App;

const FOR_A_YEAR: &str = "public, max-age=31536000, immutable";
const ASK_EACH_TIME: &str = "no-cache";

#[derive(RustEmbed)]
#[folder = "src/web/assets/"]
struct Files;

/// `/assets/NAME`.
pub fn routes() -> Router<App> {
    Router::new().route("/assets/{name}", get(serve))
}

/// The address of a file, with its hash.
#[must_use]
pub fn url(name: &str) -> String {
    match Files::get(name) {
        Some(file) => format!("/assets/{name}?v={}", digits(&file)),
        None => format!("/assets/{name}"),
    }
}

async fn serve(Path(name): Path<String>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let Some(file) = Files::get(&name) else { return StatusCode::NOT_FOUND.into_response() };
    let digits = digits(&file);
    let tag = format!("\"{digits}\"");
    let keep = if query == Some(format!("v={digits}")) { FOR_A_YEAR } else { ASK_EACH_TIME };
    let known = headers.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes());
    let about: [(HeaderName, String); 4] = [
        (header::ETAG, tag),
        (header::CACHE_CONTROL, keep.to_owned()),
        (header::CONTENT_TYPE, content_type(&name).to_owned()),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
    ];
    if known {
        return (StatusCode::NOT_MODIFIED, about).into_response();
    }
    (about, file.data.into_owned()).into_response()
}

fn digits(file: &EmbeddedFile) -> String {
    file.metadata.sha256_hash()[..8].iter().map(|byte| format!("{byte:02x}")).collect()
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        _ => "application/octet-stream",
    }
}
