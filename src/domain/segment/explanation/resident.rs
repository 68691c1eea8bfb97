//! 「なぜ届いたのか」: the explanation as the resident reads it, in their language.
//!
//! Says only what was true of the resident: their own facts, the birth dates that were meant, that the family or the
//! city's records were looked at. Never: what was not true, another person's data, a sensitive value, what a record
//! says. Short sentences; the words come from `src/texts` and the catalogue.

use jiff::civil::Date;

use super::Question;
use super::trace::deciding;
use crate::domain::attribute::{Attribute, Sensitivity, Subject, Value, core};
use crate::domain::calendar::wareki;
use crate::domain::household::{Household, Person};
use crate::domain::segment::person::{AccountVerdict, Verdict, View, evaluate, looked_at};
use crate::domain::segment::rule::{
    AgeCondition, AttributeCondition, ChoiceRef, Group, HowMany, Mode, Rule, Target, Test, Times,
};
use crate::domain::segment::truth::Truth;
use crate::domain::segment::window::births;
use crate::domain::texts::Tongue;

/// Why the account gets the message, sentence by sentence; of what it does not get, only that.
#[must_use]
pub fn resident(question: &Question<'_>, household: &Household, tongue: Tongue) -> Vec<String> {
    let Question { segment, catalogue, as_of, topic, .. } = *question;
    let answer = evaluate(segment, catalogue, household, as_of, topic);
    if answer.verdict != Verdict::Target {
        return vec![tongue.say("why-not"), tongue.say("why-ask")];
    }
    let view = View::new(catalogue, household, as_of);
    let mut teller = Teller { question, view, tongue, sentences: vec![tongue.say("why-title")] };
    match &segment.target {
        Target::Everyone => teller.say("why-everyone"),
        Target::Group(group) => teller.targets(group, &answer),
    }
    if teller.sentences.len() == 1 {
        teller.say("why-registered");
    }
    teller.say("why-change");
    teller.sentences
}

struct Teller<'a> {
    question: &'a Question<'a>,
    view: View<'a>,
    tongue: Tongue,
    sentences: Vec<String>,
}

impl Teller<'_> {
    fn targets(&mut self, group: &Group, answer: &AccountVerdict) {
        let (household, nobody) = (self.view.household, Person::default());
        let looked_at = looked_at(self.question.segment.header.unit, household, &nobody);
        for (person, said) in looked_at.into_iter().zip(&answer.persons) {
            if said.verdict != Verdict::Target {
                continue;
            }
            if person.is_self() || household.persons.iter().all(|other| !std::ptr::eq(other, person)) {
                self.group(group, person);
            } else {
                self.say("why-family");
            }
        }
    }

    /// What the truth of a group rests on; of what had to be false nothing is said.
    fn group(&mut self, group: &Group, person: &Person) {
        if group.mode == Mode::None {
            return;
        }
        let truths: Vec<_> = group.members.iter().map(|node| self.view.node(node, person)).collect();
        let deciding = deciding(group.mode, &truths);
        for ((node, decides), truth) in group.members.iter().zip(deciding).zip(truths) {
            if decides && truth == Truth::True {
                self.rule(&node.rule, person);
            }
        }
    }

    fn rule(&mut self, rule: &Rule, person: &Person) {
        match rule {
            Rule::Group(group) => self.group(group, person),
            Rule::Age(age) => self.age(age, person),
            Rule::BirthYear(_) => self.looked(core::BIRTH_DATE),
            Rule::Attribute(condition) => self.attribute(condition, person),
            Rule::Elapsed(elapsed) => self.looked(elapsed.attribute.as_str()),
            Rule::Relatives(relatives) => match relatives.count {
                HowMany::Someone | HowMany::Everyone | HowMany::AtLeast(_) => self.say("why-family"),
                HowMany::Nobody | HowMany::AtMost(_) => {}
            },
            Rule::Event(event) => match event.times {
                Times::AtLeast(_) | Times::Exactly(_) => self.say("why-record"),
                Times::AtMost(_) => {}
            },
            Rule::Bucket(_) => self.say("why-draw"),
            Rule::Shared(_) => {}
        }
    }

    /// The births that were meant, where one sentence can say them exactly.
    fn age(&mut self, age: &AgeCondition, person: &Person) {
        let known = self.question.catalogue.attribute(core::BIRTH_DATE);
        let is_ordinary = known.is_some_and(|known| known.sensitivity == Sensitivity::Ordinary);
        let windows = births(age, self.question.catalogue, self.question.as_of);
        let birth = person.facts.date(core::BIRTH_DATE);
        let window = windows.iter().find(|window| birth.is_some_and(|birth| window.contains(birth)));
        let Some(window) = window.filter(|_| is_ordinary && age.parity.is_none()) else {
            return self.looked(core::BIRTH_DATE);
        };
        let (from, until) = (window.from.map(|day| self.day(day)), window.until.map(|day| self.day(day)));
        match (from.as_deref(), until.as_deref()) {
            (Some(from), Some(until)) => {
                self.say_with("why-born-between", &[("from", from), ("until", until)])
            }
            (Some(from), None) => self.say_with("why-born-from", &[("from", from)]),
            (None, Some(until)) => self.say_with("why-born-until", &[("until", until)]),
            (None, None) => self.looked(core::BIRTH_DATE),
        }
    }

    fn attribute(&mut self, condition: &AttributeCondition, person: &Person) {
        let (AttributeCondition { attribute: id, test }, catalogue) = (condition, self.question.catalogue);
        let Some(attribute) = catalogue.attribute(id.as_str()) else { return };
        let choices = match test {
            // Not known, none of these, no: nothing that is true of anybody.
            Test::Missing | Test::NoneOf(_) | Test::YesNo(false) => return,
            Test::AnyOf(choices) | Test::AllOf(choices) => choices.as_slice(),
            Test::Number(_) | Test::YesNo(true) | Test::Date(_) => &[],
        };
        let facts = match attribute.subject {
            Subject::Account => &self.view.household.account,
            Subject::Person => &person.facts,
        };
        let values = facts.get(id.as_str()).map(|value| self.values(attribute, value, choices));
        match values.filter(|values| !values.is_empty()) {
            Some(values) if attribute.sensitivity == Sensitivity::Ordinary => {
                let (label, value) = (self.tongue.label(&attribute.label), values.join("・"));
                self.say_with("why-value", &[("label", label), ("value", &value)]);
            }
            _ => self.looked(id.as_str()),
        }
    }

    /// The resident's own values among those asked for, as the form calls them.
    fn values(&self, attribute: &Attribute, value: &Value, asked: &[ChoiceRef]) -> Vec<String> {
        let is_asked = |id: &str| {
            asked.iter().any(|choice| match choice {
                ChoiceRef::Value(value) => value.as_str() == id,
                ChoiceRef::Area(area) => attribute.values_in(area).any(|value| value.id.as_str() == id),
            })
        };
        let name = |id: &str| Some(self.tongue.label(&attribute.value(id)?.label).to_owned());
        match value {
            Value::Choice(id) => name(id.as_str()).into_iter().collect(),
            Value::Choices(ids) => {
                ids.iter().filter(|id| is_asked(id.as_str())).filter_map(|id| name(id.as_str())).collect()
            }
            Value::YesNo(true) => vec![self.tongue.say("yes")],
            Value::YesNo(false) | Value::Number(_) | Value::Date(_) => Vec::new(),
        }
    }

    fn looked(&mut self, attribute: &str) {
        let Some(attribute) = self.question.catalogue.attribute(attribute) else { return };
        let key =
            if attribute.sensitivity == Sensitivity::Sensitive { "why-sensitive" } else { "why-looked" };
        self.say_with(key, &[("label", self.tongue.label(&attribute.label))]);
    }

    fn day(&self, day: Date) -> String {
        match self.tongue {
            Tongue::Ja => wareki(day),
            Tongue::JaEasy => format!("{}年{}月{}日", day.year(), day.month(), day.day()),
            Tongue::En | Tongue::PtBr => day.to_string(),
        }
    }

    fn say(&mut self, key: &str) {
        self.say_with(key, &[]);
    }

    /// A sentence is said once, however many conditions come to it.
    fn say_with(&mut self, key: &str, blanks: &[(&str, &str)]) {
        let sentence = self.tongue.say_with(key, blanks);
        if !self.sentences.contains(&sentence) {
            self.sentences.push(sentence);
        }
    }
}
