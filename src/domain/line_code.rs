//! The code with which a member of staff ties their own LINE account to their login, by sending it in the talk.
//!
//! Chance alone makes it: it says nothing about who it is for, works once and not for long, and only its hash is stored.
//! The letters that are easily taken for others are left out.

use super::command::plain;
use super::digest::sha256_hex;

/// What is sent before the letters, so that nothing a resident types is taken for a code.
const WORD: &str = "職員登録";
const LETTERS: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
const LENGTH: usize = 8;

/// A code; it shows itself to nobody but its owner.
#[derive(Clone, PartialEq, Eq)]
pub struct LineCode(String);

impl LineCode {
    /// The code that these random bytes make.
    #[must_use]
    pub fn draw(bytes: [u8; LENGTH]) -> Self {
        Self(bytes.iter().map(|byte| char::from(LETTERS[usize::from(byte % 32)])).collect())
    }

    /// The code that a text is, whole, in any width and case; `None` for any other text.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        if 100 < text.len() {
            return None;
        }
        let code = plain(text).strip_prefix(WORD)?.to_uppercase();
        let fits = code.len() == LENGTH && code.bytes().all(|sign| sign.is_ascii_alphanumeric());
        fits.then_some(Self(code))
    }

    /// What its owner sends.
    #[must_use]
    pub fn words(&self) -> String {
        let (first, second) = self.0.split_at(LENGTH / 2);
        format!("{WORD} {first} {second}")
    }

    /// What is stored of it.
    #[must_use]
    pub fn hash(&self) -> String {
        sha256_hex(self.0.as_bytes())
    }
}

impl std::fmt::Debug for LineCode {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("LineCode(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_as_it_was_shown_however_it_was_typed() {
        let code = LineCode::draw([0, 7, 31, 32, 255, 8, 14, 23]);
        assert_eq!(code.words(), "職員登録 AH9A 9JQZ");
        for typed in [&*code.words(), "職員登録ah9a9jqz", " 職員登録 AH9A9JQZ。"] {
            assert_eq!(LineCode::read(typed), Some(code.clone()), "{typed}");
        }
        for other in ["AH9A9JQZ", "職員登録", "職員登録 AH9A", "職員登録はどこですか", "登録"]
        {
            assert_eq!(LineCode::read(other), None, "{other}");
        }
        assert!(!format!("{code:?}").contains("AH9A"));
    }
}
