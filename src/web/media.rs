//! `/media/{id}`: pictures of messages, fetched by phones and by LINE without signing in.
//!
//! The id can't be guessed and a picture never changes under it, so everybody may keep it for a year. What is served was
//! made by us; a browser is told to take it for a picture and nothing else.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use crate::app::App;
use crate::db;
use crate::store::images::{self, File};

/// `/media/{id}` whole, `/media/{id}/small` as phones show it in the talk.
pub fn routes() -> Router<App> {
    Router::new().route("/media/{id}", get(whole)).route("/media/{id}/small", get(small))
}

async fn whole(State(app): State<App>, Path(id): Path<String>, headers: HeaderMap) -> Response {
    let found = async { images::find(&mut app.db.read().await?, &id).await };
    answer(&id, found.await, &headers)
}

async fn small(State(app): State<App>, Path(id): Path<String>, headers: HeaderMap) -> Response {
    let found = async { images::find_small(&mut app.db.read().await?, &id).await };
    answer(&format!("{id}-small"), found.await, &headers)
}

fn answer(tag: &str, found: db::Result<Option<File>>, headers: &HeaderMap) -> Response {
    let file = match found {
        Ok(Some(file)) => file,
        Ok(None) => return StatusCode::NOT_FOUND.into_response(),
        Err(error) => {
            tracing::error!(%error, "a picture could not be read");
            return StatusCode::SERVICE_UNAVAILABLE.into_response();
        }
    };
    let tag = format!("\"{tag}\"");
    let known = headers.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes());
    let about: [(HeaderName, String); 6] = [
        (header::ETAG, tag),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable".to_owned()),
        (header::CONTENT_TYPE, format!("image/{}", file.kind)),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox".to_owned()),
        (HeaderName::from_static("cross-origin-resource-policy"), "cross-origin".to_owned()),
    ];
    if known {
        return (StatusCode::NOT_MODIFIED, about).into_response();
    }
    (about, file.bytes).into_response()
}
