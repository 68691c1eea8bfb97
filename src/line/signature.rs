//! The signature of a webhook: HMAC-SHA256 over the raw bytes, in Base64.
//!
//! Checked before anything is parsed, over exactly the bytes that came in. Two secrets may be valid at once, because
//! LINE invalidates a reissued channel secret without an overlap. The comparison takes constant time; nothing here
//! logs, and no error says what was expected.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

/// The header that carries the signature (header names know no case).
pub const HEADER: &str = "x-line-signature";

/// Why a body is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// There is no signature header.
    #[error("the signature header is missing")]
    Missing,
    /// The header is not Base64 with padding.
    #[error("the signature is not Base64")]
    NotBase64,
    /// No configured secret gives this signature.
    #[error("the signature does not match")]
    Mismatch,
}

/// Checks `header` against `body` under each of `secrets`; an empty secret, or none, matches nothing.
///
/// # Errors
/// [`SignatureError`], of which each is answered with 401 and nothing stored.
pub fn verify(secrets: &[SecretString], body: &[u8], header: Option<&str>) -> Result<(), SignatureError> {
    let given =
        STANDARD.decode(header.ok_or(SignatureError::Missing)?).map_err(|_| SignatureError::NotBase64)?;
    let usable = secrets.iter().filter(|secret| !secret.expose_secret().is_empty());
    for secret in usable {
        if keyed(secret.expose_secret(), body).verify_slice(&given).is_ok() {
            return Ok(());
        }
    }
    Err(SignatureError::Mismatch)
}

/// Signs `body` as LINE does; for the simulator and for tests.
#[must_use]
pub fn sign(secret: &SecretString, body: &[u8]) -> String {
    STANDARD.encode(keyed(secret.expose_secret(), body).finalize().into_bytes())
}

fn keyed(secret: &str, body: &[u8]) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes a key of any length");
    mac.update(body);
    mac
}

#[cfg(test)]
mod tests {
    use super::*;

    // Vector A is the example of LINE's documentation; B was made with OpenSSL over Japanese, an emoji and an escape.
    const SECRET_A: &str = "8c570fa6dd201bb328f1c1eac23a96d8";
    const BODY_A: &str = r#"{"destination":"U8e742f61d673b39c7fff3cecb7536ef0","events":[]}"#;
    const SIGNATURE_A: &str = "GhRKmvmHys4Pi8DxkF4+EayaH0OqtJtaZxgTD9fMDLs=";
    const SECRET_B: &str = "0123456789abcdef0123456789abcdef";
    const BODY_B: &str = r#"{"destination":"U0123456789abcdef0123456789abcdef","events":[{"type":"message","message":{"type":"text","id":"500000000000000001","quoteToken":"q","text":"出雲市の健診\nだんだん😀"},"timestamp":1790000000000,"source":{"type":"user","userId":"Ufedcba9876543210fedcba9876543210"},"replyToken":"00000000000000000000000000000001","mode":"active","webhookEventId":"01JZ3N8Q4X9V5T7R2B6C1D0E8F","deliveryContext":{"isRedelivery":false}}]}"#;
    const SIGNATURE_B: &str = "R6HlwzlIVLfBlRD3Fn/ncWKInOTqTKJ3G+++2x3vkAI=";

    fn secrets(texts: &[&str]) -> Vec<SecretString> {
        texts.iter().map(|text| SecretString::from(*text)).collect()
    }

    #[test]
    fn both_vectors_verify_and_are_signed_alike() {
        for (secret, body, header) in [(SECRET_A, BODY_A, SIGNATURE_A), (SECRET_B, BODY_B, SIGNATURE_B)] {
            assert_eq!(verify(&secrets(&[secret]), body.as_bytes(), Some(header)), Ok(()));
            assert_eq!(sign(&SecretString::from(secret), body.as_bytes()), header);
        }
    }

    #[test]
    fn during_a_change_either_secret_will_do() {
        let both = secrets(&[SECRET_B, SECRET_A]);
        assert_eq!(verify(&both, BODY_A.as_bytes(), Some(SIGNATURE_A)), Ok(()));
        assert_eq!(verify(&both, BODY_B.as_bytes(), Some(SIGNATURE_B)), Ok(()));
    }

    #[test]
    fn a_missing_or_broken_header_is_not_believed() {
        let secret = secrets(&[SECRET_A]);
        let check = |header| verify(&secret, BODY_A.as_bytes(), header);
        assert_eq!(check(None), Err(SignatureError::Missing));
        assert_eq!(check(Some("署名")), Err(SignatureError::NotBase64));
        assert_eq!(check(Some(&SIGNATURE_A[..43])), Err(SignatureError::NotBase64));
        assert_eq!(check(Some(&SIGNATURE_A[..40])), Err(SignatureError::Mismatch));
        assert_eq!(check(Some("")), Err(SignatureError::Mismatch));
        assert_eq!(check(Some(SIGNATURE_B)), Err(SignatureError::Mismatch));
    }

    #[test]
    fn one_altered_byte_or_a_wrong_secret_is_noticed() {
        let spaced = format!("{BODY_A} ");
        assert_eq!(
            verify(&secrets(&[SECRET_A]), spaced.as_bytes(), Some(SIGNATURE_A)),
            Err(SignatureError::Mismatch)
        );
        assert_eq!(
            verify(&secrets(&[SECRET_B]), BODY_A.as_bytes(), Some(SIGNATURE_A)),
            Err(SignatureError::Mismatch)
        );
    }

    #[test]
    fn an_empty_secret_opens_nothing() {
        let forged = sign(&SecretString::from(""), BODY_A.as_bytes());
        assert_eq!(verify(&secrets(&[""]), BODY_A.as_bytes(), Some(&forged)), Err(SignatureError::Mismatch));
        assert_eq!(verify(&[], BODY_A.as_bytes(), Some(&forged)), Err(SignatureError::Mismatch));
    }
}
