//! The rules behind 対象の健診名, frozen when a broadcast is submitted just as its own rule is: what names a check-up to
//! somebody is what two people agreed to, whatever becomes of the saved rules in between.
//!
//! Either every check-up that has a rule is among them or there is none of them at all: a list with a gap would tell
//! people that they may not go. It asks nobody and knows no clock.

use jiff::civil::Date;

use super::tier::is_sensitive;
use crate::domain::attribute::Catalogue;
use crate::domain::segment::library::Library;
use crate::domain::segment::rule::Unit;
use crate::domain::segment::{Segment, text};

/// The rules by the places of their programmes in the catalogue.
#[derive(Clone, Debug)]
pub struct CheckUpRules(Vec<(usize, Segment)>);

/// The words of programmes whose rules can't be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unusable(pub Vec<String>);

impl CheckUpRules {
    /// The saved rules with the values that their parameters have on a day.
    ///
    /// # Errors
    /// Names the programmes whose rule can't be used.
    pub fn of(library: &Library, catalogue: &Catalogue, day: Date) -> Result<Self, Unusable> {
        Self::gather(catalogue, |_, path| library.get(path)?.frozen(catalogue, day).ok())
    }

    /// As [`Self::to_text`] wrote them, for a broadcast that goes out on a day.
    ///
    /// # Errors
    /// Names the programmes whose rule is not there, can't be read or is past its review date.
    pub fn read(stored: &str, catalogue: &Catalogue, day: Date) -> Result<Self, Unusable> {
        let stored: Vec<(String, String)> = serde_json::from_str(stored).unwrap_or_default();
        Self::gather(catalogue, |programme, _| {
            let (_, rule) = stored.iter().find(|(id, _)| id == programme)?;
            let rule = text::parse(rule, catalogue).ok()?;
            rule.header.review_by.is_none_or(|last| day <= last).then_some(rule)
        })
    }

    fn gather(catalogue: &Catalogue, find: impl Fn(&str, &str) -> Option<Segment>) -> Result<Self, Unusable> {
        let (mut usable, mut others) = (Vec::new(), Vec::new());
        for (at, programme) in catalogue.programmes().iter().enumerate() {
            let Some(path) = &programme.rule else { continue };
            match find(programme.id.as_str(), path) {
                // A household as a whole takes no check-up.
                Some(rule) if rule.header.unit != Unit::Household => usable.push((at, rule)),
                _ => others.push(programme.word.clone()),
            }
        }
        if others.is_empty() { Ok(Self(usable)) } else { Err(Unusable(others)) }
    }

    /// Each rule in its canonical form with its programme, as JSON: what is stored, and what an approval is bound to.
    #[must_use]
    pub fn to_text(&self, catalogue: &Catalogue) -> String {
        let told = self.0.iter().filter_map(|(at, rule)| {
            let programme = catalogue.programmes().get(*at)?;
            Some((programme.id.as_str(), text::print(rule, catalogue)))
        });
        serde_json::to_string(&told.collect::<Vec<_>>()).unwrap_or_default()
    }

    /// The rules, each with the place of its programme in the catalogue.
    #[must_use]
    pub fn all(&self) -> &[(usize, Segment)] {
        &self.0
    }
}

/// Whether one of the stored rules looks at something sensitive; what can't be read does.
#[must_use]
pub fn any_is_sensitive(stored: &str, catalogue: &Catalogue) -> bool {
    let stored: Option<Vec<(String, String)>> = serde_json::from_str(stored).ok();
    stored.is_none_or(|rules| {
        rules
            .iter()
            .any(|(_, rule)| text::parse(rule, catalogue).map_or(true, |rule| is_sensitive(&rule, catalogue)))
    })
}
