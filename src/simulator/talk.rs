//! A talk: what the person and the account said, as the phone shows it.
//!
//! Messages are kept as the JSON that LINE accepted. [`Shown`] reads them the way a person would, for tests: the
//! texts in reading order and the buttons. It draws nothing; the phone page does.

use std::sync::Arc;

use serde_json::Value;

use crate::domain::timestamp::Timestamp;

/// One thing in a talk.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub at: Timestamp,
    pub said: Said,
}

/// What an entry is.
#[derive(Clone, Debug)]
pub(super) enum Said {
    /// A message object of the account.
    Account(Arc<Value>),
    /// A text the person typed, or a button said for them.
    Person(String),
    /// What the phone itself notes, such as a block.
    Note(&'static str),
}

impl Entry {
    pub(super) fn from_account(at: Timestamp, message: &Arc<Value>) -> Self {
        Self { at, said: Said::Account(Arc::clone(message)) }
    }

    pub(super) fn is_from_account(&self) -> bool {
        matches!(self.said, Said::Account(_))
    }
}

/// Who said something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Speaker {
    /// The account.
    Account,
    /// The person.
    Person,
    /// The phone's own note between the bubbles.
    Phone,
}

/// One thing a talk shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// Who said it.
    pub from: Speaker,
    /// When it came.
    pub at: Timestamp,
    /// LINE's message type (`text`, `flex` …); empty for what the account did not say.
    pub kind: String,
    /// Every text in it in reading order, one a line; without the buttons.
    pub text: String,
    /// What notifications and screen readers get, where the message has one.
    pub alt_text: Option<String>,
    /// The buttons in it, from top to bottom.
    pub buttons: Vec<ShownButton>,
    /// The quick replies under it.
    pub quick_replies: Vec<ShownButton>,
    /// The addresses of the pictures in it, as a phone fetches them.
    pub pictures: Vec<String>,
}

/// A button as the phone shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownButton {
    /// What stands on it.
    pub label: String,
    /// What a tap does.
    pub action: ShownAction,
}

/// What a tap does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ShownAction {
    /// Opens an address.
    Uri(String),
    /// Sends a postback, and shows the text if there is one.
    Postback {
        /// Goes to the webhook.
        data: String,
        /// Appears in the talk as the person's words.
        display_text: Option<String>,
    },
    /// Says a text in the person's name.
    Message(String),
    /// Anything else, by LINE's name for it.
    Other(String),
}

impl Shown {
    pub(super) fn of(entry: &Entry) -> Self {
        let (from, text) = match &entry.said {
            Said::Account(message) => return Self::of_message(entry.at, message),
            Said::Person(text) => (Speaker::Person, text.clone()),
            Said::Note(text) => (Speaker::Phone, (*text).to_owned()),
        };
        let (kind, buttons, quick_replies) = (String::new(), vec![], vec![]);
        let pictures = vec![];
        Self { from, at: entry.at, kind, text, alt_text: None, buttons, quick_replies, pictures }
    }

    fn of_message(at: Timestamp, message: &Value) -> Self {
        let mut read = Reading::default();
        for part in ["text", "title", "address", "template", "contents"] {
            read.value(&message[part], part == "text" || part == "title" || part == "address");
        }
        for address in ["originalContentUrl", "previewImageUrl"] {
            read.pictures.extend(message[address].as_str().map(str::to_owned));
        }
        let mut replies = Reading::default();
        replies.value(&message["quickReply"], false);
        Self {
            from: Speaker::Account,
            at,
            kind: text_of(&message["type"]),
            text: read.lines.join("\n"),
            alt_text: message["altText"].as_str().map(str::to_owned),
            buttons: read.buttons,
            quick_replies: replies.buttons,
            pictures: read.pictures,
        }
    }

    /// The button with this label, in the message or under it.
    #[must_use]
    pub fn button(&self, label: &str) -> Option<&ShownButton> {
        self.buttons.iter().chain(&self.quick_replies).find(|button| button.label == label)
    }
}

#[derive(Default)]
struct Reading {
    lines: Vec<String>,
    buttons: Vec<ShownButton>,
    pictures: Vec<String>,
}

impl Reading {
    fn value(&mut self, value: &Value, is_text: bool) {
        match value {
            Value::String(text) if is_text => self.lines.push(text.clone()),
            Value::Array(items) => items.iter().for_each(|item| self.value(item, false)),
            Value::Object(_) => self.object(value),
            _ => {}
        }
    }

    fn object(&mut self, part: &Value) {
        for text in ["title", "text"] {
            self.value(&part[text], true);
        }
        if part["type"] == "image" {
            self.pictures.extend(part["url"].as_str().map(str::to_owned));
        }
        if part["action"].is_object() {
            self.buttons.push(button_of(&part["action"]));
        }
        let actions = part["actions"].as_array();
        self.buttons.extend(actions.into_iter().flatten().map(button_of));
        for inner in ["header", "hero", "body", "footer", "contents", "columns", "items"] {
            self.value(&part[inner], false);
        }
    }
}

fn button_of(action: &Value) -> ShownButton {
    let kind = match action["type"].as_str().unwrap_or_default() {
        "uri" => ShownAction::Uri(text_of(&action["uri"])),
        "message" => ShownAction::Message(text_of(&action["text"])),
        "postback" => ShownAction::Postback {
            data: text_of(&action["data"]),
            display_text: action["displayText"].as_str().map(str::to_owned),
        },
        other => ShownAction::Other(other.to_owned()),
    };
    ShownButton { label: text_of(&action["label"]), action: kind }
}

fn text_of(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_card_is_read_from_top_to_bottom_with_its_buttons_apart() {
        let card = json!({"type": "flex", "altText": "健診のお知らせ", "contents": {"type": "bubble",
            "body": {"type": "box", "layout": "vertical", "contents": [
                {"type": "text", "text": "健診"}, {"type": "text", "text": "10月1日から"}]},
            "footer": {"type": "box", "layout": "vertical", "contents": [
                {"type": "button", "action": {"type": "uri", "label": "開く", "uri": "https://example.jp/"}}]}},
            "quickReply": {"items": [{"type": "action",
                "action": {"type": "postback", "label": "止める", "data": "v=1&stop"}}]}});
        let at = Timestamp::from_millis(0);
        let shown = Shown::of(&Entry::from_account(at, &Arc::new(card)));
        assert_eq!(shown.text, "健診\n10月1日から");
        assert_eq!(shown.buttons[0].action, ShownAction::Uri("https://example.jp/".into()));
        let stop = ShownAction::Postback { data: "v=1&stop".into(), display_text: None };
        assert_eq!(shown.button("止める").map(|button| &button.action), Some(&stop));
    }
}
