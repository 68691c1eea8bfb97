//! The segment language through its front door: rule files, the command, and generated rules.

mod codes;
mod explain;
mod files;
pub(crate) mod generated;
mod grammar;
mod hostile;
mod messages;
mod people;
mod possible;
mod properties;
mod reasoning;
mod schema;
mod shared;
mod trial;
mod trial_agrees;

use jiff::civil::{Date, date};
use musubi::domain::attribute::Catalogue;
use musubi::domain::segment::text::parse_with_places;
use musubi::domain::segment::{Diagnostic, check};

/// A day on which every shipped rule is within its review date.
const TODAY: Date = date(2026, 11, 22);

/// Codes of everything found in a text, errors of reading included.
fn found(text: &str) -> Vec<Diagnostic> {
    let catalogue = Catalogue::builtin();
    match parse_with_places(text, &catalogue) {
        Ok((segment, places)) => check::check(&segment, &catalogue, &places, TODAY),
        Err(faults) => faults,
    }
}

/// A rule with a sound head and these lines.
fn rule(body: &str) -> String {
    format!(
        "名前: 試し\n目的: 試験\n所管: 広報課\n根拠: 要綱\n想定人数: 1〜10\n見直し期限: 2027-03-31\n\n{body}"
    )
}
