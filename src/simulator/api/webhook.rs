//! The channel's webhook setting, and LINE's test of it.

use axum::Json;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::super::wire::Refusal;
use super::Call;

/// LINE takes addresses of at most this many characters.
const MAX_URL: usize = 500;

pub(super) fn get(call: &Call<'_>) -> Result<Response, Refusal> {
    let url = call.simulator.platform().config.webhook_url.clone();
    let status = axum::http::StatusCode::NOT_FOUND;
    let url = url.ok_or_else(|| Refusal::new(status, "Webhook endpoint not found"))?;
    Ok(Json(json!({ "endpoint": url, "active": true })).into_response())
}

/// LINE takes `https` only; here `http` passes too, since everything stands on one machine.
pub(super) fn set(call: &Call<'_>) -> Result<Response, Refusal> {
    let body = call.json()?;
    let url = body["endpoint"].as_str().filter(|url| is_address(url));
    let url = url.ok_or_else(|| Refusal::bad("Invalid webhook endpoint URL"))?;
    call.simulator.set_webhook_url(url);
    Ok(Json(json!({})).into_response())
}

/// Sends an empty, signed webhook and tells what came of it.
pub(super) async fn test(call: &Call<'_>) -> Result<Response, Refusal> {
    let body = if call.body.is_empty() { json!({}) } else { call.json()? };
    let configured = call.simulator.platform().config.webhook_url.clone();
    let url = body["endpoint"].as_str().map(str::to_owned).or(configured);
    let url =
        url.filter(|url| is_address(url)).ok_or_else(|| Refusal::bad("Invalid webhook endpoint URL"))?;
    let status = call.simulator.post_to(&url, &[]).await;
    let (reason, detail) = match status {
        Some(200) => ("OK", "200".to_owned()),
        Some(other) => ("ERROR_STATUS_CODE", other.to_string()),
        None => ("COULD_NOT_CONNECT", "TLS handshake failure or connection refused".to_owned()),
    };
    let answer = json!({
        "success": status == Some(200),
        "timestamp": call.simulator.0.clock.now().to_text(),
        "statusCode": status.unwrap_or(0),
        "reason": reason,
        "detail": detail,
    });
    Ok(Json(answer).into_response())
}

fn is_address(url: &str) -> bool {
    let known = url.starts_with("https://") || url.starts_with("http://");
    known && url.len() <= MAX_URL && url.parse::<axum::http::Uri>().is_ok()
}
