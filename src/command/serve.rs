//! `musubi serve` and `musubi migrate`: the real thing, from the settings of this machine.

use std::fs::File;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, Result, anyhow, bail};
use musubi::app::App;
use musubi::chance::Chance;
use musubi::clock::Clock;
use musubi::config::{Config, DatabaseSettings, Source};
use musubi::db::{Db, migrate};
use musubi::flow::installation;
use musubi::{web, worker};
use secrecy::{ExposeSecret, SecretString};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// What a process is there for.
#[derive(clap::Args)]
pub struct Args {
    /// Pages and webhooks, work (broadcasts, inbox), or both; of several workers on one PostgreSQL one works at a time
    #[arg(long, value_enum, default_value_t = Role::All)]
    role: Role,
}

/// What a process does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Role {
    /// Pages and webhooks only.
    Web,
    /// Work only; it listens nowhere but for probes.
    Worker,
    /// Both.
    All,
}

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

/// Opens a database that is there, and leaves its schema as the service has it: a brake that makes a database of its own
/// would stop nothing and say that it had.
///
/// # Errors
/// When it is not there, can't be reached, or holds nothing of ours.
pub async fn open_as_it_is(url: &SecretString) -> Result<Db> {
    let url = url.expose_secret();
    let name = Db::name_of(url);
    if !Db::is_there(url) {
        bail!(
            "データベース {name} がありません。動いているMusubiと同じ DATABASE_URL で、同じフォルダーで実行してください"
        );
    }
    let db = Db::open(url).await.map_err(|error| {
        tracing::debug!(%error, "the database can't be opened");
        anyhow!("データベース {name} を開けません。{}", reach(url))
    })?;
    let is_ours = migrate::applied(&mut db.read().await?).await.is_ok_and(|version| 0 < version);
    if !is_ours {
        bail!("{name} は、Musubiのデータベースではありません。DATABASE_URL を確かめてください");
    }
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
pub async fn serve(config: Config, args: Args) -> Result<()> {
    let works = args.role != Role::Web;
    let _alone = if works { alone(config.database_url.expose_secret())? } else { None };
    let db = open(&config.database_url).await?;
    let listen = config.server.listen;
    let listener = match args.role {
        Role::Worker => None,
        Role::Web | Role::All => {
            Some(TcpListener::bind(listen).await.with_context(|| format!("{listen} で待ち受けられません"))?)
        }
    };
    let mut app = App::new(config, db, Clock::of_process(), Chance::system())?;
    know_ourselves(&mut app).await?;
    installation::claim(&app).await?;
    run_as(app, listener, works).await
}

/// Keeps a second worker off a SQLite file; the system gives the lock back when the process ends, however it ends.
fn alone(url: &str) -> Result<Option<File>> {
    let Some(file) = Db::file_of(url) else { return Ok(None) };
    let path = file.with_added_extension("worker");
    let lock = File::create(&path).with_context(|| format!("{} を作れません", path.display()))?;
    lock.try_lock().map_err(|_| {
        anyhow!(
            "このデータベースでは、すでに別の musubi が動いています。SQLiteでは1つだけ動かせます。先にそちらを止めるか、--role web を付けるか、PostgreSQLを使ってください"
        )
    })?;
    Ok(Some(lock))
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
    run_as(app, Some(listener), true).await
}

async fn run_as(app: App, listener: Option<TcpListener>, works: bool) -> Result<()> {
    let stop = CancellationToken::new();
    let admin = watched(&app, &stop).await?;
    let worker = works.then(|| tokio::spawn(worker::run(app.clone(), stop.clone())));
    tracing::info!(public_url = app.config.server.public_url, "serving");
    let until = async {
        tokio::select! { () = stop_signal() => {}, () = stop.cancelled() => {} }
    };
    match listener {
        Some(listener) => web::server::serve(listener, web::router(app.clone()), until).await,
        None => until.await,
    }
    stop.cancel();
    let worked = match worker {
        Some(worker) => worker.await,
        None => Ok(Ok(())),
    };
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
