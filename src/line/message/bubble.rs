//! A card as a Flex bubble: picture, title, text, facts, up to three buttons under each other; and several side by side.
//!
//! One layout only, so that every card of the city looks alike and what staff see in the preview is what arrives.

use serde::Serialize;

use super::action::Action;

/// What a card says.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Card {
    /// The picture above; a picture that is missing leaves no gap.
    pub hero: Option<Hero>,
    /// The heading; left out where empty.
    pub title: String,
    /// The body text; left out where empty.
    pub text: String,
    /// Rows of a name and what it is.
    pub facts: Vec<(String, String)>,
    /// Buttons; the first is the filled one.
    pub buttons: Vec<Action>,
}

/// The picture above a card.
#[derive(Clone, PartialEq, Eq)]
pub struct Hero {
    /// Its HTTPS address.
    pub url: String,
    /// Width and height, in any unit.
    pub ratio: (u32, u32),
}

/// Widths and heights of pictures on cards side by side, which must be alike.
pub const SIDE_BY_SIDE: (u32, u32) = (20, 13);

/// What a Flex message holds.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Contents {
    /// One card.
    One(Box<Bubble>),
    /// Cards side by side.
    Many(Carousel),
}

/// Cards side by side.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Carousel {
    #[serde(rename = "type")]
    kind: &'static str,
    contents: Vec<Bubble>,
}

impl Contents {
    /// Cards side by side; one is a card alone.
    #[must_use]
    pub fn of(cards: Vec<Card>) -> Self {
        let mut bubbles: Vec<Bubble> = cards.into_iter().map(Bubble::from).collect();
        match bubbles.pop() {
            Some(only) if bubbles.is_empty() => Self::One(Box::new(only)),
            last => {
                bubbles.extend(last);
                Self::Many(Carousel { kind: "carousel", contents: bubbles })
            }
        }
    }

    /// The cards from left to right.
    #[must_use]
    pub fn bubbles(&self) -> &[Bubble] {
        match self {
            Self::One(bubble) => std::slice::from_ref(&**bubble),
            Self::Many(carousel) => &carousel.contents,
        }
    }
}

/// A Flex bubble, ready for the wire.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Bubble {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    hero: Option<Picture>,
    body: Rows<Row>,
    #[serde(skip_serializing_if = "Option::is_none")]
    footer: Option<Rows<Button>>,
}

impl Bubble {
    /// How many rows there are between picture and buttons.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.body.contents.len()
    }

    /// The address of the picture.
    #[must_use]
    pub fn picture(&self) -> Option<&str> {
        self.hero.as_ref().map(|hero| hero.url.as_str())
    }

    /// The buttons from top to bottom.
    pub fn buttons(&self) -> impl Iterator<Item = &Action> {
        self.footer.iter().flat_map(|footer| &footer.contents).map(|button| &button.action)
    }
}

impl From<Card> for Bubble {
    fn from(card: Card) -> Self {
        let title = Line { weight: Some("bold"), ..Line::new(card.title, "lg") };
        let text = Line::new(card.text, "md");
        let mut rows: Vec<Row> =
            [title, text].into_iter().filter(|line| !line.text.is_empty()).map(Row::Line).collect();
        if !card.facts.is_empty() {
            let facts = card.facts.into_iter().map(|(name, text)| Rows {
                kind: "box",
                layout: "baseline",
                spacing: "sm",
                contents: vec![
                    Line { color: Some("#595959"), flex: Some(2), ..Line::new(name, "sm") },
                    Line { flex: Some(5), ..Line::new(text, "sm") },
                ],
            });
            rows.push(Row::Facts(Rows::new("sm", facts.collect())));
        }
        let buttons: Vec<_> = card.buttons.into_iter().enumerate().map(Button::new).collect();
        let footer = (!buttons.is_empty()).then(|| Rows::new("sm", buttons));
        Self { kind: "bubble", hero: card.hero.map(Picture::from), body: Rows::new("md", rows), footer }
    }
}

#[derive(Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Picture {
    #[serde(rename = "type")]
    kind: &'static str,
    url: String,
    size: &'static str,
    aspect_ratio: String,
    aspect_mode: &'static str,
}

impl From<Hero> for Picture {
    fn from(hero: Hero) -> Self {
        let (width, height) = hero.ratio;
        // LINE takes no picture that is more than three times as high as it is wide.
        let height = height.min(width.saturating_mul(3));
        let aspect_ratio = format!("{width}:{height}");
        Self { kind: "image", url: hero.url, size: "full", aspect_ratio, aspect_mode: "cover" }
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
#[serde(untagged)]
enum Row {
    Line(Line),
    Facts(Rows<Rows<Line>>),
}

#[derive(Clone, PartialEq, Eq, Serialize)]
struct Line {
    #[serde(rename = "type")]
    kind: &'static str,
    text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    weight: Option<&'static str>,
    size: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    color: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    flex: Option<u8>,
    wrap: bool,
}

impl Line {
    fn new(text: String, size: &'static str) -> Self {
        Self { kind: "text", text, weight: None, size, color: None, flex: None, wrap: true }
    }
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
