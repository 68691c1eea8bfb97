//! Turns what a broadcast says into LINE's message object.
//!
//! One function, used by the test to staff, by the real sending and by the preview, so that the three can't differ.

use super::{Action, Card, Message};
use crate::domain::message::{Body, Button, Target};

/// The message object of a body; `liff_link` makes the address of a page of ours inside LINE.
///
/// The alternative text of a card is its title alone: it is what a locked screen shows.
#[must_use]
pub fn compose(body: &Body, liff_link: &dyn Fn(&str) -> String) -> Message {
    match body {
        Body::Text { text } => Message::text(text),
        Body::Card(card) => {
            let buttons = card.buttons.iter().map(|button| action(button, liff_link)).collect();
            let (title, text) = (card.title.clone(), card.text.clone());
            Message::card(&card.title, Card { title, text, buttons })
        }
    }
}

fn action(button: &Button, liff_link: &dyn Fn(&str) -> String) -> Action {
    match &button.target {
        Target::Uri(uri) => Action::uri(&button.label, uri),
        Target::Tel(number) => Action::tel(&button.label, number),
        Target::Liff(path) => Action::uri(&button.label, liff_link(path)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::message;

    #[test]
    fn a_card_becomes_a_bubble_that_keeps_lines_limits() {
        let button = |label: &str, target| Button { label: label.to_owned(), target };
        let card = Body::Card(message::Card {
            title: "特定健診のお知らせ".to_owned(),
            text: "今年度の健診が始まりました。".to_owned(),
            buttons: vec![
                button("予約する", Target::Liff("/kenshin".to_owned())),
                button("電話する", Target::Tel("0853-21-2211".to_owned())),
            ],
        });
        let made = compose(&card, &|path| format!("https://liff.line.me/1-a{path}"));
        assert!(super::super::validate(std::slice::from_ref(&made)).is_ok());
        let json = serde_json::to_string(&made).unwrap();
        assert!(json.contains("https://liff.line.me/1-a/kenshin") && json.contains("tel:0853212211"));
    }
}
