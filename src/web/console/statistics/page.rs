//! The results of one broadcast: the ledger, LINE's figures, blocks, what people did, and the effect of its arms.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use serde::Deserialize;

use super::super::broadcast::load;
use super::super::progress::ProgressView;
use super::effect::{Effect, Wanted};
use super::read::{self, DAYS, Known};
use super::table::Table;
use super::taps::TapsView;
use crate::app::App;
use crate::domain::broadcast::{LedgerState, Reason};
use crate::store::broadcasts::Broadcast;
use crate::store::outcomes::Span;
use crate::web::error::WebError;
use crate::web::layout::{self, Area, Shell};

#[derive(Template)]
#[template(path = "web/console/statistics/page.html")]
struct StatisticsPage {
    shell: Shell,
    stored: Broadcast,
    taps: TapsView,
    known: Known,
    progress: ProgressView,
    programmes: Vec<(String, String, String)>,
    days: i64,
    span: Span,
    wanted: Vec<Wanted>,
    chosen: Option<Wanted>,
    effect: Option<Effect>,
}

impl StatisticsPage {
    fn at(&self) -> String {
        format!("/console/broadcasts/{}/statistics", self.stored.id)
    }

    fn series_at(&self) -> String {
        super::series::address(&self.stored.series)
    }

    fn is_chosen(&self, wanted: &Wanted) -> bool {
        self.chosen.as_ref() == Some(wanted)
    }
}

/// What is asked for.
#[derive(Deserialize)]
pub(in super::super) struct Asked {
    days: Option<i64>,
    outcome: Option<String>,
}

pub(in super::super) async fn show(
    State(app): State<App>,
    shell: Shell,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, WebError> {
    let stored = load(&app, &id).await?;
    let planned_at = stored.planned_at.ok_or(WebError::NotFound)?;
    let days = read::days(asked.days);
    let span = read::span(planned_at, days);
    let mut tx = app.db.read().await?;
    let known = Known::find(&mut tx, stored.id, span).await?;
    let progress = ProgressView::find(&app, &mut tx, &stored).await?;
    let wanted = Wanted::all(&app, &stored);
    let named = |outcome: &String| wanted.iter().find(|one| one.id() == *outcome).cloned();
    let chosen = asked.outcome.as_ref().and_then(named).or_else(|| likely(&wanted, &known));
    let effect = match (stored.measured(), &chosen) {
        (Some(trial), Some(wanted)) => {
            Some(Effect::find(&mut tx, &stored, &trial, (wanted, span), app.clock.now()).await?)
        }
        _ => None,
    };
    drop(tx);
    let at = format!("/console/broadcasts/{}", stored.id);
    let shell = shell.titled("配信の結果").within(Area::Statistics);
    let page = StatisticsPage {
        shell: shell.below("/console/broadcasts", "配信").below(&at, &stored.title),
        programmes: known.programmes(&app),
        taps: known.taps(),
        stored,
        known,
        progress,
        days,
        span,
        wanted,
        chosen,
        effect,
    };
    layout::page(&page.shell, &page)
}

/// What happened most, so that the page begins with something to see.
fn likely(wanted: &[Wanted], known: &Known) -> Option<Wanted> {
    let most = known.outcomes.iter().max_by_key(|one| one.accounts);
    let found =
        most.and_then(|most| wanted.iter().find(|one| one.kind == most.kind && one.subject == most.subject));
    found.or_else(|| wanted.first()).cloned()
}

pub(in super::super) async fn csv(
    State(app): State<App>,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, WebError> {
    let stored = load(&app, &id).await?;
    let planned_at = stored.planned_at.ok_or(WebError::NotFound)?;
    let days = read::days(asked.days);
    let known = Known::find(&mut app.db.read().await?, stored.id, read::span(planned_at, days)).await?;
    let mut table = Table::new(&["項目", "内訳", "人数"]);
    let planned = stored.planned_count.unwrap_or(0).to_string();
    table.row(&["予定", "", &planned]);
    for state in LedgerState::ALL {
        table.row(&[state.word(), "", &known.recipients(state).to_string()]);
        for count in known.counts.iter().filter(|count| count.state == state) {
            if let Some(reason) = count.reason() {
                table.row(&[state.word(), Reason::word(reason), &count.recipients.to_string()]);
            }
        }
    }
    table.row(&["LINEで表示した人", "", &known.impressions()]);
    table.row(&["LINEでリンクを開いた人", "", &known.clicks()]);
    table.row(&["24時間以内にブロックした人", "", &known.blocks()]);
    for link in known.taps().links {
        for (day, taps) in &link.days {
            table.row(&[&format!("{}を開いた回数", link.name()), day, taps]);
        }
    }
    for (programme, booked, attended) in known.programmes(&app) {
        table.row(&[&format!("{days}日以内に予約した人"), &programme, &booked]);
        table.row(&[&format!("{days}日以内に受診した人"), &programme, &attended]);
    }
    Ok(table.download("kekka.csv"))
}
