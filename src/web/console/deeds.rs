//! What staff do with a broadcast: test, submit, approve, return, hold, let go on, end.
//!
//! Each is one form that ends in a redirect, so that loading a page again does nothing again. A refusal comes back on
//! the broadcast's own page with its sentence; what was typed stays. Whether something is allowed is the flow's
//! decision, not the page's.

use axum::Form;
use axum::extract::{Path, State};
use axum::http::{StatusCode, Uri};
use axum::response::{Redirect, Response};
use serde::Deserialize;

use super::broadcast::{self as page, Said as Retry};
use super::confirm::{Confirm, Question};
use super::night;
use crate::app::App;
use crate::domain::broadcast::caution;
use crate::domain::entry::tidy_number;
use crate::domain::ids::BroadcastId;
use crate::domain::staff::StaffMember;
use crate::flow::broadcast::{self, BroadcastError, Refusal, Seen};
use crate::store::broadcasts::Broadcast;
use crate::store::progress;
use crate::web::error::WebError;
use crate::web::layout::{Area, Said, Shell, go_and_say};
use crate::web::session::SignedIn;

/// The member of staff as flows know them.
pub(super) fn member(staff: &SignedIn) -> StaffMember {
    StaffMember { id: staff.id, name: staff.name.clone(), roles: staff.roles.clone() }
}

/// An error that no form can mend.
pub(super) fn broken(error: BroadcastError) -> WebError {
    match error {
        BroadcastError::Db(error) => error.into(),
        BroadcastError::Refused(Refusal::NotFound) => WebError::NotFound,
        BroadcastError::Refused(Refusal::NotAllowed(_)) => {
            WebError::Forbidden("この操作をする権限がありません。")
        }
        BroadcastError::Refused(refusal) => WebError::Conflict(refusal.to_string()),
        BroadcastError::Line(error) => WebError::Conflict(BroadcastError::Line(error).to_string()),
    }
}

#[derive(Deserialize)]
pub(super) struct Submitting {
    version: i64,
    /// The cautions that the author has ticked, as the page wrote them.
    #[serde(default)]
    cautions: String,
}

#[derive(Deserialize)]
pub(super) struct Approving {
    #[serde(default)]
    hash: String,
    #[serde(default)]
    count: String,
}

#[derive(Deserialize)]
pub(super) struct Returning {
    #[serde(default)]
    reason: String,
}

/// A refusal leaves the browser at the address of the deed; opened again, it leads to the broadcast.
pub(super) async fn back(Path(id): Path<String>) -> Result<Redirect, WebError> {
    Ok(Redirect::to(&format!("/console/broadcasts/{}", parse(&id)?)))
}

pub(super) async fn test(
    State(app): State<App>,
    shell: Shell,
    staff: SignedIn,
    Path(id): Path<String>,
) -> Result<Response, WebError> {
    let id = parse(&id)?;
    let done = broadcast::send_test(&app, &member(&staff), id).await.map(drop);
    answer(&app, shell, id, Said::Tested, done, Retry::default()).await
}

pub(super) async fn submit(
    State(app): State<App>,
    shell: Shell,
    staff: SignedIn,
    Path(id): Path<String>,
    Form(form): Form<Submitting>,
) -> Result<Response, WebError> {
    let id = parse(&id)?;
    let seen = caution::from_text(&form.cautions);
    let done = broadcast::submit(&app, &member(&staff), (id, form.version), &seen).await;
    answer(&app, shell, id, Said::Submitted, done, Retry::default()).await
}

pub(super) async fn approve(
    State(app): State<App>,
    shell: Shell,
    staff: SignedIn,
    Path(id): Path<String>,
    Form(form): Form<Approving>,
) -> Result<Response, WebError> {
    let id = parse(&id)?;
    let mut retry = Retry { count: form.count.clone(), ..Retry::default() };
    let Some(typed_count) = number(&form.count) else {
        retry.errors.add("count", "届く人数を数字で入力してください。");
        let mut shown = page::render(&app, shell, id, retry).await?;
        *shown.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
        return Ok(shown);
    };
    let done = broadcast::approve(&app, &member(&staff), id, &Seen { hash: form.hash, typed_count }).await;
    let stored = page::load(&app, &id.to_string()).await?;
    let said = match stored.approved_at {
        Some(_) if shell.sending_off.is_some() => Said::ApprovedWhileOff,
        Some(_) => {
            let quiet = night::quiet(&app, stored.is_emergency());
            night::approved(&quiet, stored.due_at, app.clock.now())
        }
        None => Said::ApprovedFirst,
    };
    answer(&app, shell, id, said, done, retry).await
}

pub(super) async fn give_back(
    State(app): State<App>,
    shell: Shell,
    staff: SignedIn,
    Path(id): Path<String>,
    Form(form): Form<Returning>,
) -> Result<Response, WebError> {
    let id = parse(&id)?;
    let retry = Retry { reason: form.reason.clone(), ..Retry::default() };
    let done = broadcast::return_to_draft(&app, &member(&staff), id, &form.reason).await;
    answer(&app, shell, id, Said::Returned, done, retry).await
}

/// What is asked about once more before it is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Deed {
    Pause,
    Resume,
    GoOn,
    Stop,
}

impl Deed {
    /// What is asked; before anybody is planned, nothing was sent that could go on.
    fn question(self, app: &App, stored: &Broadcast) -> Question {
        let begun = stored.planned_at.is_some();
        match self {
            Self::Pause => Question {
                title: "送信の一時停止",
                means: if begun {
                    &["まだ送っていない人への送信を止めます。あとで再開できます。"]
                } else {
                    &["まだだれにも送っていません。再開するまで、予定の時刻になっても送信を始めません。"]
                },
                button: "一時停止する",
                is_final: false,
            },
            Self::Resume => Question {
                title: "送信の再開",
                means: if begun {
                    &["止まったところから続きを送ります。すでに送った人に、もう一度送ることはありません。"]
                } else if begins_later(app, stored) {
                    &[
                        "まだだれにも送っていません。再開すると、予定の日時か、夜間なら朝になってから送信が始まります。",
                    ]
                } else {
                    &["まだだれにも送っていません。再開すると、まもなく送信が始まります。"]
                },
                button: "再開する",
                is_final: false,
            },
            Self::GoOn => Question {
                title: "残りの人への送信",
                means: &[
                    "はじめの一部の人と職員に届いた内容に、誤りはありませんでしたか。残りの人にもすぐに送り始めます。",
                ],
                button: "残りの人にも送る",
                is_final: false,
            },
            Self::Stop => Question {
                title: "配信の中止",
                means: if begun {
                    &[
                        "この配信を終わりにします。まだ送っていない人には送られません。元に戻すことはできません。",
                    ]
                } else {
                    &["この配信を終わりにします。だれにも送られません。元に戻すことはできません。"]
                },
                button: "中止する",
                is_final: true,
            },
        }
    }

    /// What is said when it is done.
    async fn said(self, app: &App, id: BroadcastId) -> Result<Said, WebError> {
        let stored = page::load(app, &id.to_string()).await?;
        let beyond = progress::find(&mut app.db.read().await?, &stored).await?.beyond_a_stop();
        Ok(match self {
            Self::Pause => Said::Paused,
            Self::GoOn => Said::WentOn,
            Self::Resume if stored.planned_at.is_none() => Said::ResumedUnsent,
            Self::Resume => Said::Resumed,
            Self::Stop if 0 < beyond => Said::StoppedUnderway,
            Self::Stop => Said::Stopped,
        })
    }

    async fn carry_out(self, app: &App, staff: &StaffMember, id: BroadcastId) -> Result<(), BroadcastError> {
        match self {
            Self::Pause => broadcast::pause(app, staff, id).await,
            Self::Resume => broadcast::resume(app, staff, id).await,
            Self::GoOn => broadcast::go_on_now(app, staff, id).await,
            Self::Stop => broadcast::stop(app, staff, id).await,
        }
    }
}

pub(super) async fn ask(
    State(app): State<App>,
    shell: Shell,
    Path(id): Path<String>,
    uri: Uri,
    deed: Deed,
) -> Result<Response, WebError> {
    let stored = page::load(&app, &id).await?;
    let beyond = progress::find(&mut app.db.read().await?, &stored).await?.beyond_a_stop();
    let (back, what) = (format!("/console/broadcasts/{}", stored.id), deed.question(&app, &stored));
    let shell = shell.titled(what.title).within(Area::Broadcasts);
    let shell = shell.below("/console/broadcasts", "配信").below(&back, &stored.title);
    let action = uri.path().to_owned();
    Confirm { shell, name: stored.title, action, back, what, beyond, reason: false }.page()
}

pub(super) async fn carry_out(
    State(app): State<App>,
    shell: Shell,
    staff: SignedIn,
    Path(id): Path<String>,
    deed: Deed,
) -> Result<Response, WebError> {
    let id = parse(&id)?;
    let done = deed.carry_out(&app, &member(&staff), id).await;
    let said = deed.said(&app, id).await?;
    answer(&app, shell, id, said, done, Retry::default()).await
}

fn begins_later(app: &App, stored: &Broadcast) -> bool {
    let quiet = night::quiet(app, stored.is_emergency());
    night::begins_at(&quiet, stored.due_at, app.clock.now()).is_some()
}

/// Goes back to the broadcast and says what was done, or shows it again with what was refused.
async fn answer(
    app: &App,
    shell: Shell,
    id: BroadcastId,
    said: Said,
    done: Result<(), BroadcastError>,
    mut retry: Retry,
) -> Result<Response, WebError> {
    let refusal = match done {
        Ok(()) => return Ok(go_and_say(&format!("/console/broadcasts/{id}"), said)),
        Err(BroadcastError::Refused(refusal @ (Refusal::NotFound | Refusal::NotAllowed(_)))) => {
            return Err(broken(refusal.into()));
        }
        Err(BroadcastError::Db(error)) => return Err(error.into()),
        Err(other) => other,
    };
    let sentence = refusal.to_string();
    match refusal {
        BroadcastError::Refused(Refusal::WrongCount { .. }) => retry.errors.add("count", sentence),
        BroadcastError::Refused(Refusal::NoReason) => retry.errors.add("reason", sentence),
        _ => retry.refused = Some(sentence),
    }
    let mut shown = page::render(app, shell, id, retry).await?;
    *shown.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    Ok(shown)
}

fn parse(id: &str) -> Result<BroadcastId, WebError> {
    BroadcastId::parse(id).ok_or(WebError::NotFound)
}

/// A number as people type it: `1,234` and full-width digits, too.
pub(super) fn number(typed: &str) -> Option<i64> {
    let plain = tidy_number(typed).replace([',', '人'], "");
    plain.parse().ok().filter(|number| 0 <= *number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_read_as_people_type_it() {
        assert_eq!(["1234", "1,234", " １２３４人 "].map(number), [Some(1234); 3]);
        assert_eq!(["", "-1", "12a"].map(number), [None; 3]);
    }
}
