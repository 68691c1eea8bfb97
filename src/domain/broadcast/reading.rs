//! What one recipient reads: the variant, and what is theirs alone in it. Whoever reads the same can share a batch.
//!
//! It is worked out once, when the recipients are frozen, and stored with the batch: what is sent later, or again from a
//! backup, is made from there, so that it is the same message under the same key.

use std::fmt;

use crate::domain::attribute::LanguageId;
use crate::domain::message::Fill;

/// What a recipient reads.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reading {
    /// The variant.
    pub language: LanguageId,
    /// What is filled into its blanks.
    pub fill: Fill,
    /// What tells the reader apart in the links, who agreed to that; the same for nobody else.
    pub reader: Option<ReaderToken>,
}

impl From<LanguageId> for Reading {
    fn from(language: LanguageId) -> Self {
        Self { language, fill: Fill::default(), reader: None }
    }
}

impl Reading {
    /// What is filled in, as it is stored with a batch; `None` where that is nothing.
    #[must_use]
    pub fn stored_fill(&self) -> Option<String> {
        (!self.fill.is_empty()).then(|| self.fill.to_value().to_string())
    }
}

/// Reads [`Reading::stored_fill`]; `None` where it can't be read, and then nothing may be sent.
#[must_use]
pub fn read_fill(stored: Option<&str>) -> Option<Fill> {
    let Some(stored) = stored else { return Some(Fill::default()) };
    Some(Fill::from_value(&serde_json::from_str(stored).ok()?))
}

/// A word in a link that only we can lead back to a reader. Whoever sees it can't; it masks itself all the same.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ReaderToken(pub String);

impl ReaderToken {
    /// As it stands in the link.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ReaderToken {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("ReaderToken(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::message::Blank;

    #[test]
    fn what_is_stored_reads_back_and_what_can_not_be_read_is_no_fill() {
        let mut reading = Reading::from(LanguageId::from("ja"));
        assert_eq!((reading.stored_fill(), read_fill(None)), (None, Some(Fill::default())));
        reading.fill.set(Blank::District, "高松");
        assert_eq!(read_fill(reading.stored_fill().as_deref()), Some(reading.fill));
        assert_eq!(read_fill(Some("{")), None);
    }
}
