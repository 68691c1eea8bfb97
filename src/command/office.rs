//! A small office for measurements and self-tests: staff, friends, and one broadcast led from draft to approval.
//!
//! Every step may have been taken already, by a process that died since: it goes on from where it finds things.

use anyhow::{Context, Result};
use musubi::app::App;
use musubi::domain::attribute::Subject;
use musubi::domain::broadcast::{Class, State};
use musubi::domain::household::PersonStanding;
use musubi::domain::ids::{AccountId, BroadcastId, LineUserId, PersonId};
use musubi::domain::message::Content;
use musubi::domain::staff::{Role, StaffMember};
use musubi::flow::broadcast::{self, BroadcastError, Draft, Refusal, Seen};
use musubi::flow::staff;
use musubi::store::broadcasts::{self, Broadcast};
use musubi::store::staff as staff_store;
use musubi::store::town::{self, NewAccount, NewPerson};
use serde_json::json;

/// So many at once are written in one transaction.
const PART: usize = 5_000;

/// Accounts of people who added the account long ago.
///
/// # Errors
/// As the database says.
pub async fn befriend(app: &App, users: &[LineUserId]) -> Result<()> {
    write(app, users, |_, account| account).await
}

/// The same, each with a family of their own that has been given call names: up to 21,672 friends get each another text
/// from [`to_families`].
///
/// # Errors
/// As the database says.
pub async fn befriend_families(app: &App, users: &[LineUserId]) -> Result<()> {
    let values = |id: &str| -> Vec<String> {
        let all =
            [Subject::Account, Subject::Person].into_iter().flat_map(|subject| app.catalogue.of(subject));
        let known = all.filter(|attribute| attribute.id.as_str() == id);
        known.flat_map(|attribute| &attribute.values).map(|value| value.id.0.clone()).collect()
    };
    let (districts, names) = (values("district"), values("call_name"));
    let now = app.clock.now();
    let person = |relation: &str, birth_date: &str, call_name: Option<&String>| NewPerson {
        id: PersonId(app.chance.uuid_v7(now)),
        standing: PersonStanding::Active,
        attributes: json!({
            "relation": relation, "birth_date": birth_date, "sex": "female", "insurance": "shaho",
            "call_name": call_name,
        }),
        events: Vec::new(),
    };
    write(app, users, |number, account| {
        let (district, family) = (number % districts.len(), number / districts.len());
        let mut left: Vec<_> = names.iter().collect();
        let parents = [9, 8, 7].into_iter().scan(family, |rest, choices| {
            let chosen = left.remove(*rest % choices);
            *rest /= choices;
            Some(person("parent", "1961-03-01", Some(chosen)))
        });
        NewAccount {
            attributes: json!({ "language": "ja", "district": districts[district] }),
            persons: std::iter::once(person("self", "2000-01-01", None)).chain(parents).collect(),
            ..account
        }
    })
    .await
}

async fn write(
    app: &App,
    users: &[LineUserId],
    mut with: impl FnMut(usize, NewAccount) -> NewAccount,
) -> Result<()> {
    let now = app.clock.now();
    let mut number = 0..;
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
        let accounts: Vec<_> =
            part.iter().zip(&mut number).map(|(user, number)| with(number, account(user))).collect();
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
        series: "特定健診案内".to_owned(),
        topic: "kenshin".to_owned(),
        segment_path: "oshirase/zenin".to_owned(),
        content: Content::japanese_text("特定健診の予約が始まりました。"),
        scheduled_at: None,
        expires_at: None,
    }
}

/// A text that names the district and those of the family who are 40 and more.
#[must_use]
pub fn to_families() -> Draft {
    let text = "{居住地の地区名}の{家族の呼び名}の健診の予約が始まりました。";
    Draft {
        segment_path: "kenshin/gan/daicho".to_owned(),
        content: Content::japanese_text(text),
        ..to_everyone()
    }
}

/// The title of the draft whose text is the other arm's; it is no broadcast that goes out.
const OTHER_TEXT: &str = "くらべる文章";

/// The draft whose text is the other arm's, written where it is not there yet.
///
/// # Errors
/// As the database says.
pub async fn other_text(app: &App, author: &StaffMember) -> Result<BroadcastId> {
    let listed = broadcasts::list(&mut app.db.read().await?, None, 10).await?;
    if let Some(there) = listed.into_iter().find(|one| one.title == OTHER_TEXT) {
        return Ok(there.id);
    }
    let content = Content::japanese_text("特定健診は、9月30日までです。");
    let draft = Draft { title: OTHER_TEXT.to_owned(), content, ..to_everyone() };
    Ok(broadcast::create(app, author, draft).await?)
}

/// The one broadcast of the office, if it has been written.
///
/// # Errors
/// As the database says.
pub async fn broadcast(app: &App) -> Result<Option<Broadcast>> {
    Ok(broadcasts(app).await?.pop())
}

/// Every broadcast of the office, the oldest first.
///
/// # Errors
/// As the database says.
pub async fn broadcasts(app: &App) -> Result<Vec<Broadcast>> {
    let listed = broadcasts::list(&mut app.db.read().await?, None, 10).await?;
    let mut all = Vec::new();
    for one in listed.into_iter().rev().filter(|one| one.title != OTHER_TEXT) {
        all.push(find(app, one.id).await?);
    }
    Ok(all)
}

/// A broadcast that there is.
///
/// # Errors
/// As the database says.
pub async fn find(app: &App, id: BroadcastId) -> Result<Broadcast> {
    broadcasts::find(&mut app.db.read().await?, id).await?.context("the broadcast is gone")
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
            // Where one is enough it may be on its way by now.
            Err(BroadcastError::Refused(Refusal::WrongState(_))) | Ok(()) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

fn seen(stored: &Broadcast) -> Seen {
    let typed_count = stored.submitted_count.unwrap_or(0);
    Seen { hash: stored.submitted_hash.clone().unwrap_or_default(), typed_count }
}
