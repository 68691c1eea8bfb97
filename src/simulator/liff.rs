//! LIFF: opens the app's pages as LINE does, and serves our stand-in for LINE's SDK.
//!
//! What the page must know travels in the fragment of the redirect, never in the query, so that no server logs it.
//! A path or query behind the LIFF id arrives as `liff.state`, as in LINE's primary redirect; the SDK then goes on
//! to the real page. Without a phone's ticket nobody is logged in, as in a browser outside LINE.

use std::collections::HashMap;

use axum::Router;
use axum::extract::{Path, Query, RawQuery, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use super::Simulator;
use super::people::{Key, id_of};

/// Names the ticket in the query; taken out before the page sees its query.
const TICKET: &str = "sim.ticket";

pub(super) fn router() -> Router<Simulator> {
    Router::new()
        .route("/liff/sdk.js", get(sdk))
        .route("/liff/{id}", get(open_root))
        .route("/liff/{id}/{*path}", get(open_below))
}

async fn sdk() -> Response {
    let kind =
        [(header::CONTENT_TYPE, "text/javascript; charset=utf-8"), (header::CACHE_CONTROL, "no-cache")];
    (kind, include_str!("phone/liff-sdk.js")).into_response()
}

async fn open_root(
    State(simulator): State<Simulator>,
    Path(id): Path<String>,
    Query(query): Query<HashMap<String, String>>,
    RawQuery(raw): RawQuery,
) -> Response {
    simulator.open_liff(&id, "", query.get(TICKET), raw.as_deref())
}

async fn open_below(
    State(simulator): State<Simulator>,
    Path((id, path)): Path<(String, String)>,
    Query(query): Query<HashMap<String, String>>,
    RawQuery(raw): RawQuery,
) -> Response {
    simulator.open_liff(&id, &format!("/{path}"), query.get(TICKET), raw.as_deref())
}

impl Simulator {
    /// A ticket with which a person's phone opens one LIFF page, once.
    pub(super) fn liff_ticket(&self, person: Key) -> String {
        let ticket = hex(&self.0.chance.bytes::<16>());
        self.platform().tickets.insert(ticket.clone(), person);
        ticket
    }

    fn open_liff(&self, id: &str, path: &str, ticket: Option<&String>, query: Option<&str>) -> Response {
        let (own, endpoint) = {
            let platform = self.platform();
            (platform.config.liff_id == id, platform.config.liff_endpoint_url.clone())
        };
        if !own {
            return (StatusCode::NOT_FOUND, "このLIFFアプリはありません。").into_response();
        }
        let person = ticket.and_then(|ticket| self.platform().tickets.remove(ticket));
        let location = format!("{}#{}", primary(&endpoint, path, query), self.fragment(person));
        let Ok(location) = HeaderValue::from_str(&location) else {
            return StatusCode::BAD_REQUEST.into_response();
        };
        let headers =
            [(header::LOCATION, location), (header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];
        (StatusCode::SEE_OTHER, headers).into_response()
    }

    fn fragment(&self, person: Option<Key>) -> String {
        let origin = encode(self.base_url());
        let Some(person) = person else { return format!("sim.origin={origin}") };
        let token = self.id_token(&id_of(person));
        format!("sim.origin={origin}&sim.client=1&sim.language=ja&id_token={token}")
    }
}

/// The address of LINE's primary redirect: the endpoint, with what stood behind the LIFF id as `liff.state`.
fn primary(endpoint: &str, path: &str, query: Option<&str>) -> String {
    let kept = |pair: &&str| !pair.is_empty() && !pair.starts_with(TICKET);
    let kept: Vec<&str> = query.unwrap_or_default().split('&').filter(kept).collect();
    let mut state = path.to_owned();
    if !kept.is_empty() {
        state = format!("{state}?{}", kept.join("&"));
    }
    if state.is_empty() {
        return endpoint.to_owned();
    }
    let joint = if endpoint.contains('?') { '&' } else { '?' };
    format!("{endpoint}{joint}liff.state={}", encode(&state))
}

fn encode(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    let one = |byte: u8| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    text.bytes().map(one).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_behind_the_liff_id_arrives_as_state_without_the_ticket() {
        let at = "http://127.0.0.1:1/liff";
        assert_eq!(primary(at, "", None), at);
        assert_eq!(primary(at, "", Some("sim.ticket=ab")), at);
        let state = primary(at, "/edit", Some("from=card&sim.ticket=ab"));
        assert_eq!(state, format!("{at}?liff.state=%2Fedit%3Ffrom%3Dcard"));
    }
}
