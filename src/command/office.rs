//! A small office for measurements and self-tests: staff, friends, and one broadcast led from draft to approval.
//!
//! Every step may have been taken already, by a process that died since: it goes on from where it finds things.

use anyhow::{Context, Result};
use musubi::app::App;
use musubi::domain::broadcast::{Class, State};
use musubi::domain::ids::{AccountId, BroadcastId, LineUserId};
use musubi::domain::message::Content;
use musubi::domain::staff::{Role, StaffMember};
use musubi::flow::broadcast::{self, BroadcastError, Draft, Refusal, Seen};
use musubi::flow::staff;
use musubi::store::broadcasts::{self, Broadcast};
use musubi::store::staff as staff_store;
use musubi::store::town::{self, NewAccount};
use serde_json::json;

/// So many at once are written in one transaction.
const PART: usize = 5_000;

/// Accounts of people who added the account long ago.
///
/// # Errors
/// As the database says.
pub async fn befriend(app: &App, users: &[LineUserId]) -> Result<()> {
    let now = app.clock.now();
    for part in users.chunks(PART) {
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
        let accounts: Vec<_> = part.iter().map(account).collect();
        let mut tx = app.db.write().await?;
        town::insert(&mut tx, &accounts, now).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// Somebody of the office: what they log in with, and what they may do.
pub type Desk = (&'static str, Role);
/// Who drafts.
pub const AUTHOR: Desk = ("author", Role::Editor);
/// Who approves; a text to everybody wants both.
pub const APPROVERS: [Desk; 2] = [("first", Role::Approver), ("second", Role::Approver)];

/// Adds somebody, with their own LINE account for tests.
///
/// # Errors
/// As the database says.
pub async fn hire(app: &App, (login, role): Desk, own: LineUserId) -> Result<()> {
    let newcomer = staff::Newcomer {
        login: login.to_owned(),
        name: "見本 職員".to_owned(),
        department: "広報課".to_owned(),
        roles: [role].into_iter().collect(),
        password: "見本のとてもとても長い合言葉".into(),
        line_user_id: Some(own),
    };
    staff::add(&app.base(), newcomer).await?;
    Ok(())
}

/// Somebody who was hired.
///
/// # Errors
/// Where they were not.
pub async fn clerk(app: &App, (login, role): Desk) -> Result<StaffMember> {
    let all = staff_store::list(&mut app.db.read().await?).await?;
    let one = all.into_iter().find(|one| one.login == login).context("nobody was hired")?;
    Ok(StaffMember { id: one.id, name: one.name, roles: [role].into_iter().collect() })
}

/// A text to every friend, at once.
#[must_use]
pub fn to_everyone() -> Draft {
    Draft {
        title: "見本の配信".to_owned(),
        class: Class::Ordinary,
        series: "見本".to_owned(),
        topic: "kenshin".to_owned(),
        segment_path: "oshirase/zenin".to_owned(),
        content: Content::japanese_text("特定健診の予約が始まりました。"),
        scheduled_at: None,
        expires_at: None,
    }
}

/// The one broadcast of the office, if it has been written.
///
/// # Errors
/// As the database says.
pub async fn broadcast(app: &App) -> Result<Option<Broadcast>> {
    let mut tx = app.db.read().await?;
    let Some(listed) = broadcasts::list(&mut tx, None, 1).await?.into_iter().next() else { return Ok(None) };
    Ok(broadcasts::find(&mut tx, listed.id).await?)
}

/// Leads the one broadcast of the office to its approval, from wherever it stands.
///
/// # Errors
/// Where a step is refused.
pub async fn approve(app: &App, draft: impl Fn() -> Draft) -> Result<BroadcastId> {
    let author = clerk(app, AUTHOR).await?;
    loop {
        let Some(stored) = broadcast(app).await? else {
            broadcast::create(app, &author, draft()).await?;
            continue;
        };
        let id = stored.id;
        match stored.state {
            State::Draft if !stored.is_tested() => {
                broadcast::send_test(app, &author, id).await?;
            }
            State::Draft => {
                let cautions = broadcast::cautions(app, &stored).await?;
                broadcast::submit(app, &author, (id, stored.version), &cautions).await?;
            }
            State::Submitted => approve_all(app, &stored).await?,
            _ => return Ok(id),
        }
    }
}

/// Each opens every part before they approve; whom it does not need any more, it refuses.
///
/// # Errors
/// Where a step is refused.
pub async fn approve_all(app: &App, stored: &Broadcast) -> Result<()> {
    for desk in APPROVERS {
        let approver = clerk(app, desk).await?;
        for part in stored.to_open() {
            broadcast::open_part(app, &approver, stored.id, &part.id).await?;
        }
        match broadcast::approve(app, &approver, stored.id, &seen(stored)).await {
            Err(BroadcastError::Refused(Refusal::WrongState(State::Approved))) | Ok(()) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

fn seen(stored: &Broadcast) -> Seen {
    let typed_count = stored.submitted_count.unwrap_or(0);
    Seen { hash: stored.submitted_hash.clone().unwrap_or_default(), typed_count }
}
