//! What staff see when something is not as it should be: a page with a way back, and never the cause.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use musubi::domain::staff::Role;

use super::office::Office;

#[tokio::test]
async fn a_page_that_is_not_there_says_so_and_leads_back() {
    let office = Office::open().await;
    let browser = office.somebody("tanaka", "見本 太郎", &[Role::Editor]).await;
    let page = browser.get("/console/nowhere").await;
    assert_eq!((page.status, page.words("h1").as_str()), (StatusCode::NOT_FOUND, "ページが見つかりません"));
    assert_eq!(page.attribute("main a.button", "href").as_deref(), Some("/console/broadcasts"));
    assert_eq!(page.words("main .mono").len(), 36);
}

#[tokio::test]
async fn a_page_for_another_role_is_refused_with_the_menu_still_there() {
    let office = Office::open().await;
    let browser = office.somebody("tanaka", "見本 太郎", &[Role::Editor]).await;
    let page = browser.get("/console/audit").await;
    assert_eq!((page.status, page.words("h1").as_str()), (StatusCode::FORBIDDEN, "この操作はできません"));
    assert_eq!(page.words(".who p"), "見本 太郎 広報課(起案者)");
}

#[tokio::test]
async fn an_unreadable_or_oversized_form_is_refused_with_a_page() {
    let office = Office::open().await;
    let browser = office.browser();
    let form = |body: String| {
        let request =
            Request::post("/console/login").header("content-type", "application/x-www-form-urlencoded");
        request.body(Body::from(body)).unwrap()
    };
    let oversized = browser.send(form(format!("login={}", "x".repeat(300_000)))).await;
    assert_eq!(oversized.status, StatusCode::UNPROCESSABLE_ENTITY);
    let json = Request::post("/console/login").header("content-type", "application/json");
    let unreadable = browser.send(json.body(Body::from("{}")).unwrap()).await;
    assert_eq!(unreadable.words("h1"), "送られた内容を読み取れませんでした");
}

#[tokio::test]
async fn with_the_database_away_the_page_says_so_and_tells_no_cause() {
    let office = Office::open().await;
    let browser = office.somebody("tanaka", "見本 太郎", &[Role::Auditor]).await;
    office.app.db.close().await;
    let page = browser.get("/console/audit").await;
    assert_eq!(
        (page.status, page.words("h1").as_str()),
        (StatusCode::SERVICE_UNAVAILABLE, "いま、データベースにつながりません")
    );
    assert!(!page.text.contains("pool"));
}
