//! Links that are counted: ours lead on to the page that was approved, a tap is a number, and only who agreed is noted.

use std::time::Duration;

use jiff::civil::date;
use musubi::db::Query;
use musubi::domain::broadcast::{LedgerState, State};
use musubi::domain::ids::{BroadcastId, LineUserId};
use musubi::domain::message::{Body, Button, Card, Content, Target};
use musubi::domain::segment::text;
use musubi::domain::staff::Role;
use musubi::flow::broadcast::{self, Draft, Wish};
use musubi::flow::register;
use musubi::simulator::{Endpoint, ShownAction};
use musubi::store::links;
use reqwest::header::{HeaderMap, HeaderValue};
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::support::TestApp;
use crate::support::broadcasts::to_everyone;
use crate::support::households::Home;

const PAGE: &str = "https://www.city.example/kenshin?from=line";
const PHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) Line/15.9.0 Trace-7391";

fn counted(title: &str) -> Draft {
    let button = Button { label: "くわしく見る".to_owned(), target: Target::Uri(PAGE.to_owned()) };
    let card =
        Card { title: title.to_owned(), text: "健診".to_owned(), buttons: vec![button], ..Card::default() };
    let content = Content::new([("ja".into(), Body::card(card))]).counting_taps(true);
    Draft { content, ..to_everyone("") }
}

fn agreeing(mut home: Home) -> Home {
    home.account["link_consent"] = json!(true);
    home
}

fn home() -> Home {
    Home::of("1976-07-01", "takamatsu")
}

/// Where the newest button leads that somebody was shown.
fn address(app: &TestApp, user: &LineUserId) -> String {
    let shown = app.line().said_to(user);
    let button = shown.iter().rev().find_map(|message| message.button("くわしく見る")).unwrap();
    let ShownAction::Uri(address) = &button.action else { panic!("{button:?}") };
    address.clone()
}

async fn ask(method: Method, address: &str, agent: &str) -> (StatusCode, HeaderMap) {
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy();
    let request = client.build().unwrap().request(method, address).header("user-agent", agent);
    let answer = request.header("referer", "https://trace-7391.example/").send().await.unwrap();
    (answer.status(), answer.headers().clone())
}

async fn tap(address: &str) {
    let (status, headers) = ask(Method::GET, address, PHONE).await;
    assert_eq!((status, &headers["location"]), (StatusCode::FOUND, &HeaderValue::from_static(PAGE)));
}

async fn taps(app: &TestApp, id: BroadcastId) -> i64 {
    let taps = links::taps(&mut app.db().read().await.unwrap(), id).await.unwrap();
    taps.iter().map(|one| one.taps).sum()
}

async fn count(app: &TestApp, query: &'static str) -> i64 {
    let mut tx = app.db().read().await.unwrap();
    tx.fetch_one::<(i64,)>(Query::new(query, Vec::new())).await.unwrap().0
}

#[tokio::test]
async fn our_link_leads_on_and_counts_people_and_keeps_nothing_of_them() {
    let app = TestApp::start().await;
    let people = app.homes(&vec![home(); 12]).await;
    let id = app.approved(counted("健診のお知らせ")).await;
    app.step().await;
    let own = address(&app, &people[0]);
    assert!(own.starts_with(&app.url("/r/")) && own == address(&app, &people[11]), "{own}");
    tap(&own).await;
    tap(&own).await;
    let (_, headers) = ask(Method::GET, &own, PHONE).await;
    assert_eq!(headers["cache-control"], "no-store");
    assert_eq!(taps(&app, id).await, 3);
    // What looks before a person does: it is led on, and not counted.
    for (method, agent) in [
        (Method::HEAD, PHONE),
        (Method::GET, "facebookexternalhit/1.1;line-poker/1.0"),
        (Method::GET, "Mozilla/5.0 (compatible; Googlebot/2.1)"),
    ] {
        assert_eq!(ask(method, &own, agent).await.0, StatusCode::FOUND, "{agent}");
    }
    assert_eq!(taps(&app, id).await, 3);
    let kept = app.everything().await;
    assert!(kept.iter().all(|(_, value)| !value.contains("7391") && !value.contains("127.0.0.1")));

    let mut reader = app.staff("見本 監査", &[Role::Approver]).await.browser;
    let page = reader.get(&format!("/console/broadcasts/{id}/statistics")).await.ok();
    assert!(page.text().contains("ページが開かれた回数") && page.text().contains("2026-07-01 3回"));
    let page = reader.get(&format!("/console/broadcasts/{id}")).await.ok();
    assert!(page.text().contains(PAGE), "the original address is shown to whoever approves");
}

#[tokio::test]
async fn a_code_that_is_none_leads_nowhere_and_says_so_kindly() {
    let app = TestApp::start().await;
    let people = app.homes(&[home()]).await;
    let id = app.approved(counted("健診のお知らせ")).await;
    app.step().await;
    let own = address(&app, &people[0]);
    for path in ["/r/0123456789abcdef", "/r/https:%2F%2Fevil.example", "/r/x", "/r/0123456789abcdef/a"] {
        let page = app.get(path).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{path}");
        assert!(page.text().contains("この画面はありません"), "{path}");
    }
    let (_, headers) = ask(Method::GET, &format!("{own}?to=https://evil.example"), PHONE).await;
    assert_eq!(headers["location"], PAGE);
    // Nobody but the plan of an approved broadcast gives a code its meaning.
    app.run_sql("UPDATE broadcast SET planned_at = NULL").await;
    assert_eq!(ask(Method::GET, &own, PHONE).await.0, StatusCode::NOT_FOUND);
    assert_eq!(app.recipients(id, LedgerState::Accepted).await, 1);
}

#[tokio::test]
async fn only_who_agreed_is_noted_and_a_rule_finds_them_until_they_stop_it() {
    let app = TestApp::start().await;
    let people = app.homes(&[agreeing(home()), home()]).await;
    let id = app.approved(counted("健診のお知らせ")).await;
    app.line().forget_requests();
    app.step().await;
    let (own, others) = (address(&app, &people[0]), address(&app, &people[1]));
    assert!(own.starts_with(&format!("{others}/")), "{own} {others}");
    for user in &people {
        assert!(!own.contains(user.as_str()), "no id of LINE stands in a link");
    }
    let pushes = app.line().requests().iter().filter(|call| call.endpoint == Some(Endpoint::Push)).count();
    assert_eq!(pushes, 2, "each alone, for one reads something of their own");
    for address in [&own, &own, &others] {
        tap(address).await;
    }
    assert_eq!(taps(&app, id).await, 3);
    assert_eq!(count(&app, "SELECT COUNT(*) FROM event WHERE kind = 'tapped'").await, 1, "once a day");
    assert_eq!(who_tapped(&app).await, 1);

    register::wish(app.app(), &people[0], register::Wish::StopNoting).await.unwrap();
    tap(&own).await;
    assert_eq!(taps(&app, id).await, 4, "the link goes on, and is a number");
    assert_eq!(count(&app, "SELECT COUNT(*) FROM event WHERE kind = 'tapped'").await, 0);
    assert_eq!(count(&app, "SELECT COUNT(*) FROM link_reader").await, 0);
    assert_eq!(who_tapped(&app).await, 0);
}

/// How many a rule finds that asks for a tap of the series. Who never agreed is unknown, and not "never".
async fn who_tapped(app: &TestApp) -> usize {
    let rule = "名前: 開いた人\n目的: 見本\n所管: 広報課\n根拠: 見本\n見直し期限: 2027-03-31\n単位: 本人\n\n\
                対象: すべて\n  - タップ 見本 30日以内 1回以上\n";
    let segment = text::parse(rule, &app.app().catalogue).unwrap_or_else(|errors| panic!("{errors:?}"));
    app.app().population.refresh(app.db()).await.unwrap();
    app.app().population.recipients(&segment, date(2026, 7, 2), Some("kenshin")).0.len()
}

#[tokio::test]
async fn a_resident_says_yes_in_the_form_and_stops_it_with_one_press() {
    let app = TestApp::start().await;
    let friend = app.friend("見本").await;
    let mut browser = app.browser();
    let token = app.line().id_token(&friend.id);
    let page = browser.post("/liff/session", &[("id_token", &token)]).await;
    let form = page.ok().form("登録する").fill("お住まいの地区", "神西").set("p0.birth_date.y", "S51.5.17");
    assert_ne!(form.value("a.link_consent"), Some("yes"), "nobody has said yes before asked");
    let form = form.set("a.link_consent", "yes").tick("上の内容に同意します");
    let page = browser.submit(form).await.ok();
    let id = app.approved(counted("健診のお知らせ")).await;
    app.step().await;
    tap(&address(&app, &friend.id)).await;
    assert_eq!(count(&app, "SELECT COUNT(*) FROM event WHERE kind = 'tapped'").await, 1);
    let page = browser.submit(page.form("リンクを開いた記録をやめる")).await.ok();
    assert!(page.text().contains("これまでの記録も消しました"), "{}", page.text());
    assert!(!page.text().contains("リンクを開いた記録をやめる"));
    assert_eq!(count(&app, "SELECT COUNT(*) FROM event WHERE kind = 'tapped'").await, 0);
    assert_eq!(app.broadcast(id).await.state, State::Done);
}

#[tokio::test]
async fn nothing_leads_back_to_who_erased_everything_nor_to_anybody_after_ninety_days() {
    let app = TestApp::start().await;
    let people = app.homes(&[agreeing(home()), agreeing(home())]).await;
    let id = app.approved(counted("健診のお知らせ")).await;
    app.step().await;
    let links: Vec<_> = people.iter().map(|user| address(&app, user)).collect();
    let tokens: Vec<_> = links.iter().map(|link| link.rsplit('/').next().unwrap().to_owned()).collect();
    tap(&links[0]).await;
    register::erase(app.app(), &people[0]).await.unwrap();
    tap(&links[0]).await;
    assert_eq!(count(&app, "SELECT COUNT(*) FROM event").await, 0);
    let kept = async |token: &str| app.everything().await.iter().any(|(_, value)| value.contains(token));
    assert_eq!((kept(&tokens[0]).await, kept(&tokens[1]).await), (false, true));
    app.clock().advance(Duration::from_secs(91 * 24 * 3600));
    app.step().await;
    assert!(!kept(&tokens[1]).await);
    tap(&links[1]).await;
    assert_eq!((count(&app, "SELECT COUNT(*) FROM event").await, taps(&app, id).await), (0, 3));
}

#[tokio::test]
async fn each_arm_has_links_of_its_own_and_a_call_is_repeated_with_the_same_ones() {
    let app = TestApp::start().await;
    let people = app.homes(&vec![home(); 40]).await;
    let author = app.clerk("見本 起案", &[Role::Editor]).await;
    let other = broadcast::create(app.app(), &author, counted("B")).await.unwrap();
    let id = broadcast::create(app.app(), &author, counted("A")).await.unwrap();
    let wish = Wish { held_out_percent: 0, others: vec![other] };
    broadcast::split(app.app(), &author, (id, 1), wish).await.unwrap();
    broadcast::send_test(app.app(), &author, id).await.unwrap();
    app.submit(&author, (id, app.broadcast(id).await.version)).await.unwrap();
    app.approve_by_others(id).await;
    app.line().fault(Endpoint::Multicast, musubi::simulator::Fault::AcceptThenDrop, 2);
    app.step().await;
    app.clock().advance(Duration::from_secs(60));
    app.step().await;
    assert_eq!(app.got(&people), [1]);
    let mut addresses: Vec<_> = people.iter().map(|user| address(&app, user)).collect();
    addresses.sort_unstable();
    addresses.dedup();
    assert_eq!(addresses.len(), 2);
    for address in &addresses {
        tap(address).await;
    }
    let by_arm = links::taps(&mut app.db().read().await.unwrap(), id).await.unwrap();
    let said: Vec<_> = by_arm.iter().map(|one| (one.arm.as_str(), one.taps)).collect();
    assert_eq!(said, [("A", 1), ("B", 1)]);
}

#[tokio::test]
async fn the_switch_is_part_of_what_is_approved_and_the_test_leads_to_the_page_itself() {
    let app = TestApp::start().await;
    app.homes(&[home()]).await;
    let letter = [
        ("segment", "oshirase/zenin"),
        ("topic", "kenshin"),
        ("title", "健診のお知らせ"),
        ("series", "見本"),
        ("kind.ja.0", "card"),
        ("cards.ja.0", "1"),
        ("title.ja.0.0", "健診"),
        ("text.ja.0.0", "はじまりました。"),
        ("label.ja.0.0.0", "くわしく見る"),
        ("opens.ja.0.0.0", "uri"),
        ("target.ja.0.0.0", PAGE),
        ("taps", "yes"),
        ("then", "review"),
    ];
    let id = app.written(&letter).await;
    let stored = app.broadcast(id).await;
    assert!(stored.content.counts_taps());
    let mut author = app.staff("見本 筆者", &[Role::Editor]).await.browser;
    let page = author.get(&format!("/console/broadcasts/{id}/edit")).await.ok();
    let form = page.form("保存して内容を確認").untick("ページが開かれた回数を数える");
    author.submit(form).await.ok();
    let changed = app.broadcast(id).await;
    assert_eq!((changed.state, changed.content.counts_taps()), (State::Draft, false));
    assert_ne!(changed.content.hash(), stored.content.hash());
}
