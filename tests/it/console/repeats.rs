//! Repeats at the console: begun and changed by one form, which keeps what was typed and overwrites nobody.

use musubi::domain::staff::Role;
use musubi::store::repeats::{self, Repeat};

use super::broadcasts::LETTER;
use crate::standing;
use crate::support::TestApp;
use crate::support::browser::Browser;
use crate::support::page::Page;

const LIST: &str = "/console/repeats";

/// An office with a message that comes on the 20th of each month, and its author.
async fn monthly() -> (TestApp, Browser) {
    let app = TestApp::start().await;
    let mut author = app.editor("見本 起案").await.browser;
    let page = author.post("/console/broadcasts", &LETTER).await.ok();
    let page = author.get(&format!("{}/repeat", page.url.path())).await.ok();
    let form = page.form("繰り返しを始める").tick("毎月(日)").fill("日", "20").fill("何日前に", "7");
    author.submit(form.fill("閉庁日に", "そのまま")).await.ok();
    (app, author)
}

async fn stored(app: &TestApp) -> Repeat {
    repeats::list(&mut app.db().read().await.unwrap()).await.unwrap().remove(0)
}

/// The form of the only repeat.
async fn opens(browser: &mut Browser) -> Page {
    let list = browser.get(LIST).await.ok();
    browser.get(&list.link("変更する")).await.ok()
}

#[tokio::test]
async fn a_repeat_is_changed_by_the_form_that_shows_what_is_stored() {
    let (app, mut author) = monthly().await;
    let page = opens(&mut author).await;
    assert_eq!(page.heading(), "繰り返しの変更");
    assert!(page.text().contains("健診のお知らせ ・毎月20日"), "{}", page.text());
    assert!(page.text().contains("健診の申込が始まりました。") && !page.has(".notice"), "{}", page.text());
    let form = page.form("変更を保存する");
    assert_eq!((form.value("kind"), form.shown("日")), (Some("monthly"), Some("20")));
    assert_eq!((form.value("shift"), form.shown("時刻")), (Some("stay"), Some("10:00")));
    assert_eq!(form.shown("何日前に下書きを作るか"), Some("7"));
    let form = form.tick("毎年(月と日)").fill("月", "１１").fill("日", "5").fill("時刻", "9:30");
    let list = author.submit(form).await.ok();
    assert!(list.text().contains("繰り返しを変更しました。") && list.text().contains("毎年11月5日"));
    let now = stored(&app).await;
    assert_eq!((now.schedule().as_str(), now.title.as_str()), ("yearly 11 5 stay 570 7", "健診のお知らせ"));
    let mut auditor = app.staff("見本 監査", &[Role::Auditor]).await.browser;
    let log = auditor.get("/console/audit").await.ok();
    assert!(log.text().contains("繰り返しを変更"), "{}", log.text());
    let form = opens(&mut author).await.form("変更を保存する");
    assert_eq!(
        (form.value("kind"), form.shown("月"), form.shown("日")),
        (Some("yearly"), Some("11"), Some("5"))
    );
}

#[tokio::test]
async fn each_kind_of_days_comes_back_as_it_was_saved() {
    let (app, mut author) = monthly().await;
    let kinds = [
        ("毎月(第何の何曜日)", [("第何", "最後"), ("曜日", "金")], "weekday 5 fri"),
        ("毎年度", [("年度のどちらから", "最終日"), ("何日後", "-30")], "fiscal last -30"),
        ("毎日、その日にあたる人へ", [("何年後", "3"), ("何日後", "-14")], "anniversary birth_date 3 -14"),
    ];
    for (kind, fields, rhythm) in kinds {
        let form = opens(&mut author).await.form("変更を保存する").tick(kind);
        let form = fields.iter().fold(form, |form, (label, value)| form.fill(label, value));
        let form = if rhythm.starts_with("ann") { form.set("attribute", "birth_date") } else { form };
        author.submit(form).await.ok();
        assert_eq!(stored(&app).await.rhythm, rhythm);
        let again = opens(&mut author).await.form("変更を保存する");
        author.submit(again).await.ok();
        assert_eq!(stored(&app).await.rhythm, rhythm);
    }
}

#[tokio::test]
async fn a_mistake_is_said_at_its_field_and_nothing_typed_is_lost() {
    let (app, mut author) = monthly().await;
    let page = opens(&mut author).await;
    let before = stored(&app).await.schedule();
    let typed = |page: &Page, button: &str| {
        let form = page.form(button).tick("毎年(月と日)").fill("月", "13").fill("日", "さん");
        form.fill("時刻", "25時").fill("何日前に下書きを作るか", "0")
    };
    let list = author.get("/console/broadcasts").await.ok();
    let begin = author.get(&format!("{}/repeat", list.link("健診のお知らせ"))).await.ok();
    for (page, button) in [(page, "変更を保存する"), (begin, "繰り返しを始める")] {
        let refused = author.submit(typed(&page, button)).await;
        assert_eq!(refused.status, 422);
        for (field, said) in [
            ("month", "月を、1から12の数字で入力してください。"),
            ("day", "日を、1から31の数字で入力してください。"),
            ("time", "時刻を、例のとおりに入力してください(例 10:00)。"),
            ("lead", "何日前に下書きを作るかを、1から60の数字で入力してください。"),
        ] {
            assert_eq!(refused.all(&format!("#{field}-error")), [said]);
            assert_eq!(refused.all(&format!("[role=alert] a[href='#{field}']")), [said]);
            assert_eq!(refused.attributes(&format!("#{field}"), "aria-invalid"), ["true"]);
        }
        let form = refused.form(button);
        assert_eq!((form.value("kind"), form.shown("月")), (Some("yearly"), Some("13")));
        assert_eq!((form.shown("日"), form.shown("時刻")), (Some("さん"), Some("25時")));
        assert_eq!(form.shown("何日前に下書きを作るか"), Some("0"));
    }
    assert_eq!(stored(&app).await.schedule(), before);
}

const EXPIRES: &str = "有効期限は、配信日の何日後まで";
const DEADLINE: &str = "本文の期限は、配信日の何日後";

/// The same with a text that names the last day.
async fn monthly_by_the_last_day() -> (TestApp, Browser) {
    let (app, mut author) = monthly().await;
    let letter = LETTER.map(|(name, value)| match name {
        "title" => (name, "期限のあるお知らせ"),
        "text.ja.0" => (name, "{期限}までにお申し込みください。"),
        "then" => (name, "save"),
        _ => (name, value),
    });
    author.post("/console/broadcasts", &letter).await.ok();
    let form = opens(&mut author).await.form("変更を保存する").fill("文章と条件", "期限のあるお知らせ");
    author.submit(form).await.ok();
    (app, author)
}

#[tokio::test]
async fn how_long_each_run_is_true_is_typed_as_days_and_shown_as_dates() {
    let (app, mut author) = monthly_by_the_last_day().await;
    let page = opens(&mut author).await;
    assert!(page.text().contains("空のままなら、回ごとに下書きで日付を入れます。"), "{}", page.text());
    let form = page.form("変更を保存する");
    assert_eq!((form.shown(EXPIRES), form.shown(DEADLINE)), (Some(""), Some("")));
    let list = author.submit(form.fill(EXPIRES, "７").fill(DEADLINE, "10")).await.ok();
    let said = "有効期限は、配信日の7日後の23:59まで。本文の{期限}は、配信日の10日後の日付";
    assert!(list.text().contains(said), "{}", list.text());
    let next = "2026-07-20 10:00 有効期限 2026-07-27 23:59 本文の期限 2026-07-30";
    assert!(list.text().contains(next), "{}", list.text());
    let now = stored(&app).await;
    assert_eq!(now.schedule(), "monthly 20 stay 600 7 expires 7 deadline 10");
    let standing = author.get(&format!("/console/repeats/{}/standing", now.id)).await.ok();
    assert!(standing.text().contains("有効期限は、配信日の7日後の23:59まで"), "{}", standing.text());
    let page = opens(&mut author).await;
    assert!(page.text().contains("7月30日(木)までにお申し込みください。"), "{}", page.text());
    let form = page.form("変更を保存する");
    assert_eq!((form.shown(EXPIRES), form.shown(DEADLINE)), (Some("7"), Some("10")));
    author.submit(form.fill(EXPIRES, "").fill(DEADLINE, " ")).await.ok();
    assert_eq!(stored(&app).await.schedule(), "monthly 20 stay 600 7");
    let mut auditor = app.staff("見本 監査", &[Role::Auditor]).await.browser;
    let log = auditor.get("/console/audit").await.ok();
    assert!(log.text().contains("有効期限(配信日の何日後) 7"), "{}", log.text());
}

#[tokio::test]
async fn days_that_cant_be_are_said_at_their_fields_and_kept() {
    let (app, mut author) = monthly_by_the_last_day().await;
    let before = stored(&app).await.schedule();
    for wrong in ["0", "-3", "366", "十日"] {
        let form = opens(&mut author).await.form("変更を保存する").fill("日", "21");
        let refused = author.submit(form.fill(EXPIRES, wrong).fill(DEADLINE, wrong)).await;
        assert_eq!(refused.status, 422, "{wrong}");
        for (field, word) in [("expires", "有効期限"), ("deadline", "本文の期限")] {
            let said = format!(
                "{word}を配信日の何日後にするかを、1から365の数字で入力してください。付けないときは、空のままにします。"
            );
            assert_eq!(refused.all(&format!("#{field}-error")), [said.as_str()], "{wrong}");
            assert_eq!(refused.attributes(&format!("#{field}"), "aria-invalid"), ["true"]);
        }
        let form = refused.form("変更を保存する");
        assert_eq!(
            (form.shown(EXPIRES), form.shown(DEADLINE), form.shown("日")),
            (Some(wrong), Some(wrong), Some("21"))
        );
    }
    assert_eq!(stored(&app).await.schedule(), before);
}

#[tokio::test]
async fn a_day_that_the_text_does_not_name_is_refused_at_its_field() {
    let (app, mut author) = monthly().await;
    let page = opens(&mut author).await;
    assert!(page.text().contains("いまの文章に {期限} はないので、空のままにします。"), "{}", page.text());
    let refused = author.submit(page.form("変更を保存する").fill(EXPIRES, "7").fill(DEADLINE, "10")).await;
    assert_eq!(refused.status, 422);
    let said = refused.all("#deadline-error");
    assert!(said.len() == 1 && said[0].contains("本文に {期限} がないため"), "{said:?}");
    let form = refused.form("変更を保存する");
    assert_eq!((form.shown(EXPIRES), form.shown(DEADLINE)), (Some("7"), Some("10")));
    author.submit(form.fill(DEADLINE, "")).await.ok();
    assert_eq!(stored(&app).await.schedule(), "monthly 20 stay 600 7 expires 7");
}

#[tokio::test]
async fn a_new_one_begins_with_the_days_of_its_model() {
    let app = TestApp::start().await;
    let mut author = app.editor("見本 起案").await.browser;
    let letter = LETTER.map(|(name, value)| match name {
        "text.ja.0" => (name, "{期限}までにお申し込みください。"),
        _ => (name, value),
    });
    let times = [
        ("scheduled_at", "2026-07-10T10:00"),
        ("expires_at", "2026-07-24T17:00"),
        ("deadline", "2026-07-20"),
    ];
    let letter: Vec<_> = letter
        .into_iter()
        .filter(|(name, _)| times.iter().all(|(own, _)| own != name))
        .chain(times)
        .collect();
    let page = author.post("/console/broadcasts", &letter).await.ok();
    let page = author.get(&format!("{}/repeat", page.url.path())).await.ok();
    assert!(page.text().contains("空のままなら、どの回も 2026-07-20 のままです。"), "{}", page.text());
    let form = page.form("繰り返しを始める").tick("毎月(日)").fill("日", "20");
    assert_eq!((form.shown(EXPIRES), form.shown(DEADLINE)), (Some("14"), Some("10")));
    author.submit(form).await.ok();
    assert_eq!(stored(&app).await.schedule(), "monthly 20 after 600 14 expires 14 deadline 10");
}

#[tokio::test]
async fn whoever_was_slower_overwrites_nothing_and_sees_what_is_stored_now() {
    let (app, mut author) = monthly().await;
    let mut other = app.editor("見本 ほかの人").await.browser;
    let mine = opens(&mut author).await.form("変更を保存する").fill("日", "25").fill("時刻", "11:00");
    let theirs = opens(&mut other).await.form("変更を保存する").fill("日", "10").fill(EXPIRES, "7");
    other.submit(theirs).await.ok();
    let between = stored(&app).await.schedule();

    let late = author.submit(mine).await;
    assert_eq!((late.status.as_u16(), stored(&app).await.schedule()), (409, between));
    let said = late.all("[role=alert]");
    assert!(said.len() == 1 && said[0].contains("あなたの変更は、まだ保存していません。"), "{said:?}");
    assert!(said[0].contains("見本 ほかの人") && said[0].contains("毎月10日 10:00"), "{said:?}");
    assert!(said[0].contains("有効期限は、配信日の7日後の23:59まで"), "{said:?}");
    let form = late.form("変更を保存する");
    assert_eq!((form.shown("日"), form.shown("時刻")), (Some("25"), Some("11:00")));
    author.submit(form).await.ok();
    assert_eq!(stored(&app).await.schedule(), "monthly 25 stay 660 7");
}

#[tokio::test]
async fn a_mistake_and_a_faster_colleague_are_both_said() {
    let (app, mut author) = monthly().await;
    let mut other = app.editor("見本 ほかの人").await.browser;
    let mine = opens(&mut author).await.form("変更を保存する").fill("日", "32");
    let theirs = opens(&mut other).await.form("変更を保存する").fill("日", "10");
    other.submit(theirs).await.ok();
    let refused = author.submit(mine).await;
    assert!(refused.status == 409 && refused.has("#day-error"), "{}", refused.text());
    assert!(refused.text().contains("この画面を開いたあとに、先に変更されました"), "{}", refused.text());
    let unseen = refused.form("変更を保存する").fill("日", "12").set("version", "");
    assert_eq!(
        (author.submit(unseen).await.status.as_u16(), stored(&app).await.rhythm.as_str()),
        (409, "monthly 10")
    );
}

#[tokio::test]
async fn the_form_says_that_a_change_ends_the_standing_approval_before_it_does() {
    let office = standing::Office::open(30).await;
    let mut author = office.app.editor("見本 変更").await.browser;
    let page = opens(&mut author).await;
    assert!(!page.text().contains("保存すると"), "{}", page.text());
    let stale = page.form("変更を保存する");
    let asked = office.asks(40).await;
    let page = opens(&mut author).await;
    assert!(page.text().contains("承認待ちの継続の承認の依頼"), "{}", page.text());
    let late = author.submit(stale).await;
    assert_eq!((late.status.as_u16(), office.standing(asked).await.ended_at), (409, None));
    assert!(late.text().contains("承認待ちの継続の承認の依頼"), "{}", late.text());
    author.submit(page.form("変更を保存する")).await.ok();
    assert!(office.standing(asked).await.ended_at.is_some());

    let id = office.stands(40).await;
    let page = opens(&mut author).await;
    let said = "有効な継続の承認(2027-06-30まで、1回あたり40人まで)は終わります。";
    assert!(page.text().replace(' ', "").contains(said), "{}", page.text());
    let form = page.form("変更を保存する").fill("時刻", "11:00");
    let list = author.submit(form).await.ok();
    assert!(!list.text().contains("継続の承認あり"), "{}", list.text());
    assert_eq!(office.standing(id).await.end_reason.as_deref(), Some("繰り返しが変更されました。"));
}

#[tokio::test]
async fn a_standing_approval_is_not_asked_for_by_whoever_has_not_seen_the_change() {
    let office = standing::Office::open(30).await;
    let mut author = office.app.editor("見本 依頼").await.browser;
    let at = format!("/console/repeats/{}/standing", office.repeat);
    let asking = author.get(&at).await.ok().form("継続の承認を依頼する");
    let asking = asking.set("ends", "2027-03-31").set("most", "40");
    let form = opens(&mut author).await.form("変更を保存する").fill("時刻", "11:00");
    author.submit(form).await.ok();
    let late = author.submit(asking).await;
    assert!(late.status == 422 && late.text().contains("ほかの職員が、この繰り返し"), "{}", late.text());
    assert_eq!(late.form("継続の承認を依頼する").value("most"), Some("40"));
    author.submit(late.form("継続の承認を依頼する")).await.ok();
}

#[tokio::test]
async fn a_repeat_takes_the_text_and_the_rule_of_another_broadcast_where_one_is_chosen() {
    let (app, mut author) = monthly().await;
    let letter = LETTER.map(|(name, value)| match name {
        "title" => (name, "来年度の健診"),
        "text.ja.0" => (name, "来年度の申込が始まりました。"),
        _ => (name, value),
    });
    author.post("/console/broadcasts", &letter).await.ok();
    let form = opens(&mut author).await.form("変更を保存する").fill("文章と条件", "来年度の健診");
    let wrong = author.submit(form.clone().set("model", "x").fill("日", "21")).await;
    assert_eq!((wrong.status.as_u16(), wrong.all("#model-error").len()), (422, 1));
    assert_eq!(wrong.form("変更を保存する").shown("日"), Some("21"));
    author.submit(form).await.ok();
    let now = stored(&app).await;
    assert_eq!((now.title.as_str(), now.rhythm.as_str()), ("来年度の健診", "monthly 20"));
    let page = opens(&mut author).await;
    assert!(page.text().contains("来年度の申込が始まりました。"), "{}", page.text());
}

#[tokio::test]
async fn the_text_of_one_of_its_own_runs_is_taken_without_the_day_in_its_title() {
    let office = standing::Office::open(30).await;
    let mut author = office.app.editor("見本 変更").await.browser;
    let form = opens(&mut author).await.form("変更を保存する").fill("文章と条件", "見本の配信(2026-07-20)");
    author.submit(form).await.ok();
    assert_eq!(stored(&office.app).await.title, "見本の配信");
}

#[tokio::test]
async fn nobody_without_the_role_changes_a_repeat_and_nobody_one_that_has_ended() {
    let (app, mut author) = monthly().await;
    let page = opens(&mut author).await;
    let (at, form) = (page.url.path().to_owned(), page.form("変更を保存する").fill("日", "25"));
    let mut approver = app.approver("見本 承認").await.browser;
    assert!(!approver.get(LIST).await.ok().text().contains("変更する"));
    assert_eq!(approver.get(&at).await.status, 403);
    assert_eq!(approver.submit(form.clone()).await.status, 403);
    assert_eq!(stored(&app).await.rhythm, "monthly 20");

    let list = author.get(LIST).await.ok();
    let question = author.get(&list.link("終える")).await.ok();
    author.submit(question.form("繰り返しを終える")).await.ok();
    assert_eq!(author.get(&at).await.status, 409);
    let late = author.submit(form).await;
    assert!(late.status == 409 && late.text().contains("この繰り返しは終わっています。"), "{}", late.text());
    assert_eq!(late.form("変更を保存する").shown("日"), Some("25"));
    assert_eq!(author.get("/console/repeats/00000000-0000-7000-8000-000000000000/change").await.status, 404);
}

#[tokio::test]
async fn a_repeat_whose_time_lies_in_the_night_says_that_it_waits_for_the_morning() {
    const WAITS: &str = "夜間(20:00〜8:00)は送りません。どの回も、そのあとの8:00に始まります。";
    let (_app, mut author) = monthly().await;
    let page = opens(&mut author).await;
    assert!(page.all("#time-hint")[0].contains("20時から8時までは送らず"), "{:?}", page.all("#time-hint"));
    assert!(!author.get(LIST).await.ok().text().contains("夜間"));
    let form = page.form("変更を保存する").fill("時刻", "21:30");
    let list = author.submit(form).await.ok();
    assert!(list.text().contains(WAITS), "{}", list.text());
    let standing = author.get(&list.link("継続の承認")).await.ok();
    assert!(standing.text().contains(WAITS), "{}", standing.text());
}

#[tokio::test]
async fn a_day_that_no_year_has_is_refused_at_its_field_and_29_february_is_not() {
    let (app, mut author) = monthly().await;
    let page = opens(&mut author).await;
    let hint = page.all("#day-hint").concat();
    assert!(hint.contains("毎年2月29日は、うるう年でない年は2月28日"), "{hint}");
    let yearly = |month: &str, day: &str| {
        page.form("変更を保存する").tick("毎年(月と日)").fill("月", month).fill("日", day)
    };
    let before = stored(&app).await.rhythm;
    for (month, day) in [("2", "30"), ("2", "３１"), ("4", "31"), ("11", "31")] {
        let refused = author.submit(yearly(month, day)).await;
        assert_eq!(refused.status, 422, "{month} {day}");
        assert!(refused.all("#day-error").concat().contains("日という日はありません。"), "{month} {day}");
        assert_eq!(refused.form("変更を保存する").shown("日"), Some(day));
    }
    assert_eq!(stored(&app).await.rhythm, before);
    let list = author.submit(yearly("２", "２９")).await.ok();
    assert!(list.text().contains("毎年2月29日"), "{}", list.text());
    let ahead = list.all("section ol li");
    assert!(ahead[0].starts_with("2027-02-28") && ahead[1].starts_with("2028-02-29"), "{ahead:?}");
}

#[tokio::test]
async fn a_day_on_which_nobody_can_fit_the_rule_is_said_and_one_on_which_somebody_can_is_not() {
    let (app, mut author) = monthly().await;
    // That one of two ages can't be on a day says nothing about the other.
    let either = "単位: 子ども\n\n対象: いずれか\n  - 年齢 3\n  - 年齢 40\n";
    app.rule("kosodate/sansai", either, 0).await;
    let letter =
        LETTER.map(|(name, value)| (name, if name == "segment" { "kosodate/sansai" } else { value }));
    let page = author.post("/console/broadcasts", &letter).await.ok();
    let begin = author.get(&format!("{}/repeat", page.url.path())).await.ok();
    let form = begin.form("繰り返しを始める").tick("毎日、その日にあたる人へ").set("attribute", "birth_date");
    let form = form.fill("何年後", "3").fill("閉庁日に", "そのまま");
    for (days, said, nobody) in [
        ("ー１４", "毎日、3歳の誕生日の14日前にあたる人へ", true),
        ("０", "毎日、3歳の誕生日にあたる人へ", false),
        ("３０", "毎日、3歳の誕生日の30日後にあたる人へ", false),
        ("90", "毎日、3歳の誕生日の90日後にあたる人へ", false),
    ] {
        let list = author.submit(form.clone().fill("何日後", days)).await.ok();
        let begun = list.all("section.panel").into_iter().find(|card| card.contains(&format!("{said}・")));
        let begun = begun.unwrap_or_else(|| panic!("{}", list.text()));
        assert_eq!(begun.contains("このままでは、だれにも送られません。"), nobody, "{begun}");
    }
}
