//! What is done with a broadcast: tested, submitted, approved, returned, held, let go on to everybody, ended.
//!
//! The flows of the console, with their refusals as problems. `If-Match` is honoured wherever it is sent; submitting wants
//! it, and an approval is bound to the hash that was read.

use axum::Json;
use axum::extract::Path;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use super::broadcasts::{answer, load};
use super::door::Caller;
use super::input::{self, Body};
use super::kinds::Kind;
use super::problem::Problem;
use crate::domain::broadcast::Caution;
use crate::domain::broadcast::opening::What;
use crate::domain::ids::BroadcastId;
use crate::flow::broadcast::{self, Refusal, Seen};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Submitting {
    /// The ids of the cautions that the author has seen.
    cautions: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Approving {
    /// The hash of what was read.
    hash: String,
    /// The number of recipients, typed by a person.
    count: i64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Opening {
    /// The id of the part that a person has looked at.
    part: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Returning {
    reason: String,
}

pub(super) async fn test(
    caller: Caller,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let id = seen(&caller, &id, &headers).await?;
    let messages = broadcast::send_test(&caller.app, &caller.staff, id).await?;
    Ok(Json(json!({ "messages": messages })).into_response())
}

pub(super) async fn submit(
    caller: Caller,
    Path(id): Path<String>,
    headers: HeaderMap,
    Body(body): Body<Submitting>,
) -> Result<Response, Problem> {
    let (id, version) = (input::id(&id)?, input::version(&headers)?);
    let named = |word: &String| Caution::try_from(word.clone());
    let cautions: Vec<_> = body.cautions.iter().map(named).collect::<Result<_, _>>().map_err(|_| {
        Problem::new(Kind::Invalid, "知らない注意があります。audienceの答えのidを書いてください。")
            .with("field", "cautions".into())
    })?;
    broadcast::submit(&caller.app, &caller.staff, (id, version), &cautions).await?;
    answer(&caller.app, id).await
}

/// The parts of the content that the caller has not opened yet.
pub(super) async fn parts(caller: Caller, Path(id): Path<String>) -> Result<Json<Value>, Problem> {
    left(&caller, input::id(&id)?).await
}

/// A person has looked at a part.
pub(super) async fn open(
    caller: Caller,
    Path(id): Path<String>,
    Body(body): Body<Opening>,
) -> Result<Json<Value>, Problem> {
    let id = input::id(&id)?;
    broadcast::open_part(&caller.app, &caller.staff, id, &body.part).await?;
    left(&caller, id).await
}

async fn left(caller: &Caller, id: BroadcastId) -> Result<Json<Value>, Problem> {
    let stored = load(&caller.app, id).await?;
    let mut tx = caller.app.db.read().await?;
    let left = broadcast::still_to_open(&mut tx, &stored, caller.staff.id).await?;
    let left = left.into_iter().map(|part| match part.what {
        What::Language { arm, language } => {
            json!({ "id": part.id, "what": "language", "language": language.as_str(), "arm": arm })
        }
        What::Link(_) => json!({ "id": part.id, "what": "link", "language": null, "arm": null }),
    });
    Ok(Json(json!({ "left": left.collect::<Vec<_>>() })))
}

pub(super) async fn approve(
    caller: Caller,
    Path(id): Path<String>,
    headers: HeaderMap,
    Body(body): Body<Approving>,
) -> Result<Response, Problem> {
    let id = seen(&caller, &id, &headers).await?;
    let seen = Seen { hash: body.hash, typed_count: body.count };
    broadcast::approve(&caller.app, &caller.staff, id, &seen).await?;
    answer(&caller.app, id).await
}

pub(super) async fn give_back(
    caller: Caller,
    Path(id): Path<String>,
    headers: HeaderMap,
    Body(body): Body<Returning>,
) -> Result<Response, Problem> {
    let id = seen(&caller, &id, &headers).await?;
    broadcast::return_to_draft(&caller.app, &caller.staff, id, &body.reason).await?;
    answer(&caller.app, id).await
}

pub(super) async fn pause(
    caller: Caller,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let id = seen(&caller, &id, &headers).await?;
    broadcast::pause(&caller.app, &caller.staff, id).await?;
    answer(&caller.app, id).await
}

pub(super) async fn resume(
    caller: Caller,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let id = seen(&caller, &id, &headers).await?;
    broadcast::resume(&caller.app, &caller.staff, id).await?;
    answer(&caller.app, id).await
}

/// The rest follows the first recipients at once.
pub(super) async fn go_on(
    caller: Caller,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let id = seen(&caller, &id, &headers).await?;
    broadcast::go_on_now(&caller.app, &caller.staff, id).await?;
    answer(&caller.app, id).await
}

pub(super) async fn stop(
    caller: Caller,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let id = seen(&caller, &id, &headers).await?;
    broadcast::stop(&caller.app, &caller.staff, id).await?;
    answer(&caller.app, id).await
}

/// The id in the address, whose broadcast is still the one that was seen, where the client says which.
pub(super) async fn seen(caller: &Caller, id: &str, headers: &HeaderMap) -> Result<BroadcastId, Problem> {
    let id = input::id(id)?;
    if let Some(version) = input::if_match::<i64>(headers)?
        && load(&caller.app, id).await?.version != version
    {
        return Err(broadcast::BroadcastError::from(Refusal::Changed).into());
    }
    Ok(id)
}
