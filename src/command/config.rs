//! `musubi config check`: names everything that is wrong with the settings at once. Never prints a value.

use std::process::ExitCode;

use musubi::app::{load_catalogue, load_library};
use musubi::clock::Clock;
use musubi::config::{Config, KEYS, Problem, Source};
use musubi::domain::segment::library::FileReport;

/// Checks the settings of this machine.
pub fn check() -> ExitCode {
    match Config::load(&Source::from_machine()) {
        Ok(config) => check_rules(&config),
        Err(problems) => {
            explain(&problems);
            ExitCode::FAILURE
        }
    }
}

/// The settings are good; the folder that they name must be, too.
fn check_rules(config: &Config) -> ExitCode {
    let folder = &config.segments_dir;
    let today = Clock::system().today();
    let library = load_catalogue(folder).and_then(|catalogue| load_library(folder, &catalogue, today));
    match library {
        Ok(library) if library.files().iter().any(FileReport::has_errors) => {
            eprintln!("使えない条件ファイルがあります。「musubi segment check」で確かめてください。");
            for file in library.files().iter().filter(|file| file.has_errors()) {
                eprintln!("  {}", folder.join(&file.source).display());
            }
            ExitCode::FAILURE
        }
        Ok(library) => {
            println!("設定に問題はありません(条件ファイル {}件)。", library.files().len());
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("MUSUBI_SEGMENTS: {error}");
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
