//! `musubi bench webhook`: durable, signature-verified acknowledgements a second, beside a handler that only verifies
//! and parses, in the same run.
//!
//! Client and server share this machine, and the bare handler is measured before and after each engine, so that the
//! ratio says what durability costs and not what the machine was doing.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Result;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use musubi::app::App;
use musubi::chance::Chance;
use musubi::clock::Clock;
use musubi::config::{ANY_LOCAL_PORT, Config};
use musubi::db::{Db, migrate};
use musubi::line::{event, signature};
use musubi::web;
use secrecy::SecretString;
use serde_json::json;

use super::load::{self, Outcome};
use super::millis;

const SECRET: &str = "0123456789abcdef0123456789abcdef";
const WARM_UP: usize = 2_000;

/// What to measure.
#[derive(clap::Args)]
pub struct Args {
    /// Requests in each run
    #[arg(long, default_value_t = 60_000)]
    requests: usize,
    /// Connections kept open at once
    #[arg(long, default_value_t = 512)]
    connections: usize,
    /// Rounds; the best ratio and the median are shown
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// A PostgreSQL database to measure as well (its tables are made where missing)
    #[arg(long)]
    postgres: Option<String>,
    /// One JSON object a figure instead of a table
    #[arg(long)]
    json: bool,
}

/// Runs the bench.
///
/// # Errors
/// When a database can't be opened or a request is not acknowledged.
pub async fn run(args: &Args) -> Result<()> {
    let folder = tempdir()?;
    let sqlite = format!("sqlite:{}", folder.join("bench.db").display());
    let mut engines = vec![("sqlite", sqlite)];
    engines.extend(args.postgres.clone().map(|url| ("postgres", url)));
    for (name, url) in &engines {
        let db = Db::open(url).await?;
        migrate::run(&db).await?;
        for events in [1, 10] {
            measure(args, name, &db, events).await?;
        }
        paced(args, name, &db).await?;
        db.close().await;
    }
    std::fs::remove_dir_all(folder)?;
    Ok(())
}

fn tempdir() -> Result<std::path::PathBuf> {
    let folder = std::env::temp_dir().join(format!("musubi-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    Ok(folder)
}

async fn measure(args: &Args, engine: &str, db: &Db, events: usize) -> Result<()> {
    let bare = start(bare_router()).await?;
    let full = start(web::router(app(db)?)).await?;
    let mut ratios = Vec::new();
    for round in 0..args.rounds {
        let requests = args.requests / if events == 1 { 1 } else { 4 };
        load::send(bare, prepared(WARM_UP, events), args.connections, None).await?;
        let plain = load::send(bare, prepared(requests, events), args.connections, None).await?;
        load::send(full, prepared(WARM_UP, events), args.connections, None).await?;
        let durable = load::send(full, prepared(requests, events), args.connections, None).await?;
        ratios.push(durable.rate() / plain.rate());
        show(args, engine, events, round, &plain, &durable);
    }
    ratios.sort_by(f64::total_cmp);
    if !args.json {
        println!("{engine}, {events} event(s) a body: median ratio {:.2}\n", ratios[ratios.len() / 2]);
    }
    Ok(())
}

fn show(args: &Args, engine: &str, events: usize, round: usize, plain: &Outcome, durable: &Outcome) {
    #[allow(clippy::cast_precision_loss)]
    let per_second = |outcome: &Outcome| outcome.rate() * events as f64;
    let ratio = durable.rate() / plain.rate();
    let (p50, p99) = (millis(durable.quantile(0.50)), millis(durable.quantile(0.99)));
    if args.json {
        let figure = json!({
            "bench": "webhook", "engine": engine, "events_per_body": events, "round": round, "ratio": ratio,
            "events_per_second": per_second(durable), "bare_events_per_second": per_second(plain),
            "p50_ms": p50, "p99_ms": p99,
        });
        return println!("{figure}");
    }
    println!(
        "{engine:8} {events:2} event(s) a body: {:7.0} events/s durable, {:7.0} bare, ratio {ratio:.2}, p50 {p50:.2} ms, p99 {p99:.2} ms",
        per_second(durable),
        per_second(plain),
    );
}

async fn paced(args: &Args, engine: &str, db: &Db) -> Result<()> {
    let full = start(web::router(app(db)?)).await?;
    let outcome = load::send(full, prepared(2_000, 1), 16, Some(200.0)).await?;
    let (p50, p99) = (millis(outcome.quantile(0.50)), millis(outcome.quantile(0.99)));
    if args.json {
        println!(
            "{}",
            json!({"bench": "webhook_paced", "engine": engine, "requests_per_second": 200, "p50_ms": p50, "p99_ms": p99})
        );
    } else {
        println!("{engine:8} at 200 requests/s: p50 {p50:.2} ms, p99 {p99:.2} ms\n");
    }
    Ok(())
}

fn app(db: &Db) -> Result<App> {
    let mut config = Config::local("", ANY_LOCAL_PORT, ANY_LOCAL_PORT, SECRET);
    config.line.bot_user_id = None;
    Ok(App::new(config, db.clone(), Clock::system(), Chance::system())?)
}

async fn start(router: Router) -> Result<SocketAddr> {
    let listener = tokio::net::TcpListener::bind(ANY_LOCAL_PORT).await?;
    let address = listener.local_addr()?;
    tokio::spawn(web::server::serve(listener, router, std::future::pending()));
    Ok(address)
}

fn bare_router() -> Router {
    let secrets: Arc<Vec<SecretString>> = Arc::new(vec![SECRET.into()]);
    Router::new().route("/line/webhook", post(verify_and_parse)).with_state(secrets)
}

async fn verify_and_parse(
    State(secrets): State<Arc<Vec<SecretString>>>,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    let given = headers.get("x-line-signature").and_then(|value| value.to_str().ok());
    match (signature::verify(&secrets, &body, given), event::heads(&body)) {
        (Ok(()), Ok(webhook)) if webhook.unreadable.is_empty() => StatusCode::OK,
        _ => StatusCode::BAD_REQUEST,
    }
}

fn prepared(requests: usize, events: usize) -> Arc<Vec<Vec<u8>>> {
    let (clock, chance, secret) = (Clock::system(), Chance::system(), SecretString::from(SECRET));
    let make = |_| {
        let list: Vec<_> = (0..events).map(|_| sample_event(&clock, &chance)).collect();
        let body = json!({"destination": "Ub0000000000000000000000000000001", "events": list}).to_string();
        load::request("/line/webhook", &signature::sign(&secret, body.as_bytes()), &body)
    };
    Arc::new((0..requests).map(make).collect())
}

/// Like LINE's `webhookEventId`: ten characters of time, sixteen of chance.
fn ulid(millis: i64, chance: &[u8; 16]) -> String {
    const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let time = (0..10).rev().map(|place| (millis >> (5 * place)) as usize & 31);
    let random = chance.iter().map(|byte| usize::from(byte & 31));
    time.chain(random).map(|digit| char::from(DIGITS[digit])).collect()
}

fn sample_event(clock: &Clock, chance: &Chance) -> serde_json::Value {
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let id = ulid(clock.now().millis(), &chance.bytes::<16>());
    json!({
        "type": "message", "mode": "active", "timestamp": clock.now().millis(),
        "source": {"type": "user", "userId": format!("U{}", hex(&chance.bytes::<16>()))},
        "webhookEventId": id, "deliveryContext": {"isRedelivery": false},
        "replyToken": hex(&chance.bytes::<16>()),
        "message": {"type": "text", "id": "500000000000000001", "quoteToken": "q", "text": "こんにちは"},
    })
}
