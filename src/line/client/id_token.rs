//! Who opened the form: LINE's own check of a LIFF ID token.
//!
//! The only way a resident's page learns a LINE user id. What the browser says about itself is never taken; the token
//! proves "this LINE user, on this channel, within the hour" and nothing about name or residence.

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::answer::{self, Reply};
use super::call::Call;
use super::{Client, VERIFY_ID_TOKEN};
use crate::domain::ids::LineUserId;
use crate::domain::timestamp::Timestamp;
use crate::line::error::{Error, LaterReason};

/// A token LINE vouches for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdToken {
    /// Who.
    pub user: LineUserId,
    /// Until when the token is good.
    pub expires_at: Timestamp,
}

/// Why a token is not believed, or not yet.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdTokenError {
    /// It was good once: the page asks LINE for a new one.
    #[error("the ID token has expired")]
    Expired,
    /// It is of another channel: the LIFF settings are wrong, or it was made for somebody else's service.
    #[error("the ID token is for another channel")]
    WrongAudience,
    /// LINE did not make it.
    #[error("the ID token is not LINE's")]
    Forged,
    /// LINE can't be asked now, or not by us.
    #[error(transparent)]
    Line(#[from] Error),
}

impl Client {
    /// Asks LINE about a LIFF ID token made for `liff_channel_id` (the login channel's, not the Messaging API's).
    ///
    /// # Errors
    /// [`IdTokenError`].
    pub async fn verify_id_token(
        &self,
        id_token: &SecretString,
        liff_channel_id: &str,
    ) -> Result<IdToken, IdTokenError> {
        if !looks_like_a_token(id_token.expose_secret()) {
            return Err(IdTokenError::Forged);
        }
        let form = [("id_token", id_token.expose_secret()), ("client_id", liff_channel_id)];
        let reply = self.post_form(&VERIFY_ID_TOKEN, &form).await?;
        if reply.status == 400 {
            return Err(refusal(&reply));
        }
        let claims: WireClaims = answer::judge(&Call::new(&VERIFY_ID_TOKEN), reply)?.json()?;
        claims.check(liff_channel_id)
    }
}

/// Spares LINE what can't be a token at all.
fn looks_like_a_token(text: &str) -> bool {
    let part = |part: &str| {
        !part.is_empty()
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    text.len() <= 8_192 && text.split('.').count() == 3 && text.split('.').all(part)
}

fn refusal(reply: &Reply) -> IdTokenError {
    let Ok(wire) = reply.json::<WireRefusal>() else {
        return Error::later(LaterReason::Garbled).into();
    };
    // LINE gives one code for all of these; only the description tells them apart.
    let description = wire.error_description.unwrap_or_default().to_lowercase();
    if description.contains("expired") {
        IdTokenError::Expired
    } else if description.contains("audience") {
        IdTokenError::WrongAudience
    } else {
        IdTokenError::Forged
    }
}

#[derive(Deserialize)]
struct WireRefusal {
    error_description: Option<String>,
}

#[derive(Deserialize)]
struct WireClaims {
    sub: String,
    aud: String,
    exp: i64,
}

impl WireClaims {
    fn check(&self, liff_channel_id: &str) -> Result<IdToken, IdTokenError> {
        if self.aud != liff_channel_id {
            return Err(IdTokenError::WrongAudience);
        }
        let user = LineUserId::parse(&self.sub).ok_or(IdTokenError::Forged)?;
        Ok(IdToken { user, expires_at: Timestamp::from_millis(self.exp.saturating_mul(1_000)) })
    }
}
