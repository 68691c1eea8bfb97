//! Why somebody is meant, or not: for staff, for the resident, for programs.

use std::process::Command;

use musubi::domain::segment::explanation::{Explanation, Question, explain, resident, staff};
use musubi::domain::segment::person::evaluate;
use musubi::domain::segment::text::{parse_person, parse_with_places};
use musubi::domain::texts::Tongue;

use super::*;

const AS_OF: Date = date(2026, 7, 1);

fn asked<T>(
    body: &str,
    cells: &str,
    answer: impl Fn(&Question<'_>, &musubi::domain::household::Household) -> T,
) -> T {
    let catalogue = Catalogue::builtin();
    let (segment, places) = parse_with_places(&rule(body), &catalogue).unwrap();
    let person = parse_person(cells, AS_OF, &catalogue).unwrap();
    let question = Question {
        segment: &segment,
        places: Some(&places),
        catalogue: &catalogue,
        as_of: person.as_of,
        topic: None,
    };
    answer(&question, &check::household(&person, &catalogue))
}

fn explained(body: &str, cells: &str) -> Explanation {
    asked(body, cells, explain)
}

fn to_staff(body: &str, cells: &str) -> String {
    staff(&explained(body, cells))
}

fn easy(body: &str, cells: &str) -> String {
    asked(body, cells, |question, home| resident(question, home, Tongue::JaEasy)).join("\n")
}

const DEEP: &str = "対象: すべて
  - 年度末年齢 40〜74
  - いずれか
    - 居住地 平田
    - 家族のだれか
      - 年齢 3以下

除外:
  - 受診 特定健診 今年度 1回以上  # 受診済み
";

#[test]
fn staff_see_every_condition_with_its_truth_its_dates_and_what_decided() {
    let said = to_staff(
        DEEP,
        "生年月日 1986-04-01 | 居住地 今市 | 家族 続柄 子, 生年月日 2020-05-01 | 家族 続柄 子",
    );
    let wanted = "\
試し(基準日 2026-07-01 令和8年7月1日)
アカウント: 不明(生年月日が分かりません)
1人目(本人): 不明(生年月日が分かりません)
  対象
    ? すべてに当てはまる
      ○ 年度末年齢 40〜74(昭和27年4月1日〜昭和62年3月31日生まれ 1952-04-01〜1987-03-31)
      ? いずれかに当てはまる
        × 居住地 平田
        ? 家族のだれか
          × 1人目(本人)
            × 年齢 3以下(令和4年7月2日〜令和8年7月1日生まれ 2022-07-02〜2026-07-01)
          × 2人目(子)
            × 年齢 3以下(令和4年7月2日〜令和8年7月1日生まれ 2022-07-02〜2026-07-01)
          ? 3人目(子)
            ? 年齢 3以下(令和4年7月2日〜令和8年7月1日生まれ 2022-07-02〜2026-07-01) 分からない: 生年月日  ← 決め手
  除外
    × 受診 特定健診 今年度 1回以上(令和8年4月1日〜令和9年3月31日 2026-04-01〜2027-03-31)  # 受診済み
";
    assert_eq!(said, wanted);
}

#[test]
fn the_deciding_condition_names_its_line_and_who_would_be_needed() {
    let first = |body: &str, cells: &str| to_staff(body, cells).lines().nth(1).unwrap().to_owned();
    for (cells, wanted) in [
        (
            "生年月日 1986-04-01 | 居住地 今市 | 家族 続柄 子, 生年月日 2020-05-01",
            "対象外(「居住地 平田」 / 「家族のだれか(年齢 3以下)」のどれにも当てはまらない、10行目)",
        ),
        ("生年月日 1990-04-01", "対象外(「年度末年齢 40〜74」に当てはまらない、9行目)"),
        ("生年月日 1986-04-01 | 居住地 平田 | 受診 特定健診 2026-05-01", "除外(受診済み、16行目)"),
        ("生年月日 1986-04-01 | 居住地 平田", "対象"),
    ] {
        assert_eq!(first(DEEP, cells), format!("アカウント: {wanted}"));
    }
    for (count, wanted) in [
        ("子のだれか", "「子のだれか(年齢 3以下)」に当てはまらない(2人のうち0人)"),
        ("祖父母のだれか", "「祖父母のだれか(年齢 3以下)」に当てはまらない(その家族の登録なし)"),
        ("家族に2人以上", "「家族に2人以上(年齢 3以下)」に当てはまらない(3人のうち0人)"),
    ] {
        let body = format!("対象: すべて\n  - {count}\n    - 年齢 3以下\n");
        let said = first(
            &body,
            "生年月日 1986-04-01 | 家族 続柄 子, 生年月日 2010-01-01 | 家族 続柄 子, 生年月日 2012-01-01",
        );
        assert_eq!(said, format!("アカウント: 対象外({wanted}、9行目)"));
    }
    let nobody = "対象: すべて\n  - 子に0人\n    - 年齢 3以下\n";
    assert!(first(nobody, "家族 続柄 子, 生年月日 2024-01-01").contains("に当てはまらない(1人のうち1人)"));
}

#[test]
fn what_is_missing_names_only_those_who_could_change_the_answer() {
    let body = "対象: すべて\n  - 子のだれか\n    - 年齢 3以下\n    - 性別 女性\n";
    let missing = |cells| explained(body, cells).account.missing;
    assert_eq!(
        missing("家族 続柄 子, 生年月日 2024-01-01"),
        ["性別"],
        "nothing of the friend is asked about"
    );
    assert_eq!(missing("家族 生年月日 2024-01-01, 性別 女性"), ["続柄"]);
    assert_eq!(missing("家族 生年月日 1990-01-01 | 家族 続柄 子"), ["生年月日", "性別"]);
}

#[test]
fn the_resident_reads_only_what_was_true_of_them() {
    let body = "単位: 一人ひとり\n対象: すべて\n  - 年度末年齢 40〜74\n  - 保険 国保\n  - 居住地 平田\n  - 受診 特定健診 今年度 0回\n  - いずれでもない\n    - 性別 男性\n  - 家族のだれか\n    - 年齢 3以下\n";
    let said = easy(
        body,
        "生年月日 1986-04-01 | 保険 国保 | 居住地 灘分 | 性別 女性 | 家族 続柄 子, 生年月日 2024-05-01",
    );
    let wanted = "\
この お知らせが とどいた 理由(りゆう)
1952年4月1日から 1987年3月31日までに 生まれた 人への お知らせです。
登録(とうろく)した「けんこうほけん」を 見て えらびました。ここには 書きません。
「地区(ちく)」が「灘分」の 人への お知らせです。
あなたが 登録(とうろく)した 家族(かぞく)の ための お知らせです。
登録(とうろく)した ことは「登録・変更」で 見る・かえる ことが できます。";
    assert_eq!(said, wanted);
    for hidden in ["国民", "国保", "2024", "男", "1986", "特定"] {
        assert!(!said.contains(hidden), "{hidden}: {said}");
    }
}

#[test]
fn a_message_for_a_child_says_nothing_of_the_child_and_no_message_nothing_at_all() {
    let body = "単位: 子ども\n対象: すべて\n  - 年齢 3以下\n";
    let said = easy(body, "生年月日 1986-04-01 | 家族 続柄 子, 生年月日 2024-05-01");
    assert!(said.contains("家族(かぞく)の ための お知らせ") && !said.contains("生まれた"), "{said}");
    let none = easy(body, "生年月日 1986-04-01 | 家族 続柄 子, 生年月日 2014-05-01");
    assert_eq!(
        none,
        "この お知らせは、今 あなたに 送って いません。\nわからない ときは、市役所(しやくしょ)に 聞いて ください。"
    );
    let everyone =
        asked("対象: 友だち全員\n", "", |question, home| resident(question, home, Tongue::En)).join(" ");
    assert!(everyone.contains("every friend"), "{everyone}");
}

#[test]
fn the_explanation_agrees_with_the_evaluator_on_generated_rules() {
    use musubi::domain::segment::generate::{case, every_kind, town};
    let catalogue = every_kind();
    for number in 0..400 {
        let town = town(11, number, 3, &catalogue);
        let case = case(11, number, town.day, &catalogue);
        let topic = case.topic.as_ref().map(|topic| topic.as_str());
        let question = Question {
            segment: &case.segment,
            places: None,
            catalogue: &catalogue,
            as_of: case.as_of,
            topic,
        };
        for (_, home) in &town.people {
            let verdict = evaluate(&case.segment, &catalogue, home, case.as_of, topic);
            let said = explain(&question, home);
            assert_eq!(said.account.answer, verdict.verdict.kind());
            assert_eq!(said.persons.len(), verdict.persons.len());
            for (person, told) in verdict.persons.iter().zip(&said.persons) {
                assert_eq!(told.said.answer, person.verdict.kind());
                let rests = told.said.always.is_some()
                    || told.target.decides
                    || told.exclusions.iter().any(|line| line.decides)
                    || told.said.missing == ["続柄"];
                assert!(rests, "case {number}: {told:?}");
            }
            let sentences = Tongue::ALL.map(|tongue| resident(&question, home, tongue));
            assert!(sentences.iter().all(|said| 2 <= said.len()), "{sentences:?}");
        }
    }
}

fn musubi(arguments: &[&str]) -> (bool, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_musubi"));
    let output = command.args(arguments).current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.success(), text(output.stdout), text(output.stderr))
}

#[test]
fn the_json_form_is_the_one_that_is_documented() {
    let base = ["segment", "explain", "docs/try.seg", "--as-of", "2026-07-01", "--format", "json"];
    let (is_good, said, why) =
        musubi(&[&base[..], &["--person", "生年月日 1990-01-01 | 保険 国保"]].concat());
    assert!(is_good, "{why}");
    let said: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert_eq!(
        said["account"],
        serde_json::json!({
            "answer": "not_target", "word": "対象外", "reason": "「年度末年齢 40〜74」に当てはまらない",
            "always": null, "path": [0, 0], "line": 11, "missing": [],
        })
    );
    let person = &said["persons"][0];
    assert_eq!(
        (&person["number"], &person["relation"], &person["answer"]),
        (&1.into(), &"本人".into(), &"not_target".into())
    );
    assert_eq!(
        person["target"]["members"][0],
        serde_json::json!({
            "path": [0, 0], "line": 11, "text": "年度末年齢 40〜74", "truth": "false", "decides": true,
            "windows": [{
                "from": "1952-04-01", "until": "1987-03-31",
                "wareki": "昭和27年4月1日〜昭和62年3月31日生まれ", "iso": "1952-04-01〜1987-03-31",
            }],
        })
    );
    assert_eq!(person["exclusions"][0]["note"], "予約済み");
    let rule: serde_json::Value = serde_json::from_str(&musubi(&base).1).unwrap();
    assert_eq!(rule["target"]["members"][0]["windows"][0]["iso"], "1952-04-01〜1987-03-31");
}

#[test]
fn a_made_up_person_that_can_not_be_read_is_refused_in_words() {
    let base = ["segment", "explain", "docs/try.seg", "--as-of", "2026-07-01"];
    let (is_good, _, why) = musubi(&[&base[..], &["--person", "生年月日 1990-02-30 | 保検 国保"]].concat());
    assert!(!is_good);
    assert!(
        why.contains("「1990-02-30」は日付ではありません") && why.contains("もしかして「保険」"),
        "{why}"
    );
    let (is_good, _, why) = musubi(&[&base[..], &["--format", "easy"]].concat());
    assert!(!is_good && why.contains("--person"), "{why}");
}

#[test]
fn conditions_on_relatives_inside_each_other_are_counted_once_each() {
    let deep: String = (0..12).map(|depth| format!("{}- 家族のだれか\n", "  ".repeat(depth + 1))).collect();
    let body = format!("単位: 一人ひとり\n対象: すべて\n{deep}{}- 年齢 3以下\n", "  ".repeat(13));
    let family = " | 家族 続柄 子".repeat(7);
    let said = explained(&body, &format!("生年月日 1986-04-01{family}"));
    assert_eq!(said.account.missing, ["生年月日"]);
}

#[test]
fn the_longest_rule_is_explained_fast_enough_even_unoptimised() {
    let ages = "    - 年齢 1〜9\n".repeat(200);
    let body =
        format!("単位: 一人ひとり\n対象: すべて\n  - いずれか\n{ages}  - 家族のだれか いずれか\n{ages}");
    let family = " | 家族 続柄 子, 生年月日 2010-01-01".repeat(5);
    let started = std::time::Instant::now();
    let said = explained(&body, &format!("生年月日 1986-04-01{family}"));
    assert_eq!(said.persons.len(), 6);
    // Under a millisecond in a release build.
    assert!(started.elapsed().as_secs() < 3, "{:?}", started.elapsed());
}

#[tokio::test]
async fn a_registered_account_is_explained_to_staff_to_the_resident_and_to_programs() {
    use musubi::flow::register::CONSENT_VERSION;
    use musubi::flow::seed::{Town, seed};
    let office = crate::support::TestApp::start().await;
    let town = Town { seed: 7, accounts: 60, consent_version: CONSENT_VERSION };
    seed(office.app(), town).await.unwrap();
    let rule = ["segments/kenshin/tokutei.seg", "--as-of", "2026-11-22", "--database", office.database_url()];
    let (_, accounts, why) = musubi(&[&["segment", "list"], &rule[..]].concat());
    let id = accounts.lines().next().unwrap_or_else(|| panic!("nobody is listed: {why}"));
    let ask = |format| musubi(&[&["segment", "account", id, "--format", format], &rule[..]].concat()).1;
    let staff = ask("staff");
    assert!(staff.contains("アカウント: 対象\n") && staff.contains("○ 年度末年齢 40〜74"), "{staff}");
    assert!(ask("easy").starts_with("この お知らせが とどいた"));
    let json: serde_json::Value = serde_json::from_str(&ask("json")).unwrap();
    assert_eq!(json["account"]["answer"], "target");
    office.may_leave_work();
}
