//! The catalogue's attributes as fields of a form: what to ask, in which shape, with what was typed and what is wrong.
//!
//! One template for one field; a city that adds an attribute gets its field without any code. A choice among few is
//! shown whole, because one tap is less than two; among many it is a list.

use askama::Template;

use super::check::{FieldError, asked_of};
use super::typed::{Typed, account, person};
use crate::domain::attribute::{AllowedValue, Attribute, Catalogue, Subject, ValueType, core};
use crate::domain::texts::Tongue;

/// With more values than this a choice becomes a list.
const SHOWN_WHOLE: usize = 6;

const RADIO: &str = "radio";
const CHECKBOX: &str = "checkbox";

/// The name of the field of declined topics.
const DECLINED: &str = "declined";

/// One field of the form.
#[derive(Template)]
#[template(path = "web/resident/field.html")]
pub(super) struct Field {
    tongue: Tongue,
    id: String,
    name: String,
    label: String,
    help: String,
    needed: bool,
    error: Option<String>,
    shape: Shape,
}

/// How a field is filled in.
enum Shape {
    /// One of a few (`radio`), or any number of some (`checkbox`).
    Boxes { input: &'static str, choices: Vec<Choice> },
    /// One of many, grouped by area.
    List(Vec<Group>),
    /// A whole number.
    Number(String),
    /// Year, month, day.
    Date { eras: Vec<Choice>, parts: Vec<DatePart>, is_birthday: bool },
}

/// The year, the month or the day of a date.
struct DatePart {
    /// `y`, `m` or `d`: the end of the field's name.
    end: &'static str,
    /// `year`, `month` or `day`: its class, and the end of its `autocomplete`.
    kind: &'static str,
    label: String,
    value: String,
    /// The most characters it takes; the year's field takes a whole date.
    longest: u8,
}

struct Choice {
    value: String,
    label: String,
    chosen: bool,
}

struct Group {
    label: Option<String>,
    choices: Vec<Choice>,
}

/// One person of the form.
pub(super) struct PersonBlock {
    /// The number in the names of its fields.
    pub number: usize,
    /// What the reader calls it: 1 for the first member of the family.
    pub place: usize,
    /// The stored person's id, empty for a new one.
    pub id: String,
    /// What is asked.
    pub fields: Vec<Field>,
    /// Whether this block was just added, so that reading goes on there.
    pub is_new: bool,
}

/// Makes the fields of one form.
pub(super) struct Fields<'a> {
    pub catalogue: &'a Catalogue,
    pub tongue: Tongue,
    pub typed: &'a Typed,
    pub errors: &'a [FieldError],
}

impl Fields<'_> {
    /// The fields of the account, those of the topics and the language left out.
    pub fn of_account(&self) -> Vec<Field> {
        self.account_fields(|id| id != core::TOPICS && id != core::LANGUAGE)
    }

    /// The topics, those to refuse, and the language: what may be left as it is.
    pub fn of_wishes(&self) -> Vec<Field> {
        let mut fields = self.account_fields(|id| id == core::TOPICS);
        fields.push(self.declined());
        fields.extend(self.account_fields(|id| id == core::LANGUAGE));
        fields
    }

    fn account_fields(&self, keep: impl Fn(&str) -> bool) -> Vec<Field> {
        let asked = asked_of(self.catalogue, Subject::Account, true);
        let asked = asked.into_iter().filter(|attribute| keep(attribute.id.as_str()));
        asked
            .map(|attribute| self.field(attribute, account(attribute.id.as_str()), attribute.required, false))
            .collect()
    }

    /// The blocks of the friend and the family.
    pub fn persons(&self, added: Option<usize>) -> Vec<PersonBlock> {
        let persons = self.typed.persons();
        let blocks = persons.into_iter().enumerate().map(|(place, number)| PersonBlock {
            number,
            place,
            id: self.typed.first(&person(number, "id")).to_owned(),
            fields: self.of_person(number),
            is_new: added == Some(number),
        });
        blocks.collect()
    }

    fn of_person(&self, number: usize) -> Vec<Field> {
        let asked = asked_of(self.catalogue, Subject::Person, number == 0);
        let field = |attribute: &Attribute| {
            let name = person(number, attribute.id.as_str());
            self.field(attribute, name, attribute.required, number == 0)
        };
        asked.into_iter().map(field).collect()
    }

    fn field(&self, attribute: &Attribute, name: String, needed: bool, of_friend: bool) -> Field {
        let shape = match attribute.value_type {
            ValueType::Date => self.date(&name, of_friend && attribute.id.as_str() == core::BIRTH_DATE),
            ValueType::Number => Shape::Number(self.typed.first(&name).to_owned()),
            ValueType::YesNo => Shape::Boxes { input: RADIO, choices: self.yes_no(&name, needed) },
            ValueType::Choices => {
                Shape::Boxes { input: CHECKBOX, choices: self.choices(attribute.values.iter(), &name) }
            }
            ValueType::Choice if attribute.areas.is_empty() && attribute.values.len() <= SHOWN_WHOLE => {
                Shape::Boxes { input: RADIO, choices: self.radios(attribute, &name, needed) }
            }
            ValueType::Choice => Shape::List(self.groups(attribute, &name)),
        };
        Field {
            tongue: self.tongue,
            id: id_of(&name),
            error: self.error(&name),
            label: self.tongue.label(&attribute.label).to_owned(),
            help: self.tongue.label(&attribute.help).to_owned(),
            name,
            needed,
            shape,
        }
    }

    fn declined(&self) -> Field {
        let declined: Vec<&str> = self.typed.all(DECLINED).collect();
        let topics = self.catalogue.topics().iter().map(|topic| Choice {
            value: topic.id.to_string(),
            label: self.tongue.label(&topic.label).to_owned(),
            chosen: declined.contains(&topic.id.as_str()),
        });
        Field {
            tongue: self.tongue,
            id: id_of(DECLINED),
            name: DECLINED.to_owned(),
            label: self.tongue.say("declined-label"),
            help: self.tongue.say("declined-hint"),
            needed: false,
            error: self.error(DECLINED),
            shape: Shape::Boxes { input: CHECKBOX, choices: topics.collect() },
        }
    }

    fn error(&self, name: &str) -> Option<String> {
        self.errors.iter().find(|error| error.name == name).map(|error| error.message.clone())
    }

    fn choices<'b>(&self, values: impl Iterator<Item = &'b AllowedValue>, name: &str) -> Vec<Choice> {
        let typed: Vec<&str> = self.typed.all(name).collect();
        let choice = |value: &AllowedValue| Choice {
            value: value.id.to_string(),
            label: self.tongue.label(&value.label).to_owned(),
            chosen: typed.contains(&value.id.as_str()),
        };
        values.map(choice).collect()
    }

    fn radios(&self, attribute: &Attribute, name: &str, needed: bool) -> Vec<Choice> {
        let mut choices = self.choices(attribute.values.iter(), name);
        let has_no_answer = attribute.value("unanswered").is_some();
        if !needed && !has_no_answer {
            choices.push(self.no_answer(name));
        }
        choices
    }

    fn yes_no(&self, name: &str, needed: bool) -> Vec<Choice> {
        let typed = self.typed.first(name);
        let choice = |value: &str| Choice {
            value: value.to_owned(),
            label: if value == "yes" { self.tongue.say("yes") } else { self.tongue.say("no") },
            chosen: typed == value,
        };
        let mut choices = vec![choice("yes"), choice("no")];
        if !needed {
            choices.push(self.no_answer(name));
        }
        choices
    }

    fn no_answer(&self, name: &str) -> Choice {
        let chosen = self.typed.all(name).any(str::is_empty);
        Choice { value: String::new(), label: self.tongue.say("unset"), chosen }
    }

    fn groups(&self, attribute: &Attribute, name: &str) -> Vec<Group> {
        // In the family's list nobody is the friend.
        let is_family = attribute.id.as_str() == core::RELATION;
        let values =
            || attribute.values.iter().filter(|value| !(is_family && value.id.as_str() == core::SELF));
        let mut groups: Vec<Group> = Vec::new();
        for area in &attribute.areas {
            let inside = values().filter(|value| value.area.as_ref() == Some(&area.id));
            let label = Some(self.tongue.label(&area.label).to_owned());
            groups.push(Group { label, choices: self.choices(inside, name) });
        }
        let outside = self.choices(values().filter(|value| value.area.is_none()), name);
        if !outside.is_empty() {
            groups.push(Group { label: None, choices: outside });
        }
        groups
    }

    fn date(&self, name: &str, is_birthday: bool) -> Shape {
        let part = |part: &str| self.typed.first(&format!("{name}.{part}")).to_owned();
        let chosen = part("era");
        let era = |era: &str| Choice { value: era.to_owned(), label: era.to_owned(), chosen: chosen == era };
        let western = Choice {
            value: String::new(),
            label: self.tongue.say("date-era-western"),
            chosen: chosen.is_empty(),
        };
        let eras = match self.tongue {
            Tongue::Ja | Tongue::JaEasy => {
                std::iter::once(western).chain(["昭和", "平成", "令和", "大正"].map(era)).collect()
            }
            // Who reads in another language counts in the western calendar.
            Tongue::En | Tongue::PtBr => Vec::new(),
        };
        let part = |end, kind, key, longest| DatePart {
            end,
            kind,
            label: self.tongue.say(key),
            value: part(end),
            longest,
        };
        let mut parts = vec![
            part("y", "year", "date-year", 20),
            part("m", "month", "date-month", 4),
            part("d", "day", "date-day", 4),
        ];
        if self.tongue == Tongue::PtBr {
            parts.reverse();
        }
        Shape::Date { eras, parts, is_birthday }
    }
}

impl Field {
    fn t(&self, key: &str) -> String {
        self.tongue.say(key)
    }

    /// The ids of what describes this field.
    fn described_by(&self) -> String {
        let mut ids = Vec::new();
        if !self.help.is_empty() {
            ids.push(format!("{}-help", self.id));
        }
        if self.error.is_some() {
            ids.push(format!("{}-error", self.id));
        }
        ids.join(" ")
    }

    /// Whether few need it, so that it is shown when opened.
    pub fn is_folded(&self) -> bool {
        self.name == DECLINED
    }

    /// Whether something is chosen in it or wrong with it.
    pub fn is_in_use(&self) -> bool {
        let is_chosen = match &self.shape {
            Shape::Boxes { input: CHECKBOX, choices } => choices.iter().any(|choice| choice.chosen),
            _ => false,
        };
        is_chosen || self.is_wrong()
    }

    /// What it is called.
    pub fn label(&self) -> &str {
        &self.label
    }

    fn is_wrong(&self) -> bool {
        self.error.is_some()
    }
}

/// The HTML id of a field: dots would be classes in a selector.
pub(super) fn id_of(name: &str) -> String {
    name.replace('.', "-")
}
