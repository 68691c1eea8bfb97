//! Every door of the console: closed to strangers, to the wrong role, and to forms from other sites.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use musubi::domain::staff::Role;
use musubi::web::console::{Entry, entries};
use musubi::web::session::Who;

use super::office::{Browser, Office, Page};

async fn knock(browser: &Browser, entry: &Entry) -> Page {
    let id = "00000000-0000-7000-8000-000000000000";
    let path = entry.path.split('/').map(|part| if part.starts_with('{') { id } else { part });
    let path = path.collect::<Vec<_>>().join("/");
    let form = "application/x-www-form-urlencoded";
    let request = Request::builder().method(entry.method.clone()).uri(path).header("content-type", form);
    browser.send(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn a_stranger_is_turned_away_at_every_door() {
    let office = Office::open().await;
    let stranger = office.browser();
    let closed: Vec<_> = entries(&office.app).into_iter().filter(|entry| entry.who != Who::Anyone).collect();
    assert!(2 <= closed.len());
    for entry in closed {
        let page = knock(&stranger, &entry).await;
        match entry.method {
            Method::GET => assert!(page.goes_to().starts_with("/console/login?next="), "{entry:?}"),
            _ => assert_eq!(page.status, StatusCode::UNAUTHORIZED, "{entry:?}"),
        }
    }
}

#[tokio::test]
async fn nobody_passes_a_door_with_the_wrong_role() {
    let office = Office::open().await;
    for role in Role::ALL {
        let browser = office.somebody(role.as_str(), "見本 花子", &[role]).await;
        for entry in entries(&office.app) {
            let Who::Roles(roles) = entry.who else { continue };
            let refused = knock(&browser, &entry).await.status == StatusCode::FORBIDDEN;
            assert_eq!(refused, !roles.contains(&role), "{role:?} {entry:?}");
        }
    }
}

#[tokio::test]
async fn only_the_log_in_and_the_log_out_are_open_to_anyone() {
    let office = Office::open().await;
    let open: Vec<_> = entries(&office.app)
        .iter()
        .filter(|entry| entry.who == Who::Anyone)
        .map(|entry| entry.path)
        .collect();
    assert_eq!(open, ["/console/login", "/console/login", "/console/logout"]);
}

#[tokio::test]
async fn a_form_from_another_site_is_refused_and_changes_nothing() {
    let office = Office::open().await;
    let browser = office.somebody("tanaka", "見本 太郎", &[Role::Auditor]).await;
    let page = browser.post_from("https://evil.example", "/console/logout", &[]).await;
    assert_eq!(page.status, StatusCode::FORBIDDEN);
    assert!(page.words("main p").starts_with("別のサイトから送られた操作は受け付けません。"));
    assert_eq!(browser.get("/console/audit").await.status, StatusCode::OK);
}

#[tokio::test]
async fn every_page_is_told_to_run_no_foreign_code_and_to_be_kept_nowhere() {
    let office = Office::open().await;
    for path in ["/console/login", "/console/nowhere", "/console/audit"] {
        let page = office.browser().get(path).await;
        assert!(page.header("content-security-policy").starts_with("default-src 'self'; "), "{path}");
        assert!(page.header("content-security-policy").ends_with("frame-ancestors 'none'"));
        assert_eq!(page.header("x-content-type-options"), "nosniff");
        assert_eq!(page.header("cache-control"), "no-store");
        assert!(
            !page.text.contains("<script>")
                && !page.text.contains(" style=")
                && !page.text.contains("<style")
        );
    }
}
