//! What property tests draw from: the same cases each time, or as many others as somebody asks for.
//!
//! `MUSUBI_CASES=20000 cargo test --test it` draws so many cases for each property, other ones each time. A case that
//! fails becomes a test of its own; nothing is kept in files.

use proptest::prelude::ProptestConfig;
use proptest::test_runner::RngSeed;

/// So many cases, always the same ones, unless `MUSUBI_CASES` asks for others.
pub fn cases(usual: u32) -> ProptestConfig {
    let asked = std::env::var("MUSUBI_CASES").ok();
    let (cases, rng_seed) = match asked {
        None => (usual, RngSeed::Fixed(2026)),
        Some(number) => (number.parse().expect("MUSUBI_CASES is a number"), RngSeed::Random),
    };
    ProptestConfig { cases, rng_seed, failure_persistence: None, ..ProptestConfig::default() }
}
