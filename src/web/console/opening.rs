//! Opening each part of a broadcast before it is approved: what a reader of one language sees, and where a button leads.
//!
//! Opening is a form, so that a link from elsewhere can't do it in the approver's name; the page itself may be looked at
//! by anybody.

use askama::Template;
use askama::filters::HtmlSafe;
use axum::extract::{Path, State};
use axum::response::{Redirect, Response};

use super::deeds::{broken, member};
use super::phone::{Phone, Reader};
use crate::app::App;
use crate::db::{self, Tx};
use crate::domain::attribute::Catalogue;
use crate::domain::broadcast::opening::{Link, ToOpen, What};
use crate::domain::ids::{BroadcastId, StaffId};
use crate::flow::broadcast::{self, Refusal};
use crate::store::broadcasts::Broadcast;
use crate::store::repeats;
use crate::web::error::WebError;
use crate::web::layout::{self, Area, Shell};
use crate::web::session::SignedIn;

/// What an approver has to open, on the page of the broadcast.
#[derive(Template)]
#[template(path = "web/console/opening_list.html")]
pub(super) struct OpeningList {
    at: String,
    lines: Vec<Line>,
}

/// The template has escaped what it shows.
impl HtmlSafe for OpeningList {}

struct Line {
    id: String,
    name: String,
    is_opened: bool,
}

impl OpeningList {
    /// For this person.
    ///
    /// # Errors
    /// As [`db::Error`] says.
    pub(super) async fn find(
        catalogue: &Catalogue,
        tx: &mut Tx,
        stored: &Broadcast,
        staff: StaffId,
    ) -> db::Result<Self> {
        let left = broadcast::still_to_open(tx, stored, staff).await?;
        let line = |part: ToOpen| Line {
            name: name_of(catalogue, &part.what),
            is_opened: !left.contains(&part),
            id: part.id,
        };
        let lines = stored.to_open().into_iter().map(line).collect();
        Ok(Self { at: format!("/console/broadcasts/{}", stored.id), lines })
    }

    /// How many are not opened yet.
    pub(super) fn left(&self) -> usize {
        self.lines.iter().filter(|line| !line.is_opened).count()
    }
}

#[derive(Template)]
#[template(path = "web/console/opened.html")]
struct OpenedPage {
    shell: Shell,
    /// The broadcast.
    at: String,
    /// Where one came from, and what that is: the broadcast, or the standing approval that it shows.
    back: (String, &'static str),
    title: String,
    phone: Option<Phone>,
    link: Option<Link>,
    /// What to open next: id and name.
    next: Option<(String, String)>,
    /// Whether whoever looks is asked to open them.
    is_asked: bool,
}

impl OpenedPage {
    fn opens(&self) -> &'static str {
        match self.link.as_ref().map(|link| link.opens.as_str()) {
            Some("tel") => "電話番号",
            Some("liff") => "LINEの中で開くページ",
            _ => "ページのアドレス",
        }
    }
}

pub(super) async fn open(
    State(app): State<App>,
    staff: SignedIn,
    Path((id, part)): Path<(String, String)>,
) -> Result<Redirect, WebError> {
    let id = BroadcastId::parse(&id).ok_or(WebError::NotFound)?;
    broadcast::open_part(&app, &member(&staff), id, &part).await.map_err(broken)?;
    Ok(Redirect::to(&format!("/console/broadcasts/{id}/open/{part}")))
}

pub(super) async fn show(
    State(app): State<App>,
    shell: Shell,
    staff: SignedIn,
    Path((id, part)): Path<(String, String)>,
) -> Result<Response, WebError> {
    let stored = super::broadcast::load(&app, &id).await?;
    let parts = stored.to_open();
    let part = parts.into_iter().find(|one| one.id == part).ok_or(WebError::NotFound)?;
    let left = broadcast::still_to_open(&mut app.db.read().await?, &stored, staff.id).await?;
    let at = format!("/console/broadcasts/{}", stored.id);
    let title = name_of(&app.catalogue, &part.what);
    let shell = shell.titled(&title).within(Area::Broadcasts);
    let (phone, link) = match part.what {
        What::Language { arm, language } => {
            let texts = stored.texts().map_err(|fault| broken(Refusal::from(fault).into()))?;
            let said = texts.iter().find(|said| said.arm == arm).ok_or(WebError::NotFound)?;
            let city = &app.config.city.name;
            (Some(Phone::new(&said.content, city, language.as_str(), Reader::Known)), None)
        }
        What::Link(link) => (None, Some(link)),
    };
    let page = OpenedPage {
        shell: shell.below("/console/broadcasts", "配信").below(&at, &stored.title),
        back: home(&app, &stored).await?.unwrap_or_else(|| (format!("{at}#h-approve"), "配信の画面")),
        at,
        title,
        phone,
        link,
        is_asked: !left.iter().any(|one| one.id == part.id)
            && member(&staff).may(crate::domain::staff::Right::Approve),
        next: left.first().map(|next| (next.id.clone(), name_of(&app.catalogue, &next.what))),
    };
    layout::page(&page.shell, &page)
}

/// A broadcast that was sent is opened to agree to more of its kind.
async fn home(app: &App, stored: &Broadcast) -> Result<Option<(String, &'static str)>, WebError> {
    if stored.planned_at.is_none() {
        return Ok(None);
    }
    let run = repeats::run_of(&mut app.db.read().await?, stored.id).await?;
    Ok(run.map(|(repeat, _)| (format!("/console/repeats/{}/standing", repeat.id), "継続の承認")))
}

fn name_of(catalogue: &Catalogue, what: &What) -> String {
    match what {
        What::Language { arm, language } => {
            let known = catalogue.languages().iter().find(|known| known.id == *language);
            let name = known.map_or(language.as_str(), |known| known.name.as_str());
            let arm = arm.as_ref().map(|arm| format!("{arm}案の")).unwrap_or_default();
            format!("{arm}{name}の内容")
        }
        What::Link(link) if link.labels.iter().all(String::is_empty) => "リンクの行き先".to_owned(),
        What::Link(link) => format!("「{}」の行き先", link.labels.join("」「")),
    }
}
