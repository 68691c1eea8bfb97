//! Blanks filled for each recipient: everybody reads their own values, whoever reads the same shares a call, and whoever
//! has no value gets nothing. Nobody ever reads somebody else's.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use musubi::domain::attribute::LanguageId;
use musubi::domain::broadcast::{Hold, LedgerState, MAX_BATCH, Pilot, Reading, Reason, State, batch};
use musubi::domain::ids::{AccountId, BroadcastId};
use musubi::domain::message::{Blank, Body, Content};
use musubi::domain::segment::RulePath;
use musubi::domain::staff::Role;
use musubi::flow::broadcast::{self, BroadcastError, Draft, Refusal, Wish};
use musubi::flow::rules::{self, Origin, Saving};
use musubi::flow::{plan, register};
use musubi::simulator::{Endpoint, Fault};
use proptest::prelude::*;
use uuid::Uuid;

use crate::support::TestApp;
use crate::support::broadcasts::to_everyone;
use crate::support::chance::cases;
use crate::support::households::Home;

/// The rule of a check-up that everybody of 40 and more may take, whoever of the household it is.
const FROM_FORTY: &str = "kenshin/gan/daicho";

fn about_check_ups(text: &str) -> Draft {
    Draft { segment_path: FROM_FORTY.to_owned(), ..to_everyone(text) }
}

async fn reason(app: &TestApp, id: BroadcastId, reason: Reason) -> i64 {
    let counts = app.progress(id).await.counts;
    counts.iter().filter(|count| count.reason() == Some(reason)).map(|count| count.recipients).sum()
}

fn calls(app: &TestApp, endpoint: Endpoint) -> usize {
    app.line().requests().iter().filter(|call| call.endpoint == Some(endpoint)).count()
}

/// Saves a rule with other words, and without its examples, which are of the old ones.
pub async fn change_rule(app: &TestApp, path: &str, (old, new): (&str, &str)) {
    let library = app.app().library().await.unwrap();
    let file = library.files().iter().find(|file| file.path == path).unwrap();
    let text = file.text.split("\n例:").next().unwrap().replace(old, new);
    let path = RulePath::parse(path).unwrap();
    let saving =
        Saving { path: &path, text: &text, why: "試し", seen: 0, is_new: false, origin: Origin::Console };
    let editor = app.clerk("見本 条件", &[Role::Editor]).await;
    rules::save(&app.app().base(), &app.app().rules, Some(&editor), saving).await.unwrap();
}

fn refusal<T: std::fmt::Debug>(outcome: Result<T, BroadcastError>) -> Refusal {
    match outcome.unwrap_err() {
        BroadcastError::Refused(refusal) => refusal,
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn everybody_reads_their_own_check_ups_and_whoever_reads_the_same_shares_a_call() {
    let app = TestApp::start().await;
    let people = app
        .homes(&[
            Home::of("1976-07-01", "takamatsu"),
            Home::of("1976-08-01", "jinzai"),
            Home::of("2000-01-01", "takamatsu").with_parent("1961-03-01", Some("okasan")),
        ])
        .await;
    let id = app.approved(about_check_ups("{家族の呼び名|あなた}の健診は{対象の健診名}です。")).await;
    app.line().forget_requests();
    app.step().await;
    let father = app.told(&people[0]).remove(0);
    assert!(father.starts_with("あなたの健診は") && father.contains("大腸がん検診"), "{father}");
    assert_eq!(app.told(&people[1]), [father]);
    let mother = app.told(&people[2]).remove(0);
    assert!(mother.starts_with("お母さんの健診は") && mother.contains("乳がん検診"), "{mother}");
    assert!(!mother.contains("前立腺"), "{mother}");
    assert_eq!((calls(&app, Endpoint::Multicast), calls(&app, Endpoint::Push)), (1, 1));
    assert_eq!(app.broadcast(id).await.state, State::Done);
}

#[tokio::test]
async fn who_may_take_a_check_up_is_what_was_agreed_to_whatever_becomes_of_the_saved_rule() {
    let app = TestApp::start().await;
    let people = app.homes(&[Home::of("1976-07-01", "takamatsu")]).await;
    let id = app.approved(about_check_ups("{対象の健診名}です。")).await;
    let mut approver = app.staff("見本 閲覧", &[Role::Approver]).await.browser;
    let page = approver.get(&format!("/console/broadcasts/{id}")).await.ok().text();
    assert!(page.contains("「対象の健診名」を決める条件") && page.contains("年度到達年齢 40以上"), "{page}");
    // From now on the saved rule means nobody of fifty.
    change_rule(&app, FROM_FORTY, ("年度到達年齢 40以上", "年度到達年齢 60以上")).await;
    app.step().await;
    let told = app.told(&people[0]).remove(0);
    assert!(told.contains("大腸がん検診"), "{told}");
    // Whoever asks anew asks about the new rule.
    app.approved(to_everyone("{対象の健診名}です。")).await;
    app.step().await;
    let told = app.told(&people[0]).remove(1);
    assert!(!told.contains("大腸がん検診"), "{told}");
}

#[tokio::test]
async fn check_ups_whose_frozen_rules_are_not_whole_are_told_to_nobody() {
    let app = TestApp::start().await;
    let people = app.homes(&[Home::of("1976-07-01", "takamatsu")]).await;
    let planned_with = async |sql: &str, expected: Hold| {
        let id = app.approved(about_check_ups("{対象の健診名}です。")).await;
        app.run_sql(sql).await;
        app.step().await;
        assert_eq!(app.broadcast(id).await.hold(), Some(expected), "{sql}");
    };
    // Another list is another proposal, and none at all is no approval of this text.
    planned_with("UPDATE broadcast SET check_up_rules = '[]'", Hold::NotApproved).await;
    planned_with("UPDATE broadcast SET check_up_rules = NULL", Hold::NotApproved).await;
    assert_eq!(app.got(&people), [0]);
}

#[tokio::test]
async fn a_text_that_line_refuses_because_of_somebodys_own_words_leaves_out_only_them() {
    let app = TestApp::start().await;
    let called = |name| Home::of("2000-01-01", "takamatsu").with_parent("1961-03-01", Some(name));
    let people = app.homes(&[called("okasan"), called("otosan"), called("obasan")]).await;
    // A text that is everybody's is refused for everybody.
    app.line().fault(Endpoint::Multicast, Fault::BadText, 1);
    let id = app.approved(to_everyone("健診のご案内です。")).await;
    app.step().await;
    assert_eq!(app.broadcast(id).await.hold(), Some(Hold::ContentRefused));
    let id = app.approved(about_check_ups("{家族の呼び名}の健診のご案内です。")).await;
    app.line().fault(Endpoint::Push, Fault::BadText, 1);
    app.step().await;
    let refused = reason(&app, id, Reason::RefusedByLine).await;
    assert_eq!((refused, app.recipients(id, LedgerState::Accepted).await), (1, 2));
    let told: usize = people.iter().map(|user| app.told(user).len()).sum();
    assert_eq!((told, app.broadcast(id).await.state), (2, State::Done));
}

#[tokio::test]
async fn who_has_no_value_and_no_other_words_gets_nothing_and_the_ledger_says_why() {
    let app = TestApp::start().await;
    let people = app
        .homes(&[
            Home::of("2000-01-01", "takamatsu").with_parent("1961-03-01", Some("okasan")),
            Home::of("2000-01-01", "takamatsu").with_parent("1961-03-01", None),
            Home::of("1970-01-01", "takamatsu").with_parent("1941-03-01", Some("okasan")),
        ])
        .await;
    let id = app.approved(about_check_ups("{家族の呼び名}の健診のご案内です。")).await;
    app.step().await;
    assert_eq!(app.told(&people[0]), ["お母さんの健診のご案内です。"]);
    // Of the second nobody said what to call her; with the third the friend is meant, too, and would be left out.
    assert_eq!(app.got(&people[1..]), [0]);
    assert_eq!(reason(&app, id, Reason::NoValue).await, 2);
    assert_eq!(app.broadcast(id).await.state, State::Done, "the sum is right");
}

#[tokio::test]
async fn each_language_has_its_own_words_and_its_own_blanks() {
    let app = TestApp::start().await;
    let parent = |home: Home| home.with_parent("1961-03-01", Some("okasan"));
    let people = app
        .homes(&[
            parent(Home::of("2000-01-01", "takamatsu")),
            parent(Home::of("2000-01-01", "jinzai").reading("en")),
        ])
        .await;
    let content = Content::new([
        ("ja".into(), Body::text("{居住地の地区名}の方へ")),
        ("en".into(), Body::text("A check-up for {家族の呼び名} in {居住地の地区名}")),
    ]);
    app.approved(Draft { content, ..about_check_ups("") }).await;
    app.step().await;
    assert_eq!(app.told(&people[0]), ["高松の方へ"]);
    assert_eq!(app.told(&people[1]), ["A check-up for your mother in Jinzai"]);
}

#[tokio::test]
async fn a_group_that_is_split_after_a_refusal_keeps_its_text_and_nothing_is_kept_afterwards() {
    let app = TestApp::start().await;
    let homes = vec![Home::of("1976-07-01", "kamitsu"); 9];
    let people = app.homes(&homes).await;
    let id = app.approved(to_everyone("{居住地の地区名}の方へ")).await;
    app.line().malform(&people[4]);
    app.step().await;
    assert_eq!(reason(&app, id, Reason::RefusedByLine).await, 1);
    for (at, person) in people.iter().enumerate().filter(|(at, _)| *at != 4) {
        assert_eq!(app.told(person), ["上津の方へ"], "{at}");
    }
    // A fill is stored by the word of its blank, as the text is; of values there are none any more.
    let kept: Vec<_> =
        app.everything().await.into_iter().filter(|(_, value)| value.contains("上津")).collect();
    assert!(kept.iter().all(|(place, _)| !place.starts_with("batch")), "{kept:?}");
}

#[tokio::test]
async fn a_push_without_an_answer_is_repeated_with_the_same_bytes_under_the_same_key() {
    let app = TestApp::start().await;
    let people = app.homes(&[Home::of("1976-07-01", "takamatsu"), Home::of("1976-07-01", "jinzai")]).await;
    let id = app.approved(to_everyone("{居住地の地区名}の方へ")).await;
    app.line().forget_requests();
    app.line().fault(Endpoint::Push, Fault::AcceptThenDrop, 2);
    app.step().await;
    app.clock().advance(Duration::from_secs(30));
    app.step().await;
    let keys: BTreeSet<_> = app.line().requests().into_iter().filter_map(|call| call.retry_key).collect();
    assert_eq!((keys.len(), app.got(&people)), (2, vec![1]));
    assert_eq!(app.recipients(id, LedgerState::Accepted).await, 2);
}

#[tokio::test]
async fn texts_that_are_begun_together_end_each_as_its_reader_does() {
    let app = TestApp::start_with(|config, _| config.limits.hour_recipients = 12).await;
    let words: Vec<_> = app.app().catalogue.attribute("district").unwrap().values.clone();
    let people = app
        .homes(&words[..20].iter().map(|word| Home::of("1976-07-01", word.id.as_str())).collect::<Vec<_>>())
        .await;
    let id = app.approved(to_everyone("{居住地の地区名}の方へ")).await;
    plan::plan_due(app.app()).await.unwrap();
    app.line().malform(&people[3]);
    app.line().block(&people[7]).await;
    app.step().await;
    let held = app.broadcast(id).await;
    assert_eq!((held.state, held.hold()), (State::Sending, Some(Hold::HourlyLimit)));
    app.clock().advance(Duration::from_secs(60 * 60));
    app.step().await;
    for (at, person) in people.iter().enumerate().filter(|(at, _)| ![3, 7].contains(at)) {
        assert_eq!(app.told(person), [format!("{}の方へ", words[at].label.ja())], "{at}");
    }
    assert_eq!(app.got(&[people[3].clone(), people[7].clone()]), [0]);
    assert_eq!(
        (reason(&app, id, Reason::NotFollowing).await, reason(&app, id, Reason::RefusedByLine).await),
        (1, 1)
    );
    assert_eq!(app.recipients(id, LedgerState::Accepted).await, 18);
}

#[tokio::test]
async fn arms_and_first_recipients_go_together_with_blanks() {
    let app = TestApp::start_with(|config, _| {
        config.pilot = Pilot { wait: Duration::from_secs(600) };
    })
    .await;
    let districts = ["takamatsu", "jinzai", "kamitsu"];
    let homes: Vec<_> = (0..150).map(|at| Home::of("1976-07-01", districts[at % 3])).collect();
    let people = app.homes(&homes).await;
    let author = app.clerk("見本 起案", &[Role::Editor]).await;
    let other = broadcast::create(app.app(), &author, to_everyone("B {居住地の地区名}")).await.unwrap();
    let id = broadcast::create(app.app(), &author, to_everyone("A {居住地の地区名}")).await.unwrap();
    let wish = Wish { held_out_percent: 20, others: vec![other] };
    broadcast::split(app.app(), &author, (id, 1), wish).await.unwrap();
    broadcast::send_test(app.app(), &author, id).await.unwrap();
    app.submit(&author, (id, app.broadcast(id).await.version)).await.unwrap();
    app.approve_by_others(id).await;
    app.step().await;
    assert_eq!(app.recipients(id, LedgerState::Accepted).await, 50);
    app.clock().advance(Duration::from_secs(600));
    app.step().await;
    let mut heard: BTreeMap<String, usize> = BTreeMap::new();
    for (at, person) in people.iter().enumerate() {
        for text in app.told(person) {
            assert!(text.ends_with(["高松", "神西", "上津"][at % 3]), "{at}: {text}");
            *heard.entry(text).or_default() += 1;
        }
    }
    let held_out = reason(&app, id, Reason::HeldOut).await;
    assert_eq!((heard.len(), heard.values().sum::<usize>() as i64), (6, 150 - held_out));
}

#[tokio::test]
async fn what_can_be_filled_for_nobody_is_refused_and_a_correction_knows_no_family() {
    let app = TestApp::start().await;
    app.homes(&[Home::of("1976-07-01", "takamatsu")]).await;
    let author = app.clerk("見本 起案", &[Role::Editor]).await;
    let submit = async |id: BroadcastId| {
        broadcast::send_test(app.app(), &author, id).await.unwrap();
        app.submit(&author, (id, app.broadcast(id).await.version)).await
    };
    let id = broadcast::create(app.app(), &author, about_check_ups("{家族の呼び名}へ")).await.unwrap();
    assert_eq!(refusal(submit(id).await), Refusal::NobodyHasValues);
    let sent = app.approved(to_everyone("健診")).await;
    app.step().await;
    let correction = broadcast::correct(app.app(), &author, sent).await.unwrap();
    let text =
        Draft { title: "訂正".to_owned(), ..about_check_ups("{対象の健診名}の訂正です。") };
    let version = app.broadcast(correction).await.version;
    broadcast::edit(app.app(), &author, (correction, version), text).await.unwrap();
    assert_eq!(refusal(submit(correction).await), Refusal::BlankWithoutRule("対象の健診名"));
}

#[tokio::test]
async fn values_that_are_gone_by_the_time_it_is_planned_hold_it_and_ask() {
    let app = TestApp::start().await;
    app.homes(&[Home::of("1976-07-01", "takamatsu")]).await;
    let id = app.approved(to_everyone("{居住地の地区名}の方へ")).await;
    app.run_sql("UPDATE account SET attributes = '{}'").await;
    app.step().await;
    let held = app.broadcast(id).await;
    assert_eq!((held.state, held.hold()), (State::Paused, Some(Hold::NobodyHasValues)));
    assert!(held.planned_at.is_none());
}

#[tokio::test]
async fn who_erases_everything_takes_their_own_words_out_of_what_was_planned() {
    let app = TestApp::start().await;
    let people = app.homes(&[Home::of("1976-07-01", "kamitsu"), Home::of("1976-07-01", "jinzai")]).await;
    let id = app.approved(to_everyone("{居住地の地区名}の方へ")).await;
    plan::plan_due(app.app()).await.unwrap();
    register::erase(app.app(), &people[0]).await.unwrap();
    let kept = app.everything().await;
    let planned: Vec<_> = kept.iter().filter(|(place, _)| place.starts_with("batch")).collect();
    assert!(planned.iter().any(|(_, value)| value.contains("神西")), "{planned:?}");
    assert!(planned.iter().all(|(_, value)| !value.contains("上津")), "{planned:?}");
    app.step().await;
    assert_eq!(
        (app.told(&people[1]), reason(&app, id, Reason::Erased).await),
        (vec!["神西の方へ".to_owned()], 1)
    );
}

/// A regression test for the worst that can happen here: a message with the values of somebody else.
#[tokio::test]
async fn whatever_goes_wrong_on_the_way_nobody_reads_what_belongs_to_somebody_else() {
    let app = TestApp::start_with(|config, _| config.pilot = Pilot { wait: Duration::from_secs(600) }).await;
    let words: Vec<_> = app.app().catalogue.attribute("district").unwrap().values.clone();
    let names = [("okasan", "お母さん"), ("obasan", "おばあちゃん"), ("gokazoku", "ご家族")];
    let home = |at: usize| {
        let district = words[(at * at) % words.len()].id.as_str();
        Home::of("2000-01-01", district).with_parent("1961-03-01", Some(names[at % 3].0))
    };
    let homes: Vec<_> = (0..240).map(home).collect();
    let people = app.homes(&homes).await;
    let id = app.approved(about_check_ups("{居住地の地区名}の{家族の呼び名}へ")).await;
    for bad in [3, 77, 150] {
        app.line().malform(&people[bad]);
    }
    for fault in [Fault::ServerError, Fault::AcceptThenDrop, Fault::AcceptThenServerError] {
        app.line().fault(Endpoint::Multicast, fault, 5);
        app.line().fault(Endpoint::Push, fault, 5);
    }
    let approver = app.clerk("見本 再開", &[Role::Approver]).await;
    for _ in 0..40 {
        app.step().await;
        app.clock().advance(Duration::from_secs(60));
        // Three of 240 are more than one in a hundred: it asks where the third is found before the last has begun.
        if app.broadcast(id).await.hold() == Some(Hold::Rejections) {
            broadcast::resume(app.app(), &approver, id).await.unwrap();
        }
    }
    for (at, person) in people.iter().enumerate() {
        let own = format!("{}の{}へ", words[(at * at) % words.len()].label.ja(), names[at % 3].1);
        let told = app.told(person);
        assert!(told.iter().all(|text| *text == own), "{at}: {told:?} instead of {own}");
        assert!(told.len() <= 1, "{at}: twice");
    }
    let (hold, progress) = (app.broadcast(id).await.hold(), app.progress(id).await);
    assert!(230 < progress.recipients(LedgerState::Accepted), "{hold:?} {progress:?}");
}

#[tokio::test]
async fn a_resident_chooses_what_the_family_is_called_and_the_approver_sees_the_texts() {
    let app = TestApp::start().await;
    let friend = app.friend("見本").await;
    let mut browser = app.browser();
    let token = app.line().id_token(&friend.id);
    let page = browser.post("/liff/session", &[("id_token", &token)]).await;
    let form =
        page.ok().form("家族を追加する").fill("お住まいの地区", "神西").set("p0.birth_date.y", "H12.5.17");
    let page = browser.submit(form).await.ok();
    assert!(page.has("[name='p1.call_name']") && !page.has("[name='p0.call_name']"));
    let form = page.form("登録する").fill("ご家族 1人目 / 続柄", "親").set("p1.birth_date.y", "S36.5.17");
    let form = form.fill("ご家族 1人目 / お知らせでの呼び名", "お母さん").tick("上の内容に同意します");
    browser.submit(form).await.ok();
    let others: Vec<_> = (0..12).map(|_| Home::of("1976-07-01", "takamatsu")).collect();
    app.homes(&others).await;

    let id = app.approved(about_check_ups("{家族の呼び名|あなた}の健診です。")).await;
    let mut approver = app.staff("見本 承認", &[Role::Approver]).await.browser;
    let page = approver.get(&format!("/console/broadcasts/{id}")).await.ok();
    let said = page.text();
    assert!(said.contains("2種類 の文面になります") && said.contains("1種類は、1人だけに届きます"), "{said}");
    assert!(said.contains("いちばん多い文面(12人)") && !said.contains("お母さんの健診です。(1人)"), "{said}");
    app.step().await;
    assert_eq!(friend.texts().last().unwrap(), "お母さんの健診です。");
}

proptest! {
    #![proptest_config(cases(256))]

    /// The union of the groups are the recipients, everybody stands in exactly one, and beside nobody with another fill.
    #[test]
    fn everybody_stands_in_one_group_and_with_their_own_fill(
        of in proptest::collection::vec((0_u8..4, 0_u8..3, any::<bool>()), 0..600),
    ) {
        let reading = |(district, language, is_named): (u8, u8, bool)| {
            let mut reading = Reading::from(LanguageId::from(["ja", "en", "vi"][usize::from(language)]));
            reading.fill.set(Blank::District, ["", "高松", "神西", "上津"][usize::from(district)]);
            if is_named {
                reading.fill.set(Blank::Family, "お母さん");
            }
            reading
        };
        let own: BTreeMap<_, _> = (0..).zip(of).map(|(id, of)| (AccountId(Uuid::from_u128(id)), reading(of))).collect();
        let first: BTreeSet<_> = own.keys().copied().take(7).collect();
        let batches = batch::cut(own.clone(), &first);
        let mut seen = BTreeSet::new();
        for batch in &batches {
            prop_assert!((1..=MAX_BATCH).contains(&batch.members.len()));
            for member in &batch.members {
                prop_assert!(seen.insert(*member), "twice");
                prop_assert_eq!(&own[member], &batch.reading);
                prop_assert_eq!(batch.pilot, first.contains(member));
            }
        }
        prop_assert_eq!(seen, own.keys().copied().collect::<BTreeSet<_>>());
        // No more groups than there are readings.
        let groups: BTreeSet<_> = batches.iter().map(|batch| (batch.pilot, &batch.reading)).collect();
        let split = batches.iter().filter(|batch| batch.members.len() == MAX_BATCH).count();
        prop_assert!(batches.len() <= groups.len() + split);
    }
}
