//! LINE's answers: success bodies, refusals with their published texts, the OAuth kind of error.
//!
//! Texts stand in one place so that a test which reads them reads LINE's. It decides nothing.

use axum::Json;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::{Value, json};

/// One entry of LINE's `details`: where in the body, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Detail {
    /// Why it is refused, in LINE's words.
    pub message: String,
    /// The property, as LINE names it.
    pub property: String,
}

/// A request that LINE refuses.
#[derive(Clone, Debug)]
pub(super) struct Refusal {
    /// HTTP status.
    pub status: StatusCode,
    /// The whole body.
    pub body: Value,
    /// For a retry key that was accepted before: the request that was.
    pub accepted_request_id: Option<String>,
}

impl Refusal {
    /// A status and LINE's `message`.
    pub(super) fn new(status: StatusCode, message: &str) -> Self {
        Self { status, body: json!({ "message": message }), accepted_request_id: None }
    }

    /// 400 with LINE's `message`.
    pub(super) fn bad(message: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    /// 400 with `details`.
    pub(super) fn details(message: &str, details: &[Detail]) -> Self {
        let body = json!({ "message": message, "details": details });
        Self { status: StatusCode::BAD_REQUEST, body, accepted_request_id: None }
    }

    /// 400 naming one property, as multicast does for a malformed recipient.
    pub(super) fn property(property: &str) -> Self {
        let text = format!("The property, {property}, in the request body is invalid (line: -, column: -)");
        Self::bad(&text)
    }

    /// 401 for a token that is missing, wrong or expired.
    pub(super) fn unauthorized() -> Self {
        let text = "Authentication failed due to the following reason: invalid token. Confirm that the access \
                    token in the authorization header is valid.";
        Self::new(StatusCode::UNAUTHORIZED, text)
    }

    /// 429 for calls that come too fast.
    pub(super) fn rate() -> Self {
        Self::new(StatusCode::TOO_MANY_REQUESTS, "The API rate limit has been exceeded. Try again later.")
    }

    /// 429 for a month whose messages are used up.
    pub(super) fn monthly() -> Self {
        Self::new(StatusCode::TOO_MANY_REQUESTS, "You have reached your monthly limit.")
    }

    /// 403 for what this kind of account may not do.
    pub(super) fn not_for_this_account() -> Self {
        Self::new(StatusCode::FORBIDDEN, "Access to this API is not available for your account")
    }

    /// 404 as LINE says it for a profile or a path it does not know.
    pub(super) fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "Not found")
    }

    /// 500.
    pub(super) fn server_error() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "Internal server error")
    }

    /// An error of the OAuth endpoints.
    pub(super) fn oauth(status: StatusCode, error: &str, description: &str) -> Self {
        let body = json!({ "error": error, "error_description": description });
        Self { status, body, accepted_request_id: None }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(self.body)).into_response();
        if let Some(id) = self.accepted_request_id.and_then(|id| HeaderValue::from_str(&id).ok()) {
            response.headers_mut().insert("x-line-accepted-request-id", id);
        }
        response
    }
}
