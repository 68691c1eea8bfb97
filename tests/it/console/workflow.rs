//! Versions, series, corrections and emergencies through their pages.

use axum::http::StatusCode;
use musubi::domain::staff::Role;

use super::broadcasts::{LETTER, approve, opened, somebody, submitted, town};

#[tokio::test]
async fn each_save_is_a_version_and_a_dropped_word_is_marked() {
    let office = town().await;
    let mut author = somebody(&office, "kian", &[Role::Editor]).await;
    let page = author.post("/console/broadcasts", &LETTER).await.ok();
    let path = page.url.path().to_owned();
    let edit = author.get(&format!("{path}/edit")).await.ok();
    let form = edit.form("保存して内容を確認").set("text.ja.0", "健診の申込が始まりません。");
    author.submit(form).await.ok();
    let versions = author.get(&format!("{path}/versions")).await.ok();
    assert_eq!(versions.all("tbody th"), ["版2", "版1"]);
    assert_eq!(versions.all(".changes del"), ["した"]);
    assert_eq!(versions.all(".changes ins"), ["せん"]);
    let same = author.get(&format!("{path}/versions?from=1&to=1")).await.ok();
    assert!(!same.has(".changes"));
}

#[tokio::test]
async fn the_approver_sees_what_differs_from_the_last_text_of_the_series() {
    let office = town().await;
    let mut author = somebody(&office, "kian", &[Role::Editor]).await;
    let mut first = somebody(&office, "saisho", &[Role::Approver]).await;
    let mut second = somebody(&office, "tsugi", &[Role::Approver]).await;
    let path = submitted(&mut author).await.url.path().to_owned();
    assert!(!opened(&mut first, &path).await.has(".changes"), "the first of its series");
    approve(&mut first, &path).await;
    approve(&mut second, &path).await;
    for _ in 0..3 {
        office.step().await;
    }
    let mut letter: Vec<_> = LETTER.into_iter().filter(|(name, _)| *name != "text.ja.0").collect();
    letter.push(("text.ja.0", "健診の申込が始まりません。"));
    let page = author.post("/console/broadcasts", &letter).await.ok();
    let page = author.submit(page.form("テストを送る")).await.ok();
    let page = author.submit(page.form("承認を依頼する").tick("上の注意をすべて確かめました")).await.ok();
    let seen = first.get(page.url.path()).await.ok();
    assert_eq!(
        (seen.all(".changes del"), seen.all(".changes ins")),
        (vec!["した".into()], vec!["せん".into()])
    );
    assert!(!seen.has("#count"), "nothing is opened yet");
    assert!(seen.text().contains("すべて開くと、承認できるようになります。"));
}

#[tokio::test]
async fn a_series_is_added_and_shows_its_broadcasts_with_their_figures() {
    let office = town().await;
    let mut author = somebody(&office, "kian", &[Role::Editor]).await;
    author.post("/console/broadcasts", &LETTER).await.ok();
    let list = author.get("/console/series").await.ok();
    let refused = author.submit(list.form("加える").set("name", " ")).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let list = author.submit(list.form("加える").set("name", "防災講座").set("purpose", "年2回")).await.ok();
    assert!(list.text().contains("防災講座") && list.text().contains("年2回"));
    for there in ["防災講座", " 健診 ", "がん検診案内"] {
        let typed = list.form("加える").set("name", there).set("purpose", "別の目的");
        let refused = author.submit(typed).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.errors()[0].starts_with("同じ名前のシリーズがすでにあります。"), "{there}");
        let kept = refused.form("加える");
        assert_eq!((kept.value("name"), kept.value("purpose")), (Some(there), Some("別の目的")));
        assert!(!refused.all("table").concat().contains("別の目的"));
    }
    assert!(author.get("/console/series?name=防災講座").await.ok().text().contains("まだありません"));
    let one = author.get("/console/series?name=健診").await.ok();
    assert_eq!(one.all("tbody th"), ["健診のお知らせ"]);
    assert_eq!(author.get("/console/series?name=ない").await.status, StatusCode::NOT_FOUND);
    assert_eq!(author.get("/console/broadcasts?series=防災講座").await.all("tbody tr").len(), 0);
    assert_eq!(author.get("/console/broadcasts?series=健診").await.all("tbody tr").len(), 1);
}

#[tokio::test]
async fn a_mistake_is_corrected_from_its_page_in_one_step() {
    let office = town().await;
    let mut author = somebody(&office, "kian", &[Role::Editor]).await;
    let mut first = somebody(&office, "saisho", &[Role::Approver]).await;
    let mut second = somebody(&office, "tsugi", &[Role::Approver]).await;
    let path = submitted(&mut author).await.url.path().to_owned();
    approve(&mut first, &path).await;
    approve(&mut second, &path).await;
    for _ in 0..3 {
        office.step().await;
    }
    let asked = author.get(&format!("{path}/correct")).await.ok();
    assert!(asked.text().contains("受け取った人だけに送る訂正です"), "{}", asked.text());
    let edit = author.submit(asked.form("訂正を書く")).await.ok();
    assert!(edit.form("保存して内容を確認").value("text.ja.0").unwrap().contains("〔正しい内容〕"));
    let page = author
        .submit(edit.form("保存して内容を確認").set("text.ja.0", "【お詫びと訂正】正しくは4日です"))
        .await
        .ok();
    assert!(page.text().contains("受け取った人だけに送る訂正です"), "{}", page.text());
    let page = author.submit(page.form("テストを送る")).await.ok();
    let page = author.submit(page.form("承認を依頼する")).await.ok();
    assert_eq!(page.all(".page-head .state"), ["承認待ち"]);
    let correction = page.url.path().to_owned();
    approve(&mut first, &correction).await;
    for _ in 0..3 {
        office.step().await;
    }
    let figures = author.get(&format!("{correction}/progress")).await.ok();
    assert!(figures.text().contains("配信完了"), "one approval is enough: {}", figures.text());
    assert!(author.get(&path).await.text().contains("お詫びと訂正: 健診のお知らせ"));
}

#[tokio::test]
async fn a_schedule_on_a_holiday_gives_a_hint() {
    let office = town().await;
    let mut author = somebody(&office, "kian", &[Role::Editor]).await;
    let letter: Vec<_> = LETTER.into_iter().chain([("scheduled_at", "2026-09-22T10:00")]).collect();
    let page = author.post("/console/broadcasts", &letter).await.ok();
    assert!(page.text().contains("9月22日は祝日(国民の休日)です。"), "{}", page.text());
}

#[tokio::test]
async fn an_emergency_is_filled_in_on_its_page_and_stands_apart_from_other_drafts() {
    let office = town().await;
    let mut author = somebody(&office, "kian", &[Role::Editor]).await;
    let drawer = author.get("/console/emergency").await.ok();
    assert_eq!(drawer.all(".letters h3").len(), 4);
    let form = author.get("/console/emergency/hinan-shiji").await.ok().form("この内容で作る");
    let refused = author.submit(form.clone().set("time", "25:00")).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(refused.errors().len(), 1, "{:?}", refused.errors());
    let form = form.set("place", "出西小学校").set("time", "21:30").tick("市内全域(友だち全員)");
    let page = author.submit(form).await.ok();
    assert!(page.text().contains("21:30、市内全域に避難指示を出しました。"), "{}", page.text());
    assert!(!page.has("a[href$='/edit']"));
    assert_eq!(author.get("/console/broadcasts").await.all("tbody tr").len(), 0);
    assert_eq!(author.get("/console/emergency").await.all("tbody tr").len(), 1);
}

#[tokio::test]
async fn a_series_that_nobody_has_added_is_refused_and_nothing_typed_is_lost() {
    let office = town().await;
    let mut author = somebody(&office, "kian", &[Role::Editor]).await;
    let page = author.get("/console/broadcasts/new").await.ok();
    assert!(page.has("input[name=series][list=all-series]"));
    let offered = page.attributes("#all-series option", "value");
    for name in ["健診", "特定健診案内"] {
        assert!(offered.contains(&name.to_owned()), "{offered:?}");
    }
    let mut slip: Vec<_> = LETTER.into_iter().filter(|(name, _)| *name != "series").collect();
    slip.push(("series", "健心"));
    let page = author.post("/console/broadcasts", &slip).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    let said = page.all("#series-error").join("");
    assert!(said.contains("シリーズ「健心」はありません") && said.contains("「シリーズ」の画面"), "{said}");
    let form = page.form("保存して内容を確認");
    assert_eq!(form.shown("シリーズ"), Some("健心"));
    assert_eq!(form.value("text.ja.0.0").or(form.value("text.ja.0")), Some("健診の申込が始まりました。"));

    let list = author.get("/console/series").await.ok();
    author.submit(list.form("加える").set("name", "健心")).await.ok();
    let saved = author.submit(form).await.ok();
    let edit = author.get(&format!("{}/edit", saved.url.path())).await.ok();
    let refused = author.submit(edit.form("保存して内容を確認").set("series", "ない名前")).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
}
