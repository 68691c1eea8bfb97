//! Broadcasts from draft to approval, by staff who each have a LINE account for their tests.

use std::sync::atomic::Ordering;

use musubi::domain::broadcast::standing::Terms;
use musubi::domain::broadcast::{Class, LedgerState};
use musubi::domain::emergency::Filled;
use musubi::domain::ids::{AccountId, BroadcastId, LineUserId};
use musubi::domain::message::Content;
use musubi::domain::segment::RulePath;
use musubi::domain::staff::{Role, Roles, StaffMember};
use musubi::flow::broadcast::{self, BroadcastError, Draft, Seen};
use musubi::flow::rules::{self, Origin, Saving};
use musubi::flow::staff::Newcomer;
use musubi::store::broadcasts::Broadcast;
use musubi::store::progress::Progress;
use musubi::store::town::NewAccount;
use musubi::store::{broadcasts, progress, repeats, standings, town};
use serde_json::json;
use uuid::Uuid;

use super::app::TestApp;
use super::staff::{PASSWORD, add_series};

/// A text to everybody who is a friend, in the topic 健診, at once.
pub fn to_everyone(text: &str) -> Draft {
    Draft {
        class: Class::Ordinary,
        title: "見本の配信".to_owned(),
        series: "見本".to_owned(),
        topic: "kenshin".to_owned(),
        segment_path: "oshirase/zenin".to_owned(),
        content: Content::japanese_text(text),
        scheduled_at: None,
        expires_at: None,
    }
}

impl TestApp {
    /// Somebody with these roles and a LINE account of their own, which is no friend of the office in its tables.
    pub async fn clerk(&self, name: &str, roles: &[Role]) -> StaffMember {
        let number = 1 + self.staff_count.fetch_add(1, Ordering::Relaxed);
        let own = LineUserId::parse(&format!("U{:032x}", 0xc1e7_c000 + number)).unwrap();
        self.line().know_friend(&own, name);
        let roles: Roles = roles.iter().copied().collect();
        let newcomer = Newcomer {
            login: format!("clerk{number}"),
            name: name.to_owned(),
            department: "広報課".to_owned(),
            roles: roles.clone(),
            password: PASSWORD.into(),
            line_user_id: Some(own),
        };
        let id = musubi::flow::staff::add(&self.app().base(), newcomer).await.unwrap();
        add_series(self.db(), id).await;
        StaffMember { id, name: name.to_owned(), roles }
    }

    /// So many friends who added the account long ago; none of them has a phone to look at.
    pub async fn many_friends(&self, count: usize) -> Vec<LineUserId> {
        let (app, users) = (self.app(), self.line().add_friends_silently(count));
        let now = app.clock.now();
        let account = |user: &LineUserId| NewAccount {
            id: AccountId(app.chance.uuid_v7(now)),
            line_user_id: user.clone(),
            following: true,
            stopped: false,
            attributes: json!({}),
            declined_topics: json!([]),
            consent: None,
            persons: Vec::new(),
        };
        let accounts: Vec<_> = users.iter().map(account).collect();
        let mut tx = self.db().write().await.unwrap();
        town::insert(&mut tx, &accounts, now).await.unwrap();
        tx.commit().await.unwrap();
        users
    }

    /// Saves a rule of everybody with these lines in its head, over the version that was `seen`; 0 for a new one.
    pub async fn everybody(&self, path: &str, head: &str, seen: i64) {
        self.rule(path, &format!("{head}\n対象: 友だち全員\n"), seen).await;
    }

    /// Saves a rule that ends in these lines, over the version that was `seen`; 0 for a new one.
    pub async fn rule(&self, path: &str, rest: &str, seen: i64) {
        let text = format!("名前: 試しの条件\n目的: 見本\n所管: 広報課\n{rest}");
        let (path, is_new) = (RulePath::parse(path).unwrap(), seen == 0);
        let saving =
            Saving { path: &path, text: &text, why: "試し", seen, is_new, origin: Origin::Console };
        let editor = self.clerk("見本 条件", &[Role::Editor]).await;
        rules::save(&self.app().base(), &self.app().rules, Some(&editor), saving).await.unwrap();
    }

    /// The version of a repeat as it is now.
    pub async fn repeat_version(&self, id: Uuid) -> String {
        let mut tx = self.db().read().await.unwrap();
        let open = standings::open_of(&mut tx, id).await.unwrap();
        repeats::find(&mut tx, id).await.unwrap().unwrap().version(open.as_ref())
    }

    /// Asks for a standing approval of a repeat as it is now.
    pub async fn ask_standing(
        &self,
        who: &StaffMember,
        repeat: Uuid,
        terms: Terms,
    ) -> Result<Uuid, BroadcastError> {
        let version = self.repeat_version(repeat).await;
        broadcast::ask_standing(self.app(), who, (repeat, &version), terms).await
    }

    /// Written, tested and submitted.
    pub async fn submitted(&self, author: &StaffMember, draft: Draft) -> BroadcastId {
        let id = broadcast::create(self.app(), author, draft).await.unwrap();
        broadcast::send_test(self.app(), author, id).await.unwrap();
        let version = self.broadcast(id).await.version;
        self.submit(author, (id, version)).await.unwrap();
        id
    }

    /// Submits as an author does who reads the cautions and ticks them.
    pub async fn submit(
        &self,
        author: &StaffMember,
        (id, version): (BroadcastId, i64),
    ) -> Result<(), BroadcastError> {
        let cautions = broadcast::cautions(self.app(), &self.broadcast(id).await).await?;
        broadcast::submit(self.app(), author, (id, version), &cautions).await
    }

    /// What an attentive approver sees and types.
    pub async fn seen(&self, id: BroadcastId) -> Seen {
        let broadcast = self.broadcast(id).await;
        let typed_count = broadcast.submitted_count.unwrap_or(0);
        Seen { hash: broadcast.submitted_hash.unwrap_or_default(), typed_count }
    }

    /// Opens every part of it, as an attentive approver does.
    pub async fn open_all(&self, approver: &StaffMember, id: BroadcastId) {
        for part in self.broadcast(id).await.to_open() {
            broadcast::open_part(self.app(), approver, id, &part.id).await.unwrap();
        }
    }

    /// Opens every part and approves; where two are needed, another one has to follow.
    pub async fn approve(&self, approver: &StaffMember, id: BroadcastId) -> Result<(), BroadcastError> {
        self.open_all(approver, id).await;
        broadcast::approve(self.app(), approver, id, &self.seen(id).await).await
    }

    /// Approved by as many as it needs, whom nobody has seen before.
    pub async fn approve_by_others(&self, id: BroadcastId) {
        for _ in 0..self.broadcast(id).await.approvals_needed {
            let approver = self.clerk("見本 承認", &[Role::Approver]).await;
            self.approve(&approver, id).await.unwrap();
        }
    }

    /// Written by one, approved by as many others as it needs, not sent yet.
    pub async fn approved(&self, draft: Draft) -> BroadcastId {
        let author = self.clerk("見本 起案", &[Role::Editor]).await;
        let id = self.submitted(&author, draft).await;
        self.approve_by_others(id).await;
        id
    }

    /// From the drawer, to the whole city, tested; not submitted yet.
    pub async fn emergency(&self, author: &StaffMember) -> BroadcastId {
        let (place, time) = ("出雲中央小学校".to_owned(), "23:05".to_owned());
        let filled = Filled { everyone: true, place, time, ..Filled::default() };
        let id = broadcast::begin_emergency(self.app(), author, "hinan-shiji", &filled).await.unwrap();
        broadcast::send_test(self.app(), author, id).await.unwrap();
        id
    }

    /// The same, submitted and approved by another person; not sent yet.
    pub async fn approved_emergency(&self) -> BroadcastId {
        let author = self.clerk("見本 防災", &[Role::Editor]).await;
        let id = self.emergency(&author).await;
        self.submit(&author, (id, self.broadcast(id).await.version)).await.unwrap();
        self.approve_by_others(id).await;
        id
    }

    /// Written in the form of the console, tested, submitted and approved; not sent yet.
    pub async fn written(&self, letter: &[(&str, &str)]) -> BroadcastId {
        let mut author = self.editor("見本 筆者").await.browser;
        let page = author.post("/console/broadcasts", letter).await;
        assert!(page.errors().is_empty(), "{:?}", page.errors());
        let id = page.url.path().rsplit('/').next().and_then(BroadcastId::parse).unwrap();
        let clerk = self.clerk("見本 起案", &[Role::Editor]).await;
        broadcast::send_test(self.app(), &clerk, id).await.unwrap();
        self.submit(&clerk, (id, self.broadcast(id).await.version)).await.unwrap();
        self.approve_by_others(id).await;
        id
    }

    /// As [`TestApp::written`], and sent to its end.
    pub async fn goes_out(&self, letter: &[(&str, &str)]) -> BroadcastId {
        let id = self.written(letter).await;
        self.step().await;
        id
    }

    /// As it is stored.
    pub async fn broadcast(&self, id: BroadcastId) -> Broadcast {
        broadcasts::find(&mut self.db().read().await.unwrap(), id).await.unwrap().unwrap()
    }

    /// How far it has come.
    pub async fn progress(&self, id: BroadcastId) -> Progress {
        let broadcast = self.broadcast(id).await;
        progress::find(&mut self.db().read().await.unwrap(), &broadcast).await.unwrap()
    }

    /// How many recipients are in a state.
    pub async fn recipients(&self, id: BroadcastId, state: LedgerState) -> i64 {
        self.progress(id).await.recipients(state)
    }

    /// The spread of messages over these people: each of them got how many?
    pub fn got(&self, people: &[LineUserId]) -> Vec<u32> {
        let mut counts: Vec<_> = people.iter().map(|person| self.line().accepted_count(person)).collect();
        counts.sort_unstable();
        counts.dedup();
        counts
    }
}
