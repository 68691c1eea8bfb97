//! What an editor typed into the form of a broadcast, and how it becomes a draft.
//!
//! Everything is kept as it was typed, so that a form with mistakes comes back complete. What is said in each language
//! is the matter of [`super::editor`].

use std::collections::BTreeMap;

use jiff::civil::{Date, DateTime};

use super::editor::{self, Shape, TypedBody, field_name, measured_name, sentence};
use crate::domain::attribute::Catalogue;
use crate::domain::broadcast::{Class, TimeFault, Whom, time_faults};
use crate::domain::calendar::missing_day;
use crate::domain::message::{Blank, Content, Fault, Length, Problem};
use crate::domain::timestamp::Timestamp;
use crate::flow::broadcast::{self, Draft};
use crate::flow::images::Kept;
use crate::store::broadcasts::Broadcast;
use crate::web::form::FieldErrors;

/// A whole form.
#[derive(Clone, Debug, Default)]
pub struct Typed {
    pub title: String,
    pub series: String,
    pub topic: String,
    pub segment: String,
    pub scheduled_at: String,
    pub expires_at: String,
    /// The day that `{期限}` names.
    pub deadline: String,
    pub counts_taps: bool,
    pub bodies: Vec<TypedBody>,
    /// Whether it goes to people who are fixed, so that no rule is chosen.
    pub is_fixed: bool,
    /// The blanks that can have no value for them.
    pub unfillable: &'static [Blank],
}

impl Typed {
    /// An empty form for a rule.
    pub fn new(catalogue: &Catalogue, segment: &str) -> Self {
        let bodies =
            catalogue.languages().iter().map(|language| TypedBody::new(&language.id, &language.name));
        Self { segment: segment.to_owned(), bodies: bodies.collect(), ..Self::default() }
    }

    /// What a form sent.
    pub fn read(catalogue: &Catalogue, fields: Vec<(String, String)>) -> Self {
        let mut fields: BTreeMap<String, String> = fields.into_iter().collect();
        let mut take = |name: &str| fields.remove(name).unwrap_or_default().replace("\r\n", "\n");
        let mut typed = Self::new(catalogue, &take("segment"));
        typed.title = take("title");
        typed.series = take("series");
        typed.topic = take("topic");
        typed.scheduled_at = take("scheduled_at");
        typed.expires_at = take("expires_at");
        typed.deadline = take("deadline");
        typed.counts_taps = !take("taps").is_empty();
        for body in &mut typed.bodies {
            body.read(&mut take);
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
        typed.deadline = stored.content.deadline().map(|day| day.to_string()).unwrap_or_default();
        typed.counts_taps = stored.content.counts_taps();
        for body in &mut typed.bodies {
            if let Some(stored) = stored.content.get(body.language.as_str()) {
                body.fill(stored);
            }
        }
        typed
    }

    /// The form of what is stored: whom that goes to is not chosen where it is no saved rule, whatever the browser sends.
    pub fn bound_to(mut self, stored: &Broadcast) -> Self {
        self.is_fixed = stored.whom() != Some(Whom::Rule);
        self.unfillable = broadcast::unfillable(stored);
        if self.is_fixed {
            self.segment.clone_from(&stored.segment_path);
        }
        self
    }

    /// What is said, wrong or right; Japanese is always there, so that its absence is noticed at its field.
    pub fn content(&self) -> Content {
        let filled = self.bodies.iter().filter(|body| body.is_filled() || body.language.as_str() == "ja");
        let content = Content::new(filled.map(|body| (body.language.clone(), body.body())));
        content.until(self.deadline.trim().parse::<Date>().ok()).counting_taps(self.counts_taps)
    }

    /// The draft, or what is wrong at each field. An unfinished text may be kept, with a time that has passed; a
    /// finished one may not be wrong.
    pub fn draft(&self, finished: bool, now: Timestamp) -> Result<Draft, FieldErrors> {
        let mut errors = FieldErrors::default();
        self.check_names(&mut errors);
        let content = self.content();
        for problem in content.problems().into_iter().chain(content.with_blanks(self.unfillable)) {
            if finished || !is_unfinished(&problem.fault) {
                errors.add(&self.field(&problem), self.sentence(&problem));
            }
        }
        if !self.deadline.trim().is_empty() && content.deadline().is_none() {
            let form = || "期限を、例のとおりに入力してください(例 2026-12-25)。".to_owned();
            errors.add("deadline", missing_day(&self.deadline).unwrap_or_else(form));
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

    /// Puts a picture that was taken in where its field stands; its words stay.
    pub fn put_picture(&mut self, field: &str, kept: Kept) {
        if let Some(picture) = editor::picture_at(&mut self.bodies, field) {
            (picture.id, picture.width, picture.height) = (kept.id, kept.width, kept.height);
        }
    }

    /// The name of the field at which a problem stands.
    pub fn field(&self, problem: &Problem) -> String {
        field_name(problem, |language, at| self.is_card(language, at))
    }

    /// The name of the field, or of the group of fields, that is measured.
    pub fn measured(&self, length: &Length) -> String {
        measured_name(length, |language, at| self.is_card(language, at))
    }

    fn is_card(&self, language: &str, at: usize) -> bool {
        let body = self.bodies.iter().find(|body| body.language.as_str() == language);
        body.and_then(|body| body.parts.get(at)).is_some_and(|part| part.shape == Shape::Card)
    }

    fn sentence(&self, problem: &Problem) -> String {
        let body = self.bodies.iter().find(|body| body.language.as_str() == problem.language);
        let name = body.map_or(problem.language.as_str(), |body| body.name.as_str());
        sentence(problem, name, body.is_some_and(|body| 1 < body.parts.len()))
    }

    fn check_names(&self, errors: &mut FieldErrors) {
        for (field, chosen, sentence) in [
            ("segment", &self.segment, "送る相手の条件を選んでください。"),
            ("topic", &self.topic, "分野を選んでください。"),
        ] {
            let is_given = field == "segment" && self.is_fixed;
            if chosen.is_empty() && !is_given {
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

/// What is missing may be written later.
fn is_unfinished(fault: &Fault) -> bool {
    matches!(fault, Fault::Empty | Fault::NoPicture | Fault::NoDeadline)
}

fn time(typed: &str, field: &str, errors: &mut FieldErrors) -> Option<Timestamp> {
    if typed.trim().is_empty() {
        return None;
    }
    let read = instant(typed);
    if read.is_none() {
        let form = || "日付と時刻を、例のとおりに入力してください(例 2026-07-01T10:00)。".to_owned();
        errors.add(field, missing_day(typed).unwrap_or_else(form));
    }
    read
}

/// The type of a field for a time: the browser's own would show nothing of what it can't read, and drop it.
pub(super) fn type_of_time(typed: impl AsRef<str>) -> &'static str {
    let typed = typed.as_ref();
    if typed.trim().is_empty() || instant(typed).is_some() { "datetime-local" } else { "text" }
}

/// The same of a field for a date.
pub(super) fn type_of_date(typed: impl AsRef<str>) -> &'static str {
    let typed = typed.as_ref().trim();
    if typed.is_empty() || typed.parse::<Date>().is_ok() { "date" } else { "text" }
}

/// The instant that a field for a date and a time holds.
pub(super) fn instant(typed: &str) -> Option<Timestamp> {
    typed.trim().parse::<DateTime>().ok().map(Timestamp::from_tokyo)
}

/// As the browser's field for a date and a time wants it.
fn local(at: Timestamp) -> String {
    at.tokyo().strftime("%Y-%m-%dT%H:%M").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::message::{Body, Button, Card, Fact, Target};

    fn fields(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn a_card_comes_back_as_it_was_typed_with_gaps_closed() {
        let catalogue = Catalogue::builtin();
        let typed = Typed::read(
            &catalogue,
            fields(&[
                ("kind.ja.0", "card"),
                ("title.ja.0.0", "健診"),
                ("text.ja.0.0", "受けましょう"),
                ("name.ja.0.0.0", "日時"),
                ("name.ja.0.0.1", "場所"),
                ("fact.ja.0.0.1", "平田"),
                ("label.ja.0.0.2", "予約"),
                ("opens.ja.0.0.2", "tel"),
                ("target.ja.0.0.2", "0853-00-0000"),
            ]),
        );
        let expected = Card {
            title: "健診".into(),
            text: "受けましょう".into(),
            facts: vec![Fact { name: "場所".into(), text: "平田".into() }],
            buttons: vec![Button { label: "予約".into(), target: Target::Tel("0853-00-0000".into()) }],
            ..Card::default()
        };
        assert!(typed.content() == Content::new([("ja".into(), Body::card(expected))]));
        assert_eq!(typed.bodies[0].parts[0].cards[0].buttons[0].label, "予約");
    }

    #[test]
    fn an_unfinished_text_may_be_kept_and_a_wrong_one_may_not() {
        let catalogue = Catalogue::builtin();
        let base = [
            ("title", "件名"),
            ("series", "s"),
            ("topic", "kenshin"),
            ("segment", "x"),
            ("kind.ja.0", "card"),
        ];
        let unfinished = Typed::read(&catalogue, fields(&base));
        assert!(unfinished.draft(false, Timestamp::from_millis(0)).is_ok());
        let errors = unfinished.draft(true, Timestamp::from_millis(0)).unwrap_err();
        assert!(errors.at("text.ja.0.0").is_some());

        let wrong = [
            base.as_slice(),
            &[
                ("label.ja.0.0.0", "見る"),
                ("target.ja.0.0.0", "javascript:alert(1)"),
                ("text.ja.0.0", "{家族の呼名}"),
                ("scheduled_at", "あした"),
            ],
        ]
        .concat();
        let errors =
            Typed::read(&catalogue, fields(&wrong)).draft(false, Timestamp::from_millis(0)).unwrap_err();
        assert_eq!(
            errors.iter().map(|(field, _)| field).collect::<Vec<_>>(),
            ["text.ja.0.0", "target.ja.0.0.0", "scheduled_at"]
        );
        assert!(
            errors.at("text.ja.0.0").is_some_and(|said| said.contains("もしかして {家族の呼び名} ですか。"))
        );
    }
}
