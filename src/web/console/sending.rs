//! The one switch over all sending: off in an emergency or by the program itself, on again by hand.
//!
//! Off is open to everybody who may halt a broadcast, on to those who answer for what goes out. While it is off the
//! frame of every page says so (`layout`).

use axum::Form;
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;

use super::confirm::{Confirm, Question};
use super::deeds::{broken, member};
use crate::app::App;
use crate::flow::broadcast;
use crate::web::error::WebError;
use crate::web::layout::{Area, Said, Shell, go_and_say};
use crate::web::session::SignedIn;

const LIST: &str = "/console/broadcasts";

const OFF: Question = Question {
    title: "すべての送信の停止",
    means: &[
        "市の公式LINEからの配信を、送信中のものも予定のものも、すべて止めます。",
        "配信は取り消されません。承認者か管理者が再開すると、止まったところから続きを送ります。すでに送った人に、もう一度送ることはありません。",
        "LINEに渡している途中の人と、すでに渡した人には届くことがあります。友だち追加へのあいさつと登録の画面は、止まりません。",
    ],
    button: "すべての送信を止める",
    is_final: true,
};

const ON: Question = Question {
    title: "すべての送信の再開",
    means: &[
        "止まっていた配信の続きと、予定の配信を送ります。夜間の分は朝まで待ちます。",
        "60分以上止まっていた配信と、予定の時刻を60分以上過ぎた配信は、送らずに確認を求めます。",
        "すでに送った人に、もう一度送ることはありません。有効期限を過ぎた配信は送りません。",
        "ほかに、もう送らないほうがよい配信があれば、再開する前に、その配信を開いて中止してください。",
        "LINEが受け付けずに止まったときは、先にチャネルの設定を直してください。直っていなければ、また自動で止まります。",
    ],
    button: "すべての送信を再開する",
    is_final: false,
};

#[derive(Deserialize)]
pub(super) struct Off {
    #[serde(default)]
    reason: String,
}

pub(super) async fn ask_off(shell: Shell) -> Result<Response, WebError> {
    if shell.sending_off.is_some() {
        return Ok(go_and_say(LIST, Said::SendingWasOff));
    }
    ask(shell, OFF, "/console/sending/off")
}

pub(super) async fn ask_on(shell: Shell) -> Result<Response, WebError> {
    ask(shell, ON, "/console/sending/on")
}

pub(super) async fn off(
    State(app): State<App>,
    staff: SignedIn,
    Form(form): Form<Off>,
) -> Result<Response, WebError> {
    let is_new = broadcast::pause_all(&app, &member(&staff), &form.reason).await.map_err(broken)?;
    Ok(go_and_say(LIST, if is_new { Said::SendingOff } else { Said::SendingWasOff }))
}

pub(super) async fn on(State(app): State<App>, staff: SignedIn) -> Result<Response, WebError> {
    broadcast::resume_all(&app, &member(&staff)).await.map_err(broken)?;
    Ok(go_and_say(LIST, Said::SendingOn))
}

fn ask(shell: Shell, what: Question, action: &str) -> Result<Response, WebError> {
    let reason = what.is_final;
    let shell = shell.titled(what.title).within(Area::Broadcasts).below(LIST, "配信");
    let (name, back) = ("すべての配信".to_owned(), LIST.to_owned());
    Confirm { shell, name, what, action: action.to_owned(), back, beyond: 0, reason }.page()
}
