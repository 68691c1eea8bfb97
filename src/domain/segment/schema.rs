//! The JSON Schema (draft 2020-12) of the JSON face, for the rule builder, the API and editors.
//!
//! It stands beside the tree's own reading and is tested against it: what the tree can't be read from, the schema
//! refuses. It also names the ids of a catalogue, so that an editor offers them. What only the text could tell (a line
//! break in a name, a value of another attribute) it doesn't know; [`super::json::from_json`] has the last word.

use serde_json::{Value, json};

use crate::domain::attribute::{Catalogue, core};
use crate::domain::segment::bucket::BUCKETS;

/// The schema of a rule that uses the words of a catalogue.
#[must_use]
pub fn schema(catalogue: &Catalogue) -> Value {
    let mut schema = object(
        &["header", "target"],
        json!({
            "header": {"$ref": "#/$defs/header"},
            "target": {"oneOf": [{"const": "everyone"}, tagged("group", json!({"$ref": "#/$defs/group"}))]},
            "exclusions": list(json!({"$ref": "#/$defs/node"})),
            "examples": list(json!({"$ref": "#/$defs/example"})),
            "preface": {"$ref": "#/$defs/comments"},
            "closing": {"$ref": "#/$defs/comments"},
        }),
    );
    schema["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
    schema["title"] = json!("対象者の条件");
    schema["description"] = json!("segments/*.seg と同じ条件のJSONの形");
    schema["$defs"] = definitions(catalogue);
    schema
}

fn definitions(catalogue: &Catalogue) -> Value {
    let mut all = shapes();
    for part in [conditions(), examples(), ids(catalogue)] {
        if let (Value::Object(all), Value::Object(part)) = (&mut all, part) {
            all.extend(part);
        }
    }
    all
}

/// The head, groups and what stands in them.
fn shapes() -> Value {
    let rules =
        ["group", "relatives", "age", "birth_year", "attribute", "elapsed", "event", "bucket", "shared"];
    let rules: Vec<_> =
        rules.into_iter().map(|name| tagged(name, json!({"$ref": format!("#/$defs/{name}")}))).collect();
    json!({
        "header": object(&["name", "purpose", "owner"], json!({
            "name": {"type": "string", "description": "名前"},
            "purpose": {"type": "string", "description": "目的"},
            "owner": {"type": "string", "description": "所管"},
            "basis": or_null(json!({"type": "string", "description": "根拠"})),
            "expected": or_null(object(&["from", "to"], json!({"from": whole(u32::MAX), "to": whole(u32::MAX)}))),
            "review_by": or_null(json!({"$ref": "#/$defs/date"})),
            "unit": {"enum": ["friend", "each_person", "children", "household"]},
        })),
        "group": object(&["mode", "members"], json!({
            "mode": {"enum": ["all", "any", "none"]},
            "members": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/node"}},
        })),
        "node": object(&["rule"], json!({
            "rule": {"oneOf": rules},
            "above": {"$ref": "#/$defs/comments"},
            "beside": or_null(json!({"type": "string"})),
        })),
        "relatives": object(&["count", "group"], json!({
            "relations": list(json!({"$ref": "#/$defs/relation"})),
            "count": {"oneOf": [
                {"enum": ["someone", "everyone", "nobody"]},
                tagged("at_least", between(2, u8::MAX)),
                tagged("at_most", between(1, u8::MAX)),
            ]},
            "group": {"$ref": "#/$defs/group"},
        })),
        "comments": list(json!({"type": "string"})),
        "date": {"type": "string", "format": "date"},
    })
}

/// The lines that ask one thing.
fn conditions() -> Value {
    let end = || or_null(json!({"type": "integer", "minimum": i64::MIN, "maximum": i64::MAX}));
    let choices = || json!({"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/choice"}});
    let ranges = || list(json!({"$ref": "#/$defs/range"}));
    let parity = || json!({"enum": ["even", "odd"]});
    let parameter = || or_null(json!({"$ref": "#/$defs/parameter"}));
    json!({
        "range": object(&[], json!({"from": end(), "to": end()})),
        "age": object(&["kind"], json!({
            "kind": {"oneOf": [
                {"enum": [
                    "on_day", "fiscal_year_end", "fiscal_year_reached", "fiscal_year_start", "months", "school_year"
                ]},
                tagged("on_date", json!({"$ref": "#/$defs/date"})),
            ]},
            "ranges": ranges(), "parameter": parameter(), "parity": or_null(parity()),
        })),
        "birth_year": object(&["calendar", "parity"], json!({
            "calendar": {"enum": ["western", "japanese"]}, "parity": parity(),
        })),
        "elapsed": object(&["attribute", "direction", "unit"], json!({
            "attribute": {"$ref": "#/$defs/attribute_id"},
            "direction": {"enum": ["since", "until"]},
            "unit": {"enum": ["days", "weeks", "months", "years"]},
            "ranges": ranges(), "parameter": parameter(),
        })),
        "attribute": object(&["attribute", "test"], json!({
            "attribute": {"$ref": "#/$defs/attribute_id"},
            "test": {"oneOf": [
                {"const": "missing"},
                tagged("any_of", choices()), tagged("all_of", choices()), tagged("none_of", choices()),
                tagged("number", ranges()), tagged("yes_no", json!({"type": "boolean"})),
                tagged("date", object(&[], json!({
                    "from": or_null(json!({"$ref": "#/$defs/date"})), "to": or_null(json!({"$ref": "#/$defs/date"})),
                }))),
            ]},
        })),
        "choice": {"oneOf": [tagged("value", json!({"type": "string"})), tagged("area", json!({"type": "string"}))]},
        "event": object(&["kind", "subject", "window", "times"], json!({
            "kind": {"$ref": "#/$defs/event_kind"},
            "subject": {"type": "string", "description": "受診と予約では健(検)診のid、配信とタップではシリーズの名前"},
            "window": {"oneOf": [
                {"enum": ["this_fiscal_year", "last_fiscal_year", "ever"]},
                tagged("past_fiscal_years", between(1, u8::MAX)), tagged("within_days", whole(u16::MAX)),
            ]},
            "times": {"oneOf": [
                tagged("at_least", between(1, u16::MAX)), tagged("at_most", whole(u16::MAX)),
                tagged("exactly", between(1, u16::MAX)),
            ]},
        })),
        "event_kind": {"enum": ["attended", "booked", "sent", "tapped"]},
        "bucket": object(&["from", "to", "salt"], json!({
            "from": whole(BUCKETS - 1), "to": whole(BUCKETS - 1), "salt": {"type": "string", "minLength": 1},
        })),
        "shared": object(&["path"], json!({
            "path": {"type": "string", "pattern": "^共通/"},
            "hash": or_null(json!({"type": "string", "pattern": "^[0-9a-f]{8,64}$"})),
        })),
    })
}

/// The rows under 例.
fn examples() -> Value {
    let value = |name, what| tagged(name, what);
    json!({
        "example": object(&["expect", "as_of"], json!({
            "expect": {"enum": ["target", "not_target", "excluded", "unknown"]},
            "as_of": {"$ref": "#/$defs/date"},
            "facts": list(json!({"$ref": "#/$defs/fact"})),
            "family": list(object(&[], json!({
                "facts": list(json!({"$ref": "#/$defs/fact"})), "events": list(json!({"$ref": "#/$defs/past_event"})),
            }))),
            "events": list(json!({"$ref": "#/$defs/past_event"})),
            "lot": or_null(whole(BUCKETS - 1)),
            "above": {"$ref": "#/$defs/comments"},
            "beside": or_null(json!({"type": "string"})),
        })),
        "fact": object(&["attribute", "value"], json!({
            "attribute": {"$ref": "#/$defs/attribute_id"},
            "value": {"oneOf": [
                value("yes_no", json!({"type": "boolean"})),
                value("number", json!({"type": "integer", "minimum": i64::MIN, "maximum": i64::MAX})),
                value("choice", json!({"type": "string"})),
                value("choices", list(json!({"type": "string"}))),
                value("date", json!({"$ref": "#/$defs/date"})),
            ]},
        })),
        "past_event": object(&["kind", "subject"], json!({
            "kind": {"$ref": "#/$defs/event_kind"},
            "subject": {"type": "string"},
            "on": or_null(json!({
                "description": "日付か年度。ないときは、記録そのものが不明",
                "oneOf": [{"$ref": "#/$defs/date"}, {"type": "string", "pattern": "^[0-9]{4}年度$"}],
            })),
        })),
    })
}

/// The ids of the catalogue.
fn ids(catalogue: &Catalogue) -> Value {
    let attributes: Vec<_> = catalogue.attributes().iter().map(|one| one.id.as_str()).collect();
    let parameters: Vec<_> = catalogue.parameters().iter().map(|one| one.id.as_str()).collect();
    let relation = catalogue.attribute(core::RELATION).map(|relation| &relation.values[..]);
    let relations: Vec<_> = relation.unwrap_or_default().iter().map(|one| one.id.as_str()).collect();
    json!({
        "attribute_id": {"enum": attributes},
        "parameter": {"enum": parameters},
        "relation": {"enum": relations},
    })
}

fn object(required: &[&str], properties: Value) -> Value {
    json!({"type": "object", "additionalProperties": false, "required": required, "properties": properties})
}

/// `{"name": …}` and nothing else.
fn tagged(name: &str, what: Value) -> Value {
    let mut properties = serde_json::Map::new();
    properties.insert(name.to_owned(), what);
    object(&[name], Value::Object(properties))
}

fn list(items: Value) -> Value {
    json!({"type": "array", "items": items})
}

fn or_null(what: Value) -> Value {
    json!({"oneOf": [{"type": "null"}, what]})
}

fn whole(most: impl Into<u32>) -> Value {
    json!({"type": "integer", "minimum": 0, "maximum": most.into()})
}

fn between(least: u32, most: impl Into<u32>) -> Value {
    json!({"type": "integer", "minimum": least, "maximum": most.into()})
}
