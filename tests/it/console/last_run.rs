//! The builder says what has changed since a rule was last sent to.

use musubi::db::Query;
use musubi::db::arg::Bind;
use musubi::store::accounts::{self, By};

use crate::support::TestApp;
use crate::support::broadcasts::to_everyone;
use crate::support::page::Page;

const EDIT: &str = "/console/rules/edit/oshirase/zenin";

/// What the part with the difference says: who is new, who has gone, who is the same.
fn difference(page: &Page) -> Vec<String> {
    let terms = page.all("#totals h3 ~ dl dt").into_iter();
    terms.zip(page.all("#totals h3 ~ dl dd")).take(3).map(|(term, said)| format!("{term} {said}")).collect()
}

#[tokio::test]
async fn the_builder_shows_who_is_new_and_who_is_gone_since_the_rules_last_broadcast() {
    let app = TestApp::start().await;
    let people = app.many_friends(5).await;
    let mut staff = app.editor("見本 太郎").await;
    let page = staff.browser.get(EDIT).await.ok();
    assert!(!page.text().contains("前の配信との違い"), "it was never sent to");

    // What is only approved is no run yet.
    app.approved(to_everyone("健診")).await;
    assert!(!staff.browser.get(EDIT).await.ok().text().contains("前の配信との違い"));
    app.step().await;
    let page = staff.browser.get(EDIT).await.ok();
    assert_eq!(difference(&page), ["増える 0 人", "減る 0 人", "同じ 5 人"]);
    assert!(page.text().contains("「見本の配信」の相手と比べて"), "{}", page.text());

    app.many_friends(2).await;
    let mut tx = app.db().write().await.unwrap();
    let by = By { actor: "resident", at: app.clock().now() };
    let gone = accounts::find_by_line_user(&mut tx, &people[0]).await.unwrap().unwrap();
    assert!(accounts::stop(&mut tx, gone.id, by).await.unwrap());
    // Who takes no more of that broadcast's topic is gone, too: it is asked for the same topic again.
    let topic = Query::new(
        "UPDATE account SET declined_topics = $1 WHERE line_user_id = $2",
        vec![serde_json::json!(["kenshin"]).bind(), (&people[1]).bind()],
    );
    tx.execute(topic).await.unwrap();
    let declined = accounts::find_by_line_user(&mut tx, &people[1]).await.unwrap().unwrap();
    accounts::touch(&mut tx, declined.id, "changed", by).await.unwrap();
    tx.commit().await.unwrap();
    let page = staff.browser.get(EDIT).await.ok();
    assert_eq!(difference(&page), ["増える 2 人", "減る 2 人", "同じ 3 人"]);

    // What is typed counts before it is saved.
    let form = page.form("計算し直す").set("n.0.mode", "all");
    let form = form.with("n.0.0.kind", "words").with("n.0.0.words", "居住地 平田");
    let page = staff.browser.submit(form).await.ok();
    assert_eq!(difference(&page), ["増える 0 人", "減る 5 人", "同じ 0 人"], "{}", page.text());
}
