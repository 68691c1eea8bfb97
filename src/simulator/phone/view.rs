//! What the phone page asks: the list of people, a talk, news, and what a person does.

use std::convert::Infallible;

use askama::Template;
use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{Html, IntoResponse, Response};
use futures_util::stream::{self, Stream};
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::people::{Person, Phone, id_of, key_of};
use super::super::talk::{Entry, Said};
use super::super::{Outcome, Simulator};
use crate::domain::ids::LineUserId;

#[derive(Template)]
#[template(path = "simulator/phone/phone.html")]
struct Page {
    account: String,
    liff_id: String,
}

pub(super) async fn page(State(simulator): State<Simulator>) -> Response {
    let page = {
        let platform = simulator.platform();
        Page { account: platform.config.bot_name.clone(), liff_id: platform.config.liff_id.clone() }
    };
    match page.render() {
        Ok(html) => Html(html).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// One line of server-sent news whenever something changed; the page then asks for what it shows.
pub(super) async fn events(
    State(simulator): State<Simulator>,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let changes = simulator.0.changed.subscribe();
    let news = stream::unfold((changes, true), |(mut changes, first)| async move {
        if !first {
            changes.changed().await.ok()?;
        }
        let version = *changes.borrow_and_update();
        Some((Ok(Event::default().data(version.to_string())), (changes, false)))
    });
    Sse::new(news).keep_alive(KeepAlive::default())
}

pub(super) async fn people(State(simulator): State<Simulator>) -> Json<Value> {
    let platform = simulator.platform();
    let named = platform.people.iter().filter_map(|person| Some(listed(person, person.phone.as_ref()?)));
    Json(json!(named.collect::<Vec<_>>()))
}

fn listed(person: &Person, phone: &Phone) -> Value {
    let last = phone.talk.last();
    json!({
        "id": id_of(person.key).as_str(),
        "name": phone.name,
        "standing": person.standing,
        "unread": phone.unread(),
        "last": last.map(|entry| json!({ "at": entry.at.millis(), "text": preview(entry) })),
    })
}

/// One line about an entry for the list; a card shows its `altText`, as a notification does.
fn preview(entry: &Entry) -> String {
    let text = match &entry.said {
        Said::Person(text) => text.as_str(),
        Said::Note(text) => text,
        Said::Account(message) => {
            message["altText"].as_str().or(message["text"].as_str()).unwrap_or("メッセージ")
        }
    };
    text.chars().take(60).collect()
}

#[derive(Deserialize)]
pub(super) struct NewPerson {
    name: String,
}

pub(super) async fn add_person(State(simulator): State<Simulator>, Json(new): Json<NewPerson>) -> Response {
    let name = new.name.trim();
    if name.is_empty() || 20 < name.chars().count() {
        return StatusCode::BAD_REQUEST.into_response();
    }
    let person = simulator.add_person(name);
    Json(json!({ "id": person.as_str() })).into_response()
}

#[derive(Deserialize)]
pub(super) struct Seen {
    /// Entries the page has already.
    #[serde(default)]
    after: usize,
}

/// A talk from an entry on. What is fetched counts as seen.
pub(super) async fn talk(
    State(simulator): State<Simulator>,
    Path(id): Path<String>,
    Query(seen): Query<Seen>,
) -> Response {
    let now = simulator.0.clock.now();
    let mut platform = simulator.platform();
    let Some(person) = key_of(&id).and_then(|key| platform.people.find_mut(&key)) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let standing = person.standing;
    let Some(phone) = person.phone.as_mut() else { return StatusCode::NOT_FOUND.into_response() };
    let (unread, unread_from) = (phone.unread(), phone.read);
    phone.read = phone.talk.len();
    let entries: Vec<Value> = phone.talk.iter().skip(seen.after).map(entry).collect();
    Json(json!({
        "name": phone.name,
        "standing": standing,
        "writing": phone.writing_until.is_some_and(|until| now < until),
        "unread": unread,
        "unreadFrom": unread_from,
        "total": phone.talk.len(),
        "entries": entries,
    }))
    .into_response()
}

fn entry(entry: &Entry) -> Value {
    let at = entry.at.millis();
    match &entry.said {
        Said::Account(message) => json!({ "at": at, "from": "account", "message": **message }),
        Said::Person(text) => json!({ "at": at, "from": "person", "text": text }),
        Said::Note(text) => json!({ "at": at, "from": "phone", "text": text }),
    }
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Deed {
    text: String,
    data: String,
    display_text: Option<String>,
    params: Option<Value>,
}

/// What a person does. The answer says whether the server took the webhook.
pub(super) async fn does(
    State(simulator): State<Simulator>,
    Path((id, deed)): Path<(String, String)>,
    body: Option<Json<Deed>>,
) -> Response {
    let Some(person) = LineUserId::parse(&id) else { return StatusCode::NOT_FOUND.into_response() };
    let Json(given) = body.unwrap_or_default();
    let outcome = match deed.as_str() {
        "follow" => simulator.follow(&person).await,
        "block" => simulator.block(&person).await,
        "says" => says(&simulator, &person, given.text.trim()).await,
        "postback" => postback(&simulator, &person, given).await,
        "liff" => return ticket(&simulator, &id),
        _ => return StatusCode::NOT_FOUND.into_response(),
    };
    let reached = outcome.as_ref().is_none_or(Outcome::received);
    Json(json!({ "reached": reached })).into_response()
}

async fn says(simulator: &Simulator, person: &LineUserId, text: &str) -> Option<Outcome> {
    if text.is_empty() { None } else { simulator.says(person, text).await }
}

async fn postback(simulator: &Simulator, person: &LineUserId, given: Deed) -> Option<Outcome> {
    let mut postback = json!({ "data": given.data });
    if let Some(params) = given.params {
        postback["params"] = params;
    }
    simulator.postback(person, postback, given.display_text.as_deref()).await
}

fn ticket(simulator: &Simulator, id: &str) -> Response {
    match key_of(id) {
        Some(key) => Json(json!({ "ticket": simulator.liff_ticket(key) })).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
