//! The path of a rule: its name in the library, and the name of its file when it is exported.
//!
//! So it can only be what a file below `segments/` may be called on any system: no `..`, no absolute path, no dot, no
//! space. Japanese letters are fine.

use std::fmt;

use unicode_normalization::UnicodeNormalization as _;

const LONGEST: usize = 120;
const DEEPEST: usize = 6;

/// A path such as `kenshin/tokutei` or `共通/国保40から74`, without `segments/` and `.seg`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RulePath(String);

impl RulePath {
    /// Reads a path as people type it (full-width letters, a leading `segments/`, a trailing `.seg`); `None` where it
    /// could not be a file's name.
    #[must_use]
    pub fn parse(typed: &str) -> Option<Self> {
        let plain: String = typed.trim().nfkc().collect();
        let plain = plain.strip_prefix("segments/").unwrap_or(&plain);
        let plain = plain.strip_suffix(".seg").unwrap_or(plain);
        let part = |part: &str| !part.is_empty() && part.chars().all(may_stand) && !part.starts_with('-');
        let fits = plain.chars().count() <= LONGEST && plain.split('/').count() <= DEEPEST;
        (fits && plain.split('/').all(part)).then(|| Self(plain.to_owned()))
    }

    /// The path.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Its last part.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or(&self.0)
    }
}

impl fmt::Display for RulePath {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

fn may_stand(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '-' | '_' | 'ー' | '・')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_what_a_file_may_be_called_and_nothing_else() {
        let read = |typed: &str| RulePath::parse(typed).map(|path| path.to_string());
        assert_eq!(read(" segments/kenshin/tokutei.seg ").as_deref(), Some("kenshin/tokutei"));
        assert_eq!(read("共通/国保４０から７４").as_deref(), Some("共通/国保40から74"));
        for wrong in [
            "",
            "/etc/passwd",
            "../x",
            "a/../b",
            "a//b",
            "a b",
            "a.b",
            "a\\b",
            "a/",
            "-x",
            "a\nb",
            "a:b",
            "a#b",
        ] {
            assert_eq!(read(wrong), None, "{wrong:?}");
        }
        assert_eq!(read(&"a".repeat(121)), None);
        assert_eq!(read("a/b/c/d/e/f/g"), None);
    }
}
