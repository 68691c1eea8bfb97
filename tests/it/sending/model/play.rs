//! Plays deeds at the real office and compares each with the model.

use std::time::Duration;

use musubi::domain::broadcast::State;
use musubi::domain::ids::{BroadcastId, LineUserId};
use musubi::domain::staff::{Role, StaffMember};
use musubi::flow::broadcast::{self, BroadcastError, Seen};

use super::{Deed, Model};
use crate::support::TestApp;
use crate::support::broadcasts::to_everyone;

/// A deed, and which of the staff does it.
pub type Turn = (Deed, usize);

/// What went wrong, after which deeds.
pub struct Fault {
    what: String,
    pub done: Vec<Turn>,
    log: Vec<String>,
    model: String,
}

impl std::fmt::Display for Fault {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(out, "{}\n{}\n{:?}\n{}", self.what, self.log.join("\n"), self.done, self.model)
    }
}

struct Play {
    app: TestApp,
    staff: Vec<StaffMember>,
    people: Vec<LineUserId>,
    id: BroadcastId,
    edits: usize,
    model: Model,
    log: Vec<String>,
}

/// Plays what `next` says until it says nothing more, or something goes wrong.
pub async fn play(
    author: usize,
    mut next: impl FnMut(&Model, &[StaffMember]) -> Option<Turn>,
) -> Result<State, Fault> {
    let (mut play, mut done) = (Play::begin(author).await, Vec::new());
    while let Some((deed, who)) = next(&play.model, &play.staff) {
        done.push((deed, who));
        if let Err(what) = play.turn(deed, who).await {
            return Err(Fault { what, done, log: play.log, model: format!("{:?}", play.model) });
        }
    }
    Ok(play.model.state)
}

impl Play {
    async fn begin(author: usize) -> Self {
        let app = TestApp::start().await;
        let (people, staff) = (app.many_friends(3).await, staff(&app).await);
        let id = broadcast::create(app.app(), &staff[author], to_everyone("健診")).await.unwrap();
        let model = Model::drafted_by(staff[author].id);
        Self { app, staff, people, id, edits: 0, model, log: Vec::new() }
    }

    /// Does one deed, and says what the model would not have it do.
    async fn turn(&mut self, deed: Deed, who: usize) -> Result<(), String> {
        let who = self.staff[who].clone();
        let (allowed, before) = (self.model.allows(deed, &who), self.model.state);
        let outcome = self.does(deed, &who).await;
        self.log.push(format!("{deed:?} by {:?} in {before:?}: {outcome:?}", who.roles));
        match outcome {
            Ok(()) if !allowed => return Err("the model forbids it, and it was done".to_owned()),
            Err(BroadcastError::Refused(_)) if allowed && deed != Deed::Test => {
                return Err("the model allows it, and it was refused".to_owned());
            }
            Err(BroadcastError::Refused(_)) => {}
            Err(error) => return Err(error.to_string()),
            Ok(()) => self.model.happened(deed, &who),
        }
        let real = self.app.broadcast(self.id).await.state;
        if real != self.model.state {
            return Err(format!("it is {real:?}"));
        }
        self.app.clock().advance(Duration::from_secs(1));
        if self.app.got(&self.people) != [0] && !self.model.is_approved() {
            return Err("sent without two others".to_owned());
        }
        Ok(())
    }

    async fn does(&mut self, deed: Deed, who: &StaffMember) -> Result<(), BroadcastError> {
        let (app, id) = (self.app.app(), self.id);
        let stored = self.app.broadcast(id).await;
        let seen = self.app.seen(id).await;
        match deed {
            Deed::Edit => {
                self.edits += 1;
                let text = to_everyone(&format!("健診 {}", self.edits));
                broadcast::edit(app, who, (id, stored.version), text).await
            }
            Deed::Test => broadcast::send_test(app, who, id).await.map(|_| ()),
            Deed::Submit => self.app.submit(who, (id, stored.version)).await,
            Deed::Open => {
                for part in stored.to_open() {
                    broadcast::open_part(app, who, id, &part.id).await?;
                }
                Ok(())
            }
            Deed::Approve => broadcast::approve(app, who, id, &seen).await,
            Deed::ApproveStale => {
                let stale = Seen { hash: "0".repeat(64), ..seen };
                broadcast::approve(app, who, id, &stale).await
            }
            Deed::ApproveWrongNumber => {
                let wrong = Seen { typed_count: seen.typed_count + 1, ..seen };
                broadcast::approve(app, who, id, &wrong).await
            }
            Deed::Return => broadcast::return_to_draft(app, who, id, "直してください").await,
            Deed::Pause => broadcast::pause(app, who, id).await,
            Deed::Resume => broadcast::resume(app, who, id).await,
            Deed::Stop => broadcast::stop(app, who, id).await,
            Deed::Work => {
                self.app.step().await;
                Ok(())
            }
        }
    }
}

async fn staff(app: &TestApp) -> Vec<StaffMember> {
    let roles: [&[Role]; 7] = [
        &[Role::Editor],
        &[Role::Editor, Role::Approver],
        &[Role::Approver],
        &[Role::Approver],
        &[Role::Approver],
        &[Role::Admin],
        &[Role::Auditor],
    ];
    let mut all = Vec::new();
    for own in roles {
        all.push(app.clerk("見本 職員", own).await);
    }
    all
}
