//! `openapi.json` is the contract: each route stands in it, and each answer has the shape that it promises.
//!
//! A small reader of the words that the document uses stands in for a library; a word that it doesn't know fails.

use std::collections::BTreeSet;

use axum::http::Method;
use musubi::domain::message::Content;
use musubi::domain::staff::Role;
use musubi::web::api::{Kind, OPENAPI, entries};
use musubi::web::session::Who;
use serde_json::{Value, json};

use crate::support::TestApp;

/// The document.
pub fn document() -> Value {
    serde_json::from_str(OPENAPI).unwrap()
}

/// The operation of an address as it is called, such as `/api/v1/broadcasts/0190…`.
pub fn operation(document: &Value, method: &str, path: &str) -> Option<Value> {
    let fits = |template: &str| {
        let (ours, theirs) = (template.split('/'), path.split('/'));
        ours.clone().count() == theirs.clone().count()
            && ours.zip(theirs).all(|(one, other)| one.starts_with('{') || one == other)
    };
    let paths = document["paths"].as_object().unwrap();
    // An address without a variable part comes before one with.
    let mut found: Vec<_> = paths.iter().filter(|(template, _)| fits(template)).collect();
    found.sort_by_key(|(template, _)| template.matches('{').count());
    found.iter().find_map(|(_, item)| item.get(method.to_lowercase()).cloned())
}

/// Everything in which a value is not what a schema says.
pub fn faults(document: &Value, schema: &Value, value: &Value, at: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (word, wanted) in schema.as_object().unwrap() {
        let holds = match word.as_str() {
            "description" | "maxLength" => true,
            "additionalProperties" => {
                let named = schema["properties"].as_object();
                for (name, one) in value.as_object().into_iter().flatten().filter(|_| wanted.is_object()) {
                    if named.is_none_or(|named| !named.contains_key(name)) {
                        found.extend(faults(document, wanted, one, &format!("{at}/{name}")));
                    }
                }
                true
            }
            "$ref" => {
                let target = document.pointer(&wanted.as_str().unwrap()[1..]).unwrap();
                found.extend(faults(document, target, value, at));
                true
            }
            "anyOf" => {
                let schemas = wanted.as_array().unwrap();
                schemas.iter().any(|one| faults(document, one, value, at).is_empty())
            }
            "enum" => wanted.as_array().unwrap().contains(value),
            "type" => is_a(wanted, value),
            "items" => {
                for (index, one) in value.as_array().into_iter().flatten().enumerate() {
                    found.extend(faults(document, wanted, one, &format!("{at}/{index}")));
                }
                true
            }
            "required" => wanted.as_array().unwrap().iter().all(|name| {
                value.as_object().is_none_or(|object| object.contains_key(name.as_str().unwrap()))
            }),
            "properties" => {
                let closed = schema.get("additionalProperties") == Some(&json!(false));
                for (name, one) in value.as_object().into_iter().flatten() {
                    match wanted.get(name) {
                        Some(inner) => found.extend(faults(document, inner, one, &format!("{at}/{name}"))),
                        None if closed => found.push(format!("{at}/{name} is not in the contract")),
                        None => {}
                    }
                }
                true
            }
            "format" => value.as_str().is_none_or(|text| has_format(wanted.as_str().unwrap(), text)),
            other => panic!("the reader doesn't know {other}"),
        };
        if !holds {
            found.push(format!("{at}: {word} {wanted}, but {value}"));
        }
    }
    found
}

fn is_a(wanted: &Value, value: &Value) -> bool {
    let one = |kind: &str| match kind {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        "integer" => value.is_i64() || value.is_u64(),
        other => panic!("{other}"),
    };
    match wanted {
        Value::String(kind) => one(kind),
        kinds => kinds.as_array().unwrap().iter().any(|kind| one(kind.as_str().unwrap())),
    }
}

fn has_format(format: &str, text: &str) -> bool {
    match format {
        "date-time" => text.ends_with("+09:00") && text.parse::<jiff::Timestamp>().is_ok(),
        "date" => text.len() == 10 && text.parse::<jiff::civil::Date>().is_ok(),
        "uuid" => uuid::Uuid::try_parse(text).is_ok(),
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn every_route_stands_in_the_contract_and_every_operation_has_its_route() {
    let app = TestApp::start().await;
    let document = document();
    let mut written = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        written.extend(
            item.as_object().unwrap().keys().map(|method| format!("{} {path}", method.to_uppercase())),
        );
    }
    let laid: BTreeSet<_> =
        entries(app.app()).iter().map(|entry| format!("{} {}", entry.method, entry.path)).collect();
    assert_eq!(written, laid);
    for entry in entries(app.app()) {
        let said = operation(&document, entry.method.as_str(), entry.path).unwrap();
        assert_eq!(said["security"] == json!([]), entry.who == Who::Anyone, "{entry:?}");
        let named = said["description"].as_str().unwrap_or_default();
        for role in Role::ALL {
            let may = matches!(entry.who, Who::Roles(roles) if roles.contains(&role));
            assert_eq!(named.contains(role.as_str()), may, "{entry:?} {role:?}");
        }
        let keyed = said["parameters"].as_array().into_iter().flatten();
        let keyed = keyed.filter(|one| one["$ref"] == "#/components/parameters/IdempotencyKey").count() == 1;
        assert_eq!(keyed, entry.method != Method::GET, "{entry:?}");
    }
}

#[test]
fn every_reference_leads_somewhere_and_every_operation_has_a_name_of_its_own() {
    let document = document();
    let (mut references, mut names) = (Vec::new(), Vec::new());
    walk(&document, &mut |name, value| match (name, value.as_str()) {
        ("$ref", Some(target)) => references.push(target.to_owned()),
        ("operationId", Some(id)) => names.push(id.to_owned()),
        _ => {}
    });
    for target in references {
        assert!(document.pointer(&target[1..]).is_some(), "{target}");
    }
    let all = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!((all, document["openapi"].as_str()), (names.len(), Some("3.1.0")));
}

fn walk(value: &Value, take: &mut dyn FnMut(&str, &Value)) {
    match value {
        Value::Object(fields) => {
            for (name, inner) in fields {
                take(name, inner);
                walk(inner, take);
            }
        }
        Value::Array(items) => items.iter().for_each(|inner| walk(inner, take)),
        _ => {}
    }
}

#[test]
fn what_is_not_in_the_contract_is_noticed() {
    let document = document();
    let schema = &document["components"]["schemas"]["Worded"];
    assert_eq!(faults(&document, schema, &json!({ "id": "a", "word": "あ" }), ""), Vec::<String>::new());
    for wrong in
        [json!({ "id": 1, "word": "" }), json!({ "id": "" }), json!({ "id": "", "word": "", "x": 1 })]
    {
        assert_eq!(faults(&document, schema, &wrong, "").len(), 1, "{wrong}");
    }
}

#[test]
fn every_kind_of_problem_stands_in_the_manual_once() {
    let manual = include_str!("../../../docs/api.md");
    for kind in Kind::ALL {
        let row = format!("| `{}` | {} |", kind.word(), kind.status().as_u16());
        assert_eq!(manual.matches(&row).count(), 1, "{row}");
    }
    let words: BTreeSet<_> = Kind::ALL.iter().map(|kind| kind.word()).collect();
    assert_eq!(words.len(), Kind::ALL.len());
}

#[test]
fn every_kind_of_content_has_the_shape_that_the_contract_promises() {
    let document = document();
    let schema = json!({ "$ref": "#/components/schemas/Content" });
    let button = |target: Value| json!({ "label": "開く", "target": target });
    let picture = json!({ "id": "a", "alt": "地図", "width": 1040, "height": 700 });
    let card = json!({
        "title": "健診", "text": "受けましょう", "image": picture, "facts": [{ "name": "日時", "text": "7月1日" }],
        "buttons": [button(json!({ "uri": "https://example.jp/" })), button(json!({ "tel": "0853-00-0000" }))],
    });
    let mut part = card.clone();
    part["kind"] = "card".into();
    let replies = [json!({ "liff": "/yoyaku" }), json!({ "deed": "decline_topic" })].map(button);
    let mut image = picture.clone();
    image["kind"] = "image".into();
    let many = json!({
        "variants": { "ja": {
            "parts": [{ "kind": "text", "text": "{期限}まで" }, image, part, { "kind": "cards", "cards": [card] }],
            "quick_replies": replies,
        } },
        "deadline": "2026-12-25", "counts_taps": true,
    });
    let short =
        json!({ "ja": { "kind": "text", "text": "健診" }, "en": { "kind": "text", "text": "Check-up" } });
    for content in [many, short] {
        assert_eq!(Content::try_from(content.clone()).unwrap().to_value(), content);
        assert_eq!(faults(&document, &schema, &content, ""), Vec::<String>::new());
    }
    for wrong in [
        json!({ "ja": { "kind": "text" } }),
        json!({ "ja": { "kind": "text", "text": "健診", "colour": "red" } }),
        json!({ "ja": { "kind": "card", "title": "a", "text": "b", "buttons": [button(json!({ "mail": "a" }))] } }),
    ] {
        assert!(Content::try_from(wrong.clone()).is_err(), "{wrong}");
        assert!(!faults(&document, &schema, &wrong, "").is_empty(), "{wrong}");
    }
}
