//! The examples of a rule as plain form controls, and the figures of conditions beside a faulty one.

use axum::http::StatusCode;
use musubi::domain::staff::Role;

use super::office::{Browser, Office};
use super::sheet::{Sheet, edited, town};

const RULE: &str =
    "名前: 例\n目的: 見本\n所管: 広報課\n\n対象: すべて\n  - 家族のだれか\n    - 年齢 3以下\n\n例:\n";

async fn read(browser: &Browser, rows: &str) -> Sheet {
    let sheet = Sheet::of(&browser.get("/console/rules/new").await).fill("text", &format!("{RULE}{rows}"));
    sheet.next(browser, "read").await
}

fn rows(sheet: &Sheet) -> String {
    sheet.text().split_once("例:\n").map_or_else(String::new, |(_, rows)| rows.trim_end().to_owned())
}

#[tokio::test]
async fn a_family_and_what_happened_to_it_are_built_by_buttons_without_a_script() {
    let office = Office::open().await;
    let browser = office.somebody("tanaka", "見本 太郎", &[Role::Editor]).await;
    let sheet = read(&browser, "  対象 | 基準日 2026-07-01 | 生年月日 1990-01-01\n").await;
    let sheet = sheet.next(&browser, "member_add:x.0").await;
    assert_eq!(rows(&sheet), "  対象 | 基準日 2026-07-01 | 生年月日 1990-01-01 | 家族");
    let sheet = sheet.fill("x.0.m.0.f.relation", "子").fill("x.0.m.0.f.birth_date", "令和6年5月1日");
    let sheet = sheet.next(&browser, "event_add:x.0.m.0").await;
    let page = sheet.press(&browser, "refresh").await;
    assert!(page.words("#e-x-0").contains("できごと"), "{}", page.words("#e-x-0"));
    let sheet = Sheet::of(&page).fill("x.0.m.0.e.0.kind", "booked").fill("x.0.m.0.e.0.subject", "tokutei");
    let sheet = sheet.fill("x.0.m.0.e.0.on", "2026-07-10").next(&browser, "event_add:x.0").await;
    let sheet = sheet.fill("x.0.e.0.kind", "sent").next(&browser, "refresh").await;
    let sheet =
        sheet.fill("x.0.e.0.subject", "見本").fill("x.0.e.0.on", "不明").next(&browser, "refresh").await;
    let whole = "  対象 | 基準日 2026-07-01 | 生年月日 1990-01-01 | 家族 続柄 子, 生年月日 2024-05-01, 予約 特定健診 2026-07-10 | 配信 見本 不明";
    assert_eq!(rows(&sheet), whole);

    // A second one goes, and whoever is left keeps their own.
    let sheet = sheet.next(&browser, "member_add:x.0").await.fill("x.0.m.1.f.relation", "親");
    let page = sheet.press(&browser, "member_remove:x.0.m.0").await;
    assert_eq!(page.attribute("#builder", "data-focus").as_deref(), Some("x-0-m-0"));
    assert!(page.attribute("#x-0", "open").is_some(), "what was changed can be seen");
    let sheet = Sheet::of(&page);
    assert!(rows(&sheet).ends_with("| 家族 続柄 親 | 配信 見本 不明"), "{}", rows(&sheet));
    let page = sheet.press(&browser, "event_remove:x.0.e.0").await;
    assert_eq!(page.attribute("#builder", "data-focus").as_deref(), Some("x-0-event-add"));
    for nowhere in
        ["member_remove:x.0.m.7", "event_add:x.9", "event_remove:t.e.0", "member_add:y", "row_copy:x.x"]
    {
        assert_eq!(
            rows(&Sheet::of(&page).next(&browser, nowhere).await),
            rows(&Sheet::of(&page)),
            "{nowhere}"
        );
    }
}

#[tokio::test]
async fn several_values_are_ticked_and_a_text_with_a_family_comes_back_as_it_was() {
    let office = Office::open().await;
    let browser = office.somebody("tanaka", "見本 太郎", &[Role::Editor]).await;
    let text = "  対象 | 基準日 2026-07-01 | 関心分野 子育て, 健診 | 家族 関心分野 防災, 健診, 続柄 子, 受診 特定健診 2025年度 | 家族 | タップ 見本 2026-06-01 | 抽選 12  # 注記";
    let sheet = read(&browser, &format!("{text}\n")).await;
    let canonical = rows(&sheet.next(&browser, "refresh").await);
    assert_eq!(canonical, text.replace("子育て, 健診", "健診, 子育て"));
    let sheet = sheet
        .tick("x.0.m.1.f.topics", "なし")
        .tick("x.0.f.topics", "イベント")
        .next(&browser, "refresh")
        .await;
    assert!(rows(&sheet).contains("| 家族 関心分野 なし |"), "{}", rows(&sheet));
    assert!(rows(&sheet).contains("| 関心分野 イベント, 健診, 子育て |"), "{}", rows(&sheet));
    // 「なし」 and a value say two things: it is told, and both stay.
    let page = sheet.tick("x.0.m.1.f.topics", "防災").press(&browser, "refresh").await;
    assert!(page.words("#e-x-0").contains("「なし」はありません"), "{}", page.words("#e-x-0"));
    let kept = Sheet::of(&page);
    assert_eq!(kept.all("x.0.m.1.f.topics"), ["なし", "防災"]);
    // A comma is no way to say a second thing in one field.
    let page = kept.fill("x.0.m.0.f.birth_date", "2024-05-01, 続柄 親").press(&browser, "refresh").await;
    assert!(page.words("#e-x-0").contains("日付ではありません"), "{}", page.words("#e-x-0"));
    assert_eq!(Sheet::of(&page).get("x.0.m.0.f.birth_date"), "2024-05-01, 続柄 親");
}

#[tokio::test]
async fn somebody_made_up_has_a_family_too() {
    let office = Office::open().await;
    let browser = office.somebody("tanaka", "見本 太郎", &[Role::Editor]).await;
    let sheet = read(&browser, "  対象 | 基準日 2026-07-01 | 家族 生年月日 2024-05-01\n").await;
    let sheet = sheet.fill("t.as_of", "2026-07-01").fill("t.f.birth_date", "1980-01-01");
    let sheet = sheet.next(&browser, "member_add:t").await;
    let sheet = sheet.fill("t.m.0.f.birth_date", "2010-05-01");
    let page = sheet.press(&browser, "try").await;
    assert!(page.words("#tried").starts_with("対象外"), "{}", page.words("#tried"));
    let sheet = Sheet::of(&page).next(&browser, "try_add").await;
    assert!(
        rows(&sheet)
            .ends_with("\n  対象外 | 基準日 2026-07-01 | 生年月日 1980-01-01 | 家族 生年月日 2010-05-01"),
        "{}",
        rows(&sheet)
    );
}

#[tokio::test]
async fn sound_conditions_are_counted_beside_a_faulty_one_and_the_total_says_why_it_is_not() {
    let office = Office::open().await;
    town(&office).await;
    let browser = office.somebody("tanaka", "見本 太郎", &[Role::Editor]).await;
    let sheet = edited(&browser, "kenshin/tokutei").await.next(&browser, "wrap:0.1").await;
    let whole = sheet.press(&browser, "refresh").await;
    assert!(whole.words("#s-0-0 .figure-line").starts_with("残り"), "{}", whole.words("#s-0-0"));
    let sheet = sheet.fill("add.0", "attribute:district").next(&browser, "add:0").await;
    let page = sheet.fill("add.0.1", "age").press(&browser, "add:0.1").await;
    // Without any value the new conditions are faulty, and so is the group with one of them.
    let alone = page.words("#s-0-0 .figure-line");
    assert!(alone.starts_with("この条件だけなら") && alone.contains('人'), "{alone}");
    assert!(page.words("#s-0-0 .node-dates").contains("生まれ"));
    assert!(
        page.words("#s-0-1-0 .figure-line").starts_with("この条件だけなら"),
        "{}",
        page.words("#s-0-1-0")
    );
    for faulty in ["#s-0-1", "#s-0-1-1", "#s-0-2", "#s-0"] {
        assert_eq!(page.words(&format!("{faulty} > .figure-line")), "", "{faulty}");
    }
    assert!(
        page.words("#totals").contains("条件に誤りがあるため数えられません"),
        "{}",
        page.words("#totals")
    );
    let samples = Sheet::of(&page).press(&browser, "samples").await;
    assert!(samples.words("#did").contains("見本は選べません"), "{}", samples.words("#did"));

    // A comment sign where words are cut off by it is a fault of that line only.
    let sheet = Sheet::of(&whole).fill("add.0", "words").next(&browser, "add:0").await;
    let page = sheet.fill("n.0.2.words", "性別 女性 #").press(&browser, "refresh").await;
    assert!(page.words("#s-0-0").starts_with("この条件だけなら"));
    assert_eq!(page.words("#s-0-2 .figure-line"), "");

    let empty = browser.get("/console/rules/new").await;
    assert!(empty.words("#totals").contains("対象の条件がないため数えられません"));
    assert_eq!(empty.status, StatusCode::OK);
}
