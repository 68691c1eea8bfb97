//! What happened in an event: LINE's types that concern a city, and everything else by its name.
//!
//! Each detail is read by itself, so that a property LINE changes costs that detail and not the event.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use crate::line::private::Private;

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EventKind {
    /// Somebody added the account as a friend, or unblocked it (LINE warns that it may take one for the other).
    Follow {
        /// Whether LINE believes it was an unblocking.
        is_unblocked: bool,
    },
    /// Somebody blocked the account.
    Unfollow,
    /// Somebody said something.
    Message(MessageEvent),
    /// Somebody pressed a button of ours.
    Postback(PostbackEvent),
    /// Somebody took a message back: our copy has to go.
    Unsend {
        /// The message taken back.
        message_id: String,
    },
    /// The answer to an account link.
    AccountLink {
        /// Whether LINE linked.
        is_ok: bool,
        /// Our own nonce.
        nonce: Private,
    },
    /// The account was invited to a group or room.
    Join,
    /// The account was removed from a group or room.
    Leave,
    /// A type we don't act on, or can't read the details of, by LINE's name.
    Unknown(String),
}

/// Something said in a talk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MessageEvent {
    /// Plain text.
    Text {
        /// LINE's id of the message.
        id: String,
        /// What was written.
        text: Private,
    },
    /// A picture, sticker, file, place, or a type yet unknown.
    Other {
        /// LINE's name of the message type.
        kind: String,
    },
}

/// A pressed button. The data lay on the phone, perhaps for years: check it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostbackEvent {
    /// What we put behind the button.
    pub data: Private,
    /// What a date picker or rich menu added, as JSON text.
    pub params: Option<Private>,
}

/// The event's properties, each still as its own JSON text.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Wire<'a> {
    #[serde(borrow)]
    source: Option<&'a RawValue>,
    #[serde(borrow)]
    reply_token: Option<&'a RawValue>,
    #[serde(borrow)]
    delivery_context: Option<&'a RawValue>,
    #[serde(borrow)]
    follow: Option<&'a RawValue>,
    #[serde(borrow)]
    message: Option<&'a RawValue>,
    #[serde(borrow)]
    postback: Option<&'a RawValue>,
    #[serde(borrow)]
    unsend: Option<&'a RawValue>,
    #[serde(borrow)]
    link: Option<&'a RawValue>,
}

impl<'a> Wire<'a> {
    pub(super) fn read(raw: &'a str) -> Self {
        serde_json::from_str(raw).unwrap_or_default()
    }

    pub(super) fn source_type(&self) -> Option<&'static str> {
        let source: WireTyped = part(self.source)?;
        ["user", "group", "room"].into_iter().find(|known| *known == source.kind)
    }

    pub(super) fn reply_token(&self) -> Option<String> {
        part(self.reply_token).filter(|token: &String| !token.is_empty())
    }

    pub(super) fn is_redelivery(&self) -> bool {
        part(self.delivery_context).is_some_and(|context: WireContext| context.is_redelivery)
    }
}

/// The kind of an event from its type and properties.
pub(super) fn kind(word: &str, wire: &Wire<'_>) -> EventKind {
    let known = match word {
        "follow" => Some(follow(wire)),
        "unfollow" => Some(EventKind::Unfollow),
        "message" => message(wire).map(EventKind::Message),
        "postback" => postback(wire).map(EventKind::Postback),
        "unsend" => {
            part(wire.unsend).map(|unsend: WireUnsend| EventKind::Unsend { message_id: unsend.message_id })
        }
        "accountLink" => part(wire.link).map(account_link),
        "join" => Some(EventKind::Join),
        "leave" => Some(EventKind::Leave),
        _ => None,
    };
    known.unwrap_or_else(|| EventKind::Unknown(word.to_owned()))
}

fn follow(wire: &Wire<'_>) -> EventKind {
    // LINE marks the object as optional; a follow without it is still a follow.
    let is_unblocked = part(wire.follow).is_some_and(|follow: WireFollow| follow.is_unblocked);
    EventKind::Follow { is_unblocked }
}

fn message(wire: &Wire<'_>) -> Option<MessageEvent> {
    let typed: WireTyped = part(wire.message)?;
    if typed.kind == "text"
        && let Some(said) = part::<WireText>(wire.message)
    {
        return Some(MessageEvent::Text { id: said.id, text: Private::new(said.text) });
    }
    Some(MessageEvent::Other { kind: typed.kind })
}

fn postback(wire: &Wire<'_>) -> Option<PostbackEvent> {
    let data: WirePostback = part(wire.postback)?;
    let params = data.params.map(|params| Private::new(params.get()));
    Some(PostbackEvent { data: Private::new(data.data), params })
}

fn account_link(link: WireLink) -> EventKind {
    EventKind::AccountLink { is_ok: link.result == "ok", nonce: Private::new(link.nonce) }
}

fn part<T: DeserializeOwned>(raw: Option<&RawValue>) -> Option<T> {
    serde_json::from_str(raw?.get()).ok()
}

#[derive(Deserialize)]
struct WireTyped {
    #[serde(rename = "type")]
    kind: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireContext {
    is_redelivery: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireFollow {
    is_unblocked: bool,
}

#[derive(Deserialize)]
struct WireText {
    id: String,
    text: String,
}

#[derive(Deserialize)]
struct WirePostback {
    data: String,
    params: Option<Box<RawValue>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireUnsend {
    message_id: String,
}

#[derive(Deserialize)]
struct WireLink {
    result: String,
    nonce: String,
}
