//! The pages of the rules.

use axum::http::StatusCode;
use musubi::domain::sample_town::DEMO_SEED;
use musubi::domain::staff::Role;
use musubi::flow::{register, seed};

use super::office::Office;

#[tokio::test]
async fn a_rule_is_shown_in_words_with_its_births_its_examples_and_its_people() {
    let office = Office::open().await;
    let town = seed::Town { seed: DEMO_SEED, accounts: 200, consent_version: register::CONSENT_VERSION };
    seed::seed(&office.app, town).await.unwrap();
    let browser = office.somebody("tanaka", "見本 太郎", &[Role::Editor]).await;
    let page = browser.get("/console/segments/kenshin/tokutei?as_of=2026-07-01").await;
    assert!(
        page.words("ul.rule").contains("昭和27年4月1日〜昭和62年3月31日生まれ"),
        "{}",
        page.words("ul.rule")
    );
    assert!(page.text.contains("1952-04-01"));
    assert!(page.all_words("td .state").iter().all(|said| said == "一致"));
    assert_ne!(page.words(".figures .main dd"), "0 人");

    let alone = browser.get("/console/audience?segment=kenshin/tokutei&as_of=2026-07-01").await;
    assert_eq!(alone.words(".figures"), page.words(".figures"));
}

#[tokio::test]
async fn the_list_says_beside_each_rule_how_many_it_finds_now() {
    let office = Office::open().await;
    let town = seed::Town { seed: DEMO_SEED, accounts: 200, consent_version: register::CONSENT_VERSION };
    let browser = office.somebody("tanaka", "見本 太郎", &[Role::Editor]).await;
    let tokutei = "tr:has(a[href$='kenshin/tokutei']) td[data-label^=届く]";
    assert_eq!(browser.get("/console/segments").await.words(tokutei), "0人");
    seed::seed(&office.app, town).await.unwrap();
    let listed = browser.get("/console/segments").await.words(tokutei);
    let page = browser.get("/console/segments/kenshin/tokutei").await;
    assert_eq!(listed, page.words(".figures .main dd").replace(' ', ""));
    assert_ne!(listed, "0人");
}

#[tokio::test]
async fn every_rule_that_ships_has_a_page_and_a_made_up_one_has_none() {
    let office = Office::open().await;
    let browser = office.somebody("tanaka", "見本 太郎", &[Role::Auditor]).await;
    let list = browser.get("/console/segments").await;
    let library = office.app.library().await.unwrap();
    assert_eq!(list.all_words(".rules tbody tr").len(), library.list().count());
    for (path, rule) in library.list() {
        let page = browser.get(&format!("/console/segments/{path}")).await;
        assert_eq!((page.status, page.words("h1")), (StatusCode::OK, rule.header.name.clone()), "{path}");
    }
    for nowhere in ["/console/segments/kenshin/x", "/console/segments/../Cargo.toml", "/console/audience"] {
        assert_eq!(browser.get(nowhere).await.status, StatusCode::NOT_FOUND, "{nowhere}");
    }
}

#[tokio::test]
async fn a_file_with_a_mistake_is_named_with_its_line_and_can_not_be_used() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("broken.seg"),
        "名前: <b>こわれた条件\n目的: 見本\n所管: 広報課\n\n対象: すべて\n  - 年例 40以上\n",
    )
    .unwrap();
    let office = Office::open_with(|config| config.segments_dir = folder.path().to_owned()).await;
    let browser = office.somebody("tanaka", "見本 太郎", &[Role::Editor]).await;
    let list = browser.get("/console/segments").await;
    assert!(list.words(".notice").contains("6行目"), "{}", list.words(".notice"));
    assert_eq!(list.words("tbody td.number"), "—");
    let page = browser.get("/console/segments/broken").await;
    assert!(page.words(".notice").contains("もしかして「年齢」"), "{}", page.words(".notice"));
    assert!(!page.text.contains("<b>") && page.attribute("a[href*='broadcasts/new']", "href").is_none());
}
