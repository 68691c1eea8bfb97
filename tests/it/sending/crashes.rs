//! The real program dies at every named place, and at random, while LINE misbehaves and backups come back.

use std::process::Command;

/// Twice through every place where it can die, and more.
const RUNS: &str = "200";

#[test]
fn two_hundred_broadcasts_whose_sender_dies_reach_everybody_once() {
    let tried = Command::new(env!("CARGO_BIN_EXE_musubi"))
        .args(["selftest", "sending", "--runs", RUNS, "--seed", "1", "--at-once", "4", "--json"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let (said, faults) = (String::from_utf8_lossy(&tried.stdout), String::from_utf8_lossy(&tried.stderr));
    assert!(tried.status.success(), "{said}\n{faults}");
    let figures: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert!(200 <= figures["deaths"].as_u64().unwrap(), "{said}");
    assert!(0 < figures["refused_repetitions"].as_u64().unwrap(), "no batch was repeated: {said}");
    assert_eq!(figures["places_not_reached"], serde_json::json!([]), "{said}");
    assert!(15 <= figures["restored"].as_u64().unwrap(), "backups were put back in the middle: {said}");
}
