//! Tokens: the channel's access tokens, and the check of a person's ID token.

use std::collections::HashMap;

use axum::body::Body;
use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::{Form, Json};
use secrecy::ExposeSecret;
use serde_json::json;

use super::super::token;
use super::super::wire::Refusal;
use super::Call;

/// A stateless channel access token, bought with the channel's id and secret.
pub(super) async fn token(call: &Call<'_>) -> Result<Response, Refusal> {
    let form = form(call).await?;
    let field = |name: &str| form.get(name).map_or("", String::as_str);
    if field("grant_type") != "client_credentials" {
        return Err(invalid_request("grant_type must be client_credentials"));
    }
    let now = call.simulator.0.clock.now();
    let mut platform = call.simulator.platform();
    let right = field("client_id") == platform.config.channel_id
        && field("client_secret") == platform.config.channel_secret.expose_secret();
    if !right {
        let text = "invalid client_id or client_secret";
        return Err(Refusal::oauth(StatusCode::BAD_REQUEST, "invalid_client", text));
    }
    let token = platform.tokens.issue(&call.simulator.0.chance, now);
    let life = token::LIFE.as_secs();
    Ok(Json(json!({ "token_type": "Bearer", "access_token": token, "expires_in": life })).into_response())
}

/// LINE's check of an ID token: its payload, or what is wrong with it.
pub(super) async fn verify(call: &Call<'_>) -> Result<Response, Refusal> {
    let form = form(call).await?;
    let field = |name: &str| form.get(name).map_or("", String::as_str);
    if field("id_token").is_empty() || field("client_id").is_empty() {
        return Err(invalid_request("id_token and client_id are required"));
    }
    let now = call.simulator.0.clock.now();
    let checked = call.simulator.platform().id_tokens.verify(field("id_token"), field("client_id"), now);
    let payload = checked.map_err(invalid_request)?;
    if form.get("user_id").is_some_and(|user| payload["sub"] != user.as_str()) {
        return Err(invalid_request("Invalid IdToken Subject Identifier."));
    }
    if form.get("nonce").is_some_and(|nonce| payload["nonce"] != nonce.as_str()) {
        return Err(invalid_request("Invalid IdToken Nonce."));
    }
    Ok(Json(payload).into_response())
}

async fn form(call: &Call<'_>) -> Result<HashMap<String, String>, Refusal> {
    let request = Request::from_parts(call.head.clone(), Body::from(call.body.clone()));
    let form = Form::<HashMap<String, String>>::from_request(request, &()).await;
    form.map(|Form(pairs)| pairs).map_err(|_| invalid_request("the body must be a URL-encoded form"))
}

fn invalid_request(description: &str) -> Refusal {
    Refusal::oauth(StatusCode::BAD_REQUEST, "invalid_request", description)
}
