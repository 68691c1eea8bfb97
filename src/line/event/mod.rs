//! A webhook event, fully read, with its own text kept word for word.
//!
//! LINE adds event types and fields without notice, so nothing here is closed: an unknown type stays an event, a
//! known type whose details can't be read becomes [`EventKind::Unknown`], and unknown fields survive in
//! [`Event::raw`]. The light reading for the inbox stands in [`head`]. Nothing here decides what an event means to us.

mod detail;
pub mod head;

use serde_json::value::RawValue;

pub use detail::{EventKind, MessageEvent, PostbackEvent};
pub use head::{EventHead, EventId, Mode, Unreadable, UnreadableReason, WebhookError, WebhookHead, heads};

use crate::domain::ids::LineUserId;
use crate::domain::timestamp::Timestamp;
use crate::line::private::Private;

/// One event as it came from LINE.
#[derive(Clone)]
pub struct Event {
    /// LINE's id of the event, the same when it is delivered again.
    pub id: EventId,
    /// What happened.
    pub kind: EventKind,
    /// Whether we may answer.
    pub mode: Mode,
    /// When it happened (UTC; LINE counts milliseconds).
    pub timestamp: Timestamp,
    /// Where it happened.
    pub source: Source,
    /// Who caused it; absent where LINE may not tell, or where the id is malformed.
    pub user: Option<LineUserId>,
    /// Opens one free answer for about a minute; absent in standby.
    pub reply_token: Option<ReplyToken>,
    /// Whether LINE says that it sends this a second time (not reliable: compare ids).
    pub is_redelivery: bool,
    raw: Box<RawValue>,
}

impl Event {
    /// Reads one event from its JSON text.
    ///
    /// # Errors
    /// [`UnreadableReason`] where the head is missing; never because of unknown types or fields.
    pub fn parse(raw: &str) -> Result<Self, UnreadableReason> {
        let head = head::read(raw)?;
        let wire = detail::Wire::read(raw);
        Ok(Self {
            kind: detail::kind(&head.kind, &wire),
            source: Source::from_wire(wire.source_type()),
            reply_token: wire.reply_token().map(ReplyToken::new),
            is_redelivery: wire.is_redelivery(),
            id: head.id,
            mode: head.mode,
            timestamp: head.timestamp,
            user: head.user,
            raw: RawValue::from_string(raw.to_owned()).map_err(|_| UnreadableReason::NotAnEvent)?,
        })
    }

    /// The event's JSON exactly as LINE sent it; personal data, never for a log.
    #[must_use]
    pub fn raw(&self) -> &str {
        self.raw.get()
    }

    /// Whether a one-to-one talk with a known account, in which we may speak.
    #[must_use]
    pub fn may_be_answered(&self) -> bool {
        self.mode == Mode::Active && self.source == Source::User && self.user.is_some()
    }
}

impl std::fmt::Debug for Event {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { id, kind, mode, timestamp, source, user, reply_token: _, is_redelivery, raw: _ } = self;
        let mut shown = out.debug_struct("Event");
        shown.field("id", id).field("kind", kind).field("mode", mode).field("timestamp", timestamp);
        shown.field("source", source).field("user", user).field("is_redelivery", is_redelivery);
        shown.finish_non_exhaustive()
    }
}

/// Where an event happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// A talk between one friend and the account.
    User,
    /// A group the account was invited to.
    Group,
    /// A room of several people.
    Room,
    /// LINE names none, or one we don't know.
    Unknown,
}

impl Source {
    fn from_wire(text: Option<&str>) -> Self {
        match text {
            Some("user") => Self::User,
            Some("group") => Self::Group,
            Some("room") => Self::Room,
            _ => Self::Unknown,
        }
    }
}

/// A reply token: whoever holds it can speak once in our name, so its `Debug` hides it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplyToken(Private);

impl ReplyToken {
    /// Wraps a token that LINE sent.
    #[must_use]
    pub fn new(token: impl Into<String>) -> Self {
        Self(Private::new(token))
    }

    /// The token itself, for the wire only.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

#[cfg(test)]
mod tests;
