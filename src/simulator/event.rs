//! Webhook events as LINE words them: the common properties and each kind's own.
//!
//! Ids are ULIDs made of the clock and chance; a reply token is opened where the kind can be answered. Nothing is
//! sent from here.

use serde_json::{Value, json};
use uuid::Uuid;

use super::Simulator;
use super::people::key_of;
use crate::domain::ids::LineUserId;
use crate::domain::timestamp::Timestamp;

/// Kinds that nobody can answer, after LINE's table of event types.
const WITHOUT_REPLY: [&str; 6] = ["unfollow", "unsend", "leave", "memberLeft", "delivery", "module"];

impl Simulator {
    /// An event of one person with all common properties; `own` adds the kind's own, or replaces common ones.
    ///
    /// A property set to `null` in `own` is left out, which is how a test makes an event without a source.
    #[must_use]
    pub fn event(&self, person: &LineUserId, kind: &str, own: Value) -> Value {
        let now = self.0.clock.now();
        let mut event = json!({
            "type": kind,
            "mode": "active",
            "timestamp": now.millis(),
            "source": { "type": "user", "userId": person.as_str() },
            "webhookEventId": ulid(now, self.0.chance.bytes()),
            "deliveryContext": { "isRedelivery": false },
        });
        if !WITHOUT_REPLY.contains(&kind) {
            event["replyToken"] = json!(self.open_reply(person, now));
        }
        merge(&mut event, own);
        event
    }

    pub(super) fn text_event(&self, person: &LineUserId, text: &str) -> Value {
        let id = self.platform().next_message_id();
        let quote = Uuid::from_bytes(self.0.chance.bytes()).simple().to_string();
        let message = json!({ "type": "text", "id": id, "text": text, "quoteToken": quote });
        self.event(person, "message", json!({ "message": message }))
    }

    fn open_reply(&self, person: &LineUserId, now: Timestamp) -> String {
        let token = Uuid::from_bytes(self.0.chance.bytes()).simple().to_string();
        if let Some(key) = key_of(person.as_str()) {
            self.platform().replies.open(&token, key, now);
        }
        token
    }
}

fn merge(event: &mut Value, own: Value) {
    let (Value::Object(event), Value::Object(own)) = (event, own) else { return };
    for (name, value) in own {
        if value.is_null() {
            event.remove(&name);
        } else {
            event.insert(name, value);
        }
    }
}

/// A ULID: 48 bits of milliseconds and 80 random ones, in Crockford's base 32.
fn ulid(at: Timestamp, random: [u8; 10]) -> String {
    const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let millis = u128::try_from(at.millis()).unwrap_or(0) & 0xFFFF_FFFF_FFFF;
    let chance = random.iter().fold(0_u128, |sum, byte| sum << 8 | u128::from(*byte));
    let number = millis << 80 | chance;
    let digit = |place: u32| char::from(DIGITS[usize::try_from(number >> (5 * place) & 31).unwrap_or(0)]);
    (0..26).rev().map(digit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ulid_has_26_digits_and_follows_time() {
        let early = ulid(Timestamp::from_millis(1_469_922_850_259), [0; 10]);
        assert_eq!(early, "01ARZ3NDEK0000000000000000".replacen("01ARZ3NDEK", &early[..10], 1));
        assert_eq!(early.len(), 26);
        let late = ulid(Timestamp::from_millis(1_469_922_850_260), [0; 10]);
        assert!(early < late);
        assert_eq!(ulid(Timestamp::from_millis(0), [255; 10]), "0000000000ZZZZZZZZZZZZZZZZ");
    }
}
