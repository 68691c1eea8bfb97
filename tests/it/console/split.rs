//! 比較, through its pages: what is split is chosen from drafts that differ, and who is held out is said beside the number.

use axum::http::StatusCode;
use musubi::domain::ids::BroadcastId;
use musubi::domain::staff::Role;
use musubi::flow::broadcast::{self, Wish};

use crate::support::app::TestApp;
use crate::support::broadcasts::to_everyone;

const KEPT_OUT: &str = "このうち約6人(10%)は、くらべるために送りません。送るのは約54人です。";

#[tokio::test]
async fn whom_a_comparison_leaves_out_is_said_wherever_its_number_stands() {
    let office = TestApp::start().await;
    office.many_friends(60).await;
    let author = office.clerk("見本 起案", &[Role::Editor]).await;
    let id = broadcast::create(office.app(), &author, to_everyone("健診")).await.unwrap();
    let at = format!("/console/broadcasts/{id}");
    let mut colleague = office.editor("見本 同僚").await.browser;
    let before =
        colleague.get(&at).await.ok().text() + &colleague.get(&format!("{at}/split")).await.ok().text();
    assert!(
        !before.contains("くらべるために送りません") && before.contains("今日の届く人数は60人です。"),
        "{before}"
    );

    let page = colleague.get(&format!("{at}/split")).await.ok();
    let draft = colleague.submit(page.form("保存する").set("held_out", "10")).await.ok();
    assert!(draft.text().contains(KEPT_OUT), "{}", draft.text());
    let split = colleague.get(&format!("{at}/split")).await.ok();
    assert!(split.all("#held_out-hint")[0].contains(KEPT_OUT), "{}", split.text());

    broadcast::send_test(office.app(), &author, id).await.unwrap();
    office.submit(&author, (id, office.broadcast(id).await.version)).await.unwrap();
    let mut approver = office.approver("見本 承認").await.browser;
    for part in office.broadcast(id).await.to_open() {
        approver.post(&format!("{at}/open/{}", part.id), &[]).await.ok();
    }
    let seen = approver.get(&at).await.ok();
    assert!(seen.all("#count-split")[0].contains(KEPT_OUT), "{}", seen.text());
    assert_eq!(seen.all("#count-hint"), ["承認を依頼したときの人数は 60人です。"]);
    let form = seen.form("この内容で承認する");
    let wrong = approver.submit(form.set("count", "54")).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY, "the whole number is what is bound");
    approver.submit(wrong.form("この内容で承認する").set("count", "60")).await.ok();
    let other = office.clerk("見本 決裁", &[Role::Approver]).await;
    office.approve(&other, id).await.unwrap();
    office.step().await;
    let over = approver.get(&at).await.ok().text();
    assert!(!over.contains("約54人"), "now the ledger tells: {over}");
}

#[tokio::test]
async fn two_texts_of_a_comparison_are_never_the_same() {
    let office = TestApp::start().await;
    let author = office.clerk("見本 起案", &[Role::Editor]).await;
    let mut drafts = Vec::new();
    for text in ["ひとつめ", "ふたつめ", "ふたつめ", "みっつめ", "ひとつめ"] {
        drafts.push(broadcast::create(office.app(), &author, to_everyone(text)).await.unwrap());
    }
    let at = format!("/console/broadcasts/{}", drafts[0]);
    let mut colleague = office.editor("見本 同僚").await.browser;
    let page = colleague.get(&format!("{at}/split")).await.ok();
    let id = |draft: Option<usize>| draft.map_or_else(String::new, |at| drafts[at].to_string());
    for (b, c, field, said) in [
        (Some(1), Some(1), "c", "B案と同じ下書きです。別の下書きを選んでください。"),
        (Some(1), Some(2), "c", "B案と同じ文章です。文章のちがう下書きを選んでください。"),
        (Some(4), Some(1), "b", "A案と同じ文章です。文章のちがう下書きを選んでください。"),
        (None, Some(4), "c", "A案と同じ文章です。文章のちがう下書きを選んでください。"),
    ] {
        let form = page.form("保存する").set("b", &id(b)).set("c", &id(c));
        let refused = colleague.submit(form).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(refused.all(&format!("#{field}-error")), [said]);
        assert_eq!(refused.attributes("[aria-invalid=true]", "name"), [field]);
        let kept = refused.form("保存する");
        assert_eq!((kept.value("b"), kept.value("c")), (Some(id(b).as_str()), Some(id(c).as_str())));
    }
    let saved =
        colleague.submit(page.form("保存する").set("b", &id(Some(1))).set("c", &id(Some(3)))).await.ok();
    assert!(saved.text().contains("C案の文章"), "{}", saved.text());
    let own = split(&office, drafts[0], drafts[0]).await;
    assert_eq!(own, "A案と同じ下書きです。別の下書きを選んでください。");
}

/// What is said to whoever takes a draft for the other text of one.
async fn split(office: &TestApp, id: BroadcastId, other: BroadcastId) -> String {
    let author = office.clerk("見本 別の人", &[Role::Editor]).await;
    let version = office.broadcast(id).await.version;
    let wish = Wish { held_out_percent: 0, others: vec![other] };
    broadcast::split(office.app(), &author, (id, version), wish).await.unwrap_err().to_string()
}
