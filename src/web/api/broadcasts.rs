//! Broadcasts: the list, one of them, its audience; begun, edited, given another time.
//!
//! An edit wants the version that its writer saw, and voids what was submitted or approved, as at the console.

use axum::Extension;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::Value;

use super::door::Caller;
use super::input::{self, Asked, Body, length, thirty};
use super::kinds::Kind;
use super::once::MadeId;
use super::problem::{Problem, cautions_json};
use super::shapes;
use crate::app::App;
use crate::domain::broadcast::{Class, State as Stage};
use crate::domain::calendar::missing_day;
use crate::domain::ids::BroadcastId;
use crate::domain::message::Content;
use crate::flow::Audience;
use crate::flow::broadcast::{self, Draft};
use crate::store::broadcasts::{self, Broadcast};

/// What a client writes.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Written {
    title: String,
    series: String,
    topic: String,
    segment: String,
    content: Value,
    #[serde(default)]
    scheduled_at: Option<String>,
    #[serde(default)]
    expires_at: Option<String>,
}

impl Written {
    fn draft(self) -> Result<Draft, Problem> {
        let deadline = self.content["deadline"].as_str().and_then(missing_day);
        let content = Content::try_from(self.content).map_err(|error| {
            let said = || "contentの形が /api/openapi.json と違います。".to_owned();
            Problem::new(Kind::Invalid, deadline.unwrap_or_else(said))
                .with("field", "content".into())
                .with("hint", error.to_string().into())
        })?;
        Ok(Draft {
            scheduled_at: input::instant("scheduled_at", self.scheduled_at.as_ref())?,
            expires_at: input::instant("expires_at", self.expires_at.as_ref())?,
            title: self.title,
            // Others have ways of their own, with more eyes on them.
            class: Class::Ordinary,
            series: self.series,
            topic: self.topic,
            segment_path: self.segment,
            content,
        })
    }
}

/// When a broadcast goes out, and until when it is true; both are said, `null` for none.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Times {
    #[serde(deserialize_with = "Option::deserialize")]
    scheduled_at: Option<String>,
    #[serde(deserialize_with = "Option::deserialize")]
    expires_at: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    /// States, separated by commas; all of them where none is said.
    state: Option<String>,
    cursor: Option<String>,
    #[serde(default = "thirty")]
    limit: usize,
}

pub(super) async fn list(
    State(app): State<App>,
    _: Caller,
    Asked(wanted): Asked<Wanted>,
) -> Result<Json<Value>, Problem> {
    let limit = length(wanted.limit)?;
    let states = states(wanted.state.as_deref())?;
    let before = wanted.cursor.as_deref().map(|cursor| {
        let wrong = || Problem::new(Kind::Malformed, "cursorには、前の答えのnextをそのまま書いてください。");
        BroadcastId::parse(cursor).ok_or_else(wrong)
    });
    let mut tx = app.db.read().await?;
    let one_more = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
    let mut found = broadcasts::list_in(&mut tx, &states, before.transpose()?, one_more).await?;
    let next = found.get(limit).map(|_| found[limit - 1].id.to_string());
    found.truncate(limit);
    Ok(shapes::part(found.iter().map(shapes::listed).collect(), next))
}

fn states(wanted: Option<&str>) -> Result<Vec<Stage>, Problem> {
    let Some(words) = wanted else { return Ok(Stage::ALL.to_vec()) };
    let read = words.split(',').map(|word| Stage::try_from(word.to_owned()));
    let unknown = |_| Problem::new(Kind::Malformed, "stateに、知らない状態があります。");
    read.collect::<Result<Vec<_>, _>>().map_err(unknown)
}

pub(super) async fn show(
    State(app): State<App>,
    _: Caller,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    answer(&app, input::id(&id)?).await
}

/// The broadcast as it is now.
pub(super) async fn answer(app: &App, id: BroadcastId) -> Result<Response, Problem> {
    let mut tx = app.db.read().await?;
    let stored = broadcasts::find(&mut tx, id).await?.ok_or_else(Problem::not_found)?;
    shapes::answer(&mut tx, &stored).await
}

/// The broadcast with this id, as stored.
pub(super) async fn load(app: &App, id: BroadcastId) -> Result<Broadcast, Problem> {
    broadcasts::find(&mut app.db.read().await?, id).await?.ok_or_else(Problem::not_found)
}

pub(super) async fn create(
    caller: Caller,
    made: Option<Extension<MadeId>>,
    Body(written): Body<Written>,
) -> Result<Response, Problem> {
    let app = &caller.app;
    let key = made.map_or_else(|| broadcast::new_key(app), |Extension(made)| BroadcastId(made.0));
    let id = broadcast::create_once(app, &caller.staff, key, written.draft()?).await?;
    made_now(app, id).await
}

/// A broadcast that was just begun, and where it is.
pub(super) async fn made_now(app: &App, id: BroadcastId) -> Result<Response, Problem> {
    let mut response = answer(app, id).await?;
    *response.status_mut() = StatusCode::CREATED;
    if let Ok(place) = HeaderValue::from_str(&format!("/api/v1/broadcasts/{id}")) {
        response.headers_mut().insert(header::LOCATION, place);
    }
    Ok(response.into_response())
}

pub(super) async fn edit(
    caller: Caller,
    Path(id): Path<String>,
    headers: HeaderMap,
    Body(written): Body<Written>,
) -> Result<Response, Problem> {
    let (id, version) = (input::id(&id)?, input::version(&headers)?);
    broadcast::edit(&caller.app, &caller.staff, (id, version), written.draft()?).await?;
    answer(&caller.app, id).await
}

/// Another time is another text to approve: an edit of which the rest stays as it is.
pub(super) async fn schedule(
    caller: Caller,
    Path(id): Path<String>,
    headers: HeaderMap,
    Body(times): Body<Times>,
) -> Result<Response, Problem> {
    let (id, version) = (input::id(&id)?, input::version(&headers)?);
    let stored = load(&caller.app, id).await?;
    let draft = Draft {
        scheduled_at: input::instant("scheduled_at", times.scheduled_at.as_ref())?,
        expires_at: input::instant("expires_at", times.expires_at.as_ref())?,
        title: stored.title,
        class: stored.class,
        series: stored.series,
        topic: stored.topic,
        segment_path: stored.segment_path,
        content: stored.content,
    };
    broadcast::edit(&caller.app, &caller.staff, (id, version), draft).await?;
    answer(&caller.app, id).await
}

/// Whom it would reach today, with the cautions that its author has to have seen.
pub(super) async fn audience(
    State(app): State<App>,
    _: Caller,
    Path(id): Path<String>,
) -> Result<Json<Value>, Problem> {
    let stored = load(&app, input::id(&id)?).await?;
    let today = app.clock.today();
    let audience = Audience::of_broadcast(&app, &stored, today).await?;
    let mut said = shapes::count(&app, &audience.count);
    said["as_of"] = today.to_string().into();
    said["is_everyone"] = audience.is_everyone.into();
    said["sensitive_words"] = stored.sensitive_words().into();
    said["cautions"] = cautions_json(&broadcast::cautions(&app, &stored).await?);
    Ok(Json(said))
}
