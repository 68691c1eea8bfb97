//! 比較: splitting the audience of a draft into texts and a share that gets nothing; and what a split says, to be read.

use askama::Template;
use askama::filters::HtmlSafe;
use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::broadcast::load;
use super::deeds::{broken, member};
use super::figures::grouped;
use super::phone::Phones;
use crate::app::App;
use crate::domain::broadcast::trial::{ARMS, Trial, TrialFault};
use crate::domain::broadcast::{Class, State as Stage};
use crate::domain::ids::BroadcastId;
use crate::flow::broadcast::{self, BroadcastError, Refusal, Wish};
use crate::flow::{Audience, AudienceError};
use crate::store::broadcasts::{self, Broadcast, Listed};
use crate::web::error::WebError;
use crate::web::layout::{self, Area, Said, Shell, go_and_say};
use crate::web::session::SignedIn;

/// The shares that can be held out, in per cent.
const SHARES: [u16; 6] = [0, 5, 10, 20, 30, 50];
/// Drafts that can be chosen.
const DRAFTS: i64 = 100;

/// What a split says, as part of the broadcast's page.
#[derive(Template)]
#[template(path = "web/console/split_view.html")]
pub struct SplitView {
    arms: Vec<Shown>,
    held_out: Option<String>,
}

/// The template has escaped what it shows.
impl HtmlSafe for SplitView {}

struct Shown {
    name: String,
    share: String,
    /// None for the broadcast's own text, which stands above.
    phones: Option<Phones>,
}

impl SplitView {
    /// `None` where everybody gets the same.
    #[must_use]
    pub fn of(app: &App, stored: &Broadcast) -> Option<Self> {
        let trial = stored.trial().ok().flatten()?;
        let arm = |arm: &crate::domain::broadcast::trial::Arm| {
            let other = arm.other_content().and_then(Result::ok);
            let phones = |content| Phones::new(&content, &app.catalogue, &app.config.city.name);
            Shown { name: format!("{}案", arm.id), share: percent(arm.share), phones: other.map(phones) }
        };
        let held_out = (0 < trial.held_out).then(|| percent(trial.held_out));
        Some(Self { arms: trial.arms.iter().map(arm).collect(), held_out })
    }
}

/// How many of so many are held out, for where that number stands as those whom it reaches.
///
/// `None` where nobody is: whom an earlier broadcast has missed were drawn in that one.
pub(super) fn not_sent(stored: &Broadcast, recipients: i64) -> Option<String> {
    let trial = stored.trial().ok().flatten().filter(|trial| 0 < trial.held_out)?;
    if stored.planned_at.is_some() || stored.whom().is_none_or(|whom| whom.earlier().is_some()) {
        return None;
    }
    let (share, held_out) = (percent(trial.held_out), trial.held_out_of(recipients));
    let (held_out, rest) = (grouped(held_out), grouped(recipients - held_out));
    Some(format!("このうち約{held_out}人({share})は、くらべるために送りません。送るのは約{rest}人です。"))
}

/// A split in one line; empty where everybody gets the same, or where it can't be read.
pub(super) fn in_words(stored: Option<&serde_json::Value>) -> String {
    let Some(trial) = stored.and_then(|stored| Trial::read(stored).ok()) else { return String::new() };
    let arms = trial.arms.iter().map(|arm| format!("{}案 {}", arm.id, percent(arm.share)));
    let held_out = (0 < trial.held_out).then(|| format!("送らない人 {}", percent(trial.held_out)));
    arms.chain(held_out).collect::<Vec<_>>().join("、")
}

/// `45%`, `33.3%`.
pub(super) fn percent(share: u16) -> String {
    let tenths = u32::from(share).div_euclid(10);
    if tenths.is_multiple_of(10) {
        format!("{}%", tenths / 10)
    } else {
        format!("{}.{}%", tenths / 10, tenths % 10)
    }
}

#[derive(Template)]
#[template(path = "web/console/split.html")]
struct SplitPage {
    shell: Shell,
    stored: Broadcast,
    drafts: Vec<Listed>,
    held_out: u16,
    chosen: [String; 2],
    refused: Option<Refused>,
    /// Whom it would reach today; none where that can't be told.
    recipients: Option<i64>,
}

/// Why a form comes back: said at one of its fields, or above it.
struct Refused {
    field: Option<&'static str>,
    sentence: String,
}

impl Refused {
    fn of(refusal: &Refusal, chosen: &[(&'static str, BroadcastId)]) -> Self {
        let field = match refusal {
            Refusal::Trial(TrialFault::SameDraft { arm, .. } | TrialFault::SameText { arm, .. }) => {
                // Whoever leaves B out has chosen the text of B in the field of C.
                let fields = ARMS.iter().skip(1).zip(chosen);
                fields.into_iter().find(|(id, _)| *id == arm).map(|(_, (field, _))| *field)
            }
            _ => None,
        };
        Self { field, sentence: refusal.to_string() }
    }
}

struct Choice<'a> {
    draft: &'a Listed,
    is_chosen: bool,
}

impl SplitPage {
    /// The fields for the other arms: name, label, and the drafts with whether each is chosen.
    fn others(&self) -> Vec<(&'static str, &'static str, Vec<Choice<'_>>)> {
        let drafts = |chosen: &String| {
            let drafts = self.drafts.iter();
            drafts.map(|draft| Choice { draft, is_chosen: *chosen == draft.id.to_string() }).collect()
        };
        let [b, c] = &self.chosen;
        vec![("b", ARMS[1], drafts(b)), ("c", ARMS[2], drafts(c))]
    }

    /// What was refused as a whole.
    fn refused_whole(&self) -> Option<&str> {
        self.refused.as_ref().filter(|refused| refused.field.is_none()).map(|one| one.sentence.as_str())
    }

    fn error(&self, field: &str) -> Option<&str> {
        let refused = self.refused.as_ref().filter(|refused| refused.field == Some(field));
        refused.map(|one| one.sentence.as_str())
    }

    fn not_sent(&self) -> Option<String> {
        not_sent(&self.stored, self.recipients?)
    }
}

pub(super) async fn ask(
    State(app): State<App>,
    shell: Shell,
    Path(id): Path<String>,
) -> Result<Response, WebError> {
    let stored = load(&app, &id).await?;
    let trial = stored.trial().ok().flatten();
    let held_out = trial.as_ref().map_or(0, |trial: &Trial| trial.held_out / 100);
    render(&app, shell, stored, (held_out, <[String; 2]>::default()), None).await
}

#[derive(Deserialize)]
pub(super) struct Typed {
    version: i64,
    held_out: u16,
    #[serde(default)]
    b: String,
    #[serde(default)]
    c: String,
}

pub(super) async fn save(
    State(app): State<App>,
    shell: Shell,
    staff: SignedIn,
    Path(id): Path<String>,
    Form(typed): Form<Typed>,
) -> Result<Response, WebError> {
    let stored = load(&app, &id).await?;
    let chosen = [("b", &typed.b), ("c", &typed.c)];
    let chosen: Vec<_> =
        chosen.into_iter().filter_map(|(field, id)| Some((field, BroadcastId::parse(id)?))).collect();
    let others = chosen.iter().map(|(_, id)| *id).collect();
    let wish = Wish { held_out_percent: typed.held_out, others };
    match broadcast::split(&app, &member(&staff), (stored.id, typed.version), wish).await {
        Ok(()) => Ok(go_and_say(&format!("/console/broadcasts/{}", stored.id), Said::SplitSaved)),
        Err(BroadcastError::Refused(refusal @ (Refusal::NotFound | Refusal::NotAllowed(_)))) => {
            Err(broken(refusal.into()))
        }
        Err(BroadcastError::Refused(refusal)) => {
            let said = Some(Refused::of(&refusal, &chosen));
            let mut page = render(&app, shell, stored, (typed.held_out, [typed.b, typed.c]), said).await?;
            *page.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
            Ok(page)
        }
        Err(other) => Err(broken(other)),
    }
}

async fn render(
    app: &App,
    shell: Shell,
    stored: Broadcast,
    (held_out, chosen): (u16, [String; 2]),
    refused: Option<Refused>,
) -> Result<Response, WebError> {
    let mut drafts = broadcasts::list_in(&mut app.db.read().await?, &[Stage::Draft], None, DRAFTS).await?;
    drafts.retain(|draft| draft.id != stored.id);
    let at = format!("/console/broadcasts/{}", stored.id);
    let shell = shell.titled("比較の設定").within(Area::Broadcasts);
    let shell = shell.below("/console/broadcasts", "配信").below(&at, &stored.title);
    let audience = Audience::of_broadcast(app, &stored, app.clock.today()).await;
    let recipients = match audience {
        Err(AudienceError::Db(error)) => return Err(error.into()),
        found => found.ok().and_then(|found| i64::try_from(found.recipients.len()).ok()),
    };
    let page = SplitPage { shell, stored, drafts, held_out, chosen, refused, recipients };
    layout::page(&page.shell, &page)
}
