//! Groups that nobody can be in, that everybody is in, and lines that change nothing: found by reasoning.

use super::*;

/// Codes, lines and messages of a rule with this body, warnings about the head and missing examples aside.
fn said(body: &str) -> Vec<(&'static str, usize, String)> {
    let quiet = ["W003", "W004", "W007"];
    let found = found(&rule(body)).into_iter().filter(|one| !quiet.contains(&one.code));
    found.map(|one| (one.code, one.place.map_or(0, |place| place.line), one.message)).collect()
}

fn codes(lines: &str) -> Vec<&'static str> {
    said(&format!("対象: すべて\n{lines}")).into_iter().map(|(code, ..)| code).collect()
}

/// The lines begin in line 9.
fn one(lines: &str) -> (&'static str, usize, String) {
    let said = said(&format!("対象: すべて\n{lines}"));
    assert_eq!(said.len(), 1, "{lines}: {said:?}");
    said.into_iter().next().unwrap()
}

#[track_caller]
fn impossible(lines: &str, line: usize, message: &str) {
    assert_eq!(one(lines), ("E021", line, message.to_owned()), "{lines}");
}

#[test]
fn kinds_of_age_and_birth_dates_are_reasoned_about_together() {
    let both = |one, other| format!("「{one}」と「{other}」の両方に当てはまる人はいません。");
    for (one, other) in [
        ("年齢 30以下", "年度末年齢 40〜74"),
        ("月齢 12〜23", "年齢 3以上"),
        ("生年月日 1990-01-01以降", "年齢 40以上"),
        ("学年 小1", "年齢 12以上"),
        ("年度到達年齢 40", "年度初年齢 40"),
        ("指定日年齢 2027-04-01 20", "生年月日 2000-04-01以前"),
        ("生年月日から 3か月以下", "月齢 5以上"),
        ("生年月日から 5日以上", "生年月日まで 1日以上"),
        ("生年 西暦 偶数", "生年月日 1987-02-01〜1987-12-31"),
    ] {
        let message = both(one, other);
        impossible(&format!("  - {one}\n  - {other}\n"), 10, &message);
    }
}

#[test]
fn what_somebody_can_be_on_one_day_of_the_rule_is_possible() {
    for lines in [
        "  - 年齢 30以下\n  - 年度末年齢 31\n",
        "  - 月齢 12〜36\n  - 年齢 3以上\n",
        "  - 年度到達年齢 41\n  - 生年 和暦 奇数\n",
        "  - 生年 和暦 奇数\n  - 生年月日 1986-05-01〜1987-06-30\n",
        // Not today, but in February the child is 3 and born before 2024-03-01.
        "  - 年齢 3以上\n  - 生年月日 2024-02-01〜2024-02-20\n",
        "  - 関心分野 すべて 健診, 子育て\n  - 関心分野 なし ごみ・環境\n",
        "  - 受診 特定健診 前年度 1回以上\n  - 受診 特定健診 今年度 0回\n",
        "  - 受診 特定健診 今年度 1回以上\n  - 受診 特定健診 これまで 0回\n",
        "  - 子に2人以上\n    - 年齢 5以下\n  - 子に3人以下\n    - 年齢 5以下\n",
        "  - 抽選 0〜4999 塩 甲\n  - 抽選 5000〜9999 塩 乙\n",
    ] {
        assert_eq!(codes(lines), Vec::<&str>::new(), "{lines}");
    }
    assert_eq!(codes("  - 年齢 3以上\n  - 生年月日 2024-05-01〜2024-05-20\n"), ["E021"]);
}

#[test]
fn choices_areas_draws_counts_and_relatives_can_contradict_each_other() {
    for lines in [
        "  - 居住地 平田\n  - 居住地 今市, 大社\n",
        "  - 関心分野 すべて 健診, 子育て\n  - 関心分野 なし 子育て\n",
        "  - 関心分野 いずれか 健診, 子育て\n  - 関心分野 なし 健診, 子育て\n",
        "  - 抽選 0〜4999 塩 甲\n  - 抽選 5000〜9999 塩 甲\n",
        "  - 性別 不明\n  - 性別 女性\n",
        "  - 受診 特定健診 30日以内 1回以上\n  - 受診 特定健診 これまで 0回\n",
        "  - 受診 特定健診 今年度 2回以上\n  - 受診 特定健診 過去3年度 1回以下\n",
        "  - 受診 特定健診 今年度 1回以上\n  - 受診 特定健診 過去2年度 1回\n  - 受診 特定健診 前年度 1回以上\n",
        "  - 受診 特定健診 今年度 0回\n  - 受診 特定健診 前年度 0回\n  - 受診 特定健診 過去2年度 1回以上\n",
        "  - 子に2人以上\n    - 年齢 5以下\n  - 家族に1人以下\n    - 年齢 5以下\n",
        "  - 子の全員\n    - 年齢 5以下\n  - 子に0人\n    - 年齢 5以下\n",
        "  - 居住地 平田\n  - 家族のだれか\n    - 居住地 今市\n",
        "  - 続柄 子\n",
    ] {
        assert_eq!(codes(lines), ["E021"], "{lines}");
    }
}

#[test]
fn the_innermost_place_is_named_with_its_partner() {
    impossible(
        "  - 保険 国保\n  - すべて\n    - 性別 女性\n    - 保険 社保\n",
        12,
        "「保険 国保」と「保険 社保」の両方に当てはまる人はいません。",
    );
    impossible(
        "  - 年度末年齢 40〜74\n  - いずれでもない\n    - 年度末年齢 30以上\n",
        11,
        "「年度末年齢 40〜74」に当てはまり、「年度末年齢 30以上」に当てはまらない人はいません。",
    );
    impossible(
        "  - 居住地 平田\n  - いずれか\n    - 居住地 今市\n    - 居住地 大社\n",
        10,
        "「居住地 平田」と10行目の「いずれか」の両方に当てはまる人はいません。",
    );
    impossible(
        "  - 子のだれか\n    - 年齢 3以下\n    - 続柄 配偶者\n",
        11,
        "「続柄 配偶者」に当てはまる人はいません。",
    );
    impossible(
        "  - いずれでもない\n    - 性別 女性, 男性\n    - 性別 回答しない\n",
        11,
        "「性別 女性, 男性」にも「性別 回答しない」にも当てはまらない人はいません。",
    );
    impossible(
        "  - 年齢 40〜49, 60〜69\n  - 年齢 45〜65\n  - 年齢 50〜59, 70以上\n",
        11,
        "「年齢 40〜49, 60〜69」と「年齢 50〜59, 70以上」の両方に当てはまる人はいません。",
    );
    impossible(
        "  - 年齢 40〜49, 60〜69\n  - 年齢 45〜55\n  - 年齢 50〜69\n",
        11,
        "「年齢 40〜49, 60〜69」と「年齢 45〜55」と「年齢 50〜69」のすべてに当てはまる人はいません。",
    );
}

#[test]
fn each_fault_is_said_once() {
    let two = said(
        "対象: いずれか\n  - すべて\n    - 年齢 20〜30\n    - 年齢 40以上\n  - すべて\n    - 保険 国保\n    - 保険 社保\n",
    );
    let places: Vec<_> = two.iter().map(|(code, line, _)| (*code, *line)).collect();
    assert_eq!(places, [("E021", 11), ("E021", 14)]);
}

#[test]
fn a_target_that_is_wholly_excluded_reaches_nobody() {
    let all = said("対象: すべて\n  - 年齢 40〜50\n\n除外:\n  - 年齢 30以上\n");
    assert_eq!(
        all,
        [(
            "E021",
            12,
            "対象の人はみな、除外の「年齢 30以上」に当てはまるので、だれにも届きません。".to_owned()
        )]
    );
    let together = said("対象: すべて\n  - 年齢 40〜50\n\n除外:\n  - 年齢 45以上\n  - 年齢 44以下\n");
    assert_eq!(together.iter().map(|(code, line, _)| (*code, *line)).collect::<Vec<_>>(), [("E021", 13)]);
}

#[test]
fn a_group_that_everybody_is_in_is_an_error() {
    for (body, line) in [
        ("対象: すべて\n  - 年齢 0以上\n", 9),
        ("対象: いずれか\n  - 性別 女性\n  - いずれでもない\n    - 性別 女性\n", 8),
        ("対象: いずれか\n  - 年齢 40以上\n  - 年齢 39以下\n", 8),
        ("対象: すべて\n  - 保険 国保\n  - いずれか\n    - 年齢 40以上\n    - 年齢 50以下\n", 10),
        ("対象: いずれか\n  - 性別 女性\n  - 抽選 0〜9999 塩 甲\n", 10),
    ] {
        let said = said(body);
        assert!(said.iter().any(|(code, at, _)| (*code, *at) == ("E028", line)), "{body}: {said:?}");
    }
    for body in [
        "対象: 友だち全員\n",
        "対象: いずれでもない\n  - 生年月日 不明\n",
        "単位: 子ども\n対象: すべて\n  - 年齢 0以上\n",
        "単位: 子ども\n対象: すべて\n  - 続柄 子\n",
        "単位: 世帯\n対象: すべて\n  - 子のだれか\n    - 続柄 子\n",
        "対象: いずれか\n  - 性別 女性\n  - 性別 不明\n",
    ] {
        assert!(said(body).iter().all(|(code, ..)| *code == "W001"), "{body}: {:?}", said(body));
    }
}

#[test]
fn needless_lines_are_named_with_what_makes_them_needless() {
    for (body, line, message) in [
        (
            "対象: すべて\n  - 年齢 40以上\n  - 年齢 30以上\n",
            10,
            "「年齢 40以上」に当てはまる人はみな「年齢 30以上」にも当てはまるので、この行はなくても同じです。",
        ),
        (
            "対象: いずれか\n  - 居住地 平田\n  - 居住地 灘分\n",
            10,
            "「居住地 灘分」に当てはまる人はみな「居住地 平田」にも当てはまるので、この行はなくても同じです。",
        ),
        (
            "対象: すべて\n  - 保険 国保\n  - いずれでもない\n    - 保険 社保\n",
            10,
            "「保険 国保」に当てはまる人はみな10行目の「いずれでもない」にも当てはまるので、この行はなくても同じです。",
        ),
        (
            "対象: すべて\n  - 居住地 平田\n\n除外:\n  - 居住地 今市\n",
            12,
            "対象の人で「居住地 今市」に当てはまる人はいないので、この行はなくても同じです。",
        ),
        (
            "対象: すべて\n  - 保険 国保\n\n除外:\n  - 受診 特定健診 過去2年度 1回以上\n  - 受診 特定健診 今年度 1回以上\n",
            13,
            "「受診 特定健診 今年度 1回以上」に当てはまる人はみな「受診 特定健診 過去2年度 1回以上」にも当てはまるので、この行はなくても同じです。",
        ),
        (
            "対象: すべて\n  - 保険 国保\n  - 年齢 0以上\n",
            10,
            "「年齢 0以上」は、データの分かっている人ならだれでも当てはまります。",
        ),
        (
            "対象: すべて\n  - 年齢 75以上\n  - いずれか\n    - 年齢 20〜30\n    - 保険 後期\n",
            11,
            "この選択肢は使われません。「年齢 75以上」と「年齢 20〜30」の両方に当てはまる人はいません。",
        ),
    ] {
        let said = said(body);
        assert_eq!(said, [("W008", line, message.to_owned())], "{body}");
    }
}

#[test]
fn a_line_that_changes_who_is_unknown_is_not_needless() {
    for lines in [
        "  - 保険 国保\n  - いずれか\n    - 保険 国保\n    - 年齢 40以上\n    - 性別 女性\n",
        "  - 保険 国保\n  - いずれでもない\n    - 性別 不明\n",
    ] {
        let codes = codes(lines);
        assert!(
            codes.iter().all(|code| *code != "W008") || lines.contains("年齢 40以上"),
            "{lines}: {codes:?}"
        );
    }
}

#[test]
fn a_shared_condition_may_have_choices_that_this_rule_never_uses() {
    let shared = "名前: 共通\n目的: 試験\n所管: 広報課\n\n対象: いずれか\n  - 年齢 20〜30\n  - 保険 後期\n";
    let sources = vec![
        ("x.seg".to_owned(), rule("対象: すべて\n  - 年齢 75以上\n  - 共通/甲\n")),
        ("共通/甲.seg".to_owned(), shared.to_owned()),
    ];
    let library =
        musubi::domain::segment::library::Library::from_sources(sources, &Catalogue::builtin(), TODAY);
    let codes: Vec<_> = library.files()[0].diagnostics.iter().map(|one| one.code).collect();
    assert_eq!(codes, ["W004"]);
}
