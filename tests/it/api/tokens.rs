//! Tokens: collected by their member alone, kept as a hash, gone when they should be.

use std::time::Duration;

use musubi::domain::staff::{Role, StaffMember};
use musubi::flow::api_tokens::{self, TokenError, Wanted};
use musubi::flow::staff;
use musubi::store::api_tokens::list;
use musubi::web::api::AT_ONCE;

use super::client::Client;
use crate::support::TestApp;

const DAY: Duration = Duration::from_secs(24 * 3600);

async fn wanted(app: &TestApp, member: &StaffMember, roles: &[Role], days: u32) -> Wanted {
    let found =
        musubi::store::staff::find(&mut app.db().read().await.unwrap(), member.id).await.unwrap().unwrap();
    Wanted {
        login: found.login,
        name: "健診システム".to_owned(),
        roles: roles.iter().copied().collect(),
        days,
    }
}

#[tokio::test]
async fn only_the_member_collects_a_token_and_only_once() {
    let app = TestApp::start().await;
    let admin = app.clerk("見本 管理", &[Role::Admin]).await;
    let editor = app.clerk("見本 起案", &[Role::Editor]).await;
    let wanted = wanted(&app, &editor, &[Role::Editor], 30).await;
    assert!(matches!(api_tokens::allow(app.app(), &editor, &wanted).await, Err(TokenError::NotAllowed)));
    let id = api_tokens::allow(app.app(), &admin, &wanted).await.unwrap();
    let by_admin = api_tokens::collect(app.app(), &admin, id).await;
    assert!(matches!(by_admin, Err(TokenError::NotToCollect)), "the administrator never holds it");
    let token = api_tokens::collect(app.app(), &editor, id).await.unwrap();
    assert!(matches!(api_tokens::collect(app.app(), &editor, id).await, Err(TokenError::NotToCollect)));

    let client = Client { token: Some(token.clone()), ..Client::stranger(&app) };
    assert_eq!(client.get("/api/v1/token").await.with(200)["staff"]["name"], "見本 起案");
    let kept = app.everything().await;
    let secret = token.trim_start_matches("musubi_");
    assert!(!kept.iter().any(|(_, value)| value.contains(secret)), "only its hash is kept");
    let listed = list(&mut app.db().read().await.unwrap(), None).await.unwrap().remove(0);
    assert_eq!((listed.is_collected, listed.last_used_at), (true, Some(app.clock().now())));
}

#[tokio::test]
async fn a_token_ends_with_its_day_its_revocation_and_its_member() {
    let app = TestApp::start().await;
    let admin = app.clerk("見本 管理", &[Role::Admin]).await;
    let works = async |client: &Client| client.get("/api/v1/token").await.status.as_u16();
    for end in ["its day", "its revocation", "its member"] {
        let editor = app.clerk("見本 起案", &[Role::Editor]).await;
        let client = Client::of(&app, &editor).await;
        assert_eq!(works(&client).await, 200);
        let id = list(&mut app.db().read().await.unwrap(), Some(editor.id)).await.unwrap()[0].id;
        match end {
            "its day" => app.clock().advance(DAY * 90),
            "its revocation" => api_tokens::revoke(app.app(), &admin, id).await.unwrap(),
            _ => {
                let login = wanted(&app, &editor, &[], 1).await.login;
                staff::disable(&app.app().base(), &login).await.unwrap();
            }
        }
        assert_eq!(works(&client).await, 401, "{end}");
    }
}

#[tokio::test]
async fn somebody_takes_back_their_own_and_nobody_elses() {
    let app = TestApp::start().await;
    let (one, other) =
        (app.clerk("見本 一", &[Role::Editor]).await, app.clerk("見本 二", &[Role::Editor]).await);
    Client::of(&app, &one).await;
    let id = list(&mut app.db().read().await.unwrap(), Some(one.id)).await.unwrap()[0].id;
    assert!(matches!(api_tokens::revoke(app.app(), &other, id).await, Err(TokenError::NotToRevoke)));
    api_tokens::revoke(app.app(), &one, id).await.unwrap();
    assert!(matches!(api_tokens::revoke(app.app(), &one, id).await, Err(TokenError::NotToRevoke)));
}

#[tokio::test]
async fn a_role_that_the_member_loses_is_lost_to_the_token() {
    let app = TestApp::start().await;
    let editor = app.clerk("見本 起案", &[Role::Editor]).await;
    let client = Client::of(&app, &editor).await;
    app.run_sql("UPDATE staff SET roles = '[\"auditor\"]'").await;
    assert_eq!(client.get("/api/v1/broadcasts").await.problem(), "forbidden");
}

#[tokio::test]
async fn nobody_is_lent_what_they_do_not_hold() {
    let app = TestApp::start().await;
    let editor = app.clerk("見本 起案", &[Role::Editor]).await;
    let base = app.app().base();
    let good = wanted(&app, &editor, &[Role::Editor], 1).await;
    let make = async |wanted: Wanted| api_tokens::make_here(&base, &wanted).await.unwrap_err();
    let roles = [Role::Editor, Role::Approver].into_iter().collect();
    assert!(matches!(make(Wanted { roles, ..good.clone() }).await, TokenError::Roles));
    assert!(matches!(make(Wanted { roles: Default::default(), ..good.clone() }).await, TokenError::Roles));
    assert!(matches!(make(Wanted { days: 0, ..good.clone() }).await, TokenError::Days));
    assert!(matches!(make(Wanted { days: 401, ..good.clone() }).await, TokenError::Days));
    assert!(matches!(make(Wanted { name: " ".into(), ..good.clone() }).await, TokenError::Name));
    assert!(matches!(make(Wanted { login: "nobody".into(), ..good }).await, TokenError::Unknown));
}

#[tokio::test]
async fn too_many_requests_are_put_off_and_other_tokens_are_not_touched() {
    let app = TestApp::start().await;
    let one = Client::of(&app, &app.clerk("見本 一", &[Role::Editor]).await).await;
    let other = Client::of(&app, &app.clerk("見本 二", &[Role::Editor]).await).await;
    for _ in 0..AT_ONCE {
        one.get("/api/v1/token").await.with(200);
    }
    let refused = one.get("/api/v1/token").await;
    assert_eq!((refused.status.as_u16(), refused.problem().as_str()), (429, "too-many-requests"));
    assert_eq!(refused.header("retry-after"), "1");
    other.get("/api/v1/token").await.with(200);
    app.clock().advance(Duration::from_secs(1));
    one.get("/api/v1/token").await.with(200);
}
