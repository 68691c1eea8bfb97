//! Emergency messages: a drawer of fixed texts with a few places to fill, and districts instead of a rule.
//!
//! The text of a template can't be changed when it is used, and only three kinds of places can be filled, so that one
//! person in a hurry writes nothing of their own. A drill says so, and nothing else may say that it is one.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::attribute::{Catalogue, core};
use super::message::Content;

/// What a drill says of itself.
pub const DRILL: &str = "【訓練";
/// The longest place.
const PLACE: usize = 80;

/// The drawer.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Drawer {
    /// The templates in their order.
    #[serde(rename = "template")]
    pub templates: Vec<Template>,
}

/// A fixed text.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Template {
    /// Its id: letters, digits and hyphens.
    pub id: String,
    /// What staff call it.
    pub name: String,
    /// The topic (分野).
    pub topic: String,
    /// How many hours it stays true after it was begun.
    pub hours: u16,
    /// Whether it is a drill.
    #[serde(default)]
    pub drill: bool,
    /// The text by language.
    pub text: BTreeMap<String, String>,
}

/// A place that can be filled: a closed list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// {地区}: the districts chosen.
    District,
    /// {場所}: a place, in a few words.
    Where,
    /// {時刻}: a time of the day.
    Time,
}

impl Place {
    /// Every one of them.
    pub const ALL: [Self; 3] = [Self::District, Self::Where, Self::Time];

    /// As the text writes it.
    #[must_use]
    pub fn mark(self) -> &'static str {
        match self {
            Self::District => "{地区}",
            Self::Where => "{場所}",
            Self::Time => "{時刻}",
        }
    }
}

/// What somebody filled in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filled {
    /// The ids of districts; empty where everybody is meant.
    pub districts: Vec<String>,
    /// Whether everybody is meant; it must be said.
    pub everyone: bool,
    /// The place.
    pub place: String,
    /// The time, as `21:30`.
    pub time: String,
}

/// What is wrong with what was filled in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FillFault {
    /// No district and not everybody, or both.
    #[error("地区を選ぶか、「市内全域」を選んでください(両方は選べません)。")]
    Districts,
    /// There is no such district.
    #[error("その地区はありません。選び直してください。")]
    UnknownDistrict,
    /// The place is missing or too long.
    #[error("場所を80文字以内で入力してください({{ }}〔 〕と改行は使えません)。")]
    Where,
    /// The time is none.
    #[error("時刻を 21:30 の形で入力してください。")]
    Time,
}

/// The drawer can't be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("緊急配信のひな型(emergency.toml)に誤りがあります: {0}")]
pub struct DrawerError(pub String);

impl Drawer {
    /// Reads the drawer's TOML text.
    ///
    /// # Errors
    /// The first thing that is wrong; a drawer with a fault has no template at all.
    pub fn parse(text: &str, catalogue: &Catalogue) -> Result<Self, DrawerError> {
        let drawer: Self = toml::from_str(text).map_err(|error| DrawerError(error.message().to_owned()))?;
        for template in &drawer.templates {
            template.check(catalogue).map_err(|why| DrawerError(format!("「{}」: {why}", template.name)))?;
        }
        Ok(drawer)
    }

    /// The drawer of this repository.
    #[must_use]
    pub fn builtin() -> &'static str {
        include_str!("../../segments/emergency.toml")
    }

    /// The template with this id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Template> {
        self.templates.iter().find(|template| template.id == id)
    }
}

impl Template {
    fn check(&self, catalogue: &Catalogue) -> Result<(), &'static str> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        if self.id.is_empty() || !self.id.bytes().all(plain) {
            return Err("idは半角の英数字と - で書いてください。");
        }
        if catalogue.topic(&self.topic).is_none() {
            return Err("分野がありません。");
        }
        if !self.text.contains_key("ja") || !(1..=72).contains(&self.hours) {
            return Err("日本語の本文と、1〜72の有効時間が必要です。");
        }
        for text in self.text.values() {
            let mut rest = text.clone();
            Place::ALL.iter().for_each(|place| rest = rest.replace(place.mark(), ""));
            if rest.contains(['{', '}']) {
                return Err("{地区}・{場所}・{時刻} のほかは書き込めません。");
            }
            if text.contains("訓練") != self.drill || (self.drill && !text.contains(DRILL)) {
                return Err(
                    "訓練のひな型は、どの言語も【訓練】と書いてください。ほかのひな型には書けません。",
                );
            }
        }
        Ok(())
    }

    /// Which places its text has.
    #[must_use]
    pub fn places(&self) -> Vec<Place> {
        let has = |place: &Place| self.text.values().any(|text| text.contains(place.mark()));
        Place::ALL.into_iter().filter(has).collect()
    }

    /// The text with its places filled; every fault at once.
    ///
    /// # Errors
    /// What is wrong with what was filled in.
    pub fn fill(&self, filled: &Filled, catalogue: &Catalogue) -> Result<Content, Vec<FillFault>> {
        let faults = self.faults(filled, catalogue);
        if !faults.is_empty() {
            return Err(faults);
        }
        let variants: Map<String, Value> = self
            .text
            .iter()
            .map(|(language, text)| {
                let text = text
                    .replace(Place::District.mark(), &districts_in_words(filled, catalogue, language))
                    .replace(Place::Where.mark(), filled.place.trim())
                    .replace(Place::Time.mark(), filled.time.trim());
                (language.clone(), json!({ "kind": "text", "text": text }))
            })
            .collect();
        Content::try_from(Value::Object(variants)).map_err(|_| Vec::new())
    }

    fn faults(&self, filled: &Filled, catalogue: &Catalogue) -> Vec<FillFault> {
        let places = self.places();
        let mut faults = Vec::new();
        if filled.everyone != filled.districts.is_empty() {
            faults.push(FillFault::Districts);
        }
        if filled.districts.iter().any(|id| word(catalogue, id).is_none()) {
            faults.push(FillFault::UnknownDistrict);
        }
        let place = filled.place.trim();
        let is_plain = !place.contains(['{', '}', '〔', '〕', '\n', '\r']);
        if places.contains(&Place::Where) && !((1..=PLACE).contains(&place.chars().count()) && is_plain) {
            faults.push(FillFault::Where);
        }
        if places.contains(&Place::Time) && !is_time(filled.time.trim()) {
            faults.push(FillFault::Time);
        }
        faults
    }

    /// Whom it goes to, as the text of a rule that stands for itself.
    #[must_use]
    pub fn rule(&self, filled: &Filled, catalogue: &Catalogue) -> String {
        let head = format!(
            "名前: 緊急配信({})\n目的: 緊急配信のひな型から\n所管: 防災安全課\n単位: 世帯\n\n",
            self.name
        );
        if filled.everyone {
            return format!("{head}対象: 友だち全員\n");
        }
        let words: Vec<_> = filled.districts.iter().filter_map(|id| word(catalogue, id)).collect();
        format!("{head}対象: すべて\n  - 居住地 {}\n", words.join(", "))
    }
}

/// The word that a rule writes for a district or an area.
fn word<'a>(catalogue: &'a Catalogue, id: &str) -> Option<&'a str> {
    let district = catalogue.attribute(core::DISTRICT)?;
    district.values.iter().find(|value| value.id.as_str() == id).map(|value| value.word.as_str())
}

fn districts_in_words(filled: &Filled, catalogue: &Catalogue, language: &str) -> String {
    if filled.everyone {
        let all = [("ja", "市内全域"), ("ja-easy", "市の 全部"), ("pt-BR", "toda a cidade")];
        return all
            .iter()
            .find(|(tag, _)| *tag == language)
            .map_or("the whole city", |(_, words)| *words)
            .to_owned();
    }
    let Some(district) = catalogue.attribute(core::DISTRICT) else { return String::new() };
    let chosen =
        district.values.iter().filter(|value| filled.districts.iter().any(|id| id == value.id.as_str()));
    let names: Vec<_> = chosen
        .map(|value| {
            value.label.get(language).or_else(|| value.label.get("en")).unwrap_or(value.label.ja()).to_owned()
        })
        .collect();
    let (joint, ending) = if language.starts_with("ja") { ("・", "地区") } else { (", ", "") };
    format!("{}{ending}", names.join(joint))
}

fn is_time(text: &str) -> bool {
    let Some((hour, minute)) = text.split_once(':') else { return false };
    let number = |part: &str| {
        part.bytes().all(|byte| byte.is_ascii_digit()).then(|| part.parse::<u8>().ok()).flatten()
    };
    (1..=2).contains(&hour.len())
        && minute.len() == 2
        && number(hour).is_some_and(|hour| hour < 24)
        && number(minute).is_some_and(|minute| minute < 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawer() -> Drawer {
        Drawer::parse(Drawer::builtin(), &Catalogue::builtin()).unwrap()
    }

    fn filled() -> Filled {
        Filled {
            districts: vec!["agu".to_owned(), "otsu".to_owned()],
            place: "出西小学校".into(),
            time: "21:30".into(),
            ..Filled::default()
        }
    }

    #[test]
    fn a_filled_template_names_district_place_and_time_and_selects_the_same_districts() {
        let (drawer, catalogue) = (drawer(), Catalogue::builtin());
        let template = drawer.get("hinan-shiji").unwrap();
        let content = template.fill(&filled(), &catalogue).unwrap();
        assert!(
            content.first_line().starts_with("【避難指示】21:30、大津・阿宮地区に"),
            "{}",
            content.first_line()
        );
        let rule = template.rule(&filled(), &catalogue);
        let segment = crate::domain::segment::text::parse(&rule, &catalogue).unwrap();
        assert!(crate::domain::segment::text::print(&segment, &catalogue).contains("居住地 阿宮, 大津"));
    }

    #[test]
    fn nothing_but_a_district_a_short_place_and_a_time_can_be_filled_in() {
        let (drawer, catalogue) = (drawer(), Catalogue::builtin());
        let template = drawer.get("hinan-shiji").unwrap();
        let faults = |filled: Filled| template.fill(&filled, &catalogue).unwrap_err();
        assert_eq!(faults(Filled { districts: Vec::new(), ..filled() }), [FillFault::Districts]);
        assert_eq!(faults(Filled { everyone: true, ..filled() }), [FillFault::Districts]);
        assert_eq!(
            faults(Filled { districts: vec!["tokyo".into()], ..filled() }),
            [FillFault::UnknownDistrict]
        );
        assert_eq!(faults(Filled { place: "あ".repeat(81), ..filled() }), [FillFault::Where]);
        assert_eq!(faults(Filled { place: "{地区}".into(), ..filled() }), [FillFault::Where]);
        assert_eq!(faults(Filled { time: "25:00".into(), ..filled() }), [FillFault::Time]);
        let whole = Filled { districts: Vec::new(), everyone: true, ..filled() };
        assert!(template.rule(&whole, &catalogue).contains("対象: 友だち全員"));
    }

    #[test]
    fn a_drill_says_so_and_nothing_else_may() {
        let catalogue = Catalogue::builtin();
        assert!(drawer().get("kunren").unwrap().drill);
        for (from, to) in
            [("drill = true\n", ""), ("【訓練】これは訓練です", "避難です"), ("{場所}", "{名前}")]
        {
            assert!(Drawer::parse(&Drawer::builtin().replace(from, to), &catalogue).is_err(), "{from}");
        }
    }
}
