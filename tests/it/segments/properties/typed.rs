//! What people type becomes the one canonical form, and formatting comes to rest.
//!
//! Canonical texts of generated rules are roughened as hands do it: full-width digits and marks, 和暦 dates, half-width
//! kana, bullets, full-width indentation, stray spaces and empty lines.

use super::*;
use musubi::domain::calendar::{parse_date, wareki};
use musubi::domain::segment::text::{parse, print};
use unicode_normalization::UnicodeNormalization as _;

/// A stream of choices, as good as needed here.
struct Hand(u64);

impl Hand {
    fn chance(&mut self, of: u64) -> bool {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33).is_multiple_of(of)
    }

    /// A line that isn't a comment, in another spelling.
    fn line(&mut self, line: &str) -> String {
        let indent = line.len() - line.trim_start().len();
        let (bullet, rest) = match line.trim_start().strip_prefix("- ") {
            Some(rest) => (if self.chance(2) { "・" } else { "－　" }, rest),
            None => ("", line.trim_start()),
        };
        let indent = if self.chance(2) { "　".repeat(indent) } else { " ".repeat(indent) };
        let salted = rest.contains('"') || rest.contains("共通/");
        let body = if salted { rest.to_owned() } else { self.body(rest) };
        format!(
            "{indent}{bullet}{body}{}\n{}",
            if self.chance(4) { " 　" } else { "" },
            if self.chance(9) { "　\n" } else { "" }
        )
    }

    fn body(&mut self, text: &str) -> String {
        let mut words = Vec::new();
        for word in text.split(' ') {
            words.push(self.word(word));
        }
        words.join(if self.chance(2) { "　" } else { "  " })
    }

    fn word(&mut self, word: &str) -> String {
        let wave = if self.chance(2) { "～" } else { "~" };
        let pieces: Vec<_> = word.split('〜').map(|piece| self.date(piece)).collect();
        let spelt = pieces.join(wave);
        let spelt = if self.chance(2) { spelt.replace(',', "、") } else { spelt.replace(',', "，") };
        let spelt = if self.chance(2) { spelt.replace('|', "｜").replace(':', "：") } else { spelt };
        if self.chance(2) { spelt.chars().map(wide_digit).collect() } else { narrow_kana(&spelt) }
    }

    /// A date in one of the ways people write it.
    fn date(&mut self, piece: &str) -> String {
        let end = piece.char_indices().nth(10).map_or(piece.len(), |(at, _)| at);
        let (day, rest) = piece.split_at(end);
        let Some(date) = parse_date(day).filter(|_| day.len() == 10 && day.is_ascii()) else {
            return piece.to_owned();
        };
        let spelt = wareki(date);
        match (self.chance(3), self.chance(2), spelt.strip_prefix("昭和")) {
            (true, _, _) => day.replace('-', "/") + rest,
            (_, true, Some(years)) => {
                let short = years.replace(['年', '月'], ".").replace('日', "").replace('元', "1");
                format!("S{short}{rest}")
            }
            _ => spelt + rest,
        }
    }
}

fn wide_digit(c: char) -> char {
    c.to_digit(10).and_then(|digit| char::from_u32('０' as u32 + digit)).filter(|_| c.is_ascii()).unwrap_or(c)
}

/// Katakana as old machines write them.
fn narrow_kana(text: &str) -> String {
    let narrow = |c: char| {
        let plain = ('\u{ff66}'..='\u{ff9d}').find(|half| half.nfkc().eq([c]));
        let marked = || {
            ('\u{ff66}'..='\u{ff9d}').find_map(|half| {
                ['\u{ff9e}', '\u{ff9f}'].into_iter().find_map(|mark| {
                    [half, mark].into_iter().nfkc().eq([c]).then(|| [half, mark].iter().collect::<String>())
                })
            })
        };
        let kana = ('\u{30a1}'..='\u{30fc}').contains(&c);
        kana.then(|| plain.map(String::from).or_else(marked)).flatten().unwrap_or_else(|| c.to_string())
    };
    text.chars().map(narrow).collect()
}

#[test]
fn whatever_hands_type_becomes_the_canonical_text_and_formatting_comes_to_rest() {
    let catalogue = every_kind();
    let town = town(SEED, 8, 1, &catalogue);
    for number in 0..250 {
        let mut segment = case(SEED, number, town.day, &catalogue).segment.without_comments();
        for text in [&mut segment.header.name, &mut segment.header.purpose, &mut segment.header.owner] {
            "試し".clone_into(text);
        }
        segment.header.basis = segment.header.basis.map(|_| "要綱".to_owned());
        let canonical = print(&segment, &catalogue);
        let mut hand = Hand(number);
        let typed: String = canonical.lines().map(|line| hand.line(line)).collect();
        let read = parse(&typed, &catalogue).unwrap_or_else(|faults| panic!("{typed}\n{faults:?}"));
        assert_eq!(print(&read, &catalogue), canonical, "{typed}");
        assert_eq!(read, segment, "{typed}");
    }
}

#[test]
fn the_ways_of_typing_that_the_city_asked_for_are_understood() {
    let catalogue = Catalogue::builtin();
    for (typed, canonical) in [
        ("年齢　４０～７４", "年齢 40〜74"),
        ("年齢 40歳以上75歳未満", "年齢 40〜74"),
        ("生年月日 昭和61年4月1日～S62.4.1", "生年月日 1986-04-01〜1987-04-01"),
        ("生年月日 Ｓ６１．４．１以降", "生年月日 1986-04-01以降"),
        ("言語 ﾎﾟﾙﾄｶﾞﾙ語、ﾍﾞﾄﾅﾑ語", "言語 ポルトガル語, ベトナム語"),
        ("受診　特定健診　過去２年度　０回", "受診 特定健診 過去2年度 0回"),
        ("受診 特定健診 2年度以内 なし", "受診 特定健診 過去2年度 0回"),
        ("生年月日から ３ヶ月～６ヵ月", "生年月日から 3〜6か月"),
        ("年度到達年齢 ｛歯周病検診の節目年齢｝", "年度到達年齢 {歯周病検診の節目年齢}"),
        ("抽選 ０～４９９９ 塩 「2026-大腸」", "抽選 0〜4999 塩 \"2026-大腸\""),
    ] {
        let read = parse(&rule(&format!("対象：すべて\n　・{typed}\n")), &catalogue);
        let printed = print(&read.unwrap_or_else(|faults| panic!("{typed}: {faults:?}")), &catalogue);
        assert!(printed.ends_with(&format!("対象: すべて\n  - {canonical}\n")), "{typed}: {printed}");
    }
}
