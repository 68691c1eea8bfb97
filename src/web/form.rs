//! What was wrong with a form, field by field.
//!
//! A form with mistakes is shown again with what was typed and one sentence at each field. Reading and checking the
//! values is each page's own matter.

use std::collections::BTreeMap;

/// One sentence for each field that can't be accepted.
#[derive(Clone, Debug, Default)]
pub struct FieldErrors(BTreeMap<String, String>);

impl FieldErrors {
    /// Notes a sentence at a field; the first one stays.
    pub fn add(&mut self, field: &str, sentence: impl Into<String>) {
        self.0.entry(field.to_owned()).or_insert_with(|| sentence.into());
    }

    /// The sentence at a field.
    #[must_use]
    pub fn at(&self, field: &str) -> Option<&str> {
        self.0.get(field).map(String::as_str)
    }

    /// Whether every field is fine.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Fields and sentences, for the list at the top of the form.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(field, sentence)| (field.as_str(), sentence.as_str()))
    }
}
