//! What was wrong with a form, field by field.
//!
//! A form with mistakes is shown again with what was typed and one sentence at each field. Reading and checking the
//! values is each page's own matter.

/// One sentence for each field that can't be accepted.
#[derive(Clone, Debug, Default)]
pub struct FieldErrors(Vec<(String, String)>);

impl FieldErrors {
    /// Notes a sentence at a field; the first one stays.
    pub fn add(&mut self, field: &str, sentence: impl Into<String>) {
        if self.at(field).is_none() {
            self.0.push((field.to_owned(), sentence.into()));
        }
    }

    /// The sentence at a field.
    #[must_use]
    pub fn at(&self, field: &str) -> Option<&str> {
        self.iter().find(|(at, _)| *at == field).map(|(_, sentence)| sentence)
    }

    /// Whether every field is fine.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Fields and sentences in the order in which they were noted, for the list at the top of the form.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(field, sentence)| (field.as_str(), sentence.as_str()))
    }
}
