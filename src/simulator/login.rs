//! ID tokens as LINE Login gives them to a LIFF app, and LINE's check of them.
//!
//! Signed with a key of this platform (HS256), so only the verify endpoint can tell a good one; the server under
//! test has no way round it. The error texts are LINE's.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::domain::ids::LineUserId;
use crate::domain::timestamp::Timestamp;

const ISSUER: &str = "https://access.line.me";
/// LINE: an ID token dies an hour after it was issued.
const LIFE: Duration = Duration::from_secs(60 * 60);

/// The key that signs and checks this platform's ID tokens.
#[derive(Clone)]
pub(super) struct IdTokens([u8; 32]);

impl std::fmt::Debug for IdTokens {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("IdTokens")
    }
}

impl IdTokens {
    pub(super) fn new(key: [u8; 32]) -> Self {
        Self(key)
    }

    /// A token for a person at a LIFF channel, issued at `at`. Like LINE's simplified consent it holds no name.
    pub(super) fn issue(&self, person: &LineUserId, channel: &str, at: Timestamp) -> String {
        let issued = at.millis() / 1_000;
        let expires = at.plus(LIFE).millis() / 1_000;
        let payload = json!({
            "iss": ISSUER, "sub": person.as_str(), "aud": channel, "exp": expires, "iat": issued, "amr": ["linesso"],
        });
        let head = URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256","typ":"JWT"}"#);
        let signed = format!("{head}.{}", URL_SAFE_NO_PAD.encode(payload.to_string()));
        let signature = URL_SAFE_NO_PAD.encode(self.mac(&signed).finalize().into_bytes());
        format!("{signed}.{signature}")
    }

    /// The payload of a good token, or LINE's `error_description`.
    pub(super) fn verify(&self, token: &str, channel: &str, now: Timestamp) -> Result<Value, &'static str> {
        let payload = self.authentic(token).ok_or("Invalid IdToken.")?;
        if payload["iss"] != ISSUER {
            return Err("Invalid IdToken Issuer.");
        }
        if payload["exp"].as_i64().unwrap_or(0) <= now.millis() / 1_000 {
            return Err("IdToken expired.");
        }
        if payload["aud"] != channel {
            return Err("Invalid IdToken Audience.");
        }
        Ok(payload)
    }

    fn authentic(&self, token: &str) -> Option<Value> {
        let (signed, signature) = token.rsplit_once('.')?;
        self.mac(signed).verify_slice(&URL_SAFE_NO_PAD.decode(signature).ok()?).ok()?;
        let payload = signed.split_once('.')?.1;
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).ok()?).ok()
    }

    fn mac(&self, text: &str) -> Hmac<Sha256> {
        let mut mac = Hmac::new_from_slice(&self.0).expect("HMAC takes a key of any length");
        mac.update(text.as_bytes());
        mac
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_good_for_its_channel_for_an_hour_and_only_unaltered() {
        let tokens = IdTokens::new([7; 32]);
        let person = LineUserId::parse("U0123456789abcdef0123456789abcdef").unwrap();
        let at = Timestamp::from_millis(1_790_000_000_000);
        let token = tokens.issue(&person, "12", at);
        assert_eq!(tokens.verify(&token, "12", at).unwrap()["sub"], person.as_str());
        assert_eq!(tokens.verify(&token, "13", at), Err("Invalid IdToken Audience."));
        assert_eq!(tokens.verify(&token, "12", at.plus(LIFE)), Err("IdToken expired."));
        let forged = IdTokens::new([8; 32]).issue(&person, "12", at);
        assert_eq!(tokens.verify(&forged, "12", at), Err("Invalid IdToken."));
        assert_eq!(tokens.verify("rubbish", "12", at), Err("Invalid IdToken."));
    }
}
