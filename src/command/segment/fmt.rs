//! `musubi segment fmt`: one canonical form for every rule file.
//!
//! It never writes what it could not read back to the same rule, and it never loses a comment: comments are part of
//! the rule that is compared.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use musubi::domain::attribute::Catalogue;
use musubi::domain::segment::text::{parse, print};

use super::files::{read_all, replace, unwritable};

/// Rewrites files in canonical form; with `check_only` it changes nothing and fails if a file would change.
pub fn run(paths: &[PathBuf], catalogue: &Catalogue, check_only: bool) -> ExitCode {
    let (sources, unread) = read_all(paths);
    let mut good = unread == 0;
    for (path, text) in sources {
        good &= match one(&path, &text, catalogue, check_only) {
            Ok(kept) => kept || !check_only,
            Err(message) => {
                eprintln!("{path}: {message}。");
                false
            }
        };
    }
    if good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Whether the file was in canonical form already; else it is rewritten or named.
fn one(path: &str, text: &str, catalogue: &Catalogue, check_only: bool) -> Result<bool, &'static str> {
    let segment =
        parse(text, catalogue).map_err(|_| "読み取れません。「musubi segment check」で確かめてください")?;
    let canonical = print(&segment, catalogue);
    if canonical == text {
        return Ok(true);
    }
    if parse(&canonical, catalogue).as_ref() != Ok(&segment) {
        return Err("整形すると別の意味になるため、書き換えません。短く書き直してください");
    }
    if check_only {
        eprintln!("{path}: 整形されていません。");
    } else {
        replace(Path::new(path), &canonical).map_err(|error| unwritable(&error))?;
    }
    Ok(false)
}
