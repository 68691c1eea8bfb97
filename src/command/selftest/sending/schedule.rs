//! What goes wrong in one run: where the process dies, what LINE does, what staff do. All of it follows from the seed.

use std::time::Duration;

use musubi::chance::Chance;
use musubi::failpoint;
use musubi::simulator::{Endpoint, Fault};

/// How one life of the sender ends.
#[derive(Clone, Debug)]
pub(super) enum Death {
    /// By itself, where it passes a place for the n-th time.
    At(&'static str, u64),
    /// SIGKILL after so long.
    After(Duration),
    /// SIGKILL when LINE has taken a batch and has not answered.
    Unheard,
    /// SIGKILL after so long, in a life that may write no file beyond so many kilobytes, as on a full disk.
    FullDisk(u64, Duration),
    /// SIGKILL after so long, in a life whose clock is wrong by so many hours.
    WrongClock(i64, Duration),
}

/// What staff do while it is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Deed {
    /// Nothing.
    Nothing,
    /// Hold it, and let it go on.
    PauseAndResume,
    /// Switch all sending off, and on again.
    SwitchOffAndOn,
    /// End it.
    Stop,
}

/// One run.
#[derive(Clone, Debug)]
pub(super) struct Schedule {
    pub deaths: Vec<Death>,
    pub faults: Vec<(Endpoint, Fault, u32)>,
    /// Places in the list of people whose ids LINE refuses.
    pub malformed: Vec<usize>,
    pub deed: Deed,
    pub deed_after: Duration,
    pub send_at_once: u64,
    pub hold_minutes: u64,
    pub latency: Duration,
}

impl Schedule {
    pub(super) fn of(seed: u64, number: u64, people: usize) -> Self {
        let chance = Chance::seeded(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(number));
        let below = |end: u64| chance.below(end);
        let faults = (0..below(5)).map(|_| fault(&chance)).collect();
        let millis = |end: u64| Duration::from_millis(below(end));
        Self {
            // The first death is at every place in turn, so that none is left to chance.
            deaths: (0..=below(3)).map(|life| death(&chance, (life == 0).then_some(number))).collect(),
            faults,
            malformed: (0..below(3)).map(|_| index(below(people as u64))).collect(),
            deed: [Deed::Nothing, Deed::Nothing, Deed::PauseAndResume, Deed::SwitchOffAndOn, Deed::Stop]
                [index(below(5))],
            deed_after: millis(1_500),
            send_at_once: [1, 2, 32][index(below(3))],
            hold_minutes: [0, 0, 1][index(below(3))],
            latency: Duration::from_millis(25),
        }
    }
}

fn index(number: u64) -> usize {
    usize::try_from(number).unwrap_or(0)
}

fn death(chance: &Chance, in_turn: Option<u64>) -> Death {
    if let Some(number) = in_turn {
        let places = failpoint::PLACES;
        return Death::At(places[index(number % places.len() as u64)], 1);
    }
    match chance.below(10) {
        0..=5 => {
            let place = failpoint::PLACES[index(chance.below(failpoint::PLACES.len() as u64))];
            Death::At(place, 1 + chance.below(4))
        }
        6 | 7 => Death::After(Duration::from_millis(300 + chance.below(900))),
        8 if chance.below(2) == 0 => Death::FullDisk(8 << chance.below(8), Duration::from_millis(900)),
        8 => Death::Unheard,
        _ => {
            let hours = i64::try_from(1 + chance.below(48)).unwrap_or(1);
            let sign = if chance.below(2) == 0 { -1 } else { 1 };
            Death::WrongClock(sign * hours, Duration::from_millis(900))
        }
    }
}

fn fault(chance: &Chance) -> (Endpoint, Fault, u32) {
    let faults = [
        Fault::Pass,
        Fault::RateLimit,
        Fault::MonthlyLimit,
        Fault::ServerError,
        Fault::Unauthorized,
        Fault::ResetBeforeAccept,
        Fault::Slow(Duration::from_millis(300)),
        Fault::AcceptThenDrop,
        Fault::AcceptThenServerError,
        Fault::HalfBody,
    ];
    let endpoint = if chance.below(8) == 0 { Endpoint::Token } else { Endpoint::Multicast };
    let fault = faults[index(chance.below(faults.len() as u64))];
    (endpoint, fault, 1 + u32::try_from(chance.below(2)).unwrap_or(0))
}
