//! The door of the console: the log-in page, and the way out.
//!
//! What is checked and how guessing is slowed down is the flow's matter. The page never says which of login and
//! password was wrong, and it follows `next` only inside the console.

use std::net::{IpAddr, SocketAddr};

use askama::Template;
use axum::extract::{ConnectInfo, Query, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum::{Form, RequestExt};
use secrecy::SecretString;
use serde::Deserialize;

use crate::app::App;
use crate::flow::login::{self, Attempted, LoginError};
use crate::web::error::WebError;
use crate::web::layout::{self, Said, Shell};
use crate::web::session::{self, SignedIn, local};

#[derive(Template)]
#[template(path = "web/console/login.html")]
struct LoginPage {
    shell: Shell,
    login: String,
    next: String,
    error: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    next: String,
}

#[derive(Deserialize)]
struct Typed {
    #[serde(default)]
    login: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    next: String,
}

pub(super) async fn show(
    shell: Shell,
    staff: Option<axum::Extension<SignedIn>>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, WebError> {
    let next = local(&wanted.next);
    if staff.is_some() {
        return Ok(Redirect::to(next).into_response());
    }
    ask(shell, "", next, None)
}

pub(super) async fn log_in(
    State(app): State<App>,
    shell: Shell,
    request: Request,
) -> Result<Response, WebError> {
    let address = address(&request);
    let old_token = session::token(&app, request.headers());
    let Form(typed): Form<Typed> = request.extract_with_state(&()).await.map_err(|_| WebError::Unreadable)?;
    let attempted = Attempted {
        login: &typed.login,
        password: SecretString::from(typed.password),
        address: &address,
        old_token: old_token.as_deref(),
    };
    let next = local(&typed.next);
    let (status, sentence) = match login::log_in(&app, attempted).await {
        Ok(token) => {
            let mut response = Redirect::to(next).into_response();
            session::set_token(&app, &mut response, &token);
            return Ok(response);
        }
        Err(LoginError::Db(error)) => return Err(error.into()),
        Err(LoginError::Wrong) => (
            StatusCode::UNPROCESSABLE_ENTITY,
            "ログイン名またはパスワードが違います。もう一度入力してください。".to_owned(),
        ),
        Err(LoginError::Wait { until }) => {
            let minute = until.plus(std::time::Duration::from_secs(59)).tokyo().strftime("%H:%M");
            (
                StatusCode::TOO_MANY_REQUESTS,
                format!(
                    "失敗が続いたため、しばらく受け付けません。{minute} を過ぎてから、もう一度お試しください。"
                ),
            )
        }
    };
    let mut page = ask(shell, &typed.login, next, Some(sentence))?;
    *page.status_mut() = status;
    Ok(page)
}

pub(super) async fn log_out(State(app): State<App>, headers: HeaderMap) -> Result<Response, WebError> {
    if let Some(token) = session::token(&app, &headers) {
        login::log_out(&app, &token).await?;
    }
    let mut response = layout::go_and_say("/console/login", Said::LoggedOut);
    session::clear_token(&app, &mut response);
    Ok(response)
}

fn ask(shell: Shell, login: &str, next: &str, error: Option<String>) -> Result<Response, WebError> {
    let shell = Shell { staff: None, ..shell.titled("ログイン") };
    let page = LoginPage { shell, login: login.to_owned(), next: next.to_owned(), error };
    layout::page(&page.shell, &page)
}

/// Where the browser sits; empty where that is not known. The last hop is believed only from our own machine, where
/// the reverse proxy runs.
fn address(request: &Request) -> String {
    let Some(ConnectInfo(peer)) = request.extensions().get::<ConnectInfo<SocketAddr>>() else {
        return String::new();
    };
    let said =
        request.headers().get_all("x-forwarded-for").iter().next_back().and_then(|value| value.to_str().ok());
    let hop = said.and_then(|hops| hops.rsplit(',').next()?.trim().parse::<IpAddr>().ok());
    match (peer.ip(), hop) {
        (peer, Some(hop)) if peer.is_loopback() => network(hop),
        (peer, _) => network(peer),
    }
}

/// A household or an office holds a whole /64 of IPv6.
fn network(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(four) => four.to_string(),
        IpAddr::V6(six) => {
            let part = six.segments();
            format!("{:x}:{:x}:{:x}:{:x}::/64", part[0], part[1], part[2], part[3])
        }
    }
}
