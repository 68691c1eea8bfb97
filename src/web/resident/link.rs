//! `/r/{code}`: on to the page behind a button, and counted. It leads to stored addresses and nowhere else.
//!
//! What looks before a person does is not counted: `HEAD`, what a browser fetches ahead, programs that make previews of
//! links. Nothing of who asks is kept: no address, no browser.

use axum::extract::{Path, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::failed;
use crate::app::App;
use crate::flow::tap;

/// Words in the names of programs that are no person: LINE's own preview calls itself both of the first two.
const PROGRAMS: [&str; 9] =
    ["facebookexternalhit", "line-poker", "bot", "crawler", "spider", "preview", "curl", "wget", "python"];

/// `GET /r/{code}`
pub(super) async fn open(
    State(app): State<App>,
    Path(code): Path<String>,
    method: Method,
    headers: HeaderMap,
) -> Response {
    answer(&app, (&code, None), is_a_person(&method, &headers)).await
}

/// `GET /r/{code}/{reader}`
pub(super) async fn open_as_reader(
    State(app): State<App>,
    Path((code, reader)): Path<(String, String)>,
    method: Method,
    headers: HeaderMap,
) -> Response {
    answer(&app, (&code, Some(&reader)), is_a_person(&method, &headers)).await
}

async fn answer(app: &App, of: (&str, Option<&str>), by_a_person: bool) -> Response {
    match tap::open(app, of, by_a_person).await {
        Ok(Some(address)) => (StatusCode::FOUND, [(header::LOCATION, address)]).into_response(),
        Ok(None) => StatusCode::NOT_FOUND.into_response(),
        Err(error) => failed(&error),
    }
}

fn is_a_person(method: &Method, headers: &HeaderMap) -> bool {
    let word = |name: &str| {
        let value = headers.get(name).and_then(|value| value.to_str().ok());
        value.unwrap_or_default().to_ascii_lowercase()
    };
    let is_ahead = ["purpose", "sec-purpose", "x-moz"].iter().any(|name| word(name).contains("prefetch"));
    let agent = word("user-agent");
    *method == Method::GET && !is_ahead && !PROGRAMS.iter().any(|program| agent.contains(program))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(method: Method, name: &'static str, value: &'static str) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(name, axum::http::HeaderValue::from_static(value));
        is_a_person(&method, &headers)
    }

    #[test]
    fn what_looks_ahead_is_no_person() {
        let phone =
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 Safari Line/15.9.0";
        assert!(counts(Method::GET, "user-agent", phone));
        assert!(!counts(Method::HEAD, "user-agent", phone));
        assert!(!counts(Method::GET, "user-agent", "facebookexternalhit/1.1;line-poker/1.0"));
        assert!(!counts(Method::GET, "sec-purpose", "prefetch;prerender"));
    }
}
