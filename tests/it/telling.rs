//! Staff are told by LINE when sending stops and asks: once, those behind the broadcast and the administrators, nobody else.

use std::time::Duration;

use musubi::domain::broadcast::limits::Limits;
use musubi::domain::broadcast::{Hold, LedgerState, State};
use musubi::domain::ids::{BroadcastId, StaffId};
use musubi::domain::staff::{Role, StaffMember};
use musubi::flow::broadcast::{self, Draft};
use musubi::flow::plan;
use musubi::simulator::{Endpoint, Fault};

use crate::support::TestApp;
use crate::support::broadcasts::to_everyone;

const HOUR: Duration = Duration::from_secs(60 * 60);
/// What residents read, and staff are not told.
const BODY: &str = "がん検診の申込";

/// An office with an administrator and somebody who has nothing to do with the broadcast.
struct Office {
    app: TestApp,
    admin: StaffMember,
    bystander: StaffMember,
}

impl Office {
    async fn open(friends: usize) -> Self {
        Self::with(friends, Limits::default()).await
    }

    async fn with(friends: usize, limits: Limits) -> Self {
        let app = TestApp::start_with(|config, _| {
            config.send_at_once = 1.try_into().unwrap();
            config.limits = limits;
        })
        .await;
        app.many_friends(friends).await;
        let admin = app.clerk("見本 管理", &[Role::Admin]).await;
        let bystander = app.clerk("見本 他課", &[Role::Editor, Role::Approver]).await;
        Self { app, admin, bystander }
    }

    async fn approved(&self, after: Option<Duration>) -> BroadcastId {
        let scheduled_at = after.map(|wait| self.app.clock().now().plus(wait));
        self.app.approved(Draft { scheduled_at, ..to_everyone(BODY) }).await
    }

    /// The author and whoever approved last.
    async fn behind(&self, id: BroadcastId) -> [StaffId; 2] {
        let broadcast = self.app.broadcast(id).await;
        [broadcast.author_id, broadcast.approver_id.unwrap()]
    }

    /// Those behind it and the administrator were told this, and nobody else anything.
    async fn all_were_told(&self, id: BroadcastId, words: &[&str]) {
        let [author, approver] = self.behind(id).await;
        for who in [author, approver, self.admin.id] {
            let told = self.app.alarms_of(who).await;
            assert_eq!(told.len(), words.len(), "{told:?}");
            for (told, word) in told.iter().zip(words) {
                assert!(told.contains(word) && told.contains("「見本の配信」"), "{told}");
                assert!(
                    told.ends_with(&format!("/console/broadcasts/{id}")) && !told.contains(BODY),
                    "{told}"
                );
            }
        }
        assert!(self.app.alarms_of(self.bystander.id).await.is_empty());
    }

    async fn is_held(&self, id: BroadcastId, reason: Hold) {
        let held = self.app.broadcast(id).await;
        assert_eq!((held.state, held.hold()), (State::Paused, Some(reason)));
        self.all_were_told(id, &[reason.word()]).await;
    }
}

#[tokio::test]
async fn three_failures_in_a_row_are_told_once_and_again_only_after_a_person_let_it_go_on() {
    let office = Office::open(3_000).await;
    let id = office.approved(None).await;
    office.app.line().fault(Endpoint::Multicast, Fault::MalformedId(0), 3);
    office.app.step().await;
    office.is_held(id, Hold::Failures).await;
    office.app.clock().advance(HOUR / 2);
    office.app.step().await;
    office.is_held(id, Hold::Failures).await;
    broadcast::resume(office.app.app(), &office.bystander, id).await.unwrap();
    office.app.line().fault(Endpoint::Multicast, Fault::MalformedId(0), 3);
    office.app.step().await;
    assert_eq!(office.app.broadcast(id).await.state, State::Paused);
    office.all_were_told(id, &[Hold::Failures.word(); 2]).await;
}

#[tokio::test]
async fn the_end_of_the_month_and_too_many_refused_are_told() {
    for (friends, fault, times, reason) in
        [(600, Fault::MonthlyLimit, 1, Hold::MonthlyLimit), (250, Fault::MalformedId(0), 3, Hold::Rejections)]
    {
        let office = Office::open(friends).await;
        let id = office.approved(None).await;
        office.app.line().fault(Endpoint::Multicast, fault, times);
        office.app.step().await;
        office.is_held(id, reason).await;
    }
}

#[tokio::test]
async fn what_is_late_or_has_moved_is_told() {
    let office = Office::open(10).await;
    let late = office.approved(Some(HOUR)).await;
    office.app.clock().advance(HOUR * 2 + HOUR / 10);
    office.app.step().await;
    office.is_held(late, Hold::Late).await;

    let office = Office::open(10).await;
    let moved = office.approved(Some(HOUR)).await;
    office.app.many_friends(51).await;
    office.app.clock().advance(HOUR);
    office.app.step().await;
    office.is_held(moved, Hold::AudienceMoved).await;
}

#[tokio::test]
async fn what_expires_before_everybody_was_sent_to_is_told() {
    const SAID: &str = "内容の期限が来たため、全員に送る前に終わりました";
    let office = Office::open(600).await;
    let expires_at = Some(office.app.clock().now().plus(HOUR));
    let unplanned = office.app.approved(Draft { expires_at, ..to_everyone(BODY) }).await;
    office.app.clock().advance(HOUR);
    office.app.step().await;
    assert_eq!(office.app.broadcast(unplanned).await.state, State::Expired);
    office.all_were_told(unplanned, &[SAID]).await;

    let office = Office::open(600).await;
    let expires_at = Some(office.app.clock().now().plus(HOUR));
    let begun = office.app.approved(Draft { expires_at, ..to_everyone(BODY) }).await;
    office.app.line().fault(Endpoint::Multicast, Fault::Pass, 1);
    office.app.line().fault(Endpoint::Multicast, Fault::RateLimit, 99);
    office.app.step().await;
    office.app.clock().advance(HOUR);
    office.app.step().await;
    assert_eq!(office.app.broadcast(begun).await.state, State::Expired);
    office.all_were_told(begun, &[SAID]).await;

    let office = Office::open(600).await;
    let expires_at = Some(office.app.clock().now().plus(HOUR));
    let done = office.app.approved(Draft { expires_at, ..to_everyone(BODY) }).await;
    office.app.step().await;
    office.app.clock().advance(HOUR);
    office.app.step().await;
    office.all_were_told(done, &[]).await;
}

#[tokio::test]
async fn whoever_line_refused_at_the_very_end_is_told_of_where_they_are_many() {
    for (friends, words) in [(9, &["LINEが受け付けなかった人が多くいます"][..]), (11, &[])] {
        let office = Office::open(friends).await;
        let id = office.approved(None).await;
        office.app.line().fault(Endpoint::Multicast, Fault::MalformedId(0), 1);
        office.app.step().await;
        assert_eq!(office.app.broadcast(id).await.state, State::Done);
        assert_eq!(office.app.recipients(id, LedgerState::Rejected).await, 1);
        office.all_were_told(id, words).await;
    }
}

#[tokio::test]
async fn figures_that_do_not_add_up_are_told() {
    let office = Office::open(3).await;
    let id = office.approved(None).await;
    plan::plan_due(office.app.app()).await.unwrap();
    office
        .app
        .run_sql("DELETE FROM ledger WHERE account_id IN (SELECT account_id FROM ledger LIMIT 1)")
        .await;
    office.app.step().await;
    office.is_held(id, Hold::Mismatch).await;
}

#[tokio::test]
async fn all_sending_switched_off_by_the_program_is_told_as_soon_as_line_takes_it() {
    let office = Office::open(600).await;
    let id = office.approved(None).await;
    office.app.line().fault(Endpoint::Multicast, Fault::Unauthorized, 2);
    // A dead token refuses the alarms, too.
    office.app.line().fault(Endpoint::Push, Fault::Unauthorized, 30);
    office.app.step().await;
    assert!(office.app.alarms_of(office.admin.id).await.is_empty());
    office.app.line().forget_faults();
    office.app.clock().advance(HOUR);
    office.app.step().await;
    office.all_were_told(id, &["LINEが受け付けないため、すべての配信を止めました(7月1日 10:00"]).await;
}

#[tokio::test]
async fn recipients_without_an_outcome_are_told_once_whenever_their_batches_end() {
    let office = Office::open(2_000).await;
    let id = office.approved(None).await;
    office.app.line().fault(Endpoint::Multicast, Fault::ServerError, 10_000);
    office.app.step().await;
    for _ in 0..50 {
        office.app.clock().advance(HOUR / 2);
        office.app.step().await;
    }
    // No more than three batches are begun while LINE is in trouble, and after an hour of it a person is asked.
    assert_eq!(office.app.recipients(id, LedgerState::Unknown).await, 1_500);
    let told = [Hold::Late.word(), "送れたかどうか分からない人がいます"];
    office.all_were_told(id, &told).await;
    broadcast::resume(office.app.app(), &office.bystander, id).await.unwrap();
    office.app.step().await;
    broadcast::stop(office.app.app(), &office.admin, id).await.unwrap();
    for _ in 0..10 {
        office.app.clock().advance(HOUR / 2);
        office.app.step().await;
    }
    assert_eq!(office.app.recipients(id, LedgerState::Unknown).await, 2_000);
    office.all_were_told(id, &told).await;
}

#[tokio::test]
async fn a_night_and_a_full_hour_pass_by_themselves_and_nobody_is_told() {
    let hour_recipients = 600;
    let office = Office::with(1_100, Limits { hour_recipients, ..Limits::default() }).await;
    let id = office.approved(None).await;
    office.app.step().await;
    assert_eq!(office.app.broadcast(id).await.hold(), Some(Hold::HourlyLimit));
    office.app.set_tokyo(office.app.clock().today().at(20, 30, 0, 0));
    let by_night = office.approved(None).await;
    office.app.step().await;
    office.app.step().await;
    assert_eq!(office.app.broadcast(by_night).await.hold(), Some(Hold::QuietHours));
    office.all_were_told(by_night, &[]).await;
}
