//! The files in `segments/` and the command that checks them.

use std::path::PathBuf;
use std::process::{Command, Output};

use super::*;
use musubi::domain::segment::library::Library;
use musubi::domain::segment::text::{parse, print};

fn shipped() -> Vec<(String, String)> {
    fn collect(folder: PathBuf, found: &mut Vec<(String, String)>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                collect(path, found);
            } else if path.extension().is_some_and(|extension| extension == "seg") {
                found.push((path.display().to_string(), std::fs::read_to_string(&path).unwrap()));
            }
        }
    }
    let mut found = Vec::new();
    collect(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("segments"), &mut found);
    found
}

fn musubi(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_musubi"));
    command.args(arguments).current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap()
}

#[test]
fn every_shipped_rule_is_sound_formatted_and_explains_itself() {
    let catalogue = Catalogue::builtin();
    let library = Library::from_sources(shipped(), &catalogue, TODAY);
    for file in library.files() {
        let only_everyone = file.diagnostics.iter().all(|one| one.code == "W001");
        assert!(only_everyone, "{}: {:?}", file.path, file.diagnostics);
        assert_eq!(file.formatted, Some(true), "{}", file.path);
    }
    assert!(50 <= library.list().count());
    assert!(library.get("kenshin/tokutei").is_some());
}

#[test]
fn the_printed_form_of_a_shipped_rule_is_the_same_rule() {
    let catalogue = Catalogue::builtin();
    for (path, text) in shipped() {
        let segment = parse(&text, &catalogue).unwrap();
        assert_eq!(parse(&print(&segment, &catalogue), &catalogue).as_ref(), Ok(&segment), "{path}");
    }
}

#[test]
fn the_command_accepts_the_shipped_rules_and_says_so() {
    let output = musubi(&["segment", "check", "--today", "2026-11-22"]);
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{said}");
    assert!(said.contains("エラーのある条件 0件"), "{said}");
    assert!(musubi(&["segment", "fmt", "--check"]).status.success());
}

#[test]
fn the_command_underlines_what_is_wrong_and_fails() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("x.seg");
    std::fs::write(&file, rule("対象: すべて\n  - 居住値 今市\n")).unwrap();
    let path = file.display().to_string();
    let output = musubi(&["segment", "check", &path]);
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(!output.status.success());
    for part in ["E010", ":9:5", "- 居住値 今市", "───", "もしかして「居住地」ですか"]
    {
        assert!(said.contains(part), "{part} is not in\n{said}");
    }
    let json = musubi(&["segment", "check", "--format", "json", &path]).stdout;
    let report: serde_json::Value = serde_json::from_slice(&json).unwrap();
    assert_eq!(report["diagnostics"][0]["place"], serde_json::json!({"line": 9, "column": 5, "length": 3}));
    assert_eq!(report["diagnostics"][0]["suggestion"], "居住地");
}

#[test]
fn the_command_rewrites_a_file_once() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("x.seg");
    std::fs::write(&file, rule("対象：すべて\n　・年齢　４０歳～７４歳\n")).unwrap();
    let path = file.display().to_string();
    assert!(!musubi(&["segment", "fmt", "--check", &path]).status.success());
    assert!(musubi(&["segment", "fmt", &path]).status.success());
    assert!(std::fs::read_to_string(&file).unwrap().ends_with("対象: すべて\n  - 年齢 40〜74\n"));
    assert!(musubi(&["segment", "fmt", "--check", &path]).status.success());
}

#[test]
fn explaining_prints_the_birth_dates_in_wareki() {
    let output = musubi(&["segment", "explain", "segments/kenshin/tokutei.seg", "--as-of", "2026-07-01"]);
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(
        said.contains("年度末年齢 40〜74(昭和27年4月1日〜昭和62年3月31日生まれ 1952-04-01〜1987-03-31)"),
        "{said}"
    );
}

#[test]
fn an_attribute_that_a_city_adds_to_its_catalogue_becomes_a_word_of_its_rules() {
    let folder = tempfile::tempdir().unwrap();
    let label = |ja: &str| format!("{{ ja = \"{ja}\", ja-easy = \"-\", en = \"-\", pt-BR = \"-\" }}");
    let shipped =
        std::fs::read_to_string(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("segments/attributes.toml"));
    let catalogue = format!(
        "{}\n[[attribute]]\nid = \"pickup\"\nlabel = {}\nhelp = {}\ntype = \"number\"\nsubject = \"account\"\n\
         entered_by = \"import\"\nrequired = false\nsensitivity = \"ordinary\"\nusable_for_sending = true\n",
        shipped.unwrap(),
        label("収集地区"),
        label("ごみの収集地区です。"),
    );
    std::fs::write(folder.path().join("attributes.toml"), catalogue).unwrap();
    std::fs::write(folder.path().join("x.seg"), rule("対象: すべて\n  - 収集地区 3, 5〜7\n")).unwrap();
    let output = musubi(&["segment", "check", "--today", "2026-11-22", &folder.path().display().to_string()]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

/// The shown blocks that are rules.
fn shown_in_the_readme() -> Vec<&'static str> {
    let readme = include_str!("../../../segments/README.md");
    readme.split("```\n").skip(1).step_by(2).filter(|block| block.starts_with("名前")).collect()
}

#[test]
fn every_rule_that_the_readme_shows_is_sound_and_canonical() {
    let catalogue = Catalogue::builtin();
    assert!(4 <= shown_in_the_readme().len());
    for shown in shown_in_the_readme() {
        assert_eq!(found(shown), [], "{shown}");
        assert_eq!(print(&parse(shown, &catalogue).unwrap(), &catalogue), shown);
    }
}

/// What the text says a condition may look like is read, in code marks and with the names of the catalogue.
#[test]
fn every_condition_that_the_readme_names_is_read() {
    let catalogue = Catalogue::builtin();
    let readme = include_str!("../../../segments/README.md");
    let starts = [
        "年",
        "指定日",
        "月齢",
        "学年",
        "生年",
        "居住地",
        "保険 ",
        "関心分野 ",
        "性別",
        "受診 ",
        "抽選 ",
        "共通/特定",
    ];
    let coded = readme.split('`').skip(1).step_by(2);
    let conditions =
        coded.filter(|code| starts.iter().any(|start| code.starts_with(start)) && code.contains([' ', '/']));
    // The rows under 例 have no window.
    let conditions = conditions.filter(|code| !code.ends_with("2025-07-10") && !code.ends_with("2025年度"));
    let conditions: Vec<_> =
        conditions.filter(|code| !code.ends_with("特定健診 不明") && *code != "抽選 1234").collect();
    assert!(20 <= conditions.len(), "{conditions:?}");
    for condition in conditions {
        let text = rule(&format!("対象: すべて\n  - {condition}\n"));
        assert!(parse(&text, &catalogue).is_ok(), "{condition}");
    }
    let relatives = readme.split('`').skip(1).step_by(2).filter(|code| code.starts_with("家族 "));
    for relative in relatives {
        let text = rule(&format!("対象: 友だち全員\n\n例:\n  対象 | 基準日 2026-07-01 | {relative}\n"));
        assert!(parse(&text, &catalogue).is_ok(), "{relative}");
    }
}

#[test]
fn no_comment_is_lost_wherever_it_stands_and_formatting_comes_to_rest() {
    let plain = rule(
        "単位: 世帯\n対象: すべて\n  - いずれか\n    - 居住地 平田\n    - 家族のだれか\n      - 年齢 3以下\n  - 言語 日本語\n除外:\n  - 居住地 佐田\n例:\n  対象 | 基準日 2026-07-01 | 居住地 今市\n  不明 | 基準日 2026-07-01\n",
    );
    let lines = plain.lines().enumerate();
    let written: Vec<_> = lines
        .map(|(at, line)| {
            let indent = " ".repeat(line.len() - line.trim_start().len());
            if line.is_empty() {
                format!("# 上{at}。")
            } else {
                format!("{indent}# 上{at}。\n{line}  # 横{at}。")
            }
        })
        .collect();
    let text = format!("{}\n\n# おわり。\n", written.join("\n"));
    let catalogue = Catalogue::builtin();
    let segment = parse(&text, &catalogue).unwrap();
    let printed = print(&segment, &catalogue);
    for comment in text.split('#').skip(1).map(|rest| rest.split('。').next().unwrap()) {
        assert_eq!(printed.matches(&format!("#{comment}。")).count(), 1, "{comment}\n{printed}");
    }
    assert_eq!(print(&parse(&printed, &catalogue).unwrap(), &catalogue), printed);
}

#[test]
fn a_file_is_replaced_as_a_whole_and_a_link_stays_a_link() {
    let folder = tempfile::tempdir().unwrap();
    let (file, link) = (folder.path().join("x.seg"), folder.path().join("l.seg"));
    std::fs::write(&file, rule("対象：すべて\n　・年齢　４０歳～７４歳\n")).unwrap();
    let run = |command: &[&str]| musubi(&[command, &[&folder.path().display().to_string()]].concat());
    #[cfg(unix)]
    std::os::unix::fs::symlink(&file, &link).unwrap();
    assert!(run(&["segment", "fmt"]).status.success());
    assert!(run(&["segment", "fmt", "--check"]).status.success());
    assert!(std::fs::read_to_string(&file).unwrap().ends_with("  - 年齢 40〜74\n"));
    assert!(!link.exists() || std::fs::symlink_metadata(&link).unwrap().is_symlink());
    let left = std::fs::read_dir(folder.path())
        .unwrap()
        .flatten()
        .filter(|one| one.path().extension() != Some("seg".as_ref()));
    assert_eq!(left.count(), 0, "nothing is left beside it");
    std::fs::write(&file, rule("対象: すべて\n  - 居住値 今市\n")).unwrap();
    let before = std::fs::read(&file).unwrap();
    assert!(!run(&["segment", "fmt"]).status.success());
    assert_eq!(std::fs::read(&file).unwrap(), before, "what can't be read is not touched");
}

#[test]
fn the_mark_stands_under_what_was_typed_whatever_was_typed_before_it() {
    let folder = tempfile::tempdir().unwrap();
    for (line, wrong) in [
        ("  - 居住値 今市", "居住値"),
        ("\t-\t居住値\t今市", "居住値"),
        ("　－　居住値　今市", "居住値"),
        ("  - か\u{3099}ん検 今市", "か\u{3099}ん検"),
        ("  - ｶﾞﾝ検 今市", "ｶﾞﾝ検"),
        ("  - 居住地 🎉今市", "🎉今市"),
        ("  - 居住地 今市, 絵🎉, 平田", "絵🎉"),
        ("  - \u{1b}[31m居住値 今市", " [31m居住値"),
    ] {
        let file = folder.path().join("x.seg");
        std::fs::write(&file, rule(&format!("# 一\u{2028}二\u{b}三\r四\n対象: すべて\n{line}\n"))).unwrap();
        let output = musubi(&["segment", "check", &file.display().to_string()]);
        let said = String::from_utf8(output.stdout).unwrap();
        let drawn: Vec<_> = said.lines().skip_while(|line| !line.trim_start().starts_with("10 │")).collect();
        assert!(2 <= drawn.len(), "{line}: {said}");
        assert!(!said.contains('\u{1b}'), "{said}");
        let wrong = wrong.trim_start();
        let at = drawn[0].find(wrong).unwrap_or_else(|| panic!("{wrong}: {said}"));
        let before = unicode_width::UnicodeWidthStr::width(&drawn[0][..at]);
        let width = unicode_width::UnicodeWidthStr::width(wrong);
        let marks: Vec<_> = drawn[1].chars().collect();
        let first = marks.iter().position(|mark| matches!(mark, '─' | '┬')).unwrap();
        let last = marks.iter().rposition(|mark| matches!(mark, '─' | '┬')).unwrap();
        assert_eq!((first, last + 1), (before, before + width), "{line}:\n{}\n{}", drawn[0], drawn[1]);
    }
}

#[test]
fn a_folder_without_rules_is_no_success() {
    let folder = tempfile::tempdir().unwrap();
    let output = musubi(&["segment", "check", &folder.path().display().to_string()]);
    assert!(!output.status.success());
    assert!(String::from_utf8(output.stderr).unwrap().contains("条件のファイル(.seg)がありません"));
}
