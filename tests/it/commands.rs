//! The program's commands as somebody at a terminal meets them: what they refuse, in which words, and what they need.

use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

const RULE: &str = include_str!("../../segments/oshirase/zenin.seg");

/// Runs `musubi` in a folder with these settings and no others.
fn musubi(folder: &TempDir, settings: &[(&str, &str)], arguments: &[&str]) -> (bool, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_musubi"));
    command.current_dir(folder.path()).env_clear().envs(settings.iter().copied()).args(arguments);
    let Output { status, stdout, stderr } = command.output().unwrap();
    let said = String::from_utf8(stdout).unwrap() + &String::from_utf8(stderr).unwrap();
    (status.success(), said)
}

fn folder(files: &[(&str, &[u8])]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap_or(Path::new("."))).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
    folder
}

fn holds(said: &str, wanted: &[&str]) {
    for text in wanted {
        assert!(said.contains(text), "「{text}」 in:\n{said}");
    }
}

const SETTINGS: [(&str, &str); 5] = [
    ("MUSUBI_PUBLIC_URL", "https://musubi.example"),
    ("LINE_CHANNEL_ID", "1234567890"),
    ("LINE_CHANNEL_SECRET", "0123456789abcdef0123456789abcdef"),
    ("LIFF_ID", "1234567891-AbcdEfgh"),
    ("LIFF_CHANNEL_ID", "1234567891"),
];

#[test]
fn config_check_names_the_rule_files_that_cannot_be_used() {
    let good = folder(&[("segments/zenin.seg", RULE.as_bytes())]);
    let (is_good, said) = musubi(&good, &SETTINGS, &["config", "check"]);
    assert!(is_good, "{said}");
    let bad = folder(&[("segments/zenin.seg", RULE.as_bytes()), ("segments/gomi/empty.seg", b"")]);
    let (is_good, said) = musubi(&bad, &SETTINGS, &["config", "check"]);
    assert!(!is_good && !said.contains("zenin"));
    holds(&said, &["segments/gomi/empty.seg"]);
}

#[test]
fn one_file_that_cannot_be_read_is_named_and_the_others_are_checked() {
    let (cp932, ..) = encoding_rs::SHIFT_JIS.encode(RULE);
    let folder = folder(&[("a.seg", &cp932), ("b.seg", RULE.as_bytes())]);
    for command in [&["segment", "check"][..], &["segment", "fmt", "--check"]] {
        let (is_good, said) = musubi(&folder, &[], &[command, &["a.seg", "b.seg", "c.seg"]].concat());
        assert!(!is_good);
        holds(
            &said,
            &[
                "a.seg: 文字コードがUTF-8ではありません。UTF-8で保存してください",
                "c.seg: ファイルがありません",
            ],
        );
    }
    let (_, said) = musubi(&folder, &[], &["segment", "check", "a.seg", "b.seg"]);
    holds(&said, &["1件の条件を調べました", "読めないファイル 1件"]);
    holds(&musubi(&folder, &[], &["segment", "explain", "a.seg"]).1, &["UTF-8で保存してください"]);
}

#[test]
fn a_file_with_faults_is_answered_in_japanese_and_an_empty_one_once() {
    let misspelt = RULE.replacen("目的:", "もくてき:", 1);
    let folder = folder(&[("a.seg", misspelt.as_bytes()), ("b.seg", b"")]);
    let (_, said) = musubi(&folder, &[], &["segment", "check", "a.seg"]);
    holds(&said, &["エラー", "もしかして「目的」"]);
    assert!(!said.contains("Error") && !said.contains("Warning") && !said.contains("\u{1b}"), "{said}");
    let (_, said) = musubi(&folder, &[], &["segment", "check", "b.seg"]);
    holds(&said, &["書き始めてください"]);
    assert_eq!(said.matches("E006").count(), 1, "{said}");
}

#[test]
fn residents_are_counted_in_a_database_that_is_there_and_none_is_made() {
    let folder = folder(&[("a.seg", RULE.as_bytes())]);
    for (arguments, database) in [
        (&["segment", "count", "a.seg"][..], None),
        (&["segment", "list", "a.seg"], Some("sqlite:/nowhere/at/all.db")),
        (&["segment", "account", "x", "a.seg"], Some("sqlite:other.db?mode=rwc")),
    ] {
        let settings: Vec<_> = database.map(|url| ("DATABASE_URL", url)).into_iter().collect();
        let (is_good, said) = musubi(&folder, &settings, arguments);
        assert!(!is_good);
        assert_eq!(said, "データベースがありません。--database か DATABASE_URL で指定してください\n");
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn commands_on_the_database_need_no_settings_of_line() {
    let folder =
        folder(&[("r.csv", "宛名番号,保険\nA-1,国保\n".as_bytes()), ("pw", b"a long sample password\n")]);
    let settings = [("DATABASE_URL", "sqlite:here.db"), ("MUSUBI_STAFF_PASSWORD_FILE", "pw")];
    let add = |login, roles: &[&'static str]| {
        let who = ["staff", "add", "--login", login, "--name", "見本 一", "--department", "広報課"];
        [&who[..], &roles.iter().flat_map(|role| ["--role", role]).collect::<Vec<_>>()].concat()
    };
    for arguments in [
        vec!["migrate"],
        add("mihon", &["editor", "approver"]),
        vec!["staff", "list"],
        vec!["sending", "off"],
        vec!["sending", "on"],
        vec!["import", "residents", "r.csv"],
    ] {
        let (is_good, said) = musubi(&folder, &settings, &arguments);
        assert!(is_good, "{arguments:?}: {said}");
    }
    for roles in [["admin", "auditor"], ["auditor", "editor"]] {
        let (is_good, said) = musubi(&folder, &settings, &add("niban", &roles));
        assert!(!is_good);
        holds(&said, &["監査担当(auditor)は、ほかの役割と兼ねられません"]);
    }
    let (is_good, said) =
        musubi(&folder, &[("DATABASE_URL", "sqlite:/nowhere/at/all.db")], &["staff", "list"]);
    assert!(!is_good && said.starts_with("データベースを開けません。フォルダー"), "{said}");
}

#[test]
fn a_brake_that_would_stop_nothing_says_so_and_makes_no_database() {
    let folder = folder(&[]);
    let settings = [("DATABASE_URL", "sqlite:elsewhere.db")];
    for arguments in
        [vec!["pause-all"], vec!["sending", "off"], vec!["sending", "on"], vec!["sending", "status"]]
    {
        let (is_good, said) = musubi(&folder, &settings, &arguments);
        assert!(!is_good, "{arguments:?}");
        holds(&said, &["データベース elsewhere.db がありません", "同じ DATABASE_URL"]);
    }
    std::fs::write(folder.path().join("other.db"), b"").unwrap();
    let (is_good, said) = musubi(&folder, &[("DATABASE_URL", "sqlite:other.db")], &["pause-all"]);
    assert!(!is_good, "{said}");
    holds(&said, &["other.db は、Musubiのデータベースではありません"]);
    assert!(!folder.path().join("elsewhere.db").exists());
}

#[test]
fn a_brake_names_the_database_and_says_where_it_was_pulled() {
    let folder = folder(&[]);
    let settings = [("DATABASE_URL", "sqlite:here.db")];
    assert!(musubi(&folder, &settings, &["migrate"]).0);
    let said = musubi(&folder, &settings, &["pause-all", "--reason", "誤配信"]).1;
    holds(&said, &["データベース: here.db", "すべての送信が止まっています", "誤配信(サーバーのコマンド)"]);
    let said = musubi(&folder, &settings, &["pause-all", "--reason", "二度目"]).1;
    holds(&said, &["すでに止まっていました", "誤配信(サーバーのコマンド)"]);
    assert!(!said.contains("二度目"), "{said}");
}

#[test]
fn rules_go_out_as_files_and_come_back_when_somebody_says_so() {
    let folder = folder(&[("segments/oshirase/zenin.seg", RULE.as_bytes())]);
    let settings = [("DATABASE_URL", "sqlite:rules.db")];
    assert!(musubi(&folder, &settings, &["migrate"]).0);
    let (done, said) = musubi(&folder, &settings, &["segment", "export", "out"]);
    assert!(done, "{said}");
    let file = folder.path().join("out/oshirase/zenin.seg");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), RULE);
    let changed = RULE.replace("名前: ", "名前: 試しの");
    std::fs::write(&file, &changed).unwrap();
    let import =
        |more: &[&str]| musubi(&folder, &settings, &[&["segment", "import", "out"], more].concat()).1;
    holds(&import(&[]), &["oshirase/zenin: 変更", "まだ保存していません"]);
    holds(&import(&["--apply"]), &["保存しました"]);
    holds(&import(&[]), &["新規・変更 0"]);
    assert!(musubi(&folder, &settings, &["segment", "export", "again"]).0);
    let saved = std::fs::read_to_string(folder.path().join("again/oshirase/zenin.seg")).unwrap();
    assert_eq!(saved, changed);
}
