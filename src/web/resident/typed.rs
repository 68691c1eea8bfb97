//! A form as it was typed: names and texts, nothing understood yet.
//!
//! Kept whole, so that a page can be shown again with every key stroke, whatever was wrong with it. A stored
//! registration is turned into the same shape; the page knows only this one.

use std::collections::BTreeSet;

use crate::domain::attribute::{Attribute, Catalogue, Facts, Subject, TopicId, Value, ValueType, core};
use crate::domain::texts::Tongue;
use crate::flow::register::Stored;

/// The fields of a form in their order; a name may stand more than once.
#[derive(Clone, Default, PartialEq, Eq)]
pub(super) struct Typed(Vec<(String, String)>);

impl Typed {
    /// Reads the body of a form.
    pub fn parse(body: &str) -> Self {
        let pairs = reqwest::Url::parse("form:").map(|mut url| {
            url.set_query(Some(body));
            url.query_pairs().map(|(name, value)| (name.into_owned(), value.into_owned())).collect()
        });
        Self(pairs.unwrap_or_default())
    }

    /// What the form shows to somebody with this registration, or without any.
    pub fn from_stored(catalogue: &Catalogue, tongue: Tongue, stored: Option<&Stored>) -> Self {
        let mut typed = Self::default();
        let Some(stored) = stored else {
            typed.add("version", "1");
            typed.add(&account(core::LANGUAGE), tongue.tag());
            typed.add("person", "0");
            return typed;
        };
        typed.add("version", &stored.account.version.to_string());
        let facts = catalogue.read_facts(Subject::Account, &stored.account.attributes);
        typed.add_facts(catalogue, Subject::Account, &account, &facts);
        if facts.get(core::LANGUAGE).is_none() {
            typed.add(&account(core::LANGUAGE), tongue.tag());
        }
        typed.add_declined(&stored.account.declined());
        for (at, stored) in stored.persons.iter().enumerate() {
            typed.add("person", &at.to_string());
            typed.add(&person(at, "id"), &stored.id.to_string());
            let facts = catalogue.read_facts(Subject::Person, &stored.attributes);
            typed.add_facts(catalogue, Subject::Person, &|id| person(at, id), &facts);
        }
        if stored.persons.is_empty() {
            typed.add("person", "0");
        }
        typed
    }

    fn add_declined(&mut self, declined: &BTreeSet<TopicId>) {
        for topic in declined {
            self.add("declined", topic.as_str());
        }
    }

    fn add_facts(
        &mut self,
        catalogue: &Catalogue,
        of: Subject,
        name: &dyn Fn(&str) -> String,
        facts: &Facts,
    ) {
        for attribute in catalogue.of(of) {
            if let Some(value) = facts.get(attribute.id.as_str()) {
                self.add_value(&name(attribute.id.as_str()), value);
            }
        }
    }

    fn add_value(&mut self, name: &str, value: &Value) {
        match value {
            Value::YesNo(yes) => self.add(name, if *yes { "yes" } else { "no" }),
            Value::Number(number) => self.add(name, &number.to_string()),
            Value::Choice(id) => self.add(name, id.as_str()),
            Value::Choices(ids) => ids.iter().for_each(|id| self.add(name, id.as_str())),
            Value::Date(date) => {
                self.add(&format!("{name}.y"), &date.year().to_string());
                self.add(&format!("{name}.m"), &date.month().to_string());
                self.add(&format!("{name}.d"), &date.day().to_string());
            }
        }
    }

    /// The first text of a field; empty where there is none.
    pub fn first(&self, name: &str) -> &str {
        self.0.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    /// Every text of a field.
    pub fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Gives a field one text.
    pub fn set(&mut self, name: &str, value: &str) {
        self.0.retain(|(known, _)| known != name);
        self.add(name, value);
    }

    fn add(&mut self, name: &str, value: &str) {
        self.0.push((name.to_owned(), value.to_owned()));
    }

    /// The numbers of the persons on the form, the friend's 0 first.
    pub fn persons(&self) -> Vec<usize> {
        let family = self.all("person").filter_map(|number| number.parse().ok());
        let family: BTreeSet<usize> = family.filter(|number| (1..1_000).contains(number)).collect();
        std::iter::once(0).chain(family).collect()
    }

    /// Puts an empty person at the end; answers its number.
    pub fn add_person(&mut self) -> usize {
        let next = self.persons().last().map_or(1, |last| last + 1);
        self.add("person", &next.to_string());
        next
    }

    /// Takes a person out.
    pub fn remove_person(&mut self, number: usize) {
        let (value, prefix) = (number.to_string(), person(number, ""));
        let is_theirs =
            |name: &str, text: &str| name.starts_with(&prefix) || (name == "person" && text == value);
        self.0.retain(|(name, text)| !is_theirs(name, text));
    }

    /// Whether nothing was typed into any of these fields of a person.
    pub fn is_blank(&self, number: usize, attributes: &[&Attribute]) -> bool {
        attributes.iter().all(|attribute| {
            let name = person(number, attribute.id.as_str());
            let parts: &[&str] =
                if attribute.value_type == ValueType::Date { &[".y", ".m", ".d"] } else { &[""] };
            parts.iter().all(|part| self.first(&format!("{name}{part}")).trim().is_empty())
        })
    }
}

/// The name of a field of the account.
pub(super) fn account(id: &str) -> String {
    format!("a.{id}")
}

/// The name of a field of a person.
pub(super) fn person(number: usize, id: &str) -> String {
    format!("p{number}.{id}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn persons_come_and_go_with_all_their_fields() {
        let mut typed =
            Typed::parse("person=0&p0.sex=female&person=1&p1.relation=child&person=12&p12.relation=parent");
        assert_eq!(typed.persons(), [0, 1, 12]);
        typed.remove_person(1);
        assert_eq!((typed.persons(), typed.first("p1.relation")), (vec![0, 12], ""));
        assert_eq!(typed.first("p12.relation"), "parent");
        assert_eq!(typed.add_person(), 13);
    }

    #[test]
    fn what_was_typed_is_kept_as_it_was() {
        let typed = Typed::parse("p0.birth_date.y=%EF%BC%91%EF%BC%99&x=a+b&x=%26");
        assert_eq!(typed.first("p0.birth_date.y"), "１９");
        assert_eq!(typed.all("x").collect::<Vec<_>>(), ["a b", "&"]);
    }
}
