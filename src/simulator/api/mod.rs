//! The API's front door: every request passes the same gate before an endpoint sees it.
//!
//! The gate gives the request id, waits the latency, plays the scripted fault, checks token, retry key and rate, and
//! writes the request down. What each endpoint means stands in its own file.

mod account;
mod insight;
mod login;
mod message;
mod webhook;

use std::collections::HashMap;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Query, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use serde_json::Value;
use uuid::Uuid;

use super::fault::Fault;
use super::limits::Endpoint;
use super::platform::RequestLine;
use super::server::HangUp;
use super::wire::{Detail, Refusal};
use super::{Simulator, liff, phone};

/// LINE refuses longer bodies with 413.
const MAX_BODY: usize = 2 * 1024 * 1024;

/// Everything the platform serves: phone and LIFF at their paths, the API everywhere else.
pub(super) fn router(simulator: &Simulator) -> Router {
    Router::new().merge(phone::router()).merge(liff::router()).fallback(gate).with_state(simulator.clone())
}

/// A request that has passed the gate.
struct Call<'a> {
    simulator: &'a Simulator,
    head: &'a Parts,
    body: &'a Bytes,
    request_id: &'a str,
    retry_key: Option<Uuid>,
}

impl Call<'_> {
    fn json(&self) -> Result<Value, Refusal> {
        if !content_type(&self.head.headers).starts_with("application/json") {
            let text = "Unsupported Media Type";
            return Err(Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, text));
        }
        let parsed = serde_json::from_slice::<Value>(self.body).ok().filter(Value::is_object);
        let text = "The request body could not be parsed as JSON (line: -, column: -)";
        parsed.ok_or_else(|| Refusal::bad(text))
    }

    fn query(&self) -> HashMap<String, String> {
        Query::try_from_uri(&self.head.uri).map(|Query(pairs)| pairs).unwrap_or_default()
    }

    fn last_segment(&self) -> &str {
        self.head.uri.path().rsplit('/').next().unwrap_or_default()
    }
}

async fn gate(State(simulator): State<Simulator>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let endpoint = Endpoint::of(&head.method, head.uri.path());
    let request_id = Uuid::from_bytes(simulator.0.chance.bytes()).to_string();
    let latency = simulator.platform().config.latency;
    let body = axum::body::to_bytes(body, MAX_BODY).await;
    if !latency.is_zero() {
        tokio::time::sleep(latency).await;
    }
    let fault = endpoint.map_or(Fault::Pass, |known| simulator.platform().faults.take(known));
    let answer = match (refused_by(fault), endpoint, body) {
        (Some(response), _, _) => response,
        (None, _, Err(_)) => {
            Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "Request entity too large").into_response()
        }
        (None, None, Ok(_)) => Refusal::not_found().into_response(),
        (None, Some(endpoint), Ok(body)) => {
            let call = Call {
                simulator: &simulator,
                head: &head,
                body: &body,
                request_id: &request_id,
                retry_key: None,
            };
            handle(endpoint, call).await.unwrap_or_else(IntoResponse::into_response)
        }
    };
    note(&simulator, &head, endpoint, fault, &answer);
    spoil(fault, with_id(answer, &request_id)).await
}

async fn handle(endpoint: Endpoint, mut call: Call<'_>) -> Result<Response, Refusal> {
    admit(endpoint, &mut call)?;
    match endpoint {
        Endpoint::Token => login::token(&call).await,
        Endpoint::VerifyIdToken => login::verify(&call).await,
        Endpoint::Reply => message::reply(&call),
        Endpoint::Push => message::push(&call),
        Endpoint::Multicast => message::multicast(&call),
        Endpoint::Validate => message::validate(&call),
        Endpoint::Profile => account::profile(&call),
        Endpoint::Quota => Ok(account::quota(&call)),
        Endpoint::Consumption => Ok(account::consumption(&call)),
        Endpoint::Loading => account::loading(&call),
        Endpoint::BotInfo => Ok(account::info(&call)),
        Endpoint::Followers => account::followers(&call),
        Endpoint::UnitUsage => Ok(insight::used(&call)),
        Endpoint::UnitInsight => insight::unit(&call),
        Endpoint::GetWebhook => webhook::get(&call),
        Endpoint::SetWebhook => webhook::set(&call),
        Endpoint::TestWebhook => webhook::test(&call).await,
    }
}

/// Token, rate and retry key, in this order: what LINE looks at before the body.
fn admit(endpoint: Endpoint, call: &mut Call<'_>) -> Result<(), Refusal> {
    let now = call.simulator.0.clock.now();
    let mut platform = call.simulator.platform();
    let bearer = bearer(&call.head.headers);
    if endpoint.needs_token() && !bearer.is_some_and(|token| platform.tokens.lives(token, now)) {
        return Err(Refusal::unauthorized());
    }
    let limits = platform.config.limits.clone();
    if !platform.buckets.take(&limits, endpoint, now) {
        return Err(Refusal::rate());
    }
    let Some(key) = call.head.headers.get("x-line-retry-key") else { return Ok(()) };
    let key = key.to_str().ok().filter(|text| text.len() == 36).and_then(|text| Uuid::try_parse(text).ok());
    if !endpoint.takes_retry_key() || key.is_none() {
        return Err(Refusal::bad("Invalid retry key"));
    }
    call.retry_key = key;
    Ok(())
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")
}

fn content_type(headers: &HeaderMap) -> &str {
    headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// The answer of a fault that comes before LINE has accepted anything.
fn refused_by(fault: Fault) -> Option<Response> {
    let refusal = match fault {
        Fault::RateLimit | Fault::RateLimitLate(_) => Refusal::rate(),
        Fault::MonthlyLimit => Refusal::monthly(),
        Fault::ServerError => Refusal::server_error(),
        Fault::Unauthorized => Refusal::unauthorized(),
        Fault::MalformedId(at) => Refusal::property(&format!("to[{at}]")),
        Fault::BadText => {
            let detail = Detail {
                message: "Length must be between 0 and 5000".to_owned(),
                property: "messages[0].text".to_owned(),
            };
            Refusal::details("The request body has 1 error(s)", &[detail])
        }
        Fault::BadRequest => Refusal::bad("The request body has 1 error(s)"),
        Fault::WaitADay => {
            let headers = [(header::RETRY_AFTER, "86400")];
            return Some((StatusCode::SERVICE_UNAVAILABLE, headers).into_response());
        }
        Fault::ResetBeforeAccept => return Some(hang_up()),
        Fault::Says(text) => return Some(text.into_response()),
        _ => return None,
    };
    Some(refusal.into_response())
}

/// Does to a finished answer what the fault says.
async fn spoil(fault: Fault, answer: Response) -> Response {
    match fault {
        Fault::Slow(by) | Fault::RateLimitLate(by) => tokio::time::sleep(by).await,
        Fault::AcceptThenSilence => std::future::pending().await,
        Fault::AcceptThenDrop => return hang_up(),
        Fault::AcceptThenServerError => return Refusal::server_error().into_response(),
        Fault::HalfBody => return halve(answer).await,
        _ => {}
    }
    answer
}

fn hang_up() -> Response {
    let mut response = StatusCode::INTERNAL_SERVER_ERROR.into_response();
    response.extensions_mut().insert(HangUp);
    response
}

/// Announces the whole body, gives half of it, and breaks off.
async fn halve(answer: Response) -> Response {
    let (mut head, body) = answer.into_parts();
    let whole = axum::body::to_bytes(body, MAX_BODY).await.unwrap_or_default();
    head.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(whole.len()));
    let half = whole.slice(..whole.len() / 2);
    let parts = stream::unfold(Some(half), |left| async move {
        match left {
            Some(half) if !half.is_empty() => Some((Ok(half), Some(Bytes::new()))),
            _ => {
                // Without a breath the head and the first half would never leave the buffer.
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
                Some((Err(std::io::Error::other("cut")), None))
            }
        }
    });
    Response::from_parts(head, Body::from_stream(parts))
}

fn with_id(mut answer: Response, request_id: &str) -> Response {
    if let Ok(id) = HeaderValue::from_str(request_id) {
        answer.headers_mut().insert("x-line-request-id", id);
    }
    answer
}

fn note(simulator: &Simulator, head: &Parts, endpoint: Option<Endpoint>, fault: Fault, answer: &Response) {
    let unanswered = matches!(fault, Fault::AcceptThenSilence | Fault::AcceptThenDrop)
        || answer.extensions().get::<HangUp>().is_some();
    let retry_key = head.headers.get("x-line-retry-key").and_then(|key| key.to_str().ok());
    let line = RequestLine {
        endpoint,
        method: head.method.to_string(),
        path: head.uri.path().to_owned(),
        status: (!unanswered).then(|| answer.status().as_u16()),
        retry_key: retry_key.map(str::to_owned),
    };
    simulator.platform().requests.push(line);
}
