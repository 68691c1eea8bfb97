//! Template messages: buttons, confirm, carousel and image carousel.

use serde_json::Value;

use super::Findings;
use super::action::{self, Place};
use super::text::{Unit, address, optional, required};

/// Checks the `template` of a message.
pub(super) fn check(template: &Value, at: &str, findings: &mut Findings) {
    match template["type"].as_str().unwrap_or_default() {
        "buttons" => panel(template, at, [160, 60], 4, findings),
        "confirm" => {
            required(&template["text"], &format!("{at}.text"), 240, Unit::Grapheme, findings);
            actions(template, at, 2, 2, findings);
        }
        "carousel" => columns(template, at, findings, |column, place, findings| {
            panel(column, place, [120, 60], 3, findings);
        }),
        "image_carousel" => columns(template, at, findings, |column, place, findings| {
            address(&column["imageUrl"], &format!("{place}.imageUrl"), 2_000, &["https"], findings);
            action::check(&column["action"], &format!("{place}.action"), '.', Place::Area, findings);
        }),
        _ => findings.add(format!("{at}.type"), "invalid value"),
    }
}

/// A title, a text and buttons; the text may be shorter where a title or picture stands above it.
fn panel(part: &Value, at: &str, [alone, under]: [usize; 2], most: usize, findings: &mut Findings) {
    let covered = !part["title"].is_null() || !part["thumbnailImageUrl"].is_null();
    let max = if covered { under } else { alone };
    required(&part["text"], &format!("{at}.text"), max, Unit::Grapheme, findings);
    optional(&part["title"], &format!("{at}.title"), 40, Unit::Grapheme, findings);
    actions(part, at, 1, most, findings);
}

fn actions(part: &Value, at: &str, least: usize, most: usize, findings: &mut Findings) {
    let list = part["actions"].as_array().map_or(&[] as &[Value], Vec::as_slice);
    if !(least..=most).contains(&list.len()) {
        findings.add(format!("{at}.actions"), format!("Size must be between {least} and {most}"));
    }
    for (number, one) in list.iter().enumerate() {
        action::check(one, &format!("{at}.actions[{number}]"), '.', Place::Template, findings);
    }
}

fn columns(template: &Value, at: &str, findings: &mut Findings, check: impl Fn(&Value, &str, &mut Findings)) {
    let list = template["columns"].as_array().map_or(&[] as &[Value], Vec::as_slice);
    if !(1..=10).contains(&list.len()) {
        findings.add(format!("{at}.columns"), "Size must be between 1 and 10");
    }
    for (number, column) in list.iter().enumerate() {
        check(column, &format!("{at}.columns[{number}]"), findings);
    }
}
