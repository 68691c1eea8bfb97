//! Any text is read, refused or understood without a panic and without a hang; what is understood is printed, and
//! reads back as the same rule.

#![no_main]

use std::sync::LazyLock;

use jiff::civil::{Date, date};
use libfuzzer_sys::fuzz_target;
use musubi::domain::attribute::Catalogue;
use musubi::domain::household::Household;
use musubi::domain::segment::json::{from_json, to_json};
use musubi::domain::segment::library::Library;
use musubi::domain::segment::person::evaluate;
use musubi::domain::segment::text::{parse, print};

const TODAY: Date = date(2026, 11, 22);
static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(Catalogue::builtin);
/// A shared condition to be named, and to name others.
static SHARED: LazyLock<String> =
    LazyLock::new(|| include_str!("../../segments/共通/特定健診の対象.seg").to_owned());

fuzz_target!(|text: &str| {
    let Ok(segment) = parse(text, &CATALOGUE) else {
        // Refused texts are told about; that, too, must not panic.
        library(text);
        return;
    };
    let printed = print(&segment, &CATALOGUE);
    assert_eq!(parse(&printed, &CATALOGUE).as_ref(), Ok(&segment), "{printed}");
    assert_eq!(from_json(&to_json(&segment).to_string(), &CATALOGUE).as_ref(), Ok(&segment), "{printed}");
    let _ = evaluate(&segment, &CATALOGUE, &Household::default(), TODAY, None);
    library(text);
});

/// The text as a rule that names a shared condition, and as a shared condition that others name.
fn library(text: &str) {
    let sources = vec![
        ("kenshin/x.seg".to_owned(), text.to_owned()),
        ("共通/特定健診の対象.seg".to_owned(), SHARED.clone()),
        ("共通/x.seg".to_owned(), text.to_owned()),
    ];
    let library = Library::from_sources(sources, &CATALOGUE, TODAY);
    for file in library.files() {
        for one in &file.diagnostics {
            let place = one.place.map_or(1, |place| place.line.min(place.column).min(place.length));
            assert!(0 < place, "{one:?}");
        }
    }
}
