//! Ids as types of their own, so that an account can't be taken for a broadcast.
//!
//! Ids of ours are UUIDs made from [`crate::chance::Chance`]; ids of LINE are text checked on the way in and masked on
//! the way out. This file never makes an id.

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::digest::Digest;

macro_rules! row_ids {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, sqlx::Type)]
        #[serde(transparent)]
        #[sqlx(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// Reads the text form of a UUID; `None` where it is not one.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                Uuid::try_parse(text).ok().map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(out)
            }
        }
    )*};
}

row_ids! {
    /// A friend's account: the recipient of messages.
    AccountId
    /// One person of an account's household; the friend is one too.
    PersonId
    /// A broadcast (配信).
    BroadcastId
    /// A batch of a broadcast: one call to LINE.
    BatchId
    /// A member of staff (職員).
    StaffId
}

/// A LINE user id: `U` and 32 lower-case hexadecimal digits, per provider.
///
/// Personal data: its `Debug` and `Display` show the first five characters only. Use [`LineUserId::as_str`] for the
/// wire and the database, never for a log.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, sqlx::Type)]
#[serde(try_from = "String", into = "String")]
#[sqlx(transparent)]
pub struct LineUserId(String);

impl LineUserId {
    /// Accepts exactly LINE's published form (`^U[0-9a-f]{32}$`).
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('U')?;
        let hex = digits.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
        (digits.len() == 32 && hex).then(|| Self(text.to_owned()))
    }

    /// The whole id, for the wire and the database only.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The id as a number, to hold a million of them in little room; as personal as the text.
    #[must_use]
    pub fn number(&self) -> u128 {
        u128::from_str_radix(self.0.get(1..).unwrap_or_default(), 16).unwrap_or_default()
    }

    /// The id that has this number.
    #[must_use]
    pub fn of_number(number: u128) -> Self {
        Self(format!("U{number:032x}"))
    }

    /// What is left of an id that was erased: enough to recognise it where LINE names it again, and nothing to find it by.
    #[must_use]
    pub fn mark(&self) -> String {
        Digest::new("erased friend").part(&self.0).hex()
    }
}

impl TryFrom<String> for LineUserId {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or("not a LINE user id")
    }
}

impl From<LineUserId> for String {
    fn from(id: LineUserId) -> Self {
        id.0
    }
}

impl fmt::Debug for LineUserId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}

impl fmt::Display for LineUserId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}…", self.0.get(..5).unwrap_or("U"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_user_id_is_checked_coming_in_and_masked_going_out() {
        let id = LineUserId::parse("U0123456789abcdef0123456789abcdef").unwrap();
        assert_eq!(format!("{id} {id:?}"), "U0123… U0123…");
        for wrong in [
            "",
            "U",
            "C0123456789abcdef0123456789abcdef",
            "U0123456789ABCDEF0123456789abcdef",
            "U0123456789abcdef0123456789abcdef0",
        ] {
            assert!(LineUserId::parse(wrong).is_none(), "{wrong}");
        }
    }
}
