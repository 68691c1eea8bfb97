//! Facts: what is known about one account or one person.
//!
//! Stored as a JSON document. Reading is forgiving in one direction only: what the catalogue doesn't know or allow is
//! left out, so that a rule sees it as unknown.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use super::{Attribute, AttributeId, Catalogue, Subject, ValueId, ValueType};

/// One value of an attribute.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Value {
    /// はい or いいえ.
    YesNo(bool),
    /// A whole number.
    Number(i64),
    /// One allowed value.
    Choice(ValueId),
    /// Any number of allowed values.
    Choices(BTreeSet<ValueId>),
    /// A civil date.
    Date(Date),
}

/// Shows the kind only: values are personal data.
impl fmt::Debug for Value {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::YesNo(_) => "YesNo(…)",
            Self::Number(_) => "Number(…)",
            Self::Choice(_) => "Choice(…)",
            Self::Choices(_) => "Choices(…)",
            Self::Date(_) => "Date(…)",
        })
    }
}

impl Value {
    /// Reads a value of an attribute from JSON; `None` where the catalogue doesn't allow it.
    #[must_use]
    pub fn read(attribute: &Attribute, json: &Json) -> Option<Self> {
        match attribute.value_type {
            ValueType::YesNo => json.as_bool().map(Self::YesNo),
            ValueType::Number => json.as_i64().map(Self::Number),
            ValueType::Choice => read_choice(attribute, json).map(Self::Choice),
            ValueType::Choices => {
                let values: Option<_> =
                    json.as_array()?.iter().map(|one| read_choice(attribute, one)).collect();
                values.map(Self::Choices)
            }
            ValueType::Date => json.as_str()?.parse().ok().map(Self::Date),
        }
    }

    /// The JSON form that [`Value::read`] takes.
    #[must_use]
    pub fn write(&self) -> Json {
        match self {
            Self::YesNo(yes) => Json::Bool(*yes),
            Self::Number(number) => Json::from(*number),
            Self::Choice(id) => Json::String(id.0.clone()),
            Self::Choices(ids) => ids.iter().map(|id| Json::String(id.0.clone())).collect(),
            Self::Date(date) => Json::String(date.to_string()),
        }
    }
}

fn read_choice(attribute: &Attribute, json: &Json) -> Option<ValueId> {
    attribute.value(json.as_str()?).map(|value| value.id.clone())
}

/// What is known about one account or one person; a missing key is unknown.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Facts(BTreeMap<AttributeId, Value>);

impl Facts {
    /// The value of an attribute, if it is known.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Value> {
        self.0.get(id)
    }

    /// The chosen value of a choice, if it is known.
    #[must_use]
    pub fn choice(&self, id: &str) -> Option<&str> {
        match self.get(id) {
            Some(Value::Choice(value)) => Some(value.as_str()),
            _ => None,
        }
    }

    /// The date of a date attribute, if it is known.
    #[must_use]
    pub fn date(&self, id: &str) -> Option<Date> {
        match self.get(id) {
            Some(Value::Date(date)) => Some(*date),
            _ => None,
        }
    }

    /// Sets a value; the caller vouches that the catalogue allows it.
    pub fn set(&mut self, id: impl Into<AttributeId>, value: Value) {
        self.0.insert(id.into(), value);
    }

    /// Forgets a value.
    pub fn remove(&mut self, id: &str) -> Option<Value> {
        self.0.remove(id)
    }

    /// All known values in the order of their ids.
    pub fn iter(&self) -> impl Iterator<Item = (&AttributeId, &Value)> {
        self.0.iter()
    }
}

impl Catalogue {
    /// Reads a stored document; unknown keys, keys of the other subject and values not allowed become missing.
    #[must_use]
    pub fn read_facts(&self, subject: Subject, document: &Json) -> Facts {
        let known = self.of(subject).filter_map(|attribute| {
            let value = Value::read(attribute, document.get(attribute.id.as_str())?)?;
            Some((attribute.id.clone(), value))
        });
        Facts(known.collect())
    }

    /// The document to store; [`Catalogue::read_facts`] reads it back.
    #[must_use]
    pub fn write_facts(&self, facts: &Facts) -> Json {
        let entries = facts.iter().map(|(id, value)| (id.0.clone(), value.write()));
        Json::Object(entries.collect::<Map<_, _>>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_the_catalogue_does_not_allow_is_missing() {
        let catalogue = Catalogue::builtin();
        let document = json!({
            "birth_date": "1986-04-01", "sex": "robot", "insurance": 3, "relation": "self",
            "district": "imaichi", "shoe_size": 27
        });
        let facts = catalogue.read_facts(Subject::Person, &document);
        assert_eq!(catalogue.write_facts(&facts), json!({"birth_date": "1986-04-01", "relation": "self"}));
    }

    #[test]
    fn an_account_document_reads_back() {
        let catalogue = Catalogue::builtin();
        let document = json!({"district": "imaichi", "topics": ["gomi", "kenshin"], "language": "ja"});
        let facts = catalogue.read_facts(Subject::Account, &document);
        assert_eq!(catalogue.write_facts(&facts), document);
        let broken =
            catalogue.read_facts(Subject::Account, &json!({"topics": ["kenshin", "?"], "district": null}));
        assert_eq!(broken, Facts::default());
    }
}
