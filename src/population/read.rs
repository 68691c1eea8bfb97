//! Stored households and their documents, read straight into cells.
//!
//! As [`crate::domain::attribute::Catalogue::read_facts`] reads them (a test compares the two), without a value of its
//! own for each fact in between: everybody is read at the start, and a million people have millions of facts.

use std::collections::{BTreeSet, HashMap};
use std::fmt;

use jiff::civil::Date;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::column::{Cell, day_number};
use super::write::PersonCells;
use crate::db;
use crate::domain::attribute::{Catalogue, Subject, TopicId, ValueType, core};
use crate::domain::household::Standing;
use crate::store::population::HouseholdText;

/// Reads households.
pub(super) struct Households {
    accounts: Reader,
    persons: Reader,
}

/// The cells of a household that was read.
pub(super) struct HouseholdCells<'a> {
    pub(super) standing: Standing,
    pub(super) declined: BTreeSet<TopicId>,
    pub(super) account: Vec<Cell>,
    pub(super) persons: Vec<PersonCells<'a>>,
}

impl Households {
    pub(super) fn new(catalogue: &Catalogue) -> Self {
        let of = |subject| Reader::new(catalogue, subject);
        Self { accounts: of(Subject::Account), persons: of(Subject::Person) }
    }

    /// A text that is not what the statement makes was written by nobody of ours.
    pub(super) fn read<'a>(&self, row: &HouseholdText<'a>) -> db::Result<HouseholdCells<'a>> {
        let corrupt = |why: &dyn fmt::Display| db::Error::Corrupt(format!("account {}: {why}", row.id));
        let json = |error: serde_json::Error| corrupt(&error);
        let persons = row.persons().ok_or_else(|| corrupt(&"its persons"))?;
        let persons = persons.into_iter().map(|person| {
            let cells = self.persons.read(person.attributes).map_err(json)?;
            let is_self = self.persons.is_self(&cells);
            let events = person.events().collect();
            Ok(PersonCells { cells, is_self, standing: person.standing, events })
        });
        Ok(HouseholdCells {
            standing: row.standing(),
            declined: match row.declined_topics {
                "[]" => BTreeSet::new(),
                topics => serde_json::from_str(topics).map_err(json)?,
            },
            account: self.accounts.read(row.attributes).map_err(json)?,
            persons: persons.collect::<db::Result<_>>()?,
        })
    }
}

/// Reads the documents of one subject.
pub(super) struct Reader {
    attributes: Vec<Known>,
    /// Where 続柄 stands, and the place of 本人 in it.
    friend: Option<(usize, Cell)>,
}

struct Known {
    id: String,
    value_type: ValueType,
    places: HashMap<String, usize>,
}

impl Known {
    fn fact(&self) -> Fact<'_> {
        Fact { value_type: self.value_type, places: &self.places }
    }
}

impl Reader {
    pub(super) fn new(catalogue: &Catalogue, subject: Subject) -> Self {
        let attributes = catalogue.of(subject).map(|attribute| Known {
            id: attribute.id.0.clone(),
            value_type: attribute.value_type,
            places: attribute.values.iter().enumerate().map(|(at, value)| (value.id.0.clone(), at)).collect(),
        });
        let attributes: Vec<_> = attributes.collect();
        let relation = attributes.iter().position(|known| known.id == core::RELATION);
        let friend = relation.and_then(|at| Some((at, Cell::Place(*attributes[at].places.get(core::SELF)?))));
        Self { attributes, friend }
    }

    /// The cells of a document in the catalogue's order.
    pub(super) fn read(&self, document: &str) -> serde_json::Result<Vec<Cell>> {
        let mut cells = vec![Cell::Unknown; self.attributes.len()];
        let mut json = serde_json::Deserializer::from_str(document);
        Document { reader: self, cells: &mut cells }.deserialize(&mut json)?;
        json.end()?;
        Ok(cells)
    }

    /// Whether these are the cells of the friend.
    pub(super) fn is_self(&self, cells: &[Cell]) -> bool {
        self.friend.as_ref().is_some_and(|(at, own)| cells[*at] == *own)
    }
}

struct Document<'a> {
    reader: &'a Reader,
    cells: &'a mut [Cell],
}

impl<'de> DeserializeSeed<'de> for Document<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_any(self)
    }
}

/// A document that is no object holds no facts.
impl<'de> Visitor<'de> for Document<'_> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a document of facts")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(at) = map.next_key_seed(Key(&self.reader.attributes))? {
            match at {
                Some(at) => self.cells[at] = map.next_value_seed(self.reader.attributes[at].fact())?,
                None => _ = map.next_value::<IgnoredAny>()?,
            }
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(())
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<(), E> {
        Ok(())
    }
}

/// The place of the attribute that a key names.
struct Key<'a>(&'a [Known]);

impl<'de> DeserializeSeed<'de> for Key<'_> {
    type Value = Option<usize>;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Self::Value, D::Error> {
        from.deserialize_str(self)
    }
}

impl Visitor<'_> for Key<'_> {
    type Value = Option<usize>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("the id of an attribute")
    }

    fn visit_str<E: Error>(self, key: &str) -> Result<Self::Value, E> {
        Ok(self.0.iter().position(|known| known.id == key))
    }
}

/// One fact; what the catalogue doesn't allow is unknown.
#[derive(Clone, Copy)]
struct Fact<'a> {
    value_type: ValueType,
    places: &'a HashMap<String, usize>,
}

impl<'de> DeserializeSeed<'de> for Fact<'_> {
    type Value = Cell;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Cell, D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Fact<'_> {
    type Value = Cell;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a fact")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Cell, E> {
        Ok(match self.value_type {
            ValueType::Choice => self.places.get(text).map_or(Cell::Unknown, |place| Cell::Place(*place)),
            ValueType::Date => date(text).map_or(Cell::Unknown, |date| Cell::Day(day_number(date))),
            ValueType::Choices | ValueType::Number | ValueType::YesNo => Cell::Unknown,
        })
    }

    fn visit_bool<E: Error>(self, yes: bool) -> Result<Cell, E> {
        let wanted = self.value_type == ValueType::YesNo;
        Ok(if wanted { Cell::Place(usize::from(yes)) } else { Cell::Unknown })
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Cell, E> {
        let wanted = self.value_type == ValueType::Number;
        Ok(if wanted { Cell::Number(number) } else { Cell::Unknown })
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Cell, E> {
        i64::try_from(number).map_or(Ok(Cell::Unknown), |number| self.visit_i64(number))
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Cell, E> {
        Ok(Cell::Unknown)
    }

    fn visit_unit<E: Error>(self) -> Result<Cell, E> {
        Ok(Cell::Unknown)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Cell, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Cell::Unknown)
    }

    /// A value that isn't allowed makes the whole set unknown.
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Cell, A::Error> {
        let (mut places, mut sound) = (Vec::new(), self.value_type == ValueType::Choices);
        let one = Fact { value_type: ValueType::Choice, places: self.places };
        while let Some(cell) = seq.next_element_seed(one)? {
            match cell {
                Cell::Place(place) => places.push(place),
                _ => sound = false,
            }
        }
        Ok(if sound { Cell::Places(places) } else { Cell::Unknown })
    }
}

/// As dates are stored; jiff decides about anything else.
fn date(text: &str) -> Option<Date> {
    let digit =
        |at: usize| text.as_bytes().get(at).filter(|byte| byte.is_ascii_digit()).map(|byte| byte - b'0');
    let two = |at: usize| Some(i8::try_from(digit(at)? * 10 + digit(at + 1)?).unwrap_or(0));
    let plain = || {
        let year = i16::from(two(0)?) * 100 + i16::from(two(2)?);
        let is_plain = text.len() == 10 && text.as_bytes()[4] == b'-' && text.as_bytes()[7] == b'-';
        is_plain.then(|| Date::new(year, two(5)?, two(8)?).ok())?
    };
    plain().or_else(|| text.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn documents_are_read_as_the_catalogue_reads_them() {
        let catalogue = Catalogue::builtin();
        let documents = [
            json!({}),
            json!([1, {"a": []}]),
            json!(null),
            json!("district"),
            json!({"district": "imaichi", "topics": ["gomi", "kenshin"], "language": "ja"}),
            json!({"district": "nowhere", "topics": ["gomi", "?"], "language": ["ja"]}),
            json!({"topics": "gomi", "district": {"a": 1}}),
            json!({"topics": ["gomi", 3]}),
            json!({"topics": []}),
            json!({"birth_date": "1986-04-01", "sex": "female", "insurance": 3, "relation": "self", "x": [1]}),
            json!({"birth_date": "1986-02-30", "sex": true, "insurance": null}),
            json!({"birth_date": "19860401", "relation": "child"}),
            json!({"birth_date": ["1986-04-01"], "relation": 1.5}),
        ];
        for subject in [Subject::Account, Subject::Person] {
            let reader = Reader::new(&catalogue, subject);
            for document in &documents {
                let facts = catalogue.read_facts(subject, document);
                let told: Vec<_> = catalogue
                    .of(subject)
                    .map(|attribute| Cell::of(attribute, facts.get(attribute.id.as_str())))
                    .collect();
                let mut read = reader.read(&document.to_string()).unwrap();
                for cell in &mut read {
                    if let Cell::Places(places) = cell {
                        places.sort_unstable();
                    }
                }
                let sorted = told.into_iter().map(|cell| match cell {
                    Cell::Places(mut places) => {
                        places.sort_unstable();
                        Cell::Places(places)
                    }
                    cell => cell,
                });
                assert_eq!(read, sorted.collect::<Vec<_>>(), "{document}");
                assert_eq!(reader.is_self(&read), facts.choice(core::RELATION) == Some(core::SELF));
            }
            assert!(reader.read("{\"a\": ").is_err());
        }
    }
}
