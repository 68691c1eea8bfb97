//! The name under which LINE counts what became of a broadcast (集計単位), one for each arm.
//!
//! Derived from the broadcast's id, so that every attempt and every process arrives at the same name, and nothing in it
//! tells of anybody. LINE counts a month's names in Asia/Tokyo and silently drops the 1,001st.

use crate::domain::digest::Digest;
use crate::domain::ids::BroadcastId;
use crate::domain::timestamp::Timestamp;

/// How many different names LINE takes in a month.
pub const A_MONTH: i64 = 1_000;

/// The last day, counted from that of sending, on which LINE's figures change.
pub const LAST_DAY: i32 = 14;

/// The name of an arm of a broadcast; the arm is empty where there are none.
#[must_use]
pub fn name(broadcast: BroadcastId, arm: &str) -> String {
    let hex = Digest::new("unit").part(&broadcast.to_string()).part(arm).hex();
    format!("mu_{}", hex.get(..24).unwrap_or_default())
}

/// The month in which a name counts, such as `2026-07`.
#[must_use]
pub fn month(at: Timestamp) -> String {
    at.tokyo().strftime("%Y-%m").to_string()
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_name_is_short_enough_for_line_and_differs_by_broadcast_and_arm() {
        let id = |number| BroadcastId(Uuid::from_u128(number));
        let names = [name(id(1), ""), name(id(2), ""), name(id(1), "A"), name(id(1), "B")];
        for one in &names {
            assert!(one.len() <= 30 && one.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_'), "{one}");
            assert_eq!(names.iter().filter(|other| *other == one).count(), 1);
        }
        assert_eq!(name(id(1), "A"), names[2]);
    }

    #[test]
    fn the_month_turns_at_midnight_in_japan() {
        assert_eq!(month(Timestamp::from_millis(1_785_509_999_999)), "2026-07");
        assert_eq!(month(Timestamp::from_millis(1_785_510_000_000)), "2026-08");
    }
}
