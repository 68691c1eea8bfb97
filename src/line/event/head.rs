//! The light reading of a webhook body: what the inbox needs to store each event once, and nothing more.
//!
//! Stands apart from the full reading because it runs before LINE gets its answer: one pass over the body, borrowing
//! from it. One malformed event never loses the others; it is listed as [`Unreadable`]. Checks no signature.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::domain::ids::LineUserId;
use crate::domain::timestamp::Timestamp;

/// A webhook body, read as far as the inbox needs.
#[derive(Debug)]
pub struct WebhookHead<'a> {
    /// The bot's own user id: who LINE believes this is for.
    pub destination: Cow<'a, str>,
    /// The events that can be stored, in the order of the body; may be empty (LINE's Verify button).
    pub events: Vec<EventHead<'a>>,
    /// The entries that can't, for counting and for keeping.
    pub unreadable: Vec<Unreadable<'a>>,
}

/// What the inbox stores beside the event's text.
pub struct EventHead<'a> {
    /// LINE's id of the event: the only key against duplicates.
    pub id: EventId,
    /// LINE's word for the type, known to us or not.
    pub kind: Cow<'a, str>,
    /// Whether we may answer.
    pub mode: Mode,
    /// When it happened.
    pub timestamp: Timestamp,
    /// Who caused it, where LINE says and the id is well-formed.
    pub user: Option<LineUserId>,
    /// The event's JSON exactly as received; personal data.
    pub raw: &'a str,
}

impl fmt::Debug for EventHead<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = out.debug_struct("EventHead");
        shown.field("id", &self.id).field("kind", &self.kind).field("mode", &self.mode);
        shown.field("timestamp", &self.timestamp).field("user", &self.user).finish_non_exhaustive()
    }
}

/// An entry of `events` without a usable head.
pub struct Unreadable<'a> {
    /// The entry's JSON exactly as received; personal data.
    pub raw: &'a str,
    /// What is missing.
    pub why: UnreadableReason,
}

impl fmt::Debug for Unreadable<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Unreadable").field("why", &self.why).finish_non_exhaustive()
    }
}

/// Why an entry is not an event we can keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnreadableReason {
    /// Not a JSON object, or a common property of another type than documented.
    #[error("the entry is not an event")]
    NotAnEvent,
    /// `webhookEventId` is missing or not a short printable word.
    #[error("the event has no usable id")]
    NoId,
    /// `type` is missing or not a short printable word.
    #[error("the event has no usable type")]
    NoKind,
    /// `timestamp` is missing.
    #[error("the event has no timestamp")]
    NoTimestamp,
}

/// The body as a whole is not a webhook.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the body is not a webhook of LINE")]
pub struct WebhookError;

/// `webhookEventId`: up to 64 printable ASCII characters (LINE sends ULIDs of 26).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventId(String);

impl EventId {
    /// Accepts a short printable word, as both databases can key it.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        is_word(text).then(|| Self(text.to_owned()))
    }

    /// The id's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// Whether the channel may speak in this talk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// We hold the talk.
    Active,
    /// Another tool holds it, or LINE used a word we don't know: send nothing.
    Standby,
}

/// Reads the heads of all events of `body` in one pass.
///
/// # Errors
/// [`WebhookError`] where the body is not JSON with `destination` and a list of `events`.
pub fn heads(body: &[u8]) -> Result<WebhookHead<'_>, WebhookError> {
    let wire: WireBody<'_> = serde_json::from_slice(body).map_err(|_| WebhookError)?;
    let mut events = Vec::with_capacity(wire.events.len());
    let mut unreadable = Vec::new();
    for raw in wire.events.into_iter().map(RawValue::get) {
        match read(raw) {
            Ok(head) => events.push(head),
            Err(why) => unreadable.push(Unreadable { raw, why }),
        }
    }
    Ok(WebhookHead { destination: wire.destination, events, unreadable })
}

/// Reads the head of one event.
pub(super) fn read(raw: &str) -> Result<EventHead<'_>, UnreadableReason> {
    // serde would take a list for a struct, field by field.
    if !raw.trim_ascii_start().starts_with('{') {
        return Err(UnreadableReason::NotAnEvent);
    }
    let wire: WireHead<'_> = serde_json::from_str(raw).map_err(|_| UnreadableReason::NotAnEvent)?;
    let id = wire.webhook_event_id.and_then(|id| EventId::parse(&id.0)).ok_or(UnreadableReason::NoId)?;
    let kind = wire.kind.map(|kind| kind.0).filter(|kind| is_word(kind)).ok_or(UnreadableReason::NoKind)?;
    let millis = wire.timestamp.ok_or(UnreadableReason::NoTimestamp)?;
    Ok(EventHead {
        id,
        kind,
        mode: mode(wire.mode.as_ref().map(|mode| &*mode.0)),
        timestamp: Timestamp::from_millis(millis),
        user: wire.source.and_then(|source| LineUserId::parse(&source.user_id?.0)),
        raw,
    })
}

fn mode(word: Option<&str>) -> Mode {
    match word {
        Some("active") => Mode::Active,
        _ => Mode::Standby,
    }
}

fn is_word(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

#[derive(Deserialize)]
struct WireBody<'a> {
    #[serde(borrow)]
    destination: Cow<'a, str>,
    #[serde(borrow)]
    events: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireHead<'a> {
    #[serde(borrow)]
    webhook_event_id: Option<Borrowed<'a>>,
    #[serde(borrow, rename = "type")]
    kind: Option<Borrowed<'a>>,
    #[serde(borrow)]
    mode: Option<Borrowed<'a>>,
    timestamp: Option<i64>,
    #[serde(borrow)]
    source: Option<WireSource<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireSource<'a> {
    #[serde(borrow)]
    user_id: Option<Borrowed<'a>>,
}

// serde borrows a `Cow` only as a field of its own, not inside an `Option`.
#[derive(Deserialize)]
#[serde(transparent)]
struct Borrowed<'a>(#[serde(borrow)] Cow<'a, str>);
