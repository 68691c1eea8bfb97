//! Generated rules, households and days: what the engine and the evaluator are compared on.
//!
//! Drawn from a seed by our own dice, so that `musubi selftest segments` finds the same case again on every machine and
//! after every update. Every variant of the tree occurs, over a catalogue with every kind of attribute; people come as
//! no form would let them in (nobody registered, two friends, no relation, gaps), and days, births and events stand on
//! the edges where rules go wrong: 31 March, 1 and 2 April, 29 February, the day before a birthday. Nothing here is
//! about anybody, and nothing here is ever sent with.

mod catalogue;
mod conditions;
mod days;
mod examples;
mod hostile;
mod people;
mod rules;

pub use catalogue::every_kind;
pub use examples::as_example;
pub use hostile::hostile;

use std::sync::Arc;

use jiff::civil::Date;

use super::rule::Segment;
use crate::domain::attribute::{Catalogue, TopicId};
use crate::domain::dice::Dice;
use crate::domain::history::Coverage;
use crate::domain::household::Household;
use crate::domain::ids::AccountId;

/// Some accounts whose births and events stand around one day.
#[derive(Clone, Debug)]
pub struct Town {
    /// The accounts, in the order of their ids.
    pub people: Vec<(AccountId, Household)>,
    /// The day around which edges were put.
    pub day: Date,
    /// For what everybody's records are complete.
    pub coverage: Arc<Coverage>,
}

/// A rule with what it is asked for.
#[derive(Clone, Debug)]
pub struct Case {
    /// The rule; it can be written as text and as JSON.
    pub segment: Segment,
    /// The as-of date.
    pub as_of: Date,
    /// The topic of the broadcast.
    pub topic: Option<TopicId>,
}

/// The town of a number under a seed.
#[must_use]
pub fn town(seed: u64, number: u64, accounts: usize, catalogue: &Catalogue) -> Town {
    let mut dice = Dice::of(seed, number.wrapping_mul(2));
    let day = days::any_day(&mut dice);
    let (coverage, people) = people::accounts(&mut dice, accounts, day, catalogue);
    Town { people, day, coverage }
}

/// The case of a number under a seed, for people whose edges stand around `day`.
#[must_use]
pub fn case(seed: u64, number: u64, day: Date, catalogue: &Catalogue) -> Case {
    let mut dice = Dice::of(seed, number.wrapping_mul(2).wrapping_add(1));
    let as_of = days::as_of(&mut dice, day);
    let segment = rules::segment(&mut rules::Pen { dice: &mut dice, catalogue, day: as_of });
    let topics = catalogue.topics();
    let topic = dice.permille(600).then(|| dice.one_of(topics).map(|topic| topic.id.clone())).flatten();
    Case { segment, as_of, topic }
}
