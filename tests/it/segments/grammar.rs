//! Every word of the grammar is used by a shipped rule or by a test, and `docs/grammar-coverage.md` says where.
//!
//! The words are read from the source of the language, so that a new one can't be forgotten; the variants of the JSON
//! face are those of the published schema. `MUSUBI_BLESS=1` writes the list anew.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::*;
use musubi::domain::segment::generate::{case, every_kind, town};
use musubi::domain::segment::json::to_json;
use musubi::domain::segment::text::{parse, print};
use serde_json::Value;

/// Words that stand in the readers and not in the vocabulary, by what they say.
const ELSEWHERE: [(&str, &[&str]); 6] = [
    ("期間", &["今年度", "前年度", "過去2年度", "年度以内", "日以内", "これまで"]),
    ("回数", &["0回", "回以上", "回以下", "1回", "なし"]),
    ("範囲", &["以上", "以下", "未満", "以降", "以前", "〜"]),
    ("単位のつく数", &["歳", "才", "か月", "人以上", "人以下"]),
    ("家族", &["のだれか", "の全員", "に0人", "いない"]),
    ("値", &["いずれか ", "すべて ", "なし ", "はい", "いいえ", "不明である", "{"]),
];

/// The words of each table of the vocabulary's source.
fn words() -> Vec<(String, String)> {
    let source = include_str!("../../../src/domain/segment/text/vocabulary.rs");
    let mut found = Vec::new();
    for table in source.split("pub(super) const ").skip(1) {
        let name = table.split(':').next().unwrap_or_default();
        let body =
            table.split(';').take_while(|part| !part.contains("pub(super) fn")).collect::<Vec<_>>().join(";");
        let body = body.split("\n/// ").next().unwrap_or_default();
        let literals = body.split('"').skip(1).step_by(2);
        found.extend(literals.map(|word| (name.to_owned(), word.to_owned())));
    }
    found.extend(
        ELSEWHERE
            .iter()
            .flat_map(|(name, words)| words.iter().map(|word| ((*name).to_owned(), (*word).to_owned()))),
    );
    found
}

/// Whether a line of a rule, or of a test that holds rules, uses a word of a table.
fn uses(table: &str, word: &str, line: &str) -> bool {
    let after_number =
        || line.match_indices(word).any(|(at, _)| line[..at].ends_with(|c: char| c.is_numeric()));
    match table {
        "ELAPSED_UNITS" => (line.contains("から ") || line.contains("まで ")) && after_number(),
        "DIRECTIONS" => line.contains(&format!("日{word} ")),
        "AGES" | "EVENTS" | "ON_DATE" | "BIRTH_YEAR" | "BUCKET" => {
            line.contains(&format!("- {word} ")) || line.contains(&format!("\"{word} "))
        }
        "UNITS" => line.contains(&format!("単位: {word}")) || line.contains(&format!("(\"{word}\"")),
        "HEADERS" | "READINGS" => {
            line.contains(&format!("{word}:")) || line.contains(&format!("(\"{word}\""))
        }
        "EXPECTS" => line.contains(&format!("{word} | ")),
        "単位のつく数" | "回数" if !word.starts_with(char::is_numeric) && word != "なし" => {
            after_number()
        }
        _ => line.contains(word),
    }
}

fn files(folder: &Path, end: &str, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, end, found);
        } else if path.extension().is_some_and(|extension| extension == end) {
            found.push(path);
        }
    }
}

/// The texts in which words are looked for: shipped rules, then the tests of the language.
fn texts() -> BTreeMap<String, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut paths = Vec::new();
    files(&root.join("segments"), "seg", &mut paths);
    files(&root.join("tests/it/segments"), "rs", &mut paths);
    let read = |path: PathBuf| {
        let name = path.strip_prefix(root).unwrap().display().to_string();
        (name, std::fs::read_to_string(&path).unwrap())
    };
    paths.into_iter().map(read).collect()
}

/// The first shipped rule and the first test that use a word.
fn places(table: &str, word: &str, texts: &BTreeMap<String, String>) -> [Option<String>; 2] {
    let first = |folder: &str| {
        let inside = texts.iter().filter(|(name, _)| name.starts_with(folder));
        let mut using = inside.filter(|(_, text)| text.lines().any(|line| uses(table, word, line)));
        using.next().map(|(name, _)| name.clone())
    };
    [first("segments/"), first("tests/")]
}

/// The names of the variants in a document of the JSON face.
fn names(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(object) => object.iter().for_each(|(name, inner)| {
            found.insert(name.clone());
            names(inner, found);
        }),
        Value::Array(list) => list.iter().for_each(|one| names(one, found)),
        Value::String(text) => _ = found.insert(text.clone()),
        _ => {}
    }
}

/// Every property and every fixed word of the schema, ids of the catalogue aside.
fn variants(schema: &Value, found: &mut BTreeSet<String>) {
    if let Some(properties) = schema.get("properties").and_then(Value::as_object) {
        found.extend(properties.keys().cloned());
    }
    if let Some(fixed) = schema.get("enum").and_then(Value::as_array) {
        found.extend(fixed.iter().filter_map(Value::as_str).map(str::to_owned));
    }
    match schema {
        Value::Object(object) => object.values().for_each(|inner| variants(inner, found)),
        Value::Array(list) => list.iter().for_each(|inner| variants(inner, found)),
        _ => {}
    }
}

const PATH: &str = "docs/grammar-coverage.md";

fn written(texts: &BTreeMap<String, String>) -> String {
    let mut page = "# Where each word of the rule language is used\n\nMade by `MUSUBI_BLESS=1 cargo test --test it grammar`; a test fails where a word is used nowhere, and where a line here is\nno longer true. One rule and one test for each; the generated rules of `musubi selftest segments` have every variant besides.\n\n| table | word | shipped rule | test |\n| --- | --- | --- | --- |\n".to_owned();
    for (table, word) in words() {
        let [rule, test] = places(&table, &word, texts).map(|place| place.unwrap_or_else(|| "–".to_owned()));
        page += &format!("| {table} | `{word}` | {rule} | {test} |\n");
    }
    page
}

#[test]
fn every_word_is_used_and_the_list_says_where() {
    let texts = texts();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(PATH);
    if std::env::var_os("MUSUBI_BLESS").is_some() {
        std::fs::write(&path, written(&texts)).unwrap();
    }
    let listed = std::fs::read_to_string(&path).unwrap();
    let mut unused = Vec::new();
    for (table, word) in words() {
        if places(&table, &word, &texts) == [None, None] {
            unused.push(format!("{table} {word}"));
        }
        let row = listed.lines().find(|line| line.starts_with(&format!("| {table} | `{word}` |")));
        let row = row.unwrap_or_else(|| panic!("{table} {word} is not in {PATH}"));
        for place in
            row.split(" | ").skip(2).map(|cell| cell.trim_end_matches(" |")).filter(|cell| *cell != "–")
        {
            let text = texts.get(place).unwrap_or_else(|| panic!("{place} in {PATH} is no more"));
            assert!(
                text.lines().any(|line| uses(&table, &word, line)),
                "{place} no longer uses {word}: {PATH}"
            );
        }
    }
    assert_eq!(unused, Vec::<String>::new());
}

#[test]
fn every_variant_of_the_json_face_is_generated() {
    let catalogue = every_kind();
    let mut wanted = BTreeSet::new();
    let mut schema = musubi::domain::segment::schema::schema(&catalogue);
    for ids in ["attribute_id", "parameter", "relation"] {
        schema["$defs"].as_object_mut().unwrap().remove(ids);
    }
    variants(&schema, &mut wanted);
    let mut generated = BTreeSet::new();
    for number in 0..1_500 {
        let town = town(21, number / 50, 0, &catalogue);
        names(&to_json(&case(21, number, town.day, &catalogue).segment), &mut generated);
    }
    let missing: Vec<_> = wanted.difference(&generated).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

/// What people write in the place of the canonical words.
#[test]
fn every_other_spelling_is_read() {
    let catalogue = every_kind();
    for (typed, canonical) in [
        ("満年齢 40歳以上", "年齢 40以上"),
        ("年齢 ６５才", "年齢 65"),
        ("年齢 75未満", "年齢 74以下"),
        ("転入日から 4週間以内", "転入日から 4週以下"),
        ("転入日から 3ヶ月以下", "転入日から 3か月以下"),
        ("転入日から 3ヵ月以下", "転入日から 3か月以下"),
        ("転入日から 3カ月以下", "転入日から 3か月以下"),
        ("転入日から 3月以下", "転入日から 3か月以下"),
        ("転入日から 2年間以下", "転入日から 2年以下"),
        ("転入日から 10日以上", "転入日から 10日以上"),
        ("出産予定日まで 8週以上", "出産予定日まで 8週以上"),
        ("受診 特定健診 2年度以内 1回", "受診 特定健診 過去2年度 1回"),
        ("受診 特定健診 今年度 2回以下", "受診 特定健診 今年度 2回以下"),
        ("予約 特定健診 今年度 なし", "予約 特定健診 今年度 0回"),
        ("タップ 特定健診案内 30日以内 1回以上", "タップ 特定健診案内 30日以内 1回以上"),
        ("配信 特定健診案内 30日以内 0回", "配信 特定健診案内 30日以内 0回"),
        ("妊娠中 あり", "妊娠中 はい"),
        ("自動車 いいえ", "自動車 いいえ"),
        ("性別 不明である", "性別 不明"),
        ("共通/国保40から74 版 3FA2C1D0", "共通/国保40から74 版 3fa2c1d0"),
        ("関心分野 いずれか 健診", "関心分野 いずれか 健診"),
        ("関心分野 すべて 健診, 防災", "関心分野 すべて 健診, 防災"),
        ("関心分野 なし 健診", "関心分野 なし 健診"),
    ] {
        let read = parse(&rule(&format!("対象: すべて\n  - {typed}\n")), &catalogue);
        let printed = print(&read.unwrap_or_else(|faults| panic!("{typed}: {faults:?}")), &catalogue);
        assert!(printed.ends_with(&format!("  - {canonical}\n")), "{typed}: {printed}");
    }
    for (typed, canonical) in [
        ("配偶者がいない", "配偶者に0人"),
        ("子の全員", "子の全員"),
        ("子に2人以上", "子に2人以上"),
        ("子に2人以下", "子に2人以下"),
        ("子・孫の誰か", "子・孫のだれか"),
    ] {
        let read = parse(&rule(&format!("対象: すべて\n  - {typed}\n    - 年齢 3\n")), &catalogue);
        let printed = print(&read.unwrap_or_else(|faults| panic!("{typed}: {faults:?}")), &catalogue);
        assert!(printed.contains(&format!("  - {canonical}\n")), "{typed}: {printed}");
    }
    for (typed, unit) in
        [("一人ひとり", "家族をふくむ一人ひとり"), ("本人", ""), ("子ども", "子ども"), ("世帯", "世帯")]
    {
        let text = rule("対象: すべて\n  - 抽選 0〜4999 塩 \"a\"\n")
            .replace("\n\n対象", &format!("\n単位: {typed}\n\n対象"));
        let printed = print(&parse(&text, &catalogue).unwrap(), &catalogue);
        assert_eq!(printed.contains("単位: "), !unit.is_empty(), "{typed}");
        assert!(unit.is_empty() || printed.contains(&format!("単位: {unit}\n")), "{typed}: {printed}");
    }
}

/// Headers in kana are not taken, but the right word is offered.
#[test]
fn a_header_in_kana_is_answered_with_its_word() {
    for (typed, meant) in [
        ("なまえ", "名前"),
        ("もくてき", "目的"),
        ("しょかん", "所管"),
        ("こんきょ", "根拠"),
        ("そうていにんずう", "想定人数"),
        ("みなおしきげん", "見直し期限"),
        ("たんい", "単位"),
        ("たいしょう", "対象"),
        ("じょがい", "除外"),
        ("れい", "例"),
    ] {
        let faults = found(&format!("{typed}: x\n"));
        assert!(faults.iter().any(|one| one.suggestion.as_deref() == Some(meant)), "{typed}: {faults:?}");
    }
}
