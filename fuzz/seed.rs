//! Fills the corpora with the rules of the repository and with generated ones, as texts and as JSON.
//!
//! `cargo run --release --manifest-path fuzz/Cargo.toml --example seed`, in the folder of the repository.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use musubi::domain::attribute::Catalogue;
use musubi::domain::segment::generate::{case, town};
use musubi::domain::segment::json::to_json;
use musubi::domain::segment::text::{parse, print};

const GENERATED: u64 = 300;

fn main() -> io::Result<()> {
    let corpus = |name| Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(name);
    let (texts, documents) = (corpus("rule_text"), corpus("rule_json"));
    fs::create_dir_all(&texts)?;
    fs::create_dir_all(&documents)?;
    let catalogue = Catalogue::builtin();
    let day = town(1, 0, 1, &catalogue).day;
    let generated = (0..GENERATED).map(|number| print(&case(1, number, day, &catalogue).segment, &catalogue));
    let shipped: Vec<String> =
        files(Path::new("segments"))?.iter().map(fs::read_to_string).collect::<io::Result<_>>()?;
    for (number, text) in shipped.into_iter().chain(generated).enumerate() {
        fs::write(texts.join(format!("seed-{number}")), &text)?;
        if let Ok(segment) = parse(&text, &catalogue) {
            fs::write(documents.join(format!("seed-{number}")), to_json(&segment).to_string())?;
        }
    }
    Ok(())
}

fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(files(&path)?);
        } else if path.extension().is_some_and(|end| end == "seg") {
            found.push(path);
        }
    }
    Ok(found)
}
