//! Reads our own source for the tests about the project itself.

use std::path::{Path, PathBuf};

/// One Rust file under src.
pub struct SourceFile {
    /// Relative to the root of the repository.
    pub path: PathBuf,
    /// As it is written.
    pub text: String,
    /// Without comments, the content of strings, and unit tests (at the end, or in a `tests.rs`).
    pub code: String,
}

/// Every Rust file under src.
pub fn files() -> Vec<SourceFile> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    let mut folders = vec![root.join("src")];
    while let Some(folder) = folders.pop() {
        for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                let tests = path.file_stem().is_some_and(|stem| stem == "tests");
                let code = if tests { String::new() } else { code(&text) };
                found.push(SourceFile { path: path.strip_prefix(root).unwrap().to_owned(), text, code });
            }
        }
    }
    found.sort_by(|one, other| one.path.cmp(&other.path));
    found
}

/// A text without comments, the content of strings, and the unit tests at its end.
pub fn code(text: &str) -> String {
    let bare = strip(text);
    let end = bare.find("#[cfg(test)]\nmod ").unwrap_or(bare.len());
    bare[..end].to_owned()
}

/// Blanks out comments and the content of string and character literals, so that what is left is code.
fn strip(text: &str) -> String {
    let (mut out, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(first) = rest.chars().next() {
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else if let Some(length) = raw_string(rest, &out) {
            out.push_str("\"\"");
            length
        } else if first == '"' {
            out.push_str("\"\"");
            quoted(rest, '"')
        } else if first == '\'' && is_character(rest) {
            out.push_str("' '");
            quoted(rest, '\'')
        } else {
            out.push(first);
            first.len_utf8()
        };
        rest = &rest[length..];
    }
    out
}

fn raw_string(rest: &str, before: &str) -> Option<usize> {
    let hashes = rest.strip_prefix('r')?;
    let mark: String = hashes.chars().take_while(|letter| *letter == '#').collect();
    let inside = hashes[mark.len()..].strip_prefix('"')?;
    if before.ends_with(|letter: char| letter.is_alphanumeric() && letter != 'b' || letter == '_') {
        return None;
    }
    let end = format!("\"{mark}");
    let opened = rest.len() - inside.len();
    Some(inside.find(&end).map_or(rest.len(), |at| opened + at + end.len()))
}

/// The length of a literal that begins here, with its quotes.
fn quoted(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, letter) in rest.char_indices().skip(1) {
        if letter == quote && !escaped {
            return at + 1;
        }
        escaped = letter == '\\' && !escaped;
    }
    rest.len()
}

/// `'a'` and `'\n'` are characters, `'a` is a lifetime.
fn is_character(rest: &str) -> bool {
    let mut letters = rest.chars().skip(1);
    letters.next() == Some('\\') || letters.next() == Some('\'')
}

#[test]
fn comments_strings_and_unit_tests_are_not_code() {
    let text = "use a::b; // use crate::web\nlet url = \"http://x\"; let q = '\"'; fn f<'a>() {}\n\
                let raw = r#\"crate::flow \"quoted\"\"#; crate::store::x();\n#[cfg(test)]\nmod tests { crate::web }";
    let code = code(text);
    assert!(code.contains("crate::store::x()") && code.contains("use a::b;") && code.contains("fn f<'a>()"));
    assert!(!code.contains("web") && !code.contains("http") && !code.contains("flow"), "{code}");
}
