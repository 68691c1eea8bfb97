//! Random deeds of random staff against a simple model of what may be done: whatever the model calls illegal is
//! refused and changes nothing, whatever it calls legal is done, and nothing leaves that was not approved by two.

use std::collections::BTreeSet;

use musubi::chance::Chance;
use musubi::domain::broadcast::State;
use musubi::domain::ids::{BroadcastId, LineUserId, StaffId};
use musubi::domain::staff::{Role, StaffMember};
use musubi::flow::broadcast::{self, BroadcastError, Refusal, Seen};

use crate::support::TestApp;
use crate::support::broadcasts::to_everyone;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Deed {
    Edit,
    Test,
    Submit,
    Open,
    Approve,
    ApproveStale,
    ApproveWrongNumber,
    Return,
    Pause,
    Resume,
    Stop,
    Work,
}

const DEEDS: [Deed; 12] = [
    Deed::Edit,
    Deed::Test,
    Deed::Submit,
    Deed::Open,
    Deed::Approve,
    Deed::ApproveStale,
    Deed::ApproveWrongNumber,
    Deed::Return,
    Deed::Pause,
    Deed::Resume,
    Deed::Stop,
    Deed::Work,
];

/// What the model remembers; it knows no table of states but its own.
#[derive(Debug)]
struct Model {
    state: State,
    author: StaffId,
    editor: StaffId,
    tested: bool,
    opened: BTreeSet<StaffId>,
    /// Who has approved this text since it was submitted, or since it was paused, if anybody has since.
    counted: BTreeSet<StaffId>,
    anew: bool,
    last: Option<StaffId>,
    planned: bool,
}

impl Model {
    fn allows(&self, deed: Deed, who: &StaffMember) -> bool {
        use State::{Approved, Done, Draft, Expired, Paused, Planned, Sending, Submitted};
        let is = |role: Role| who.roles.has(role);
        let (drafts, approves) = (is(Role::Editor), is(Role::Approver));
        let halts = drafts || approves || is(Role::Admin);
        let other = who.id != self.author && who.id != self.editor;
        match deed {
            Deed::Edit => drafts && matches!(self.state, Draft | Submitted | Approved),
            Deed::Test => drafts || approves,
            Deed::Submit => drafts && self.state == Draft && self.tested,
            Deed::Open => approves,
            Deed::Approve => {
                let awaits = self.state == Submitted || (self.state == Paused && !self.planned);
                // Doing it twice does it once.
                let again = self.state == Approved && self.last == Some(who.id);
                approves && (again || (awaits && other && self.opened.contains(&who.id)))
            }
            Deed::ApproveStale | Deed::ApproveWrongNumber => false,
            Deed::Return => {
                let unplanned = self.state == Paused && !self.planned;
                approves && (matches!(self.state, Submitted | Approved) || unplanned)
            }
            Deed::Pause => halts && matches!(self.state, Approved | Planned | Sending | Paused),
            Deed::Resume => {
                let approved = !self.anew || 2 <= self.counted.len();
                approves && self.state == Paused && (self.planned || (other && approved))
            }
            Deed::Stop => halts && !matches!(self.state, Done | Expired),
            Deed::Work => true,
        }
    }

    fn happened(&mut self, deed: Deed, who: &StaffMember) {
        match deed {
            Deed::Edit => {
                (self.state, self.editor, self.tested) = (State::Draft, who.id, false);
                self.opened.clear();
                self.counted.clear();
            }
            Deed::Test => self.tested = true,
            Deed::Submit => self.state = State::Submitted,
            Deed::Open => drop(self.opened.insert(who.id)),
            Deed::Approve => {
                if self.state == State::Paused && !self.anew {
                    (self.anew, self.counted) = (true, BTreeSet::new());
                }
                self.counted.insert(who.id);
                if self.state != State::Approved && 2 <= self.counted.len() {
                    (self.state, self.last) = (State::Approved, Some(who.id));
                }
            }
            Deed::Return => {
                self.state = State::Draft;
                self.counted.clear();
            }
            Deed::Pause => {
                self.anew &= self.state == State::Paused;
                self.state = State::Paused;
            }
            Deed::Resume => self.state = if self.planned { State::Sending } else { State::Approved },
            Deed::Stop => self.state = State::Stopped,
            Deed::Work if matches!(self.state, State::Approved | State::Planned | State::Sending) => {
                (self.state, self.planned) = (State::Done, true);
            }
            Deed::Work | Deed::ApproveStale | Deed::ApproveWrongNumber => {}
        }
    }
}

struct Play {
    app: TestApp,
    staff: Vec<StaffMember>,
    people: Vec<LineUserId>,
    id: BroadcastId,
    edits: usize,
}

impl Play {
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

/// Plays one sequence; a fault is told with everything done so far.
async fn play(seed: u64) -> Result<State, String> {
    let app = TestApp::start().await;
    let (people, staff, chance) = (app.many_friends(3).await, staff(&app).await, Chance::seeded(seed));
    let author = staff[usize::try_from(chance.below(2)).unwrap()].clone();
    let id = broadcast::create(app.app(), &author, to_everyone("健診")).await.unwrap();
    let mut model = Model {
        state: State::Draft,
        author: author.id,
        editor: author.id,
        tested: false,
        opened: BTreeSet::new(),
        counted: BTreeSet::new(),
        anew: false,
        last: None,
        planned: false,
    };
    let (mut play, mut done) = (Play { app, staff, people, id, edits: 0 }, Vec::new());
    for step in 0..60 {
        let draw = || {
            let pick = usize::try_from(chance.below(DEEDS.len() as u64)).unwrap();
            // What ends it or begins it anew is rare before the middle, or no sequence would get far.
            let (rare, is_first) = (chance.below(3) == 0, step < 40);
            let deed = match DEEDS[pick] {
                Deed::Stop if is_first => Deed::Open,
                Deed::Edit | Deed::Return if !rare => Deed::Approve,
                deed => deed,
            };
            (deed, play.staff[usize::try_from(chance.below(play.staff.len() as u64)).unwrap()].clone())
        };
        let (mut deed, mut who) = draw();
        // Of four deeds one is any, and the others are such as the model allows.
        for _ in 0..chance.below(4) * 4 {
            if model.allows(deed, &who) {
                break;
            }
            (deed, who) = draw();
        }
        let (allowed, before) = (model.allows(deed, &who), model.state);
        let outcome = play.does(deed, &who).await;
        done.push(format!("{deed:?} by {:?} in {before:?}: {outcome:?}", who.roles));
        let told = |what: &str| Err(format!("seed {seed}: {what}\n{}\n{model:?}", done.join("\n")));
        match &outcome {
            Ok(()) if !allowed => return told("the model forbids it, and it was done"),
            Err(BroadcastError::Refused(_)) if allowed && deed != Deed::Test => {
                return told("the model allows it, and it was refused");
            }
            Err(BroadcastError::Refused(_)) => {}
            Err(error) => return told(&format!("{error}")),
            Ok(()) => model.happened(deed, &who),
        }
        let real = play.app.broadcast(play.id).await.state;
        if real != model.state {
            return Err(format!("seed {seed}: it is {real:?}\n{}\n{model:?}", done.join("\n")));
        }
        play.app.clock().advance(std::time::Duration::from_secs(1));
        let is_other = |id: &&StaffId| **id != model.author && **id != model.editor;
        let approved = 2 <= model.counted.iter().filter(is_other).count() || model.last.is_some();
        if play.app.got(&play.people) != [0] && !approved {
            return Err(format!("seed {seed}: sent without two others\n{}", done.join("\n")));
        }
    }
    Ok(model.state)
}

#[tokio::test]
async fn sixty_random_deeds_do_what_the_model_says_and_nothing_else() {
    let mut ends = BTreeSet::new();
    for seed in 1..=40 {
        match play(seed).await {
            Ok(state) => drop(ends.insert(state.id())),
            Err(fault) => panic!("{fault}"),
        }
    }
    assert!(ends.contains("done") && ends.contains("stopped"), "{ends:?}");
}

#[test]
fn the_refusals_of_the_model_are_those_of_the_program() {
    assert!(Refusal::WrongState(State::Done).to_string().contains(State::Done.word()));
}
