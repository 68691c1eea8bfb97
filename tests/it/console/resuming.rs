//! A held broadcast goes on where going on is right, and nowhere else.

use axum::http::StatusCode;
use musubi::domain::broadcast::{Hold, State};
use musubi::domain::ids::BroadcastId;
use musubi::flow::plan;

use crate::support::app::TestApp;
use crate::support::broadcasts::to_everyone;

async fn held(office: &TestApp, id: BroadcastId, hold: Hold) {
    let held = format!("UPDATE broadcast SET state = 'paused', hold_reason = '{}'", hold.id());
    office.run_sql(&format!("{held} WHERE id = '{id}'")).await;
}

#[tokio::test]
async fn what_says_not_to_go_on_has_no_button_for_it_and_refuses_whoever_asks_all_the_same() {
    let office = TestApp::start().await;
    office.many_friends(3).await;
    let mut approver = office.approver("見本 承認").await.browser;
    let id = office.approved(to_everyone("健診")).await;
    plan::plan_due(office.app()).await.unwrap();
    let at = format!("/console/broadcasts/{id}");
    let mut refused = Vec::new();
    for hold in Hold::ALL {
        held(&office, id, hold).await;
        let page = approver.get(&at).await.ok();
        let is_offered = page.attributes(".page-head a", "href").contains(&format!("{at}/resume"));
        let answer = approver.post(&format!("{at}/resume"), &[]).await;
        let now = office.broadcast(id).await;
        assert_eq!(is_offered, now.state == State::Sending, "{hold:?}: {}", answer.text());
        if !is_offered {
            assert_eq!((now.state, now.hold()), (State::Paused, Some(hold)));
            assert!(
                answer.status == StatusCode::UNPROCESSABLE_ENTITY || answer.status == StatusCode::CONFLICT
            );
            assert!(answer.text().contains(hold.word()), "{hold:?}: {}", answer.text());
            refused.push(hold);
        }
    }
    for hold in
        [Hold::Mismatch, Hold::RestoredLate, Hold::ContentRefused, Hold::NotApproved, Hold::SentBefore]
    {
        assert!(refused.contains(&hold), "{hold:?}");
    }
    for hold in [Hold::Staff, Hold::Late, Hold::Failures, Hold::MonthlyLimit, Hold::Restored] {
        assert!(!refused.contains(&hold), "{hold:?}");
    }
}
