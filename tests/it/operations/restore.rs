//! Last night's backup comes back in the middle of everything, and nobody is sent to twice (G7).

use std::time::Duration;

use musubi::app::App;
use musubi::domain::broadcast::{Hold, LedgerState, Reason, State};
use musubi::domain::ids::{BroadcastId, LineUserId};
use musubi::domain::staff::{Role, StaffMember};
use musubi::domain::timestamp::Timestamp;
use musubi::flow::broadcast::{self, BroadcastError, Draft, Refusal, Seen};
use musubi::flow::register::{self, Wish};
use musubi::flow::{deliver, plan, restore};
use musubi::simulator::{Endpoint, Fault};
use musubi::sql;
use musubi::store::audit::{self, Filter};
use musubi::store::broadcasts::Broadcast;
use musubi::store::{broadcasts, progress, switches};
use musubi::worker;
use tokio_util::sync::CancellationToken;

use crate::support::TestApp;
use crate::support::backup::Backup;
use crate::support::broadcasts::to_everyone;
use crate::support::staff::SESSION;

const HOUR: Duration = Duration::from_secs(3600);

async fn office() -> TestApp {
    TestApp::start_with(|config, _| config.send_at_once = 1.try_into().unwrap()).await
}

async fn step(app: &App) {
    while 0 < worker::step_all(app).await {}
}

async fn stored(app: &App, id: BroadcastId) -> Broadcast {
    broadcasts::find(&mut app.db.read().await.unwrap(), id).await.unwrap().unwrap()
}

async fn recipients(app: &App, id: BroadcastId, state: LedgerState) -> i64 {
    let broadcast = stored(app, id).await;
    progress::find(&mut app.db.read().await.unwrap(), &broadcast).await.unwrap().recipients(state)
}

/// Sends until LINE has some of it, and not all.
async fn begins(app: &TestApp, people: &[musubi::domain::ids::LineUserId]) {
    plan::plan_due(app.app()).await.unwrap();
    let stop = CancellationToken::new();
    let in_the_middle = async {
        while app.got(people) == [0] {
            tokio::task::yield_now().await;
        }
        stop.cancel();
    };
    let (sent, ()) = tokio::join!(deliver::send_due(app.app(), &stop), in_the_middle);
    sent.unwrap();
    assert_eq!(app.got(people), [0, 1], "some have it, and some do not");
}

#[tokio::test]
async fn a_backup_from_the_middle_of_a_broadcast_sends_nobody_twice() {
    let app = office().await;
    let people = app.many_friends(1_700).await;
    let approver = app.clerk("見本 承認二", &[Role::Approver]).await;
    let id = app.approved(to_everyone("健診")).await;
    begins(&app, &people).await;
    let Some(backup) = Backup::take(&app).await else { return };
    app.step().await;
    assert_eq!(app.got(&people), [1], "the database that is lost has sent everything");

    app.clock().advance(HOUR);
    let after = backup.put_back(&app).await;
    step(&after).await;
    let held = stored(&after, id).await;
    assert_eq!((held.state, held.hold()), (State::Paused, Some(Hold::Restored)));
    broadcast::resume_all_here(&after.base()).await.unwrap();
    step(&after).await;
    assert_eq!(stored(&after, id).await.state, State::Paused, "it asks, whatever the switch says");
    broadcast::resume(&after, &approver, id).await.unwrap();
    step(&after).await;
    assert_eq!(app.got(&people), [1], "LINE has seen every key");
    assert_eq!(stored(&after, id).await.state, State::Done);
    assert_eq!(recipients(&after, id, LedgerState::Accepted).await, 1_700);
}

#[tokio::test]
async fn the_part_of_a_refused_batch_has_the_same_key_whoever_has_left_since_the_backup() {
    let app = office().await;
    let people = app.many_friends(6).await;
    let approver = app.clerk("見本 承認二", &[Role::Approver]).await;
    let id = app.approved(to_everyone("健診")).await;
    plan::plan_due(app.app()).await.unwrap();
    let Some(backup) = Backup::take(&app).await else { return };
    app.line().fault(Endpoint::Multicast, Fault::MalformedId(0), 1);
    app.step().await;
    assert_eq!(app.recipients(id, LedgerState::Rejected).await, 1);
    let has_it = |user: &&LineUserId| app.line().accepted_count(user) == 1;
    let leaves = people.iter().rfind(has_it).unwrap().clone();

    let after = backup.put_back(&app).await;
    register::wish(&after, &leaves, Wish::Stop).await.unwrap();
    broadcast::resume_all_here(&after.base()).await.unwrap();
    broadcast::resume(&after, &approver, id).await.unwrap();
    app.line().fault(Endpoint::Multicast, Fault::MalformedId(0), 1);
    step(&after).await;
    assert_eq!((stored(&after, id).await.state, app.got(&people)), (State::Done, vec![0, 1]));
    assert_eq!(recipients(&after, id, LedgerState::Accepted).await, 4, "LINE knows the key");
}

#[tokio::test]
async fn how_a_refused_batch_goes_on_does_not_depend_on_how_much_of_the_refusal_arrived() {
    let app = office().await;
    let people = app.many_friends(6).await;
    let approver = app.clerk("見本 承認二", &[Role::Approver]).await;
    let id = app.approved(to_everyone("健診")).await;
    plan::plan_due(app.app()).await.unwrap();
    let Some(backup) = Backup::take(&app).await else { return };
    app.line().malform(&people[2]);
    app.line().fault(Endpoint::Multicast, Fault::HalfBody, 1);
    app.step().await;
    app.clock().advance(HOUR / 10);
    app.step().await;
    assert_eq!((app.recipients(id, LedgerState::Accepted).await, app.got(&people)), (5, vec![0, 1]));

    let after = backup.put_back(&app).await;
    broadcast::resume_all_here(&after.base()).await.unwrap();
    broadcast::resume(&after, &approver, id).await.unwrap();
    step(&after).await;
    assert_eq!((stored(&after, id).await.state, app.got(&people)), (State::Done, vec![0, 1]));
    assert_eq!(recipients(&after, id, LedgerState::Accepted).await, 5, "LINE knows the key");
}

#[tokio::test]
async fn a_backup_that_line_no_longer_remembers_sends_nothing_more_and_says_what_is_unknown() {
    let app = office().await;
    let people = app.many_friends(1_700).await;
    let approver = app.clerk("見本 承認二", &[Role::Approver]).await;
    let id = app.approved(to_everyone("健診")).await;
    begins(&app, &people).await;
    let Some(backup) = Backup::take(&app).await else { return };
    let before: i64 = app.recipients(id, LedgerState::Accepted).await;
    app.step().await;

    app.clock().advance(HOUR * 25);
    let after = backup.put_back(&app).await;
    broadcast::resume_all_here(&after.base()).await.unwrap();
    let refused = broadcast::resume(&after, &approver, id).await;
    assert!(matches!(refused, Err(BroadcastError::Refused(Refusal::TooLateAfterRestore))), "{refused:?}");
    step(&after).await;
    broadcast::stop(&after, &approver, id).await.unwrap();
    step(&after).await;
    assert_eq!(app.got(&people), [1]);
    let counts = {
        let broadcast = stored(&after, id).await;
        progress::find(&mut after.db.read().await.unwrap(), &broadcast).await.unwrap().counts
    };
    let doubted = counts.iter().find(|count| count.reason() == Some(Reason::Restored)).unwrap();
    assert_eq!((doubted.state, doubted.recipients), (LedgerState::Unknown, 1_700 - before));
    assert!(stored(&after, id).await.finished_at.is_some(), "and the sum is right");
}

#[tokio::test]
async fn one_that_was_resumed_in_time_is_held_again_when_line_is_about_to_forget() {
    let app = office().await;
    let people = app.many_friends(1_700).await;
    let approver = app.clerk("見本 承認二", &[Role::Approver]).await;
    let id = app.approved(to_everyone("健診")).await;
    begins(&app, &people).await;
    let Some(backup) = Backup::take(&app).await else { return };
    app.step().await;
    app.clock().advance(HOUR);
    let after = backup.put_back(&app).await;
    broadcast::resume_all_here(&after.base()).await.unwrap();
    broadcast::resume(&after, &approver, id).await.unwrap();
    // Nobody steps it until the next day at ten.
    app.clock().advance(HOUR * 23);
    step(&after).await;
    assert_eq!(stored(&after, id).await.hold(), Some(Hold::RestoredLate));
    assert_eq!(app.got(&people), [1]);
}

#[tokio::test]
async fn what_was_approved_or_waited_when_the_backup_was_taken_asks_again() {
    let app = office().await;
    let people = app.many_friends(30).await;
    let author = app.clerk("見本 起案二", &[Role::Editor]).await;
    let approver = app.clerk("見本 承認二", &[Role::Approver]).await;
    let approved = app.approved(to_everyone("健診")).await;
    let submitted = app.submitted(&author, to_everyone("二つ目")).await;
    let mut waiting = app.editor("見本 画面").await;
    let Some(backup) = Backup::take(&app).await else { return };
    app.approve_by_others(submitted).await;
    app.step().await;
    assert_eq!(app.got(&people), [2], "the database that is lost has sent both");

    let after = backup.put_back(&app).await;
    broadcast::resume_all_here(&after.base()).await.unwrap();
    step(&after).await;
    let held = stored(&after, approved).await;
    assert_eq!((held.state, held.hold()), (State::Paused, Some(Hold::Restored)));
    let refused = broadcast::resume(&after, &approver, approved).await;
    assert!(matches!(refused, Err(BroadcastError::Refused(Refusal::NeedsApproval))), "{refused:?}");
    let back = stored(&after, submitted).await;
    assert_eq!((back.state, back.return_reason.as_deref()), (State::Draft, Some(restore::RETURNED)));
    assert_eq!(app.got(&people), [2]);
    let token = waiting.browser.cookie(SESSION).unwrap().to_owned();
    assert!(musubi::flow::login::find(&after, &token).await.unwrap().is_none(), "everybody signs in again");
    waiting.browser.get("/console/broadcasts").await.ok();
    off_again_says_both(&after, &approver).await;
}

async fn approve_anew(office: &App, approvers: &[StaffMember], id: BroadcastId) {
    for approver in approvers {
        let held = stored(office, id).await;
        for part in held.to_open() {
            broadcast::open_part(office, approver, id, &part.id).await.unwrap();
        }
        let typed_count = held.submitted_count.unwrap();
        let seen = Seen { hash: held.submitted_hash.unwrap(), typed_count };
        broadcast::approve(office, approver, id, &seen).await.unwrap();
    }
}

/// Restored while it was approved, approved anew, planned anew, and stopped before the first call: who is unknown, and
/// who is stopped.
async fn stopped_after_a_restore(app: &TestApp, scheduled_at: Option<Timestamp>) -> Option<(i64, i64)> {
    app.many_friends(30).await;
    let (one, two) = (
        app.clerk("見本 承認二", &[Role::Approver]).await,
        app.clerk("見本 承認三", &[Role::Approver]).await,
    );
    let id = app.approved(Draft { scheduled_at, ..to_everyone("健診") }).await;
    let backup = Backup::take(app).await?;
    app.step().await;
    app.clock().advance(HOUR / 60);
    let after = backup.put_back(app).await;
    broadcast::resume_all_here(&after.base()).await.unwrap();
    approve_anew(&after, &[one, two.clone()], id).await;
    app.clock().set(scheduled_at.unwrap_or(app.clock().now()));
    assert_eq!(plan::plan_due(&after).await.unwrap(), 1);
    broadcast::stop(&after, &two, id).await.unwrap();
    step(&after).await;
    let of = async |state| recipients(&after, id, state).await;
    Some((of(LedgerState::Unknown).await, of(LedgerState::Stopped).await))
}

#[tokio::test]
async fn whoever_may_have_got_it_in_the_life_that_is_lost_is_unknown_and_not_stopped() {
    let app = office().await;
    let Some(counts) = stopped_after_a_restore(&app, None).await else { return };
    assert_eq!(counts, (30, 0));
    let app = office().await;
    let later = app.clock().now().plus(2 * HOUR);
    assert_eq!(stopped_after_a_restore(&app, Some(later)).await, Some((0, 30)), "its time had not come");
}

#[tokio::test]
async fn a_batch_that_line_had_put_off_when_the_backup_was_taken_is_unknown_after_a_stop() {
    let app = office().await;
    let people = app.many_friends(600).await;
    let approver = app.clerk("見本 承認二", &[Role::Approver]).await;
    let id = app.approved(to_everyone("健診")).await;
    app.line().fault(Endpoint::Multicast, Fault::RateLimit, 2);
    app.step().await;
    assert_eq!(app.recipients(id, LedgerState::Attempting).await, 600);
    let Some(backup) = Backup::take(&app).await else { return };
    app.clock().advance(HOUR / 2);
    app.step().await;
    assert_eq!(app.got(&people), [1], "the life that is lost has sent it");
    let after = backup.put_back(&app).await;
    broadcast::stop(&after, &approver, id).await.unwrap();
    step(&after).await;
    let of = async |state| recipients(&after, id, state).await;
    assert_eq!((of(LedgerState::Unknown).await, of(LedgerState::Stopped).await), (600, 0));
}

/// Sending that was off for a reason of its own keeps it.
async fn off_again_says_both(app: &App, staff: &StaffMember) {
    broadcast::pause_all(app, staff, "回線の工事").await.unwrap();
    restore::mark(&app.base()).await.unwrap();
    let off = switches::find(&mut app.db.read().await.unwrap(), switches::SENDING).await.unwrap().unwrap();
    assert!(off.reason.contains(restore::REASON) && off.reason.ends_with("回線の工事"), "{}", off.reason);
}

#[tokio::test]
async fn a_database_restored_by_its_own_tools_asks_as_well() {
    let app = office().await;
    app.many_friends(30).await;
    let id = app.approved(to_everyone("健診")).await;
    let restored = restore::mark(&app.app().base()).await.unwrap();
    assert_eq!((restored.held, restored.returned, restored.holds.accounts), (1, 0, 30));
    app.step().await;
    assert_eq!(app.broadcast(id).await.hold(), Some(Hold::Restored));
    // The last sign of life in it: nothing was noted.
    assert_eq!(restored.backup_at, Some(app.clock().now()));
}

#[tokio::test]
async fn staff_are_told_of_whom_nobody_knows_anything_when_a_restored_broadcast_expires() {
    let app = office().await;
    app.many_friends(1_700).await;
    let (author, approver) =
        (app.clerk("見本 起案", &[Role::Editor]).await, app.clerk("見本 承認二", &[Role::Approver]).await);
    let expires_at = Some(app.clock().now().plus(3 * HOUR));
    let id = app.submitted(&author, Draft { expires_at, ..to_everyone("健診") }).await;
    app.approve_by_others(id).await;
    plan::plan_due(app.app()).await.unwrap();
    let Some(backup) = Backup::take(&app).await else { return };
    app.clock().advance(2 * HOUR);
    let after = backup.put_back(&app).await;
    broadcast::resume_all_here(&after.base()).await.unwrap();
    broadcast::resume(&after, &approver, id).await.unwrap();
    app.clock().advance(2 * HOUR);
    step(&after).await;
    assert_eq!(recipients(&after, id, LedgerState::Unknown).await, 1_700);
    step(&after).await;
    let told = app.alarms_of(author.id).await;
    assert!(told.iter().any(|one| one.contains("期限が来たため")), "{told:?}");
    assert!(told.iter().any(|one| one.contains("分からない人がいます")), "{told:?}");
}

#[tokio::test]
async fn a_backup_in_which_one_broadcast_can_not_be_read_is_restored_and_that_one_never_goes_out() {
    let app = office().await;
    app.many_friends(30).await;
    let [spoilt, other] = [app.approved(to_everyone("健診")).await, app.approved(to_everyone("検診")).await];
    app.run_sql(&format!("UPDATE broadcast SET content = '[7]' WHERE id = '{spoilt}'")).await;
    let restored = restore::mark(&app.app().base()).await.unwrap();
    assert_eq!((restored.held, app.broadcast(other).await.hold()), (2, Some(Hold::Restored)));
    let query = sql!("SELECT state, hold_reason FROM broadcast WHERE id = $1", spoilt);
    let stands: (String, String) = app.db().read().await.unwrap().fetch_one(query).await.unwrap();
    assert_eq!(stands, ("paused".to_owned(), "not_approved".to_owned()));
    let filter = Filter { subject: Some(("broadcast".to_owned(), spoilt.to_string())), ..Filter::default() };
    let noted = audit::list(&mut app.db().read().await.unwrap(), &filter, None, 20).await.unwrap();
    assert!(noted.iter().any(|entry| entry.action == "broadcast.hold"));
}
