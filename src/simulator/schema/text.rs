//! Strings in a body: there, long enough, short enough, in the unit LINE counts them in.

use serde_json::Value;
use unicode_segmentation::UnicodeSegmentation;

use super::Findings;

/// The unit of a limit.
#[derive(Clone, Copy)]
pub(super) enum Unit {
    /// UTF-16 code units, LINE's default.
    Utf16,
    /// Grapheme clusters, for labels and what buttons say.
    Grapheme,
}

impl Unit {
    fn count(self, text: &str) -> usize {
        match self {
            Self::Utf16 => text.encode_utf16().count(),
            Self::Grapheme => text.graphemes(true).count(),
        }
    }
}

/// A string that must be there, not empty, and no longer than `max`.
pub(super) fn required(value: &Value, place: &str, max: usize, unit: Unit, findings: &mut Findings) {
    match value {
        Value::String(text) if text.is_empty() => findings.add(place, "May not be empty"),
        Value::Null => findings.add(place, "May not be empty"),
        other => optional(other, place, max, unit, findings),
    }
}

/// A string that may be missing.
pub(super) fn optional(value: &Value, place: &str, max: usize, unit: Unit, findings: &mut Findings) {
    match value {
        Value::Null => {}
        Value::String(text) if unit.count(text) <= max => {}
        Value::String(_) => findings.add(place, format!("Length must be between 0 and {max}")),
        _ => findings.add(place, "Must be a string"),
    }
}

/// The address of a picture: HTTPS, or HTTP on this machine, which the phone of the simulator can fetch and LINE
/// could not.
pub(super) fn picture(value: &Value, place: &str, findings: &mut Findings) {
    let own = ["http://localhost:", "http://127.0.0.1:", "http://[::1]:"];
    let text = value.as_str().unwrap_or_default();
    let schemes: &[&str] =
        if own.iter().any(|start| text.starts_with(start)) { &["http"] } else { &["https"] };
    address(value, place, 2_000, schemes, findings);
}

/// An address of at most `max` characters with one of the schemes.
pub(super) fn address(value: &Value, place: &str, max: usize, schemes: &[&str], findings: &mut Findings) {
    required(value, place, max, Unit::Utf16, findings);
    let Some(text) = value.as_str().filter(|text| !text.is_empty()) else { return };
    let scheme = text.split_once(':').map(|(scheme, _)| scheme.to_ascii_lowercase());
    if !scheme.is_some_and(|scheme| schemes.contains(&scheme.as_str())) {
        findings.add(place, "invalid uri scheme");
    }
    // LINE wants addresses percent-encoded.
    if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        findings.add(place, "invalid uri");
    }
}
