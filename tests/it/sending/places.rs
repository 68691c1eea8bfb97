//! Every place where a test lets the program die is in the source, once, and no other.

use musubi::failpoint::PLACES;

use crate::support::source;

#[test]
fn every_named_place_stands_in_the_source_exactly_once() {
    let mut found = Vec::new();
    for file in source::files().into_iter().filter(|file| !file.path.ends_with("failpoint.rs")) {
        for call in ["failpoint::reach(\"", "failpoint::reach_soon(\""] {
            let places = file.text.split(call).skip(1).filter_map(|rest| rest.split('"').next());
            found.extend(places.map(str::to_owned));
        }
    }
    found.sort_unstable();
    let mut known = PLACES.to_vec();
    known.sort_unstable();
    assert_eq!(found, known);
}
