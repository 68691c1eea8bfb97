//! Links that are counted (リンクの計測): what stands in our own address in the place of a page's.
//!
//! Code and token are drawn from a secret of the broadcast, so that a second planner and a restored backup arrive at the
//! same messages under the same keys. Nobody who sees one can tell another, and neither says anything about a person.

use std::time::Duration;

use super::reading::ReaderToken;
use crate::domain::digest::keyed_hex;
use crate::domain::ids::AccountId;

/// How long a token can be led back to its reader after the recipients were frozen.
pub const READERS_KEPT: Duration = Duration::from_secs(90 * 24 * 3600);

/// Digits of a code: the page behind it is public, so that it need only not be hit by chance.
const CODE: usize = 16;
/// Digits of a token, which leads to a person.
const TOKEN: usize = 32;

/// The secret that the codes and tokens of one broadcast are drawn from.
#[derive(Clone, PartialEq, Eq)]
pub struct LinkSeed(String);

impl LinkSeed {
    /// From chance, or as stored.
    #[must_use]
    pub fn new(secret: impl Into<String>) -> Self {
        Self(secret.into())
    }

    /// The code of an address in the text of an arm.
    #[must_use]
    pub fn code(&self, arm: &str, address: &str) -> String {
        self.draw("link", &format!("{arm} {address}"), CODE)
    }

    /// The token of a reader who agreed.
    #[must_use]
    pub fn token(&self, account: AccountId) -> ReaderToken {
        ReaderToken(self.draw("reader", &account.to_string(), TOKEN))
    }

    fn draw(&self, purpose: &str, of: &str, digits: usize) -> String {
        keyed_hex(&self.0, purpose, of.as_bytes()).chars().take(digits).collect()
    }
}

/// Whether a word could be a code or a token; what could not needs no look into the database.
#[must_use]
pub fn is_drawn(word: &str) -> bool {
    [CODE, TOKEN].contains(&word.len()) && word.bytes().all(|sign| sign.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_code_can_be_worked_out_again_and_depends_on_every_part() {
        let seed = LinkSeed::new("secret");
        let code = seed.code("A", "https://example.jp/");
        assert_eq!(code, LinkSeed::new("secret").code("A", "https://example.jp/"));
        for other in [
            seed.code("B", "https://example.jp/"),
            seed.code("A", "https://example.jp/a"),
            LinkSeed::new("other").code("A", "https://example.jp/"),
        ] {
            assert_ne!(code, other);
        }
        let token = seed.token(AccountId(Uuid::from_u128(1)));
        assert_ne!(token, seed.token(AccountId(Uuid::from_u128(2))));
        assert!(is_drawn(&code) && is_drawn(token.as_str()));
        assert!(!is_drawn("") && !is_drawn("https://evil.example"));
    }
}
