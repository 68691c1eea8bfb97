//! Every code of the language: provoked at its exact place, and explained to the city's staff.

use std::collections::BTreeSet;

use super::*;
use musubi::domain::segment::Code;
use musubi::domain::segment::json::from_json;
use musubi::domain::segment::library::Library;

/// A place: line, column and length in characters.
type At = (usize, usize, usize);

/// A code, the rule that provokes it, and where.
type Case = (Code, String, Option<At>);

/// In `rule`, the body begins in line 8.
fn cases() -> Vec<Case> {
    let all = |lines: &str| rule(&format!("対象: すべて\n{lines}"));
    let example = |row: &str| rule(&format!("対象: すべて\n  - 年齢 40以上\n\n例:\n  {row}\n"));
    let deep: String = (0..17).map(|depth| format!("{}- すべて\n", "  ".repeat(depth + 1))).collect();
    let at = |line, column, length| Some((line, column, length));
    vec![
        (Code::TooLarge, all(&deep), at(25, 37, 3)),
        (Code::TooLarge, "あ".repeat(30_000), None),
        (Code::Syntax, all("  - 性別 女性\n  居住地 今市\n"), at(10, 3, 6)),
        (Code::Syntax, all("  - 性別 女性\n").replace("目的: 試験", "　目的 試験"), at(2, 2, 5)),
        (Code::Indentation, all("   - 性別 女性\n  - 保険 国保\n"), at(10, 5, 5)),
        (Code::Indentation, all("  - 性別 女性\n    - 保険 国保\n"), at(10, 7, 5)),
        (Code::UnknownHeader, all("  - 性別 女性\n").replace("所管", "部署"), at(3, 1, 2)),
        (Code::Doubled, rule("名前: 二つ目\n対象: すべて\n  - 性別 女性\n"), at(8, 1, 2)),
        (Code::MissingHeader, all("  - 性別 女性\n").replace("所管: 広報課\n", ""), at(1, 1, 1)),
        (Code::HeaderValue, all("  - 性別 女性\n").replace("1〜10", "少し"), at(5, 7, 2)),
        (Code::UnknownWord, all("  - 　居住値　今市\n"), at(9, 6, 3)),
        (Code::UnknownValue, all("  - 居住地 今市、平他\n"), at(9, 12, 2)),
        (Code::WrongType, all("  - 性別から 30日以下\n"), at(9, 5, 4)),
        (Code::BadNumber, all("  - 年齢 ４０歳くらい\n"), at(9, 8, 6)),
        (Code::BadDate, all("  - 指定日年齢 2027-02-30 40\n"), at(9, 11, 10)),
        (Code::Backwards, all("  - 年齢 20, 74〜40\n"), at(9, 12, 5)),
        (Code::BadEvent, all("  - 受診 特定健診 去年度 0回\n"), at(9, 13, 3)),
        (Code::UnknownParameter, all("  - 年度末年齢 {特定健診の年齢}\n"), at(9, 11, 9)),
        (Code::BadBucket, all("  - 抽選 0〜99999 塩 甲\n"), at(9, 5, 14)),
        (Code::Empty, all("  - いずれか\n"), at(9, 5, 4)),
        (Code::Impossible, all("  - 年齢 20〜30\n  - 年齢 40以上\n"), at(10, 5, 7)),
        (Code::Example, example("対象外 | 基準日 2026-07-01 | 生年月日 1986-04-01"), at(12, 3, 38)),
        (Code::BadExample, example("たぶん | 基準日 2026-07-01 | 生年月日 1986-04-01"), at(12, 3, 3)),
        (Code::ReviewPast, all("  - 性別 女性\n").replace("2027-03-31", "2026-11-21"), at(6, 8, 10)),
        (Code::NoBasis, all("  - 保険 国保\n").replace("根拠: 要綱\n", ""), at(8, 5, 5)),
        (Code::PersonInHousehold, rule("単位: 世帯\n対象: すべて\n  - 性別 女性\n"), at(10, 5, 5)),
        (Code::AlwaysTrue, all("  - 年齢 0以上\n"), at(9, 5, 6)),
        (Code::UnknownShared, all("  - 共通/ない\n"), at(9, 5, 5)),
        (Code::SharedCycle, all("  - 共通/輪\n"), at(9, 5, 4)),
        (Code::SharedTooDeep, all("  - 共通/0\n"), at(9, 5, 4)),
        (Code::SharedChanged, all("  - 共通/国保 版 00000000\n"), at(9, 5, 16)),
        (Code::EveryoneIsTarget, rule("対象: 友だち全員\n"), at(8, 5, 5)),
        (Code::Duplicate, all("  - 性別 女性\n  - 性別 女性\n"), at(10, 5, 5)),
        (Code::NoExampleAtEdge, example("対象 | 基準日 2026-07-01 | 生年月日 1950-04-01"), at(9, 5, 7)),
        (
            Code::NoExampleAtEdge,
            all("  - 生年月日から 90日以下\n\n例:\n  対象外 | 基準日 2026-07-01 | 生年月日 2026-01-01\n"),
            at(9, 5, 12),
        ),
        (Code::NoExample, all("  - 性別 女性\n"), at(1, 5, 2)),
        (Code::NoReviewDate, all("  - 性別 女性\n").replace("見直し期限: 2027-03-31\n", ""), at(1, 5, 2)),
        (Code::NoExpected, all("  - 性別 女性\n").replace("想定人数: 1〜10\n", ""), at(1, 5, 2)),
        (Code::MixedAges, all("  - 年度末年齢 40〜74\n  - 年度到達年齢 40〜74\n"), at(10, 5, 12)),
        (Code::Redundant, all("  - 年齢 40以上\n  - 年齢 30以上\n"), at(10, 5, 7)),
        (Code::WindowPast, all("  - 指定日年齢 2026-03-31 40\n"), at(9, 5, 19)),
        (Code::WindowPast, all("  - 生年月日 明治20年1月1日〜明治30年1月1日\n"), at(9, 5, 24)),
        (Code::UnknownSeries, all("  - 配信 特定健診歓奨 30日以内 0回\n"), at(9, 5, 18)),
    ]
}

/// The first rule is the one that is looked at; the others are shared conditions that it may name.
fn library(text: &str, catalogue: &Catalogue) -> Library {
    let shared = |body: &str| format!("名前: 共通\n目的: 試験\n所管: 広報課\n\n{body}");
    let mut sources = vec![("x.seg".to_owned(), text.to_owned())];
    let named = [("輪", "対象: すべて\n  - 共通/輪\n"), ("国保", "対象: すべて\n  - 居住地 今市\n")];
    sources.extend(named.map(|(name, body)| (format!("共通/{name}.seg"), shared(body))));
    sources.extend(
        (0..12).map(|at| (format!("共通/{at}.seg"), shared(&format!("対象: すべて\n  - 共通/{}\n", at + 1)))),
    );
    sources.push(("共通/12.seg".to_owned(), shared("対象: すべて\n  - 居住地 今市\n")));
    Library::from_sources(sources, catalogue, TODAY)
}

fn places(code: Code, text: &str, catalogue: &Catalogue) -> Vec<Option<At>> {
    let library = library(text, catalogue);
    let of_code = library.files()[0].diagnostics.iter().filter(|one| one.code == code.as_str());
    of_code.map(|one| one.place.map(|place| (place.line, place.column, place.length))).collect()
}

/// Codes that no text of a single rule provokes with the shipped catalogue; each has a test of its own here.
const APART: [Code; 5] =
    [Code::NotForSending, Code::NoParameterValue, Code::Json, Code::NotCanonical, Code::SharedForm];

#[test]
fn every_code_is_provoked_at_its_exact_place() {
    let catalogue = Catalogue::builtin();
    let missed = cases().into_iter().filter_map(|(code, text, place)| {
        let told = places(code, &text, &catalogue);
        let words = || format!("{}: {told:?} instead of {place:?} in\n{text}", code.as_str());
        (!told.contains(&place)).then(words)
    });
    let missed: Vec<_> = missed.collect();
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

#[test]
fn codes_of_the_catalogue_of_json_and_of_shared_files_are_provoked_too() {
    let catalogue = Catalogue::builtin();
    let codes = |faults: Vec<Diagnostic>| faults.iter().map(|one| one.code).collect::<Vec<_>>();
    let document = serde_json::json!({
        "header": {"name": "名\n前", "purpose": "目的", "owner": "課"}, "target": "everyone"
    });
    assert_eq!(codes(from_json("{", &catalogue).unwrap_err()), [Code::Json.as_str()]);
    let hash = document.to_string().replace("\\n", " # ");
    assert_eq!(codes(from_json(&hash, &catalogue).unwrap_err()), [Code::NotCanonical.as_str()]);

    let shipped = include_str!("../../../segments/attributes.toml");
    let at = shipped.find("id = \"sex\"").unwrap();
    let (before, after) = shipped.split_at(at);
    let closed = after.replacen("usable_for_sending = true", "usable_for_sending = false", 1);
    let closed = Catalogue::parse(&format!("{before}{closed}")).unwrap();
    let text = rule("対象: すべて\n  - 居住地 今市\n  - 性別 女性\n");
    assert_eq!(places(Code::NotForSending, &text, &closed), [Some((10, 5, 5))]);

    let parameters = "[[parameter]]\nid = \"x\"\nword = \"来年の年齢\"\nnote = \"試し\"\n\
        [[parameter.value]]\nfrom = \"2027-04-01\"\nvalue = \"40〜74\"\nsource = \"要綱\"\n";
    let next_year = Catalogue::builtin().with_parameters(parameters).unwrap();
    let text = rule("対象: すべて\n  - 年度末年齢 {来年の年齢}\n");
    assert_eq!(places(Code::NoParameterValue, &text, &next_year), [Some((9, 5, 13))]);
    let later = text.replace("2027-03-31", "2027-04-30");
    assert_eq!(places(Code::NoParameterValue, &later, &next_year), []);

    let shared = ("共通/甲.seg".to_owned(), rule("対象: 友だち全員\n"));
    let library = Library::from_sources(vec![shared], &catalogue, TODAY);
    let told = library.files()[0].diagnostics.iter().find(|one| one.code == Code::SharedForm.as_str());
    assert_eq!(told.unwrap().place.map(|place| (place.line, place.column)), Some((8, 5)));
}

#[test]
fn the_page_for_staff_the_codes_and_the_tests_agree() {
    let page = include_str!("../../../docs/rule-codes.md");
    let rows = page.lines().filter_map(|line| line.strip_prefix("| ")?.split(" |").next());
    let explained: Vec<&str> = rows.filter(|cell| cell.starts_with(['E', 'W'])).collect();
    let distinct: BTreeSet<&str> = explained.iter().copied().collect();
    assert_eq!(distinct.len(), explained.len());
    let known: BTreeSet<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
    assert_eq!(distinct, known);
    let provoked: BTreeSet<&str> =
        cases().iter().map(|(code, ..)| code.as_str()).chain(APART.map(Code::as_str)).collect();
    assert_eq!(provoked, known);
}

#[test]
fn every_message_is_one_sentence_on_what_is_wrong_and_one_on_how_to_mend_it() {
    let catalogue = Catalogue::builtin();
    for (_, text, _) in cases() {
        for one in &library(&text, &catalogue).files()[0].diagnostics {
            for sentence in [&one.message, &one.mend] {
                assert!(sentence.ends_with('。'), "{}: {sentence}", one.code);
                assert!(!sentence.contains("「」") && !sentence.contains("None"), "{}: {sentence}", one.code);
            }
        }
    }
}
