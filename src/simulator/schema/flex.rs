//! The inside of a flex message: containers, components, their properties and sizes.
//!
//! LINE refuses a property it does not know inside a card, so a typing error does not pass here either.

use serde_json::Value;

use super::Findings;
use super::action::{self, Place};
use super::text::picture as picture_address;

const BUBBLE: &str = "type direction styles header hero body footer size action";
const BOX: &str = "type layout flex contents spacing margin position offsetTop offsetBottom offsetStart offsetEnd \
                   backgroundColor borderColor borderWidth cornerRadius width maxWidth height maxHeight paddingAll \
                   paddingTop paddingBottom paddingStart paddingEnd action justifyContent alignItems background";
const TEXT: &str = "type text flex size align gravity color weight style decoration wrap lineSpacing margin \
                    position offsetTop offsetBottom offsetStart offsetEnd action maxLines contents adjustMode \
                    scaling";
const BUTTON: &str = "type action flex color style gravity margin position offsetTop offsetBottom offsetStart \
                      offsetEnd height adjustMode scaling";
const IMAGE: &str = "type url flex margin position offsetTop offsetBottom offsetStart offsetEnd align gravity size \
                     aspectRatio aspectMode backgroundColor action animated";
const ICON: &str =
    "type url margin position offsetTop offsetBottom offsetStart offsetEnd size scaling aspectRatio";

/// Checks the card of a flex message; does nothing for other messages.
pub(super) fn check(message: &Value, findings: &mut Findings) {
    if message["type"] != "flex" || !message["contents"].is_object() {
        return;
    }
    let contents = &message["contents"];
    match contents["type"].as_str() {
        Some("bubble") => bubble(contents, "", findings),
        Some("carousel") => carousel(contents, findings),
        _ => findings.add("/type", "invalid value"),
    }
}

fn carousel(carousel: &Value, findings: &mut Findings) {
    let bubbles = carousel["contents"].as_array().map_or(&[] as &[Value], Vec::as_slice);
    if !(1..=12).contains(&bubbles.len()) {
        findings.add("/contents", "Size must be between 1 and 12");
    }
    if 50 * 1024 < carousel.to_string().len() {
        findings.add("/", "must be smaller than 50 KB");
    }
    for (number, one) in bubbles.iter().enumerate() {
        bubble(one, &format!("/contents/{number}"), findings);
    }
}

fn bubble(bubble: &Value, at: &str, findings: &mut Findings) {
    known(bubble, at, BUBBLE, findings);
    if 30 * 1024 < bubble.to_string().len() {
        findings.add(format!("{at}/"), "must be smaller than 30 KB");
    }
    let sizes = ["nano", "micro", "deca", "hecto", "kilo", "mega", "giga"];
    if bubble["size"].as_str().is_some_and(|size| !sizes.contains(&size)) {
        findings.add(format!("{at}/size"), "invalid value");
    }
    let blocks = ["header", "hero", "body", "footer"].into_iter().filter(|block| !bubble[*block].is_null());
    let mut count = 0;
    for block in blocks {
        count += 1;
        let place = format!("{at}/{block}");
        if block != "hero" && bubble[block]["type"] != "box" {
            findings.add(&place, "must be a box");
        }
        component(&bubble[block], &place, findings);
    }
    if count == 0 {
        findings.add(format!("{at}/"), "At least one block must be specified");
    }
}

fn component(part: &Value, at: &str, findings: &mut Findings) {
    match part["type"].as_str().unwrap_or_default() {
        "box" => layout(part, at, findings),
        "text" | "span" => text(part, at, findings),
        "button" => {
            known(part, at, BUTTON, findings);
            action::check(&part["action"], &format!("{at}/action"), '/', Place::FlexButton, findings);
            return;
        }
        "image" => picture(part, at, IMAGE, findings),
        "icon" => picture(part, at, ICON, findings),
        "separator" => known(part, at, "type margin color", findings),
        "filler" => known(part, at, "type flex", findings),
        "video" => known(part, at, "type url previewUrl altContent aspectRatio action", findings),
        _ => findings.add(format!("{at}/type"), "invalid value"),
    }
    if !part["action"].is_null() {
        action::check(&part["action"], &format!("{at}/action"), '/', Place::Area, findings);
    }
}

fn layout(part: &Value, at: &str, findings: &mut Findings) {
    known(part, at, BOX, findings);
    if !matches!(part["layout"].as_str(), Some("horizontal" | "vertical" | "baseline")) {
        findings.add(format!("{at}/layout"), "invalid value");
    }
    let Some(contents) = part["contents"].as_array() else {
        findings.add(format!("{at}/contents"), "must be specified");
        return;
    };
    for (number, inner) in contents.iter().enumerate() {
        component(inner, &format!("{at}/contents/{number}"), findings);
    }
}

fn text(part: &Value, at: &str, findings: &mut Findings) {
    known(part, at, TEXT, findings);
    let spans = part["contents"].as_array().map_or(&[] as &[Value], Vec::as_slice);
    if part["text"].as_str().unwrap_or_default().is_empty() && spans.is_empty() {
        findings.add(format!("{at}/text"), "must be non-empty text");
    }
    for (number, span) in spans.iter().enumerate() {
        component(span, &format!("{at}/contents/{number}"), findings);
    }
}

fn picture(part: &Value, at: &str, names: &str, findings: &mut Findings) {
    known(part, at, names, findings);
    picture_address(&part["url"], &format!("{at}/url"), findings);
}

fn known(part: &Value, at: &str, names: &str, findings: &mut Findings) {
    let own = part.as_object().into_iter().flat_map(serde_json::Map::keys);
    for name in own.filter(|name| !names.split_whitespace().any(|known| known == *name)) {
        findings.add(format!("{at}/{name}"), "unknown field");
    }
}
