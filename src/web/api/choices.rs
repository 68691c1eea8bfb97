//! What a draft may name: series, topics, and pictures, which are taken in here.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::door::Caller;
use super::kinds::Kind;
use super::problem::Problem;
use super::shapes;
use crate::app::App;
use crate::flow::images::{self, ImageError};
use crate::web::console::known_series;

pub(super) async fn series(State(app): State<App>, _: Caller) -> Result<Json<Value>, Problem> {
    let known = known_series(&app, &mut app.db.read().await?).await?;
    let one = |one: &crate::web::console::KnownSeries| {
        json!({
            "name": one.name, "purpose": one.purpose, "broadcasts": one.broadcasts,
            "last_planned_at": one.last_planned_at.map(shapes::instant),
        })
    };
    Ok(shapes::part(known.iter().map(one).collect(), None))
}

pub(super) async fn topics(State(app): State<App>, _: Caller) -> Json<Value> {
    let topics = app.catalogue.topics().iter();
    let one = topics.map(|topic| json!({ "id": topic.id.as_str(), "label": topic.label.ja() }));
    shapes::part(one.collect(), None)
}

/// Takes a picture in, whatever its type is said to be: it is judged by what it holds.
pub(super) async fn add_image(
    caller: Caller,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let bytes = body.map_err(|_| refused(&ImageError::TooLarge))?;
    let kept =
        images::take_in(&caller.app, &caller.staff, bytes.to_vec()).await.map_err(|error| match error {
            ImageError::Db(error) => error.into(),
            other => refused(&other),
        })?;
    let said = json!({ "id": kept.id, "width": kept.width, "height": kept.height });
    Ok((StatusCode::CREATED, Json(said)).into_response())
}

fn refused(error: &ImageError) -> Problem {
    let kind = match error {
        ImageError::NotAllowed => Kind::Forbidden,
        ImageError::TooLarge => Kind::TooLarge,
        _ => Kind::PictureRefused,
    };
    Problem::new(kind, error.to_string())
}
