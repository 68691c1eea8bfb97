//! 友だち: how many follow, and what the nightly comparison with LINE found.
//!
//! A comparison in which many seem to have left asks here. Who it is, is never shown: only figures.

use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use uuid::Uuid;

use super::broadcasts::minute;
use super::deeds::member;
use super::figures::grouped;
use crate::app::App;
use crate::flow::follows::{self as flow, FollowsError};
use crate::store::follows::{self, Asks, Check, Standings};
use crate::web::error::WebError;
use crate::web::layout::{self, Area, Said, Shell, go_and_say};
use crate::web::session::SignedIn;

const PAGE: &str = "/console/friends";
const SHOWN: i64 = 14;

#[derive(Template)]
#[template(path = "web/console/friends.html")]
struct FriendsPage {
    shell: Shell,
    standings: Standings,
    checks: Vec<Line>,
    asks: Option<Line>,
    may_confirm: bool,
    /// LINE refused the list of friends last time.
    by_profile: bool,
}

#[derive(Clone)]
struct Line(Check);

impl Line {
    fn began(&self) -> String {
        minute(self.0.began_at)
    }

    fn way(&self) -> &'static str {
        match self.0.way.as_deref() {
            Some("list") => "友だちの一覧",
            Some("profile") => "プロフィール",
            _ => "―",
        }
    }

    fn outcome(&self) -> &'static str {
        match self.0.state.as_str() {
            "done" => "照合済み",
            "asks" => "確認待ち",
            "confirmed" => "確認済み(まもなく照合)",
            "running" => "照合中",
            _ => "失敗(変更なし)",
        }
    }

    fn asks(&self) -> Asks {
        Asks::read(self.0.why.as_deref())
    }

    fn figure(figure: &Option<i64>) -> String {
        figure.map_or_else(|| "―".to_owned(), grouped)
    }
}

pub(super) async fn show(State(app): State<App>, shell: Shell) -> Result<Response, WebError> {
    let mut tx = app.db.read().await?;
    let standings = follows::count(&mut tx).await?;
    let checks: Vec<Line> = follows::list(&mut tx, SHOWN).await?.into_iter().map(Line).collect();
    drop(tx);
    let newest = checks.first();
    let page = FriendsPage {
        asks: newest.filter(|line| line.0.state == "asks").cloned(),
        by_profile: newest.is_some_and(|line| line.0.way.as_deref() == Some("profile")),
        may_confirm: shell.may_switch_on(),
        shell: shell.titled("友だち").within(Area::Friends),
        standings,
        checks,
    };
    layout::page(&page.shell, &page)
}

#[derive(Deserialize)]
pub(super) struct Confirmed {
    id: Uuid,
}

pub(super) async fn confirm(
    State(app): State<App>,
    staff: SignedIn,
    Form(form): Form<Confirmed>,
) -> Result<Response, WebError> {
    match flow::confirm(&app, &member(&staff), form.id).await {
        Ok(()) | Err(FollowsError::NotAsking) => Ok(go_and_say(PAGE, Said::FollowsConfirmed)),
        Err(FollowsError::NotAllowed) => Err(WebError::Forbidden("この操作をする権限がありません。")),
        Err(FollowsError::Db(error)) => Err(error.into()),
    }
}
