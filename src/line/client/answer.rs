//! From status, headers and body to a decision.
//!
//! LINE's error texts may change, so the status decides. Three texts have to be read all the same: the two meanings
//! of 429, the used reply token, and the `to[n]` of a refused multicast.

use std::time::Duration;

use reqwest::header::{HeaderMap, RETRY_AFTER};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::REPLY;
use super::call::Call;
use crate::line::error::{Error, LaterReason, NeverReason};

/// What came back, undecided.
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) request_id: Option<String>,
    pub(super) accepted_request_id: Option<String>,
    pub(super) retry_after: Option<Duration>,
    pub(super) body: Vec<u8>,
    /// Set where the connection broke after the status line.
    pub(super) broken: Option<Error>,
}

impl Reply {
    pub(super) fn of(status: u16, headers: &HeaderMap) -> Self {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        Self {
            status,
            request_id: text("x-line-request-id"),
            accepted_request_id: text("x-line-accepted-request-id"),
            retry_after: text(RETRY_AFTER.as_str())
                .and_then(|text| text.parse().ok())
                .map(Duration::from_secs),
            body: Vec::new(),
            broken: None,
        }
    }

    /// Reads the body as JSON; what can't be read may come out better the next time.
    pub(super) fn json<T: DeserializeOwned>(&self) -> Result<T, Error> {
        if let Some(error) = &self.broken {
            return Err(error.clone());
        }
        serde_json::from_slice(&self.body).map_err(|_| Error::later(LaterReason::Garbled))
    }
}

/// Lets through what succeeded, 409 on a retry key included, and names the rest.
pub(super) fn judge(call: &Call<'_>, reply: Reply) -> Result<Reply, Error> {
    match reply.status {
        200..=299 => Ok(reply),
        409 if call.retry_key.is_some() => Ok(reply),
        408 => Err(Error::later(LaterReason::Timeout)),
        429 => Err(too_many(&reply)),
        400 if WireError::read(&reply).is_none() => Err(Error::later(LaterReason::Unexplained)),
        status @ 500..=599 => {
            Err(Error::Later { after: reply.retry_after, why: LaterReason::ServerError(status) })
        }
        _ => Err(Error::Never(refusal(call, &reply))),
    }
}

fn too_many(reply: &Reply) -> Error {
    if WireError::of(reply).says("monthly limit") {
        return Error::Never(NeverReason::MonthlyLimit);
    }
    Error::Later { after: reply.retry_after, why: LaterReason::RateLimited }
}

fn refusal(call: &Call<'_>, reply: &Reply) -> NeverReason {
    match reply.status {
        400 => bad_request(call, &WireError::of(reply)),
        401 => NeverReason::Unauthorised,
        403 => NeverReason::Forbidden,
        404 | 410 => NeverReason::NotFound,
        413 => NeverReason::TooLarge,
        status => NeverReason::Unexpected(status),
    }
}

fn bad_request(call: &Call<'_>, error: &WireError) -> NeverReason {
    if *call.endpoint == REPLY && error.says("invalid reply token") {
        return NeverReason::InvalidReplyToken;
    }
    let bad_recipient_index = error.texts().find_map(recipient_index);
    NeverReason::BadRequest { properties: error.properties(), bad_recipient_index }
}

/// The `n` of the first `to[n]` in a text of LINE.
fn recipient_index(text: &str) -> Option<usize> {
    text.match_indices("to[").find_map(|(at, found)| {
        let starts_a_word = !text[..at].ends_with(|before: char| before.is_alphanumeric() || before == '.');
        let (digits, _) = text[at + found.len()..].split_once(']')?;
        starts_a_word.then(|| digits.parse().ok())?
    })
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct WireError {
    message: Option<String>,
    details: Option<Vec<WireDetail>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct WireDetail {
    property: Option<String>,
}

impl WireError {
    fn of(reply: &Reply) -> Self {
        Self::read(reply).unwrap_or_default()
    }

    /// `None` where the body broke off or is no error of LINE's.
    fn read(reply: &Reply) -> Option<Self> {
        let whole = reply.broken.is_none().then_some(&reply.body)?;
        serde_json::from_slice(whole).ok()
    }

    fn says(&self, words: &str) -> bool {
        self.message.as_ref().is_some_and(|message| message.to_lowercase().contains(words))
    }

    fn texts(&self) -> impl Iterator<Item = &str> {
        let properties = self.details.iter().flatten().filter_map(|detail| detail.property.as_deref());
        properties.chain(self.message.as_deref())
    }

    /// Paths only: a property that is not one could repeat what was sent.
    fn properties(&self) -> Vec<String> {
        let is_path = |text: &String| {
            text.len() <= 100
                && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._[]/".contains(&byte))
        };
        self.details.iter().flatten().filter_map(|detail| detail.property.clone()).filter(is_path).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_refused_recipient_is_found_in_lines_text() {
        let text = "The property, to[17], in the request body is invalid (line: -, column: -)";
        assert_eq!(recipient_index(text), Some(17));
        assert_eq!(recipient_index("to[0]"), Some(0));
        for other in ["into[3]", "messages[0].to[3]", "to[x]", "to[", "to[99999999999999999999999]", ""] {
            assert_eq!(recipient_index(other), None, "{other}");
        }
    }
}
