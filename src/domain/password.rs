//! Passwords of staff: what is accepted, how one is hashed, and how one is checked.
//!
//! Argon2id with the parameters of the `argon2` crate (19 MiB, two passes), kept as a PHC string, so that a later change
//! of parameters still reads the old ones. It takes tens of milliseconds: call it where blocking is allowed. It draws
//! no salt; the caller hands one in.

use std::sync::LazyLock;

use argon2::password_hash::phc::PasswordHash;
use argon2::{Argon2, PasswordHasher, PasswordVerifier};
use secrecy::{ExposeSecret, SecretString};

/// The shortest password that is accepted, in characters.
pub const SHORTEST: usize = 12;
/// The longest password that is accepted, in characters; longer ones would only cost time.
pub const LONGEST: usize = 200;

/// Why a new password is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Too few characters.
    #[error("パスワードは{SHORTEST}文字以上にしてください")]
    Short,
    /// Too many characters.
    #[error("パスワードは{LONGEST}文字以内にしてください")]
    Long,
    /// The login itself, or one character over and over.
    #[error("推測されやすいパスワードです。別のものにしてください")]
    Guessable,
}

/// Checks a new password for `login`.
///
/// # Errors
/// As [`Refusal`] says.
pub fn accept(password: &SecretString, login: &str) -> Result<(), Refusal> {
    let text = password.expose_secret();
    let length = text.chars().count();
    if length < SHORTEST {
        return Err(Refusal::Short);
    }
    if LONGEST < length {
        return Err(Refusal::Long);
    }
    let first = text.chars().next();
    if text.to_lowercase().contains(login) || text.chars().all(|one| Some(one) == first) {
        return Err(Refusal::Guessable);
    }
    Ok(())
}

/// Hashes a password with this salt; the answer is a PHC string.
#[must_use]
pub fn hash(password: &SecretString, salt: &[u8; 16]) -> String {
    let hashed: PasswordHash = Argon2::default()
        .hash_password_with_salt(password.expose_secret().as_bytes(), salt)
        .expect("16 bytes of salt and the default parameters are valid");
    hashed.to_string()
}

/// Whether the password is the one behind `stored`. Without a stored hash it takes the same time and says no.
#[must_use]
pub fn verify(password: &SecretString, stored: Option<&str>) -> bool {
    static NOBODY: LazyLock<String> = LazyLock::new(|| hash(&SecretString::from("nobody"), &[0; 16]));
    // Read in both cases, so that its making takes the same time in both.
    let nobody = NOBODY.as_str();
    let Ok(parsed) = PasswordHash::new(stored.unwrap_or(nobody)) else { return false };
    let right = Argon2::default().verify_password(password.expose_secret().as_bytes(), &parsed).is_ok();
    right && stored.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_right_password_opens_and_nobody_has_no_password() {
        let stored = hash(&"correct horse battery".into(), &[7; 16]);
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(verify(&"correct horse battery".into(), Some(&stored)));
        assert!(!verify(&"correct horse".into(), Some(&stored)));
        assert!(!verify(&"nobody".into(), None));
        assert!(!verify(&"x".into(), Some("not a hash")));
    }

    #[test]
    fn a_short_or_guessable_password_is_refused() {
        let accept = |text: &str| accept(&text.into(), "tanaka");
        assert_eq!(accept("short"), Err(Refusal::Short));
        assert_eq!(accept("my-Tanaka-2026"), Err(Refusal::Guessable));
        assert_eq!(accept("aaaaaaaaaaaaaaaa"), Err(Refusal::Guessable));
        assert_eq!(accept(&"long ".repeat(50)), Err(Refusal::Long));
        assert_eq!(accept("宍道湖のしじみ汁がすき"), Err(Refusal::Short));
        assert_eq!(accept("宍道湖のしじみ汁がだいすき"), Ok(()));
    }
}
