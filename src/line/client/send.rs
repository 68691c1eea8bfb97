//! Sending: reply, push, multicast, and LINE's check of messages without sending.
//!
//! "Accepted" is all LINE ever says; nobody here claims that a message was delivered or read.

use hyper::body::Bytes;
use serde::Deserialize;
use uuid::Uuid;

use super::answer::Reply;
use super::body::{self, Outgoing};
use super::call::{Answer, Call};
use super::{Client, Endpoint, MULTICAST, PUSH, REPLY, VALIDATE_MULTICAST, VALIDATE_PUSH, VALIDATE_REPLY};
use crate::domain::ids::LineUserId;
use crate::line::error::Error;
use crate::line::event::ReplyToken;
use crate::line::message::{Message, validate};

/// LINE has taken the request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// LINE's id of this call.
    pub request_id: Option<String>,
    /// Whether an earlier attempt with the same retry key had been taken already (409).
    pub is_earlier: bool,
    /// LINE's id of that earlier attempt.
    pub accepted_request_id: Option<String>,
    /// The messages made; empty for a multicast, and where the answer broke off after its status.
    pub sent: Vec<SentMessage>,
}

impl Accepted {
    fn from(reply: &Reply) -> Self {
        Self {
            request_id: reply.request_id.clone(),
            is_earlier: reply.status == 409,
            accepted_request_id: reply.accepted_request_id.clone(),
            // The status has decided; an unreadable list must not turn "accepted" into "again".
            sent: reply.json().map(|wire: WireSent| wire.sent_messages).unwrap_or_default(),
        }
    }
}

/// A message LINE made of ours.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct SentMessage {
    /// LINE's id of the message.
    pub id: String,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct WireSent {
    sent_messages: Vec<SentMessage>,
}

/// The kind of send that messages are checked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SendKind {
    /// An answer to an event.
    Reply,
    /// To one account.
    Push,
    /// To up to 500 accounts.
    Multicast,
}

impl SendKind {
    fn endpoint(self) -> &'static Endpoint {
        match self {
            Self::Reply => &VALIDATE_REPLY,
            Self::Push => &VALIDATE_PUSH,
            Self::Multicast => &VALIDATE_MULTICAST,
        }
    }
}

impl Client {
    /// Answers an event, free of quota. Takes no retry key: after a time-out the token may be used up.
    ///
    /// # Errors
    /// [`Error`]; `InvalidReplyToken` where the token was used or about a minute has passed.
    pub async fn reply(&self, token: &ReplyToken, outgoing: Outgoing<'_>) -> Result<Accepted, Error> {
        let body = body::reply(token, outgoing)?;
        let reply = self.call(Call::with_body(&REPLY, body)).await?;
        Ok(Accepted::from(&reply))
    }

    /// Sends to one account under `retry_key`; counts against the quota.
    ///
    /// # Errors
    /// [`Error`]; a *later* is repeated with the same key and messages within 24 hours.
    pub async fn push(
        &self,
        retry_key: Uuid,
        to: &LineUserId,
        outgoing: Outgoing<'_>,
    ) -> Result<Accepted, Error> {
        self.push_raw(retry_key, body::push(to, outgoing)?).await
    }

    /// Sends a push body made by [`body::push`] and kept byte for byte.
    ///
    /// # Errors
    /// As [`Client::push`].
    pub async fn push_raw(&self, retry_key: Uuid, body: impl Into<Bytes>) -> Result<Accepted, Error> {
        self.send(&PUSH, retry_key, body.into()).await
    }

    /// Sends to up to 500 accounts under `retry_key`; counts against the quota once a recipient.
    ///
    /// # Errors
    /// [`Error`]; on any error nobody received anything, unless [`Error::may_have_been_accepted`].
    pub async fn multicast(
        &self,
        retry_key: Uuid,
        to: &[LineUserId],
        outgoing: Outgoing<'_>,
    ) -> Result<Accepted, Error> {
        self.multicast_raw(retry_key, body::multicast(to, outgoing)?).await
    }

    /// Sends a multicast body made by [`body::multicast`] and kept byte for byte.
    ///
    /// # Errors
    /// As [`Client::multicast`].
    pub async fn multicast_raw(&self, retry_key: Uuid, body: impl Into<Bytes>) -> Result<Accepted, Error> {
        self.send(&MULTICAST, retry_key, body.into()).await
    }

    /// Lets LINE check messages without sending them: after our own check, once a text, before approval.
    ///
    /// # Errors
    /// [`Error`]; `BadRequest` names the properties LINE does not take.
    pub async fn validate(&self, kind: SendKind, messages: &[Message]) -> Result<Answer<()>, Error> {
        validate(messages)?;
        let reply = self.call(Call::with_body(kind.endpoint(), body::validation(messages))).await?;
        Ok(Answer { body: (), request_id: reply.request_id })
    }

    async fn send(&self, endpoint: &Endpoint, retry_key: Uuid, body: Bytes) -> Result<Accepted, Error> {
        let call = Call { retry_key: Some(retry_key), ..Call::with_body(endpoint, body) };
        Ok(Accepted::from(&self.call(call).await?))
    }
}
