//! One card as a Flex bubble: title, text, up to three buttons under each other.
//!
//! One layout only, so that every card of the city looks alike and what staff see in the preview is what arrives.

use serde::Serialize;

use super::action::Action;

/// What a card says.
#[derive(Clone, PartialEq, Eq)]
pub struct Card {
    /// The heading; left out where empty.
    pub title: String,
    /// The body text; left out where empty.
    pub text: String,
    /// Buttons; the first is the filled one.
    pub buttons: Vec<Action>,
}

/// A Flex bubble, ready for the wire.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Bubble {
    #[serde(rename = "type")]
    kind: &'static str,
    body: Rows<Line>,
    #[serde(skip_serializing_if = "Option::is_none")]
    footer: Option<Rows<Button>>,
}

impl Bubble {
    /// The texts from top to bottom.
    pub fn lines(&self) -> impl ExactSizeIterator<Item = &str> {
        self.body.contents.iter().map(|line| line.text.as_str())
    }

    /// The buttons from top to bottom.
    pub fn buttons(&self) -> impl Iterator<Item = &Action> {
        self.footer.iter().flat_map(|footer| &footer.contents).map(|button| &button.action)
    }
}

impl From<Card> for Bubble {
    fn from(card: Card) -> Self {
        let title = Line { kind: "text", text: card.title, weight: Some("bold"), size: "lg", wrap: true };
        let text = Line { kind: "text", text: card.text, weight: None, size: "md", wrap: true };
        let lines = [title, text].into_iter().filter(|line| !line.text.is_empty()).collect();
        let buttons: Vec<_> = card.buttons.into_iter().enumerate().map(Button::new).collect();
        let footer = (!buttons.is_empty()).then(|| Rows::new("sm", buttons));
        Self { kind: "bubble", body: Rows::new("md", lines), footer }
    }
}

#[derive(Clone, PartialEq, Eq, Serialize)]
struct Rows<T> {
    #[serde(rename = "type")]
    kind: &'static str,
    layout: &'static str,
    spacing: &'static str,
    contents: Vec<T>,
}

impl<T> Rows<T> {
    fn new(spacing: &'static str, contents: Vec<T>) -> Self {
        Self { kind: "box", layout: "vertical", spacing, contents }
    }
}

#[derive(Clone, PartialEq, Eq, Serialize)]
struct Line {
    #[serde(rename = "type")]
    kind: &'static str,
    text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    weight: Option<&'static str>,
    size: &'static str,
    wrap: bool,
}

#[derive(Clone, PartialEq, Eq, Serialize)]
struct Button {
    #[serde(rename = "type")]
    kind: &'static str,
    style: &'static str,
    action: Action,
}

impl Button {
    fn new((position, action): (usize, Action)) -> Self {
        let style = if position == 0 { "primary" } else { "secondary" };
        Self { kind: "button", style, action }
    }
}
