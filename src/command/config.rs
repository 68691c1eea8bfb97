//! `musubi config check`: names everything that is wrong with the settings at once. Never prints a value.

use std::process::ExitCode;

use musubi::config::{Config, KEYS, Problem, Source};

/// Checks the settings of this machine.
pub fn check() -> ExitCode {
    match Config::load(&Source::from_machine()) {
        Ok(_) => {
            println!("設定に問題はありません。");
            ExitCode::SUCCESS
        }
        Err(problems) => {
            explain(&problems);
            ExitCode::FAILURE
        }
    }
}

/// Prints each problem with what the setting is for.
pub fn explain(problems: &[Problem]) {
    eprintln!("設定に直すところが{}件あります。", problems.len());
    for problem in problems {
        let what = KEYS.iter().find(|key| key.name == problem.name).map(|key| key.what);
        eprintln!("  {problem}");
        if let Some(what) = what {
            eprintln!("    … {what}");
        }
    }
    eprintln!(
        "環境変数か musubi.toml(小文字の名前)で設定してください。秘密の値は 名前_FILE でファイルからも読めます。"
    );
}
