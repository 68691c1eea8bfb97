//! `musubi backup` and `musubi restore`: a copy of the database while everything goes on, and back again.

use std::io::{self, BufRead, IsTerminal, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use musubi::app::Base;
use musubi::chance::Chance;
use musubi::clock::Clock;
use musubi::config::DatabaseSettings;
use musubi::db::{Db, backup as files};
use musubi::domain::timestamp::Timestamp;
use musubi::flow::restore::Restored;
use musubi::flow::{backup, restore};
use secrecy::ExposeSecret;

/// Where to.
#[derive(clap::Args)]
pub struct BackupArgs {
    /// The new file; one that is there is never overwritten
    to: PathBuf,
}

/// From where.
#[derive(clap::Args)]
pub struct RestoreArgs {
    /// A file that `musubi backup` made
    #[arg(required_unless_present = "in_place")]
    from: Option<PathBuf>,
    /// The database has already been restored by other means (`pg_restore`, a snapshot): only switch sending off and make
    /// every broadcast ask
    #[arg(long, conflicts_with = "from")]
    in_place: bool,
    /// Don't ask
    #[arg(long)]
    yes: bool,
}

const POSTGRES_BACKUP: &str =
    "PostgreSQLのバックアップは、PostgreSQLの道具で取ります。動かしたままで取れます。

  pg_dump --format=custom --file=musubi-日付.dump \"$DATABASE_URL\"

戻すときは、Musubiのサーバーを全部止め、空のデータベースに戻してから、送信を止めた状態にします。

  pg_restore --no-owner --dbname=\"$DATABASE_URL\" musubi-日付.dump
  musubi restore --in-place

くわしくは docs/operations.md にあります。";

/// Makes a backup.
///
/// # Errors
/// Where it could not be made whole, and always for PostgreSQL, whose own tool is named.
pub async fn run(settings: &DatabaseSettings, args: BackupArgs) -> Result<()> {
    let url = settings.database_url.expose_secret();
    let Some(from) = Db::file_of(url) else {
        println!("{POSTGRES_BACKUP}");
        bail!("バックアップは作っていません");
    };
    if !from.is_file() {
        bail!("データベース {} がありません", from.display());
    }
    let taken = backup::take(&Clock::of_process(), &from, &args.to).await?;
    println!("バックアップを作り、壊れていないことを確かめました。");
    println!("  ファイル    {}({}バイト)", args.to.display(), taken.bytes);
    println!("  時点        {}", minute(taken.at));
    println!("  形          {}", taken.schema);
    let held = taken.held;
    println!(
        "  アカウント  {}  職員 {}  配信 {}  配信台帳 {}行",
        held.accounts, held.staff, held.broadcasts, held.ledger
    );
    println!("住民の情報が入っています。読める人を限り、別の場所にも保管してください。");
    Ok(())
}

/// Puts a backup in the place of the database.
///
/// # Errors
/// While a server runs on it, without a yes, and where the backup is not whole.
pub async fn run_restore(settings: &DatabaseSettings, args: RestoreArgs) -> Result<()> {
    let url = settings.database_url.expose_secret();
    match (args.from, Db::file_of(url)) {
        (Some(from), Some(target)) => restore_file(&from, &target, args.yes).await,
        (Some(_), None) => {
            println!("{POSTGRES_BACKUP}");
            bail!("戻していません");
        }
        (None, _) => restore_in_place(settings, args.yes).await,
    }
}

async fn restore_file(from: &Path, target: &Path, yes: bool) -> Result<()> {
    if !from.is_file() {
        bail!("バックアップ {} がありません", from.display());
    }
    restore::look(from).await?;
    let old = restore::take_alone(target).await?;
    let question = match &old {
        Some(_) => format!("{} を、{} の内容に置き換えます。", target.display(), from.display()),
        None => format!("{} を、{} から作ります。", target.display(), from.display()),
    };
    if !yes && !agreed(&question)? {
        if let Some(old) = old {
            old.let_go().await;
        }
        bail!("戻していません");
    }
    let part = files::unfinished(target);
    let restored = restore::prepare(base, from, &part).await?;
    let aside = aside(target, Clock::of_process().now());
    let is_replaced = old.is_some();
    let placed = match old {
        Some(old) => old.replace(target, &part, &aside).await,
        None => files::finish(&part, target),
    };
    placed
        .with_context(|| format!("{} に置けません。{} が戻したものです", target.display(), part.display()))?;
    if is_replaced {
        println!("今までのデータベースは {} に取り置きました。", aside.display());
    }
    say(&restored);
    Ok(())
}

async fn restore_in_place(settings: &DatabaseSettings, yes: bool) -> Result<()> {
    let question = "このデータベースは、いまバックアップから戻したものとして扱います。すべての送信を止め、途中の配信を保留にします。";
    if !yes && !agreed(question)? {
        bail!("何も変えていません");
    }
    let db = super::serve::open(&settings.database_url).await?;
    let base = base(db);
    let restored = restore::mark(&base).await?;
    base.db.close().await;
    say(&restored);
    Ok(())
}

fn base(db: Db) -> Base {
    Base { db, clock: Clock::of_process(), chance: Chance::system() }
}

fn aside(target: &Path, now: Timestamp) -> PathBuf {
    let mut name = target.as_os_str().to_owned();
    name.push(now.tokyo().strftime(".before-restore-%Y%m%d-%H%M%S").to_string());
    name.into()
}

fn say(restored: &Restored) {
    println!("戻しました。すべての送信は止めてあります。");
    if let Some(at) = restored.backup_at {
        println!("  バックアップの時点  {}", minute(at));
    }
    println!("  保留にした配信      {}件", restored.held);
    println!("  差し戻した配信      {}件", restored.returned);
    println!("この後の手順:
  1. musubi serve を始め、/readyz を確かめます。職員は全員、ログインし直します。
  2. バックアップの時点より後のこと(送った配信、承認、登録の変更と消去、ブロック、職員の追加と無効化)は失われています。
     送った配信はLINE Official Account Managerで確かめ、消去や無効化は同じようにやり直してください。
  3. 保留の配信を一つずつ見て、再開(または承認し直し)するか、中止します。
  4. 最後に、コンソールか musubi sending on で送信を再開します。");
}

fn minute(at: Timestamp) -> String {
    at.tokyo().strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// Whether somebody at the terminal says yes; without a terminal nobody does.
fn agreed(question: &str) -> Result<bool> {
    println!("{question}");
    if !io::stdin().is_terminal() {
        bail!("端末から「はい」と答えるか、--yes を付けてください。戻していません");
    }
    print!("続けるときは「はい」と入力してください: ");
    io::stdout().flush()?;
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line)?;
    Ok(matches!(line.trim(), "はい" | "yes"))
}
