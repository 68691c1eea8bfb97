//! The JSON face: the same tree for the rule builder and the API.
//!
//! A JSON rule is believed only after its text has been read back to the same tree. So it obeys the same vocabulary
//! and limits as a file, and can't smuggle in what a text could not say (a line break in a name, say).

use super::rule::Segment;
use super::text::{parse, print};
use super::{Code, Diagnostic};
use crate::domain::attribute::Catalogue;

/// The JSON form of a rule.
#[must_use]
pub fn to_json(segment: &Segment) -> serde_json::Value {
    serde_json::to_value(segment).expect("a rule has string keys only")
}

/// Reads a rule from JSON.
///
/// # Errors
/// What is wrong with it; places are those of its canonical text.
pub fn from_json(json: &str, catalogue: &Catalogue) -> Result<Segment, Vec<Diagnostic>> {
    const MAX_BYTES: usize = 256 * 1024;
    if MAX_BYTES < json.len() {
        return Err(vec![Diagnostic::new(
            Code::TooLarge,
            None,
            "条件が大きすぎます。",
            "条件を分けてください。",
        )]);
    }
    let segment: Segment = serde_json::from_str(json).map_err(|error| {
        let message = format!("条件の形式が正しくありません({}行{}文字目)。", error.line(), error.column());
        vec![Diagnostic::new(Code::Json, None, message, "条件の画面を開き直して、もう一度保存してください。")]
    })?;
    let read = parse(&print(&segment, catalogue), catalogue)?;
    if read == segment {
        return Ok(segment);
    }
    let mend = "名前や注記に改行や記号「#」を入れず、もう一度保存してください。";
    Err(vec![Diagnostic::new(Code::NotCanonical, None, "文章の形にすると別の意味になる条件です。", mend)])
}
