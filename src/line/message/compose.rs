//! Turns what a broadcast says into LINE's message objects.
//!
//! One function, used by the test to staff, by the real sending and by the preview, so that the three can't differ.

use std::collections::BTreeMap;

use super::bubble::{Hero, SIDE_BY_SIDE};
use super::{Action, Card, Message};
use crate::domain::message::limits::ALT_TEXT_UNITS;
use crate::domain::message::{self, Body, Button, Part, Picture, Target};

/// Where buttons and pictures lead.
#[derive(Clone, Debug, Default)]
pub struct Addresses {
    /// Our own address, without a slash at the end.
    pub public_url: String,
    /// The link that opens our form inside LINE, to which a path is added.
    pub liff: String,
    /// The broadcast's topic, for buttons that decline it.
    pub topic: String,
    /// The codes of addresses whose opening is counted.
    pub codes: BTreeMap<String, String>,
    /// What tells a reader apart who agreed to that; the same for nobody else.
    pub reader: Option<String>,
}

/// How large a picture is fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// As it was uploaded.
    Whole,
    /// As a phone shows it before it is tapped, and on a card.
    Small,
}

impl Addresses {
    /// Where a picture is fetched from.
    #[must_use]
    pub fn picture(&self, id: &str, size: Size) -> String {
        let end = if size == Size::Small { "/small" } else { "" };
        format!("{}/media/{id}{end}", self.public_url)
    }

    /// What opens an address: itself, or our own that counts and goes on to it.
    fn page(&self, uri: &str) -> String {
        match (self.codes.get(uri), &self.reader) {
            (None, _) => uri.to_owned(),
            (Some(code), None) => format!("{}/r/{code}", self.public_url),
            (Some(code), Some(reader)) => format!("{}/r/{code}/{reader}", self.public_url),
        }
    }
}

/// The message objects of a body.
///
/// The alternative text of a card is its title, and what its picture shows: it is what a locked screen shows.
#[must_use]
pub fn compose(body: &Body, addresses: &Addresses) -> Vec<Message> {
    let mut messages: Vec<Message> = body.parts.iter().map(|part| one(part, addresses)).collect();
    let replies: Vec<Action> = body.quick_replies.iter().map(|button| action(button, addresses)).collect();
    if !replies.is_empty()
        && let Some(last) = messages.pop()
    {
        messages.push(last.with_quick_replies(replies));
    }
    messages
}

fn one(part: &Part, addresses: &Addresses) -> Message {
    match part {
        Part::Text { text } => Message::text(text),
        Part::Image(Picture { id, .. }) => {
            Message::image(addresses.picture(id, Size::Whole), addresses.picture(id, Size::Small))
        }
        Part::Card(own) => {
            let shape = own.image.as_ref().map_or(SIDE_BY_SIDE, |image| (image.width, image.height));
            Message::card(alt_text(std::slice::from_ref(own)), card(own, shape, addresses))
        }
        Part::Cards { cards } => Message::cards(
            alt_text(cards),
            cards.iter().map(|own| card(own, SIDE_BY_SIDE, addresses)).collect(),
        ),
    }
}

fn card(own: &message::Card, ratio: (u32, u32), addresses: &Addresses) -> Card {
    let hero = |image: &Picture| Hero { url: addresses.picture(&image.id, Size::Small), ratio };
    Card {
        hero: own.image.as_ref().map(hero),
        title: own.title.clone(),
        text: own.text.clone(),
        facts: own.facts.iter().map(|fact| (fact.name.clone(), fact.text.clone())).collect(),
        buttons: own.buttons.iter().map(|button| action(button, addresses)).collect(),
    }
}

fn alt_text(cards: &[message::Card]) -> String {
    let one = |card: &message::Card| match &card.image {
        Some(image) => format!("{}({})", card.title, image.alt),
        None => card.title.clone(),
    };
    let text = cards.iter().map(one).collect::<Vec<_>>().join("、");
    if message::units(&text) <= ALT_TEXT_UNITS {
        return text;
    }
    // Ten titles with ten pictures may be too much; then the titles have to do.
    cards.iter().map(|card| card.title.as_str()).collect::<Vec<_>>().join("、")
}

fn action(button: &Button, addresses: &Addresses) -> Action {
    match &button.target {
        Target::Uri(uri) => Action::uri(&button.label, addresses.page(uri)),
        Target::Tel(number) => Action::tel(&button.label, number),
        Target::Liff(path) => Action::uri(&button.label, format!("{}{path}", addresses.liff)),
        Target::Deed(deed) => {
            Action::postback_saying(&button.label, deed.data(&addresses.topic), &button.label)
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::message::{Deed, Fact};

    fn addresses() -> Addresses {
        Addresses {
            public_url: "https://city.example".to_owned(),
            liff: "https://liff.line.me/1-a".to_owned(),
            topic: "kenshin".to_owned(),
            ..Addresses::default()
        }
    }

    fn button(label: &str, target: Target) -> Button {
        Button { label: label.to_owned(), target }
    }

    fn picture() -> Picture {
        Picture { id: "abc".to_owned(), alt: "会場の地図".to_owned(), width: 800, height: 600 }
    }

    fn full_card() -> message::Card {
        message::Card {
            image: Some(picture()),
            title: "特定健診のお知らせ".to_owned(),
            text: "今年度の健診が始まりました。".to_owned(),
            facts: vec![Fact { name: "日時".to_owned(), text: "1月10日".to_owned() }],
            buttons: vec![
                button("予約する", Target::Liff("/kenshin".to_owned())),
                button("電話する", Target::Tel("0853-21-2211".to_owned())),
                button("調べる", Target::Uri("https://example.jp/".to_owned())),
            ],
        }
    }

    fn wire(body: &Body, addresses: &Addresses) -> serde_json::Value {
        let made = compose(body, addresses);
        assert!(super::super::validate(&made).is_ok());
        serde_json::to_value(&made).unwrap()
    }

    #[test]
    fn a_card_becomes_a_bubble_that_keeps_lines_limits() {
        let made = wire(&Body::card(full_card()), &addresses());
        let contents = &made[0]["contents"];
        assert_eq!(made[0]["altText"], "特定健診のお知らせ(会場の地図)");
        assert_eq!(contents["hero"]["url"], "https://city.example/media/abc/small");
        assert_eq!(contents["hero"]["aspectRatio"], "800:600");
        assert_eq!(contents["body"]["contents"][2]["contents"][0]["contents"][0]["text"], "日時");
        let uri = |at: usize| contents["footer"]["contents"][at]["action"]["uri"].clone();
        assert_eq!([uri(0), uri(1)], ["https://liff.line.me/1-a/kenshin", "tel:0853212211"]);
    }

    #[test]
    fn bubbles_follow_each_other_and_quick_replies_stand_under_the_last() {
        let cards = Part::Cards { cards: vec![full_card(), full_card()] };
        let body = Body {
            parts: vec![Part::Text { text: "こんにちは".to_owned() }, Part::Image(picture()), cards],
            quick_replies: vec![button("断る", Target::Deed(Deed::DeclineTopic))],
        };
        let made = wire(&body, &addresses());
        assert_eq!(made[1]["originalContentUrl"], "https://city.example/media/abc");
        assert_eq!(made[2]["contents"]["contents"][1]["hero"]["aspectRatio"], "20:13");
        assert!(made[0].get("quickReply").is_none());
        let told = json!({ "type": "postback", "label": "断る", "data": "v1:decline:kenshin", "displayText": "断る" });
        assert_eq!(made[2]["quickReply"]["items"][0]["action"], told);
    }

    #[test]
    fn a_counted_address_is_ours_and_only_who_agreed_has_one_of_their_own() {
        let mut addresses = addresses();
        addresses.codes.insert("https://example.jp/".to_owned(), "k3x".to_owned());
        let uri = |addresses: &Addresses| {
            wire(&Body::card(full_card()), addresses)[0]["contents"]["footer"]["contents"][2]["action"]["uri"]
                .clone()
        };
        assert_eq!(uri(&addresses), "https://city.example/r/k3x");
        addresses.reader = Some("zz".to_owned());
        assert_eq!(uri(&addresses), "https://city.example/r/k3x/zz");
    }
}
