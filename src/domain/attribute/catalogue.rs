//! Reads the catalogue file, and says which line is wrong.
//!
//! Strict: an unknown key, a doubled id, a word that a rule could not write or that means two things is refused, so
//! that a slip in the file can't silently change whom a rule reaches.

use std::collections::BTreeSet;

use serde::Deserialize;
use toml::Spanned;

use super::{
    AllowedValue, Area, AreaId, Attribute, AttributeId, Catalogue, EnteredBy, Label, Language, LanguageId,
    Programme, ProgrammeId, Sensitivity, Subject, Topic, TopicId, ValueId, ValueType,
};

/// The catalogue can't be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{line}行目: {message}")]
pub struct CatalogueError {
    /// The line, counted from 1.
    pub line: usize,
    /// What is wrong, in Japanese.
    pub message: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    language: Vec<RawLanguage>,
    #[serde(default)]
    topic: Vec<RawTopic>,
    #[serde(default)]
    programme: Vec<RawProgramme>,
    #[serde(default)]
    series: Vec<Spanned<String>>,
    attribute: Vec<RawAttribute>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawLanguage {
    id: Spanned<String>,
    name: String,
    word: Option<String>,
    #[serde(default)]
    fallback: Vec<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawTopic {
    id: Spanned<String>,
    label: Label,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawProgramme {
    id: Spanned<String>,
    word: String,
    label: Option<Label>,
    rule: Option<String>,
    sensitivity: Option<Sensitivity>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum ValuesFrom {
    Topic,
    Language,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawAttribute {
    id: Spanned<String>,
    label: Label,
    help: Label,
    word: Option<String>,
    #[serde(rename = "type")]
    value_type: ValueType,
    values_from: Option<ValuesFrom>,
    subject: Subject,
    entered_by: EnteredBy,
    required: bool,
    sensitivity: Sensitivity,
    usable_for_sending: bool,
    #[serde(default)]
    area: Vec<RawValue>,
    #[serde(default)]
    value: Vec<RawValue>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawValue {
    id: Spanned<String>,
    label: Label,
    word: Option<String>,
    area: Option<Spanned<String>>,
}

impl Catalogue {
    /// Reads the catalogue's TOML text.
    ///
    /// # Errors
    /// The first thing that is wrong, with its line.
    pub fn parse(text: &str) -> Result<Self, CatalogueError> {
        let reader = Reader { text };
        let file: File = toml::from_str(text)
            .map_err(|error| reader.wrong(error.span().map_or(0, |span| span.start), error.message()))?;
        let languages = reader.languages(file.language)?;
        let topics = reader.topics(file.topic)?;
        reader.distinct(file.attribute.iter().map(|attribute| &attribute.id))?;
        let attributes = file
            .attribute
            .into_iter()
            .map(|raw| reader.attribute(raw, &topics, &languages))
            .collect::<Result<_, _>>()?;
        let programmes = reader.programmes(file.programme)?;
        let series = reader.series(file.series)?;
        Ok(Self { attributes, topics, languages, programmes, series, parameters: Vec::new() })
    }
}

/// Says in which line of a file something is wrong.
pub(super) struct Reader<'a> {
    pub(super) text: &'a str,
}

/// What a rule writes in the place of a value where nothing is known.
const UNKNOWN: [&str; 2] = ["不明", "不明である"];
/// What a rule writes before several values, or instead of them.
const OF_SEVERAL: [&str; 3] = ["いずれか", "すべて", "なし"];

impl Reader<'_> {
    pub(super) fn wrong(&self, at: usize, message: impl Into<String>) -> CatalogueError {
        let before = self.text.as_bytes().get(..at).unwrap_or_default();
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        CatalogueError { line, message: message.into() }
    }

    pub(super) fn distinct<'b>(
        &self,
        ids: impl Iterator<Item = &'b Spanned<String>>,
    ) -> Result<(), CatalogueError> {
        let mut seen = BTreeSet::new();
        for id in ids {
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
            if id.get_ref().is_empty() || !id.get_ref().bytes().all(plain) {
                return Err(self.wrong(id.span().start, "id は半角の英数字と - _ で書いてください。"));
            }
            if !seen.insert(id.get_ref()) {
                let message = format!("id「{}」が二度あります。", id.get_ref());
                return Err(self.wrong(id.span().start, message));
            }
        }
        Ok(())
    }

    fn languages(&self, raw: Vec<RawLanguage>) -> Result<Vec<Language>, CatalogueError> {
        self.distinct(raw.iter().map(|language| &language.id))?;
        let known: BTreeSet<String> = raw.iter().map(|language| language.id.get_ref().clone()).collect();
        for tag in raw.iter().flat_map(|language| &language.fallback) {
            if !known.contains(tag.get_ref()) {
                return Err(self.wrong(tag.span().start, format!("言語「{}」がありません。", tag.get_ref())));
            }
        }
        raw.into_iter().map(|language| self.language(language)).collect()
    }

    fn language(&self, raw: RawLanguage) -> Result<Language, CatalogueError> {
        let at = raw.id.span().start;
        Ok(Language {
            word: self.word(at, raw.word.unwrap_or_else(|| raw.name.clone()))?,
            fallback: raw.fallback.into_iter().map(|tag| LanguageId(tag.into_inner())).collect(),
            id: LanguageId(raw.id.into_inner()),
            name: raw.name,
        })
    }

    /// A programme has one word, and a word one programme.
    fn programmes(&self, raw: Vec<RawProgramme>) -> Result<Vec<Programme>, CatalogueError> {
        self.distinct(raw.iter().map(|programme| &programme.id))?;
        let mut words = BTreeSet::new();
        let programmes = raw.into_iter().map(|programme| {
            let at = programme.id.span().start;
            let word = self.word(at, programme.word)?;
            if !words.insert(word.clone()) {
                return Err(self.wrong(at, format!("「{word}」が二つの健(検)診の名前になっています。")));
            }
            let label = programme.label.map(|label| self.label(at, label)).transpose()?;
            let (id, rule) = (ProgrammeId(programme.id.into_inner()), programme.rule);
            let sensitivity = programme.sensitivity.unwrap_or(Sensitivity::Sensitive);
            Ok(Programme { id, word, label, rule, sensitivity })
        });
        programmes.collect()
    }

    fn series(&self, raw: Vec<Spanned<String>>) -> Result<Vec<String>, CatalogueError> {
        raw.into_iter().map(|series| self.word(series.span().start, series.into_inner())).collect()
    }

    fn topics(&self, raw: Vec<RawTopic>) -> Result<Vec<Topic>, CatalogueError> {
        self.distinct(raw.iter().map(|topic| &topic.id))?;
        let topics = raw.into_iter().map(|topic| {
            let at = topic.id.span().start;
            self.word(at, topic.label.ja().to_owned())?;
            Ok(Topic { label: self.label(at, topic.label)?, id: TopicId(topic.id.into_inner()) })
        });
        topics.collect()
    }

    fn attribute(
        &self,
        raw: RawAttribute,
        topics: &[Topic],
        languages: &[Language],
    ) -> Result<Attribute, CatalogueError> {
        let at = raw.id.span().start;
        self.distinct(raw.value.iter().map(|value| &value.id))?;
        self.distinct(raw.area.iter().map(|area| &area.id))?;
        let areas = raw.area.into_iter().map(|area| self.area(area)).collect::<Result<Vec<_>, _>>()?;
        let values = match raw.values_from {
            Some(ValuesFrom::Topic) => topics.iter().map(topic_value).collect(),
            Some(ValuesFrom::Language) => languages.iter().map(language_value).collect(),
            None => {
                raw.value.into_iter().map(|one| self.value(one, &areas)).collect::<Result<Vec<_>, _>>()?
            }
        };
        let label = self.label(at, raw.label)?;
        let attribute = Attribute {
            word: self.word(at, raw.word.unwrap_or_else(|| label.ja().to_owned()))?,
            help: self.label(at, raw.help)?,
            id: AttributeId(raw.id.into_inner()),
            value_type: raw.value_type,
            subject: raw.subject,
            entered_by: raw.entered_by,
            required: raw.required,
            sensitivity: raw.sensitivity,
            usable_for_sending: raw.usable_for_sending,
            label,
            areas,
            values,
        };
        self.sound(at, &attribute)?;
        Ok(attribute)
    }

    fn area(&self, raw: RawValue) -> Result<Area, CatalogueError> {
        let at = raw.id.span().start;
        let label = self.label(at, raw.label)?;
        let word = self.word(at, raw.word.unwrap_or_else(|| label.ja().to_owned()))?;
        Ok(Area { id: AreaId(raw.id.into_inner()), label, word })
    }

    fn value(&self, raw: RawValue, areas: &[Area]) -> Result<AllowedValue, CatalogueError> {
        let at = raw.id.span().start;
        if let Some(area) =
            raw.area.as_ref().filter(|area| areas.iter().all(|known| known.id.0 != *area.get_ref()))
        {
            return Err(self.wrong(area.span().start, format!("地域「{}」がありません。", area.get_ref())));
        }
        let label = self.label(at, raw.label)?;
        let word = self.word(at, raw.word.unwrap_or_else(|| label.ja().to_owned()))?;
        let area = raw.area.map(|area| AreaId(area.into_inner()));
        Ok(AllowedValue { id: ValueId(raw.id.into_inner()), label, word, area })
    }

    fn label(&self, at: usize, label: Label) -> Result<Label, CatalogueError> {
        let missing =
            ["ja", "ja-easy", "en", "pt-BR"].into_iter().find(|tag| label.get(tag).is_none_or(str::is_empty));
        match missing {
            Some(tag) => Err(self.wrong(at, format!("{tag} の表示がありません。"))),
            None => Ok(label),
        }
    }

    /// A word of a rule file can't hold what separates words there.
    pub(super) fn word(&self, at: usize, word: String) -> Result<String, CatalogueError> {
        let separates = |c: char| c.is_whitespace() || ",、#|:{}/".contains(c);
        if word.is_empty() || word.contains(separates) {
            return Err(self.wrong(
                at,
                format!("「{word}」は条件のことばに使えません(空白や、,:|#{{}}/ は使えません)。"),
            ));
        }
        Ok(word)
    }

    /// Choices have values, others have none, and no word stands for two of them.
    fn sound(&self, at: usize, attribute: &Attribute) -> Result<(), CatalogueError> {
        let choice = matches!(attribute.value_type, ValueType::Choice | ValueType::Choices);
        if choice == attribute.values.is_empty() {
            return Err(self.wrong(at, "選択肢(value)は choice と choices だけに、一つ以上書いてください。"));
        }
        let mut seen = BTreeSet::new();
        let words =
            attribute.areas.iter().map(|area| &area.word).chain(attribute.values.iter().map(|one| &one.word));
        for word in words {
            if !seen.insert(word) {
                return Err(
                    self.wrong(at, format!("「{word}」が二つの意味になります。word を分けてください。"))
                );
            }
            let of_several =
                attribute.value_type == ValueType::Choices && OF_SEVERAL.contains(&word.as_str());
            if of_several || UNKNOWN.contains(&word.as_str()) {
                let sentence = format!("「{word}」は条件の中で別の意味になります。word を分けてください。");
                return Err(self.wrong(at, sentence));
            }
        }
        Ok(())
    }
}

fn topic_value(topic: &Topic) -> AllowedValue {
    AllowedValue {
        id: ValueId(topic.id.0.clone()),
        label: topic.label.clone(),
        word: topic.label.ja().to_owned(),
        area: None,
    }
}

fn language_value(language: &Language) -> AllowedValue {
    let label =
        Label(["ja", "ja-easy", "en", "pt-BR"].map(|tag| (tag.to_owned(), language.name.clone())).into());
    AllowedValue { id: ValueId(language.id.0.clone()), label, word: language.word.clone(), area: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BUILTIN: &str = include_str!("../../../segments/attributes.toml");

    #[test]
    fn the_file_of_this_repository_is_sound() {
        let catalogue = Catalogue::parse(BUILTIN).unwrap();
        let district = catalogue.attribute("district").unwrap();
        assert_eq!((district.areas.len(), district.values.len()), (7, 43));
        assert_eq!(district.values_in(&AreaId::from("hirata")).count(), 11);
        assert_eq!(catalogue.topics().len(), 9);
        assert_eq!(catalogue.attribute("topics").unwrap().values.len(), 9);
    }

    #[test]
    fn somebody_without_a_language_reads_japanese() {
        let catalogue = Catalogue::builtin();
        let order =
            |wanted| catalogue.reading_order(wanted).iter().map(LanguageId::to_string).collect::<Vec<_>>();
        assert_eq!(order(None), ["ja"]);
        assert_eq!(order(Some("pt-BR")), ["pt-BR", "ja-easy", "en", "ja"]);
    }

    #[test]
    fn a_slip_in_the_file_is_named_with_its_line() {
        let line_of = |from: &str, to: &str| {
            let broken = BUILTIN.replacen(from, to, 1);
            let error = Catalogue::parse(&broken).unwrap_err();
            broken.lines().nth(error.line - 1).unwrap().to_owned()
        };
        assert_eq!(line_of("id = \"otsu\"", "id = \"imaichi\""), "id = \"imaichi\"");
        assert_eq!(line_of("area = \"hikawa\"", "area = \"hikwa\""), "area = \"hikwa\"");
        assert_eq!(line_of("type = \"date\"", "type = \"day\""), "type = \"day\"");
    }

    #[test]
    fn a_value_can_not_be_called_like_a_word_that_stands_in_its_place() {
        let called = |topic: &str, insurance: &str| {
            let text = BUILTIN.replacen("ja = \"イベント\"", &format!("ja = \"{topic}\""), 1);
            Catalogue::parse(&text.replacen("ja = \"国保", &format!("ja = \"{insurance}"), 1))
        };
        assert!(called("行事", "国保").is_ok());
        for word in ["なし", "すべて", "いずれか", "不明"] {
            assert!(called(word, "国保").is_err(), "{word}");
        }
    }

    #[test]
    fn an_attribute_of_the_city_is_added_by_the_file_alone() {
        let with = format!(
            "{BUILTIN}\n[[attribute]]\nid = \"day\"\nlabel = {{ ja = \"収集地区\", ja-easy = \"a\", en = \"b\", pt-BR = \"c\" }}\n\
             help = {{ ja = \"a\", ja-easy = \"a\", en = \"b\", pt-BR = \"c\" }}\ntype = \"number\"\nsubject = \"account\"\n\
             entered_by = \"import\"\nrequired = false\nsensitivity = \"ordinary\"\nusable_for_sending = true\n"
        );
        let catalogue = Catalogue::parse(&with).unwrap();
        assert_eq!(catalogue.attribute("day").unwrap().word, "収集地区");
    }
}
