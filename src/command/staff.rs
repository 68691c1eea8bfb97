//! `musubi staff`: adds the people who may use the console, on the machine that serves it.
//!
//! A password is asked on the terminal, or read from the file that `MUSUBI_STAFF_PASSWORD_FILE` names, or from the
//! first line of a pipe. It is never taken from the command line, where every user of the machine could read it.

use std::io::{self, BufRead, IsTerminal, Write};
use std::process::{Command as Program, Stdio};

use anyhow::{Context, Result, bail};
use musubi::app::Base;
use musubi::chance::Chance;
use musubi::clock::Clock;
use musubi::config::DatabaseSettings;
use musubi::domain::ids::LineUserId;
use musubi::domain::staff::{Role, Roles};
use musubi::flow::staff::{self, Newcomer};
use musubi::store;
use secrecy::SecretString;

/// What to do with staff.
#[derive(clap::Subcommand)]
pub enum Command {
    /// Let somebody use the console
    Add(Add),
    /// Give somebody another password and end their sessions
    Password {
        /// What they type to log in
        #[arg(long)]
        login: String,
    },
    /// Say which LINE account somebody's test sends go to
    Line {
        /// What they type to log in
        #[arg(long)]
        login: String,
        /// Their own LINE user id
        #[arg(long, value_parser = line_user_id)]
        line_user_id: LineUserId,
    },
    /// End somebody's right to use the console, at once
    Disable {
        /// What they type to log in
        #[arg(long)]
        login: String,
    },
    /// Name everybody
    List,
    /// Look after the tokens of the JSON API
    Token {
        /// What to do with them
        #[command(subcommand)]
        what: super::token::Command,
    },
}

/// Somebody new.
#[derive(clap::Args)]
pub struct Add {
    /// What they type to log in
    #[arg(long)]
    login: String,
    /// Their name
    #[arg(long)]
    name: String,
    /// Their section, such as 健康増進課
    #[arg(long)]
    department: String,
    /// What they may do: editor, approver, admin, auditor; may be given more than once
    #[arg(long, required = true, value_parser = role)]
    role: Vec<Role>,
    /// Their own LINE user id, for test sends
    #[arg(long, value_parser = line_user_id)]
    line_user_id: Option<LineUserId>,
}

/// A role by its word.
///
/// # Errors
/// Which words there are.
pub fn role(word: &str) -> Result<Role, String> {
    Role::parse(word).ok_or_else(|| "editor, approver, admin, auditor のどれかを書いてください".to_owned())
}

fn line_user_id(text: &str) -> Result<LineUserId, String> {
    LineUserId::parse(text).ok_or_else(|| "Uと32桁の英数字(小文字)で書いてください".to_owned())
}

/// Runs one of the commands on the database of the settings.
///
/// # Errors
/// When the database can't be reached, or what was asked for is refused.
pub async fn run(settings: &DatabaseSettings, command: Command) -> Result<()> {
    let db = super::serve::open(&settings.database_url).await?;
    let base = Base { db, clock: Clock::system(), chance: Chance::system() };
    match command {
        Command::Add(add) => add_somebody(&base, add).await?,
        Command::Password { login } => {
            staff::change_password(&base, &login, ask_password()?).await?;
            println!("{login} のパスワードを変え、ログイン中の画面を終了しました。");
        }
        Command::Line { login, line_user_id } => {
            staff::change_line_account(&base, &login, &line_user_id).await?;
            println!("{login} のテスト送信先のLINEを登録しました。");
        }
        Command::Disable { login } => {
            staff::disable(&base, &login).await?;
            println!("{login} は、もうログインできません。");
        }
        Command::List => list(&base).await?,
        Command::Token { what } => super::token::run(&base, what).await?,
    }
    base.db.close().await;
    Ok(())
}

async fn add_somebody(base: &Base, add: Add) -> Result<()> {
    let newcomer = Newcomer {
        login: add.login,
        name: add.name,
        department: add.department,
        roles: add.role.into_iter().collect::<Roles>(),
        password: ask_password()?,
        line_user_id: add.line_user_id,
    };
    let said = format!("{}({})を追加しました。", newcomer.login, newcomer.roles.label());
    staff::add(base, newcomer).await?;
    println!("{said}");
    Ok(())
}

async fn list(base: &Base) -> Result<()> {
    let mut tx = base.db.read().await?;
    for somebody in store::staff::list(&mut tx).await? {
        let ended = if somebody.disabled_at.is_some() { "\t無効" } else { "" };
        println!(
            "{}\t{}\t{}\t{}{ended}",
            somebody.login,
            somebody.name,
            somebody.department,
            somebody.roles.label()
        );
    }
    Ok(())
}

fn ask_password() -> Result<SecretString> {
    if let Ok(path) = std::env::var("MUSUBI_STAFF_PASSWORD_FILE") {
        let text =
            std::fs::read_to_string(path).context("MUSUBI_STAFF_PASSWORD_FILE のファイルが読めません")?;
        return Ok(text.lines().next().unwrap_or_default().into());
    }
    if !io::stdin().is_terminal() {
        return read_line();
    }
    let first = ask("パスワード(12文字以上): ")?;
    let second = ask("もう一度: ")?;
    if secrecy::ExposeSecret::expose_secret(&first) != secrecy::ExposeSecret::expose_secret(&second) {
        bail!("2回の入力が違います");
    }
    Ok(first)
}

fn ask(prompt: &str) -> Result<SecretString> {
    print!("{prompt}");
    io::stdout().flush()?;
    // Where there is no stty the password would be seen while typed: refuse rather than surprise.
    if !echo("-echo") {
        bail!("画面に出さずに入力できません。MUSUBI_STAFF_PASSWORD_FILE を使ってください");
    }
    let line = read_line();
    echo("echo");
    println!();
    line
}

fn read_line() -> Result<SecretString> {
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line).context("パスワードを読めません")?;
    Ok(line.trim_end_matches(['\r', '\n']).into())
}

fn echo(mode: &str) -> bool {
    let done = Program::new("stty").arg(mode).stdin(Stdio::inherit()).status();
    done.is_ok_and(|status| status.success())
}
