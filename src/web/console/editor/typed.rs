//! What was typed in one language, wrong or right, and the body that it makes.

use super::names::{of_card, of_part, of_reply, of_row};
use crate::domain::attribute::LanguageId;
use crate::domain::entry::tidy_number;
use crate::domain::message::limits::{BUTTONS, CARDS, FACTS, PARTS, QUICK_REPLIES};
use crate::domain::message::{Body, Button, Card, Deed, Fact, Part, Picture, Place, Target};

/// More bubbles or cards than this are not read; somebody plays with the form.
const MOST: usize = 20;
/// Empty rows for quick replies below the filled ones.
const SPARE_REPLIES: usize = 2;

/// The message in one language.
#[derive(Clone, Debug)]
pub struct TypedBody {
    pub language: LanguageId,
    /// The language's name for itself.
    pub name: String,
    pub parts: Vec<TypedPart>,
    pub replies: Vec<TypedButton>,
}

/// What kind of bubble.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Shape {
    #[default]
    Text,
    Image,
    Card,
}

/// One bubble.
#[derive(Clone, Debug, Default)]
pub struct TypedPart {
    pub shape: Shape,
    pub text: String,
    pub picture: TypedPicture,
    pub cards: Vec<TypedCard>,
}

/// A picture: what was uploaded, and its words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TypedPicture {
    /// Empty where there is none.
    pub id: String,
    pub width: u32,
    pub height: u32,
    pub alt: String,
}

/// One card.
#[derive(Clone, Debug)]
pub struct TypedCard {
    pub picture: TypedPicture,
    pub title: String,
    pub text: String,
    /// Always [`FACTS`] rows of a name and what it is.
    pub facts: Vec<(String, String)>,
    /// Always [`BUTTONS`] of them; the filled ones come first.
    pub buttons: Vec<TypedButton>,
}

/// One button.
#[derive(Clone, Debug, Default)]
pub struct TypedButton {
    pub label: String,
    /// `uri`, `tel`, `liff`, or the word of a deed.
    pub opens: String,
    pub target: String,
}

impl Shape {
    pub const ALL: [Self; 3] = [Self::Text, Self::Image, Self::Card];

    pub fn id(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Image => "image",
            Self::Card => "card",
        }
    }

    pub fn word(self) -> &'static str {
        match self {
            Self::Text => "文章",
            Self::Image => "画像",
            Self::Card => "カード",
        }
    }

    pub fn read(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|shape| shape.id() == word)
    }
}

impl TypedBody {
    /// One empty text.
    pub fn new(language: &LanguageId, name: &str) -> Self {
        let parts = vec![TypedPart::default()];
        let mut body = Self { language: language.clone(), name: name.to_owned(), parts, replies: Vec::new() };
        body.spare();
        body
    }

    /// What a form sent; a bubble is there where its kind is.
    pub fn read(&mut self, take: &mut impl FnMut(&str) -> String) {
        let language = self.language.as_str().to_owned();
        let kinds = (0..MOST).map(|at| take(&of_part("kind", &language, at)));
        let shapes: Vec<_> = kinds.map_while(|kind| Shape::read(&kind)).collect();
        if !shapes.is_empty() {
            self.parts = shapes
                .into_iter()
                .enumerate()
                .map(|(at, shape)| TypedPart::read(shape, &language, at, take))
                .collect();
        }
        let reply = |row| TypedButton {
            label: take(&of_reply("reply", &language, row)),
            opens: take(&of_reply("reply-opens", &language, row)),
            target: take(&of_reply("reply-target", &language, row)),
        };
        self.replies = (0..MOST).map(reply).filter(TypedButton::is_filled).collect();
        self.spare();
    }

    /// What is stored.
    pub fn fill(&mut self, body: &Body) {
        let language = self.language.as_str();
        self.parts = body.parts.iter().map(|part| TypedPart::of(language, part)).collect();
        self.replies = body.quick_replies.iter().map(TypedButton::of).collect();
        self.spare();
    }

    fn spare(&mut self) {
        let rows = (self.replies.len() + SPARE_REPLIES).min(QUICK_REPLIES.max(self.replies.len()));
        self.replies.resize(rows, TypedButton::default());
    }

    /// Whether anything stands in it.
    pub fn is_filled(&self) -> bool {
        1 < self.parts.len()
            || self.parts.iter().any(TypedPart::is_filled)
            || self.replies.iter().any(TypedButton::is_filled)
    }

    /// Whether another bubble can be added.
    pub fn has_room(&self) -> bool {
        self.parts.len() < PARTS
    }

    /// What a reader sees.
    pub fn body(&self) -> Body {
        let replies = self.replies.iter().filter(|reply| reply.is_filled());
        Body {
            parts: self.parts.iter().map(TypedPart::part).collect(),
            quick_replies: replies.map(TypedButton::button).collect(),
        }
    }

    /// The same shape with the same pictures and targets, without words: what a translation begins with.
    pub fn without_words(&self, language: &str) -> Vec<TypedPart> {
        let mut parts = self.parts.clone();
        for part in &mut parts {
            part.text.clear();
            part.picture.alt.clear();
            for card in &mut part.cards {
                (card.title, card.text) = (String::new(), String::new());
                card.picture.alt.clear();
                card.buttons.iter_mut().for_each(|button| button.label.clear());
                card.facts = no_facts(language);
            }
        }
        parts
    }
}

impl TypedPart {
    /// An empty bubble.
    pub fn new(shape: Shape, language: &str) -> Self {
        let cards = if shape == Shape::Card { vec![TypedCard::new(language)] } else { Vec::new() };
        Self { shape, cards, ..Self::default() }
    }

    fn read(shape: Shape, language: &str, at: usize, take: &mut impl FnMut(&str) -> String) -> Self {
        let mut part = Self::new(shape, language);
        match shape {
            Shape::Text => part.text = take(&of_part("text", language, at)),
            Shape::Image => part.picture = TypedPicture::read(|what| take(&of_part(what, language, at))),
            Shape::Card => {
                let count: usize = take(&of_part("cards", language, at)).parse().unwrap_or(1);
                let place = |card| Place { part: at, card };
                part.cards = (0..count.clamp(1, MOST))
                    .map(|card| TypedCard::read(language, place(card), take))
                    .collect();
            }
        }
        part
    }

    fn of(language: &str, part: &Part) -> Self {
        let shape = match part {
            Part::Text { .. } => Shape::Text,
            Part::Image(_) => Shape::Image,
            Part::Card(_) | Part::Cards { .. } => Shape::Card,
        };
        let mut typed = Self::new(shape, language);
        match part {
            Part::Text { text } => typed.text.clone_from(text),
            Part::Image(picture) => typed.picture = TypedPicture::of(picture),
            Part::Card(_) | Part::Cards { .. } => {
                typed.cards = part.cards().iter().map(|card| TypedCard::of(language, card)).collect();
            }
        }
        typed
    }

    /// Whether anything stands in it.
    pub fn is_filled(&self) -> bool {
        !self.text.trim().is_empty()
            || self.picture.is_filled()
            || self.cards.iter().any(TypedCard::is_filled)
    }

    /// Whether another card can stand beside its cards.
    pub fn has_room(&self) -> bool {
        self.shape == Shape::Card && self.cards.len() < CARDS
    }

    fn part(&self) -> Part {
        match self.shape {
            Shape::Text => Part::Text { text: self.text.trim_end().to_owned() },
            Shape::Image => Part::Image(self.picture.picture()),
            Shape::Card => match self.cards.as_slice() {
                [one] => Part::Card(one.card()),
                many => Part::Cards { cards: many.iter().map(TypedCard::card).collect() },
            },
        }
    }
}

impl TypedPicture {
    fn read(mut take: impl FnMut(&str) -> String) -> Self {
        let (stored, alt) = (take("image"), take("alt"));
        let mut parts = stored.split(' ');
        let id = parts.next().unwrap_or_default().to_owned();
        let mut side = || parts.next().and_then(|side| side.parse().ok()).unwrap_or(1);
        let (width, height) = (side(), side());
        if id.is_empty() { Self { alt, ..Self::default() } } else { Self { id, width, height, alt } }
    }

    fn of(picture: &Picture) -> Self {
        let Picture { id, alt, width, height } = picture.clone();
        Self { id, width, height, alt }
    }

    /// As the form's hidden field holds it.
    pub fn stored(&self) -> String {
        if self.id.is_empty() { String::new() } else { format!("{} {} {}", self.id, self.width, self.height) }
    }

    fn is_filled(&self) -> bool {
        !self.id.is_empty() || !self.alt.trim().is_empty()
    }

    fn picture(&self) -> Picture {
        let (id, alt) = (self.id.clone(), self.alt.trim().to_owned());
        Picture { id, alt, width: self.width, height: self.height }
    }
}

/// The names that an empty card offers for its facts.
fn names_of_facts(language: &str) -> [&'static str; FACTS] {
    match language {
        "ja" => ["日時", "場所", "持ち物", ""],
        "ja-easy" => ["いつ", "どこ", "持っていくもの", ""],
        "en" => ["When", "Where", "Bring", ""],
        "pt-BR" => ["Quando", "Onde", "Levar", ""],
        _ => ["", "", "", ""],
    }
}

fn no_facts(language: &str) -> Vec<(String, String)> {
    names_of_facts(language).into_iter().map(|name| (name.to_owned(), String::new())).collect()
}

fn is_fact((name, text): &(String, String)) -> bool {
    const OFFERED: [&str; 4] = ["ja", "ja-easy", "en", "pt-BR"];
    let name = name.trim();
    let is_own = !OFFERED.iter().any(|language| names_of_facts(language).contains(&name));
    is_own || !text.trim().is_empty()
}

impl TypedCard {
    /// An empty card.
    pub fn new(language: &str) -> Self {
        Self {
            picture: TypedPicture::default(),
            title: String::new(),
            text: String::new(),
            facts: no_facts(language),
            buttons: vec![TypedButton::default(); BUTTONS],
        }
    }

    fn read(language: &str, at: Place, take: &mut impl FnMut(&str) -> String) -> Self {
        let mut card = Self {
            picture: TypedPicture::read(|what| take(&of_card(what, language, at))),
            title: take(&of_card("title", language, at)),
            text: take(&of_card("text", language, at)),
            ..Self::new(language)
        };
        for (row, (name, text)) in card.facts.iter_mut().enumerate() {
            *name = take(&of_row("name", language, at, row));
            *text = take(&of_row("fact", language, at, row));
        }
        for (row, button) in card.buttons.iter_mut().enumerate() {
            button.label = take(&of_row("label", language, at, row));
            button.opens = take(&of_row("opens", language, at, row));
            button.target = take(&of_row("target", language, at, row));
        }
        // Gaps close, so that the numbers of the content's problems are those of the form.
        card.buttons.sort_by_key(|button| !button.is_filled());
        card.facts.sort_by_key(|fact| !is_fact(fact));
        card
    }

    fn of(language: &str, stored: &Card) -> Self {
        let mut card = Self { title: stored.title.clone(), text: stored.text.clone(), ..Self::new(language) };
        card.picture = stored.image.as_ref().map(TypedPicture::of).unwrap_or_default();
        if !stored.facts.is_empty() {
            let own = stored.facts.iter().map(|fact| (fact.name.clone(), fact.text.clone()));
            card.facts = own.chain(std::iter::repeat_with(Default::default)).take(FACTS).collect();
        }
        for (typed, button) in card.buttons.iter_mut().zip(&stored.buttons) {
            *typed = TypedButton::of(button);
        }
        card
    }

    fn is_filled(&self) -> bool {
        let texts = [&self.title, &self.text];
        texts.iter().any(|text| !text.trim().is_empty())
            || self.picture.is_filled()
            || self.facts.iter().any(is_fact)
            || self.buttons.iter().any(TypedButton::is_filled)
    }

    fn card(&self) -> Card {
        let facts = self.facts.iter().filter(|fact| is_fact(fact));
        let buttons = self.buttons.iter().filter(|button| button.is_filled());
        Card {
            image: self.picture.is_filled().then(|| self.picture.picture()),
            title: self.title.trim().to_owned(),
            text: self.text.trim_end().to_owned(),
            facts: facts
                .map(|(name, text)| Fact { name: name.trim().to_owned(), text: text.trim().to_owned() })
                .collect(),
            buttons: buttons.map(TypedButton::button).collect(),
        }
    }
}

impl TypedButton {
    fn of(stored: &Button) -> Self {
        let (opens, target) = match &stored.target {
            Target::Uri(uri) => ("uri", uri.as_str()),
            Target::Tel(number) => ("tel", number.as_str()),
            Target::Liff(path) => ("liff", path.as_str()),
            Target::Deed(deed) => (deed.id(), ""),
        };
        Self { label: stored.label.clone(), opens: opens.to_owned(), target: target.to_owned() }
    }

    fn is_filled(&self) -> bool {
        !self.label.trim().is_empty() || !self.target.trim().is_empty()
    }

    fn button(&self) -> Button {
        let target = self.target.trim().to_owned();
        let deed = Deed::ALL.into_iter().find(|deed| deed.id() == self.opens);
        let target = match (deed, self.opens.as_str()) {
            (Some(deed), _) => Target::Deed(deed),
            (None, "tel") => Target::Tel(tidy_number(&target)),
            (None, "liff") => Target::Liff(target),
            _ => Target::Uri(target),
        };
        Button { label: self.label.trim().to_owned(), target }
    }
}
