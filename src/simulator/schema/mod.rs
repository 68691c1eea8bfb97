//! LINE's published schema of what may be sent: refuses a body the way LINE would.
//!
//! Works on JSON and knows nothing of Musubi's own message types, so that it catches what those let through. Numbers
//! and names are those of LINE's reference and OpenAPI files as of July 2026. It sends nothing.

mod action;
mod flex;
mod message;
mod template;
mod text;

use serde_json::Value;

use super::wire::{Detail, Refusal};

/// What is wrong with a body so far.
#[derive(Debug, Default)]
struct Findings(Vec<Detail>);

impl Findings {
    fn add(&mut self, property: impl Into<String>, message: impl Into<String>) {
        self.0.push(Detail { message: message.into(), property: property.into() });
    }

    fn refuse(self) -> Result<(), Refusal> {
        if self.0.is_empty() {
            return Ok(());
        }
        let message = format!("The request body has {} error(s)", self.0.len());
        Err(Refusal::details(&message, &self.0))
    }
}

/// Checks the `messages` of a reply, push, multicast or validation, and gives them back.
pub(super) fn messages(body: &Value) -> Result<&[Value], Refusal> {
    let mut findings = Findings::default();
    let list = body["messages"].as_array().map_or(&[] as &[Value], Vec::as_slice);
    if !(1..=5).contains(&list.len()) {
        findings.add("messages", "Size must be between 1 and 5");
    }
    let mut broken_flex = None;
    for (at, one) in list.iter().enumerate() {
        let place = format!("messages[{at}]");
        message::check(one, &place, &mut findings);
        let mut inside = Findings::default();
        flex::check(one, &mut inside);
        if !inside.0.is_empty() {
            broken_flex = broken_flex.or(Some((place, inside)));
        }
    }
    findings.refuse()?;
    match broken_flex {
        None => Ok(list),
        // Flex has its own way of saying it: paths from the container on, and the message named above them.
        Some((place, inside)) => {
            let text = format!("A message ({place}) in the request body is invalid");
            Err(Refusal::details(&text, &inside.0))
        }
    }
}

/// Checks the options beside `messages`: `notificationDisabled` and `customAggregationUnits`.
pub(super) fn options(body: &Value) -> Result<(), Refusal> {
    let mut findings = Findings::default();
    if !matches!(body["notificationDisabled"], Value::Null | Value::Bool(_)) {
        return Err(Refusal::property("notificationDisabled"));
    }
    let units = body["customAggregationUnits"].as_array().map_or(&[] as &[Value], Vec::as_slice);
    if 1 < units.len() {
        findings.add("customAggregationUnits", "Size must be between 0 and 1");
    }
    let fits = |name: &str| {
        (1..=30).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
    };
    if !units.iter().all(|unit| unit.as_str().is_some_and(fits)) {
        findings.add("customAggregationUnits[0]", "Invalid format");
    }
    findings.refuse()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn refused(message: Value) -> String {
        let body = json!({ "messages": [message] });
        messages(&body).err().map(|refusal| refusal.body.to_string()).unwrap_or_default()
    }

    #[test]
    fn text_is_counted_in_utf_16_units() {
        assert_eq!(refused(json!({"type": "text", "text": "😀".repeat(2_500)})), "");
        let long = refused(json!({"type": "text", "text": format!("{}a", "😀".repeat(2_500))}));
        assert!(long.contains("Length must be between 0 and 5000"), "{long}");
        assert!(refused(json!({"type": "text", "text": ""})).contains("May not be empty"));
        assert!(refused(json!({"type": "text"})).contains("messages[0].text"));
    }

    #[test]
    fn labels_are_counted_in_what_a_reader_sees_as_one_character() {
        let with = |label: &str| {
            json!({"type": "text", "text": "a", "quickReply": {"items": [
                {"type": "action", "action": {"type": "message", "label": label, "text": "b"}}]}})
        };
        let family = "\u{1F468}\u{200D}\u{1F469}\u{200D}\u{1F467}";
        assert_eq!(refused(with(&family.repeat(20))), "");
        assert!(refused(with(&"あ".repeat(21))).contains("quickReply.items[0].action.label"));
    }

    #[test]
    fn a_card_is_refused_with_the_path_inside_it() {
        let card = |uri: &str, extra: &str| {
            json!({"type": "flex", "altText": "お知らせ", "contents": {"type": "bubble", "body": {
                "type": "box", "layout": "vertical", extra: "md", "contents": [
                    {"type": "button", "action": {"type": "uri", "label": "開く", "uri": uri}}]}}})
        };
        assert_eq!(refused(card("https://example.jp/a", "spacing")), "");
        let scheme = refused(card("javascript:alert(1)", "spacing"));
        assert!(scheme.contains("A message (messages[0])") && scheme.contains("/body/contents/0/action/uri"));
        assert!(refused(card("https://example.jp/", "spacign")).contains("unknown field"));
    }

    #[test]
    fn unknown_types_and_too_many_messages_are_refused() {
        assert!(refused(json!({"type": "hologram"})).contains("messages[0].type"));
        let six = vec![json!({"type": "text", "text": "a"}); 6];
        let refusal = messages(&json!({ "messages": six })).unwrap_err();
        assert!(refusal.body.to_string().contains("Size must be between 1 and 5"));
        assert!(messages(&json!({})).is_err());
    }
}
