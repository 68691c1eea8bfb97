//! What an editor typed into the form of a broadcast, and how it becomes a draft.
//!
//! Everything is kept as it was typed, so that a form with mistakes comes back complete. Field names are made here and
//! nowhere else: `text.ja`, `title.ja`, `label.ja.0`, `opens.ja.0`, `target.ja.0`.

use std::collections::BTreeMap;

use jiff::civil::DateTime;

use crate::domain::attribute::{Catalogue, LanguageId};
use crate::domain::broadcast::{Class, TimeFault, time_faults};
use crate::domain::message::{BUTTONS, Body, Button, Card, Content, Fault, Field, Problem, Target};
use crate::domain::timestamp::Timestamp;
use crate::flow::broadcast::Draft;
use crate::store::broadcasts::Broadcast;
use crate::web::form::FieldErrors;

/// A whole form.
#[derive(Clone, Debug, Default)]
pub struct Typed {
    pub title: String,
    pub series: String,
    pub topic: String,
    pub segment: String,
    pub is_card: bool,
    pub scheduled_at: String,
    pub expires_at: String,
    pub variants: Vec<Variant>,
}

/// The text in one language.
#[derive(Clone, Debug)]
pub struct Variant {
    pub language: LanguageId,
    /// The language's name for itself.
    pub name: String,
    pub title: String,
    pub text: String,
    /// Always [`BUTTONS`] of them; the filled ones come first.
    pub buttons: Vec<TypedButton>,
}

/// One button.
#[derive(Clone, Debug, Default)]
pub struct TypedButton {
    pub label: String,
    /// `uri`, `tel` or `liff`.
    pub opens: String,
    pub target: String,
}

impl Typed {
    /// An empty form for a rule.
    pub fn new(catalogue: &Catalogue, segment: &str) -> Self {
        let variants = catalogue.languages().iter().map(|language| Variant {
            language: language.id.clone(),
            name: language.name.clone(),
            title: String::new(),
            text: String::new(),
            buttons: vec![TypedButton::default(); BUTTONS],
        });
        Self { segment: segment.to_owned(), variants: variants.collect(), ..Self::default() }
    }

    /// What a form sent.
    pub fn read(catalogue: &Catalogue, fields: Vec<(String, String)>) -> Self {
        let mut fields: BTreeMap<String, String> = fields.into_iter().collect();
        let mut take = |name: &str| fields.remove(name).unwrap_or_default().replace("\r\n", "\n");
        let mut typed = Self::new(catalogue, &take("segment"));
        typed.title = take("title");
        typed.series = take("series");
        typed.topic = take("topic");
        typed.is_card = take("kind") == "card";
        typed.scheduled_at = take("scheduled_at");
        typed.expires_at = take("expires_at");
        for variant in &mut typed.variants {
            variant.read(&mut take);
        }
        typed
    }

    /// A stored broadcast as a form.
    pub fn of(catalogue: &Catalogue, stored: &Broadcast) -> Self {
        let mut typed = Self::new(catalogue, &stored.segment_path);
        typed.title.clone_from(&stored.title);
        typed.series.clone_from(&stored.series);
        typed.topic.clone_from(&stored.topic);
        typed.scheduled_at = stored.scheduled_at.map_or_else(String::new, local);
        typed.expires_at = stored.expires_at.map_or_else(String::new, local);
        typed.is_card = stored.content.variants().any(|(_, body)| matches!(body, Body::Card(_)));
        for variant in &mut typed.variants {
            if let Some(body) = stored.content.get(variant.language.as_str()) {
                variant.fill(body);
            }
        }
        typed
    }

    /// What is said, wrong or right; Japanese is always there, so that its absence is noticed at its field.
    pub fn content(&self) -> Content {
        let filled =
            self.variants.iter().filter(|variant| variant.is_filled() || variant.language.as_str() == "ja");
        Content::new(filled.map(|variant| (variant.language.clone(), variant.body(self.is_card))))
    }

    /// The draft, or what is wrong at each field. An unfinished text may be kept, with a time that has passed; a
    /// finished one may not be wrong.
    pub fn draft(&self, finished: bool, now: Timestamp) -> Result<Draft, FieldErrors> {
        let mut errors = FieldErrors::default();
        self.check_names(&mut errors);
        let content = self.content();
        for problem in content.problems() {
            if finished || problem.fault != Fault::Empty {
                errors.add(&field_name(&problem), self.sentence(&problem));
            }
        }
        let scheduled_at = time(&self.scheduled_at, "scheduled_at", &mut errors);
        let expires_at = time(&self.expires_at, "expires_at", &mut errors);
        let faults = if finished { time_faults(scheduled_at, expires_at, now) } else { Vec::new() };
        for fault in faults {
            let field = if fault == TimeFault::ScheduleInPast { "scheduled_at" } else { "expires_at" };
            errors.add(field, fault.to_string());
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        Ok(Draft {
            class: Class::Ordinary,
            title: self.title.clone(),
            series: self.series.clone(),
            topic: self.topic.clone(),
            segment_path: self.segment.clone(),
            content,
            scheduled_at,
            expires_at,
        })
    }

    /// A problem of the content with the field's name before it, so that it can stand in a list.
    fn sentence(&self, problem: &Problem) -> String {
        let variant = self.variants.iter().find(|variant| variant.language.as_str() == problem.language);
        let language = variant.map_or(problem.language.as_str(), |variant| variant.name.as_str());
        let field = match problem.field {
            Field::Text => "本文".to_owned(),
            Field::Title => "見出し".to_owned(),
            Field::Buttons => "ボタン".to_owned(),
            Field::Label(at) => format!("ボタン{}の文字", at + 1),
            Field::Target(at) => format!("ボタン{}のアドレス・電話番号", at + 1),
        };
        match problem.fault {
            Fault::Empty => format!("{language}の{field}を入力してください。"),
            fault => format!("{language}の{field}: {fault}"),
        }
    }

    fn check_names(&self, errors: &mut FieldErrors) {
        for (field, chosen, sentence) in [
            ("segment", &self.segment, "送る相手の条件を選んでください。"),
            ("topic", &self.topic, "分野を選んでください。"),
        ] {
            if chosen.is_empty() {
                errors.add(field, sentence);
            }
        }
        for (field, text, name) in [("title", &self.title, "件名"), ("series", &self.series, "シリーズ")]
        {
            match text.trim().chars().count() {
                0 => errors.add(field, format!("{name}を入力してください。")),
                1..=60 => {}
                _ => errors.add(field, format!("{name}を60文字以内で入力してください。")),
            }
        }
    }
}

impl Variant {
    fn read(&mut self, take: &mut impl FnMut(&str) -> String) {
        let language = self.language.as_str().to_owned();
        self.title = take(&format!("title.{language}"));
        self.text = take(&format!("text.{language}"));
        for (at, button) in self.buttons.iter_mut().enumerate() {
            button.label = take(&format!("label.{language}.{at}"));
            button.opens = take(&format!("opens.{language}.{at}"));
            button.target = take(&format!("target.{language}.{at}"));
        }
        // Gaps close, so that the numbers of the content's problems are those of the form.
        self.buttons.sort_by_key(|button| !button.is_filled());
    }

    fn fill(&mut self, body: &Body) {
        match body {
            Body::Text { text } => self.text.clone_from(text),
            Body::Card(card) => {
                self.title.clone_from(&card.title);
                self.text.clone_from(&card.text);
                for (typed, stored) in self.buttons.iter_mut().zip(&card.buttons) {
                    *typed = TypedButton::of(stored);
                }
            }
        }
    }

    /// Whether anything stands in it.
    pub fn is_filled(&self) -> bool {
        let texts = [&self.title, &self.text];
        texts.iter().any(|text| !text.trim().is_empty()) || self.buttons.iter().any(TypedButton::is_filled)
    }

    /// What a reader sees.
    pub fn body(&self, is_card: bool) -> Body {
        if !is_card {
            return Body::Text { text: self.text.trim_end().to_owned() };
        }
        let filled = self.buttons.iter().filter(|button| button.is_filled());
        Body::Card(Card {
            title: self.title.trim().to_owned(),
            text: self.text.trim_end().to_owned(),
            buttons: filled.map(TypedButton::button).collect(),
        })
    }
}

impl TypedButton {
    fn of(stored: &Button) -> Self {
        let (opens, target) = match &stored.target {
            Target::Uri(uri) => ("uri", uri),
            Target::Tel(number) => ("tel", number),
            Target::Liff(path) => ("liff", path),
        };
        Self { label: stored.label.clone(), opens: opens.to_owned(), target: target.clone() }
    }

    fn is_filled(&self) -> bool {
        !self.label.trim().is_empty() || !self.target.trim().is_empty()
    }

    fn button(&self) -> Button {
        let target = self.target.trim().to_owned();
        let target = match self.opens.as_str() {
            "tel" => Target::Tel(target),
            "liff" => Target::Liff(target),
            _ => Target::Uri(target),
        };
        Button { label: self.label.trim().to_owned(), target }
    }
}

/// The name of the field at which a problem stands.
pub fn field_name(problem: &Problem) -> String {
    let language = &problem.language;
    match problem.field {
        Field::Text => format!("text.{language}"),
        Field::Title => format!("title.{language}"),
        Field::Buttons => format!("label.{language}.0"),
        Field::Label(at) => format!("label.{language}.{at}"),
        Field::Target(at) => format!("target.{language}.{at}"),
    }
}

fn time(typed: &str, field: &str, errors: &mut FieldErrors) -> Option<Timestamp> {
    if typed.trim().is_empty() {
        return None;
    }
    let read = typed.trim().parse::<DateTime>().ok().map(Timestamp::from_tokyo);
    if read.is_none() {
        errors.add(field, "日付と時刻を、例のとおりに入力してください(例 2026-07-01T10:00)。");
    }
    read
}

/// As the browser's field for a date and a time wants it.
fn local(at: Timestamp) -> String {
    at.tokyo().strftime("%Y-%m-%dT%H:%M").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn a_card_comes_back_as_it_was_typed_with_gaps_between_buttons_closed() {
        let catalogue = Catalogue::builtin();
        let typed = Typed::read(
            &catalogue,
            fields(&[
                ("kind", "card"),
                ("title.ja", "健診"),
                ("text.ja", "受けましょう"),
                ("label.ja.2", "予約"),
                ("opens.ja.2", "tel"),
                ("target.ja.2", "0853-00-0000"),
            ]),
        );
        let expected = Card {
            title: "健診".into(),
            text: "受けましょう".into(),
            buttons: vec![Button { label: "予約".into(), target: Target::Tel("0853-00-0000".into()) }],
        };
        assert!(typed.content() == Content::new([("ja".into(), Body::Card(expected))]));
        assert_eq!(typed.variants[0].buttons[0].label, "予約");
    }

    #[test]
    fn an_unfinished_text_may_be_kept_and_a_wrong_one_may_not() {
        let catalogue = Catalogue::builtin();
        let base =
            [("title", "件名"), ("series", "s"), ("topic", "kenshin"), ("segment", "x"), ("kind", "card")];
        let unfinished = Typed::read(&catalogue, fields(&base));
        assert!(unfinished.draft(false, Timestamp::from_millis(0)).is_ok());
        assert!(unfinished.draft(true, Timestamp::from_millis(0)).unwrap_err().at("text.ja").is_some());

        let wrong = [
            base.as_slice(),
            &[("label.ja.0", "見る"), ("target.ja.0", "javascript:alert(1)"), ("scheduled_at", "あした")],
        ]
        .concat();
        let errors =
            Typed::read(&catalogue, fields(&wrong)).draft(false, Timestamp::from_millis(0)).unwrap_err();
        assert_eq!(
            errors.iter().map(|(field, _)| field).collect::<Vec<_>>(),
            ["target.ja.0", "scheduled_at"]
        );
    }
}
