//! What goes wrong in one run: where the process dies, what LINE does, what staff do. All of it follows from the seed.

use std::time::Duration;

use musubi::chance::Chance;
use musubi::failpoint;
use musubi::simulator::{Endpoint, Fault};

use super::letter::Letter;

/// How long LINE takes for an answer.
const ANSWERS_AFTER: Duration = Duration::from_millis(25);
/// How long a life lasts whose clock is wrong.
const SHORT_LIFE: Duration = Duration::from_millis(900);

/// How many minutes what expires is true: none of which a run of the right time gets to see the end of.
const TRUE_FOR: u64 = 90;
/// One of these is drawn.
const DEEDS: [Deed; 8] = [
    Deed::Nothing,
    Deed::Nothing,
    Deed::PauseAndResume,
    Deed::SwitchOffAndOn,
    Deed::Stop,
    Deed::Stop,
    Deed::Correct,
    Deed::Emergency,
];

/// How one life of the sender ends.
#[derive(Clone, Debug)]
pub(super) enum Death {
    /// By itself, where it passes a place for the n-th time.
    At(&'static str, u64),
    /// SIGKILL after so long.
    After(Duration),
    /// SIGKILL when LINE has taken a batch and has not answered.
    Unheard,
    /// SIGKILL after so long, in a life that may write no file beyond so many kilobytes, as on a full disk; on a server,
    /// whose disk is not its own, in one whose connections are cut again and again.
    FullDisk(u64, Duration),
    /// SIGKILL after so long, in a life whose clock is wrong by so many hours.
    WrongClock(i64, Duration),
    /// By itself, at a place that is passed only where so many hours have gone by; else SIGKILL after so long.
    HoursLater(&'static str, i64, Duration),
}

impl Death {
    /// By how many hours the clock of this life is ahead of the right one.
    pub(super) fn hours_ahead(&self) -> i64 {
        match self {
            Self::WrongClock(hours, _) | Self::HoursLater(_, hours, _) => *hours,
            _ => 0,
        }
    }
}

/// A backup that is taken on the way and later put in the place of everything that came after it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Restore {
    /// Taken so long after the broadcast is under way; `None` for one that is approved and not planned yet.
    pub taken_after: Option<Duration>,
    /// Put back so long after LINE has accepted something that is lost with it, at the latest when everything has been sent.
    pub back_after: Duration,
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
    /// End it, and send a correction to whoever has it.
    Correct,
    /// Send an emergency to the whole city.
    Emergency,
}

/// One run.
#[derive(Clone, Debug)]
pub(super) struct Schedule {
    pub letter: Letter,
    /// For how many minutes it is true; for ever without.
    pub minutes: Option<u64>,
    pub deaths: Vec<Death>,
    pub faults: Vec<(Endpoint, Fault, u32)>,
    /// Places in the list of people whose ids LINE refuses.
    pub malformed: Vec<usize>,
    pub deed: Deed,
    pub deed_after: Duration,
    pub send_at_once: u64,
    pub hold_minutes: u64,
    pub latency: Duration,
    pub restore: Option<Restore>,
}

impl Schedule {
    pub(super) fn of(seed: u64, number: u64, people: usize) -> Self {
        let chance = Chance::seeded(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(number));
        let below = |end: u64| chance.below(end);
        let faults = (0..below(5)).map(|_| fault(&chance)).collect();
        let millis = |end: u64| Duration::from_millis(below(end));
        let mut schedule = Self {
            // The first death is at every place in turn, so that none is left to chance.
            deaths: (0..=below(3)).map(|life| death(&chance, (life == 0).then_some(number))).collect(),
            faults,
            malformed: (0..below(3)).map(|_| index(below(people as u64))).collect(),
            deed: DEEDS[index(below(8))],
            letter: Letter::ALL[index(below(Letter::ALL.len() as u64))],
            minutes: (below(8) == 0).then_some(TRUE_FOR),
            deed_after: millis(1_500),
            send_at_once: [1, 2, 32][index(below(3))],
            hold_minutes: [0, 0, 1][index(below(3))],
            latency: ANSWERS_AFTER,
            restore: None,
        };
        schedule.restore = restore(&chance);
        if schedule.restore.is_some() {
            schedule.latency = ANSWERS_AFTER * 4;
        }
        if schedule.minutes.is_some() {
            // It is true for longer than a run takes: only a clock that is ahead sees its end.
            let hours = i64::try_from(2 + below(4)).unwrap_or(2);
            let begins = Death::After(Duration::from_millis(400 + below(600)));
            schedule.deaths.extend([begins, Death::WrongClock(hours, SHORT_LIFE)]);
        }
        schedule.lead_to(failpoint::PLACES[index(number % failpoint::PLACES.len() as u64)], people);
        schedule.keep_apart();
        schedule
    }

    /// What has a second broadcast is played where the figures of both can be told: no past comes back, which people would
    /// do again in, and no clock is so wrong that an emergency is no longer true.
    fn keep_apart(&mut self) {
        let is_strange = self.restore.is_some() || self.deaths.iter().any(|death| death.hours_ahead() != 0);
        if is_strange && matches!(self.deed, Deed::Correct | Deed::Emergency) {
            self.deed = Deed::Nothing;
        }
    }

    /// Sees to it that a broadcast comes by the place of its first death.
    fn lead_to(&mut self, place: &str, people: usize) {
        match place.split_once('.') {
            Some(("pilot", _)) => {
                // A correction would end it before, and homes are too few to have first recipients.
                (self.hold_minutes, self.letter, self.deed) = (1, Letter::Plain, Deed::Nothing);
            }
            // What is no longer true asks nobody.
            Some(("hold", _)) => self.minutes = None,
            Some(("split", _)) => {
                // The last of all is no home, and stands in a batch with others.
                (self.malformed, self.letter, self.minutes) = (vec![people - 1], Letter::Plain, None);
                self.faults.clear();
            }
            // Only what nobody has heard of is ever given up.
            Some(("give_up", _)) => {
                (self.minutes, self.letter) = (None, Letter::Plain);
                self.deaths.insert(0, Death::Unheard);
            }
            _ => {}
        }
    }
}

/// One run in six is restored, one of four of these from before it was planned.
fn restore(chance: &Chance) -> Option<Restore> {
    let is_restored = chance.below(6) == 0;
    let taken_after = (0 < chance.below(4)).then(|| Duration::from_millis(chance.below(500)));
    let back_after = Duration::from_millis(chance.below(1_200));
    is_restored.then_some(Restore { taken_after, back_after })
}

fn index(number: u64) -> usize {
    usize::try_from(number).unwrap_or(0)
}

fn death(chance: &Chance, in_turn: Option<u64>) -> Death {
    if let Some(number) = in_turn {
        let places = failpoint::PLACES;
        return at(places[index(number % places.len() as u64)], 1);
    }
    match chance.below(10) {
        0..=5 => {
            let place = failpoint::PLACES[index(chance.below(failpoint::PLACES.len() as u64))];
            at(place, 1 + chance.below(4))
        }
        6 | 7 => Death::After(Duration::from_millis(300 + chance.below(900))),
        8 if chance.below(2) == 0 => Death::FullDisk(8 << chance.below(8), Duration::from_millis(900)),
        8 => Death::Unheard,
        _ => {
            let hours = i64::try_from(1 + chance.below(48)).unwrap_or(1);
            let sign = if chance.below(2) == 0 { -1 } else { 1 };
            Death::WrongClock(sign * hours, SHORT_LIFE)
        }
    }
}

/// A death at a place. Some are passed only by a broadcast that asks because it is late, or whose answer is a day old.
fn at(place: &'static str, turn: u64) -> Death {
    match place.split_once('.') {
        Some(("hold", _)) => Death::HoursLater(place, 2, SHORT_LIFE),
        Some(("give_up", _)) => Death::HoursLater(place, 24, SHORT_LIFE),
        _ => Death::At(place, turn),
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
    let endpoint = match chance.below(8) {
        0 => Endpoint::Token,
        1 | 2 => Endpoint::Push,
        _ => Endpoint::Multicast,
    };
    let fault = faults[index(chance.below(faults.len() as u64))];
    (endpoint, fault, 1 + u32::try_from(chance.below(2)).unwrap_or(0))
}
