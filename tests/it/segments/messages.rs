//! What the language says about rules that are wrong.

use super::*;
use musubi::domain::segment::text::{parse, print};

fn codes(text: &str) -> Vec<&'static str> {
    found(text).iter().map(|one| one.code).filter(|code| !code.starts_with("W00")).collect()
}

#[test]
fn all_errors_are_named_at_once_with_their_places() {
    let text = "名前:\n担当: 広報課\n対象: すべて\n  - 居住値 今市\n  - 保険　国保険\n  - 年齢 74〜40\n  - いずれか\n";
    let places: Vec<_> =
        found(text).iter().map(|one| (one.code, one.place.map(|at| (at.line, at.column)))).collect();
    assert_eq!(
        places,
        [
            ("E006", Some((1, 1))),
            ("E006", Some((1, 1))),
            ("E007", Some((1, 1))),
            ("E004", Some((2, 1))),
            ("E010", Some((4, 5))),
            ("E011", Some((5, 8))),
            ("E015", Some((6, 8))),
            ("E020", Some((7, 5))),
        ]
    );
}

#[test]
fn nothing_is_ever_taken_for_everyone() {
    for body in [
        "",
        "対象:\n",
        "対象: すべて\n",
        "対象: すべて\n  - いずれか\n",
        "対象: 全員\n",
        "対象: すべて\n  - 居住地\n",
        "対象: すべて\n  - 居住地 ,\n",
    ] {
        assert!(found(&rule(body)).iter().any(Diagnostic::is_error), "{body}");
    }
}

#[test]
fn groups_that_nobody_can_be_in_are_found_by_reasoning() {
    for body in [
        "- 年齢 20〜30\n  - 年齢 40以上",
        "- 年齢 40\n  - 年齢 40以上 奇数",
        "- 保険 国保\n  - すべて\n    - 保険 社保",
        "- 居住地 平田\n  - 居住地 今市",
        "- 年度末年齢 40〜74\n  - いずれでもない\n    - 年度末年齢 30以上",
        "- 性別 不明\n  - 性別 女性",
        "- 生年月日 1990-01-01以降\n  - 生年月日 1980-01-01以前",
        "- 居住地 平田\n  - いずれか\n    - 居住地 今市\n    - 居住地 大社",
    ] {
        let text = rule(&format!("対象: すべて\n  {body}\n"));
        assert!(codes(&text).contains(&"E021"), "{body}: {:?}", found(&text));
    }
}

#[test]
fn groups_that_somebody_can_be_in_are_left_alone() {
    for body in [
        "- 年齢 20〜30\n  - 年度末年齢 31",
        "- 居住地 平田\n  - 居住地 灘分",
        "- いずれか\n    - 年齢 20〜30\n    - 年齢 40以上",
        "- 年齢 40以上\n  - 子のだれか\n    - 年齢 3以下",
        "- 関心分野 いずれか 健診\n  - 関心分野 いずれか 子育て",
    ] {
        let text = rule(&format!("対象: すべて\n  {body}\n"));
        assert_eq!(codes(&text), Vec::<&str>::new(), "{body}");
    }
}

#[test]
fn an_example_that_disagrees_says_what_the_rule_says() {
    let text =
        rule("対象: すべて\n  - 年齢 40以上\n\n例:\n  対象 | 基準日 2026-07-01 | 生年月日 1986-07-02\n");
    let found = found(&text);
    let wrong = found.iter().find(|one| one.code == "E022").unwrap();
    assert_eq!(wrong.place.map(|at| at.line), Some(12));
    assert!(wrong.message.contains("対象外(「年齢 40以上」に当てはまらない)"), "{}", wrong.message);
}

#[test]
fn sensitive_attributes_review_dates_and_households_are_watched() {
    let without = rule("対象: すべて\n  - 保険 国保\n").replace("根拠: 要綱\n", "");
    assert_eq!(codes(&without), ["E025"]);
    let late = rule("対象: すべて\n  - 性別 女性\n").replace("2027-03-31", "2026-11-21");
    assert_eq!(codes(&late), ["E024"]);
    let household = rule("単位: 世帯\n対象: すべて\n  - 性別 女性\n");
    assert_eq!(codes(&household), ["E027"]);
}

#[test]
fn warnings_do_not_stop_a_rule() {
    let twice = found(&rule("対象: すべて\n  - 性別 女性\n  - 性別 女性\n"));
    assert!(twice.iter().any(|one| one.code == "W002") && !twice.iter().any(Diagnostic::is_error));
    let edge =
        rule("対象: すべて\n  - 年齢 40以上\n\n例:\n  対象 | 基準日 2026-07-01 | 生年月日 1950-01-01\n");
    assert!(found(&edge).iter().any(|one| one.code == "W003"));
}

#[test]
fn hostile_files_are_refused_quickly() {
    let deep: String = (0..60).map(|depth| format!("{}- すべて\n", "  ".repeat(depth + 1))).collect();
    let ages = format!("対象: いずれか\n{}", "  - 月齢 1〜9\n".repeat(2_000));
    let rows = "  対象 | 基準日 2026-07-01 | 生年月日 1950-01-01\n".repeat(400);
    let unknown = "  - ああああああ いいいい,ううう\n".repeat(1_300);
    let never = "  - 月齢 1〜99 偶数\n  - 年齢 99以上 奇数\n  - 生年月日から 4〜9週\n".repeat(300);
    let choices = "  - いずれか\n    - 性別 女性\n    - 年齢 40以上\n    - 関心分野 なし 健診\n".repeat(300);
    for body in [
        format!("対象: すべて\n{deep}"),
        format!("対象: すべて\n{unknown}"),
        rule(&format!("対象: すべて\n{never}")),
        rule(&format!("対象: すべて\n{choices}  - 年齢 20以下\n  - 年齢 30以上\n")),
        "\u{fdfa}:".repeat(9_000),
        rule(&format!("{ages}例:\n{rows}")),
        "あ".repeat(40_000),
        "- ".repeat(30_000),
    ] {
        let started = std::time::Instant::now();
        assert!(found(&body).iter().any(Diagnostic::is_error));
        // Milliseconds in a release build; this only catches what grows with the square of the file.
        assert!(started.elapsed().as_secs() < 3, "{:?}", started.elapsed());
    }
}

#[test]
fn what_people_type_becomes_one_canonical_form() {
    let typed = rule(
        "対象：すべて\n  −　居住地　平田、佐田\n  −　生年月日　昭和６１年４月２日～S62.4.1\n  - 家族のだれか\n    - 学年 小学1年生〜小6\n  - 子に1人以上\n    - 月齢 18か月以上24か月未満\n",
    );
    let catalogue = Catalogue::builtin();
    let (segment, _) = parse_with_places(&typed, &catalogue).unwrap();
    let printed = musubi::domain::segment::text::print(&segment, &catalogue);
    let body = printed.split_once("対象").unwrap().1;
    assert_eq!(
        body,
        ": すべて\n  - 居住地 平田, 佐田\n  - 生年月日 1986-04-02〜1987-04-01\n  - 家族のだれか\n    - 学年 小1〜小6\n  - 子のだれか\n    - 月齢 18〜23\n"
    );
}

/// What was probably meant, as the first fault says.
fn meant(text: &str) -> Option<String> {
    found(text).into_iter().find_map(|one| one.suggestion)
}

#[test]
fn readings_everyday_names_and_slips_lead_to_the_known_word() {
    for (lines, word) in [
        ("  - きょじゅうち 今市\n", "居住地"),
        ("  - 年令 40以上\n", "年齢"),
        ("  - 居住地 いまいち\n", "今市"),
        ("  - 居住地 ひらた\n", "平田"),
        ("  - 居住地 hikawa\n", "斐川"),
        ("  - 居住地 今一\n", "今市"),
        ("  - 性別 女\n", "女性"),
        ("  - 性別 女の人\n", "女性"),
        ("  - 保険 こくほ\n", "国保"),
        ("  - または\n    - 性別 女性\n", "いずれか"),
        ("  - いづれか\n    - 性別 女性\n", "いずれか"),
        ("  - 受診 特定検診 今年度 0回\n", "特定健診"),
        ("  - 受診 特定健診 昨年度 0回\n", "前年度"),
        ("  - 受診 特定健診 今年 0回\n", "今年度"),
        ("  - 誕生日から 90日以下\n", "生年月日から"),
    ] {
        assert_eq!(meant(&rule(&format!("対象: すべて\n{lines}"))).as_deref(), Some(word), "{lines}");
    }
    assert_eq!(meant(&rule("対象: または\n  - 性別 女性\n")).as_deref(), Some("いずれか"));
    assert_eq!(meant(&rule("単位: こども\n対象: すべて\n  - 性別 女性\n")).as_deref(), Some("子ども"));
    assert_eq!(meant(&rule("たんい: 本人\n対象: すべて\n  - 性別 女性\n")).as_deref(), Some("単位"));
    // Nobody arrives at everybody by a suggestion.
    assert_eq!(meant(&rule("対象: 全員\n")), None);
}

#[test]
fn a_line_that_cannot_be_read_hides_nothing_about_the_others() {
    let body = "対象: すべて\n  - 居住値 今市\n  - いずれか\n    - 保険 国保険\n    - すべて\n      - 年齢 20〜30\n      - 年齢 40以上\n  - 共通/ない\n\n除外:\n  - 保険 国保\n";
    let text = rule(body).replace("根拠: 要綱\n", "").replace("2027-03-31", "2026-01-01");
    let library = musubi::domain::segment::library::Library::from_sources(
        vec![("x.seg".to_owned(), text)],
        &Catalogue::builtin(),
        TODAY,
    );
    assert!(library.get("x").is_none());
    let told = library.files()[0].diagnostics.iter().map(|one| (one.code, one.place.map_or(0, |at| at.line)));
    assert_eq!(
        told.collect::<Vec<_>>(),
        [("E024", 5), ("E010", 8), ("E011", 10), ("E021", 13), ("E040", 14), ("E025", 17)]
    );
}

#[test]
fn a_line_outside_the_tree_makes_the_reasoning_silent_and_nothing_else() {
    let text = rule(
        "対象: いずれか\n  - 性別 女性\n  性別 男性\n  - すべて\n    - 年齢 20〜30\n    - 年齢 40以上\n\n除外:\n  - 居住値 今市\n",
    );
    let library = musubi::domain::segment::library::Library::from_sources(
        vec![("x.seg".to_owned(), text)],
        &Catalogue::builtin(),
        TODAY,
    );
    let told: Vec<_> = library.files()[0].diagnostics.iter().map(|one| one.code).collect();
    assert_eq!(told, ["E002", "E010"]);
}

#[test]
fn somebody_of_the_family_can_have_several_values_and_nobody_two_of_one_kind() {
    let example = |cells: &str| {
        rule(&format!(
            "対象: すべて\n  - 居住地 平田\n\n例:\n  対象外 | 基準日 2026-07-01 | 居住地 今市 | {cells}\n"
        ))
    };
    let catalogue = Catalogue::builtin();
    let printed = |cells: &str| {
        let segment = parse(&example(cells), &catalogue).unwrap();
        let text = print(&segment, &catalogue);
        text.trim_end().rsplit(" | ").next().unwrap().to_owned()
    };
    let several = "家族 関心分野 健診、 防災,イベント, 続柄 子, 受診 特定健診 2025年度";
    assert_eq!(printed(several), "家族 関心分野 防災, イベント, 健診, 続柄 子, 受診 特定健診 2025年度");
    assert_eq!(printed("家族 関心分野 なし, 続柄 子"), "家族 関心分野 なし, 続柄 子");
    let said = |cells: &str| {
        let faults = found(&example(cells));
        faults
            .iter()
            .map(|one| format!("{} {}{}", one.code, one.message, one.mend))
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert!(
        said("家族 関心分野 健診, 防炎").contains("もしかして「防災」"),
        "{}",
        said("家族 関心分野 健診, 防炎")
    );
    assert!(said("家族 関心分野 なし, 健診").contains("「関心分野」に「なし」はありません"));
    for doubled in ["家族 続柄 子, 生年月日 2020-01-01, 続柄 親", "居住地 平田"] {
        assert!(said(doubled).contains("E005 一人について"), "{}", said(doubled));
    }
}
