//! What a draft may name: series, topics and pictures.

use image::{ImageFormat, RgbImage};
use musubi::domain::digest::sha256_hex;
use musubi::domain::staff::Role;
use serde_json::{Value, json};

use super::client::{Answer, Client, written};
use super::contract::{document, faults};
use crate::support::TestApp;

/// Of many colours, so that it is no small file.
fn picture(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    let colour = |x: u32, y: u32| {
        let mixed = (x ^ (y << 11)).wrapping_mul(2_654_435_761).rotate_left(15).wrapping_mul(2_246_822_519);
        let [red, green, blue, _] = mixed.to_le_bytes();
        image::Rgb([red, green, blue])
    };
    RgbImage::from_fn(width, height, colour).write_to(&mut bytes, ImageFormat::Png).unwrap();
    bytes.into_inner()
}

async fn upload(client: &Client, bytes: Vec<u8>) -> Answer {
    let request =
        reqwest::Client::builder().no_proxy().build().unwrap().post(format!("{}/api/v1/images", client.base));
    let request = request.bearer_auth(client.token.clone().unwrap()).header("content-type", "image/png");
    let request = request.header("idempotency-key", sha256_hex(&bytes));
    let response = request.body(bytes).send().await.unwrap();
    let (status, headers) = (response.status(), response.headers().clone());
    Answer { status, headers, text: response.text().await.unwrap() }
}

#[tokio::test]
async fn the_series_and_topics_that_a_draft_may_name_are_listed() {
    let app = TestApp::start().await;
    let client = Client::of(&app, &app.clerk("見本 一", &[Role::Editor]).await).await;
    client.drafts("健診").await.with(201);
    let series = client.get("/api/v1/series").await.with(200);
    let named = |name: &str| {
        let items = series["items"].as_array().unwrap();
        items.iter().find(|one| one["name"] == name).cloned().unwrap_or_else(|| panic!("{series}"))
    };
    assert_eq!((&named("見本")["broadcasts"], &named("見本")["last_planned_at"]), (&1.into(), &Value::Null));
    assert_eq!(named("特定健診案内")["broadcasts"], 0);
    let topics = client.get("/api/v1/topics").await.with(200);
    let kenshin = topics["items"].as_array().unwrap().iter().any(|one| one["id"] == "kenshin");
    assert!(kenshin && series["next"].is_null(), "{topics}");
}

#[tokio::test]
async fn a_picture_is_taken_in_and_stands_in_a_draft() {
    let app = TestApp::start().await;
    let editor = Client::of(&app, &app.clerk("見本 一", &[Role::Editor]).await).await;
    let approver = Client::of(&app, &app.clerk("見本 二", &[Role::Approver]).await).await;
    let large = picture(800, 600);
    assert!(256 * 1024 < large.len(), "more than any JSON that is taken");
    let kept = upload(&editor, large.clone()).await;
    let said = kept.with(201);
    let schema = json!({ "$ref": "#/components/schemas/Uploaded" });
    assert_eq!(faults(&document(), &schema, &said, ""), Vec::<String>::new());
    assert_eq!((&said["width"], &said["height"]), (&800.into(), &600.into()));
    assert_eq!(upload(&editor, large).await.with(201), said, "the same picture is the same");
    let mut draft = written("");
    draft["content"] = json!({ "ja": {
        "kind": "image", "id": said["id"], "alt": "会場の地図", "width": said["width"], "height": said["height"],
    } });
    editor.post("/api/v1/broadcasts", draft.clone()).await.with(201);
    draft["content"]["ja"]["id"] = "nothing".into();
    assert_eq!(editor.post("/api/v1/broadcasts", draft).await.problem(), "no-such-picture");

    assert_eq!(upload(&editor, b"<svg/>".to_vec()).await.problem(), "picture-refused");
    assert_eq!(upload(&editor, picture(20, 20)).await.problem(), "picture-refused");
    assert_eq!(upload(&editor, vec![0; 10 * 1024 * 1024 + 1]).await.problem(), "too-large");
    assert_eq!(upload(&approver, picture(200, 200)).await.problem(), "forbidden");
}
