//! Filling blanks: what one recipient, or several alike, read.
//!
//! A body comes out without blanks or not at all: for somebody without a value and without other words there is no
//! text, and nothing half filled is ever sent. What stands in a [`Fill`] is about a resident: it masks itself, and is
//! wiped from the database with the batch.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::blank::{Blank, Piece, pieces};
use super::limits::units;
use super::{Body, Card, Part};

/// The values of one recipient, as their text has them.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fill(BTreeMap<Blank, String>);

impl Fill {
    /// Notes a value; an empty one, one that is too long, and one that would open a blank are none.
    pub fn set(&mut self, blank: Blank, value: &str) {
        let value = value.trim();
        if !value.is_empty() && units(value) <= blank.longest() && !value.contains(['{', '\n']) {
            self.0.insert(blank, value.to_owned());
        }
    }

    /// The value of a blank.
    #[must_use]
    pub fn get(&self, blank: Blank) -> Option<&str> {
        self.0.get(&blank).map(String::as_str)
    }

    /// Made-up values, for previews; one that is set stays.
    #[must_use]
    pub fn with_samples(mut self) -> Self {
        for blank in Blank::ALL {
            if self.get(blank).is_none() {
                self.set(blank, blank.sample());
            }
        }
        self
    }

    /// Only what these blanks need, so that whoever reads the same is in the same group.
    #[must_use]
    pub fn only(mut self, blanks: &BTreeSet<Blank>) -> Self {
        self.0.retain(|blank, _| blanks.contains(blank));
        self
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The document to store, by the words of the blanks.
    #[must_use]
    pub fn to_value(&self) -> serde_json::Value {
        let value = |(blank, value): (&Blank, &String)| {
            (blank.word().to_owned(), serde_json::Value::String(value.clone()))
        };
        self.0.iter().map(value).collect()
    }

    /// Reads [`Fill::to_value`]; what is none of it is left out, and leaves a blank unfilled.
    #[must_use]
    pub fn from_value(value: &serde_json::Value) -> Self {
        let mut fill = Self::default();
        for blank in Blank::ALL {
            if let Some(text) = value.get(blank.word()).and_then(serde_json::Value::as_str) {
                fill.set(blank, text);
            }
        }
        fill
    }
}

impl fmt::Debug for Fill {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Fill({:?})", self.0.keys())
    }
}

/// There is no value for this blank, and no words instead; `None` where what stands in the braces is no blank.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoValue(pub Option<Blank>);

impl Body {
    /// The body with every blank filled.
    ///
    /// # Errors
    /// [`NoValue`] for the first blank that can't be.
    pub fn filled(&self, fill: &Fill) -> Result<Self, NoValue> {
        let parts = self.parts.iter().map(|part| part.filled(fill)).collect::<Result<_, _>>()?;
        Ok(Self { parts, quick_replies: self.quick_replies.clone() })
    }

    /// The blanks in it.
    #[must_use]
    pub fn blanks(&self) -> BTreeSet<Blank> {
        self.parts.iter().flat_map(Part::texts).flat_map(blanks_of).collect()
    }
}

/// The blanks in a text.
fn blanks_of(text: &str) -> Vec<Blank> {
    let blank = |piece| match piece {
        Piece::Blank(blank, _) => Some(blank),
        Piece::Plain(_) | Piece::Wrong(..) => None,
    };
    pieces(text).into_iter().filter_map(blank).collect()
}

impl Part {
    fn filled(&self, fill: &Fill) -> Result<Self, NoValue> {
        Ok(match self {
            Self::Text { text } => Self::Text { text: fill_text(text, fill)? },
            Self::Image(picture) => Self::Image(picture.clone()),
            Self::Card(card) => Self::Card(card.filled(fill)?),
            Self::Cards { cards } => {
                Self::Cards { cards: cards.iter().map(|card| card.filled(fill)).collect::<Result<_, _>>()? }
            }
        })
    }
}

impl Card {
    fn filled(&self, fill: &Fill) -> Result<Self, NoValue> {
        let mut card = self.clone();
        card.title = fill_text(&card.title, fill)?;
        card.text = fill_text(&card.text, fill)?;
        for fact in &mut card.facts {
            fact.text = fill_text(&fact.text, fill)?;
        }
        Ok(card)
    }
}

fn fill_text(text: &str, fill: &Fill) -> Result<String, NoValue> {
    let mut filled = String::with_capacity(text.len());
    for piece in pieces(text) {
        match piece {
            Piece::Plain(plain) => filled.push_str(plain),
            Piece::Blank(blank, instead) => {
                filled.push_str(fill.get(blank).or(instead).ok_or(NoValue(Some(blank)))?);
            }
            Piece::Wrong(..) => return Err(NoValue(None)),
        }
    }
    Ok(filled)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(text: &str, fill: &Fill) -> Result<Body, NoValue> {
        Body::text(text).filled(fill)
    }

    #[test]
    fn a_text_is_filled_whole_or_not_at_all() {
        let mut fill = Fill::default();
        fill.set(Blank::Family, "お母さん");
        assert!(filled("{家族の呼び名}へ", &fill) == Ok(Body::text("お母さんへ")));
        assert!(filled("{期限|今月末}まで", &fill) == Ok(Body::text("今月末まで")));
        assert_eq!(filled("{期限}まで", &fill).err(), Some(NoValue(Some(Blank::Deadline))));
        assert_eq!(filled("{名前}", &fill).err(), Some(NoValue(None)));
    }

    #[test]
    fn a_value_can_not_open_a_blank_and_is_stored_by_its_word() {
        let mut fill = Fill::default();
        fill.set(Blank::Family, "{期限}");
        fill.set(Blank::District, &"あ".repeat(21));
        assert!(fill.is_empty());
        fill.set(Blank::District, "高松");
        assert_eq!(fill.to_value(), serde_json::json!({ "居住地の地区名": "高松" }));
        assert_eq!(Fill::from_value(&fill.to_value()), fill);
        assert!(!format!("{fill:?}").contains("高松"));
    }
}
