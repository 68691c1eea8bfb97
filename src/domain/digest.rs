//! SHA-256 over several named parts, so that no two lists of parts look alike; and over plain bytes.
//!
//! Each part is preceded by its length; "ab" + "c" and "a" + "bc" differ. It stands apart because approval, content
//! and the retry keys must all be counted the same way, today and after a restart.

use std::fmt::Write as _;

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest as _, Sha256};

/// A running hash.
pub struct Digest(Sha256);

impl Digest {
    /// Starts with the name of what is hashed, so that a content can't be taken for an approval.
    #[must_use]
    pub fn new(purpose: &str) -> Self {
        Self(Sha256::new()).part(purpose)
    }

    /// Adds a part.
    #[must_use]
    pub fn part(mut self, text: &str) -> Self {
        self.0.update(u64::try_from(text.len()).unwrap_or(u64::MAX).to_be_bytes());
        self.0.update(text.as_bytes());
        self
    }

    /// The hash as 64 hexadecimal digits.
    #[must_use]
    pub fn hex(self) -> String {
        digits(&self.0.finalize())
    }
}

/// The SHA-256 of plain bytes as 64 hexadecimal digits, such as what is stored of a session's token.
#[must_use]
pub fn sha256_hex(bytes: &[u8]) -> String {
    digits(&Sha256::digest(bytes))
}

/// HMAC-SHA-256 under a secret, as 64 hexadecimal digits; what was made for one purpose is of no use for another.
#[must_use]
pub fn keyed_hex(secret: &str, purpose: &str, bytes: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes a key of any length");
    for part in [b"musubi".as_slice(), purpose.as_bytes(), bytes] {
        mac.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        mac.update(part);
    }
    digits(&mac.finalize().into_bytes())
}

fn digits(hash: &[u8]) -> String {
    hash.iter().fold(String::with_capacity(64), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_one_part_ends_matters() {
        let hash =
            |parts: &[&str]| parts.iter().fold(Digest::new("t"), |digest, part| digest.part(part)).hex();
        assert_ne!(hash(&["ab", "c"]), hash(&["a", "bc"]));
        assert_ne!(hash(&["a"]), hash(&["a", ""]));
        assert_eq!(hash(&["a"]).len(), 64);
    }

    #[test]
    fn a_secret_and_a_purpose_make_another_hash() {
        let hash = keyed_hex("secret", "image", b"abc");
        assert_eq!(hash, keyed_hex("secret", "image", b"abc"));
        assert!(hash != keyed_hex("other", "image", b"abc") && hash != keyed_hex("secret", "tap", b"abc"));
    }

    #[test]
    fn plain_bytes_have_the_hash_that_everybody_computes() {
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(sha256_hex(b"abc"), abc);
    }
}
