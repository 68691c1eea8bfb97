//! What one reader sees: bubbles, cards and buttons. Nothing here knows a language.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What one reader sees.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(from = "super::stored::StoredBody", into = "super::stored::StoredBody")]
pub struct Body {
    /// The bubbles from top to bottom.
    pub parts: Vec<Part>,
    /// Buttons above the keyboard, under the last bubble.
    pub quick_replies: Vec<Button>,
}

/// One bubble in the talk.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Part {
    /// A plain text.
    Text {
        /// The text.
        text: String,
    },
    /// A picture.
    Image(Picture),
    /// A card.
    Card(Card),
    /// Cards side by side.
    Cards {
        /// From left to right.
        cards: Vec<Card>,
    },
}

/// A picture that was uploaded.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Picture {
    /// Its id, which nobody can guess: whoever knows it may see the picture. Empty where none was chosen yet.
    pub id: String,
    /// What it shows, in words.
    pub alt: String,
    /// Pixels from left to right.
    pub width: u32,
    /// Pixels from top to bottom.
    pub height: u32,
}

/// A picture, a title, a text, facts and up to three buttons; what is empty is left out.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Card {
    /// Above everything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<Picture>,
    /// The heading; also what the lock screen shows, so nothing sensitive.
    pub title: String,
    /// The text below it.
    pub text: String,
    /// When, where, what to bring.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub facts: Vec<Fact>,
    /// Buttons from top to bottom.
    #[serde(default)]
    pub buttons: Vec<Button>,
}

/// A row of a card: 日時, 場所, 持ち物.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fact {
    /// What is told.
    pub name: String,
    /// What it is.
    pub text: String,
}

/// A button of a card, or a quick reply.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Button {
    /// What it says.
    pub label: String,
    /// What it does.
    pub target: Target,
}

/// What a button does.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// Opens a page: `https://…`.
    Uri(String),
    /// Calls a telephone number, such as 0853-21-2211.
    Tel(String),
    /// Opens a page of ours inside LINE: empty, or a path that begins with a slash.
    Liff(String),
    /// Tells us something.
    Deed(Deed),
}

/// What a button can tell us; nothing about a person is in it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Deed {
    /// Nothing of the broadcast's topic any more.
    DeclineTopic,
    /// The broadcast's topic again.
    AcceptTopic,
    /// No broadcasts at all any more.
    Stop,
    /// Broadcasts again.
    Resume,
}

impl Deed {
    /// Every one.
    pub const ALL: [Self; 4] = [Self::DeclineTopic, Self::AcceptTopic, Self::Stop, Self::Resume];

    /// The word as stored and in forms.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::DeclineTopic => "decline_topic",
            Self::AcceptTopic => "accept_topic",
            Self::Stop => "stop",
            Self::Resume => "resume",
        }
    }

    /// What it brings about, for staff.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::DeclineTopic => "この分野の配信を断る",
            Self::AcceptTopic => "この分野の配信をまた受け取る",
            Self::Stop => "配信をすべて止める",
            Self::Resume => "配信を再開する",
        }
    }

    /// What comes back to us when it is pressed, for a broadcast of `topic`.
    #[must_use]
    pub fn data(self, topic: &str) -> String {
        match self {
            Self::DeclineTopic => format!("v1:decline:{topic}"),
            Self::AcceptTopic => format!("v1:accept:{topic}"),
            Self::Stop => "v1:stop".to_owned(),
            Self::Resume => "v1:resume".to_owned(),
        }
    }
}

impl Body {
    /// One plain text.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self::of(Part::Text { text: text.into() })
    }

    /// One card.
    #[must_use]
    pub fn card(card: Card) -> Self {
        Self::of(Part::Card(card))
    }

    /// One bubble.
    #[must_use]
    pub fn of(part: Part) -> Self {
        Self { parts: vec![part], quick_replies: Vec::new() }
    }

    /// The first line that says something, as notices show it.
    #[must_use]
    pub fn first_line(&self) -> &str {
        let text = match self.parts.first() {
            Some(Part::Text { text }) => text,
            Some(Part::Image(picture)) => &picture.alt,
            Some(part) => part.cards().first().map_or("", |card| &card.title),
            None => "",
        };
        text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default()
    }

    /// Every button, quick replies last.
    pub fn buttons(&self) -> impl Iterator<Item = &Button> {
        let on_cards = self.parts.iter().flat_map(Part::cards).flat_map(|card| &card.buttons);
        on_cards.chain(&self.quick_replies)
    }

    /// The addresses of pages behind its buttons.
    pub fn links(&self) -> impl Iterator<Item = &str> {
        self.buttons().filter_map(|button| match &button.target {
            Target::Uri(uri) => Some(uri.as_str()),
            Target::Tel(_) | Target::Liff(_) | Target::Deed(_) => None,
        })
    }

    /// Every picture.
    pub fn pictures(&self) -> impl Iterator<Item = &Picture> {
        self.parts.iter().flat_map(|part| {
            let own = if let Part::Image(picture) = part { Some(picture) } else { None };
            own.into_iter().chain(part.cards().iter().filter_map(|card| card.image.as_ref()))
        })
    }
}

impl Body {
    /// Everything that can be read or heard: texts, titles, facts, labels, and what pictures show.
    pub(super) fn words(&self) -> Vec<&str> {
        let mut words: Vec<&str> = self.parts.iter().flat_map(Part::texts).collect();
        words.extend(self.pictures().map(|picture| picture.alt.as_str()));
        let cards = self.parts.iter().flat_map(Part::cards);
        for Card { facts, buttons, .. } in cards {
            words.extend(facts.iter().map(|fact| fact.name.as_str()));
            words.extend(buttons.iter().map(|button| button.label.as_str()));
        }
        words.extend(self.quick_replies.iter().map(|button| button.label.as_str()));
        words
    }
}

impl Part {
    /// The cards of it: none, one or several.
    #[must_use]
    pub fn cards(&self) -> &[Card] {
        match self {
            Self::Text { .. } | Self::Image(_) => &[],
            Self::Card(card) => std::slice::from_ref(card),
            Self::Cards { cards } => cards,
        }
    }

    /// Every text that may have blanks.
    #[must_use]
    pub fn texts(&self) -> Vec<&str> {
        if let Self::Text { text } = self {
            return vec![text];
        }
        let mut texts = Vec::new();
        for Card { title, text, facts, .. } in self.cards() {
            texts.extend([title.as_str(), text.as_str()]);
            texts.extend(facts.iter().map(|fact| fact.text.as_str()));
        }
        texts
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Body({} parts)", self.parts.len())
    }
}
