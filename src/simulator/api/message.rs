//! Sending: reply, push, multicast, and validation without sending.

use std::sync::Arc;

use axum::Json;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::super::people::{Key, key_of};
use super::super::platform::{Send, To};
use super::super::schema;
use super::super::wire::{Detail, Refusal};
use super::Call;

/// Multicast takes at most this many recipients.
const MULTICAST_MAX: usize = 500;

pub(super) fn reply(call: &Call<'_>) -> Result<Response, Refusal> {
    let body = call.json()?;
    let messages = checked(&body)?;
    let token = body["replyToken"].as_str().unwrap_or_default();
    let now = call.simulator.0.clock.now();
    let key = call.simulator.platform().replies.person(token, now);
    let key = key.ok_or_else(|| Refusal::bad("Invalid reply token"))?;
    call.simulator.platform().replies.spend(token);
    accept(call, (To::Reply(key), None), messages)
}

pub(super) fn push(call: &Call<'_>) -> Result<Response, Refusal> {
    let body = call.json()?;
    let messages = checked(&body)?;
    let to = body["to"].as_str().unwrap_or_default();
    let key = key_of(to).ok_or_else(|| Refusal::property("to"))?;
    if call.simulator.platform().people.find(&key).is_none() {
        return Err(Refusal::bad("Failed to send messages"));
    }
    accept(call, (To::Push(key), unit(&body)), messages)
}

pub(super) fn multicast(call: &Call<'_>) -> Result<Response, Refusal> {
    let body = call.json()?;
    let messages = checked(&body)?;
    let to = body["to"].as_array().map_or(&[] as &[Value], Vec::as_slice);
    if !(1..=MULTICAST_MAX).contains(&to.len()) {
        let message = format!("Size must be between 1 and {MULTICAST_MAX}");
        let detail = Detail { message, property: "to".to_owned() };
        return Err(Refusal::details("The request body has 1 error(s)", &[detail]));
    }
    let key = |(at, one): (usize, &Value)| {
        one.as_str().and_then(key_of).ok_or_else(|| Refusal::property(&format!("to[{at}]")))
    };
    let keys: Vec<Key> = to.iter().enumerate().map(key).collect::<Result<_, _>>()?;
    accept(call, (To::Multicast(keys), unit(&body)), messages)
}

pub(super) fn validate(call: &Call<'_>) -> Result<Response, Refusal> {
    let kinds = ["reply", "push", "multicast", "narrowcast", "broadcast"];
    if !kinds.contains(&call.last_segment()) {
        return Err(Refusal::not_found());
    }
    schema::messages(&call.json()?)?;
    Ok(Json(json!({})).into_response())
}

fn checked(body: &Value) -> Result<Vec<Arc<Value>>, Refusal> {
    schema::options(body)?;
    let messages = schema::messages(body)?;
    Ok(messages.iter().cloned().map(Arc::new).collect())
}

/// The name under which LINE counts; the options were checked before.
fn unit(body: &Value) -> Option<String> {
    body["customAggregationUnits"][0].as_str().map(str::to_owned)
}

fn accept(
    call: &Call<'_>,
    (to, unit): (To, Option<String>),
    messages: Vec<Arc<Value>>,
) -> Result<Response, Refusal> {
    let request_id = call.request_id.to_owned();
    let send = Send { to, messages, retry_key: call.retry_key, unit, request_id };
    let now = call.simulator.0.clock.now();
    let accepted = call.simulator.platform().accept(send, now)?;
    call.simulator.touch();
    Ok(Json(accepted).into_response())
}
