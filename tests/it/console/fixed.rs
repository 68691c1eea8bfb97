//! Drafts that go to people who are fixed: their form says to whom, and has no rule to choose.

use jiff::civil::date;
use musubi::domain::broadcast::Whom;
use musubi::domain::ids::BroadcastId;
use musubi::domain::message::{Body, Content};
use musubi::domain::staff::{Role, StaffMember};
use musubi::flow::broadcast::{self, Draft};

use crate::support::TestApp;
use crate::support::broadcasts::to_everyone;

/// An office that has sent a text with blanks to three people, and its author.
async fn office() -> (TestApp, StaffMember, BroadcastId) {
    let app = TestApp::start().await;
    app.many_friends(3).await;
    let line =
        "{家族の呼び名|ご家族}へ。{居住地の地区名|お近く}の会場の健診は、{期限}までに申し込んでください。";
    let texts = [("ja".into(), Body::text(line)), ("en".into(), Body::text("Check-ups until {期限}."))];
    let content = Content::new(texts).until(Some(date(2026, 7, 31)));
    let id = app.approved(Draft { content, ..to_everyone("") }).await;
    app.step().await;
    let author = app.clerk("見本 訂正", &[Role::Editor]).await;
    (app, author, id)
}

#[tokio::test]
async fn a_correction_of_a_text_with_blanks_begins_as_a_draft_that_can_be_saved_at_once() {
    let (app, author, faulty) = office().await;
    let id = broadcast::correct(app.app(), &author, faulty).await.unwrap();
    let begun = app.broadcast(id).await.content;
    assert!(begun.problems().is_empty() && begun.blanks().is_empty(), "{:?}", begun.problems());
    let stored = begun.to_value().to_string();
    assert!(
        stored.contains("「ご家族へ。お近くの会場の健診は、7月31日(金)までに申し込んでくださ"),
        "{stored}"
    );
    assert!(stored.contains("Check-ups until Fri, July 31, 2026."), "{stored}");

    let mut browser = app.editor("見本 起案").await.browser;
    let form = browser.get(&format!("/console/broadcasts/{id}/edit")).await.ok().form("保存して内容を確認");
    let saved = browser.submit(form.clone()).await.ok();
    assert!(saved.errors().is_empty(), "{:?}", saved.errors());
}

#[tokio::test]
async fn a_blank_that_a_correction_can_not_have_is_refused_at_its_field_when_it_is_saved() {
    let (app, author, faulty) = office().await;
    let id = broadcast::correct(app.app(), &author, faulty).await.unwrap();
    let mut browser = app.editor("見本 起案").await.browser;
    let page = browser.get(&format!("/console/broadcasts/{id}/edit")).await.ok();
    assert_eq!(page.attributes("[data-blank]", "data-blank"), ["期限", "居住地の地区名"]);
    let form = page.form("書きかけで保存");
    let wrong = browser.submit(form.clone().set("text.ja.0", "{対象の健診名}の訂正です。")).await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.has("[name='text.ja.0'][aria-invalid=true]"));
    let said = "{対象の健診名} は、条件で選んだ人に送る配信だけで使えます。本文から除いてください。";
    assert!(wrong.errors()[0].contains(said), "{:?}", wrong.errors());
    // What everybody has may stay.
    browser.submit(form.set("text.ja.0", "{居住地の地区名|お近く}の会場の訂正です。")).await.ok();
}

#[tokio::test]
async fn the_form_of_a_correction_says_to_whom_it_goes_and_has_no_rule_to_choose() {
    let (app, author, faulty) = office().await;
    let id = broadcast::correct(app.app(), &author, faulty).await.unwrap();
    let mut browser = app.editor("見本 起案").await.browser;
    let page = browser.get(&format!("/console/broadcasts/{id}/edit")).await.ok();
    let who = page.all("[aria-labelledby='h-who']").remove(0);
    assert!(who.contains("を受け取った人だけに送る訂正です。条件は使いません。 3人"), "{who}");
    assert!(
        !who.contains("送る相手の条件") && !page.has("[name=segment]") && !page.has(".audience"),
        "{who}"
    );

    // Whatever a browser sends, it stays what it was; a form with mistakes says the same.
    let form = page.form("書きかけで保存").set("segment", "kenshin/tokutei").set("title", "");
    let again = browser.submit(form.clone()).await;
    assert_eq!(again.all("[aria-labelledby='h-who']"), [who]);
    browser.submit(form.set("title", "お詫び")).await.ok();
    let stored = app.broadcast(id).await;
    assert_eq!((stored.whom(), stored.title.as_str()), (Some(Whom::Reached(faulty)), "お詫び"));
    assert_eq!((stored.segment_path.as_str(), stored.rule_text.as_str()), ("oshirase/zenin", ""));
}

#[tokio::test]
async fn the_form_of_what_goes_to_those_not_reached_says_so() {
    let app = TestApp::start().await;
    app.many_friends(3).await;
    let first = app.approved(to_everyone("健診")).await;
    let author = app.clerk("見本 起案", &[Role::Editor]).await;
    musubi::flow::plan::plan_due(app.app()).await.unwrap();
    broadcast::stop(app.app(), &author, first).await.unwrap();
    app.step().await;
    let again = broadcast::send_to_missed(app.app(), &author, first).await.unwrap();
    let mut browser = app.editor("見本 起案").await.browser;
    let page = browser.get(&format!("/console/broadcasts/{again}/edit")).await.ok();
    let who = page.all("[aria-labelledby='h-who']").remove(0);
    assert!(who.contains("が届かなかった人だけに送ります。") && who.contains("3人"), "{who}");
    assert!(!page.has("[name=segment]"), "{who}");
    browser.submit(page.form("保存して内容を確認")).await.ok();
}

#[tokio::test]
async fn the_words_of_an_emergency_have_no_form() {
    let app = TestApp::start().await;
    app.many_friends(3).await;
    let author = app.clerk("見本 防災", &[Role::Editor]).await;
    let id = app.emergency(&author).await;
    let mut browser = app.editor("見本 起案").await.browser;
    assert_eq!(browser.get(&format!("/console/broadcasts/{id}/edit")).await.status, 409);
    let page = browser.get(&format!("/console/broadcasts/{id}")).await.ok();
    assert!(!page.has("a[href$='/edit']"), "{}", page.text());
}
