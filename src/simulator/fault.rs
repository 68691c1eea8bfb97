//! Faults that a test scripts: which endpoint fails, how, and how often.
//!
//! They are used up in the order in which they were scripted, one for each request. It holds the script only; the
//! gate of the API plays it.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use super::limits::Endpoint;

/// One way in which a request goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing goes wrong: lets a request pass before the next fault is played.
    Pass,
    /// 429 with the text for calls that come too fast; nothing is accepted.
    RateLimit,
    /// The same, and the answer comes late.
    RateLimitLate(Duration),
    /// 429 with the text for a used-up month; nothing is accepted.
    MonthlyLimit,
    /// 500; nothing is accepted.
    ServerError,
    /// 503 from something in between, which asks to wait for a day; nothing is accepted.
    WaitADay,
    /// 401, as if the access token had died; nothing is accepted.
    Unauthorized,
    /// 400 that names `to[n]` as malformed; nothing is accepted.
    MalformedId(usize),
    /// 400 that finds fault with the first text; nothing is accepted.
    BadText,
    /// 400 that does not say what is wrong; nothing is accepted.
    BadRequest,
    /// The connection is cut before LINE has looked at the request.
    ResetBeforeAccept,
    /// 200 with this text in place of LINE's answer; nothing is accepted.
    Says(&'static str),
    /// The request is handled, the answer comes late.
    Slow(Duration),
    /// The request is handled, and no answer ever comes.
    AcceptThenSilence,
    /// The request is handled, and 500 is answered all the same.
    AcceptThenServerError,
    /// The request is handled, and the connection is cut in place of the answer.
    AcceptThenDrop,
    /// The request is handled, and the connection is cut after half of the answer's body.
    HalfBody,
}

/// The faults still to come, by endpoint.
#[derive(Debug, Default)]
pub(super) struct Faults(HashMap<Endpoint, VecDeque<(Fault, u32)>>);

impl Faults {
    /// Appends `fault` for the next `times` requests that have none yet.
    pub(super) fn script(&mut self, endpoint: Endpoint, fault: Fault, times: u32) {
        if 0 < times {
            self.0.entry(endpoint).or_default().push_back((fault, times));
        }
    }

    /// The fault of the request that comes in now.
    pub(super) fn take(&mut self, endpoint: Endpoint) -> Fault {
        let Some(queue) = self.0.get_mut(&endpoint) else { return Fault::Pass };
        let Some((fault, times)) = queue.front_mut() else { return Fault::Pass };
        let fault = *fault;
        *times -= 1;
        if *times == 0 {
            queue.pop_front();
        }
        fault
    }

    /// Forgets what is still scripted.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}
