//! `musubi staff token`: tokens of the JSON API, for the person at the machine.
//!
//! A token is printed once and kept nowhere. At the console an administrator gives leave, and the member collects it.

use anyhow::{Context, Result};
use musubi::app::Base;
use musubi::domain::staff::Role;
use musubi::flow::api_tokens::{self, Wanted};
use uuid::Uuid;

/// What to do with tokens.
#[derive(clap::Subcommand)]
pub enum Command {
    /// Make one; it acts as this member of staff
    Add {
        /// Whose, by what they type to log in
        #[arg(long)]
        login: String,
        /// What it is for, such as 健診システム
        #[arg(long)]
        name: String,
        /// Which of their roles it lends; may be given more than once
        #[arg(long, required = true, value_parser = super::staff::role)]
        role: Vec<Role>,
        /// For how many days
        #[arg(long, default_value_t = 90)]
        days: u32,
    },
    /// Name all of them
    List,
    /// Take one back, at once
    Revoke {
        /// Its number, as the list shows it
        id: String,
    },
}

/// Runs one of the commands.
///
/// # Errors
/// When the database can't be reached, or what was asked for is refused.
pub async fn run(base: &Base, command: Command) -> Result<()> {
    match command {
        Command::Add { login, name, role, days } => {
            let wanted = Wanted { login, name, roles: role.into_iter().collect(), days };
            let token = api_tokens::make_here(base, &wanted).await?;
            println!("{token}");
            eprintln!(
                "このトークンは、もう一度は表示できません。{days}日間使えます。本人だけに渡してください。"
            );
        }
        Command::List => list(base).await?,
        Command::Revoke { id } => {
            let id = Uuid::try_parse(&id).context("番号は、listが表示する形で書いてください")?;
            api_tokens::revoke_here(base, id).await?;
            println!("取り消しました。");
        }
    }
    Ok(())
}

async fn list(base: &Base) -> Result<()> {
    let now = base.clock.now();
    for token in musubi::store::api_tokens::list(&mut base.db.read().await?, None).await? {
        let used = token.last_used_at.map_or_else(|| "未使用".to_owned(), api_tokens::day);
        let (id, login, name, roles) = (token.id, &token.login, &token.name, token.roles().label());
        let (until, state) = (api_tokens::day(token.expires_at), api_tokens::state(&token, now));
        println!("{id}\t{login}\t{name}\t{roles}\t{until}まで\t最後に使った日 {used}\t{state}");
    }
    Ok(())
}
