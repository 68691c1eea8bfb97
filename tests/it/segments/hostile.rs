//! Files that were made to take long are answered soon, and none of them reaches anybody by accident.

use musubi::domain::segment::generate::hostile;
use musubi::domain::segment::library::Library;
use musubi::domain::segment::text::MAX_BYTES;

use super::*;

#[test]
fn files_made_to_take_long_are_answered_soon() {
    let catalogue = Catalogue::builtin();
    let shared = include_str!("../../../segments/共通/特定健診の対象.seg").to_owned();
    let library = Library::from_sources(vec![("共通/特定健診の対象".to_owned(), shared)], &catalogue, TODAY);
    for (name, text) in hostile() {
        assert!(
            text.len() <= MAX_BYTES && MAX_BYTES / 16 < text.len() || name.starts_with("入れ子"),
            "{name}"
        );
        let started = std::time::Instant::now();
        let (report, _) = library.review("x", &text, &catalogue, TODAY);
        // Below 50 ms in a release build (`musubi selftest hostile`); this only catches what grows much
        // faster, in a debug build on a busy machine.
        assert!(started.elapsed().as_secs() < 20, "{name}: {:?}", started.elapsed());
        assert!(report.diagnostics.len() < MAX_BYTES, "{name}");
    }
}
