//! Shared conditions (共通/…) and parameters: put in their places, watched for circles, depth and changes, and frozen.

use super::*;
use musubi::domain::segment::library::Library;
use musubi::domain::segment::text::{parse, print};

fn shared(body: &str) -> String {
    format!("名前: 共通の条件\n目的: 試験\n所管: 広報課\n\n{body}")
}

/// A library of a rule (with this body) and shared conditions (name and body).
fn library(body: &str, conditions: &[(&str, &str)]) -> Library {
    let mut sources = vec![("x.seg".to_owned(), rule(body))];
    sources.extend(conditions.iter().map(|(name, body)| (format!("共通/{name}.seg"), shared(body))));
    Library::from_sources(sources, &Catalogue::builtin(), TODAY)
}

/// Codes and places of the errors of the rule.
fn errors(library: &Library) -> Vec<(&'static str, Option<(usize, usize)>)> {
    let report = &library.files()[0];
    let errors = report.diagnostics.iter().filter(|one| one.is_error());
    errors.map(|one| (one.code, one.place.map(|place| (place.line, place.column)))).collect()
}

const USES: &str = "対象: すべて\n  - 居住地 今市\n  - 共通/国保\n";
const KOKUHO: (&str, &str) = ("国保", "対象: いずれか\n  - 保険 国保\n  - 保険 後期\n");

#[test]
fn a_shared_condition_stands_in_for_a_group() {
    let library = library(USES, &[KOKUHO]);
    assert_eq!(errors(&library), []);
    let plain = rule("対象: すべて\n  - 居住地 今市\n  - いずれか\n    - 保険 国保\n    - 保険 後期\n");
    let plain = parse(&plain, &Catalogue::builtin()).unwrap();
    assert_eq!(library.get("x").unwrap().hash(), plain.hash());
    assert_eq!(print(library.written("x").unwrap(), &Catalogue::builtin()), rule(USES));
}

#[test]
fn a_shared_condition_is_not_a_rule_to_send_with() {
    let library = library(USES, &[KOKUHO]);
    assert_eq!(library.list().map(|(path, _)| path).collect::<Vec<_>>(), ["x"]);
    assert!(library.get("共通/国保").is_none());
}

#[test]
fn a_condition_that_is_not_there_is_an_error_at_its_line_and_nobody_is_meant() {
    let library = library("対象: すべて\n  - 居住地 今市\n  - 共通/国穂\n", &[KOKUHO]);
    assert_eq!(errors(&library), [("E040", Some((10, 5)))]);
    assert!(library.get("x").is_none());
    let said = &library.files()[0].diagnostics;
    let found = said.iter().find(|one| one.code == "E040").unwrap();
    assert_eq!(found.suggestion.as_deref(), Some("共通/国保"));
}

#[test]
fn a_circle_is_an_error_for_everybody_who_is_part_of_it() {
    let library = library(
        USES,
        &[("国保", "対象: すべて\n  - 共通/乙\n"), ("乙", "対象: すべて\n  - 保険 国保\n  - 共通/国保\n")],
    );
    assert_eq!(errors(&library), [("E041", Some((10, 5)))]);
    assert!(library.files().iter().all(|file| file.has_errors()));
}

#[test]
fn a_chain_that_is_too_deep_and_a_doubling_without_end_are_refused() {
    let chain: Vec<_> =
        (0..12).map(|at| (format!("c{at}"), format!("対象: すべて\n  - 共通/c{}\n", at + 1))).collect();
    let mut chain: Vec<_> = chain.iter().map(|(name, body)| (&**name, &**body)).collect();
    chain.push(("c12", "対象: すべて\n  - 保険 国保\n"));
    assert_eq!(errors(&library("対象: すべて\n  - 共通/c0\n", &chain)), [("E042", Some((9, 5)))]);

    let line = |at: usize| {
        (format!("d{at}"), format!("対象: すべて\n{}", format!("  - 共通/d{}\n", at + 1).repeat(60)))
    };
    let mut doubling: Vec<_> = (0..6).map(line).collect();
    doubling.push(("d6".to_owned(), "対象: すべて\n  - 保険 国保\n".to_owned()));
    let doubling: Vec<_> = doubling.iter().map(|(name, body)| (&**name, &**body)).collect();
    assert_eq!(errors(&library("対象: すべて\n  - 共通/d0\n", &doubling)), [("E042", Some((9, 5)))]);
}

#[test]
fn a_changed_condition_is_an_error_where_its_edition_is_written() {
    let edition = library(USES, &[KOKUHO]).shared().edition("共通/国保").unwrap();
    let pinned = format!("対象: すべて\n  - 居住地 今市\n  - 共通/国保 版 {edition}\n");
    assert_eq!(errors(&library(&pinned, &[KOKUHO])), []);
    let commented = ("国保", "対象: いずれか\n  # 注\n  - 保険 国保\n  - 保険 後期\n");
    assert_eq!(errors(&library(&pinned, &[commented])), []);
    let changed = ("国保", "対象: いずれか\n  - 保険 国保\n  - 保険 社保\n");
    assert_eq!(errors(&library(&pinned, &[changed])), [("E043", Some((10, 5)))]);
}

#[test]
fn a_shared_condition_has_neither_everyone_nor_exclusions() {
    for body in ["対象: 友だち全員\n", "対象: すべて\n  - 保険 国保\n\n除外:\n  - 居住地 今市\n"]
    {
        let library = library(USES, &[("国保", body)]);
        assert_eq!(errors(&library), [("E040", Some((10, 5)))], "{body}");
        assert!(library.files()[1].diagnostics.iter().any(|one| one.code == "E044"), "{body}");
    }
}

#[test]
fn examples_of_a_rule_see_through_its_shared_conditions() {
    let body = format!(
        "{USES}\n例:\n  対象 | 基準日 2026-07-01 | 保険 国保 | 居住地 今市\n  対象外 | 基準日 2026-07-01 | 保険 社保 | 居住地 今市\n"
    );
    assert_eq!(errors(&library(&body, &[KOKUHO])), []);
    let wrong = body.replace("対象外 |", "対象 |");
    assert_eq!(errors(&library(&wrong, &[KOKUHO])), [("E022", Some((14, 3)))]);
}

#[test]
fn a_frozen_rule_says_the_numbers_of_its_day_and_their_source() {
    let catalogue = Catalogue::builtin();
    let written =
        parse(&rule("対象: すべて\n  - 年度到達年齢 {歯周病検診の節目年齢}\n"), &catalogue).unwrap();
    let on = |day| print(&written.frozen(&catalogue, day).unwrap(), &catalogue);
    assert!(on(date(2023, 7, 1)).contains("  - 年度到達年齢 40, 50, 60, 70\n"));
    let now = on(date(2026, 7, 1));
    assert!(now.contains("  # {歯周病検診の節目年齢} 2024-04-01から 健康増進法"), "{now}");
    assert!(now.contains("  - 年度到達年齢 20, 30, 40, 50, 60, 70\n"));
    assert!(parse(&now, &catalogue).is_ok());
    assert!(written.frozen(&catalogue, date(2007, 7, 1)).is_err());
}

#[test]
fn a_parameter_that_is_not_there_is_named_with_its_place() {
    let faults = found(&rule("対象: すべて\n  - 年度末年齢 {特定健診の対象年令}\n"));
    let told: Vec<_> =
        faults.iter().map(|one| (one.code, one.place.unwrap().column, one.suggestion.as_deref())).collect();
    assert_eq!(told, [("E017", 11, Some("特定健診の対象年齢"))]);
}

#[test]
fn a_line_that_can_not_be_read_is_never_told_as_a_shared_condition() {
    for body in
        ["対象: すべて\n", "対象: 年齢\n  - 性別 女性\n", "対象: いずれか\n  - すべて\n  - 共通/国保\n"]
    {
        let found = errors(&library(body, &[KOKUHO]));
        assert!(!found.is_empty() && found.iter().all(|(code, _)| *code != "E040"), "{body}: {found:?}");
    }
}
