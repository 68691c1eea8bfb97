//! `musubi segment try`: tables of made-up people, through the real program.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

use super::*;

const RULE: &str = include_str!("../../../docs/try.seg");

/// A folder with a rule `x.seg` and a table `p.csv`.
fn folder(rule: &str, table: &[u8]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("x.seg"), rule).unwrap();
    std::fs::write(folder.path().join("p.csv"), table).unwrap();
    folder
}

fn run(folder: &Path, arguments: &[&str]) -> (bool, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_musubi"));
    command.current_dir(folder).args(["segment", "try", "x.seg", "--people"]).args(arguments);
    let Output { status, stdout, stderr } = command.output().unwrap();
    (status.success(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

/// The answers, a JSON object a row, and whether the command succeeded.
fn answers(rule: &str, table: &str) -> (bool, Vec<serde_json::Value>) {
    let folder = folder(rule, table.as_bytes());
    let (is_good, said, _) = run(folder.path(), &["p.csv", "--as-of", "2026-07-01", "--format", "json"]);
    (is_good, said.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

fn words(rule: &str, table: &str) -> Vec<String> {
    answers(rule, table).1.iter().map(|row| row["word"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn rows_of_one_account_are_one_household_wherever_they_stand() {
    let family = rule("対象: すべて\n  - 子のだれか\n    - 年齢 3以下\n");
    let table =
        "account,relation,birth_date\nA,,1986-04-01\nB,,1990-01-01\nA,子,2024-05-01\nB,child,2010-01-01\n";
    assert_eq!(words(&family, table), ["対象", "対象外", "見ない", "見ない"]);
    let (_, rows) = answers(&family, table);
    assert_eq!(rows[1]["reason"], "「子のだれか(年齢 3以下)」に当てはまらない(1人のうち0人)");
    assert_eq!((&rows[1]["rule_line"], &rows[1]["rule_path"]), (&9.into(), &serde_json::json!([0, 0])));
    let alone = "続柄,生年月日\n子,2024-05-01\n,2024-05-01\n";
    let children = rule("単位: 子ども\n対象: すべて\n  - 年齢 3以下\n");
    assert_eq!(words(&children, alone), ["対象", "対象外"]);
}

#[test]
fn each_row_has_its_own_as_of_date_or_that_of_its_account_or_of_the_command() {
    let forty = rule("単位: 一人ひとり\n対象: すべて\n  - 年齢 40\n");
    let table = "account,基準日,生年月日,続柄\nA,令和8年7月1日,1986-07-01,\nA,,1986-07-01,配偶者\nA,2026-06-30,1986-07-01,親\nB,,1986-07-02,\n";
    assert_eq!(words(&forty, table), ["対象", "対象", "対象外", "対象外"]);
    assert_eq!(answers(&forty, table).1[3]["as_of"], "2026-07-01");
}

#[test]
fn an_empty_event_is_never_and_an_unknown_one_or_a_missing_column_is_not() {
    let never = rule("対象: すべて\n  - 受診 特定健診 これまで 0回\n  - 予約 特定健診 今年度 0回\n");
    let table = "備考,受診:特定健診,予約：tokutei\n-,,\n-,2024,\n-,不明,\n-,,2026-09-01\n-,2024;不明,\n-,2026-08-01,\n";
    assert_eq!(words(&never, table), ["対象", "対象外", "不明", "対象外", "読めません", "対象"]);
    let folder = folder(&never, "受診:特定健診\n2027\n2025-02-01;令和5年度\n".as_bytes());
    let (is_good, said, _) = run(folder.path(), &["p.csv", "--as-of", "2026-07-01"]);
    assert!(is_good, "{said}");
    assert_eq!(said.matches("「予約:特定健診」の列がない").count(), 1, "{said}");
    assert!(said.contains("対象 0、対象外 1、除外 0、不明 1"), "{said}");
}

#[test]
fn standings_draws_and_broadcasts_are_columns_too() {
    let drawn = rule("対象: すべて\n  - 抽選 0〜4999 塩 \"x\"\n  - 配信 特定健診案内 30日以内 0回\n");
    let table = "抽選,異動,配信:特定健診案内\n4999,,\n5000,,\n1,死亡,\n1,moved,\n1,,2026-06-20\n,在住,\n";
    assert_eq!(words(&drawn, table), ["対象", "対象外", "除外", "除外", "対象外", "不明"]);
}

#[test]
fn a_row_that_can_not_be_read_has_no_answer_and_the_others_go_on() {
    let table = "account,生年月日,居住地,保険,異動,抽選,受診:特定健診,期待,続柄\n\
        A,1990-02-30,今市,国保,,,,,\n\
        B,1990-01-01,斐川,国保,,,,,\n\
        C,1990-01-01,,国民保険,,,,,\n\
        D,1990-01-01,,,帰国,,,,\n\
        E,1990-01-01,,,,10000,,,\n\
        F,1990-01-01,,,,,去年,,\n\
        G,1990-01-01,,,,,,たぶん,\n\
        ,1990-01-01,,,,,,,\n\
        H,1990-01-01,,,,,,,,\n\
        I,1990-01-01,今市,,,,,,\n\
        I,1990-01-01,荘原,,,,,,子\n\
        J,1990-01-01,,,,,,,\n\
        J,1990-01-01,,,,,,,本人\n\
        \"L\u{1b}\nM\",1990-01-01,,,,,,,\n\
        K,1970-01-01,,国保,,,,,\n";
    let (is_good, rows) = answers(RULE, table);
    assert!(!is_good);
    let said: Vec<_> = rows
        .iter()
        .map(|row| match row["problems"].get(0) {
            Some(problem) => format!(
                "{} {}: {}",
                row["line"],
                problem["column"].as_str().unwrap(),
                problem["message"].as_str().unwrap()
            ),
            None => format!("{} {}", row["line"], row["word"].as_str().unwrap()),
        })
        .collect();
    for (at, part) in [
        "2 生年月日: 日付が読み取れません",
        "3 居住地: 斐川は地域の名前です",
        "4 保険: 使える値ではありません。使える値: 国保",
        "5 異動: 「在住(active)」",
        "6 抽選: 0〜9999",
        "7 受診:特定健診: 年度(2025、令和7年度)か日付",
        "8 期待: 「対象」「対象外」",
        "9 account: どのアカウントの行か",
        "10 : 列の数が10で、1行目の9と違います",
        "11 : 同じアカウントの12行目が読めない",
        "12 居住地: 同じアカウントの上の行と違う値",
        "13 : 同じアカウントの14行目が読めない",
        "14 : 13行目にも、同じアカウントの本人がいます",
        "15 account: 改行などは使えません",
        "17 不明",
    ]
    .into_iter()
    .enumerate()
    {
        assert!(said[at].starts_with(part), "{part}: {said:#?}");
    }
    assert!(!said.iter().any(|line| line.contains("国民保険") || line.contains("02-30")), "{said:#?}");
}

#[test]
fn a_table_that_is_none_is_refused_with_its_line_and_column() {
    for (table, part) in [
        ("", "1行目に列名がありません"),
        ("生年月日,保険\n", "人の行がありません"),
        ("生年月日,保検\n1990-01-01,\n", "1行目 「保検」2列目: この名前の列はありません。もしかして「保険」"),
        ("保険,insurance\n,\n", "1行目 「insurance」2列目: 「保険」と同じ内容の列です"),
        ("生年月日,生年月日\n,\n", "同じ列が二つあります"),
        ("受診:特定検診\n2024\n", "もしかして「特定健診」"),
        ("生年月日,\n1990-01-01,\n", "列名が空です"),
        (
            "生年月日,\"保険\n1990-01-01,国保\n1990-01-01,国保\n1990-01-01,国保\n",
            "…」2列目: この名前の列はありません",
        ),
        ("配信:特定 健診\nx\n", "空白や改行は使えません"),
    ] {
        let folder = folder(RULE, table.as_bytes());
        let (is_good, said, why) = run(folder.path(), &["p.csv"]);
        assert!(!is_good && said.is_empty(), "{table}: {said}");
        assert!(why.starts_with("p.csv: ") && why.contains(part), "{part}: {why}");
    }
    let broken = folder(RULE, b"\x80\xff,\xfe\n");
    assert!(run(broken.path(), &["p.csv"]).2.contains("文字コードが"));
    assert!(run(broken.path(), &["none.csv"]).2.contains("none.csv: ファイルを開けません"));
}

#[test]
fn the_encoding_is_found_and_a_table_may_come_through_a_pipe() {
    let table = "生年月日,保険,受診:特定健診,予約:特定健診,期待\r\nS45.1.1,国保,,,対象\r\n";
    let (cp932, ..) = encoding_rs::SHIFT_JIS.encode(table);
    for bytes in [table.as_bytes(), &[b"\xef\xbb\xbf", table.as_bytes()].concat(), &cp932] {
        let folder = folder(RULE, bytes);
        let (is_good, said, why) = run(folder.path(), &["p.csv", "--as-of", "2026-07-01"]);
        assert!(is_good && said.contains("期待のある行 1、期待とちがう行 0"), "{said}{why}");
        let mut piped = Command::new(env!("CARGO_BIN_EXE_musubi"))
            .current_dir(folder.path())
            .args(["segment", "try", "x.seg", "--people", "-", "--as-of", "2026-07-01"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        piped.stdin.take().unwrap().write_all(bytes).unwrap();
        let output = piped.wait_with_output().unwrap();
        assert_eq!(String::from_utf8(output.stdout).unwrap(), said);
    }
}

#[test]
fn a_list_that_expects_something_else_fails_and_says_how_often() {
    let table =
        "生年月日,保険,受診:特定健診,予約:特定健診,期待\n1970-01-01,国保,,,対象外\n1970-01-01,社保,,,\n";
    let folder = folder(RULE, table.as_bytes());
    let (is_good, said, _) = run(folder.path(), &["p.csv", "--as-of", "2026-07-01"]);
    assert!(!is_good);
    assert!(said.contains("対象外 ≠") && said.contains("期待のある行 1、期待とちがう行 1"), "{said}");
}

#[test]
fn a_spreadsheet_gets_no_formula() {
    let table = "account,備考,生年月日\n=1+1,=2,1970-01-01\n+81,,1970-01-01\n@x,,1970-01-01\n－1,,1970-01-01\n\"a,\"\"b\",,1970-01-01\n";
    let folder = folder(RULE, table.as_bytes());
    let (_, said, counts) = run(folder.path(), &["p.csv", "--format", "csv", "--as-of", "2026-07-01"]);
    let mut lines = said.trim_start_matches('\u{feff}').lines();
    assert_eq!(lines.next(), Some("行,アカウント,基準日,判定,期待,一致,決め手,条件の行,足りない情報"));
    let accounts: Vec<_> = lines.map(|line| line.split(",2026").next().unwrap().to_owned()).collect();
    assert_eq!(accounts, ["2,'=1+1", "3,'+81", "4,'@x", "5,'-1", "6,\"a,\"\"b\""]);
    assert!(counts.contains("5行: "), "{counts}");
}

#[test]
fn shared_conditions_and_parameters_of_the_folder_are_used() {
    let folder = folder(
        &rule("対象: すべて\n  - 共通/国保\n  - 生年月日から {特定健診の対象年齢} 年\n"),
        "保険,生年月日\n国保,1970-01-01\n社保,1970-01-01\n国保,2000-01-01\n".as_bytes(),
    );
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("segments");
    for name in ["attributes.toml", "parameters.toml"] {
        std::fs::copy(shipped.join(name), folder.path().join(name)).unwrap();
    }
    let missing = run(folder.path(), &["p.csv"]);
    assert!(!missing.0 && missing.2.contains("「musubi segment check」で確かめてください"), "{missing:?}");
    std::fs::create_dir(folder.path().join("共通")).unwrap();
    std::fs::write(folder.path().join("共通/国保.seg"), rule("対象: すべて\n  - 保険 国保\n")).unwrap();
    let (is_good, said, why) = run(folder.path(), &["p.csv", "--as-of", "2026-07-01", "--format", "json"]);
    assert!(is_good, "{said}{why}");
    let rows: Vec<serde_json::Value> = said.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(rows[0]["word"], "対象");
    assert_eq!(rows[1]["rule_line"], 9, "the line that names the shared condition");
    assert_eq!((&rows[2]["word"], &rows[2]["rule_line"]), (&"対象外".into(), &10.into()));
}

#[test]
fn a_hundred_thousand_rows_are_answered_and_one_more_is_refused() {
    let mut table = "生年月日,保険,受診:特定健診,予約:特定健診\n".to_owned();
    table += &"1970-01-01,国保,,\n".repeat(100_000);
    let folder = folder(RULE, table.as_bytes());
    let (is_good, said, _) = run(folder.path(), &["p.csv", "--as-of", "2026-07-01"]);
    assert!(is_good && said.contains("100000行: 対象 100000"));
    std::fs::write(folder.path().join("p.csv"), table + "1970-01-01,国保,,\n").unwrap();
    let (is_good, _, why) = run(folder.path(), &["p.csv"]);
    assert!(!is_good && why.contains("100002行目: 行が多すぎます(100000行まで)"), "{why}");
}

#[test]
fn the_page_for_staff_shows_what_the_command_really_says() {
    let page = include_str!("../../../docs/try.md");
    let shown: Vec<_> =
        page.split("```\n$ musubi ").skip(1).filter_map(|rest| rest.split_once("\n```")).collect();
    assert_eq!(shown.len(), 3);
    for (block, _) in shown {
        let (line, wanted) = block.split_once('\n').unwrap();
        let (plain, quoted) = line.split_once(" \"").unwrap_or((line, ""));
        let mut arguments: Vec<_> = plain.split(' ').collect();
        let (cells, after) = quoted.split_once('"').unwrap_or_default();
        arguments.extend((!cells.is_empty()).then_some(cells));
        arguments.extend(after.split_whitespace());
        let mut command = Command::new(env!("CARGO_BIN_EXE_musubi"));
        let output = command.args(&arguments).current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap();
        assert_eq!(String::from_utf8(output.stdout).unwrap().trim_end(), wanted, "{line}");
    }
}
