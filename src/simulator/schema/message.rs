//! Message objects outside cards: their kinds, required properties and lengths.

use serde_json::Value;

use super::action::{self, Place};
use super::text::{Unit, address, optional, picture, required};
use super::{Findings, template};

/// Checks one message at `at` (`messages[0]`), all but the inside of a card.
pub(super) fn check(message: &Value, at: &str, findings: &mut Findings) {
    let field = |name: &str| format!("{at}.{name}");
    let kind = message["type"].as_str().unwrap_or_default();
    match kind {
        "text" | "textV2" => {
            required(&message["text"], &field("text"), 5_000, Unit::Utf16, findings);
        }
        "flex" | "template" | "imagemap" => {
            required(&message["altText"], &field("altText"), 1_500, Unit::Utf16, findings);
        }
        "sticker" => all(message, at, &["packageId", "stickerId"], 100, findings),
        "image" | "video" => media(message, at, &["originalContentUrl", "previewImageUrl"], findings),
        "audio" => media(message, at, &["originalContentUrl"], findings),
        "location" => all(message, at, &["title", "address"], 100, findings),
        "coupon" => all(message, at, &["couponId"], 1_000, findings),
        "" => findings.add(field("type"), "must be specified"),
        _ => findings.add(field("type"), "invalid value"),
    }
    rest(message, kind, at, findings);
    sender(&message["sender"], &field("sender"), findings);
    quick_reply(&message["quickReply"], &field("quickReply"), findings);
}

fn rest(message: &Value, kind: &str, at: &str, findings: &mut Findings) {
    let number = |name: &str| message[name].is_number();
    match kind {
        "template" => template::check(&message["template"], &format!("{at}.template"), findings),
        "flex" if !message["contents"].is_object() => {
            findings.add(format!("{at}.contents"), "must be specified");
        }
        "imagemap" => media(message, at, &["baseUrl"], findings),
        "location" if !number("latitude") || !number("longitude") => {
            findings.add(format!("{at}.latitude"), "must be specified");
        }
        "audio" if !number("duration") => findings.add(format!("{at}.duration"), "must be specified"),
        _ => {}
    }
}

fn all(message: &Value, at: &str, names: &[&str], max: usize, findings: &mut Findings) {
    for name in names {
        required(&message[*name], &format!("{at}.{name}"), max, Unit::Utf16, findings);
    }
}

fn media(message: &Value, at: &str, names: &[&str], findings: &mut Findings) {
    for name in names {
        picture(&message[*name], &format!("{at}.{name}"), findings);
    }
}

fn sender(sender: &Value, at: &str, findings: &mut Findings) {
    optional(&sender["name"], &format!("{at}.name"), 20, Unit::Utf16, findings);
    if !sender["iconUrl"].is_null() {
        address(&sender["iconUrl"], &format!("{at}.iconUrl"), 2_000, &["https"], findings);
    }
}

fn quick_reply(reply: &Value, at: &str, findings: &mut Findings) {
    if reply.is_null() {
        return;
    }
    let items = reply["items"].as_array().map_or(&[] as &[Value], Vec::as_slice);
    if !(1..=13).contains(&items.len()) {
        findings.add(format!("{at}.items"), "Size must be between 1 and 13");
    }
    for (number, item) in items.iter().enumerate() {
        let place = format!("{at}.items[{number}]");
        if item["type"] != "action" {
            findings.add(format!("{place}.type"), "invalid value");
        }
        if !item["imageUrl"].is_null() {
            address(&item["imageUrl"], &format!("{place}.imageUrl"), 2_000, &["https"], findings);
        }
        action::check(&item["action"], &format!("{place}.action"), '.', Place::QuickReply, findings);
    }
}
