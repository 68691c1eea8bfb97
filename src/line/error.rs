//! What LINE's answer means for us: *again later*, or *never*.
//!
//! Decided here, where status codes and LINE's texts are known, so that nobody above compares strings. No error holds
//! a message text, a token, a user id or an address; LINE's own texts are not repeated.

use std::time::Duration;

use super::message::Violations;

/// Why a call did not do what it should.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The same request may succeed later. After [`LaterReason::Timeout`], [`LaterReason::Connection`] and
    /// [`LaterReason::ServerError`] it may also have been accepted: repeat with the same retry key.
    #[error("LINE, again later: {why}")]
    Later {
        /// How long LINE asks to wait, if it says.
        after: Option<Duration>,
        /// What happened.
        why: LaterReason,
    },
    /// The same request will never succeed, and nobody received anything.
    #[error("LINE, never: {0}")]
    Never(NeverReason),
}

/// Why to try again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LaterReason {
    /// Too many requests for the moment.
    #[error("the rate limit is reached")]
    RateLimited,
    /// LINE is at fault (5xx).
    #[error("status {0}")]
    ServerError(u16),
    /// No answer in time.
    #[error("no answer in time")]
    Timeout,
    /// The connection broke.
    #[error("the connection failed")]
    Connection,
    /// The request never left: no connection came about, or LINE gave no token for it.
    #[error("the request could not leave")]
    Unsent,
    /// A refusal that does not say what it finds wrong: nothing was accepted, and asked again it may say so. Whom it names
    /// decides how a batch goes on, and that must not depend on how much of an answer arrived.
    #[error("a refusal that can't be read")]
    Unexplained,
    /// An answer that can't be read.
    #[error("an unreadable answer")]
    Garbled,
}

/// Why not to try again.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NeverReason {
    /// We ourselves refuse: LINE's limits are not kept.
    #[error("not sendable: {0}")]
    NotSendable(Violations),
    /// LINE finds the request wrong.
    #[error("the request is wrong at {properties:?}, recipient {bad_recipient_index:?}")]
    BadRequest {
        /// The properties LINE names (`messages[0].text`), if it does.
        properties: Vec<String>,
        /// The entry of `to` that LINE names, from 0.
        bad_recipient_index: Option<usize>,
    },
    /// The month's messages are used up, or reserved by a running send.
    #[error("the monthly limit of messages is reached")]
    MonthlyLimit,
    /// The reply token was used or is too old.
    #[error("the reply token is no longer valid")]
    InvalidReplyToken,
    /// The channel's id or secret is wrong, or its token is refused although fresh.
    #[error("the channel's credentials are refused")]
    Unauthorised,
    /// The account's kind or plan does not allow it.
    #[error("the account may not do this")]
    Forbidden,
    /// There is no such thing, or it can't be had (a profile of somebody who blocked us).
    #[error("not found")]
    NotFound,
    /// The request is above LINE's size.
    #[error("the request is too large")]
    TooLarge,
    /// An answer LINE does not document: a wrong base address or something in between.
    #[error("unexpected status {0}")]
    Unexpected(u16),
}

impl Error {
    pub(super) fn later(why: LaterReason) -> Self {
        Self::Later { after: None, why }
    }

    /// What went wrong before the request itself left.
    pub(super) fn before_sending(self) -> Self {
        match self {
            Self::Later { after, .. } => Self::Later { after, why: LaterReason::Unsent },
            never @ Self::Never(_) => never,
        }
    }

    /// Whether the month's quota is the reason: pause the broadcast and tell staff.
    #[must_use]
    pub fn is_monthly_limit(&self) -> bool {
        matches!(self, Self::Never(NeverReason::MonthlyLimit))
    }

    /// Of a failed send: whether every other send would fail as well, so that all sending pauses and an alarm is raised.
    #[must_use]
    pub fn stops_all_sending(&self) -> bool {
        use NeverReason::{Forbidden, NotFound, Unauthorised, Unexpected};
        matches!(self, Self::Never(Unauthorised | Forbidden | NotFound | Unexpected(_)))
    }

    /// Whether LINE may have accepted the request although we know nothing: only the same retry key may follow.
    #[must_use]
    pub fn may_have_been_accepted(&self) -> bool {
        use LaterReason::{Connection, Garbled, ServerError, Timeout};
        matches!(self, Self::Later { why: ServerError(_) | Timeout | Connection | Garbled, .. })
    }
}

impl From<Violations> for Error {
    fn from(violations: Violations) -> Self {
        Self::Never(NeverReason::NotSendable(violations))
    }
}
