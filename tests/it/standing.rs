//! A standing approval of a repeat: two people agree once, each run within it goes out, everything else waits for people.

use jiff::civil::{Date, Time, date};
use musubi::domain::broadcast::lasting::Lasting;
use musubi::domain::broadcast::rhythm::{Rhythm, Shift};
use musubi::domain::broadcast::standing::{Terms, WhyNot};
use musubi::domain::broadcast::{Caution, State};
use musubi::domain::ids::{BroadcastId, LineUserId};
use musubi::domain::staff::{Role, StaffMember};
use musubi::flow::broadcast::{self, Again, BroadcastError, Draft, Refusal, Seen, Wish};
use musubi::flow::restore;
use musubi::store::audit::{self, Filter};
use musubi::store::broadcasts::Broadcast;
use musubi::store::repeats::{self, Run};
use musubi::store::standings::{self, Standing};
use uuid::Uuid;

use crate::fills::change_rule;
use crate::support::TestApp;
use crate::support::broadcasts::to_everyone;
use crate::support::households::Home;

fn refused<T: std::fmt::Debug>(outcome: Result<T, BroadcastError>) -> Refusal {
    match outcome.unwrap_err() {
        BroadcastError::Refused(refusal) => refusal,
        other => panic!("{other}"),
    }
}

/// On the 20th of each month at ten, a week before as a draft.
pub fn monthly() -> Again {
    let rhythm = Rhythm::parse("monthly 20").unwrap();
    let (at, lasting) = (Time::constant(10, 0, 0, 0), Lasting::default());
    Again { rhythm, shift: Shift::Stay, at, lead_days: 7, lasting }
}

/// An office whose monthly message was approved and sent by people once, on 20 July.
pub struct Office {
    pub app: TestApp,
    people: Vec<LineUserId>,
    pub author: StaffMember,
    one: StaffMember,
    two: StaffMember,
    pub repeat: Uuid,
}

impl Office {
    pub async fn open(friends: usize) -> Self {
        let app = TestApp::start().await;
        Self::of(app, friends, (to_everyone("今月のお知らせ"), &monthly())).await
    }

    /// The same with a text and days of its own.
    pub async fn of(app: TestApp, friends: usize, (text, again): (Draft, &Again)) -> Self {
        let people = app.many_friends(friends).await;
        let author = app.clerk("見本 起案", &[Role::Editor]).await;
        let one = app.clerk("見本 一", &[Role::Approver]).await;
        let two = app.clerk("見本 二", &[Role::Approver]).await;
        let model = broadcast::create(app.app(), &author, text).await.unwrap();
        let repeat = broadcast::repeat(app.app(), &author, model, again).await.unwrap();
        Self { app, people, author, one, two, repeat }.begun().await
    }

    /// The run of July is approved by people and has gone out.
    async fn begun(self) -> Self {
        let office = self;
        let first = office.run_of(date(2026, 7, 20)).await;
        broadcast::send_test(office.app.app(), &office.author, first.id).await.unwrap();
        office.app.submit(&office.author, (first.id, 1)).await.unwrap();
        for approver in [&office.one, &office.two] {
            office.app.approve(approver, first.id).await.unwrap();
        }
        office.goes_to(date(2026, 7, 20)).await;
        assert_eq!(office.app.got(&office.people), [1]);
        office
    }

    /// The clock stands on the day at five past ten.
    pub async fn goes_to(&self, day: Date) {
        self.app.set_tokyo(day.at(10, 5, 0, 0));
        self.app.step().await;
    }

    /// The draft of an occasion, a week before it.
    pub async fn run_of(&self, occasion: Date) -> Broadcast {
        self.app.set_tokyo(occasion.saturating_sub(jiff::ToSpan::days(7)).at(9, 0, 0, 0));
        self.app.step().await;
        let run = self.run(occasion).await;
        self.app.broadcast(run.broadcast_id.unwrap()).await
    }

    pub async fn run(&self, occasion: Date) -> Run {
        let runs = repeats::runs(&mut self.app.db().read().await.unwrap(), self.repeat, 100).await.unwrap();
        runs.into_iter().find(|run| run.occasion.0 == occasion).unwrap()
    }

    pub async fn asks(&self, most: i64) -> Uuid {
        let terms = Terms { ends: date(2027, 6, 30), most };
        self.app.ask_standing(&self.author, self.repeat, terms).await.unwrap()
    }

    pub async fn standing(&self, id: Uuid) -> Standing {
        standings::find(&mut self.app.db().read().await.unwrap(), id).await.unwrap().unwrap()
    }

    /// Looks at everything and types the number.
    async fn agrees(&self, approver: &StaffMember, id: Uuid) -> Result<(), BroadcastError> {
        let standing = self.standing(id).await;
        self.app.open_all(approver, standing.example_id).await;
        let seen = Seen { hash: standing.hash, typed_count: standing.most };
        broadcast::agree_to_standing(self.app.app(), approver, id, &seen).await
    }

    /// In force for so many people.
    pub async fn stands(&self, most: i64) -> Uuid {
        let id = self.asks(most).await;
        self.agrees(&self.one, id).await.unwrap();
        self.agrees(&self.two, id).await.unwrap();
        id
    }

    async fn details(&self, action: &str) -> Vec<serde_json::Value> {
        let mut tx = self.app.db().read().await.unwrap();
        let found = audit::list(&mut tx, &Filter::default(), None, 1_000).await.unwrap();
        found.into_iter().filter(|entry| entry.action == action).map(|entry| entry.detail).collect()
    }

    /// The run of August was left to people, for this reason, and nobody got it.
    async fn is_left_to_people(&self, why: &str) {
        let draft = self.run_of(date(2026, 8, 20)).await;
        let reason = draft.return_reason.clone().unwrap_or_default();
        assert_eq!((draft.state, reason.contains(why)), (State::Draft, true), "{reason}");
        assert_eq!(self.run(date(2026, 8, 20)).await.verdict.as_deref(), Some("declined"));
        let told = self.app.alarms_of(self.author.id).await;
        assert!(told.len() == 1 && told[0].contains(why), "{told:?}");
        self.goes_to(date(2026, 8, 20)).await;
        assert_eq!(self.app.got(&self.people), [1]);
    }
}

#[tokio::test]
async fn two_people_agree_once_and_the_next_run_goes_out_by_itself() {
    let office = Office::open(30).await;
    let id = office.asks(40).await;
    office.agrees(&office.one, id).await.unwrap();
    office.agrees(&office.one, id).await.unwrap();
    assert_eq!(office.standing(id).await.in_force_at, None, "one person is one person");
    office.agrees(&office.two, id).await.unwrap();
    assert!(office.standing(id).await.in_force_at.is_some());

    let run = office.run_of(date(2026, 8, 20)).await;
    assert_eq!((run.state, run.approved_count), (State::Approved, Some(30)));
    assert!(run.is_tested());
    let said = office.details("broadcast.approve_standing").await;
    assert_eq!(said.len(), 1);
    let mut names: Vec<_> = said[0]["by"].as_array().unwrap().iter().filter_map(|one| one.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["見本 一", "見本 二"]);
    assert_eq!((&said[0]["recipients"], &said[0]["until"]), (&30.into(), &"2027-06-30".into()));
    office.app.step().await;
    office.goes_to(date(2026, 8, 20)).await;
    assert_eq!(office.app.got(&office.people), [2]);
    assert_eq!(office.run(date(2026, 8, 20)).await.verdict.as_deref(), Some("approved"));
    // And the one after it.
    office.run_of(date(2026, 9, 20)).await;
    office.goes_to(date(2026, 9, 20)).await;
    assert_eq!(office.app.got(&office.people), [3]);
}

#[tokio::test]
async fn nobody_agrees_to_their_own_text_nor_to_what_they_have_not_opened_nor_to_another_number() {
    let office = Office::open(30).await;
    let app = office.app.app();
    let both = office.app.clerk("見本 両方", &[Role::Editor, Role::Approver]).await;
    let terms = Terms { ends: date(2027, 6, 30), most: 40 };
    let id = office.app.ask_standing(&both, office.repeat, terms).await.unwrap();
    let again = office.app.ask_standing(&both, office.repeat, terms).await;
    assert_eq!(refused(again), Refusal::StandingOpen);
    assert_eq!(refused(office.agrees(&both, id).await), Refusal::OwnText);
    let standing = office.standing(id).await;
    let three = office.app.clerk("見本 三", &[Role::Approver]).await;
    let seen = Seen { hash: standing.hash.clone(), typed_count: 40 };
    let unopened = broadcast::agree_to_standing(app, &three, id, &seen).await;
    assert_eq!(refused(unopened), Refusal::NotOpened(1));
    office.app.open_all(&three, standing.example_id).await;
    let other = Seen { typed_count: 41, ..seen.clone() };
    let typed = broadcast::agree_to_standing(app, &three, id, &other).await;
    assert_eq!(refused(typed), Refusal::WrongMost { typed: 41 });
    let stale = Seen { hash: "0".repeat(64), ..seen.clone() };
    assert_eq!(refused(broadcast::agree_to_standing(app, &three, id, &stale).await), Refusal::StaleHash);
    let editor = broadcast::agree_to_standing(app, &office.author, id, &seen).await;
    assert!(matches!(refused(editor), Refusal::NotAllowed(_)));
    for (ends, most) in [(date(2026, 7, 20), 1), (date(2027, 7, 21), 1), (date(2027, 1, 1), 0)] {
        let none = office.app.ask_standing(&both, office.repeat, Terms { ends, most }).await;
        assert_eq!(refused(none), Refusal::StandingTerms, "{ends} {most}");
    }
}

#[tokio::test]
async fn before_a_first_run_by_people_there_is_nothing_to_agree_to() {
    let app = TestApp::start().await;
    app.many_friends(3).await;
    let author = app.clerk("見本 起案", &[Role::Editor]).await;
    let model = broadcast::create(app.app(), &author, to_everyone("今月のお知らせ")).await.unwrap();
    let repeat = broadcast::repeat(app.app(), &author, model, &monthly()).await.unwrap();
    let terms = Terms { ends: date(2027, 6, 30), most: 40 };
    let early = app.ask_standing(&author, repeat, terms).await;
    assert_eq!(refused(early), Refusal::NoExample);
}

#[tokio::test]
async fn a_run_to_more_people_than_agreed_waits_for_people() {
    let office = Office::open(30).await;
    office.stands(35).await;
    office.app.many_friends(6).await;
    office.is_left_to_people(&WhyNot::TooMany { now: 36, most: 35 }.to_string()).await;
}

#[tokio::test]
async fn a_run_whose_audience_has_moved_since_the_last_one_waits_for_people() {
    let office = Office::open(30).await;
    office.stands(1_000).await;
    office.app.many_friends(51).await;
    office.is_left_to_people(&WhyNot::Moved { then: 30, now: 81 }.to_string()).await;
}

#[tokio::test]
async fn a_run_after_the_last_day_waits_for_people_and_ends_it() {
    let office = Office::open(30).await;
    let ends = date(2026, 8, 19);
    let terms = Terms { ends, most: 40 };
    let id = office.app.ask_standing(&office.author, office.repeat, terms).await.unwrap();
    office.agrees(&office.one, id).await.unwrap();
    office.agrees(&office.two, id).await.unwrap();
    office.is_left_to_people(&WhyNot::Over(ends).to_string()).await;
    assert!(office.standing(id).await.ended_at.is_some());
}

#[tokio::test]
async fn a_run_with_a_caution_that_nobody_saw_waits_for_people() {
    let office = Office::open(30).await;
    let id = office.stands(40).await;
    // As if the first run had given no reason for the caution about everyone.
    let standing = office.standing(id).await;
    assert!(standing.cautions.contains("everyone"), "{}", standing.cautions);
    let stored = office.app.broadcast(standing.example_id).await;
    let left: Vec<_> = stored.cautions().into_iter().filter(|one| *one != Caution::Everyone).collect();
    let left = musubi::domain::broadcast::caution::to_text(&left);
    office.app.run_sql(&format!("UPDATE standing SET ended_at = asked_at WHERE id = '{id}'")).await;
    office
        .app
        .run_sql(&format!("UPDATE broadcast SET submitted_cautions = '{left}' WHERE id = '{}'", stored.id))
        .await;
    office.stands(40).await;
    office.is_left_to_people(&WhyNot::Caution(Caution::Everyone.word()).to_string()).await;
}

#[tokio::test]
async fn what_was_changed_behind_its_back_is_not_what_was_agreed_to() {
    for change in [
        "minute = 700",
        "topic = 'kosodate'",
        "series = 'べつのシリーズ'",
        "expires_days = 3",
        "deadline_days = 3",
    ] {
        let office = Office::open(30).await;
        let id = office.stands(40).await;
        office.app.run_sql(&format!("UPDATE repeat SET {change}")).await;
        office.is_left_to_people(&WhyNot::Changed.to_string()).await;
        assert!(office.standing(id).await.ended_at.is_some());
    }
}

#[tokio::test]
async fn a_run_waits_for_people_when_one_who_agreed_has_gone() {
    let office = Office::open(30).await;
    office.stands(40).await;
    let gone = office.two.id;
    office
        .app
        .run_sql(&format!("UPDATE staff SET disabled_at = '2026-07-21T00:00:00.000000Z' WHERE id = '{gone}'"))
        .await;
    office.is_left_to_people(&WhyNot::ApproverGone.to_string()).await;
}

#[tokio::test]
async fn a_value_of_the_rule_that_the_approvers_have_not_seen_is_not_what_they_agreed_to() {
    let office = Office::open(30).await;
    office.app.run_sql("UPDATE repeat SET segment_path = 'yobosesshu/taijohoshin'").await;
    let mut hashes = Vec::new();
    // Another list of ages holds from 1 April on.
    for day in [date(2026, 3, 10), date(2026, 3, 31), date(2026, 4, 1)] {
        office.app.set_tokyo(day.at(9, 0, 0, 0));
        let terms = Terms { ends: date(2027, 2, 1), most: 40 };
        let id = office.app.ask_standing(&office.author, office.repeat, terms).await.unwrap();
        hashes.push(office.standing(id).await.hash);
        broadcast::revoke_standing(office.app.app(), &office.one, id).await.unwrap();
    }
    assert_eq!(hashes[0], hashes[1]);
    assert_ne!(hashes[1], hashes[2]);
}

#[tokio::test]
async fn a_rule_behind_the_check_ups_that_only_another_text_names_is_part_of_what_they_agreed_to() {
    let app = TestApp::start().await;
    let people = app.homes(&vec![Home::of("1976-07-01", "takamatsu"); 12]).await;
    let author = app.clerk("見本 起案", &[Role::Editor]).await;
    let one = app.clerk("見本 一", &[Role::Approver]).await;
    let two = app.clerk("見本 二", &[Role::Approver]).await;
    let mut drafts = Vec::new();
    for text in ["健診のお知らせ", "{対象の健診名}です。"] {
        drafts.push(broadcast::create(app.app(), &author, to_everyone(text)).await.unwrap());
    }
    let wish = Wish { held_out_percent: 0, others: vec![drafts[1]] };
    broadcast::split(app.app(), &author, (drafts[0], 1), wish).await.unwrap();
    let repeat = broadcast::repeat(app.app(), &author, drafts[0], &monthly()).await.unwrap();
    let office = Office { app, people, author, one, two, repeat }.begun().await;
    office.stands(40).await;
    change_rule(&office.app, "kenshin/gan/daicho", ("年度到達年齢 40以上", "年度到達年齢 60以上")).await;
    office.is_left_to_people("変わっています").await;
}

#[tokio::test]
async fn any_approver_takes_it_back_at_once_and_what_it_approved_is_a_draft_again() {
    let office = Office::open(30).await;
    let id = office.stands(40).await;
    let run = office.run_of(date(2026, 8, 20)).await;
    assert_eq!(run.state, State::Approved);
    let editor = broadcast::revoke_standing(office.app.app(), &office.author, id).await;
    assert!(matches!(refused(editor), Refusal::NotAllowed(_)));
    let three = office.app.clerk("見本 三", &[Role::Approver]).await;
    broadcast::revoke_standing(office.app.app(), &three, id).await.unwrap();
    broadcast::revoke_standing(office.app.app(), &three, id).await.unwrap();
    assert_eq!(office.app.broadcast(run.id).await.state, State::Draft);
    assert_eq!(office.details("standing.end").await.len(), 1);
    office.goes_to(date(2026, 8, 20)).await;
    assert_eq!(office.app.got(&office.people), [1]);
    assert_eq!(refused(office.agrees(&three, id).await), Refusal::StandingOver);
    // The next run is a draft as before, and nobody is bothered about it.
    let next = office.run_of(date(2026, 9, 20)).await;
    assert_eq!((next.state, next.return_reason), (State::Draft, None));
    assert!(office.app.alarms_of(office.author.id).await.is_empty());
}

#[tokio::test]
async fn a_change_and_an_end_of_the_repeat_end_it() {
    let office = Office::open(30).await;
    let id = office.stands(40).await;
    let later = Again { at: Time::constant(11, 0, 0, 0), ..monthly() };
    let changer = office.app.clerk("見本 変更", &[Role::Editor]).await;
    let seen = office.app.repeat_version(office.repeat).await;
    let change = (office.repeat, seen.as_str());
    broadcast::change_repeat(office.app.app(), &changer, change, (None, &later)).await.unwrap();
    assert!(office.standing(id).await.ended_at.is_some());
    let draft = office.run_of(date(2026, 8, 20)).await;
    assert_eq!(
        (draft.state, draft.author_id, draft.last_editor_id),
        (State::Draft, office.author.id, changer.id)
    );
    let id = office.stands(40).await;
    broadcast::end_repeat(office.app.app(), &office.author, office.repeat).await.unwrap();
    assert!(office.standing(id).await.ended_at.is_some());
    let over = broadcast::change_repeat(office.app.app(), &changer, change, (None, &later)).await;
    assert_eq!(refused(over), Refusal::RepeatOver);
}

#[tokio::test]
async fn after_a_restore_no_run_is_approved_by_itself() {
    let office = Office::open(30).await;
    let id = office.stands(40).await;
    restore::mark(&office.app.app().base()).await.unwrap();
    assert!(office.standing(id).await.ended_at.is_some());
    let run = office.run_of(date(2026, 8, 20)).await;
    assert_eq!(run.state, State::Draft);
}

#[tokio::test]
async fn another_life_of_the_database_arrives_at_the_same_draft() {
    let office = Office::open(30).await;
    office.stands(40).await;
    let run: BroadcastId = office.run_of(date(2026, 8, 20)).await.id;
    for table in ["approval", "opened_part", "broadcast_version"] {
        office.app.run_sql(&format!("DELETE FROM {table} WHERE broadcast_id = '{run}'")).await;
    }
    office.app.run_sql(&format!("DELETE FROM repeat_run WHERE broadcast_id = '{run}'")).await;
    office.app.run_sql(&format!("DELETE FROM broadcast WHERE id = '{run}'")).await;
    assert_eq!(office.run_of(date(2026, 8, 20)).await.id, run);
}

#[tokio::test]
async fn it_is_asked_for_opened_agreed_to_and_taken_back_at_the_console() {
    let office = Office::open(30).await;
    let at = format!("/console/repeats/{}/standing", office.repeat);
    let mut author = office.app.staff("見本 依頼", &[Role::Editor]).await.browser;
    let page = author.get(&at).await.ok();
    assert!(page.text().contains("前回は30人に送りました。"), "{}", page.text());
    let form = page.form("継続の承認を依頼する").set("ends", "2027-12-31").set("most", "40");
    let refused = author.submit(form.clone()).await;
    assert!(refused.text().contains("明日から12か月以内"), "{}", refused.text());
    let page = author.submit(form.set("ends", "2027-03-31").set("most", "４０人")).await.ok();
    assert!(page.text().contains("この文面で 2027-03-31 まで、1回あたり 40人まで"), "{}", page.text());
    for (name, said) in [("見本 三", "もう1人の承認者の確認"), ("見本 四", "継続の承認が有効になりました。")]
    {
        let mut approver = office.app.staff(name, &[Role::Approver]).await.browser;
        let page = approver.get(&at).await.ok();
        let opened = approver.submit(page.form("日本語の内容を開く")).await.ok();
        assert!(opened.text().contains("今月のお知らせ") && opened.text().contains("継続の承認に戻る"));
        let page = approver.get(&at).await.ok();
        let wrong = approver.submit(page.form("この内容で継続して承認する").set("most", "400")).await;
        assert!(
            wrong.text().contains("入力した人数(400人)が、1回あたりの上限と違います。"),
            "{}",
            wrong.text()
        );
        let done = approver.submit(page.form("この内容で継続して承認する").set("most", "40")).await.ok();
        assert!(done.text().contains(said), "{}", done.text());
    }
    let run = office.run_of(date(2026, 8, 20)).await;
    assert_eq!(run.state, State::Approved);
    let mut reader = office.app.staff("見本 閲覧", &[Role::Auditor]).await.browser;
    let list = reader.get("/console/repeats").await.ok().text();
    assert!(
        list.contains("継続の承認あり 2027-03-31 まで、1回あたり 40人まで") && list.contains("自動で承認"),
        "{list}"
    );
    let mut other = office.app.staff("見本 五", &[Role::Approver]).await.browser;
    let page = other.get(&at).await.ok();
    let page = other.submit(page.form("継続の承認を取り消す")).await.ok();
    assert!(page.text().contains("継続の承認を取り消しました。"), "{}", page.text());
    assert_eq!(office.app.broadcast(run.id).await.state, State::Draft);
}
