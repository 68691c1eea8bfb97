//! Looks whether a value is what a schema of LINE's OpenAPI files describes, to its last leaf.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

/// What is wrong, each with the place where it stands.
pub type Faults = Vec<String>;

/// The schemas of one file, to which its `$ref`s point.
#[derive(Clone, Copy)]
pub struct Schemas<'a>(pub &'a Value);

impl<'a> Schemas<'a> {
    fn resolve(self, schema: &'a Value) -> &'a Value {
        match schema["$ref"].as_str() {
            Some(path) => {
                let target = self.0.pointer(path.trim_start_matches('#'));
                self.resolve(target.unwrap_or_else(|| panic!("{path} is not published")))
            }
            None => schema,
        }
    }

    /// What is wrong with a value.
    pub fn faults(self, value: &Value, schema: &'a Value) -> Faults {
        let mut faults = Faults::new();
        self.check(value, schema, "", &mut faults);
        faults
    }

    fn check(self, value: &Value, schema: &'a Value, place: &str, faults: &mut Faults) {
        let schema = self.of_its_kind(value, self.resolve(schema));
        if value.is_null() && schema["nullable"] == true {
            return;
        }
        if let Some(choices) = schema["oneOf"].as_array().or_else(|| schema["anyOf"].as_array()) {
            let fits = |choice| self.faults(value, choice).is_empty();
            if !choices.iter().any(fits) {
                faults.push(format!("{place}: {value} is none of what it may be"));
            }
            return;
        }
        let mut wrong = |what: String| faults.push(format!("{place}: {what}"));
        let kind = schema["type"].as_str();
        let is_object =
            kind == Some("object") || !schema["properties"].is_null() || !schema["allOf"].is_null();
        match value {
            Value::Object(map) if is_object => self.object(map, schema, place, faults),
            Value::Array(items) if kind == Some("array") => {
                within(items.len(), schema, ["minItems", "maxItems"], &mut wrong);
                for (at, item) in items.iter().enumerate() {
                    self.check(item, &schema["items"], &format!("{place}/{at}"), faults);
                }
            }
            Value::String(text) if kind == Some("string") => string(text, schema, &mut wrong),
            Value::Number(number) if matches!(kind, Some("integer" | "number")) => {
                match number.as_u64().and_then(|number| usize::try_from(number).ok()) {
                    Some(number) => within(number, schema, ["minimum", "maximum"], &mut wrong),
                    None => wrong(format!("{value} is no whole number from 0 on")),
                }
            }
            Value::Bool(_) if kind == Some("boolean") => {}
            _ => wrong(format!("{value} is not of the type {kind:?}")),
        }
    }

    /// The schema that a value names by its `type`, where there are several.
    fn of_its_kind(self, value: &Value, schema: &'a Value) -> &'a Value {
        let discriminator = &schema["discriminator"];
        let Some(property) = discriminator["propertyName"].as_str() else { return schema };
        let named = value[property].as_str().and_then(|kind| discriminator["mapping"][kind].as_str());
        let target = named.and_then(|path| self.0.pointer(path.trim_start_matches('#')));
        target.unwrap_or(schema)
    }

    fn object(self, map: &Map<String, Value>, schema: &'a Value, place: &str, faults: &mut Faults) {
        let mut shape = Shape::default();
        self.gather(schema, &mut shape);
        for name in shape.required.iter().filter(|name| !map.contains_key(**name)) {
            faults.push(format!("{place}: {name} is missing"));
        }
        let is_free = shape.properties.is_empty() || shape.takes_more;
        for (name, value) in map {
            let place = format!("{place}/{name}");
            match shape.properties.iter().find(|(known, _)| *known == name) {
                Some((_, schema)) => self.check(value, schema, &place, faults),
                None if is_free => {}
                None => faults.push(format!("{place}: LINE does not know it")),
            }
        }
    }

    /// Everything that an object and what it is made of describe.
    fn gather(self, schema: &'a Value, shape: &mut Shape<'a>) {
        let schema = self.resolve(schema);
        let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
        shape.required.extend(required);
        shape.takes_more |= !schema["additionalProperties"].is_null();
        shape.properties.extend(schema["properties"].as_object().into_iter().flatten());
        for part in schema["allOf"].as_array().into_iter().flatten() {
            self.gather(part, shape);
        }
    }
}

#[derive(Default)]
struct Shape<'a> {
    required: BTreeSet<&'a str>,
    properties: Vec<(&'a String, &'a Value)>,
    takes_more: bool,
}

fn within(number: usize, schema: &Value, [least, most]: [&str; 2], wrong: &mut impl FnMut(String)) {
    let limit = |name: &str| schema[name].as_u64().and_then(|limit| usize::try_from(limit).ok());
    if limit(least).is_some_and(|limit| number < limit) || limit(most).is_some_and(|limit| limit < number) {
        wrong(format!("{number} is not within {} and {}", schema[least], schema[most]));
    }
}

fn string(text: &str, schema: &Value, wrong: &mut impl FnMut(String)) {
    within(text.chars().count(), schema, ["minLength", "maxLength"], wrong);
    let choices = schema["enum"].as_array();
    if choices.is_some_and(|choices| !choices.iter().any(|choice| choice.as_str() == Some(text))) {
        wrong(format!("{text:?} is none of {}", schema["enum"]));
    }
    if schema["format"] == "uuid" && uuid::Uuid::try_parse(text).is_err() {
        wrong(format!("{text:?} is no UUID"));
    }
    if schema["pattern"].as_str().is_some_and(|pattern| !matches(text, pattern)) {
        wrong(format!("{text:?} does not match {}", schema["pattern"]));
    }
}

/// The patterns in LINE's files are one class of ASCII letters each; how many there may be, the lengths say, too.
fn matches(text: &str, pattern: &str) -> bool {
    let Some((class, _)) = pattern.strip_prefix("^[").and_then(|rest| rest.split_once(']')) else {
        return true;
    };
    let signs: Vec<char> = class.chars().collect();
    let allowed = |letter: char| {
        let in_range = signs.windows(3).any(|part| part[1] == '-' && (part[0]..=part[2]).contains(&letter));
        in_range || (letter != '-' && signs.contains(&letter))
    };
    text.chars().all(allowed)
}

#[test]
fn a_value_is_looked_at_to_its_last_leaf() {
    let file = json!({
        "Message": {
            "required": ["type"],
            "type": "object",
            "properties": { "type": { "type": "string" } },
            "discriminator": { "propertyName": "type", "mapping": { "text": "#/Text" } },
        },
        "Text": {
            "required": ["text"],
            "allOf": [
                { "$ref": "#/Message" },
                { "properties": { "text": { "type": "string", "maxLength": 3 } } },
            ],
        },
        "List": { "type": "array", "maxItems": 2, "items": { "$ref": "#/Message" } },
        "Name": { "type": "string", "pattern": "^[a-z_]{1,30}$" },
    });
    let faults = |name: &str, value: Value| Schemas(&file).faults(&value, &file[name]);
    let json = |text: &str| serde_json::from_str::<Value>(text).unwrap();
    assert_eq!(faults("List", json(r#"[{"type":"text","text":"abc"}]"#)), Faults::new());
    for wrong in [
        r#"[{"type":"text","text":"abcd"}]"#,
        r#"[{"type":"text"}]"#,
        r#"[{"type":"text","text":"a","extra":1}]"#,
        r#"[{"text":"a"}]"#,
        r#"[{"type":"text","text":7}]"#,
        r#"[1,2,3]"#,
        r#"{}"#,
    ] {
        assert!(!faults("List", json(wrong)).is_empty(), "{wrong}");
    }
    assert!(faults("Name", json("\"a_b\"")).is_empty() && !faults("Name", json("\"a-b\"")).is_empty());
}
