//! The bodies of sends, checked and written once.
//!
//! Apart from the calls, because the ledger stores a body before the first byte leaves and sends exactly those bytes
//! on every attempt. A body that breaks one of LINE's limits is never made.

use std::collections::BTreeSet;

use hyper::body::Bytes;
use serde::Serialize;

use crate::domain::ids::LineUserId;
use crate::line::error::Error;
use crate::line::event::ReplyToken;
use crate::line::limits;
use crate::line::message::{Message, Rule, Unit, Violations, validate};

/// What is said, to whomever.
#[derive(Clone, Copy, Debug)]
pub struct Outgoing<'a> {
    /// One to five messages.
    pub messages: &'a [Message],
    /// Whether phones stay silent.
    pub is_silent: bool,
    /// The aggregation unit for statistics: one a campaign, never one a person.
    pub unit: Option<&'a str>,
}

impl<'a> Outgoing<'a> {
    /// Messages that make the phone ring, without statistics.
    #[must_use]
    pub fn new(messages: &'a [Message]) -> Self {
        Self { messages, is_silent: false, unit: None }
    }
}

/// The body of a reply.
///
/// # Errors
/// [`NeverReason::NotSendable`](crate::line::NeverReason::NotSendable) where a limit is broken.
pub fn reply(token: &ReplyToken, outgoing: Outgoing<'_>) -> Result<Bytes, Error> {
    let outgoing = Outgoing { unit: None, ..outgoing };
    write(Some(token.expose()), None::<&str>, outgoing)
}

/// The body of a push to one account.
///
/// # Errors
/// [`NeverReason::NotSendable`](crate::line::NeverReason::NotSendable) where a limit is broken.
pub fn push(to: &LineUserId, outgoing: Outgoing<'_>) -> Result<Bytes, Error> {
    write(None, Some(to.as_str()), outgoing)
}

/// The body of a multicast to 1..=500 different accounts, in the order given.
///
/// # Errors
/// [`NeverReason::NotSendable`](crate::line::NeverReason::NotSendable) where a limit is broken or an account stands
/// in `to` twice (LINE doesn't say what it would do).
pub fn multicast(to: &[LineUserId], outgoing: Outgoing<'_>) -> Result<Bytes, Error> {
    let mut found = Violations::default();
    found.count("to", 1, limits::MULTICAST_RECIPIENTS, to.len());
    let mut seen = BTreeSet::new();
    for (index, user) in to.iter().enumerate() {
        if !seen.insert(user) {
            found.add(format!("to[{index}]"), Rule::Duplicate);
        }
    }
    found.into_result()?;
    write(None, Some(to.iter().map(LineUserId::as_str).collect::<Vec<_>>()), outgoing)
}

/// The body of a check of messages without sending.
pub(super) fn validation(messages: &[Message]) -> Bytes {
    #[derive(Serialize)]
    struct Body<'a> {
        messages: &'a [Message],
    }
    json(&Body { messages })
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a, To> {
    #[serde(skip_serializing_if = "Option::is_none")]
    reply_token: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<To>,
    messages: &'a [Message],
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    notification_disabled: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    custom_aggregation_units: Option<[&'a str; 1]>,
}

fn write<To: Serialize>(
    reply_token: Option<&str>,
    to: Option<To>,
    outgoing: Outgoing<'_>,
) -> Result<Bytes, Error> {
    validate(outgoing.messages)?;
    if let Some(unit) = outgoing.unit {
        check_unit(unit)?;
    }
    let bytes = json(&Body {
        reply_token,
        to,
        messages: outgoing.messages,
        notification_disabled: outgoing.is_silent,
        custom_aggregation_units: outgoing.unit.map(|unit| [unit]),
    });
    Ok(bytes)
}

fn check_unit(unit: &str) -> Result<(), Violations> {
    let at = "customAggregationUnits[0]";
    let mut found = Violations::default();
    found.text(at, Unit::Utf16, limits::UNIT_NAME, unit);
    if !unit.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
        found.add(at, Rule::Characters);
    }
    found.into_result()
}

fn json<T: Serialize>(body: &T) -> Bytes {
    serde_json::to_vec(body).expect("bodies are plain strings and lists").into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(number: usize) -> LineUserId {
        LineUserId::parse(&format!("U{number:032x}")).unwrap()
    }

    #[test]
    fn a_multicast_holds_at_most_500_different_accounts() {
        let say = [Message::text("あ")];
        let users: Vec<_> = (0..501).map(user).collect();
        assert!(multicast(&users[..500], Outgoing::new(&say)).is_ok());
        assert!(multicast(&users, Outgoing::new(&say)).is_err());
        assert!(multicast(&[], Outgoing::new(&say)).is_err());
        let twice = multicast(&[user(1), user(2), user(1)], Outgoing::new(&say)).unwrap_err();
        assert_eq!(twice.to_string(), "LINE, never: not sendable: to[2]: is there twice");
    }

    #[test]
    fn bodies_hold_what_line_wants_and_nothing_else() {
        let say = [Message::text("あ")];
        let loud = push(&user(1), Outgoing::new(&say)).unwrap();
        let id = format!("{:032x}", 1);
        assert_eq!(loud, format!(r#"{{"to":"U{id}","messages":[{{"type":"text","text":"あ"}}]}}"#));
        let quiet = Outgoing { is_silent: true, unit: Some("kenshin_2026"), ..Outgoing::new(&say) };
        let body = String::from_utf8(multicast(&[user(1)], quiet).unwrap().to_vec()).unwrap();
        assert!(
            body.ends_with(r#","notificationDisabled":true,"customAggregationUnits":["kenshin_2026"]}"#),
            "{body}"
        );
        assert!(push(&user(1), Outgoing { unit: Some("健診"), ..Outgoing::new(&say) }).is_err());
        assert!(push(&user(1), Outgoing { unit: Some(&"a".repeat(31)), ..Outgoing::new(&say) }).is_err());
    }
}
