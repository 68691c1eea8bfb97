//! Files of 64 KiB that were made to take long: each has to be refused, or read and checked, in less than 50 ms.

use crate::domain::segment::text::{MAX_BYTES, MAX_CONDITIONS, MAX_EXAMPLES};

const HEAD: &str = "名前: 試し\n目的: 試験\n所管: 広報課\n根拠: 要綱\n想定人数: 1〜10\n見直し期限: 2199-03-31\n単位: 世帯\n\n";

/// Each kind with its name.
#[must_use]
pub fn hostile() -> Vec<(&'static str, String)> {
    let all = |body: &str| format!("{HEAD}対象: すべて\n{body}");
    let deep = |word: &str, levels: usize| -> String {
        (1..=levels).map(|depth| format!("{}- {word}\n", "  ".repeat(depth))).collect()
    };
    let many = |line: &str| repeated(line, MAX_BYTES - HEAD.len() - 200);
    let rows = "  対象 | 基準日 2026-07-01 | 生年月日 1950-01-01 | 居住地 今市\n";
    let family = format!("  対象 | 基準日 2026-07-01{}\n", " | 家族 続柄 子, 生年月日 2020-04-01".repeat(60));
    let nest = deep("家族のだれか", 14) + &format!("{}- 年齢 3\n", "  ".repeat(15));
    vec![
        ("入れ子が深い", all(&deep("すべて", 200))),
        ("家族の入れ子と大勢の家族", all(&format!("{nest}\n例:\n{}", repeated(&family, 40_000)))),
        ("長い一行", "あ".repeat(MAX_BYTES / 3)),
        ("知らないことば", all(&many("  - ああああああ いいいい,ううう\n"))),
        ("知らない値", all(&format!("  - 居住地 {}\n", many("今市市,")))),
        ("知らない見出し", many("なまえを: x\n")),
        ("例が多い", all(&format!("  - 居住地 今市\n\n例:\n{}", many(rows)))),
        ("条件と例が多い", {
            let half = repeated("  - 月齢 1〜9\n", 30_000);
            format!("{HEAD}対象: いずれか\n{half}\n例:\n{}", repeated(rows, 30_000))
        }),
        ("同じ条件が多い", all(&many("  - 居住地 今市\n"))),
        ("ちがう条件が多い", {
            let ages: String = (0..2_400)
                .map(|number| format!("  - 年齢 {}〜{}\n", number % 75, 75 + number / 75))
                .collect();
            format!("{HEAD}対象: いずれか\n{ages}")
        }),
        (
            "打ち消しの入れ子",
            all(&(deep("いずれでもない", 14)
                + &repeated(&format!("{}- 年齢 3以上\n", "  ".repeat(15)), 50_000))),
        ),
        ("コンマばかり", all(&format!("  - 居住地 {}\n", many(",")))),
        ("範囲が多い", all(&format!("  - 年齢 {}1\n", many("1〜99, ")))),
        ("大きい数", all(&format!("  - 年齢 {}\n", many("9")))),
        ("大きい数の行", all(&many("  - 受診 特定健診 過去999999999年度 999999999回以上\n"))),
        ("共通の条件が多い", all(&many("  - 共通/特定健診の対象\n"))),
        ("ない共通の条件が多い", all(&many("  - 共通/特定健診の対象者\n"))),
        ("ふくらむ文字", all(&format!("  - 居住地 {}\n", many("\u{fdfa}")))),
        ("ふくらむ文字の見出し", repeated("\u{fdfa}:", MAX_BYTES)),
        ("重なる濁点", all(&format!("  - 居住地 か{}\n", many("\u{3099}")))),
        ("注記ばかり", many("# あ\n")),
        ("空の行ばかり", many("\n")),
        ("区切りばかり", format!("例:\n{}", many("|"))),
        ("ダッシュばかり", all(&many("- "))),
        ("引用符", all(&many("  - 抽選 0〜1 塩 \"\"\"\"\n"))),
        // As much as is still looked at.
        ("同じ条件を上限まで", all(&most("  - 居住地 今市\n"))),
        ("知らないことばを上限まで", all(&most("  - ああああああ いいいい\n"))),
        ("打ち消しを上限まで", all(&most("  - 関心分野 なし 健診\n"))),
        ("共通の条件を上限まで", all(&most("  - 共通/特定健診の対象\n"))),
        ("ない共通の条件を上限まで", all(&most("  - 共通/特定健診の対象者\n"))),
        ("最後の行だけ矛盾する", all(&("  - 年齢 1〜40\n".repeat(MAX_CONDITIONS - 1) + "  - 年齢 50\n"))),
        ("家族の条件が多い", {
            let each = |number| format!("  - 子に{}人以上\n    - 年齢 {}\n", number % 5 + 1, number % 100);
            all(&(0..MAX_CONDITIONS / 2).map(each).collect::<String>())
        }),
        (
            "読み取れない家族の条件が多い",
            all(&"  - 家族のだれか\n    - 月齢 1〜9000\n".repeat(MAX_CONDITIONS / 2)),
        ),
        ("期間が多い", {
            let each = |number| format!("    - 生年月日から {}〜{}日\n", number * 3, number * 3 + 1);
            all(&("  - いずれか\n".to_owned() + &(0..MAX_CONDITIONS - 1).map(each).collect::<String>()))
        }),
        ("除外を上限まで", format!("{HEAD}対象: 友だち全員\n除外:\n{}", most("  - 月齢 1〜9\n"))),
        ("条件と例を上限まで", {
            let rows = "  対象外 | 基準日 2026-07-01 | 生年月日 1950-01-01\n".repeat(MAX_EXAMPLES);
            format!("{HEAD}対象: いずれか\n{}\n例:\n{rows}", most("  - 月齢 1〜9\n"))
        }),
    ]
}

/// The line as often as a file may have conditions.
fn most(line: &str) -> String {
    line.repeat(MAX_CONDITIONS)
}

/// The line as often as it fits into so many bytes.
fn repeated(line: &str, bytes: usize) -> String {
    line.repeat(bytes / line.len())
}
