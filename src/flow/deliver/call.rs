//! The call to LINE, and what its answer means for a batch.

use crate::app::App;
use crate::failpoint;
use crate::line::{Error, NeverReason};
use crate::store::batches::Attempt;

/// What came of one attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// LINE has it, now or from an earlier attempt; its id of the request that was accepted.
    Accepted(Option<String>),
    /// To be repeated with the same key.
    Later {
        /// How long LINE asks to wait, if it says.
        after: Option<std::time::Duration>,
        /// Whether LINE may have accepted it all the same.
        doubtful: bool,
        /// Why.
        why: String,
    },
    /// Nobody got it, for a reason that the whole broadcast shares.
    Hold(crate::domain::broadcast::Hold, String),
    /// Nobody got it, for a reason that every broadcast shares.
    AllOff(String),
    /// Nobody got it, because of a recipient; which one, if LINE says.
    Refused(Option<usize>),
}

/// Sends the stored bytes under the stored key.
pub(super) async fn call(app: &App, attempt: &Attempt) -> Outcome {
    failpoint::reach("call.before");
    failpoint::reach_soon("call.bytes_left");
    let body = attempt.body.clone();
    let answer = match attempt.recipients {
        1 => app.line.push_raw(attempt.retry_key, body).await,
        _ => app.line.multicast_raw(attempt.retry_key, body).await,
    };
    match answer {
        Ok(accepted) => Outcome::Accepted(accepted.accepted_request_id.or(accepted.request_id)),
        Err(error) => meaning(&error),
    }
}

fn meaning(error: &Error) -> Outcome {
    use crate::domain::broadcast::Hold::{ContentRefused, MonthlyLimit};
    let why = error.to_string();
    match error {
        Error::Later { after, .. } => {
            Outcome::Later { after: *after, doubtful: error.may_have_been_accepted(), why }
        }
        Error::Never(_) if error.is_monthly_limit() => Outcome::Hold(MonthlyLimit, why),
        Error::Never(_) if error.stops_all_sending() => Outcome::AllOff(why),
        Error::Never(NeverReason::BadRequest { properties, bad_recipient_index }) => {
            let names_messages = properties.iter().any(|property| property.starts_with("messages"));
            if names_messages && bad_recipient_index.is_none() {
                Outcome::Hold(ContentRefused, why)
            } else {
                Outcome::Refused(*bad_recipient_index)
            }
        }
        Error::Never(_) => Outcome::Hold(ContentRefused, why),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::broadcast::Hold;
    use crate::line::LaterReason;

    #[test]
    fn only_what_may_have_been_accepted_is_doubtful() {
        let later = |why| meaning(&Error::Later { after: None, why });
        let doubtful = |why| matches!(later(why), Outcome::Later { doubtful: true, .. });
        assert!(doubtful(LaterReason::Timeout) && doubtful(LaterReason::ServerError(500)));
        assert!(doubtful(LaterReason::Connection) && doubtful(LaterReason::Garbled));
        assert!(!doubtful(LaterReason::RateLimited) && !doubtful(LaterReason::Unsent));
        assert!(!doubtful(LaterReason::Unexplained));
    }

    #[test]
    fn a_refusal_stops_as_much_as_it_concerns_and_no_more() {
        let bad = |property: &str, index| {
            let properties = vec![property.to_owned()];
            meaning(&Error::Never(NeverReason::BadRequest { properties, bad_recipient_index: index }))
        };
        assert_eq!(bad("to[3]", Some(3)), Outcome::Refused(Some(3)));
        assert!(matches!(bad("messages[0].text", None), Outcome::Hold(Hold::ContentRefused, _)));
        assert!(matches!(meaning(&Error::Never(NeverReason::Unauthorised)), Outcome::AllOff(_)));
        assert!(matches!(
            meaning(&Error::Never(NeverReason::MonthlyLimit)),
            Outcome::Hold(Hold::MonthlyLimit, _)
        ));
    }
}
