//! `/metrics` on the port for those who look after the machine: Prometheus' text format, written by hand.
//!
//! Figures only: no id, no name, no text. What is asked of the database is of one moment; what is counted by the process
//! starts at 0 with it, as Prometheus expects of a counter. The rate of acceptance is
//! `rate(musubi_recipients_total{outcome="accepted"}[1m])`.

use std::fmt::{Display, Write as _};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use super::health;
use crate::app::{App, Loop};
use crate::db;
use crate::store::gauges::{self, Gauges};
use crate::store::lease::{self, Lease};
use crate::store::switches::{self, SENDING};

const FORMAT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// The one page.
pub fn routes() -> Router<App> {
    Router::new().route("/metrics", get(show))
}

async fn show(State(app): State<App>) -> Response {
    let mut page = Page::default();
    of_process(&app, &mut page).await;
    // What the process knows is told even while the database is away.
    match of_database(&app, &mut page).await {
        Ok(()) => page.gauge("musubi_database_up", "Whether the database answers.", [("", 1)]),
        Err(error) => {
            tracing::warn!(%error, "metrics of the database are missing");
            page.gauge("musubi_database_up", "Whether the database answers.", [("", 0)]);
        }
    }
    (StatusCode::OK, [(header::CONTENT_TYPE, FORMAT)], page.0).into_response()
}

async fn of_process(app: &App, page: &mut Page) {
    let version = format!("version=\"{}\"", env!("CARGO_PKG_VERSION"));
    page.gauge("musubi_build_info", "The program.", [(version, 1)]);
    let ready = i64::from(health::missing(app).await.is_none());
    page.gauge("musubi_ready", "Whether /readyz says ready.", [("", ready)]);
    page.counter(
        "musubi_recipients_total",
        "Recipients of broadcasts that LINE has accepted since the process started.",
        [("outcome=\"accepted\"", app.vitals.all_accepted())],
    );
    let answers = app.line.tally().all();
    let answers = answers
        .iter()
        .map(|(endpoint, ending, count)| (format!("endpoint=\"{endpoint}\",outcome=\"{ending}\""), *count));
    page.counter("musubi_line_answers_total", "Calls to LINE by how they ended.", answers);
    let rounds = Loop::ALL.into_iter().filter_map(|which| {
        let since = app.vitals.since_round(which)?;
        Some((format!("loop=\"{}\"", which.id()), seconds(since)))
    });
    page.gauge("musubi_worker_round_age_seconds", "Since a loop last began a round.", rounds);
    let (accounts, persons, bytes) = app.population.size();
    let held = [("kind=\"accounts\"", accounts), ("kind=\"persons\"", persons)];
    page.gauge("musubi_population_size", "Whom the population holds.", held);
    page.gauge("musubi_population_bytes", "Memory of the population.", [("", bytes)]);
    page.gauge(
        "musubi_population_age_seconds",
        "Since the population was last brought up to date by the worker.",
        [("", seconds(app.vitals.since_refresh()))],
    );
}

async fn of_database(app: &App, page: &mut Page) -> db::Result<()> {
    let mut tx = app.db.read().await?;
    let gauges = gauges::read(&mut tx).await?;
    let off = switches::find(&mut tx, SENDING).await?;
    let lease = lease::find(&mut tx).await?;
    drop(tx);
    of_lease(page, &lease);
    let off = i64::from(off.is_some());
    page.gauge("musubi_sending_off", "1 while all sending is switched off.", [("", off)]);
    of_work(app, page, &gauges);
    let seq = app.population.seq().unwrap_or(0);
    page.gauge("musubi_population_seq", "The change up to which the population is complete.", [("", seq)]);
    page.gauge(
        "musubi_population_lag",
        "Changes that the population has not read yet.",
        [("", gauges.last_change.saturating_sub(seq).max(0))],
    );
    Ok(())
}

fn of_lease(page: &mut Page, lease: &Lease) {
    page.gauge(
        "musubi_lease_token",
        "Rises with each change of the process that works.",
        [("", lease.token)],
    );
    let holder = lease.holder.iter().map(|holder| {
        let plain =
            |sign: char| if sign.is_ascii_alphanumeric() || "-_.:".contains(sign) { sign } else { '_' };
        (format!("holder=\"{}\"", holder.chars().map(plain).collect::<String>()), 1)
    });
    page.gauge("musubi_lease_holder", "The process that works.", holder);
}

fn of_work(app: &App, page: &mut Page, gauges: &Gauges) {
    let states = gauges.broadcasts.iter().map(|(state, count)| (format!("state=\"{state}\""), *count));
    page.gauge("musubi_broadcasts", "Broadcasts that are not over.", states);
    let batches =
        [("state=\"pending\"", gauges.pending_batches), ("state=\"attempting\"", gauges.attempting_batches)];
    page.gauge("musubi_batches", "Batches that are not settled.", batches);
    let events =
        [("state=\"waiting\"", gauges.waiting_events), ("state=\"given_up\"", gauges.given_up_events)];
    page.gauge("musubi_inbox_events", "Events of LINE that are not handled.", events);
    let now = app.clock.now();
    let age = gauges.oldest_event.map_or(Duration::ZERO, |at| now.since(at));
    page.gauge("musubi_inbox_age_seconds", "Age of the oldest waiting event.", [("", seconds(age))]);
}

fn seconds(time: Duration) -> String {
    format!("{:.3}", time.as_secs_f64())
}

/// A page of metrics; labels are written by us and hold nothing that would have to be escaped.
#[derive(Default)]
struct Page(String);

impl Page {
    fn gauge(
        &mut self,
        name: &str,
        help: &str,
        values: impl IntoIterator<Item = (impl Display, impl Display)>,
    ) {
        self.family(name, help, "gauge", values);
    }

    fn counter(
        &mut self,
        name: &str,
        help: &str,
        values: impl IntoIterator<Item = (impl Display, impl Display)>,
    ) {
        self.family(name, help, "counter", values);
    }

    fn family(
        &mut self,
        name: &str,
        help: &str,
        kind: &str,
        values: impl IntoIterator<Item = (impl Display, impl Display)>,
    ) {
        // Writing into a string can't fail.
        let _ = write!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}\n");
        for (labels, value) in values {
            let labels = labels.to_string();
            let _ = match labels.as_str() {
                "" => writeln!(self.0, "{name} {value}"),
                labels => writeln!(self.0, "{name}{{{labels}}} {value}"),
            };
        }
    }
}
