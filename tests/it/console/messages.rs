//! Writing a message in the console: bubbles, cards, buttons, blanks; by plain forms, without anything being lost.

use axum::http::StatusCode;
use musubi::domain::broadcast::LedgerState;
use musubi::domain::staff::Role;

use crate::support::app::TestApp;
use crate::support::browser::Browser;
use crate::support::page::Page;

/// Everything that is needed beside the message.
const ABOUT: [(&str, &str); 4] =
    [("segment", "oshirase/zenin"), ("topic", "kenshin"), ("title", "健診のお知らせ"), ("series", "健診")];

pub(super) async fn writer(office: &TestApp) -> Browser {
    office.staff("見本 起案", &[Role::Editor]).await.browser
}

/// The form as it comes back after a button inside it was pressed.
async fn press(author: &mut Browser, page: &Page, deed: &str) -> Page {
    let form = page.form("保存して内容を確認").set("then", "").set("do", deed);
    author.submit(form).await.ok()
}

#[tokio::test]
async fn bubbles_are_added_moved_and_taken_out_without_losing_a_word_or_saving_anything() {
    let office = TestApp::start().await;
    let mut author = writer(&office).await;
    let page = author.get("/console/broadcasts/new").await.ok();
    let form = page
        .form("保存して内容を確認")
        .set("title", "とちゅう")
        .set("text.ja.0", "一つめ")
        .set("do", "add.ja.card");
    let page = author.submit(form.set("then", "")).await.ok();
    assert_eq!(page.all("#parts\\.ja .part legend .field-label"), ["吹き出し1: 文章", "吹き出し2: カード"]);
    let form =
        page.form("保存して内容を確認").set("title.ja.1.0", "二つめ").set("fact.ja.1.0.0", "{期限}まで");
    let page = author.submit(form.set("then", "").set("do", "up.ja.1")).await.ok();
    let form = page.form("保存して内容を確認");
    assert_eq!((form.value("title.ja.0.0"), form.value("text.ja.1")), (Some("二つめ"), Some("一つめ")));
    assert_eq!((form.value("title"), form.value("fact.ja.0.0.0")), (Some("とちゅう"), Some("{期限}まで")));
    let page = press(&mut author, &page, "card-add.ja.0").await;
    let page = press(&mut author, &page, "remove.ja.1").await;
    assert_eq!(page.form("保存して内容を確認").value("cards.ja.0"), Some("2"));
    assert!(author.get("/console/broadcasts").await.ok().all("tbody tr").is_empty());
}

#[tokio::test]
async fn a_message_of_several_bubbles_arrives_as_it_was_written() {
    let office = TestApp::start().await;
    let hanako = office.friend("花子").await;
    let mut letter = ABOUT.to_vec();
    letter.extend([
        ("kind.ja.0", "text"),
        ("text.ja.0", "健診が始まります。"),
        ("kind.ja.1", "card"),
        ("cards.ja.1", "2"),
        ("title.ja.1.0", "集団健診"),
        ("name.ja.1.0.0", "日時"),
        ("fact.ja.1.0.0", "7月10日 9時"),
        ("title.ja.1.1", "個別健診"),
        ("text.ja.1.1", "医療機関で受けます。"),
        ("label.ja.1.1.0", "電話する"),
        ("opens.ja.1.1.0", "tel"),
        ("target.ja.1.1.0", "0853-21-2211"),
        ("reply.ja.0", "健診の配信を断る"),
        ("reply-opens.ja.0", "decline_topic"),
        ("then", "review"),
    ]);
    let id = office.goes_out(&letter).await;
    assert_eq!(office.recipients(id, LedgerState::Accepted).await, 1);
    let shown: Vec<_> = hanako.shown().into_iter().rev().take(2).collect();
    assert_eq!(shown[1].text, "健診が始まります。");
    assert_eq!(shown[0].text, "集団健診\n日時\n7月10日 9時\n個別健診\n医療機関で受けます。");
    assert_eq!(shown[0].alt_text.as_deref(), Some("集団健診、個別健診"));
    hanako.taps("健診の配信を断る").await;
    office.step().await;
    let after = hanako.texts();
    assert!(after.last().is_some_and(|text| text.contains("健診")), "{after:?}");
}

#[tokio::test]
async fn what_is_wrong_is_said_at_its_field_and_everything_typed_stays() {
    let office = TestApp::start().await;
    let mut author = writer(&office).await;
    let long = "あ".repeat(61);
    let mut letter = ABOUT.to_vec();
    letter.extend([
        ("kind.ja.0", "text"),
        ("text.ja.0", "{家族の呼名}の健診"),
        ("kind.ja.1", "card"),
        ("title.ja.1.0", long.as_str()),
        ("text.ja.1.0", "{期限}まで"),
        ("label.ja.1.0.1", "開く"),
        ("target.ja.1.0.1", "http://example.jp/"),
        ("kind.ja.2", "image"),
        ("alt.ja.2", "会場の地図"),
        ("then", "review"),
    ]);
    let page = author.post("/console/broadcasts", &letter).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    let said = page.errors().join("\n");
    for sentence in [
        "{家族の呼名} という差し込みはありません。もしかして {家族の呼び名} ですか。",
        "日本語の吹き出し2の見出し: 61文字あります。60文字以内にしてください",
        "日本語の吹き出し2のボタン1のアドレス・電話番号: https:// で始まるアドレスを書いてください。",
        "日本語の吹き出し3の画像: 画像を選んでください。",
        "本文に {期限} があります。期限の日付を入力してください。",
    ] {
        assert!(said.contains(sentence), "{sentence}\n{said}");
    }
    for field in ["text.ja.0", "title.ja.1.0", "target.ja.1.0.0", "file.ja.2", "deadline"] {
        assert!(page.has(&format!("[name='{field}'][aria-invalid=true]")), "{field}");
    }
    let form = page.form("保存して内容を確認");
    assert_eq!((form.value("alt.ja.2"), form.value("label.ja.1.0.0")), (Some("会場の地図"), Some("開く")));
}

#[tokio::test]
async fn the_phone_beside_the_form_fills_blanks_with_made_up_values_and_saves_nothing() {
    let office = TestApp::start().await;
    let mut author = writer(&office).await;
    let typed = |reader| {
        [
            ("kind.ja.0", "text"),
            ("text.ja.0", "{家族の呼び名|ご家族}は{居住地の地区名}で<b>"),
            ("preview-language", "ja"),
            ("preview-reader", reader),
        ]
    };
    let page = author.post("/console/broadcasts/preview", &typed("known")).await.ok();
    assert_eq!(page.all(".bubble"), ["お母さんは高松で<b>"]);
    let page = author.post("/console/broadcasts/preview", &typed("unknown")).await.ok();
    let nothing = "この方には届きません。{居住地の地区名} の値がなく、代わりの言葉も書かれていません。";
    assert_eq!(page.all(".phone-nothing"), [nothing]);
    assert!(author.get("/console/broadcasts").await.ok().all("tbody tr").is_empty());
}

#[tokio::test]
async fn the_lengths_beside_the_form_are_those_that_saving_goes_by() {
    let office = TestApp::start().await;
    let mut author = writer(&office).await;
    let filled = "あ".repeat(4_990) + "{居住地の地区名}";
    let (narrow, address) = ("あ".repeat(300), format!("https://{}", "a".repeat(993)));
    let mut letter = ABOUT.to_vec();
    letter.extend([
        ("kind.ja.0", "text"),
        ("text.ja.0", filled.as_str()),
        ("kind.ja.1", "card"),
        ("cards.ja.1", "2"),
        ("title.ja.1.0", "\u{1f600}健診"),
        ("text.ja.1.0", &narrow),
        ("label.ja.1.0.0", "\u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467}"),
        ("opens.ja.1.0.0", "uri"),
        ("target.ja.1.0.0", &address),
        ("title.ja.1.1", "検診"),
        ("text.ja.1.1", "会場"),
        ("then", "review"),
    ]);
    let page = author.post("/console/broadcasts/preview", &letter).await.ok();
    let at = |field: &str| page.all(&format!("[data-lengths] [data-field='{field}']")).join("");
    assert_eq!(at("text.ja.0"), "差し込みがいちばん長い方で 5,010 / 5,000文字");
    assert_eq!(
        (at("title.ja.1.0"), at("text.ja.1.0")),
        ("4 / 60文字".to_owned(), "300 / 300文字".to_owned())
    );
    assert_eq!(at("label.ja.1.0.0"), "1 / 20文字", "a family is one letter");
    assert_eq!(at("target.ja.1.0.0"), "1,001 / 1,000文字");
    assert_eq!(at("part.ja.1"), "並んだカード全体の大きさ: LINEで送れる大きさの8%");
    assert!(at("card.ja.1.0").ends_with("の10%"), "{}", at("card.ja.1.0"));
    let over = page.attributes("[data-lengths] [data-over]", "data-field");
    assert_eq!(over, ["text.ja.0", "target.ja.1.0.0"]);

    let refused = author.post("/console/broadcasts", &letter).await;
    for field in over {
        assert!(refused.has(&format!("[name='{field}'][aria-invalid=true]")), "{field}");
    }
    let shown = |css: &str| refused.all(css).join("");
    assert_eq!(
        shown("aside [data-lengths] [data-field='text.ja.0']"),
        at("text.ja.0"),
        "from the first look on"
    );
}

#[tokio::test]
async fn a_telephone_number_is_taken_as_people_type_it_and_kept_plain() {
    let office = TestApp::start().await;
    let mut author = writer(&office).await;
    for typed in ["０８５３－２１－２２１１", "0853ー21−2211", "0853‐21―2211", "０８５３ー２１ー２２１１"]
    {
        let mut letter = ABOUT.to_vec();
        letter.extend([
            ("kind.ja.0", "card"),
            ("title.ja.0.0", "集団健診"),
            ("text.ja.0.0", "お電話ください。"),
            ("label.ja.0.0.0", "電話する"),
            ("opens.ja.0.0.0", "tel"),
            ("target.ja.0.0.0", typed),
            ("then", "review"),
        ]);
        let page = author.post("/console/broadcasts", &letter).await.ok();
        let edit = author.get(&format!("{}/edit", page.url.path())).await.ok();
        let form = edit.form("保存して内容を確認");
        assert_eq!(form.value("target.ja.0.0.0"), Some("0853-21-2211"), "{typed}");
        let wrong = author.submit(form.set("target.ja.0.0.0", "市役所ー２１")).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(wrong.form("保存して内容を確認").value("target.ja.0.0.0"), Some("市役所ー２１"));
    }
}
