//! The published JSON Schema takes every rule, and refuses whatever the tree can't be read from.
//!
//! A small validator of the words that the schema uses stands in for a library; a word that it doesn't know fails.

use super::*;
use musubi::domain::segment::generate::{case, every_kind, town};
use musubi::domain::segment::json::{from_json, to_json};
use musubi::domain::segment::schema::schema;
use serde_json::{Value, json};

struct Validator {
    root: Value,
}

impl Validator {
    fn takes(&self, value: &Value) -> bool {
        self.fits(&self.root, value)
    }

    fn fits(&self, schema: &Value, value: &Value) -> bool {
        schema.as_object().unwrap().iter().all(|(word, wanted)| match word.as_str() {
            "$schema" | "$defs" | "title" | "description" | "properties" => true,
            "$ref" => self.fits(self.root.pointer(&wanted.as_str().unwrap()[1..]).unwrap(), value),
            "oneOf" => wanted.as_array().unwrap().iter().filter(|one| self.fits(one, value)).count() == 1,
            "const" => wanted == value,
            "enum" => wanted.as_array().unwrap().contains(value),
            "type" => is_a(wanted.as_str().unwrap(), value),
            "minimum" => value.as_i64().is_none_or(|number| wanted.as_i64().unwrap() <= number),
            "maximum" => value.as_i64().is_none_or(|number| number <= wanted.as_i64().unwrap()),
            "minLength" => {
                value.as_str().is_none_or(|text| wanted.as_u64().unwrap() <= text.chars().count() as u64)
            }
            "minItems" => value.as_array().is_none_or(|list| wanted.as_u64().unwrap() <= list.len() as u64),
            "items" => value.as_array().is_none_or(|list| list.iter().all(|one| self.fits(wanted, one))),
            "required" => value.as_object().is_none_or(|object| {
                wanted.as_array().unwrap().iter().all(|name| object.contains_key(name.as_str().unwrap()))
            }),
            // Every object of the schema is closed.
            "additionalProperties" => value.as_object().is_none_or(|object| {
                object.iter().all(|(name, one)| {
                    schema["properties"].get(name).is_some_and(|inner| self.fits(inner, one))
                })
            }),
            "format" => value.as_str().is_none_or(|text| {
                text.len() == 10 && text.parse::<Date>().is_ok_and(|date| date.to_string() == text)
            }),
            "pattern" => value.as_str().is_none_or(|text| matches(wanted.as_str().unwrap(), text)),
            other => panic!("the validator doesn't know {other}"),
        })
    }
}

fn is_a(kind: &str, value: &Value) -> bool {
    match kind {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        "integer" => value.is_i64(),
        other => panic!("{other}"),
    }
}

/// The three patterns of the schema.
fn matches(pattern: &str, text: &str) -> bool {
    match pattern {
        "^共通/" => text.starts_with("共通/"),
        "^[0-9a-f]{8,64}$" => {
            (8..=64).contains(&text.len())
                && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        }
        "^[0-9]{4}年度$" => text
            .strip_suffix("年度")
            .is_some_and(|year| year.len() == 4 && year.bytes().all(|byte| byte.is_ascii_digit())),
        other => panic!("the validator doesn't know {other}"),
    }
}

fn validator(catalogue: &Catalogue) -> Validator {
    Validator { root: schema(catalogue) }
}

#[test]
fn the_published_schema_is_the_one_of_the_shipped_catalogue() {
    let published = include_str!("../../../segments/rule.schema.json");
    let now = serde_json::to_string_pretty(&schema(&Catalogue::builtin())).unwrap() + "\n";
    assert_eq!(published, now, "musubi segment schema > segments/rule.schema.json");
}

#[test]
fn every_generated_rule_fits_the_schema() {
    let catalogue = every_kind();
    let validator = validator(&catalogue);
    let town = town(11, 0, 1, &catalogue);
    for number in 0..400 {
        let segment = case(11, number, town.day, &catalogue).segment;
        assert!(validator.takes(&to_json(&segment)), "{}", to_json(&segment));
    }
}

/// Every place in a document.
fn places(value: &Value, path: &str, found: &mut Vec<String>) {
    found.push(path.to_owned());
    match value {
        Value::Object(object) => {
            object.iter().for_each(|(name, one)| places(one, &format!("{path}/{name}"), found))
        }
        Value::Array(list) => {
            list.iter().enumerate().for_each(|(at, one)| places(one, &format!("{path}/{at}"), found))
        }
        _ => {}
    }
}

/// The document with one place spoilt in every way.
fn spoilt(document: &Value, path: &str) -> Vec<Value> {
    let replaced = |value: Value| {
        let mut other = document.clone();
        *other.pointer_mut(path).unwrap() = value;
        other
    };
    let values = [
        json!(null),
        json!(-1),
        json!(70_000),
        json!(true),
        json!("?"),
        json!([]),
        json!({"x": 1}),
        json!(0),
    ];
    let mut all: Vec<_> = values.into_iter().map(replaced).collect();
    if let Some(Value::Object(object)) = document.pointer(path) {
        let mut more = object.clone();
        more.insert("extra".to_owned(), json!(1));
        all.push(replaced(more.into()));
        for name in object.keys() {
            let mut fewer = object.clone();
            fewer.remove(name);
            all.push(replaced(fewer.into()));
        }
    }
    all
}

#[test]
fn what_the_tree_cannot_be_read_from_the_schema_refuses() {
    let catalogue = every_kind();
    let validator = validator(&catalogue);
    let town = town(12, 0, 1, &catalogue);
    let mut refused = 0;
    for number in 0..40 {
        let document = to_json(&case(12, number, town.day, &catalogue).segment);
        let mut paths = Vec::new();
        places(&document, "", &mut paths);
        for path in paths.iter().step_by(3) {
            for other in spoilt(&document, path) {
                let unreadable =
                    serde_json::from_value::<musubi::domain::segment::Segment>(other.clone()).is_err();
                if unreadable {
                    refused += 1;
                    assert!(!validator.takes(&other), "{path}: {other}");
                }
            }
        }
    }
    assert!(1_000 < refused, "{refused}");
}

#[test]
fn what_the_schema_takes_of_a_shipped_rule_is_read() {
    let catalogue = Catalogue::builtin();
    let segment =
        musubi::domain::segment::text::parse(include_str!("../../../segments/kenshin/koki.seg"), &catalogue)
            .unwrap();
    let json = to_json(&segment);
    assert!(validator(&catalogue).takes(&json));
    assert_eq!(from_json(&json.to_string(), &catalogue), Ok(segment));
}
