//! `musubi serve` and `musubi migrate`: the real thing, from the settings of this machine.

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, Result, anyhow};
use musubi::app::App;
use musubi::chance::Chance;
use musubi::clock::Clock;
use musubi::config::{Config, DatabaseSettings, Source};
use musubi::db::{Db, migrate};
use musubi::{web, worker};
use secrecy::{ExposeSecret, SecretString};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// Loads the settings, or says what is wrong with them.
///
/// # Errors
/// The exit code, after everything wrong has been printed.
pub fn settings() -> std::result::Result<Config, ExitCode> {
    Config::load(&Source::from_machine()).map_err(|problems| {
        super::config::explain(&problems);
        ExitCode::FAILURE
    })
}

/// Loads what a command on the database needs, or says what is wrong with it.
///
/// # Errors
/// The exit code, after everything wrong has been printed.
pub fn database_settings() -> std::result::Result<DatabaseSettings, ExitCode> {
    Config::load_database(&Source::from_machine()).map_err(|problems| {
        super::config::explain(&problems);
        ExitCode::FAILURE
    })
}

/// Opens the database and brings it to the newest schema.
///
/// # Errors
/// When it can't be reached or a migration fails; the engine's own words go to the log only.
pub async fn open(url: &SecretString) -> Result<Db> {
    let url = url.expose_secret();
    let db = Db::open(url).await.map_err(|error| {
        tracing::debug!(%error, "the database can't be opened");
        anyhow!("データベースを開けません。{}", reach(url))
    })?;
    migrate::run(&db).await.context("データベースを最新の形にできません")?;
    Ok(db)
}

fn reach(url: &str) -> &'static str {
    if !url.starts_with("sqlite:") && !url.starts_with("postgres") {
        "sqlite: か postgres: で始めてください"
    } else if url.starts_with("sqlite:") {
        "フォルダーがあるか、書き込む権限があるかを確かめてください"
    } else {
        "アドレス、利用者名、パスワードと、PostgreSQLが動いているかを確かめてください"
    }
}

/// Serves until the process is told to stop.
///
/// # Errors
/// When the database or the address is not to be had.
pub async fn serve(config: Config) -> Result<()> {
    let db = open(&config.database_url).await?;
    let listen = config.server.listen;
    let listener =
        TcpListener::bind(listen).await.with_context(|| format!("{listen} で待ち受けられません"))?;
    let mut app = App::new(config, db, Clock::system(), Chance::system())?;
    know_ourselves(&mut app).await?;
    run(app, listener).await
}

/// Asks LINE which account we are, where the settings don't say it; without knowing, no webhook is taken.
async fn know_ourselves(app: &mut App) -> Result<()> {
    if app.config.line.bot_user_id.is_none() {
        let bot = app.line.bot_info().await.context(
            "公式アカウントのユーザーIDをLINEに尋ねられません。LINE_CHANNEL_ID と LINE_CHANNEL_SECRET を確かめるか、LINE_BOT_USER_ID を設定してください",
        )?;
        Arc::make_mut(&mut app.config).line.bot_user_id = Some(bot.body.user_id);
    }
    Ok(())
}

/// Serves and works until the process is told to stop, then finishes what is under way.
///
/// # Errors
/// When the worker broke off: a server that no longer sends must not look alive.
pub async fn run(app: App, listener: TcpListener) -> Result<()> {
    let stop = CancellationToken::new();
    let admin = watched(&app, &stop).await?;
    let worker = tokio::spawn(worker::run(app.clone(), stop.clone()));
    tracing::info!(public_url = app.config.server.public_url, "serving");
    let until = async {
        tokio::select! { () = stop_signal() => {}, () = stop.cancelled() => {} }
    };
    web::server::serve(listener, web::router(app.clone()), until).await;
    stop.cancel();
    let worked = worker.await;
    if let Some(admin) = admin {
        admin.await?;
    }
    app.db.close().await;
    tracing::info!("stopped");
    Ok(worked??)
}

/// Serves probes and metrics on a port of their own, where one is set; to the end, so that the stop can be watched.
async fn watched(app: &App, stop: &CancellationToken) -> Result<Option<JoinHandle<()>>> {
    let Some(listen) = app.config.server.admin else { return Ok(None) };
    let listener =
        TcpListener::bind(listen).await.with_context(|| format!("{listen} で待ち受けられません"))?;
    let router = web::admin_router(app.clone());
    Ok(Some(tokio::spawn(web::server::serve(listener, router, stop.clone().cancelled_owned()))))
}

/// Done at Ctrl-C or SIGTERM.
pub async fn stop_signal() {
    let ctrl_c = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    let terminate = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => drop(signal.recv().await),
            Err(_) => std::future::pending().await,
        }
    };
    #[cfg(not(unix))]
    let terminate = std::future::pending::<()>();
    tokio::select! { () = ctrl_c => {}, () = terminate => {} }
}
