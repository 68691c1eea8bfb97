//! `musubi segment export|import`: the rules of the database as files, and back.
//!
//! An import is looked at first and saves all files or none.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, Result};
use musubi::app::{Base, Rules, load_catalogue};
use musubi::chance::Chance;
use musubi::clock::Clock;
use musubi::domain::segment::{Diagnostic, RulePath};
use musubi::flow::rules::{self, Imported, RuleError};

use super::files::{read_all, unwritable};

/// Writes every rule into a folder.
///
/// # Errors
/// When the settings, the database or the folder can't be used.
pub async fn export(folder: &Path) -> Result<ExitCode> {
    let Some((base, rules)) = open().await? else { return Ok(ExitCode::FAILURE) };
    let library = rules.current(&base.db, base.clock.today()).await?;
    let mut written = 0;
    for file in library.files() {
        let Some(path) = RulePath::parse(&file.path) else {
            eprintln!("{}: ファイルの名前に使えない文字があるため、書き出しません。", file.path);
            continue;
        };
        let target = folder.join(format!("{path}.seg"));
        let parent = target.parent().unwrap_or(folder);
        let saved = std::fs::create_dir_all(parent).and_then(|()| std::fs::write(&target, &file.text));
        saved.map_err(|error| anyhow::anyhow!("{}: {}", target.display(), unwritable(&error)))?;
        written += 1;
    }
    println!("{written}件の条件を {} に書き出しました。", folder.display());
    base.db.close().await;
    Ok(ExitCode::SUCCESS)
}

/// Says what files would change, and saves them where told to.
///
/// # Errors
/// When the settings or the database can't be used.
pub async fn import(paths: &[PathBuf], apply: bool, reason: &str) -> Result<ExitCode> {
    let (sources, unread) = read_all(paths);
    let mut files = Vec::new();
    let mut wrong = unread;
    for (source, text) in sources {
        match RulePath::parse(&inner(&source, paths)) {
            Some(path) => files.push((path, text)),
            None => {
                eprintln!("{source}: ファイルの名前に使えない文字があります(文字・数字・「-」「_」だけ)。");
                wrong += 1;
            }
        }
    }
    let Some((base, rules)) = open().await? else { return Ok(ExitCode::FAILURE) };
    let may_apply = apply && wrong == 0;
    let outcomes = match rules::import(&base, &rules, None, &files, (reason, may_apply)).await {
        Err(RuleError::Refused(refusal)) => {
            eprintln!("{refusal}");
            return Ok(ExitCode::FAILURE);
        }
        other => other?,
    };
    base.db.close().await;
    let mut changes = 0;
    for ((path, _), outcome) in files.iter().zip(&outcomes) {
        match outcome {
            Imported::New => println!("{path}: 新しい条件"),
            Imported::Changed => println!("{path}: 変更"),
            Imported::Same => {}
            Imported::Faulty(found) => {
                wrong += 1;
                found.iter().filter(|one| one.is_error()).for_each(|one| tell(path, one));
            }
        }
        changes += usize::from(matches!(outcome, Imported::New | Imported::Changed));
    }
    println!("{}件を調べました(新規・変更 {changes} / 誤り {wrong})。", files.len());
    match (wrong, apply) {
        (0, true) => println!("保存しました。"),
        (0, false) => println!("まだ保存していません。よければ --apply を付けて実行してください。"),
        _ => println!("誤りがあるため、何も保存していません。"),
    }
    Ok(if wrong == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn tell(path: &RulePath, found: &Diagnostic) {
    let place = found.place.map_or_else(String::new, |place| format!("{}行目 ", place.line));
    eprintln!("{path}: {place}{} {} [{}]", found.message, found.mend, found.code);
}

/// The path inside the folder that was named; behind `segments/` if that is in it.
fn inner(source: &str, named: &[PathBuf]) -> String {
    if let Some((_, rest)) = source.rsplit_once("segments/") {
        return rest.to_owned();
    }
    let source = Path::new(source);
    let within = named.iter().find_map(|folder| source.strip_prefix(folder).ok());
    let within = within.filter(|rest| !rest.as_os_str().is_empty());
    let name = || source.file_name().map(Path::new).unwrap_or(source);
    within.unwrap_or_else(name).to_string_lossy().into_owned()
}

async fn open() -> Result<Option<(Base, Rules)>> {
    let Ok(settings) = crate::command::serve::database_settings() else { return Ok(None) };
    let db = crate::command::serve::open(&settings.database_url).await?;
    let catalogue = Arc::new(load_catalogue(&settings.segments_dir)?);
    let rules =
        Rules::of_folder(&settings.segments_dir, catalogue).context("条件のフォルダーを読めません")?;
    Ok(Some((Base { db, clock: Clock::system(), chance: Chance::system() }, rules)))
}
