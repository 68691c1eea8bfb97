//! What the account may ask: profiles, friends, its quota, itself; and the loading animation.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use std::time::Duration;

use super::super::people::{Standing, id_of, key_of};
use super::super::wire::Refusal;
use super::Call;

pub(super) fn profile(call: &Call<'_>) -> Result<Response, Refusal> {
    let id = call.last_segment();
    let key = key_of(id).ok_or_else(|| Refusal::bad("The value for the 'userId' parameter is invalid"))?;
    let platform = call.simulator.platform();
    let friend = platform.people.find(&key).filter(|person| person.standing == Standing::Friend);
    let friend = friend.ok_or_else(Refusal::not_found)?;
    let name = friend.phone.as_ref().map_or("友だち", |phone| phone.name.as_str());
    Ok(Json(json!({ "displayName": name, "userId": id, "language": "ja" })).into_response())
}

pub(super) fn quota(call: &Call<'_>) -> Response {
    let body = match call.simulator.platform().config.quota {
        Some(value) => json!({ "type": "limited", "value": value }),
        None => json!({ "type": "none" }),
    };
    Json(body).into_response()
}

pub(super) fn consumption(call: &Call<'_>) -> Response {
    Json(json!({ "totalUsage": call.simulator.used_quota() })).into_response()
}

pub(super) fn info(call: &Call<'_>) -> Response {
    let platform = call.simulator.platform();
    let body = json!({
        "userId": platform.config.bot_user_id.as_str(),
        "basicId": "@000aaaaa",
        "displayName": platform.config.bot_name,
        "chatMode": "bot",
        "markAsReadMode": "auto",
    });
    Json(body).into_response()
}

/// Pages of friends; the continuation token is the place of the last one seen.
pub(super) fn followers(call: &Call<'_>) -> Result<Response, Refusal> {
    if !call.simulator.platform().config.verified {
        return Err(Refusal::not_for_this_account());
    }
    let query = call.query();
    let limit = query.get("limit").map_or(Some(300), |text| text.parse::<usize>().ok());
    let limit = limit.filter(|limit| (1..=1_000).contains(limit));
    let limit = limit.ok_or_else(|| Refusal::bad("The value for the 'limit' parameter is invalid"))?;
    let start = query.get("start").map_or(Some(0), |text| text.strip_prefix('p')?.parse::<usize>().ok());
    let start = start.ok_or_else(|| Refusal::bad("The value for the 'start' parameter is invalid"))?;
    let platform = call.simulator.platform();
    let mut friends = platform.people.friends_from(start);
    let page: Vec<_> = friends.by_ref().take(limit).collect();
    let ids: Vec<Value> = page.iter().map(|(_, person)| json!(id_of(person.key).as_str())).collect();
    let mut body = json!({ "userIds": ids });
    if friends.next().is_some() {
        body["next"] = json!(format!("p{}", page.last().map_or(0, |(place, _)| place + 1)));
    }
    Ok(Json(body).into_response())
}

pub(super) fn loading(call: &Call<'_>) -> Result<Response, Refusal> {
    let body = call.json()?;
    let seconds = body.get("loadingSeconds").map_or(Some(20), Value::as_u64);
    let fits = |seconds: &u64| (5..=60).contains(seconds) && seconds.is_multiple_of(5);
    let seconds = seconds.filter(fits).ok_or_else(|| Refusal::property("loadingSeconds"))?;
    let key = body["chatId"].as_str().and_then(key_of).ok_or_else(|| Refusal::property("chatId"))?;
    let until = call.simulator.0.clock.now().plus(Duration::from_secs(seconds));
    let mut platform = call.simulator.platform();
    let friend = platform.people.find_mut(&key).filter(|person| person.standing == Standing::Friend);
    if let Some(phone) = friend.and_then(|person| person.phone.as_mut()) {
        phone.writing_until = Some(until);
    }
    drop(platform);
    call.simulator.touch();
    Ok((StatusCode::ACCEPTED, Json(json!({}))).into_response())
}
