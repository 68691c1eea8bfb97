//! Into how many texts a broadcast falls when its blanks are filled: figures for whoever approves it.
//!
//! Examples are shown only where at least [`SMALLEST`] recipients read the same, so that no text leads to a household.

use std::cmp::Reverse;

use serde::{Deserialize, Serialize};

use crate::domain::message::{Blank, Fill};

/// The fewest recipients of a text that is shown as an example.
pub const SMALLEST: usize = 10;
/// How many examples are kept.
const EXAMPLES: usize = 3;

/// The figures of one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Forecast {
    /// Different texts.
    pub texts: usize,
    /// How many of them go to one recipient alone.
    pub alone: usize,
    /// Recipients who lack a value and get nothing.
    pub without: usize,
    /// What most recipients read, the most frequent first.
    pub examples: Vec<Example>,
}

/// A text that many read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Example {
    /// What is filled in, as [`Fill::to_value`] writes it.
    pub fill: serde_json::Value,
    /// How many read it.
    pub recipients: usize,
}

impl Forecast {
    /// Of groups of recipients who read the same.
    #[must_use]
    pub fn of<'a>(groups: impl IntoIterator<Item = (&'a Fill, usize)>, without: usize) -> Self {
        let mut groups: Vec<_> = groups.into_iter().collect();
        groups.sort_by_key(|(fill, recipients)| (Reverse(*recipients), (*fill).clone()));
        let shown = groups.iter().filter(|(_, recipients)| SMALLEST <= *recipients).take(EXAMPLES);
        Self {
            texts: groups.len(),
            alone: groups.iter().filter(|(_, recipients)| *recipients == 1).count(),
            without,
            examples: shown
                .map(|(fill, recipients)| Example { fill: fill.to_value(), recipients: *recipients })
                .collect(),
        }
    }

    /// Reads what is stored; `None` where it can't be read.
    #[must_use]
    pub fn read(stored: serde_json::Value) -> Option<Self> {
        serde_json::from_value(stored).ok()
    }

    /// As it is stored.
    #[must_use]
    pub fn to_value(&self) -> serde_json::Value {
        serde_json::to_value(self).unwrap_or_default()
    }
}

impl Example {
    /// What is filled in.
    #[must_use]
    pub fn fill(&self) -> Fill {
        Fill::from_value(&self.fill)
    }

    /// What is filled in, in words for staff.
    #[must_use]
    pub fn words(&self) -> String {
        let fill = self.fill();
        let values = Blank::ALL.into_iter().filter_map(|blank| fill.get(blank));
        let said = values.collect::<Vec<_>>().join("、");
        if said.is_empty() { "(代わりの言葉だけ)".to_owned() } else { said }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fill(value: &str) -> Fill {
        let mut fill = Fill::default();
        fill.set(Blank::District, value);
        fill
    }

    #[test]
    fn only_what_many_read_is_an_example() {
        let (many, few, one) = (fill("高松"), fill("神西"), fill("鳶巣"));
        let forecast = Forecast::of([(&one, 1), (&few, 9), (&many, 10)], 4);
        assert_eq!((forecast.texts, forecast.alone, forecast.without), (3, 1, 4));
        let words: Vec<_> = forecast.examples.iter().map(|one| (one.words(), one.recipients)).collect();
        assert_eq!(words, [("高松".to_owned(), 10)]);
        assert_eq!(Forecast::read(forecast.to_value()), Some(forecast));
    }
}
