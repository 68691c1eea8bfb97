//! What a broadcast says: one text or card for each language, before it becomes LINE's JSON.
//!
//! It knows LINE's published lengths, because staff have to see them while writing, but none of its JSON. A reader
//! without a variant in their own language gets the next one in the catalogue's order of fallback
//! ([`crate::domain::attribute::Catalogue::reading_order`]: やさしい日本語 and every foreign language end in Japanese), and
//! Japanese is therefore obligatory. Nothing here is rendered for a single person.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use unicode_segmentation::UnicodeSegmentation;

use super::attribute::LanguageId;
use super::digest::Digest;

/// Characters of a text message, in UTF-16 units (LINE, "Text message").
pub const TEXT_UNITS: usize = 5_000;
/// Characters of a card's title, in UTF-16 units: ours, so that it stays a title on a small phone.
pub const TITLE_UNITS: usize = 60;
/// Characters of a card's text, in UTF-16 units: ours, well within LINE's 30 KB for a bubble.
pub const CARD_TEXT_UNITS: usize = 1_000;
/// Graphemes of a button's label (LINE allows 40 on a card; more than 20 are cut off on a phone).
pub const LABEL_GRAPHEMES: usize = 20;
/// Characters of a button's address, in UTF-16 units (LINE, "URI action").
pub const URI_UNITS: usize = 1_000;
/// Buttons of one card.
pub const BUTTONS: usize = 3;

/// The text of a broadcast in its languages.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Content {
    variants: BTreeMap<LanguageId, Body>,
}

/// What one reader sees.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Body {
    /// A plain text.
    Text {
        /// The text.
        text: String,
    },
    /// A card without a picture.
    Card(Card),
}

/// A title, a text and up to three buttons.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Card {
    /// The heading; also what the lock screen shows, so nothing sensitive.
    pub title: String,
    /// The text below it.
    pub text: String,
    /// Buttons from top to bottom.
    #[serde(default)]
    pub buttons: Vec<Button>,
}

/// A button of a card.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Button {
    /// What it says.
    pub label: String,
    /// What it opens.
    pub target: Target,
}

/// What a button opens.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// A page: `https://…`.
    Uri(String),
    /// A telephone number, such as 0853-21-2211.
    Tel(String),
    /// A page of ours inside LINE: empty, or a path that begins with a slash.
    Liff(String),
}

impl Content {
    /// From bodies by language; a later one of the same language replaces an earlier one.
    #[must_use]
    pub fn new(variants: impl IntoIterator<Item = (LanguageId, Body)>) -> Self {
        Self { variants: variants.into_iter().collect() }
    }

    /// A Japanese text only.
    #[must_use]
    pub fn japanese_text(text: &str) -> Self {
        Self::new([(LanguageId::from("ja"), Body::Text { text: text.to_owned() })])
    }

    /// The document to store.
    #[must_use]
    pub fn to_value(&self) -> serde_json::Value {
        serde_json::to_value(self).expect("maps with text keys can be written")
    }

    /// The variants, ordered by language tag.
    pub fn variants(&self) -> impl Iterator<Item = (&LanguageId, &Body)> {
        self.variants.iter()
    }

    /// The body in exactly this language.
    #[must_use]
    pub fn get(&self, language: &str) -> Option<&Body> {
        self.variants.get(language)
    }

    /// The body for somebody who reads these languages, best first.
    #[must_use]
    pub fn for_reader(&self, order: &[LanguageId]) -> Option<(&LanguageId, &Body)> {
        order.iter().find_map(|language| self.variants.get_key_value(language))
    }

    /// SHA-256 of the content, in hexadecimal; the same for the same words on any machine.
    #[must_use]
    pub fn hash(&self) -> String {
        let canonical = serde_json::to_string(self).expect("maps with text keys can be written");
        Digest::new("content").part(&canonical).hex()
    }

    /// The first line of the Japanese variant, for lists and for the approver.
    #[must_use]
    pub fn first_line(&self) -> &str {
        let text = match self.get("ja") {
            Some(Body::Text { text }) => text.as_str(),
            Some(Body::Card(card)) => card.title.as_str(),
            None => "",
        };
        text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default()
    }

    /// Whether a variant says of itself that it is a test or a drill, which must never reach residents by accident.
    #[must_use]
    pub fn is_marked_as_test(&self) -> bool {
        const MARKS: [&str; 8] = [
            "【テスト",
            "(テスト",
            "\u{ff08}テスト",
            "テスト配信",
            "テスト送信",
            "これはテスト",
            "【訓練",
            "テストです",
        ];
        let marked = |text: &str| MARKS.iter().any(|mark| text.contains(mark));
        self.variants.values().any(|body| match body {
            Body::Text { text } => marked(text),
            Body::Card(card) => marked(&card.title) || marked(&card.text),
        })
    }

    /// Everything that must be mended before the content can be submitted; empty when all is well.
    #[must_use]
    pub fn problems(&self) -> Vec<Problem> {
        let mut found = Vec::new();
        if !self.variants.contains_key("ja") {
            found.push(Problem::at("ja", Field::Text, Fault::NoJapanese));
        }
        for (language, body) in &self.variants {
            check_body(language.as_str(), body, &mut found);
        }
        found
    }
}

impl TryFrom<serde_json::Value> for Content {
    type Error = serde_json::Error;

    fn try_from(stored: serde_json::Value) -> Result<Self, Self::Error> {
        serde_json::from_value(stored)
    }
}

impl fmt::Debug for Content {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Content({:?})", self.variants.keys().map(LanguageId::as_str).collect::<Vec<_>>())
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Text { .. } => "Text(…)",
            Self::Card(_) => "Card(…)",
        })
    }
}

/// The length of a text as LINE counts it: UTF-16 units, so an emoji is 2.
#[must_use]
pub fn units(text: &str) -> usize {
    text.encode_utf16().count()
}

/// The length of a label as LINE counts it: graphemes, so a family emoji is 1.
#[must_use]
pub fn graphemes(text: &str) -> usize {
    text.graphemes(true).count()
}

/// One thing to mend, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The language tag of the variant.
    pub language: String,
    /// The field of the form.
    pub field: Field,
    /// What is wrong.
    pub fault: Fault,
}

/// A field of the form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// The text, of either kind.
    Text,
    /// The title of a card.
    Title,
    /// The buttons as a whole.
    Buttons,
    /// The label of a button, from 0.
    Label(usize),
    /// What a button opens, from 0.
    Target(usize),
}

/// What is wrong with a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// There is no Japanese variant.
    #[error("日本語の本文を書いてください。ほかの言語の本文がない方には日本語でお届けします。")]
    NoJapanese,
    /// Nothing is written.
    #[error("入力してください。")]
    Empty,
    /// Longer than allowed.
    #[error(
        "{actual}文字あります。{limit}文字以内にしてください(LINEの数え方です。絵文字は2文字になることがあります)。"
    )]
    TooLong {
        /// The greatest length.
        limit: usize,
        /// The length found.
        actual: usize,
    },
    /// More buttons than a card takes.
    #[error("ボタンは3個までにしてください。")]
    TooManyButtons,
    /// Not an address that a resident should be sent to.
    #[error("https:// で始まるアドレスを書いてください。")]
    NotAnAddress,
    /// Not a telephone number.
    #[error("電話番号を、数字とハイフンで書いてください。")]
    NotAPhoneNumber,
    /// Not a path of ours.
    #[error("/ で始まるページを書いてください。")]
    NotAPath,
}

impl Problem {
    fn at(language: &str, field: Field, fault: Fault) -> Self {
        Self { language: language.to_owned(), field, fault }
    }
}

fn check_body(language: &str, body: &Body, found: &mut Vec<Problem>) {
    let mut say = |field, fault: Option<Fault>| {
        found.extend(fault.map(|fault| Problem::at(language, field, fault)));
    };
    match body {
        Body::Text { text } => say(Field::Text, length(text, TEXT_UNITS, units)),
        Body::Card(card) => {
            say(Field::Title, length(&card.title, TITLE_UNITS, units));
            say(Field::Text, length(&card.text, CARD_TEXT_UNITS, units));
            say(Field::Buttons, (BUTTONS < card.buttons.len()).then_some(Fault::TooManyButtons));
            for (index, button) in card.buttons.iter().enumerate() {
                say(Field::Label(index), length(&button.label, LABEL_GRAPHEMES, graphemes));
                say(Field::Target(index), check_target(&button.target));
            }
        }
    }
}

fn length(text: &str, limit: usize, count: impl Fn(&str) -> usize) -> Option<Fault> {
    if text.trim().is_empty() {
        return Some(Fault::Empty);
    }
    let actual = count(text);
    (limit < actual).then_some(Fault::TooLong { limit, actual })
}

fn check_target(target: &Target) -> Option<Fault> {
    match target {
        Target::Uri(uri) => length(uri, URI_UNITS, units).or_else(|| {
            let host = uri.strip_prefix("https://").map_or("", |rest| rest.split('/').next().unwrap_or(""));
            let plain = uri.chars().all(|sign| sign.is_ascii_graphic());
            (host.is_empty() || !plain).then_some(Fault::NotAnAddress)
        }),
        Target::Tel(number) => {
            let digits = number.chars().filter(char::is_ascii_digit).count();
            let only = number.chars().all(|sign| sign.is_ascii_digit() || "+-#".contains(sign));
            (!only || !(3..=15).contains(&digits)).then_some(Fault::NotAPhoneNumber)
        }
        Target::Liff(path) => {
            let plain = path.chars().all(|sign| sign.is_ascii_graphic());
            let ours = path.is_empty() || (path.starts_with('/') && !path.starts_with("//"));
            (!ours || !plain || URI_UNITS / 2 < path.len()).then_some(Fault::NotAPath)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(body: Body) -> Vec<(Field, Fault)> {
        let content = Content::new([(LanguageId::from("ja"), body)]);
        content.problems().into_iter().map(|problem| (problem.field, problem.fault)).collect()
    }

    #[test]
    fn lengths_are_counted_as_line_counts_them() {
        assert_eq!((units("健診😀"), graphemes("👨‍👩‍👧")), (4, 1));
        assert!(faults(Body::Text { text: "あ".repeat(5_000) }).is_empty());
        let emoji = Body::Text { text: "😀".repeat(2_501) };
        assert_eq!(faults(emoji), [(Field::Text, Fault::TooLong { limit: 5_000, actual: 5_002 })]);
    }

    #[test]
    fn a_card_says_which_button_is_wrong() {
        let button = |label: &str, target| Button { label: label.to_owned(), target };
        let buttons = vec![
            button("予約する", Target::Liff("/kenshin".to_owned())),
            button("", Target::Uri("http://example.jp/".to_owned())),
            button("電話", Target::Tel("市役所".to_owned())),
        ];
        let card = Card { title: "健診".to_owned(), text: "受けましょう".to_owned(), buttons };
        let expected = [
            (Field::Label(1), Fault::Empty),
            (Field::Target(1), Fault::NotAnAddress),
            (Field::Target(2), Fault::NotAPhoneNumber),
        ];
        assert_eq!(faults(Body::Card(card)), expected);
    }

    #[test]
    fn a_reader_gets_the_first_variant_in_their_order_and_never_a_language_they_do_not_read() {
        let text = |text: &str| Body::Text { text: text.to_owned() };
        let content = Content::new([("ja".into(), text("健診")), ("en".into(), text("Check-up"))]);
        let order = |tags: &[&str]| tags.iter().map(|tag| LanguageId::from(*tag)).collect::<Vec<_>>();
        let chosen = |tags| content.for_reader(&order(tags)).map(|(language, _)| language.as_str());
        assert_eq!(chosen(&["ja-easy", "ja"]), Some("ja"));
        assert_eq!(chosen(&["pt-BR", "en", "ja"]), Some("en"));
        assert_eq!(chosen(&["vi"]), None);
    }

    #[test]
    fn content_without_japanese_is_refused_and_test_texts_are_noticed() {
        let english = Content::new([("en".into(), Body::Text { text: "Hello".to_owned() })]);
        assert_eq!(english.problems()[0].fault, Fault::NoJapanese);
        assert!(Content::japanese_text("【テスト】避難してください").is_marked_as_test());
        assert!(!Content::japanese_text("ストレステストのご案内").is_marked_as_test());
    }

    #[test]
    fn one_changed_letter_changes_the_hash() {
        let (one, two) = (Content::japanese_text("健診"), Content::japanese_text("検診"));
        assert_ne!(one.hash(), two.hash());
        assert_eq!(one.hash(), Content::japanese_text("健診").hash());
    }
}
