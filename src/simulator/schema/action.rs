//! Action objects: what a button, a quick reply or a part of a card does.

use serde_json::Value;

use super::Findings;
use super::text::{Unit, address, optional, required};

const SCHEMES: [&str; 4] = ["http", "https", "line", "tel"];

/// Where an action stands, which decides about its label.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// A quick reply: label required, at most 20.
    QuickReply,
    /// A template's button: label required, at most 20.
    Template,
    /// A flex button: label required, at most 40.
    FlexButton,
    /// Another part of a card, or the area of an image: label optional, at most 40.
    Area,
}

/// Checks one action at `at`; `sep` is `.` in a message and `/` inside a card.
pub(super) fn check(action: &Value, at: &str, sep: char, place: Place, findings: &mut Findings) {
    let field = |name: &str| format!("{at}{sep}{name}");
    if !action.is_object() {
        findings.add(at, "must be specified");
        return;
    }
    match place {
        Place::Area => optional(&action["label"], &field("label"), 40, Unit::Grapheme, findings),
        Place::FlexButton => required(&action["label"], &field("label"), 40, Unit::Grapheme, findings),
        _ => required(&action["label"], &field("label"), 20, Unit::Grapheme, findings),
    }
    let kind = action["type"].as_str().unwrap_or_default();
    match kind {
        "uri" => address(&action["uri"], &field("uri"), 1_000, &SCHEMES, findings),
        "message" => required(&action["text"], &field("text"), 300, Unit::Grapheme, findings),
        "postback" => postback(action, &field, findings),
        "datetimepicker" => datetime(action, &field, findings),
        "clipboard" => {
            required(&action["clipboardText"], &field("clipboardText"), 1_000, Unit::Utf16, findings);
        }
        "camera" | "cameraRoll" | "location" if place == Place::QuickReply => {}
        _ => findings.add(field("type"), "invalid value"),
    }
}

fn postback(action: &Value, field: &dyn Fn(&str) -> String, findings: &mut Findings) {
    required(&action["data"], &field("data"), 300, Unit::Utf16, findings);
    for name in ["displayText", "text", "fillInText"] {
        optional(&action[name], &field(name), 300, Unit::Grapheme, findings);
    }
    let input = ["closeRichMenu", "openRichMenu", "openKeyboard", "openVoice"];
    if action["inputOption"].as_str().is_some_and(|option| !input.contains(&option)) {
        findings.add(field("inputOption"), "invalid value");
    }
}

fn datetime(action: &Value, field: &dyn Fn(&str) -> String, findings: &mut Findings) {
    required(&action["data"], &field("data"), 300, Unit::Utf16, findings);
    if !matches!(action["mode"].as_str(), Some("date" | "time" | "datetime")) {
        findings.add(field("mode"), "invalid value");
    }
}
