//! Understands a typed form: a registration, or a sentence at each field that can't be understood.
//!
//! What may be asked, and which values are allowed, comes from the catalogue; only the family's 続柄, the topics and the
//! consent have rules of their own here.

use std::collections::BTreeSet;

use jiff::civil::Date;

use super::typed::{Typed, account, person};
use crate::domain::attribute::{Attribute, Catalogue, Facts, Subject, TopicId, Value, ValueType, core};
use crate::domain::entry::slip::{self, Slip};
use crate::domain::entry::{self, EntryError};
use crate::domain::ids::PersonId;
use crate::domain::texts::Tongue;
use crate::flow::register::{MEMBERS, Registered, Registration};

/// Nobody registered is older than this.
const EARLIEST: Date = Date::constant(1900, 1, 1);

/// One field that can't be understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FieldError {
    /// The name of the field.
    pub name: String,
    /// What to do, in the reader's language; beside the field.
    pub message: String,
    /// The same for the list at the top, saying whose field it is.
    pub listed: String,
}

/// Checks a form on a day.
pub(super) struct Check<'a> {
    pub catalogue: &'a Catalogue,
    pub tongue: Tongue,
    pub today: Date,
    /// Whether the consent has to be given on this form.
    pub asks_consent: bool,
}

impl Check<'_> {
    /// The registration, or everything that is wrong, in the order of the form.
    pub fn read(&self, typed: &Typed) -> Result<Registration, Vec<FieldError>> {
        let mut errors = Vec::new();
        let account = self.facts(typed, Subject::Account, &account, None, &mut errors);
        let persons = self.persons(typed, &mut errors);
        let declined = self.declined(typed, &account, &mut errors);
        let agreed = typed.first("consent") == "yes";
        if self.asks_consent && !agreed {
            self.wrong(&mut errors, "consent", None, self.tongue.say("error-consent"));
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        let seen = typed.first("version").parse().unwrap_or(0);
        Ok(Registration { seen, account, declined, persons, consent: agreed.then_some(self.tongue) })
    }

    fn persons(&self, typed: &Typed, errors: &mut Vec<FieldError>) -> Vec<Registered> {
        let own = asked_of(self.catalogue, Subject::Person, true);
        let family = asked_of(self.catalogue, Subject::Person, false);
        let mut persons = Vec::new();
        let mut place = 0;
        for number in typed.persons() {
            let whose = (number != 0).then(|| {
                place += 1;
                place
            });
            // Left out without a word, somebody would wait for messages about a member who isn't there.
            if let Some(whose) = whose.filter(|_| typed.is_blank(number, &family)) {
                let blank = self.tongue.say_with("error-member-empty", &[("number", &whose.to_string())]);
                self.wrong(errors, &person(number, core::RELATION), Some(whose), blank);
                continue;
            }
            let attributes = if number == 0 { &own } else { &family };
            let facts = self.facts_of(typed, attributes, &|id| person(number, id), whose, errors);
            persons.push(Registered { id: PersonId::parse(typed.first(&person(number, "id"))), facts });
        }
        if MEMBERS < place {
            let limit = MEMBERS.to_string();
            self.wrong(errors, "person", None, self.tongue.say_with("error-members", &[("limit", &limit)]));
        }
        persons
    }

    fn facts(
        &self,
        typed: &Typed,
        subject: Subject,
        name: &dyn Fn(&str) -> String,
        whose: Option<usize>,
        errors: &mut Vec<FieldError>,
    ) -> Facts {
        let attributes = asked_of(self.catalogue, subject, true);
        self.facts_of(typed, &attributes, name, whose, errors)
    }

    fn facts_of(
        &self,
        typed: &Typed,
        attributes: &[&Attribute],
        name: &dyn Fn(&str) -> String,
        whose: Option<usize>,
        errors: &mut Vec<FieldError>,
    ) -> Facts {
        let mut facts = Facts::default();
        for attribute in attributes {
            let name = name(attribute.id.as_str());
            match self.value(typed, attribute, &name) {
                Ok(Some(value)) => facts.set(attribute.id.clone(), value),
                Ok(None) if attribute.required => {
                    let key = if attribute.value_type == ValueType::Date {
                        "error-date-missing"
                    } else {
                        "error-choose"
                    };
                    self.wrong(errors, &name, whose, self.about(attribute, key));
                }
                Ok(None) => {}
                Err(message) => self.wrong(errors, &name, whose, message),
            }
        }
        facts
    }

    fn value(&self, typed: &Typed, attribute: &Attribute, name: &str) -> Result<Option<Value>, String> {
        match attribute.value_type {
            ValueType::Date => self.date(typed, attribute, name),
            ValueType::Choices => {
                let ids = typed.all(name).map(|id| attribute.value(id).map(|value| value.id.clone()));
                let ids = ids.collect::<Option<BTreeSet<_>>>();
                let ids = ids.ok_or_else(|| self.about(attribute, "error-not-allowed"))?;
                Ok((!ids.is_empty()).then_some(Value::Choices(ids)))
            }
            _ => entry::read(attribute, typed.first(name)).map_err(|error| self.about(attribute, key(error))),
        }
    }

    fn date(&self, typed: &Typed, attribute: &Attribute, name: &str) -> Result<Option<Value>, String> {
        let part = |part: &str| typed.first(&format!("{name}.{part}")).trim();
        let parts = [part("y"), part("m"), part("d")];
        if parts.iter().all(|part| part.is_empty()) {
            return Ok(None);
        }
        let day = slip::day(part("era"), parts, &(EARLIEST..=self.today));
        day.map(|day| Some(Value::Date(day))).map_err(|slip| self.slipped(attribute, slip))
    }

    /// What to put right in a date.
    fn slipped(&self, attribute: &Attribute, slip: Slip) -> String {
        let label = self.tongue.label(&attribute.label);
        let say = |key, blanks: &[(&str, String)]| {
            let blanks = blanks.iter().map(|(name, value)| (*name, value.as_str()));
            self.tongue.say_with(key, &std::iter::once(("label", label)).chain(blanks).collect::<Vec<_>>())
        };
        match slip {
            Slip::Unreadable => say("error-date-unreadable", &[]),
            Slip::Month(month) => say("error-date-month", &[("month", month.to_string())]),
            Slip::Day { month, day } => {
                say("error-date-day", &[("month", month.to_string()), ("day", day.to_string())])
            }
            Slip::Leap { year } => say("error-date-leap", &[("year", year.to_string())]),
            Slip::TooEarly => say("error-date-year", &[]),
            Slip::TooLate => say("error-date-future", &[]),
            Slip::Era { name, last } => {
                say("error-date-era", &[("era", name.to_owned()), ("last", last.to_string())])
            }
            Slip::OutsideEra { name } => say("error-date-outside-era", &[("era", name.to_owned())]),
        }
    }

    fn declined(&self, typed: &Typed, account: &Facts, errors: &mut Vec<FieldError>) -> BTreeSet<TopicId> {
        let known = typed.all("declined").filter_map(|id| self.catalogue.topic(id));
        let declined: BTreeSet<TopicId> = known.map(|topic| topic.id.clone()).collect();
        let Some(Value::Choices(wanted)) = account.get(core::TOPICS) else { return declined };
        for topic in self.catalogue.topics().iter().filter(|topic| declined.contains(&topic.id)) {
            if wanted.iter().any(|id| id.as_str() == topic.id.as_str()) {
                let label = self.tongue.label(&topic.label);
                self.wrong(
                    errors,
                    "declined",
                    None,
                    self.tongue.say_with("error-topics-both", &[("topic", label)]),
                );
            }
        }
        declined
    }

    fn about(&self, attribute: &Attribute, key: &str) -> String {
        self.tongue.say_with(key, &[("label", self.tongue.label(&attribute.label))])
    }

    fn wrong(&self, errors: &mut Vec<FieldError>, name: &str, whose: Option<usize>, message: String) {
        let listed = match whose {
            Some(number) => {
                let number = number.to_string();
                self.tongue.say_with("error-member", &[("number", &number), ("message", &message)])
            }
            None => message.clone(),
        };
        errors.push(FieldError { name: name.to_owned(), message, listed });
    }
}

fn key(error: EntryError) -> &'static str {
    match error {
        EntryError::NotADate => "error-date-unreadable",
        EntryError::NotANumber => "error-number",
        EntryError::NotAllowed => "error-not-allowed",
    }
}

/// The attributes a form asks for: of the account, of the friend, or of a member of the family.
pub(super) fn asked_of(catalogue: &Catalogue, subject: Subject, of_friend: bool) -> Vec<&Attribute> {
    let asked = catalogue.of(subject).filter(|attribute| attribute.entered_by.resident());
    let of_family = [core::RELATION, core::CALL_NAME];
    let mut asked: Vec<_> =
        asked.filter(|attribute| !(of_friend && of_family.contains(&attribute.id.as_str()))).collect();
    // Who it is comes first, before the questions about them.
    asked.sort_by_key(|attribute| attribute.id.as_str() != core::RELATION);
    asked
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(body: &str) -> Result<Registration, Vec<FieldError>> {
        let catalogue = Catalogue::builtin();
        let today = Date::constant(2026, 7, 1);
        let check = Check { catalogue: &catalogue, tongue: Tongue::Ja, today, asks_consent: true };
        check.read(&Typed::parse(body))
    }

    const SHORTEST: &str = "version=1&a.language=ja&a.district=imaichi&consent=yes";

    #[test]
    fn the_shortest_registration_is_a_district_a_date_and_a_consent() {
        let read = check(&format!(
            "{SHORTEST}&p0.birth_date.era=昭和&p0.birth_date.y=６１&p0.birth_date.m=4&p0.birth_date.d=1"
        ));
        let read = read.unwrap();
        assert_eq!(read.persons[0].facts.date("birth_date"), Some(Date::constant(1986, 4, 1)));
        assert_eq!(read.consent, Some(Tongue::Ja));
    }

    #[test]
    fn each_wrong_field_gets_its_sentence_in_the_order_of_the_form() {
        let errors = check(
            "a.language=ja&p0.birth_date.y=2026&p0.birth_date.m=7&p0.birth_date.d=2&person=3&p3.relation=child",
        );
        let errors: Vec<_> = errors.unwrap_err().into_iter().map(|error| error.name).collect();
        assert_eq!(errors, ["a.district", "p0.birth_date", "p3.birth_date", "consent"]);
    }

    #[test]
    fn an_added_member_left_empty_is_asked_for_once_at_the_relation() {
        let errors = check(&format!("{SHORTEST}&p0.birth_date.y=1986-04-01&person=1&p1.birth_date.era=昭和"))
            .unwrap_err();
        let names: Vec<_> = errors.iter().map(|error| error.name.as_str()).collect();
        assert_eq!(names, ["p1.relation"]);
        assert!(errors[0].message.contains("「1人目を取り消す」"));
    }

    #[test]
    fn a_wrong_date_says_which_part_is_wrong() {
        for (date, said) in [
            ("p0.birth_date.y=1990-2-30", "2月30日はありません"),
            ("p0.birth_date.y=1990-13-1", "13月はありません"),
            ("p0.birth_date.y=1899-1-1", "1900年から今日まで"),
            ("p0.birth_date.era=昭和&p0.birth_date.y=70-1-1", "昭和は1年から64年まで"),
        ] {
            let errors = check(&format!("{SHORTEST}&{date}")).unwrap_err();
            assert!(errors[0].message.contains(said), "{}", errors[0].message);
        }
    }

    #[test]
    fn a_topic_is_not_both_wanted_and_declined() {
        let errors =
            check(&format!("{SHORTEST}&p0.birth_date.y=19860401&a.topics=gomi&declined=gomi")).unwrap_err();
        assert_eq!(errors[0].name, "declined");
    }
}
