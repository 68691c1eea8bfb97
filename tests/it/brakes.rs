//! The brake over all sending, a past that is lost, and what the database refuses whoever asks.

use std::process::Command;
use std::time::Duration;

use musubi::chance::Chance;
use musubi::clock::Clock;
use musubi::db::Db;
use musubi::domain::broadcast::{BatchState, Hold, LedgerState, Pilot, State};
use musubi::domain::ids::{AccountId, BroadcastId, LineUserId};
use musubi::domain::segment::RulePath;
use musubi::domain::staff::{Role, StaffMember};
use musubi::flow::broadcast::{self, Draft};
use musubi::flow::plan;
use musubi::flow::rules::{self, Origin, Saving};
use musubi::simulator::{Endpoint, Fault};
use musubi::store::town::{self, NewAccount};
use musubi::store::{broadcasts, progress};
use musubi::{sql, worker};
use secrecy::ExposeSecret;
use serde_json::json;

use crate::support::TestApp;
use crate::support::backup::Backup;
use crate::support::broadcasts::to_everyone;
use crate::support::server::{Server, eventually, free_address};

const MINUTE: Duration = Duration::from_secs(60);

/// An office that waits ten minutes after the first recipients.
async fn careful_office() -> TestApp {
    TestApp::start_with(|config, _| config.pilot = Pilot { wait: 10 * MINUTE }).await
}

async fn admin(app: &TestApp) -> StaffMember {
    app.clerk("見本 管理", &[Role::Admin]).await
}

fn sends(app: &TestApp) -> usize {
    let sends = [Some(Endpoint::Push), Some(Endpoint::Multicast)];
    app.line().requests().iter().filter(|call| sends.contains(&call.endpoint)).count()
}

#[tokio::test]
async fn while_all_sending_is_off_not_even_staff_get_a_copy() {
    let app = careful_office().await;
    let people = app.many_friends(60).await;
    let id = app.approved(to_everyone("健診")).await;
    let admin = admin(&app).await;
    broadcast::pause_all(app.app(), &admin, "確認のため").await.unwrap();
    app.line().forget_requests();
    app.step().await;
    assert_eq!((sends(&app), app.broadcast(id).await.state), (0, State::Planned));
    app.clock().advance(59 * MINUTE);
    broadcast::resume_all(app.app(), &admin).await.unwrap();
    app.step().await;
    assert_eq!((sends(&app), app.recipients(id, LedgerState::Accepted).await), (4, 50));
    app.clock().advance(10 * MINUTE);
    app.step().await;
    assert_eq!((app.got(&people), app.broadcast(id).await.state), (vec![1], State::Done));
}

#[tokio::test]
async fn what_waited_more_than_an_hour_for_all_sending_asks_when_it_is_on_again() {
    let app = TestApp::start_with(|config, _| config.send_at_once = 1.try_into().unwrap()).await;
    let people = app.many_friends(1_100).await;
    let admin = admin(&app).await;
    // One is on its way, one is planned, and the time of one comes while all sending is off.
    app.line().fault(Endpoint::Multicast, Fault::ServerError, 1);
    let underway = app.approved(to_everyone("一つ目")).await;
    worker::step_all(app.app()).await;
    let planned = app.approved(to_everyone("二つ目")).await;
    plan::plan_due(app.app()).await.unwrap();
    let scheduled_at = Some(app.clock().now().plus(5 * MINUTE));
    let later = app.approved(Draft { scheduled_at, ..to_everyone("三つ目") }).await;
    broadcast::pause_all(app.app(), &admin, "").await.unwrap();
    let before = app.recipients(underway, LedgerState::Accepted).await;
    for _ in 0..67 {
        app.clock().advance(MINUTE);
        app.step().await;
    }
    broadcast::resume_all(app.app(), &admin).await.unwrap();
    app.step().await;
    for id in [underway, planned, later] {
        let held = app.broadcast(id).await;
        assert_eq!((held.state, held.hold()), (State::Paused, Some(Hold::Late)));
    }
    assert_eq!(app.recipients(underway, LedgerState::Accepted).await, before);
    // Who looks and says so lets them go on; nobody who was tried is tried again.
    let approver = app.clerk("見本 承認二", &[Role::Approver]).await;
    for id in [underway, planned, later] {
        broadcast::resume(app.app(), &approver, id).await.unwrap();
    }
    app.step().await;
    assert_eq!(app.got(&people), [3]);
}

#[tokio::test]
async fn what_is_no_longer_true_ends_although_all_sending_is_off() {
    let app = TestApp::start().await;
    let people = app.many_friends(3).await;
    let admin = admin(&app).await;
    let expires_at = Some(app.clock().now().plus(10 * MINUTE));
    let id = app.approved(Draft { expires_at, ..to_everyone("今朝の雨") }).await;
    plan::plan_due(app.app()).await.unwrap();
    broadcast::pause_all(app.app(), &admin, "").await.unwrap();
    app.clock().advance(11 * MINUTE);
    app.step().await;
    assert_eq!((app.broadcast(id).await.state, app.got(&people)), (State::Expired, vec![0]));
}

/// Without a review date, for the same reason.
const EVERYBODY: &str = "名前: 試しの全員\n目的: 見本\n所管: 広報課\n\n対象: 友だち全員\n";

/// `musubi …` on the database of the office; how long it took.
fn musubi(app: &TestApp, args: &[&str]) -> (String, Duration) {
    let begun = std::time::Instant::now();
    let mut command = Command::new(env!("CARGO_BIN_EXE_musubi"));
    let done = command.args(args).env("DATABASE_URL", app.database_url()).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    (String::from_utf8(done.stdout).unwrap(), begun.elapsed())
}

fn taken(app: &TestApp, people: &[LineUserId]) -> u64 {
    people.iter().map(|person| u64::from(app.line().accepted_count(person))).sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn pause_all_stops_another_process_within_a_second_and_the_calls_in_flight() {
    let app = TestApp::start_with(|_, line| line.latency = Duration::from_millis(800)).await;
    app.clock().set(Clock::system().now());
    let people = app.many_friends(6_000).await;
    let (path, text) = (RulePath::parse("shiken/zenin").unwrap(), EVERYBODY);
    let saving = Saving { path: &path, text, why: "試し", seen: 0, is_new: true, origin: Origin::Console };
    let editor = app.clerk("見本 条件", &[Role::Editor]).await;
    rules::save(&app.app().base(), &app.app().rules, Some(&editor), saving).await.unwrap();
    let id = app.approved(Draft { segment_path: path.to_string(), ..to_everyone("健診") }).await;
    // The other process has the clock of this machine: its night is half a day away.
    let hour = app.clock().now().tokyo().hour();
    let night = [12, 13].map(|later| format!("{:02}:00", (hour + later) % 24));
    let bot = app.app().config.line.bot_user_id.clone().unwrap();
    let channel = app.app().config.line.channel_id.clone();
    let secret = app.app().config.line.channel_secrets[0].expose_secret().to_owned();
    let settings = [
        ("LINE_CHANNEL_ID", channel.as_str()),
        ("LINE_CHANNEL_SECRET", secret.as_str()),
        ("LINE_BOT_USER_ID", bot.as_str()),
        ("MUSUBI_HOLD_MINUTES", "0"),
        ("MUSUBI_SEND_AT_ONCE", "1"),
        ("MUSUBI_QUIET_FROM", &night[0]),
        ("MUSUBI_QUIET_UNTIL", &night[1]),
    ];
    let _server = Server::start_with(app.database_url(), app.line(), free_address(), &settings).await;
    eventually("the first batch is taken", async || app.got(&people) != [0]).await;
    let (said, took) = musubi(&app, &["pause-all", "--reason", "誤りの疑い"]);
    // What was claimed before the brake is in a call, and nothing is claimed after it.
    let open = progress::in_flight(&mut app.db().read().await.unwrap()).await.unwrap();
    let (calls, before) = (sends(&app), taken(&app, &people));
    assert!(open.batches <= 1 && open.recipients <= 500, "one at a time: {open:?}");
    assert!(said.contains("すべての送信が止まっています") && said.contains("誤りの疑い"), "{said}");
    // It has said so after it was done, not when it is convenient; a machine under load may take its time to start it.
    assert!(took < Duration::from_secs(10), "{took:?}");
    let batches = async |state: BatchState| {
        let batches =
            sql!("SELECT COUNT(*) FROM batch WHERE broadcast_id = $1 AND state = $2", id, state.id());
        let (count,): (i64,) = app.db().read().await.unwrap().fetch_one(batches).await.unwrap();
        count
    };
    let untried = batches(BatchState::Pending).await;
    assert!(0 < untried, "it was over before the brake was pulled");
    eventually("the call in flight is answered", async || batches(BatchState::Attempting).await == 0).await;
    // Longer than a call takes, and than the sender waits before it looks again.
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert!(sends(&app) <= calls + usize::try_from(open.batches).unwrap(), "a call after the brake");
    assert!(taken(&app, &people) - before <= u64::try_from(open.recipients).unwrap());
    assert_eq!(batches(BatchState::Pending).await, untried, "what was not claimed by then is not");
    let accepted = app.recipients(id, LedgerState::Accepted).await;
    assert!(accepted < 6_000, "{accepted}");
    musubi(&app, &["sending", "on"]);
    eventually("the rest is sent", async || app.got(&people) == [1]).await;
}

/// One more friend in a database, as the audience moves while a backup lies in its drawer.
async fn one_more(app: &TestApp, db: &Db) -> LineUserId {
    let user = app.line().add_friends_silently(1).remove(0);
    let account = NewAccount {
        id: AccountId(Chance::seeded(9).uuid_v7(app.clock().now())),
        line_user_id: user.clone(),
        following: true,
        stopped: false,
        attributes: json!({}),
        declined_topics: json!([]),
        consent: None,
        persons: Vec::new(),
    };
    let mut tx = db.write().await.unwrap();
    town::insert(&mut tx, &[account], app.clock().now()).await.unwrap();
    tx.commit().await.unwrap();
    user
}

#[tokio::test]
async fn a_backup_put_back_by_hand_between_approval_and_planning_sends_nobody_twice() {
    let app = careful_office().await;
    let people = app.many_friends(60).await;
    let id = app.approved(to_everyone("健診")).await;
    let Some(backup) = Backup::take(&app).await else { return };
    app.step().await;
    app.clock().advance(11 * MINUTE);
    app.step().await;
    assert_eq!((app.got(&people), app.broadcast(id).await.state), (vec![1], State::Done));

    // Nobody tells the program that it is an old one, and meanwhile the audience is another.
    let after = backup.put_back_without_a_word(&app).await;
    let newcomer = one_more(&app, &after.db).await;
    while 0 < worker::step_all(&after).await {}
    let held = broadcasts::find(&mut after.db.read().await.unwrap(), id).await.unwrap().unwrap();
    assert_eq!((held.state, held.hold()), (State::Paused, Some(Hold::SentBefore)));
    let approver = app.clerk("見本 承認二", &[Role::Approver]).await;
    assert!(broadcast::resume(&after, &approver, id).await.is_err(), "it can only be ended");
    app.clock().advance(20 * MINUTE);
    while 0 < worker::step_all(&after).await {}
    assert_eq!((app.got(&people), app.got(&[newcomer])), (vec![1], vec![0]));
}

/// What the database says to a statement; nothing is kept of it.
async fn refusal(app: &TestApp, statement: musubi::db::Query) -> String {
    let mut tx = app.db().write().await.unwrap();
    tx.execute(statement).await.map(|rows| rows.to_string()).unwrap_or_else(|error| error.to_string())
}

#[tokio::test]
async fn the_database_refuses_a_batch_that_is_begun_in_any_other_way() {
    let app = TestApp::start().await;
    app.many_friends(4).await;
    let sent = app.approved(to_everyone("一つ目")).await;
    app.step().await;
    let id = app.approved(to_everyone("二つ目")).await;
    plan::plan_due(app.app()).await.unwrap();
    let now = app.clock().now();
    let begin = |id: BroadcastId, recipients: i64| {
        sql!(
            "UPDATE batch SET state = 'attempting', recipients = $2, first_attempt_at = $3 WHERE broadcast_id = $1",
            id,
            recipients,
            now
        )
    };
    let fewer = refusal(&app, begin(id, 1)).await;
    assert!(fewer.contains("send_limit: another number of recipients"), "{fewer}");
    let again = refusal(&app, begin(sent, 4)).await;
    assert!(again.contains("send_limit: a settled batch is not begun again"), "{again}");
    let made = sql!(
        "INSERT INTO batch (id, broadcast_id, number, root, language, state, pilot, recipients, first_attempt_at)
         VALUES ($1, $1, 9, 9, 'ja', 'attempting', FALSE, 1, $2)",
        id,
        now
    );
    let made = refusal(&app, made).await;
    assert!(made.contains("send_limit: a batch is made untried"), "{made}");
    assert_eq!(refusal(&app, begin(id, 4)).await, "1", "as it was counted");
}

#[tokio::test]
async fn more_than_one_refused_in_a_hundred_stops_a_broadcast_and_two_are_bad_luck() {
    let app = TestApp::start_with(|config, _| config.send_at_once = 1.try_into().unwrap()).await;
    app.many_friends(250).await;
    let id = app.approved(to_everyone("健診")).await;
    app.line().fault(Endpoint::Multicast, Fault::MalformedId(0), 2);
    app.step().await;
    assert_eq!(
        (app.broadcast(id).await.state, app.recipients(id, LedgerState::Rejected).await),
        (State::Done, 2)
    );
    // Bad ids of one batch, found one after the other: no row of failures.
    app.line().fault(Endpoint::Multicast, Fault::MalformedId(0), 3);
    let id = app.approved(to_everyone("健診の二")).await;
    app.step().await;
    let held = app.broadcast(id).await;
    assert_eq!((held.state, held.hold()), (State::Paused, Some(Hold::Rejections)));
    let approver = app.clerk("見本 承認二", &[Role::Approver]).await;
    broadcast::resume(app.app(), &approver, id).await.unwrap();
    app.step().await;
    assert_eq!(
        (app.broadcast(id).await.state, app.recipients(id, LedgerState::Accepted).await),
        (State::Done, 247)
    );
}

#[tokio::test]
async fn the_page_says_how_much_of_the_month_is_missing() {
    let app = TestApp::start_with(|_, line| line.quota = Some(99)).await;
    app.many_friends(100).await;
    let id = app.approved(to_everyone("健診")).await;
    app.step().await;
    let mut staff = app.editor("見本 画面").await;
    let page = staff.browser.get(&format!("/console/broadcasts/{id}")).await.ok();
    // Author and both approvers were told that it is held, after that.
    let left = 99 + 3 - app.line().used_quota();
    let sentence = format!("予定は100人、今月の残りは{left}通です。");
    assert!(page.text().contains(&sentence), "{sentence}: {}", page.text());
}

#[tokio::test]
async fn what_another_broadcast_has_yet_to_use_is_not_left() {
    let app = careful_office().await;
    let people = app.many_friends(70).await;
    app.approved(to_everyone("一つ目")).await;
    app.step().await;
    let id = app.approved(to_everyone("二つ目")).await;
    // Twenty of the first wait for the first fifty.
    app.line().set_quota(Some(app.line().used_quota() + 70 + 19));
    app.step().await;
    let held = app.broadcast(id).await;
    assert_eq!(
        (held.state, held.hold(), app.got(&people)),
        (State::Paused, Some(Hold::QuotaShort), vec![0, 1])
    );
    let mut staff = app.editor("見本 画面").await;
    let page = staff.browser.get(&format!("/console/broadcasts/{id}")).await.ok();
    let sentence = "予定は70人、今月の残りは89通です。残りのうち20通は、送信中のほかの配信に使います。";
    assert!(page.text().contains(sentence), "{}", page.text());
}
