//! Pictures in messages: uploaded, made anew, served under an address that nobody can guess.

use std::io::Cursor;

use axum::http::StatusCode;
use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use musubi::domain::broadcast::LedgerState;

use super::messages::writer;
use crate::support::app::TestApp;
use crate::support::browser::Browser;
use crate::support::page::Page;

fn picture(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
    let image = RgbImage::from_fn(width, height, |x, y| Rgb([(x % 251) as u8, (y % 241) as u8, 90]));
    let mut bytes = Vec::new();
    DynamicImage::from(image).write_to(&mut Cursor::new(&mut bytes), format).unwrap();
    bytes
}

/// A photograph that says where it was taken and that the camera lay on its side.
fn photograph() -> Vec<u8> {
    let jpeg = picture(1_600, 900, ImageFormat::Jpeg);
    let orientation = [0x12, 0x01, 3, 0, 1, 0, 0, 0, 6, 0, 0, 0];
    let mut tiff = b"II*\0\x08\0\0\0\x01\0".to_vec();
    tiff.extend(orientation);
    tiff.extend([0, 0, 0, 0]);
    tiff.extend(b"GPS 35.36N 132.75E");
    let mut exif = b"Exif\0\0".to_vec();
    exif.extend(tiff);
    let length = u16::try_from(exif.len() + 2).unwrap().to_be_bytes();
    [&jpeg[..2], &[0xff, 0xe1], &length, &exif, &jpeg[2..]].concat()
}

/// A form with one picture, and what came of sending it.
async fn upload(author: &mut Browser, bytes: &[u8]) -> Page {
    let page = author.get("/console/broadcasts/new").await.ok();
    let form = page.form("保存して内容を確認").set("do", "add.ja.image").set("then", "");
    let page = author.submit(form).await.ok();
    let form = page.form("保存して内容を確認").set("text.ja.0", "地図です。").set("alt.ja.1", "会場の地図");
    author.submit_with(form.set("then", "").set("do", "look"), "file.ja.1", bytes).await
}

#[tokio::test]
async fn a_photograph_is_made_anew_upright_and_without_the_place_it_was_taken() {
    let office = TestApp::start().await;
    let mut author = writer(&office).await;
    let page = upload(&mut author, &photograph()).await.ok();
    let stored = page.form("保存して内容を確認").value("image.ja.1").unwrap().to_owned();
    let [id, width, height] = stored.split(' ').collect::<Vec<_>>()[..] else { panic!("{stored}") };
    assert_eq!((id.len(), width, height), (40, "900", "1600"));

    for (path, longest) in [(format!("/media/{id}"), 1_600), (format!("/media/{id}/small"), 1_024)] {
        let answer = reqwest::get(office.url(&path)).await.unwrap();
        assert_eq!(answer.headers()["content-type"], "image/jpeg");
        assert_eq!(answer.headers()["x-content-type-options"], "nosniff");
        assert_eq!(answer.headers()["cache-control"], "public, max-age=31536000, immutable");
        let bytes = answer.bytes().await.unwrap();
        assert!(!bytes.windows(4).any(|part| part == b"GPS " || part == b"Exif"), "{path}");
        let seen = image::load_from_memory(&bytes).unwrap();
        assert_eq!(seen.height(), longest);
        assert!(bytes.len() <= 1_000_000);
    }
}

#[tokio::test]
async fn a_picture_reaches_the_test_and_the_residents_and_is_fetched_by_the_phone() {
    let office = TestApp::start().await;
    let hanako = office.friend("花子").await;
    let mut author = writer(&office).await;
    let page = upload(&mut author, &picture(800, 600, ImageFormat::Png)).await.ok();
    let stored = page.form("保存して内容を確認").value("image.ja.1").unwrap().to_owned();
    let letter = [
        ("segment", "oshirase/zenin"),
        ("topic", "kenshin"),
        ("title", "地図"),
        ("series", "見本"),
        ("kind.ja.0", "image"),
        ("image.ja.0", stored.as_str()),
        ("alt.ja.0", "会場の地図"),
        ("kind.ja.1", "card"),
        ("title.ja.1.0", "集団健診"),
        ("image.ja.1.0", stored.as_str()),
        ("alt.ja.1.0", "会場の地図"),
        ("then", "review"),
    ];
    let id = office.goes_out(&letter).await;
    assert_eq!(office.recipients(id, LedgerState::Accepted).await, 1);
    let shown: Vec<_> = hanako.shown().into_iter().rev().take(2).collect();
    assert_eq!(shown[0].alt_text.as_deref(), Some("集団健診(会場の地図)"));
    for address in shown.iter().flat_map(|shown| &shown.pictures) {
        let answer = reqwest::get(address).await.unwrap();
        assert_eq!(answer.headers()["content-type"], "image/png", "{address}");
    }
    assert_eq!(shown.iter().map(|shown| shown.pictures.len()).collect::<Vec<_>>(), [1, 2]);
}

#[tokio::test]
async fn what_is_no_picture_for_a_phone_is_said_at_its_field_and_everything_typed_stays() {
    let office = TestApp::start().await;
    let mut author = writer(&office).await;
    let gif = b"GIF89a\x01\0\x01\0\0\0\0;".to_vec();
    let page = b"<html><script>alert(1)</script>".to_vec();
    let cut = picture(800, 600, ImageFormat::Png)[..300].to_vec();
    for (bytes, sentence) in [
        (gif, "画像として読めません。JPEGかPNGのファイルを選んでください。"),
        (page, "画像として読めません。JPEGかPNGのファイルを選んでください。"),
        (cut, "画像として読めません。JPEGかPNGのファイルを選んでください。"),
        (
            picture(90, 400, ImageFormat::Png),
            "画像が小さすぎます(90×400)。縦も横も100ピクセル以上のものを選んでください。",
        ),
        (
            picture(100, 301, ImageFormat::Png),
            "画像が縦に長すぎます(100×301)。縦が横の3倍までのものを選んでください。",
        ),
        (
            picture(100, 3_000, ImageFormat::Png),
            "画像が縦に長すぎます(100×3000)。縦が横の3倍までのものを選んでください。",
        ),
        (
            picture(3_000, 100, ImageFormat::Png),
            "画像が横に細長すぎます(3000×100)。横が2048ピクセルを超える画像は、2048ピクセルまで縮めて送ります。この画像は縦が68ピクセルになり、読めません。縦が100ピクセル以上残るように、横を切り取ってください。",
        ),
        (vec![0; 10 * 1024 * 1024 + 1], "画像は10MBまでです。小さくしてから選び直してください。"),
    ] {
        let page = upload(&mut author, &bytes).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{sentence}");
        assert!(page.errors().iter().any(|said| said == sentence), "{:?}", page.errors());
        let form = page.form("保存して内容を確認");
        assert_eq!(
            (form.value("text.ja.0"), form.value("alt.ja.1")),
            (Some("地図です。"), Some("会場の地図"))
        );
        assert_eq!(form.value("image.ja.1"), Some(""));
    }
}

#[tokio::test]
async fn a_form_can_not_name_a_picture_that_is_not_there() {
    let office = TestApp::start().await;
    let mut author = writer(&office).await;
    let made_up = format!("{} 800 600", "0".repeat(40));
    let letter = [
        ("segment", "oshirase/zenin"),
        ("topic", "kenshin"),
        ("title", "地図"),
        ("series", "見本"),
        ("kind.ja.0", "image"),
        ("image.ja.0", made_up.as_str()),
        ("alt.ja.0", "会場の地図"),
        ("then", "review"),
    ];
    let page = author.post("/console/broadcasts", &letter).await;
    assert!(page.errors().contains(&"画像が見つかりません。選び直してください。".to_owned()));
    assert_eq!(reqwest::get(office.url("/media/0/small")).await.unwrap().status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_picture_that_nothing_shows_is_taken_away_after_thirty_days_and_one_in_a_draft_stays() {
    let office = TestApp::start().await;
    let mut author = writer(&office).await;
    let page = upload(&mut author, &picture(800, 600, ImageFormat::Png)).await.ok();
    let used = page.form("保存して内容を確認").value("image.ja.1").unwrap().to_owned();
    let form = page.form("保存して内容を確認").set("segment", "oshirase/zenin").set("topic", "kenshin");
    author.submit(form.set("title", "地図").set("series", "見本").set("then", "save")).await.ok();
    let page = upload(&mut author, &picture(640, 480, ImageFormat::Png)).await.ok();
    let unused = page.form("保存して内容を確認").value("image.ja.1").unwrap().to_owned();
    let is_there = async |stored: &str| {
        let id = stored.split(' ').next().unwrap();
        reqwest::get(office.url(&format!("/media/{id}"))).await.unwrap().status() == StatusCode::OK
    };
    let night =
        |day: i64| jiff::civil::date(2026, 7, 2).at(3, 0, 0, 0).saturating_add(jiff::Span::new().days(day));
    for day in [0, 29] {
        office.set_tokyo(night(day));
        office.step().await;
        assert_eq!((is_there(&used).await, is_there(&unused).await), (true, true), "{day}");
    }
    // By day nothing is taken away.
    office.set_tokyo(night(31).saturating_add(jiff::Span::new().hours(9)));
    office.step().await;
    assert!(is_there(&unused).await);
    office.set_tokyo(night(32));
    office.step().await;
    assert_eq!((is_there(&used).await, is_there(&unused).await), (true, false));
}

#[tokio::test]
async fn a_picture_that_is_uploaded_again_begins_its_thirty_days_anew() {
    let office = TestApp::start().await;
    let mut author = writer(&office).await;
    let bytes = picture(800, 600, ImageFormat::Png);
    let page = upload(&mut author, &bytes).await.ok();
    let stored = page.form("保存して内容を確認").value("image.ja.1").unwrap().to_owned();
    let path = format!("/media/{}", stored.split(' ').next().unwrap());
    office.set_tokyo(jiff::civil::date(2026, 7, 2).at(3, 0, 0, 0));
    office.step().await;
    office.set_tokyo(jiff::civil::date(2026, 7, 31).at(10, 0, 0, 0));
    let mut author = writer(&office).await;
    upload(&mut author, &bytes).await.ok();
    office.set_tokyo(jiff::civil::date(2026, 8, 3).at(3, 0, 0, 0));
    office.step().await;
    assert_eq!(reqwest::get(office.url(&path)).await.unwrap().status(), StatusCode::OK);
}
