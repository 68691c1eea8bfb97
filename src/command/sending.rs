//! `musubi sending`: the one switch over all sending, for the person at the machine.
//!
//! For the night on which nobody can open the console. Each change stands in the audit log, without a name.

use anyhow::Result;
use musubi::app::Base;
use musubi::chance::Chance;
use musubi::clock::Clock;
use musubi::config::DatabaseSettings;
use musubi::db::Db;
use musubi::flow::broadcast;
use musubi::store::progress;
use musubi::store::switches::{self, SENDING};
use secrecy::ExposeSecret;

/// What to do with all sending.
#[derive(clap::Subcommand)]
pub enum Command {
    /// Let the broadcasts go on from where they stand
    On,
    /// Stop every broadcast before its next call to LINE
    Off {
        /// Why, for the colleagues; no personal data
        #[arg(long, default_value = "")]
        reason: String,
    },
    /// Say whether it is on, and if not since when and why
    Status,
}

/// Runs one of the commands on the database of the settings.
///
/// # Errors
/// When the database can't be reached, or is not one of Musubi's that was there before.
pub async fn run(settings: &DatabaseSettings, command: Command) -> Result<()> {
    let db = super::serve::open_as_it_is(&settings.database_url).await?;
    let base = Base { db, clock: Clock::system(), chance: Chance::system() };
    println!("データベース: {}", Db::name_of(settings.database_url.expose_secret()));
    match command {
        Command::On => broadcast::resume_all_here(&base).await?,
        Command::Off { reason } => {
            if !broadcast::pause_all_here(&base, &as_told(&reason)).await? {
                println!("すでに止まっていました。書かれている理由はそのままです。");
            }
        }
        Command::Status => {}
    }
    say(&base).await?;
    base.db.close().await;
    Ok(())
}

/// Colleagues tell by it that a person has stopped it, and where.
fn as_told(reason: &str) -> String {
    match reason.trim() {
        "" => "サーバーのコマンドで止めました。".to_owned(),
        reason => format!("{reason}(サーバーのコマンド)"),
    }
}

async fn say(base: &Base) -> Result<()> {
    match switches::show(&mut base.db.read().await?, SENDING).await? {
        None => println!("送信できる状態です。"),
        Some(off) => {
            let since = off.since.tokyo().strftime("%Y-%m-%d %H:%M").to_string();
            let who = off.staff_name.as_deref().unwrap_or("職員の画面ではない操作");
            println!("すべての送信が止まっています。\n{since} から({who})\n{}", off.reason);
            let open = progress::in_flight(&mut base.db.read().await?).await?;
            if 0 < open.batches {
                println!(
                    "すでにLINEに渡している途中の{}人({}回の呼び出し)には届くことがあります。",
                    open.recipients, open.batches
                );
            }
        }
    }
    Ok(())
}
