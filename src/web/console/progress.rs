//! How far a broadcast has come: recipients by what became of them, as figures, as a bar and as a table; and one by one, as a
//! file.
//!
//! "LINEが受け付けた" is all that is claimed: whether a message was delivered or read is not known per person.

use askama::Template;
use askama::filters::HtmlSafe;
use axum::extract::{Path, State};
use axum::response::{Html, IntoResponse, Response};

use super::broadcasts::minute;
use super::deeds::member;
use super::figures::{grouped, percent};
use super::night;
use crate::app::App;
use crate::db::{self, Tx};
use crate::domain::broadcast::{Hold, LedgerState, Reason, State as Stage};
use crate::store::audit::{self, Filter};
use crate::store::broadcasts::Broadcast;
use crate::store::progress::{self, Progress};
use crate::web::error::WebError;
use crate::web::ledger;
use crate::web::session::SignedIn;

/// The figures of a broadcast on its way.
#[derive(Template)]
#[template(path = "web/console/progress.html")]
pub struct ProgressView {
    stage: Stage,
    hold: Option<&'static str>,
    /// Figures that belong to the reason.
    figures: Option<String>,
    /// When the rest follows its first recipients.
    rest_at: Option<String>,
    planned: i64,
    /// What is said while nobody is planned.
    before: String,
    lines: Vec<Line>,
    beyond: i64,
    waiting: Option<String>,
    sending_off: Option<String>,
    is_over: bool,
    /// A stop that came too late for everybody.
    too_late: bool,
}

/// The template has escaped what it shows.
impl HtmlSafe for ProgressView {}

struct Line {
    word: &'static str,
    class: &'static str,
    recipients: i64,
    share: f64,
    /// Where its part of the bar begins, in per cent.
    from: f64,
    reasons: Vec<(&'static str, i64)>,
}

impl ProgressView {
    /// Reads it.
    ///
    /// # Errors
    /// As [`db::Error`] says.
    pub async fn find(app: &App, tx: &mut Tx, stored: &Broadcast) -> db::Result<Self> {
        let progress = progress::find(tx, stored).await?;
        let planned = stored.planned_count.unwrap_or(0);
        Ok(Self {
            stage: stored.state,
            hold: stored.hold().map(|hold| hold.word()),
            figures: figures(tx, stored).await?,
            rest_at: stored.pilot_until.filter(|_| stored.hold() == Some(Hold::Pilot)).map(minute),
            planned,
            before: before(app, stored),
            lines: lines(&progress, planned),
            beyond: progress.beyond_a_stop(),
            waiting: waiting(&progress).filter(|_| stored.state == Stage::Sending),
            sending_off: progress.sending_off.as_ref().map(|off| off.reason.clone()),
            is_over: stored.finished_at.is_some(),
            too_late: stored.state == Stage::Stopped && everybody_accepted(&progress),
        })
    }

    fn accepted(&self) -> i64 {
        self.lines.iter().filter(|line| line.class == "accepted").map(|line| line.recipients).sum()
    }
}

/// What LINE said was left when too little was.
async fn figures(tx: &mut Tx, stored: &Broadcast) -> db::Result<Option<String>> {
    if stored.hold() != Some(Hold::QuotaShort) {
        return Ok(None);
    }
    let filter =
        Filter { subject: Some(("broadcast".to_owned(), stored.id.to_string())), ..Filter::default() };
    let deeds = audit::list(tx, &filter, None, 20).await?;
    let held = deeds.iter().find(|deed| deed.detail["reason"] == Hold::QuotaShort.id());
    let figure = |name: &str| held.and_then(|deed| deed.detail[name].as_i64());
    let Some((planned, left)) = figure("planned").zip(figure("left")) else { return Ok(None) };
    let said = format!("予定は{}人、今月の残りは{}通です。", grouped(planned), grouped(left));
    let reserved = figure("reserved").filter(|reserved| 0 < *reserved);
    let more = reserved
        .map(|reserved| format!("残りのうち{}通は、送信中のほかの配信に使います。", grouped(reserved)));
    Ok(Some(said + &more.unwrap_or_default()))
}

/// What is said of a broadcast of which nothing was sent yet.
fn before(app: &App, stored: &Broadcast) -> String {
    if stored.finished_at.is_some() {
        return "だれにも送られませんでした。".to_owned();
    }
    if stored.state == Stage::Paused {
        return "まだだれにも送っていません。".to_owned();
    }
    let quiet = night::quiet(app, stored.is_emergency());
    let begins = night::begins_at(&quiet, stored.due_at, app.clock.now());
    begins
        .map_or_else(|| "まもなく始まります。".to_owned(), |at| format!("{} に始まる予定です。", minute(at)))
}

/// Whether nobody is left whom a stop has kept from it, and LINE took it for somebody.
fn everybody_accepted(progress: &Progress) -> bool {
    use LedgerState::{Accepted, Attempting, Planned, Rejected, Stopped, Unknown};
    let open = [Planned, Attempting, Rejected, Unknown, Stopped];
    0 < progress.recipients(Accepted) && open.into_iter().all(|state| progress.recipients(state) == 0)
}

fn lines(progress: &Progress, planned: i64) -> Vec<Line> {
    let order = [
        (LedgerState::Accepted, "LINEが受け付けた", "accepted"),
        (LedgerState::Attempting, "LINEに送信中", "attempting"),
        (LedgerState::Planned, "まだ送っていない", "planned"),
        (LedgerState::Skipped, "送らなかった(除外)", "skipped"),
        (LedgerState::Rejected, "LINEが受け付けなかった", "rejected"),
        (LedgerState::Unknown, "結果が分からない", "unknown"),
        (LedgerState::Stopped, "中止した", "stopped"),
    ];
    let mut from = 0.0;
    let mut found = Vec::new();
    for (state, word, class) in order {
        let recipients = progress.recipients(state);
        let share = percent(recipients, planned);
        found.push(Line { word, class, recipients, share, from, reasons: reasons(progress, state) });
        from += share;
    }
    found
}

fn reasons(progress: &Progress, state: LedgerState) -> Vec<(&'static str, i64)> {
    let of_state = progress.counts.iter().filter(|count| count.state == state);
    of_state
        .filter_map(|count| {
            let reason = Reason::try_from(count.reason.clone()?).ok()?;
            Some((reason.word(), count.recipients))
        })
        .collect()
}

fn waiting(progress: &Progress) -> Option<String> {
    let at = progress.next_attempt_at.filter(|_| progress.last_error.is_some())?;
    Some(format!(
        "LINEから応答がないため、{} に同じ内容をもう一度たしかめます。二重には届きません。",
        at.tokyo().strftime("%H:%M:%S")
    ))
}

/// The figures alone, for the script that keeps them fresh.
pub(super) async fn show(State(app): State<App>, Path(id): Path<String>) -> Result<Response, WebError> {
    let stored = super::broadcast::load(&app, &id).await?;
    let view = ProgressView::find(&app, &mut app.db.read().await?, &stored).await?;
    let html = view.render().map_err(|error| WebError::broken(&error))?;
    Ok(Html(html).into_response())
}

/// The ledger as a file; there is none before the recipients are frozen.
pub(super) async fn ledger(
    State(app): State<App>,
    staff: SignedIn,
    Path(id): Path<String>,
) -> Result<Response, WebError> {
    let stored = super::broadcast::load(&app, &id).await?;
    stored.planned_at.ok_or(WebError::NotFound)?;
    Ok(ledger::download(&app, &member(&staff), stored.id, ledger::MARKED_HEAD).await?)
}
