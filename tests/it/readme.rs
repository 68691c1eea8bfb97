//! What the READMEs promise is there: every setting, every command, every file they point to.

use std::path::Path;
use std::process::Command;

use musubi::config::KEYS;

const ENGLISH: &str = include_str!("../../README.md");
const JAPANESE: &str = include_str!("../../README.ja.md");

#[test]
fn every_setting_stands_in_both_readmes() {
    for key in KEYS {
        for (name, text) in [("README.md", ENGLISH), ("README.ja.md", JAPANESE)] {
            assert!(text.contains(&format!("`{}`", key.name)), "{} is missing in {name}", key.name);
        }
    }
}

#[test]
fn every_command_of_the_program_stands_in_both_readmes() {
    let help = Command::new(env!("CARGO_BIN_EXE_musubi")).arg("--help").output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    let listed = help.lines().skip_while(|line| !line.starts_with("Commands:")).skip(1);
    let commands: Vec<_> =
        listed.map_while(|line| line.split_whitespace().next()).filter(|word| *word != "help").collect();
    assert!(8 <= commands.len(), "{commands:?}");
    for command in commands {
        for (name, text) in [("README.md", ENGLISH), ("README.ja.md", JAPANESE)] {
            assert!(text.contains(&format!("musubi {command}")), "musubi {command} is missing in {name}");
        }
    }
}

#[test]
fn every_file_that_a_document_points_to_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for name in ["README.md", "README.ja.md", "ARCHITECTURE.md"] {
        let text = std::fs::read_to_string(root.join(name)).unwrap();
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let path = link.split('#').next().unwrap_or_default();
            if !path.is_empty() && !path.starts_with("http") {
                assert!(root.join(path).exists(), "{name} points to {path}");
            }
        }
    }
}

#[test]
fn every_test_that_stands_for_a_guarantee_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let source = [sources(&root.join("tests/it")), sources(&root.join("src"))].concat().concat();
    let text = include_str!("../../docs/guarantees.md");
    for guarantee in (1..=11).map(|number| format!("| G{number} |")) {
        let rows: Vec<_> = text.lines().filter(|line| line.starts_with(&guarantee)).collect();
        assert!(2 <= rows.len() && rows[0].contains("::"), "{guarantee} is not tested, or was not broken");
    }
    for name in text.split('`').skip(1).step_by(2).filter(|name| name.contains("::") && !name.contains(' ')) {
        let (_, last) = name.rsplit_once("::").unwrap();
        let found = match last.strip_suffix('…') {
            Some(beginning) => source.contains(&format!("fn {beginning}")),
            None if last == "*" => true,
            // A whole file, or one test of it.
            None => source.contains(&format!("fn {last}()")) || source.contains(&format!("mod {last};")),
        };
        assert!(found, "docs/guarantees.md names {name}");
    }
}

/// The text of every file below a folder.
fn sources(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let read = |path: std::path::PathBuf| match path.is_dir() {
        true => sources(&path),
        false => vec![std::fs::read_to_string(path).unwrap_or_default()],
    };
    entries.flat_map(read).collect()
}
