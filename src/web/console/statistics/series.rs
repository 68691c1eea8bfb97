//! A series at a glance: the results of its broadcasts below each other, so that one can compare.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use serde::Deserialize;

use super::super::broadcasts::minute;
use super::super::figures::grouped;
use super::read::{self, DAYS, Known};
use super::table::Table;
use crate::app::App;
use crate::db;
use crate::domain::broadcast::LedgerState;
use crate::store::outcomes::{self, OfSeries, Series};
use crate::web::error::WebError;
use crate::web::layout::{self, Area, Shell};

/// Broadcasts shown of a series.
const MOST: i64 = 50;
/// Series shown.
const MOST_SERIES: i64 = 200;

#[derive(Template)]
#[template(path = "web/console/statistics/list.html")]
struct ListPage {
    shell: Shell,
    series: Vec<Series>,
}

pub(in super::super) async fn list(State(app): State<App>, shell: Shell) -> Result<Response, WebError> {
    let series = outcomes::series(&mut app.db.read().await?, MOST_SERIES).await?;
    let page = ListPage { shell: shell.titled("結果").within(Area::Statistics), series };
    layout::page(&page.shell, &page)
}

/// The address of a series.
pub(super) fn address(series: &str) -> String {
    format!("/console/statistics/series?series={}", super::super::rule_path(series))
}

/// What is asked for.
#[derive(Deserialize)]
pub(in super::super) struct Asked {
    #[serde(default)]
    series: String,
    days: Option<i64>,
}

#[derive(Template)]
#[template(path = "web/console/statistics/series.html")]
struct SeriesPage {
    shell: Shell,
    series: String,
    days: i64,
    lines: Vec<Line>,
}

impl SeriesPage {
    fn csv_at(&self) -> String {
        address(&self.series).replacen("/series?", "/series.csv?", 1)
    }
}

struct Line {
    broadcast: OfSeries,
    known: Known,
    programmes: Vec<(String, String, String)>,
}

impl Line {
    fn planned_at(&self) -> String {
        minute(self.broadcast.planned_at)
    }

    fn skipped(&self) -> i64 {
        self.known.recipients(LedgerState::Skipped)
    }
}

async fn lines(app: &App, series: &str, days: i64) -> db::Result<Vec<Line>> {
    let mut tx = app.db.read().await?;
    let mut lines = Vec::new();
    for broadcast in outcomes::list_series(&mut tx, series, MOST).await? {
        let known = Known::find(&mut tx, broadcast.id, read::span(broadcast.planned_at, days)).await?;
        lines.push(Line { programmes: known.programmes(app), broadcast, known });
    }
    Ok(lines)
}

pub(in super::super) async fn show(
    State(app): State<App>,
    shell: Shell,
    Query(asked): Query<Asked>,
) -> Result<Response, WebError> {
    let days = read::days(asked.days);
    let shell = shell.titled("シリーズの結果").within(Area::Statistics).below("/console/statistics", "結果");
    let lines = lines(&app, &asked.series, days).await?;
    let page = SeriesPage { shell, series: asked.series, days, lines };
    layout::page(&page.shell, &page)
}

pub(in super::super) async fn csv(
    State(app): State<App>,
    Query(asked): Query<Asked>,
) -> Result<Response, WebError> {
    let days = read::days(asked.days);
    let mut table = Table::new(&[
        "件名",
        "日時",
        "予定",
        "受付済み",
        "除外",
        "受付不可",
        "中止",
        "結果不明",
        "LINEで表示した人",
        "LINEでリンクを開いた人",
        "24時間以内にブロックした人",
        "健(検)診",
        "予約した人",
        "受診した人",
    ]);
    for line in lines(&app, &asked.series, days).await? {
        let count = |state| line.known.recipients(state).to_string();
        let head = [
            line.broadcast.title.clone(),
            line.planned_at(),
            line.broadcast.planned_count.to_string(),
            count(LedgerState::Accepted),
            count(LedgerState::Skipped),
            count(LedgerState::Rejected),
            count(LedgerState::Stopped),
            count(LedgerState::Unknown),
            line.known.impressions(),
            line.known.clicks(),
            line.known.blocks(),
        ];
        let none = [(String::new(), String::new(), String::new())];
        let programmes = if line.programmes.is_empty() { &none[..] } else { &line.programmes };
        for (name, booked, attended) in programmes {
            let tail = [name.clone(), booked.clone(), attended.clone()];
            table.row(&head.iter().cloned().chain(tail).collect::<Vec<_>>());
        }
    }
    Ok(table.download("series.csv"))
}
