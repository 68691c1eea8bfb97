//! The columns and the evaluator of one person agree on at least 100,000 generated (rule, person, date) triples.
//!
//! `musubi selftest segments` tries as many more as one likes, from any seed; these are the first of seed 1.

use musubi::domain::segment::generate::every_kind;
use musubi::population::selftest::{Tried, block};

use super::*;

const TRIPLES: u64 = 100_000;

#[test]
fn a_hundred_thousand_generated_triples_are_answered_alike() {
    let catalogue = Arc::new(every_kind());
    let mut tried = Tried::default();
    for number in 0.. {
        let one = block(1, number, &catalogue).unwrap_or_else(|difference| panic!("{difference}"));
        tried = tried.and(one);
        if TRIPLES <= tried.triples {
            break;
        }
    }
    // A test in which everybody is unknown would prove little: each answer has its share.
    let answers = tried.answers;
    for share in [answers.target, answers.not_target, answers.excluded, answers.unknown] {
        assert!(TRIPLES / 20 <= share, "{tried:?}");
    }
}
