//! One rule file, ready to be asked: read, checked, with the shared conditions of its folder in their places.

use std::path::Path;

use anyhow::{Result, anyhow};
use jiff::civil::Date;
use musubi::app::{load_catalogue, unreadable};
use musubi::domain::attribute::Catalogue;
use musubi::domain::segment::Segment;
use musubi::domain::segment::library::Library;
use musubi::domain::segment::text::{Places, parse_with_places};

use super::files;

/// A rule with what it is read by.
pub struct Loaded {
    /// The rule, shared conditions in their places.
    pub segment: Segment,
    /// Where its lines stand in the file.
    pub places: Places,
    /// The catalogue of its folder.
    pub catalogue: Catalogue,
}

/// Reads a rule file as of `today` with the catalogue and the shared conditions of its folder. A rule past its review
/// date is taken all the same: that is how it is reviewed.
///
/// # Errors
/// Where the file or the catalogue can't be read, or the rule has an error.
pub fn load(path: &Path, today: Date) -> Result<Loaded> {
    let folder = files::folder([&path.to_owned()]);
    let catalogue = load_catalogue(&folder)?;
    let name = path.display();
    let text = std::fs::read_to_string(path).map_err(|error| anyhow!("{name}: {}。", unreadable(&error)))?;
    let wrong = || anyhow!("{name} に直すところがあります。「musubi segment check」で確かめてください。");
    let (written, places) = parse_with_places(&text, &catalogue).map_err(|_| wrong())?;
    let day = written.header.review_by.map_or(today, |last| last.min(today));
    let source = files::inside(&folder, path);
    let library = Library::from_sources(files::shared(&folder), &catalogue, day);
    let (_, segment) = library.review(&source, &text, &catalogue, day);
    Ok(Loaded { segment: segment.ok_or_else(wrong)?, places, catalogue })
}
