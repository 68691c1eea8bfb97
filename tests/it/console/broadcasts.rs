//! Broadcasts through their pages: written, tested, submitted, approved by a second person, followed, stopped.

use axum::http::StatusCode;
use jiff::civil::date;
use musubi::domain::sample_town::{self, DEMO_SEED};
use musubi::domain::staff::{Role, Roles};
use musubi::flow::broadcast::Draft;
use musubi::flow::{register, seed, staff};
use musubi::simulator::{Endpoint, Fault};

use crate::support::app::{TestApp, tokyo};
use crate::support::broadcasts::to_everyone;
use crate::support::browser::Browser;
use crate::support::page::Page;
use crate::support::staff::{PASSWORD, add_series};

const ACCOUNTS: usize = 120;

/// A town whose friends LINE knows, too.
pub(super) async fn town() -> TestApp {
    let office = TestApp::start().await;
    let app = office.app();
    let town = seed::Town { seed: DEMO_SEED, accounts: ACCOUNTS, consent_version: register::CONSENT_VERSION };
    seed::seed(app, town).await.unwrap();
    let known: Vec<_> =
        sample_town::generate(DEMO_SEED, ACCOUNTS, app.clock.today(), &app.catalogue).collect();
    office.line().know_friends(known.iter().map(|friend| &friend.line_user_id));
    office
}

/// A browser at which somebody with these roles and a LINE account of their own is signed in.
pub(super) async fn somebody(office: &TestApp, login: &str, roles: &[Role]) -> Browser {
    let newcomer = staff::Newcomer {
        login: login.to_owned(),
        name: format!("見本 {login}"),
        department: "広報課".to_owned(),
        roles: roles.iter().copied().collect::<Roles>(),
        password: PASSWORD.into(),
        line_user_id: Some(office.line().add_friend(login).await),
    };
    let id = staff::add(&office.app().base(), newcomer).await.unwrap();
    add_series(office.db(), id).await;
    office.step().await;
    let mut browser = office.browser();
    browser.post("/console/login", &[("login", login), ("password", PASSWORD)]).await.ok();
    browser
}

pub(super) const LETTER: [(&str, &str); 7] = [
    ("segment", "oshirase/zenin"),
    ("topic", "kenshin"),
    ("title", "健診のお知らせ"),
    ("series", "健診"),
    ("kind.ja.0", "text"),
    ("text.ja.0", "健診の申込が始まりました。"),
    ("then", "review"),
];

/// The page of a broadcast that waits for its approval.
pub(super) async fn submitted(author: &mut Browser) -> Page {
    let page = author.post("/console/broadcasts", &LETTER).await.ok();
    let page = author.submit(page.form("テストを送る")).await.ok();
    author.submit(page.form("承認を依頼する").tick("上の注意をすべて確かめました")).await.ok()
}

/// The page of a broadcast before an approver who has opened every part of it.
pub(super) async fn opened(approver: &mut Browser, path: &str) -> Page {
    approver.post(&format!("{path}/open/text-ja"), &[]).await.ok();
    approver.get(path).await.ok()
}

/// Opens every part, types the number and approves.
pub(super) async fn approve(approver: &mut Browser, path: &str) -> Page {
    let seen = opened(approver, path).await;
    approver.submit(seen.form("この内容で承認する").set("count", &number_to_type(&seen))).await.ok()
}

/// Another approver was faster: everyone is meant, so two are needed, and the next one is the last.
async fn first_approval(office: &TestApp, path: &str) {
    let mut first = somebody(office, "saisho", &[Role::Approver]).await;
    let page = approve(&mut first, path).await;
    assert!(page.all("[role=status]")[0].starts_with("1人目の承認を記録しました。"));
}

fn number_to_type(page: &Page) -> String {
    let hint = page.all("#count-hint").remove(0);
    hint.chars().filter(char::is_ascii_digit).collect()
}

#[tokio::test]
async fn a_broadcast_goes_from_its_first_word_to_its_figures_through_three_people() {
    let office = town().await;
    let mut author = somebody(&office, "kian", &[Role::Editor]).await;
    let mut first = somebody(&office, "saisho", &[Role::Approver]).await;
    let mut approver = somebody(&office, "shonin", &[Role::Approver]).await;
    let page = submitted(&mut author).await;
    assert!(page.text().contains("承認者の確認を待っています"));

    let page = approve(&mut first, page.url.path()).await;
    assert!(page.text().contains("もう1人の承認者の確認を待っています"));
    let seen = opened(&mut approver, page.url.path()).await;
    let number = number_to_type(&seen);
    let approved = approver.submit(seen.form("この内容で承認する").set("count", &number)).await.ok();
    assert_eq!(approved.all("[role=status]")[0], "承認しました。まもなく送信が始まります。");

    for _ in 0..5 {
        office.step().await;
    }
    let figures = author.get(&format!("{}/progress", page.url.path())).await.ok();
    assert!(figures.text().contains("配信完了"), "{}", figures.text());
    assert_eq!(figures.all(".figures .main dd")[0].replace(' ', ""), format!("{number}人"));
    assert!(!figures.text().contains("届いた"));
}

#[tokio::test]
async fn a_form_with_mistakes_comes_back_with_everything_that_was_typed() {
    let office = town().await;
    let mut author = somebody(&office, "kian", &[Role::Editor]).await;
    let typed = [
        ("title", "健診"),
        ("kind.ja.0", "card"),
        ("title.ja.0.0", "見出し"),
        ("text.ja.0.0", ""),
        ("label.ja.0.0.0", "予約"),
        ("opens.ja.0.0.0", "uri"),
        ("target.ja.0.0.0", "http://example.jp/"),
        ("kind.pt-BR.0", "card"),
        ("text.pt-BR.0.0", "Olá"),
        ("scheduled_at", "2026-02-29T10:00"),
        ("deadline", "2026-02-30"),
        ("then", "review"),
    ];
    let page = author.post("/console/broadcasts", &typed).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    for (name, value) in typed.iter().filter(|(name, _)| *name != "then") {
        assert_eq!(page.form("保存して内容を確認").value(name), Some(*value), "{name}");
    }
    for field in
        ["segment", "topic", "series", "text.ja.0.0", "target.ja.0.0.0", "scheduled_at", "title.pt-BR.0.0"]
    {
        assert!(page.has(&format!("[name='{field}'][aria-invalid=true]")), "{field}");
    }
    // A browser's own field for a day would show nothing of one that doesn't exist.
    for (field, said) in [
        ("scheduled_at", "2026年2月29日という日はありません。"),
        ("deadline", "2026年2月30日という日はありません。"),
    ] {
        assert_eq!(page.attributes(&format!("#{field}"), "type"), ["text"]);
        assert_eq!(page.all(&format!("#{field}-error")), [said]);
    }
    assert_eq!(page.attributes("#expires_at", "type"), ["datetime-local"]);
}

#[tokio::test]
async fn times_that_can_not_be_are_said_at_their_fields_before_anything_is_saved() {
    let office = town().await;
    let mut author = somebody(&office, "kian", &[Role::Editor]).await;
    for (scheduled_at, expires_at, field, sentence) in [
        ("2026-06-30T10:00", "", "scheduled_at", "送る日時が過ぎています。これからの日時にしてください。"),
        ("", "2026-07-01T09:00", "expires_at", "有効期限が過ぎています。これからの日時にしてください。"),
        (
            "2026-07-02T10:00",
            "2026-07-02T09:00",
            "expires_at",
            "有効期限が送る日時より前です。送る日時より後にしてください。",
        ),
    ] {
        let times = [("scheduled_at", scheduled_at), ("expires_at", expires_at)];
        let letter: Vec<_> = LETTER.into_iter().chain(times).collect();
        let page = author.post("/console/broadcasts", &letter).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{field}");
        assert_eq!(page.all(&format!("#{field}-error")), [sentence]);
    }
    assert_eq!(author.get("/console/broadcasts").await.all("tbody tr").len(), 0);
}

#[tokio::test]
async fn by_night_the_approver_reads_that_it_begins_in_the_morning() {
    let office = town().await;
    let mut author = somebody(&office, "kian", &[Role::Editor]).await;
    let mut approver = somebody(&office, "shonin", &[Role::Approver]).await;
    let path = submitted(&mut author).await.url.path().to_owned();
    let form = author.get("/console/broadcasts/new").await.ok();
    assert!(form.all("#scheduled-hint")[0].contains("20時から8時までは送らず"));
    first_approval(&office, &path).await;
    assert!(opened(&mut approver, &path).await.text().contains("すぐに送信が始まります"));
    office.clock().advance(std::time::Duration::from_secs(11 * 60 * 60));
    approver.post("/console/login", &[("login", "shonin"), ("password", PASSWORD)]).await.ok();
    let seen = approver.get(&path).await.ok();
    assert!(seen.text().contains("いまは夜間のため、承認すると、明朝8時に送信が始まります。"));
    let form = seen.form("この内容で承認する").set("count", &number_to_type(&seen));
    let approved = approver.submit(form).await.ok();
    assert!(approved.all("[role=status]")[0].contains("朝になってから送信が始まります"));
    assert!(approved.text().contains("2026-07-02 08:00 に始まる予定です。"), "{}", approved.text());
}

#[tokio::test]
async fn one_held_before_it_began_says_that_nobody_was_sent_to() {
    let office = town().await;
    let mut author = somebody(&office, "kian", &[Role::Editor]).await;
    let mut approver = somebody(&office, "shonin", &[Role::Approver]).await;
    let letter: Vec<_> = LETTER.into_iter().chain([("scheduled_at", "2026-07-03T10:00")]).collect();
    let page = author.post("/console/broadcasts", &letter).await.ok();
    let page = author.submit(page.form("テストを送る")).await.ok();
    let page = author.submit(page.form("承認を依頼する").tick("上の注意をすべて確かめました")).await.ok();
    let path = page.url.path().to_owned();
    first_approval(&office, &path).await;
    let seen = opened(&mut approver, &path).await;
    approver.submit(seen.form("この内容で承認する").set("count", &number_to_type(&seen))).await.ok();
    let asked = approver.get(&format!("{path}/pause")).await.ok();
    assert!(asked.text().contains("予定の時刻になっても送信を始めません"));
    let held = approver.submit(asked.form("一時停止する")).await.ok();
    assert!(held.text().contains("まだだれにも送っていません。") && !held.text().contains("まもなく"));
    let asked = approver.get(&format!("{path}/resume")).await.ok();
    assert!(!asked.text().contains("続きを送ります"), "{}", asked.text());
    let waits = approver.submit(asked.form("再開する")).await.ok();
    assert!(waits.text().contains("2026-07-03 10:00 に始まる予定です。"), "{}", waits.text());
}

#[tokio::test]
async fn nobody_approves_their_own_text_even_with_both_roles() {
    let office = town().await;
    let mut author = somebody(&office, "kian", &[Role::Editor, Role::Approver]).await;
    let mut approver = somebody(&office, "shonin", &[Role::Approver]).await;
    let page = submitted(&mut author).await;
    assert!(page.text().contains("自分が書いた、または最後に直した配信は承認できません"));
    assert!(!page.has("#count"));

    let seen = opened(&mut approver, page.url.path()).await;
    let form = seen.form("この内容で承認する").set("count", &number_to_type(&seen));
    let refused = author.submit(form).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.errors()[0].contains("ほかの承認者に頼んでください"), "{:?}", refused.errors());
    assert_eq!(refused.all(".page-head .state"), ["承認待ち"]);
}

#[tokio::test]
async fn the_author_ticks_the_cautions_and_the_approver_reads_the_same() {
    const EVERYONE: &str = "友だち全員に送ります。条件で絞り込めないか";
    let office = town().await;
    let mut author = somebody(&office, "kian", &[Role::Editor]).await;
    let mut approver = somebody(&office, "shonin", &[Role::Approver]).await;
    let page = author.post("/console/broadcasts", &LETTER).await.ok();
    let page = author.submit(page.form("テストを送る")).await.ok();
    let refused = author.submit(page.form("承認を依頼する")).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.errors()[0].contains("確かめた印を付けてから"), "{:?}", refused.errors());
    let form = refused.form("承認を依頼する").tick("上の注意をすべて確かめました");
    let page = author.submit(form).await.ok();
    assert_eq!(page.all(".page-head .state"), ["承認待ち"]);
    let seen = approver.get(page.url.path()).await.ok();
    let notices = seen.all(".approve .notice li");
    assert!(notices.len() == 2 && notices[0].contains(EVERYONE), "{notices:?}");
}

/// What is wrong with a field is said at the top, too, where reading begins, with the way to the field.
#[track_caller]
fn said_first(page: &Page, field: &str) {
    let said = page.all(&format!("[role=alert][autofocus] a[href='#{field}']"));
    assert_eq!((said.len(), &said), (1, &page.all(&format!("#{field}-error"))));
    assert_eq!(page.attributes(&format!("#{field}[aria-describedby*='{field}-error']"), "id"), [field]);
    assert!(page.all("title")[0].starts_with("エラー: "), "{:?}", page.all("title"));
}

#[tokio::test]
async fn the_list_says_when_each_one_went_and_names_both_who_approved() {
    let office = TestApp::start().await;
    office.many_friends(3).await;
    let author = office.clerk("見本 起案", &[Role::Editor]).await;
    let night = Some(tokyo(date(2026, 7, 1).at(22, 0, 0, 0)));
    let [at_once, by_night] = [None, night].map(|at| Draft { scheduled_at: at, ..to_everyone("健診") });
    for draft in [at_once, by_night] {
        let id = office.submitted(&author, draft).await;
        for name in ["見本 一人目", "見本 二人目"] {
            let approver = office.clerk(name, &[Role::Approver]).await;
            office.approve(&approver, id).await.unwrap();
            office.clock().advance(std::time::Duration::from_secs(1));
        }
    }
    let mut reader = office.editor("見本 閲覧").await.browser;
    let list = reader.get("/console/broadcasts").await.ok();
    assert_eq!(list.all("td[data-label='送る日時']"), ["2026-07-01 22:00", "承認されしだい"]);
    office.step().await;
    office.set_tokyo(date(2026, 7, 2).at(8, 0, 0, 0));
    office.step().await;
    let mut reader = office.editor("見本 翌朝").await.browser;
    let list = reader.get("/console/broadcasts").await.ok();
    let went = ["2026-07-02 08:00 予定は 2026-07-01 22:00", "2026-07-01 10:00 日時の指定なし"];
    assert_eq!(list.all("td[data-label='送る日時']"), went);
    let names = "見本 起案 承認 見本 一人目 承認 見本 二人目";
    assert_eq!(list.all("td[data-label='起案・承認']"), [names; 2]);
    let page = reader.get(&list.link("見本の配信")).await.ok();
    assert!(page.text().contains(&format!("送る日時 {} 有効期限", went[0])), "{}", page.text());
}

#[tokio::test]
async fn a_wrong_number_and_no_number_are_refused_at_the_field() {
    let office = town().await;
    let mut author = somebody(&office, "kian", &[Role::Editor]).await;
    let mut approver = somebody(&office, "shonin", &[Role::Approver]).await;
    let path = submitted(&mut author).await.url.path().to_owned();
    opened(&mut approver, &path).await;
    office.clock().advance(std::time::Duration::from_secs(1));
    for typed in ["3", "たくさん", ""] {
        let form = approver.get(&path).await.form("この内容で承認する").set("count", typed);
        let page = approver.submit(form).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(page.has("#count[aria-invalid=true]"), "{typed}");
        said_first(&page, "count");
        assert_eq!(page.form("この内容で承認する").value("count"), Some(typed));
    }
    let log = approver.get("/console/audit").await.ok();
    assert_eq!(log.all("tbody th")[0], "承認の人数をまちがえて入力");
    let [subject, detail] =
        ["対象", "内容"].map(|label| log.all(&format!("td[data-label={label}]")).remove(0));
    assert_eq!((&*subject, &*detail), ("配信「健診のお知らせ」", "入力した人数 3"));
}

#[tokio::test]
async fn what_was_edited_meanwhile_is_not_approved() {
    let office = town().await;
    let mut author = somebody(&office, "kian", &[Role::Editor]).await;
    let mut approver = somebody(&office, "shonin", &[Role::Approver]).await;
    let path = submitted(&mut author).await.url.path().to_owned();
    let seen = opened(&mut approver, &path).await;
    let form = seen.form("この内容で承認する").set("count", &number_to_type(&seen));

    let edit = author.get(&format!("{path}/edit")).await.ok();
    assert!(edit.text().contains("承認の依頼や承認は取り消され、下書きに戻ります"));
    author.submit(edit.form("保存して内容を確認").set("text.ja.0", "別の文章です。")).await.ok();
    let refused = approver.submit(form).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(refused.all(".page-head .state"), ["下書き"]);
}

#[tokio::test]
async fn every_deed_may_be_sent_twice() {
    let office = town().await;
    let mut author = somebody(&office, "kian", &[Role::Editor]).await;
    let mut approver = somebody(&office, "shonin", &[Role::Approver]).await;
    let page = submitted(&mut author).await;
    first_approval(&office, page.url.path()).await;
    let seen = opened(&mut approver, page.url.path()).await;
    let form = || seen.form("この内容で承認する").set("count", &number_to_type(&seen));
    approver.submit(form()).await.ok();
    approver.submit(form()).await.ok();
    let log = approver.get("/console/audit").await.ok();
    assert_eq!(log.all("tbody th").iter().filter(|what| *what == "承認").count(), 1);
}

#[tokio::test]
async fn an_editor_without_a_line_account_is_told_so_and_can_test_once_they_have_one() {
    let office = town().await;
    let mut author = office.editor("見本 起案").await;
    let page = author.browser.post("/console/broadcasts", &LETTER).await.ok();
    let refused = author.browser.submit(page.form("テストを送る")).await;
    assert!(refused.text().contains("「自分のLINE」で登録してください"), "{}", refused.text());

    let own = office.line().add_friend("kian").await;
    office.step().await;
    staff::change_line_account(&office.app().base(), &author.login, &own).await.unwrap();
    let tested = author.browser.submit(page.form("テストを送る")).await.ok();
    assert_eq!(
        tested.all("[role=status]")[0],
        "あなたのLINEにテストを送りました。届いた内容を確かめてください。"
    );
    let told: Vec<_> = office.line().said_to(&own).into_iter().map(|said| said.text).collect();
    let mark = told.iter().position(|text| text.starts_with("【テスト】職員の確認用です"));
    let text = told.iter().position(|text| text.contains("健診の申込"));
    assert!(mark.is_some() && mark < text, "whoever looks at the phone knows that it is a test: {told:?}");
}

#[tokio::test]
async fn one_form_sent_twice_at_once_is_one_draft() {
    let office = town().await;
    let mut author = somebody(&office, "kian", &[Role::Editor]).await;
    let empty = author.get("/console/broadcasts/new").await.ok().form("保存して内容を確認");
    let form = LETTER.iter().fold(empty, |form, (name, value)| form.set(name, value));
    let mut twin = author.clone();
    let (one, other) = tokio::join!(author.submit(form.clone()), twin.submit(form.clone()));
    assert_eq!(one.ok().url, other.ok().url);
    let third = author.submit(form.clone()).await.ok();
    assert_eq!(author.get("/console/broadcasts").await.all("tbody tr").len(), 1);

    // Back in the browser, changed, saved again: neither text is lost.
    let changed = author.submit(form.clone().set("text.ja.0", "別の文章です。")).await.ok();
    assert_ne!(changed.url, third.url);
    assert_eq!(author.get("/console/broadcasts").await.all("tbody tr").len(), 2);

    let mut colleague = somebody(&office, "dohai", &[Role::Editor]).await;
    let theirs = colleague.submit(form.clone().set("text.ja.0", "乗っ取り")).await.ok();
    assert!(theirs.url != third.url && third.text().contains("健診の申込が始まりました。"));
    assert!(!author.get(third.url.path()).await.text().contains("乗っ取り"));
}

#[tokio::test]
async fn a_key_that_is_no_key_of_ours_is_not_used() {
    let office = town().await;
    let mut author = somebody(&office, "kian", &[Role::Editor]).await;
    for key in ["", "x", "00000000-0000-0000-0000-000000000000", "ffffffff-ffff-7fff-bfff-ffffffffffff"] {
        let letter: Vec<_> = LETTER.into_iter().chain([("key", key)]).collect();
        let page = author.post("/console/broadcasts", &letter).await.ok();
        assert!(key.is_empty() || !page.url.path().ends_with(key), "{key}");
    }
    assert_eq!(author.get("/console/broadcasts").await.all("tbody tr").len(), 4);
}

#[tokio::test]
async fn a_return_wants_a_reason_and_the_author_reads_it() {
    let office = town().await;
    let mut author = somebody(&office, "kian", &[Role::Editor]).await;
    let mut approver = somebody(&office, "shonin", &[Role::Approver]).await;
    let path = submitted(&mut author).await.url.path().to_owned();
    let form = approver.get(&path).await.form("差し戻す");
    let refused = approver.submit(form.clone().set("reason", "  ")).await;
    assert!(refused.has("#reason[aria-invalid=true]"));
    said_first(&refused, "reason");
    approver.submit(form.set("reason", "日付を確かめてください")).await.ok();
    let page = author.get(&path).await.ok();
    assert!(page.all(".notice")[0].contains("日付を確かめてください"));
    assert_eq!(page.all(".page-head .state"), ["下書き"]);
    assert_eq!(author.get("/console/broadcasts").await.all("tbody .state"), ["差し戻し"]);
    assert_eq!(author.get(refused.url.path()).await.ok().url.path(), path);
}

#[tokio::test]
async fn a_language_without_the_buttons_of_the_japanese_card_is_noted() {
    let office = town().await;
    let mut author = somebody(&office, "kian", &[Role::Editor]).await;
    let mut letter: Vec<_> = LETTER.into_iter().filter(|(name, _)| !name.ends_with(".ja.0")).collect();
    letter.extend([("kind.ja.0", "card"), ("title.ja.0.0", "健診"), ("text.ja.0.0", "本文")]);
    letter.extend([("label.ja.0.0.0", "登録"), ("opens.ja.0.0.0", "liff")]);
    letter.extend([
        ("kind.en.0", "card"),
        ("title.en.0.0", "Check-up"),
        ("text.en.0.0", "Check-ups have begun."),
    ]);
    let page = author.post("/console/broadcasts", &letter).await.ok();
    assert!(page.text().contains("Englishにはボタンがありません(日本語は1個)。"), "{}", page.text());
    assert_eq!(page.all(".phone-links li"), ["「登録」 登録画面を開きます"]);
}

#[tokio::test]
async fn to_stop_is_asked_once_more_and_looking_stops_nothing() {
    let office = town().await;
    let mut author = somebody(&office, "kian", &[Role::Editor]).await;
    let path = submitted(&mut author).await.url.path().to_owned();
    let asked = author.get(&format!("{path}/stop")).await.ok();
    assert!(asked.text().contains("元に戻すことはできません"));
    assert_eq!(author.get(&path).await.all(".page-head .state"), ["承認待ち"]);
    assert_eq!(author.submit(asked.form("中止する")).await.ok().all(".page-head .state"), ["中止"]);
}

#[tokio::test]
async fn a_stop_with_a_call_still_open_says_that_it_may_arrive_and_nothing_of_a_stop_to_come() {
    let office = town().await;
    let mut author = somebody(&office, "kian", &[Role::Editor]).await;
    let mut approver = somebody(&office, "shonin", &[Role::Approver]).await;
    let path = submitted(&mut author).await.url.path().to_owned();
    first_approval(&office, &path).await;
    let seen = opened(&mut approver, &path).await;
    approver.submit(seen.form("この内容で承認する").set("count", &number_to_type(&seen))).await.ok();
    office.line().fault(Endpoint::Multicast, Fault::ServerError, 9);
    office.step().await;
    let asked = author.get(&format!("{path}/stop")).await.ok();
    assert!(asked.text().contains("LINEに渡している途中の最大"), "{}", asked.text());
    let over = author.submit(asked.form("中止する")).await.ok();
    assert!(over.all("[role=status]")[0].contains("送信中の人には届くことがあります"));
    let figures = author.get(&format!("{path}/progress")).await.ok();
    let waits = figures.text();
    assert!(waits.contains("人には届くことがあります。") && !waits.contains("いま中止しても"), "{waits}");
}

#[tokio::test]
async fn hostile_words_are_shown_as_words() {
    const HOSTILE: &str = "<img src=x onerror=alert(1)>\"'</textarea><script>alert(1)</script>";
    let office = town().await;
    let mut author = somebody(&office, "kian", &[Role::Editor]).await;
    let mut letter: Vec<_> =
        LETTER.iter().filter(|(name, _)| !["title", "text.ja.0"].contains(name)).copied().collect();
    letter.extend([("title", &HOSTILE[..50]), ("text.ja.0", HOSTILE)]);
    let page = author.post("/console/broadcasts", &letter).await.ok();
    let edit = author.get(&format!("{}/edit", page.url.path())).await.ok();
    let list = author.get("/console/broadcasts").await.ok();
    for page in [&page, &edit, &list] {
        assert!(!page.has("img") && !page.body.contains("<script>"), "{}", page.url);
    }
    assert_eq!(edit.form("保存して内容を確認").value("text.ja.0"), Some(HOSTILE));
    assert_eq!(page.all(".bubble"), [HOSTILE]);
}

#[tokio::test]
async fn every_deed_in_the_audit_log_has_its_words() {
    let codes = crate::support::source::files().into_iter().flat_map(|file| {
        let pieces: Vec<_> = file.text.split('"').map(str::to_owned).collect();
        pieces.into_iter().skip(1).step_by(2)
    });
    let is_code = |text: &String| {
        let parts =
            text.split_once('.').is_some_and(|(kind, _)| ["broadcast", "staff", "sending"].contains(&kind));
        parts && text.bytes().all(|byte| byte.is_ascii_lowercase() || b"._".contains(&byte))
    };
    let codes: std::collections::BTreeSet<_> = codes.filter(is_code).collect();
    assert!(15 <= codes.len(), "{codes:?}");
    for code in codes {
        assert!(musubi::web::console::words(&code).is_some(), "{code}");
    }
}
