//! What happens when something of ours is pressed: open an address, call, answer us.
//!
//! Postback data lies on the phone for years and is read by whoever holds it: a version and a word, never personal.

use serde::Serialize;

/// An action behind a button or a quick reply.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "lowercase", rename_all_fields = "camelCase")]
pub enum Action {
    /// Opens an address, or calls with `tel:`.
    Uri {
        /// What the button says.
        label: String,
        /// The address, percent-encoded.
        uri: String,
    },
    /// Sends us data as a postback event.
    Postback {
        /// What the button says.
        label: String,
        /// What we get back.
        data: String,
        /// What appears in the talk as said by the friend.
        #[serde(skip_serializing_if = "Option::is_none")]
        display_text: Option<String>,
    },
    /// Says something in the friend's name.
    Message {
        /// What the button says.
        label: String,
        /// What is said.
        text: String,
    },
}

impl Action {
    /// Opens `uri`.
    #[must_use]
    pub fn uri(label: impl Into<String>, uri: impl Into<String>) -> Self {
        Self::Uri { label: label.into(), uri: uri.into() }
    }

    /// Calls `number`; anything but digits and `+` is left out (0853-21-2211 → `tel:0853212211`).
    #[must_use]
    pub fn tel(label: impl Into<String>, number: &str) -> Self {
        let digits = number.chars().filter(|sign| sign.is_ascii_digit() || *sign == '+');
        Self::uri(label, format!("tel:{}", digits.collect::<String>()))
    }

    /// Sends `data` back to us.
    #[must_use]
    pub fn postback(label: impl Into<String>, data: impl Into<String>) -> Self {
        Self::Postback { label: label.into(), data: data.into(), display_text: None }
    }

    /// Sends `data` back to us and shows `said` as the friend's words.
    #[must_use]
    pub fn postback_saying(
        label: impl Into<String>,
        data: impl Into<String>,
        said: impl Into<String>,
    ) -> Self {
        Self::Postback { label: label.into(), data: data.into(), display_text: Some(said.into()) }
    }

    /// Says `text` in the friend's name.
    #[must_use]
    pub fn message(label: impl Into<String>, text: impl Into<String>) -> Self {
        Self::Message { label: label.into(), text: text.into() }
    }

    /// What the button says.
    #[must_use]
    pub fn label(&self) -> &str {
        match self {
            Self::Uri { label, .. } | Self::Postback { label, .. } | Self::Message { label, .. } => label,
        }
    }
}

/// Buttons above the keyboard, gone after the next message.
#[derive(Clone, Default, PartialEq, Eq, Serialize)]
pub struct QuickReply {
    items: Vec<Item>,
}

impl QuickReply {
    /// Whether there are none, which LINE wants left out.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// The actions in their order.
    pub fn actions(&self) -> impl ExactSizeIterator<Item = &Action> {
        self.items.iter().map(|item| &item.action)
    }
}

impl From<Vec<Action>> for QuickReply {
    fn from(actions: Vec<Action>) -> Self {
        Self { items: actions.into_iter().map(|action| Item { kind: "action", action }).collect() }
    }
}

#[derive(Clone, PartialEq, Eq, Serialize)]
struct Item {
    #[serde(rename = "type")]
    kind: &'static str,
    action: Action,
}
