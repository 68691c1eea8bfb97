//! How long each field of a content is, of what it may be: what `check` goes by, to be shown while somebody types.

use super::check::{Field, Place};

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measured {
    /// The characters of a field, as LINE counts them, with the longest values in its blanks.
    Field(Field),
    /// The bytes of a card.
    Card,
    /// The bytes of all cards side by side.
    Cards,
}

/// How long something is, of what it may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Length {
    /// The language tag of the variant.
    pub language: String,
    /// The bubble, and the card in it.
    pub place: Place,
    /// What is measured.
    pub of: Measured,
    /// How long it is.
    pub used: usize,
    /// How long it may be.
    pub limit: usize,
    /// Whether that is with the longest values of its blanks.
    pub is_filled: bool,
}

impl Length {
    /// Whether it is too long.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.limit < self.used
    }
}
