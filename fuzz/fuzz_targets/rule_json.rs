//! Any JSON is refused or is a rule whose text says the same.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use musubi::domain::attribute::Catalogue;
use musubi::domain::segment::json::{from_json, to_json};
use musubi::domain::segment::text::{parse, print};

static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(Catalogue::builtin);

fuzz_target!(|json: &str| {
    if let Ok(segment) = from_json(json, &CATALOGUE) {
        assert_eq!(parse(&print(&segment, &CATALOGUE), &CATALOGUE).as_ref(), Ok(&segment));
        assert_eq!(from_json(&to_json(&segment).to_string(), &CATALOGUE).as_ref(), Ok(&segment));
    }
});
