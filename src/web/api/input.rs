//! What comes in: JSON bodies, queries, and the version that the client saw.
//!
//! A field that is not known is refused, so that a misspelt one is never silently left out.

use std::str::FromStr;

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Query, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::kinds::Kind;
use super::problem::Problem;
use crate::app::App;
use crate::domain::calendar::missing_day;
use crate::domain::ids::BroadcastId;
use crate::domain::timestamp::Timestamp;

/// A JSON body.
pub struct Body<T>(pub T);

impl<T: DeserializeOwned> FromRequest<App> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        let kind = kind.unwrap_or_default().split(';').next().unwrap_or_default().trim();
        if !kind.eq_ignore_ascii_case("application/json") {
            return Err(Problem::new(Kind::NotJson, "Content-Type: application/json を付けてください。"));
        }
        let bytes = Bytes::from_request(request, app)
            .await
            .map_err(|_| Problem::new(Kind::TooLarge, "256KBまでにしてください。"))?;
        read(&bytes).map(Self)
    }
}

/// JSON that was read whole.
///
/// # Errors
/// Where it is none, or another than was meant.
pub fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    serde_json::from_slice(bytes).map_err(|error| unreadable(&error))
}

fn unreadable(error: &serde_json::Error) -> Problem {
    let place = format!("{}行目の{}文字目", error.line(), error.column());
    match error.classify() {
        serde_json::error::Category::Data => {
            let said = format!("{place}の内容が /api/openapi.json と違います。");
            Problem::new(Kind::Invalid, said).with("hint", error.to_string().into())
        }
        _ => Problem::new(Kind::Malformed, format!("{place}がJSONではありません。")),
    }
}

/// A query.
pub struct Asked<T>(pub T);

impl<T: DeserializeOwned> FromRequestParts<App> for Asked<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        match Query::from_request_parts(parts, app).await {
            Ok(Query(query)) => Ok(Self(query)),
            Err(refused) => {
                Err(Problem::new(Kind::Malformed, "?の後の内容が /api/openapi.json と違います。")
                    .with("hint", refused.body_text().into()))
            }
        }
    }
}

/// A part of a list.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// Where the part before ended.
    pub cursor: Option<String>,
    /// How many at most.
    #[serde(default = "thirty")]
    pub limit: usize,
}

/// The usual length of a part.
pub fn thirty() -> usize {
    30
}

/// The greatest length of a part.
pub const LONGEST_PART: usize = 100;

/// The length, if it is one.
///
/// # Errors
/// Where it is none.
pub fn length(limit: usize) -> Result<usize, Problem> {
    let wrong = || Problem::new(Kind::Malformed, format!("limitは1〜{LONGEST_PART}にしてください。"));
    if (1..=LONGEST_PART).contains(&limit) { Ok(limit) } else { Err(wrong()) }
}

/// The id in an address.
///
/// # Errors
/// Not found, where it is none.
pub fn id(text: &str) -> Result<BroadcastId, Problem> {
    BroadcastId::parse(text).ok_or_else(Problem::not_found)
}

/// An instant as RFC 3339 writes it, with its offset.
///
/// # Errors
/// Where it is none.
pub fn instant(field: &'static str, text: Option<&String>) -> Result<Option<Timestamp>, Problem> {
    let Some(text) = text else { return Ok(None) };
    let wrong = || {
        let form = || "日時は 2026-07-01T10:00:00+09:00 の形で書いてください。".to_owned();
        Problem::new(Kind::Invalid, missing_day(text).unwrap_or_else(form)).with("field", field.into())
    };
    text.parse::<jiff::Timestamp>().map(|at| Some(Timestamp::from(at))).map_err(|_| wrong())
}

/// The version that the client saw, a number or a hash; `None` where it doesn't say or takes any.
///
/// # Errors
/// Where `If-Match` is no version of ours.
pub fn if_match<T: FromStr>(headers: &HeaderMap) -> Result<Option<T>, Problem> {
    let Some(value) = headers.get(header::IF_MATCH) else { return Ok(None) };
    let text = value.to_str().unwrap_or_default().trim();
    if text == "*" {
        return Ok(None);
    }
    let version = text.strip_prefix("\"v").and_then(|rest| rest.strip_suffix('"')?.parse().ok());
    let wrong = || Problem::new(Kind::Changed, "If-Matchには、読んだときのETagをそのまま送ってください。");
    version.map(Some).ok_or_else(wrong)
}

/// The same where the client has to say it.
///
/// # Errors
/// Where it doesn't.
pub fn version<T: FromStr>(headers: &HeaderMap) -> Result<T, Problem> {
    let missing = || Problem::new(Kind::VersionRequired, "読んだときのETagを、If-Matchで送ってください。");
    if_match(headers)?.ok_or_else(missing)
}
