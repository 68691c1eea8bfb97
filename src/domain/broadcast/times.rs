//! What can be wrong with the times of a broadcast, in the words of the form in which they are typed.
//!
//! Apart because the form asks before it is saved and submitting asks again, and both have to say the same. What time
//! it is comes in.

use crate::domain::timestamp::Timestamp;

/// What is wrong with a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TimeFault {
    /// It should have gone out already.
    #[error("送る日時が過ぎています。これからの日時にしてください。")]
    ScheduleInPast,
    /// It is no longer true already.
    #[error("有効期限が過ぎています。これからの日時にしてください。")]
    ExpiryInPast,
    /// It would no longer be true when it goes out.
    #[error("有効期限が送る日時より前です。送る日時より後にしてください。")]
    ExpiryBeforeSchedule,
    /// The day that the text names as the last one has passed when it goes out.
    #[error("本文の期限が、送る日より前です。期限か本文を直してください。")]
    DeadlinePast,
}

/// Everything that is wrong with the two times at an instant; nothing where they are not set.
#[must_use]
pub fn time_faults(
    scheduled_at: Option<Timestamp>,
    expires_at: Option<Timestamp>,
    now: Timestamp,
) -> Vec<TimeFault> {
    let late = scheduled_at.filter(|at| *at <= now).map(|_| TimeFault::ScheduleInPast);
    let expiry = expires_at.and_then(|expires| match scheduled_at {
        _ if expires <= now => Some(TimeFault::ExpiryInPast),
        Some(at) if expires <= at => Some(TimeFault::ExpiryBeforeSchedule),
        _ => None,
    });
    late.into_iter().chain(expiry).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_lie_ahead_and_the_expiry_behind_the_sending() {
        let at = |minute: i64| Some(Timestamp::from_millis(minute * 60_000));
        let faults = |scheduled, expires| time_faults(scheduled, expires, Timestamp::from_millis(0));
        assert_eq!(faults(None, None), []);
        assert_eq!(faults(at(1), at(2)), []);
        assert_eq!(faults(at(0), at(2)), [TimeFault::ScheduleInPast]);
        assert_eq!(faults(at(2), at(2)), [TimeFault::ExpiryBeforeSchedule]);
        assert_eq!(faults(None, at(0)), [TimeFault::ExpiryInPast]);
        assert_eq!(faults(at(-2), at(-1)), [TimeFault::ScheduleInPast, TimeFault::ExpiryInPast]);
    }
}
