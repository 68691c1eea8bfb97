//! The messages we send, as LINE's JSON.
//!
//! Built from small typed parts, so that what can be written down is what LINE takes; lengths are checked by
//! [`validate()`] before anything leaves. Texts come in finished: nothing here chooses words or languages.

pub mod action;
pub mod bubble;
mod compose;
pub mod validate;

use serde::Serialize;

pub use action::{Action, QuickReply};
pub use bubble::{Bubble, Card, Contents};
pub use compose::{Addresses, Size, compose};
pub use validate::{Rule, Unit, Violation, Violations, validate};

/// One message object.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum Message {
    /// Plain text.
    Text(Text),
    /// A card.
    Flex(Flex),
    /// A picture.
    Image(Image),
}

impl Message {
    /// Plain text.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(Text { text: text.into(), quick_reply: QuickReply::default() })
    }

    /// A card; `alt_text` is what the lock screen and screen readers give, so a whole sentence without secrets.
    #[must_use]
    pub fn card(alt_text: impl Into<String>, card: Card) -> Self {
        Self::cards(alt_text, vec![card])
    }

    /// Cards side by side, with one alternative text for all of them.
    #[must_use]
    pub fn cards(alt_text: impl Into<String>, cards: Vec<Card>) -> Self {
        let contents = Contents::of(cards);
        Self::Flex(Flex { alt_text: alt_text.into(), contents, quick_reply: QuickReply::default() })
    }

    /// A picture by its HTTPS addresses (JPEG or PNG; up to 10 MB, the preview up to 1 MB).
    #[must_use]
    pub fn image(original: impl Into<String>, preview: impl Into<String>) -> Self {
        let (original_content_url, preview_image_url) = (original.into(), preview.into());
        Self::Image(Image { original_content_url, preview_image_url, quick_reply: QuickReply::default() })
    }

    /// The same message with quick replies under it; LINE shows those of the last message only.
    #[must_use]
    pub fn with_quick_replies(mut self, actions: Vec<Action>) -> Self {
        let slot = match &mut self {
            Self::Text(text) => &mut text.quick_reply,
            Self::Flex(flex) => &mut flex.quick_reply,
            Self::Image(image) => &mut image.quick_reply,
        };
        *slot = QuickReply::from(actions);
        self
    }

    /// The quick replies under this message.
    #[must_use]
    pub fn quick_reply(&self) -> &QuickReply {
        match self {
            Self::Text(text) => &text.quick_reply,
            Self::Flex(flex) => &flex.quick_reply,
            Self::Image(image) => &image.quick_reply,
        }
    }
}

impl std::fmt::Debug for Message {
    // A rendered message may name a person's check-ups.
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(match self {
            Self::Text(_) => "Message::Text(…)",
            Self::Flex(_) => "Message::Flex(…)",
            Self::Image(_) => "Message::Image(…)",
        })
    }
}

/// A text message.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Text {
    /// The text.
    pub text: String,
    /// Buttons above the keyboard.
    #[serde(skip_serializing_if = "QuickReply::is_empty")]
    pub quick_reply: QuickReply,
}

/// A Flex message: a card, or several side by side.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Flex {
    /// What notifications and screen readers give.
    pub alt_text: String,
    /// The cards.
    pub contents: Contents,
    /// Buttons above the keyboard.
    #[serde(skip_serializing_if = "QuickReply::is_empty")]
    pub quick_reply: QuickReply,
}

/// An image message.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Image {
    /// The picture's HTTPS address.
    pub original_content_url: String,
    /// The preview's HTTPS address.
    pub preview_image_url: String,
    /// Buttons above the keyboard.
    #[serde(skip_serializing_if = "QuickReply::is_empty")]
    pub quick_reply: QuickReply,
}

#[cfg(test)]
mod tests;
