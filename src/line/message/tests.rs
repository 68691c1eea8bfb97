//! Tests of the wire form and of every limit on both sides of its edge.

use serde_json::json;

use super::*;

fn wire(message: &Message) -> serde_json::Value {
    serde_json::to_value(message).unwrap()
}

fn problems(messages: &[Message]) -> Vec<String> {
    validate(messages).err().map(|all| all.iter().map(ToString::to_string).collect()).unwrap_or_default()
}

fn card(buttons: Vec<Action>) -> Message {
    Message::card(
        "集団健診のお知らせです。",
        Card {
            title: "集団健診".into(), text: "予約が始まりました。".into(), buttons, ..Card::default()
        },
    )
}

#[test]
fn text_is_written_as_line_wants_it() {
    assert_eq!(wire(&Message::text("出雲")), json!({ "type": "text", "text": "出雲" }));
    let asked =
        Message::text("どちら?").with_quick_replies(vec![Action::postback_saying("はい", "v1:yes", "はい")]);
    let action = json!({ "type": "postback", "label": "はい", "data": "v1:yes", "displayText": "はい" });
    let reply = json!({ "items": [{ "type": "action", "action": action }] });
    assert_eq!(wire(&asked), json!({ "type": "text", "text": "どちら?", "quickReply": reply }));
}

#[test]
fn a_card_is_one_bubble_with_its_buttons_below() {
    let message = card(vec![
        Action::uri("予約する", "https://example.jp/yoyaku"),
        Action::tel("電話する", "0853-00-0000"),
        Action::message("あとで", "あとで"),
    ]);
    insta::assert_snapshot!(serde_json::to_string(&message).unwrap(), @r#"{"type":"flex","altText":"集団健診のお知らせです。","contents":{"type":"bubble","body":{"type":"box","layout":"vertical","spacing":"md","contents":[{"type":"text","text":"集団健診","weight":"bold","size":"lg","wrap":true},{"type":"text","text":"予約が始まりました。","size":"md","wrap":true}]},"footer":{"type":"box","layout":"vertical","spacing":"sm","contents":[{"type":"button","style":"primary","action":{"type":"uri","label":"予約する","uri":"https://example.jp/yoyaku"}},{"type":"button","style":"secondary","action":{"type":"uri","label":"電話する","uri":"tel:0853000000"}},{"type":"button","style":"secondary","action":{"type":"message","label":"あとで","text":"あとで"}}]}}}"#);
    assert_eq!(problems(&[message]), [""; 0]);
}

#[test]
fn text_is_counted_in_utf16_units() {
    assert_eq!(problems(&[Message::text("😀".repeat(2_500))]), [""; 0]);
    let long = Message::text("😀".repeat(2_500) + "a");
    assert_eq!(problems(&[long]), ["messages[0].text: 5001 UTF-16 units, at most 5000"]);
}

#[test]
fn labels_are_counted_in_graphemes() {
    let family = "👨‍👩‍👧‍👦";
    let reply = |n| Message::text("?").with_quick_replies(vec![Action::postback(family.repeat(n), "d")]);
    assert_eq!(problems(&[reply(20)]), [""; 0]);
    let at = "messages[0].quickReply.items[0].action.label";
    assert_eq!(problems(&[reply(21)]), [format!("{at}: 21 graphemes, at most 20")]);
    assert_eq!(problems(&[card(vec![Action::postback(family.repeat(40), "d")])]), [""; 0]);
    assert_eq!(problems(&[card(vec![Action::postback(family.repeat(41), "d")])]).len(), 1);
}

#[test]
fn numbers_of_messages_buttons_and_replies_are_limited() {
    assert_eq!(problems(&[]), ["messages: 0 entries, between 1 and 5"]);
    assert_eq!(problems(&vec![Message::text("a"); 5]), [""; 0]);
    assert_eq!(problems(&vec![Message::text("a"); 6]), ["messages: 6 entries, between 1 and 5"]);
    assert_eq!(problems(&[card(vec![Action::postback("a", "b"); 4])]).len(), 1);
    let replies = |n| Message::text("a").with_quick_replies(vec![Action::postback("a", "b"); n]);
    assert_eq!((problems(&[replies(13)]).len(), problems(&[replies(14)]).len()), (0, 1));
}

#[test]
fn addresses_are_of_known_schemes_encoded_and_not_too_long() {
    let uri = |uri: &str| problems(&[card(vec![Action::uri("開く", uri)])]);
    for good in ["https://example.jp/?q=%E5%87%BA", "HTTP://example.jp", "line://nv/x", "tel:119"] {
        assert_eq!(uri(good), [""; 0], "{good}");
    }
    for wrong in ["javascript:alert(1)", "example.jp", "https://", "tel:", "https://example.jp/出雲"] {
        assert_eq!(uri(wrong).len(), 1, "{wrong}");
    }
    assert_eq!(uri(&format!("https://{}", "a".repeat(992))), [""; 0]);
    assert_eq!(uri(&format!("https://{}", "a".repeat(993))).len(), 1);
    assert_eq!(problems(&[Message::image("http://example.jp/a.png", "https://example.jp/b.png")]).len(), 1);
}

#[test]
fn bubbles_alternative_texts_and_postback_data_have_their_limits() {
    let sized = |n: usize| {
        Message::card(
            "a",
            Card { title: String::new(), text: "a".repeat(n), buttons: vec![], ..Card::default() },
        )
    };
    assert_eq!((problems(&[sized(29_000)]).len(), problems(&[sized(30_000)]).len()), (0, 1));
    let named = |n: usize| {
        Message::card(
            "あ".repeat(n),
            Card { title: "a".into(), text: String::new(), buttons: vec![], ..Card::default() },
        )
    };
    assert_eq!((problems(&[named(1_500)]).len(), problems(&[named(1_501)]).len()), (0, 1));
    let data = |n: usize| card(vec![Action::postback("a", "d".repeat(n))]);
    assert_eq!(
        (problems(&[data(300)]).len(), problems(&[data(301)]).len(), problems(&[data(0)]).len()),
        (0, 1, 1)
    );
}

#[test]
fn nothing_is_said_with_nothing_and_no_text_is_repeated_in_a_problem() {
    let empty = Message::card(
        "",
        Card { title: String::new(), text: String::new(), buttons: vec![], ..Card::default() },
    );
    assert_eq!(problems(&[Message::text(""), empty]).len(), 3);
    let secret = Message::text("ないしょ".repeat(2_000));
    let shown = format!("{:?} {}", secret, validate(std::slice::from_ref(&secret)).unwrap_err());
    assert!(!shown.contains("ないしょ"), "{shown}");
}
