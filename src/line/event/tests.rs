//! Tests of the event readings: tolerant of what LINE may add, strict about what a key must be.

use proptest::prelude::*;

use super::*;

const USER: &str = "Ufedcba9876543210fedcba9876543210";

fn event(kind: &str, rest: &str) -> String {
    format!(
        r#"{{"type":"{kind}","mode":"active","timestamp":1790000000000,"source":{{"type":"user","userId":"{USER}"}},"webhookEventId":"01JZ3N8Q4X9V5T7R2B6C1D0E8F","deliveryContext":{{"isRedelivery":true}},"replyToken":"r1"{rest}}}"#
    )
}

fn body(events: &[&str]) -> String {
    format!(r#"{{"destination":"U0123456789abcdef0123456789abcdef","events":[{}]}}"#, events.join(","))
}

fn kind(word: &str, rest: &str) -> EventKind {
    Event::parse(&event(word, rest)).unwrap().kind
}

#[test]
fn the_verify_button_sends_no_events() {
    let text = body(&[]);
    let webhook = heads(text.as_bytes()).unwrap();
    assert_eq!(webhook.destination, "U0123456789abcdef0123456789abcdef");
    assert!(webhook.events.is_empty() && webhook.unreadable.is_empty());
}

#[test]
fn a_broken_event_does_not_lose_its_neighbours() {
    let (good, unknown) = (event("follow", ""), event("hologram", r#","beam":{"x":[1]}"#));
    let nameless = good.replace("webhookEventId", "someId");
    let odd = good.replace("1790000000000", r#""soon""#);
    let text = body(&[&good, "7", &nameless, &unknown, "[]", "null", &odd]);
    let webhook = heads(text.as_bytes()).unwrap();
    let kinds: Vec<_> = webhook.events.iter().map(|head| &*head.kind).collect();
    let why: Vec<_> = webhook.unreadable.iter().map(|entry| entry.why).collect();
    assert_eq!(kinds, ["follow", "hologram"]);
    use UnreadableReason::{NoId, NotAnEvent};
    assert_eq!(why, [NotAnEvent, NoId, NotAnEvent, NotAnEvent, NotAnEvent]);
}

#[test]
fn a_head_holds_the_key_the_time_the_person_and_the_very_text() {
    let text = event("message", r#" , "message":{"type":"text","id":"1","text":"\u51fa雲"}"#);
    let whole = body(&[&text]);
    let webhook = heads(whole.as_bytes()).unwrap();
    let head = &webhook.events[0];
    assert_eq!(head.id.as_str(), "01JZ3N8Q4X9V5T7R2B6C1D0E8F");
    assert_eq!(head.timestamp.millis(), 1_790_000_000_000);
    assert_eq!(head.user.as_ref().unwrap().as_str(), USER);
    assert_eq!((head.mode, head.raw), (Mode::Active, text.as_str()));
}

#[test]
fn known_kinds_are_read_and_others_keep_their_name() {
    assert_eq!(kind("follow", ""), EventKind::Follow { is_unblocked: false });
    assert_eq!(kind("follow", r#","follow":{"isUnblocked":true}"#), EventKind::Follow { is_unblocked: true });
    assert_eq!(kind("unfollow", ""), EventKind::Unfollow);
    assert_eq!(
        kind("unsend", r#","unsend":{"messageId":"9"}"#),
        EventKind::Unsend { message_id: "9".into() }
    );
    assert_eq!(kind("beacon", ""), EventKind::Unknown("beacon".into()));
    assert_eq!(kind("postback", r#","postback":{"data":7}"#), EventKind::Unknown("postback".into()));
    let linked = EventKind::AccountLink { is_ok: true, nonce: Private::new("n") };
    assert_eq!(kind("accountLink", r#","link":{"result":"ok","nonce":"n"}"#), linked);
}

#[test]
fn text_and_postbacks_are_read_and_other_messages_named() {
    let text = MessageEvent::Text { id: "5".into(), text: Private::new("出雲😀\n") };
    let said = r#","message":{"type":"text","id":"5","text":"出雲\ud83d\ude00\n","new":1}"#;
    assert_eq!(kind("message", said), EventKind::Message(text));
    let sticker = EventKind::Message(MessageEvent::Other { kind: "sticker".into() });
    assert_eq!(kind("message", r#","message":{"type":"sticker","id":"5"}"#), sticker);
    let half = EventKind::Message(MessageEvent::Other { kind: "text".into() });
    assert_eq!(kind("message", r#","message":{"type":"text","id":"5","text":"\ud83d"}"#), half);
    let params = Some(Private::new(r#"{"date":"1953-04-01"}"#));
    let pressed = PostbackEvent { data: Private::new("v1:date"), params };
    let wire = r#","postback":{"data":"v1:date","params":{"date":"1953-04-01"}}"#;
    assert_eq!(kind("postback", wire), EventKind::Postback(pressed));
}

#[test]
fn common_properties_may_be_missing() {
    let event = Event::parse(r#"{"type":"x","timestamp":1,"webhookEventId":"e","new":{"a":1}}"#).unwrap();
    assert_eq!((event.source, event.user.as_ref(), event.is_redelivery), (Source::Unknown, None, false));
    assert!(event.reply_token.is_none() && !event.may_be_answered());
    assert!(event.raw().contains(r#""new":{"a":1}"#));
}

#[test]
fn in_standby_and_in_groups_we_stay_silent() {
    let active = event("follow", "");
    assert!(Event::parse(&active).unwrap().may_be_answered());
    let standby = active.replace(r#""active""#, r#""standby""#);
    assert_eq!(Event::parse(&standby).unwrap().mode, Mode::Standby);
    assert!(!Event::parse(&standby).unwrap().may_be_answered());
    let group = active.replace(r#""type":"user""#, r#""type":"group","groupId":"C1""#);
    assert!(!Event::parse(&group).unwrap().may_be_answered());
}

#[test]
fn debug_output_holds_nothing_personal() {
    let text = event("message", r#","message":{"type":"text","id":"5","text":"ないしょ"}"#);
    let whole = body(&[&text, "\"ないしょ\""]);
    let shown = format!("{:?} {:?}", Event::parse(&text).unwrap(), heads(whole.as_bytes()).unwrap());
    for hidden in ["ないしょ", USER, "r1"] {
        assert!(!shown.contains(hidden), "{shown}");
    }
}

#[test]
fn ids_that_no_database_could_key_are_not_ids() {
    for wrong in ["", "a b", "\\u0000", &"x".repeat(65)] {
        let text = event("follow", "").replace("01JZ3N8Q4X9V5T7R2B6C1D0E8F", wrong);
        assert_eq!(Event::parse(&text).unwrap_err(), UnreadableReason::NoId, "{wrong}");
    }
}

fn json() -> impl Strategy<Value = serde_json::Value> {
    use serde_json::Value;
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "[ -~]{0,8}|user|text|follow|message|active".prop_map(Value::from),
    ];
    let key = "type|source|userId|mode|timestamp|webhookEventId|message|postback|data|events|destination|[a-z]{1,3}";
    leaf.prop_recursive(4, 32, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map(key, inner, 0..6)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn no_bytes_make_the_reader_fall_over(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = heads(&bytes);
        let _ = Event::parse(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn every_entry_of_a_body_is_either_an_event_or_listed(entries in prop::collection::vec(json(), 0..6)) {
        let text = serde_json::json!({ "destination": "U", "events": entries }).to_string();
        let webhook = heads(text.as_bytes()).unwrap();
        prop_assert_eq!(webhook.events.len() + webhook.unreadable.len(), entries.len());
        for head in &webhook.events {
            prop_assert!(Event::parse(head.raw).is_ok());
        }
    }

    #[test]
    fn any_head_with_any_details_stays_an_event(word in "[a-zA-Z]{1,12}|message|postback|follow", detail in json()) {
        let rest = format!(r#","message":{detail},"postback":{detail},"follow":{detail},"unsend":{detail},"link":{detail}"#);
        prop_assert!(Event::parse(&event(&word, &rest)).is_ok());
    }
}
