//! Planning while people change: an audience that was asked for before a commit is never frozen after it.

use std::time::Duration;

use musubi::app::App;
use musubi::chance::Chance;
use musubi::db::arg::Bind;
use musubi::db::{Db, Query};
use musubi::domain::broadcast::{LedgerState, State};
use musubi::flow::plan;
use musubi::store::accounts::{self, By};
use musubi::store::{changes, ledger};

use crate::support::TestApp;
use crate::support::broadcasts::to_everyone;

/// Another process of the same office, which has read nobody yet.
async fn elsewhere(app: &TestApp) -> App {
    let db = Db::open(app.database_url()).await.unwrap();
    App::new((*app.app().config).clone(), db, app.clock().clone(), Chance::seeded(5)).unwrap()
}

/// The audience is asked for while a stop is written and not yet committed; before it can be frozen, the commit comes.
///
/// The open transaction keeps the planner from writing: on SQLite as the one writer, on PostgreSQL by the row of the
/// broadcast, which it locks. That the planner has asked is seen by its population, which knew nobody before.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_stops_between_the_question_and_the_transaction_is_not_planned() {
    let app = TestApp::start().await;
    let people = app.many_friends(4).await;
    let id = app.approved(to_everyone("健診")).await;
    let planner = elsewhere(&app).await;

    let mut tx = app.db().write().await.unwrap();
    let lock = "UPDATE broadcast SET title = title WHERE id = $1";
    tx.execute(Query::new(lock, vec![id.bind()])).await.unwrap();
    let leaver = accounts::find_by_line_user(&mut tx, &people[0]).await.unwrap().unwrap().id;
    let by = By { actor: "resident", at: app.clock().now() };
    assert!(accounts::stop(&mut tx, leaver, by).await.unwrap());
    let seq = changes::last(&mut tx).await.unwrap();

    let planning = tokio::spawn({
        let planner = planner.clone();
        async move { plan::plan_due(&planner).await }
    });
    while planner.population.seq().is_none() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    assert_eq!(planner.population.seq(), Some(seq - 1), "the audience is from before the stop");
    tx.commit().await.unwrap();

    assert_eq!(planning.await.unwrap().unwrap(), 1);
    assert_eq!(planner.population.seq(), Some(seq), "it has asked again");
    let planned = ledger::accounts(&mut app.db().read().await.unwrap(), id).await.unwrap();
    assert_eq!((planned.len(), planned.contains(&leaver)), (people.len() - 1, false));
    app.step().await;
    assert_eq!(app.broadcast(id).await.state, State::Done);
    assert_eq!(app.recipients(id, LedgerState::Accepted).await, 3);
    assert_eq!((app.line().accepted_count(&people[0]), app.got(&people[1..])), (0, vec![1]));
    planner.db.close().await;
}
