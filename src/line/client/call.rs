//! One call to LINE: pace, token, request, log line, answer.

use std::time::{Duration, Instant};

use hyper::body::Bytes;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{RequestBuilder, Response, Url};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::answer::{self, Reply};
use super::{Client, Endpoint, TOKEN};
use crate::line::error::{Error, LaterReason, NeverReason};
use crate::line::limits;
use crate::line::tally::Ending;
use crate::line::token::Issued;

/// An answer of LINE that may be read more than once, with the id LINE knows the call by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer<T> {
    /// What LINE said.
    pub body: T,
    /// `x-line-request-id`: what LINE's support asks for.
    pub request_id: Option<String>,
}

/// A call before it is sent; sent again after a refused token with exactly the same bytes.
pub(super) struct Call<'a> {
    pub(super) endpoint: &'a Endpoint,
    /// Fills `{userId}`, which is never logged.
    pub(super) user: Option<&'a str>,
    pub(super) query: Vec<(&'static str, String)>,
    pub(super) body: Option<Bytes>,
    pub(super) retry_key: Option<Uuid>,
}

impl<'a> Call<'a> {
    pub(super) fn new(endpoint: &'a Endpoint) -> Self {
        Self { endpoint, user: None, query: Vec::new(), body: None, retry_key: None }
    }

    pub(super) fn with_body(endpoint: &'a Endpoint, body: Bytes) -> Self {
        Self { body: Some(body), ..Self::new(endpoint) }
    }

    fn path(&self) -> String {
        self.endpoint.template.replace("{userId}", self.user.unwrap_or_default())
    }
}

impl Client {
    /// Sends `call` with a channel token, and once more with a new one where LINE refuses the first.
    pub(super) async fn call(&self, call: Call<'_>) -> Result<Reply, Error> {
        if call.body.as_ref().is_some_and(|body| limits::REQUEST_BYTES < body.len()) {
            return Err(Error::Never(NeverReason::TooLarge));
        }
        let token = self.0.tokens.get(self.issue()).await.map_err(Error::before_sending)?;
        let first = self.attempt(&call, &token).await;
        if !matches!(first, Err(Error::Never(NeverReason::Unauthorised))) {
            return first;
        }
        let token = self.0.tokens.replace(&token, self.issue()).await.map_err(Error::before_sending)?;
        self.attempt(&call, &token).await
    }

    /// The same for answers that are JSON to be read.
    pub(super) async fn ask<T: DeserializeOwned>(&self, call: Call<'_>) -> Result<Answer<T>, Error> {
        let reply = self.call(call).await?;
        let body = reply.json()?;
        Ok(Answer { body, request_id: reply.request_id })
    }

    /// A form to one of LINE's OAuth endpoints, which take no channel token.
    pub(super) async fn post_form(&self, endpoint: &Endpoint, form: &[(&str, &str)]) -> Result<Reply, Error> {
        let request = self.request(endpoint, self.url(endpoint.template, &[])).form(form);
        self.exchange(endpoint, request).await
    }

    async fn attempt(&self, call: &Call<'_>, token: &SecretString) -> Result<Reply, Error> {
        let mut request =
            self.request(call.endpoint, self.url(&call.path(), &call.query)).headers(bearer(token)?);
        if let Some(body) = &call.body {
            request = request.header(CONTENT_TYPE, "application/json").body(body.clone());
        }
        if let Some(key) = call.retry_key {
            request = request.header("X-Line-Retry-Key", key.hyphenated().to_string());
        }
        answer::judge(call, self.exchange(call.endpoint, request).await?)
    }

    fn url(&self, path: &str, query: &[(&str, String)]) -> Url {
        let mut url = self.0.config.api_base.clone();
        // Joined as text: `Url::join` would drop a path of the base.
        url.set_path(&format!("{}{path}", self.0.config.api_base.path().trim_end_matches('/')));
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        url
    }

    fn request(&self, endpoint: &Endpoint, url: Url) -> RequestBuilder {
        self.0.http.request(endpoint.method.clone(), url)
    }

    async fn exchange(&self, endpoint: &Endpoint, request: RequestBuilder) -> Result<Reply, Error> {
        self.0.pace.wait(endpoint).await;
        let started = Instant::now();
        let outcome = match request.send().await {
            Ok(response) => read(response).await,
            Err(error) => Err(transport(&error)),
        };
        log(endpoint, started, &outcome);
        self.0.tally.add(endpoint.template, ending(&outcome));
        outcome
    }

    async fn issue(&self) -> Result<Issued, Error> {
        let first = self.issue_with(&self.0.config.channel_secret).await;
        match &self.0.config.next_secret {
            Some(next) if matches!(first, Err(Error::Never(NeverReason::Unauthorised))) => {
                self.issue_with(next).await
            }
            _ => first,
        }
    }

    async fn issue_with(&self, secret: &SecretString) -> Result<Issued, Error> {
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", &self.0.config.channel_id),
            ("client_secret", secret.expose_secret()),
        ];
        let reply = self.post_form(&TOKEN, &form).await?;
        // LINE's OAuth answers 400 to wrong credentials.
        if matches!(reply.status, 400 | 401) {
            return Err(Error::Never(NeverReason::Unauthorised));
        }
        let wire: WireToken = answer::judge(&Call::new(&TOKEN), reply)?.json()?;
        if wire.access_token.is_empty() {
            return Err(Error::later(LaterReason::Garbled));
        }
        let lifetime = Duration::from_secs(wire.expires_in);
        Ok(Issued { token: SecretString::from(wire.access_token), lifetime })
    }
}

#[derive(Deserialize)]
struct WireToken {
    access_token: String,
    expires_in: u64,
}

fn bearer(token: &SecretString) -> Result<HeaderMap, Error> {
    let text = format!("Bearer {}", token.expose_secret());
    let mut value = HeaderValue::from_str(&text).map_err(|_| Error::later(LaterReason::Garbled))?;
    value.set_sensitive(true);
    Ok(HeaderMap::from_iter([(AUTHORIZATION, value)]))
}

async fn read(mut response: Response) -> Result<Reply, Error> {
    const ENOUGH: usize = 1 << 20;
    let mut reply = Reply::of(response.status().as_u16(), response.headers());
    let mut body = Vec::new();
    while body.len() < ENOUGH {
        match response.chunk().await {
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) => break,
            // The status is already known, and for a send it is all that matters.
            Err(error) => {
                reply.broken = Some(transport(&error));
                break;
            }
        }
    }
    reply.body = body;
    Ok(reply)
}

fn transport(error: &reqwest::Error) -> Error {
    // Only the kind is kept: reqwest's text holds the address, and with it a user id.
    Error::later(if error.is_connect() {
        LaterReason::Unsent
    } else if error.is_timeout() {
        LaterReason::Timeout
    } else {
        LaterReason::Connection
    })
}

fn ending(outcome: &Result<Reply, Error>) -> Ending {
    match outcome {
        Ok(reply) => Ending::Status(reply.status),
        Err(Error::Later { why: LaterReason::Timeout, .. }) => Ending::Timeout,
        Err(_) => Ending::Connection,
    }
}

fn log(endpoint: &Endpoint, started: Instant, outcome: &Result<Reply, Error>) {
    let duration_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    let (method, path) = (endpoint.method.as_str(), endpoint.template);
    match outcome {
        Ok(reply) => tracing::info!(
            http.method = method,
            http.path = path,
            http.status = reply.status,
            line.request_id = reply.request_id.as_deref().unwrap_or("-"),
            duration_ms,
            "LINE answered"
        ),
        Err(error) => {
            tracing::info!(http.method = method, http.path = path, duration_ms, %error, "LINE did not answer")
        }
    }
}
