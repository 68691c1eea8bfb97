//! `Idempotency-Key`: the same request under the same key gets the answer that it got, and is not carried out again.
//!
//! Stands around every route that changes something. What failed for a reason of ours is forgotten, so that it may come
//! again under its key.

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use uuid::Uuid;

use super::door::Caller;
use super::kinds::Kind;
use super::problem::{PROBLEM_JSON, Problem};
use crate::app::App;
use crate::domain::digest::{Digest, sha256_hex};
use crate::flow::api_requests::{self, Known};
use crate::store::api_requests::{Kept, Name};

/// The id of what a request makes, the same however often it comes.
#[derive(Clone, Copy)]
pub struct MadeId(pub Uuid);

const LONGEST_KEY: usize = 200;

/// Carries a request out, or answers what was answered; a body is at most so large.
pub async fn once(State((app, largest)): State<(App, usize)>, request: Request, next: Next) -> Response {
    match carry_out(&app, largest, request, next).await {
        Ok(response) => response,
        Err(problem) => problem.into_response(),
    }
}

async fn carry_out(app: &App, largest: usize, request: Request, next: Next) -> Result<Response, Problem> {
    let Some(key) = key(request.headers())? else { return Ok(next.run(request).await) };
    let caller = request.extensions().get::<Caller>().cloned();
    let caller = caller.ok_or_else(|| Problem::broken(&"a keyed request came without a caller"))?;
    let (mut parts, body) = request.into_parts();
    let body = to_bytes(body, largest)
        .await
        .map_err(|_| Problem::new(Kind::TooLarge, format!("{}KBまでにしてください。", largest / 1024)))?;
    let name = Name { token: caller.token, key: &key };
    let asked = hash(parts.method.as_ref(), &parts.uri.to_string(), &parts.headers, &body);
    let made = match api_requests::begin(app, name, &asked).await? {
        Known::New(made) => made,
        Known::Answered(kept) => return Ok(again(&kept)),
        Known::UnderWay => {
            return Err(Problem::new(Kind::UnderWay, "1分ほど待ってから、もう一度送ってください。"));
        }
        Known::OtherRequest => {
            let said = "同じIdempotency-Keyで、別の内容が送られました。新しい鍵にしてください。";
            return Err(Problem::new(Kind::KeyReused, said));
        }
    };
    parts.extensions.insert(MadeId(made));
    keep(app, name, next.run(Request::from_parts(parts, Body::from(body))).await).await
}

/// A key in its plain form or as a quoted string.
fn key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let Some(value) = headers.get("idempotency-key") else { return Ok(None) };
    let text = value.to_str().unwrap_or_default().trim().trim_matches('"');
    let good = (1..=LONGEST_KEY).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
    let wrong = || {
        Problem::new(
            Kind::Malformed,
            "Idempotency-Keyは、空白のない英数字と記号で200文字までにしてください。",
        )
    };
    if good { Ok(Some(text.to_owned())) } else { Err(wrong()) }
}

fn hash(method: &str, uri: &str, headers: &HeaderMap, body: &[u8]) -> String {
    let matched = headers.get(header::IF_MATCH).and_then(|value| value.to_str().ok()).unwrap_or_default();
    Digest::new("api-request").part(method).part(uri).part(matched).part(&sha256_hex(body)).hex()
}

async fn keep(app: &App, name: Name<'_>, response: Response) -> Result<Response, Problem> {
    let status = response.status();
    if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
        api_requests::undone(app, name).await?;
        return Ok(response);
    }
    let (parts, body) = response.into_parts();
    let body: Bytes = to_bytes(body, usize::MAX).await.map_err(|error| Problem::broken(&error))?;
    let etag = parts.headers.get(header::ETAG).and_then(|value| value.to_str().ok());
    let text = std::str::from_utf8(&body).map_err(|error| Problem::broken(&error))?;
    api_requests::answered(app, name, (i64::from(status.as_u16()), text, etag)).await?;
    Ok(Response::from_parts(parts, Body::from(body)))
}

fn again(kept: &Kept) -> Response {
    let status = kept.status.and_then(|status| u16::try_from(status).ok());
    let status = status.and_then(|status| StatusCode::from_u16(status).ok()).unwrap_or(StatusCode::OK);
    let kind = if status.is_client_error() { PROBLEM_JSON } else { "application/json" };
    let mut response = (status, kept.answer.clone().unwrap_or_default()).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert("idempotency-replayed", HeaderValue::from_static("true"));
    if let Some(etag) = kept.etag.as_ref().and_then(|etag| HeaderValue::from_str(etag).ok()) {
        headers.insert(header::ETAG, etag);
    }
    response
}
