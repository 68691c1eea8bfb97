//! `musubi segment schema`: the JSON Schema of rules, for editors and for whoever writes rules by program.

use std::io::{self, Write as _};
use std::process::ExitCode;

use musubi::domain::attribute::Catalogue;
use musubi::domain::segment::schema::schema;

/// Prints the schema.
///
/// # Errors
/// Where nobody reads it.
pub fn run(catalogue: &Catalogue) -> anyhow::Result<ExitCode> {
    let mut out = io::stdout().lock();
    serde_json::to_writer_pretty(&mut out, &schema(catalogue))?;
    writeln!(out)?;
    Ok(ExitCode::SUCCESS)
}
