//! LINE's limits on messages, checked before sending.
//!
//! One message over a limit makes LINE refuse the whole request, so everything that is wrong is told at once, by
//! property path and number. What is counted differs: UTF-16 units in texts, graphemes in labels. The text itself
//! never appears in a [`Violation`].

use std::fmt;

use unicode_segmentation::UnicodeSegmentation;

use super::{Action, Bubble, Contents, Flex, Image, Message};
use crate::line::limits;

/// Checks the messages of one request.
///
/// # Errors
/// All [`Violations`], in the order of the messages.
pub fn validate(messages: &[Message]) -> Result<(), Violations> {
    let mut found = Violations::default();
    found.count("messages", 1, limits::MESSAGES, messages.len());
    for (index, message) in messages.iter().enumerate() {
        check_message(&mut found, &format!("messages[{index}]"), message);
    }
    found.into_result()
}

/// One thing LINE would refuse.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{property}: {rule}")]
pub struct Violation {
    /// Where, as LINE writes it (`messages[0].text`).
    pub property: String,
    /// Which limit, and what was found.
    pub rule: Rule,
}

/// A limit that is not kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rule {
    /// Too long.
    #[error("{actual} {unit}, at most {limit}")]
    TooLong {
        /// The greatest length LINE takes.
        limit: usize,
        /// The length found.
        actual: usize,
        /// What is counted.
        unit: Unit,
    },
    /// Too few or too many.
    #[error("{actual} entries, between {min} and {max}")]
    Count {
        /// The least number.
        min: usize,
        /// The greatest number.
        max: usize,
        /// The number found.
        actual: usize,
    },
    /// Nothing where LINE wants something.
    #[error("must not be empty")]
    Empty,
    /// An address LINE does not open.
    #[error("the scheme is not one LINE opens here")]
    Scheme,
    /// An address with characters that must be percent-encoded.
    #[error("must be percent-encoded")]
    NotEncoded,
    /// The same entry twice.
    #[error("is there twice")]
    Duplicate,
    /// Characters LINE does not take here.
    #[error("has characters that are not allowed")]
    Characters,
}

/// What a length counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// UTF-16 code units: 出 is 1, 😀 is 2.
    Utf16,
    /// What a reader sees as one character.
    Graphemes,
    /// Bytes of JSON in UTF-8.
    Bytes,
}

impl Unit {
    /// The length of `text` in this unit.
    #[must_use]
    pub fn count(self, text: &str) -> usize {
        match self {
            Self::Utf16 => text.encode_utf16().count(),
            Self::Graphemes => text.graphemes(true).count(),
            Self::Bytes => text.len(),
        }
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Utf16 => "UTF-16 units",
            Self::Graphemes => "graphemes",
            Self::Bytes => "bytes",
        })
    }
}

/// Everything that is wrong with a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Violations(Vec<Violation>);

impl Violations {
    /// The violations in the order of the request.
    pub fn iter(&self) -> std::slice::Iter<'_, Violation> {
        self.0.iter()
    }

    pub(in crate::line) fn add(&mut self, property: impl Into<String>, rule: Rule) {
        self.0.push(Violation { property: property.into(), rule });
    }

    pub(in crate::line) fn count(&mut self, property: &str, min: usize, max: usize, actual: usize) {
        if !(min..=max).contains(&actual) {
            self.add(property, Rule::Count { min, max, actual });
        }
    }

    pub(in crate::line) fn text(
        &mut self,
        property: impl Into<String>,
        unit: Unit,
        limit: usize,
        text: &str,
    ) {
        let actual = unit.count(text);
        if text.is_empty() {
            self.add(property, Rule::Empty);
        } else if limit < actual {
            self.add(property, Rule::TooLong { limit, actual, unit });
        }
    }

    pub(in crate::line) fn into_result(self) -> Result<(), Self> {
        if self.0.is_empty() { Ok(()) } else { Err(self) }
    }
}

impl<'a> IntoIterator for &'a Violations {
    type Item = &'a Violation;
    type IntoIter = std::slice::Iter<'a, Violation>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Display for Violations {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, violation) in self.0.iter().enumerate() {
            write!(out, "{}{violation}", if index == 0 { "" } else { "; " })?;
        }
        Ok(())
    }
}

impl std::error::Error for Violations {}

fn check_message(found: &mut Violations, at: &str, message: &Message) {
    match message {
        Message::Text(text) => found.text(format!("{at}.text"), Unit::Utf16, limits::TEXT_UNITS, &text.text),
        Message::Flex(flex) => check_flex(found, at, flex),
        Message::Image(image) => check_image(found, at, image),
    }
    let replies = message.quick_reply().actions();
    found.count(&format!("{at}.quickReply.items"), 0, limits::QUICK_REPLIES, replies.len());
    for (index, action) in replies.enumerate() {
        let at = format!("{at}.quickReply.items[{index}].action");
        check_action(found, &at, limits::QUICK_REPLY_LABEL, action);
    }
}

fn check_flex(found: &mut Violations, at: &str, flex: &Flex) {
    found.text(format!("{at}.altText"), Unit::Utf16, limits::ALT_TEXT_UNITS, &flex.alt_text);
    let bubbles = flex.contents.bubbles();
    found.count(&format!("{at}.contents.contents"), 1, limits::CAROUSEL_CARDS, bubbles.len());
    match &flex.contents {
        Contents::One(bubble) => check_bubble(found, &format!("{at}.contents"), bubble),
        Contents::Many(_) => {
            for (index, bubble) in bubbles.iter().enumerate() {
                check_bubble(found, &format!("{at}.contents.contents[{index}]"), bubble);
            }
            let json = serde_json::to_string(&flex.contents).expect("cards are plain strings and lists");
            found.text(format!("{at}.contents"), Unit::Bytes, limits::CAROUSEL_BYTES, &json);
        }
    }
}

fn check_bubble(found: &mut Violations, at: &str, bubble: &Bubble) {
    found.count(&format!("{at}.body.contents"), 1, 3, bubble.rows());
    if let Some(url) = bubble.picture() {
        check_picture(found, &format!("{at}.hero.url"), url);
    }
    for (index, action) in bubble.buttons().enumerate() {
        let at = format!("{at}.footer.contents[{index}].action");
        check_action(found, &at, limits::BUTTON_LABEL, action);
    }
    found.count(&format!("{at}.footer.contents"), 0, limits::CARD_BUTTONS, bubble.buttons().count());
    let json = serde_json::to_string(bubble).expect("a bubble is plain strings and lists");
    found.text(at, Unit::Bytes, limits::BUBBLE_BYTES, &json);
}

fn check_image(found: &mut Violations, at: &str, image: &Image) {
    for (name, url) in
        [("originalContentUrl", &image.original_content_url), ("previewImageUrl", &image.preview_image_url)]
    {
        check_picture(found, &format!("{at}.{name}"), url);
    }
}

/// LINE fetches pictures over HTTPS; from a machine that is its own network, as in the demo, HTTP will do.
fn check_picture(found: &mut Violations, at: &str, url: &str) {
    found.text(at, Unit::Utf16, limits::IMAGE_URL_UNITS, url);
    let own = ["http://localhost:", "http://127.0.0.1:", "http://[::1]:"];
    let schemes: &[&str] =
        if own.iter().any(|start| url.starts_with(start)) { &["http"] } else { &["https"] };
    check_uri(found, at, schemes, url);
}

fn check_action(found: &mut Violations, at: &str, label_limit: usize, action: &Action) {
    found.text(format!("{at}.label"), Unit::Graphemes, label_limit, action.label());
    match action {
        Action::Uri { uri, .. } => {
            found.text(format!("{at}.uri"), Unit::Utf16, limits::URI_UNITS, uri);
            check_uri(found, &format!("{at}.uri"), &limits::URI_SCHEMES, uri);
        }
        Action::Postback { data, display_text, .. } => {
            found.text(format!("{at}.data"), Unit::Utf16, limits::POSTBACK_DATA_UNITS, data);
            if let Some(said) = display_text {
                found.text(format!("{at}.displayText"), Unit::Graphemes, limits::ACTION_TEXT, said);
            }
        }
        Action::Message { text, .. } => {
            found.text(format!("{at}.text"), Unit::Graphemes, limits::ACTION_TEXT, text);
        }
    }
}

fn check_uri(found: &mut Violations, at: &str, schemes: &[&str], uri: &str) {
    let (scheme, rest) = uri.split_once(':').unwrap_or(("", ""));
    let is_known = schemes.iter().any(|known| known.eq_ignore_ascii_case(scheme));
    if !is_known || rest.trim_matches('/').is_empty() {
        found.add(at, Rule::Scheme);
    }
    if !uri.bytes().all(|byte| byte.is_ascii_graphic()) {
        found.add(at, Rule::NotEncoded);
    }
}
