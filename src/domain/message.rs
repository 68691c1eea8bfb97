//! What a broadcast says: up to five bubbles for each language, before they become LINE's JSON.
//!
//! A reader without a variant in their own language gets the next one in the catalogue's order of fallback
//! ([`crate::domain::attribute::Catalogue::reading_order`]: やさしい日本語 and every foreign language end in Japanese), and
//! Japanese is therefore obligatory. `limits` holds the numbers, `check` says what must be mended and where, `parts` is what one reader sees, `blank`,
//! `fill` and `personal` are what is filled in for each recipient, `care` the words to think twice about, `test_mark` those
//! that make it a test. None of it knows LINE's JSON.

pub mod blank;
pub mod care;
mod check;
mod deadline;
mod fill;
mod length;
pub mod limits;
mod parts;
mod personal;
mod stored;
mod test_mark;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::attribute::LanguageId;
use super::digest::Digest;

pub use blank::Blank;
pub use check::{Fault, Field, Place, Problem};
pub use fill::{Fill, NoValue};
pub use length::{Length, Measured};
pub use limits::{
    BUTTONS, CARD_TEXT_UNITS, LABEL_GRAPHEMES, TEXT_UNITS, TITLE_UNITS, URI_UNITS, graphemes, shortened,
    units,
};
pub use parts::{Body, Button, Card, Deed, Fact, Part, Picture, Target};
pub use personal::Personal;

/// The texts of a broadcast in its languages, and what goes with all of them.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(from = "stored::StoredContent", into = "stored::StoredContent")]
pub struct Content {
    variants: BTreeMap<LanguageId, Body>,
    /// The day that `{期限}` names.
    deadline: Option<Date>,
    /// Whether the addresses behind buttons lead over ours, which counts how often they are opened.
    counts_taps: bool,
}

impl Content {
    /// From bodies by language; a later one of the same language replaces an earlier one.
    #[must_use]
    pub fn new(variants: impl IntoIterator<Item = (LanguageId, Body)>) -> Self {
        Self { variants: variants.into_iter().collect(), ..Self::default() }
    }

    /// A Japanese text only.
    #[must_use]
    pub fn japanese_text(text: &str) -> Self {
        Self::new([(LanguageId::from("ja"), Body::text(text))])
    }

    /// The same with the day that `{期限}` names.
    #[must_use]
    pub fn until(mut self, deadline: Option<Date>) -> Self {
        self.deadline = deadline;
        self
    }

    /// The same, with or without counting how often its links are opened.
    #[must_use]
    pub fn counting_taps(mut self, counts: bool) -> Self {
        self.counts_taps = counts;
        self
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

    /// The day that `{期限}` names.
    #[must_use]
    pub fn deadline(&self) -> Option<Date> {
        self.deadline
    }

    /// The same, where one of the texts really names it.
    #[must_use]
    pub fn last_day(&self) -> Option<Date> {
        self.deadline.filter(|_| self.blanks().contains(&Blank::Deadline))
    }

    /// Whether it is counted how often its links are opened.
    #[must_use]
    pub fn counts_taps(&self) -> bool {
        self.counts_taps
    }

    /// The body for somebody who reads these languages, best first.
    #[must_use]
    pub fn for_reader(&self, order: &[LanguageId]) -> Option<(&LanguageId, &Body)> {
        order.iter().find_map(|language| self.variants.get_key_value(language))
    }

    /// The blanks in any of the languages.
    #[must_use]
    pub fn blanks(&self) -> BTreeSet<Blank> {
        self.variants.values().flat_map(Body::blanks).collect()
    }

    /// The blanks whose values differ from reader to reader.
    #[must_use]
    pub fn personal_blanks(&self) -> BTreeSet<Blank> {
        let mut blanks = self.blanks();
        blanks.remove(&Blank::Deadline);
        blanks
    }

    /// What readers of a variant with these values see.
    ///
    /// # Errors
    /// [`NoValue`] where a blank can't be filled, or where there is no such variant.
    pub fn filled(&self, language: &str, fill: &Fill) -> Result<Body, NoValue> {
        let mut fill = fill.clone();
        if let Some(day) = self.deadline {
            fill.set(Blank::Deadline, &deadline::written(day, language));
        }
        self.get(language).ok_or(NoValue(None))?.filled(&fill)
    }

    /// The addresses behind its buttons that are counted, each once, in the order of the text.
    #[must_use]
    pub fn links(&self) -> Vec<&str> {
        let mut seen = BTreeSet::new();
        let links = self.variants.values().filter(|_| self.counts_taps).flat_map(Body::links);
        links.filter(|link| seen.insert(*link)).collect()
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
        self.get("ja").map_or("", Body::first_line)
    }

    /// What the readers of a language have read first, as it can be quoted to all of them: without a blank.
    #[must_use]
    pub fn quoted_line(&self, language: &str) -> String {
        let own = self.get(language).map(Body::first_line).filter(|line| !line.is_empty());
        let day = self.deadline.map(|day| deadline::written(day, language));
        blank::quoted(own.unwrap_or_else(|| self.first_line()), day.as_deref())
    }

    /// Whether a variant says of itself that it is a test or a drill, which must never reach residents by accident.
    #[must_use]
    pub fn is_marked_as_test(&self) -> bool {
        self.variants.values().flat_map(Body::words).any(test_mark::says_so)
    }

    /// Whether a text of it begins with such a word: the rest of a correction may speak of a test that went out.
    #[must_use]
    pub fn begins_as_test(&self) -> bool {
        self.variants.values().flat_map(Body::words).any(test_mark::is_labelled_so)
    }

    /// Each field in which one of these blanks stands, where none of them can have a value.
    #[must_use]
    pub fn with_blanks(&self, unfillable: &[Blank]) -> Vec<Problem> {
        check::with_blanks(self, unfillable)
    }

    /// Everything that must be mended before the content can be submitted; empty when all is well.
    #[must_use]
    pub fn problems(&self) -> Vec<Problem> {
        check::check(self).0
    }

    /// How long each field is, of what it may be, as [`Content::problems`] goes by it.
    #[must_use]
    pub fn lengths(&self) -> Vec<Length> {
        check::check(self).1
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_gets_the_first_variant_in_their_order_and_never_a_language_they_do_not_read() {
        let content =
            Content::new([("ja".into(), Body::text("健診")), ("en".into(), Body::text("Check-up"))]);
        let order = |tags: &[&str]| tags.iter().map(|tag| LanguageId::from(*tag)).collect::<Vec<_>>();
        let chosen = |tags| content.for_reader(&order(tags)).map(|(language, _)| language.as_str());
        assert_eq!(chosen(&["ja-easy", "ja"]), Some("ja"));
        assert_eq!(chosen(&["pt-BR", "en", "ja"]), Some("en"));
        assert_eq!(chosen(&["vi"]), None);
    }

    #[test]
    fn one_changed_letter_changes_the_hash_and_so_does_what_goes_with_the_texts() {
        let one = Content::japanese_text("健診");
        assert_ne!(one.hash(), Content::japanese_text("検診").hash());
        assert_eq!(one.hash(), Content::japanese_text("健診").hash());
        assert_ne!(one.hash(), one.clone().counting_taps(true).hash());
        let day = jiff::civil::date(2026, 12, 25);
        assert_ne!(one.hash(), one.clone().until(Some(day)).hash());
    }

    #[test]
    fn the_last_day_reads_as_the_language_writes_it() {
        let day = jiff::civil::date(2026, 12, 25);
        let both = [("ja".into(), Body::text("{期限}まで")), ("en".into(), Body::text("By {期限}"))];
        let content = Content::new(both).until(Some(day));
        let read = |language| content.filled(language, &Fill::default()).unwrap();
        assert!(read("ja") == Body::text("12月25日(金)まで"));
        assert!(read("en") == Body::text("By Fri, December 25, 2026"));
        assert!(content.personal_blanks().is_empty());
    }

    #[test]
    fn what_a_picture_shows_is_read_for_marks_of_a_test_too() {
        let picture = |alt: &str| Picture { id: "a".into(), alt: alt.into(), width: 100, height: 100 };
        let alone = Part::Image(picture("テスト"));
        let on_a_card = Part::Card(Card { image: Some(picture("[TEST]")), ..Card::default() });
        for part in [alone, on_a_card] {
            let body = Body { parts: vec![part], ..Body::default() };
            assert!(Content::new([("ja".into(), body)]).is_marked_as_test());
        }
    }
}
