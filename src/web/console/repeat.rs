//! Broadcasts that come again: the next occasions, what was made, what was missed, and their end. How one is set up and
//! changed stands in `repeat_form`.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::Uri;
use axum::response::Response;
use jiff::civil::Date;
use uuid::Uuid;

use super::broadcasts::minute;
use super::confirm::{Confirm, Question};
use super::deeds::{broken, member};
use super::figures::grouped;
use super::night;
use super::split;
use crate::app::App;
use crate::domain::broadcast::rhythm::Rhythm;
use crate::domain::staff::Role;
use crate::domain::timestamp::Timestamp;
use crate::flow::broadcast::{self, TRY_EVERY};
use crate::store::repeats::{self, Repeat, Run};
use crate::store::standings::{self, Standing};
use crate::web::error::WebError;
use crate::web::layout::{self, Area, Said, Shell, go_and_say};
use crate::web::session::SignedIn;

/// So many occasions ahead are shown.
const AHEAD: usize = 5;

#[derive(Template)]
#[template(path = "web/console/repeats.html")]
struct ListPage {
    shell: Shell,
    cards: Vec<Card>,
    may_draft: bool,
}

struct Card {
    repeat: Repeat,
    rhythm: String,
    /// How each run is split, in words.
    split: String,
    /// How long each run is true, in words.
    lasting: Vec<String>,
    /// What becomes of its time of day, where nothing is sent at it.
    night: Option<String>,
    ahead: Vec<Next>,
    past: Vec<Past>,
    standing: Option<Standing>,
    /// Whether nobody can ever fit on the days on which it comes.
    reaches_nobody: bool,
}

/// An occasion that is to come.
struct Next {
    occasion: String,
    at: String,
    expires_at: Option<String>,
    deadline: Option<String>,
}

/// An occasion that was met.
struct Past {
    run: Run,
    /// Until when its draft is tried again.
    tried_until: Option<String>,
}

pub(super) async fn list(State(app): State<App>, shell: Shell) -> Result<Response, WebError> {
    let library = app.library().await?;
    let mut tx = app.db.read().await?;
    let mut cards = Vec::new();
    for repeat in repeats::list(&mut tx).await? {
        let from = repeat.begins.0.max(app.clock.today());
        let ahead = broadcast::occasions_from(&repeat, from, AHEAD);
        cards.push(Card {
            rhythm: in_words(&app, &repeat),
            split: split::in_words(repeat.trial.as_ref()),
            night: night_of(&app, &repeat),
            lasting: repeat.lasting().in_words(),
            ahead: ahead.into_iter().map(|(occasion, at)| next(&repeat, occasion, at)).collect(),
            past: repeats::runs(&mut tx, repeat.id, 12)
                .await?
                .into_iter()
                .map(|run| past(&app, &repeat, run))
                .collect(),
            standing: standings::open_of(&mut tx, repeat.id).await?,
            reaches_nobody: repeat.ended_at.is_none() && broadcast::never_fits(&app, &library, &repeat),
            repeat,
        });
    }
    drop(tx);
    let may_draft = shell.staff.as_ref().is_some_and(|staff| staff.roles.has(Role::Editor));
    let shell = shell.titled("繰り返し").within(Area::Broadcasts).below("/console/broadcasts", "配信");
    let page = ListPage { shell, cards, may_draft };
    layout::page(&page.shell, &page)
}

fn next(repeat: &Repeat, occasion: Date, at: Timestamp) -> Next {
    let (lasting, day) = (repeat.lasting(), at.tokyo_date());
    Next {
        occasion: occasion.to_string(),
        at: minute(at),
        expires_at: lasting.expires_at(day).map(minute),
        deadline: lasting.deadline(day).map(|last| last.to_string()),
    }
}

fn past(app: &App, repeat: &Repeat, run: Run) -> Past {
    Past { tried_until: broadcast::tried_until(repeat, &run, app.clock.now()).map(minute), run }
}

/// On which days it comes, as staff read it.
pub(super) fn in_words(app: &App, repeat: &Repeat) -> String {
    let word = |id: &str| app.catalogue.attribute(id).map_or(id.to_owned(), |known| known.word.clone());
    Rhythm::parse(&repeat.rhythm).map_or_else(String::new, |rhythm| rhythm.in_words(word))
}

/// What becomes of its time of day, where nothing is sent at it.
pub(super) fn night_of(app: &App, repeat: &Repeat) -> Option<String> {
    night::runs_wait(&app.config.quiet_hours, repeat.time())
}

pub(super) async fn ask_end(
    State(app): State<App>,
    shell: Shell,
    Path(id): Path<String>,
    uri: Uri,
) -> Result<Response, WebError> {
    let id = Uuid::try_parse(&id).map_err(|_| WebError::NotFound)?;
    let all = repeats::list(&mut app.db.read().await?).await?;
    let repeat = all.into_iter().find(|repeat| repeat.id == id).ok_or(WebError::NotFound)?;
    let what = Question {
        title: "繰り返しの終了",
        means: &[
            "これからの回の下書きを作らなくなります。すでに作られた下書きや配信は、そのまま残ります。元に戻すことはできません。",
        ],
        button: "繰り返しを終える",
        is_final: true,
    };
    let shell = shell.titled(what.title).within(Area::Broadcasts);
    let shell = shell.below("/console/broadcasts", "配信").below("/console/repeats", "繰り返し");
    let back = "/console/repeats".to_owned();
    Confirm { shell, name: repeat.title, action: uri.path().to_owned(), back, what, beyond: 0, reason: false }
        .page()
}

pub(super) async fn end(
    State(app): State<App>,
    staff: SignedIn,
    Path(id): Path<String>,
) -> Result<Response, WebError> {
    let id = Uuid::try_parse(&id).map_err(|_| WebError::NotFound)?;
    broadcast::end_repeat(&app, &member(&staff), id).await.map_err(broken)?;
    Ok(go_and_say("/console/repeats", Said::RepeatEnded))
}

pub(super) async fn make(
    State(app): State<App>,
    staff: SignedIn,
    Path((id, occasion)): Path<(String, String)>,
) -> Result<Response, WebError> {
    let id = Uuid::try_parse(&id).map_err(|_| WebError::NotFound)?;
    let occasion: Date = occasion.parse().map_err(|_| WebError::NotFound)?;
    let draft = broadcast::make_missed(&app, &member(&staff), id, occasion).await.map_err(broken)?;
    Ok(go_and_say(&format!("/console/broadcasts/{draft}"), Said::Copied))
}
