//! What a household tells a text, in no language yet, and how each language writes it.
//!
//! Ids of the catalogue only, never a name: what stands in a message afterwards is a word that the city wrote. Whoever is
//! meant and not called by a word of their own would be left out of it, and so there is no word for the others either.

use std::collections::BTreeSet;

use super::Fill;
use super::blank::Blank;
use super::limits::units;
use crate::domain::attribute::{Catalogue, Label, LanguageId, ValueId, core};

/// What is known of one household for the blanks of a text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Personal {
    /// The check-ups that those who are meant may take, by their places in the catalogue, in its order.
    pub check_ups: Vec<usize>,
    /// What those who are meant are called, the friend aside; empty where one of them has no such word.
    pub called: Vec<ValueId>,
    /// The district.
    pub district: Option<ValueId>,
}

impl Personal {
    /// The values of these blanks as readers of a language have them; what is not known is left out.
    #[must_use]
    pub fn fill(&self, catalogue: &Catalogue, language: &LanguageId, blanks: &BTreeSet<Blank>) -> Fill {
        let words = Words { catalogue, order: catalogue.reading_order(Some(language.as_str())), language };
        let mut fill = Fill::default();
        for blank in blanks {
            match blank {
                Blank::CheckUps => fill.set(*blank, &words.check_ups(&self.check_ups)),
                Blank::Family => fill.set(*blank, &words.called(&self.called)),
                Blank::District => {
                    let district = self.district.as_ref();
                    fill.set(
                        *blank,
                        district.and_then(|id| words.value(core::DISTRICT, id)).unwrap_or_default(),
                    );
                }
                // One day for everybody, which the content itself holds.
                Blank::Deadline => {}
            }
        }
        fill
    }
}

struct Words<'a> {
    catalogue: &'a Catalogue,
    order: Vec<LanguageId>,
    language: &'a LanguageId,
}

impl<'a> Words<'a> {
    fn is_japanese(&self) -> bool {
        self.language.as_str().starts_with("ja")
    }

    fn read(&self, label: &'a Label) -> &'a str {
        self.order.iter().find_map(|language| label.get(language.as_str())).unwrap_or(label.ja())
    }

    fn value(&self, attribute: &str, id: &ValueId) -> Option<&'a str> {
        Some(self.read(&self.catalogue.attribute(attribute)?.value(id.as_str())?.label))
    }

    /// All of them with words of their own, or none.
    fn called(&self, ids: &[ValueId]) -> String {
        let names: Option<Vec<_>> = ids.iter().map(|id| self.value(core::CALL_NAME, id)).collect();
        let mut names = names.unwrap_or_default();
        // Two children are both 「お子さん」, and are named once.
        names.dedup();
        names.join(if self.is_japanese() { "と" } else { ", " })
    }

    /// In the catalogue's order; where they are too many for the blank, the first ones and 「など」.
    fn check_ups(&self, places: &[usize]) -> String {
        let known = places.iter().filter_map(|at| self.catalogue.programmes().get(*at));
        let names: Vec<&str> = known
            .map(|programme| {
                programme.label.as_ref().map_or(programme.word.as_str(), |label| self.read(label))
            })
            .collect();
        let (between, and_more) = if self.is_japanese() { ("・", "など") } else { (", ", " …") };
        let all = names.join(between);
        if units(&all) <= Blank::CheckUps.longest() {
            return all;
        }
        let fits = |count: &usize| {
            units(&names[..*count].join(between)) + units(and_more) <= Blank::CheckUps.longest()
        };
        let count = (0..names.len()).rev().find(fits).unwrap_or(0);
        if count == 0 { String::new() } else { names[..count].join(between) + and_more }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fill(personal: &Personal, language: &str) -> Vec<Option<String>> {
        let (catalogue, blanks) = (Catalogue::builtin(), BTreeSet::from(Blank::ALL));
        let fill = personal.fill(&catalogue, &language.into(), &blanks);
        [Blank::CheckUps, Blank::Family, Blank::District]
            .map(|blank| fill.get(blank).map(str::to_owned))
            .to_vec()
    }

    fn said(words: [&str; 3]) -> Vec<Option<String>> {
        words.map(|word| Some(word.to_owned())).to_vec()
    }

    #[test]
    fn each_language_has_its_own_words_and_one_without_takes_the_nearest() {
        let personal = Personal {
            check_ups: vec![0, 3],
            called: vec!["okasan".into(), "otosan".into()],
            district: Some("takamatsu".into()),
        };
        assert_eq!(fill(&personal, "ja"), said(["特定健診・胃がん検診", "お母さんとお父さん", "高松"]));
        let english = [
            "Specific Health Check-up (Tokutei Kenshin), Stomach cancer screening",
            "your mother, your father",
            "Takamatsu",
        ];
        assert_eq!(fill(&personal, "en"), said(english));
        assert_eq!(fill(&personal, "vi")[1].as_deref(), Some("お母さん, お父さん"));
    }

    #[test]
    fn nothing_known_is_no_value_and_a_word_that_nobody_knows_leaves_all_out() {
        assert_eq!(fill(&Personal::default(), "ja"), [None, None, None]);
        let strange = Personal {
            called: vec!["okasan".into(), "花子".into()],
            district: Some("原宿".into()),
            check_ups: vec![999],
        };
        assert_eq!(fill(&strange, "ja"), [None, None, None]);
    }

    #[test]
    fn too_many_check_ups_are_cut_at_a_name_and_say_that_there_are_more() {
        let all = Personal { check_ups: (0..18).collect(), ..Personal::default() };
        for language in ["ja", "ja-easy", "en", "pt-BR"] {
            let said = fill(&all, language).remove(0).unwrap();
            assert!(units(&said) <= Blank::CheckUps.longest(), "{said}");
            assert!(said.ends_with("など") || said.ends_with('…') || said.ends_with("3歳児健診"), "{said}");
        }
    }
}
