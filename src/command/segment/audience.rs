//! `musubi segment count|list|account`: a rule asked of the registered residents.
//!
//! Stands apart from `segment`, which needs no database. It prints ids and figures, never a name or a birth date.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use jiff::civil::Date;
use musubi::clock::Clock;
use musubi::db::Db;
use musubi::domain::attribute::Catalogue;
use musubi::domain::ids::AccountId;
use musubi::population::{Population, Tally};
use musubi::store::households;

use super::explain::{self, Format};
use super::rule::{self, Loaded};

/// Which rule, which residents, which day.
#[derive(clap::Args)]
pub struct Args {
    /// The rule file
    path: PathBuf,
    /// The as-of date (default: today in Japan)
    #[arg(long)]
    as_of: Option<Date>,
    /// The topic of the broadcast, so that those who declined it are left out
    #[arg(long)]
    topic: Option<String>,
    /// The database
    #[arg(long, env = "DATABASE_URL", hide_env_values = true, default_value = "sqlite:musubi.db")]
    database: String,
}

/// What to ask.
pub enum Question {
    /// How many.
    Count,
    /// Which accounts.
    List,
    /// Why this one, or why not.
    Account(String, Format),
}

struct Asked {
    rule: Loaded,
    catalogue: Arc<Catalogue>,
    db: Db,
    as_of: Date,
    topic: Option<String>,
}

/// Answers.
///
/// # Errors
/// When the rule can't be read or the database can't be reached.
pub async fn run(question: Question, args: Args) -> Result<ExitCode> {
    let asked = read(args).await?;
    match question {
        Question::Count => count(&asked).await?,
        Question::List => list(&asked).await?,
        Question::Account(id, format) => account(&asked, &id, format).await?,
    }
    asked.db.close().await;
    Ok(ExitCode::SUCCESS)
}

async fn read(args: Args) -> Result<Asked> {
    let today = Clock::system().today();
    let rule = rule::load(&args.path, today)?;
    if !Db::is_there(&args.database) {
        bail!("データベースがありません。--database か DATABASE_URL で指定してください");
    }
    let db = crate::command::serve::open(&args.database.into()).await?;
    let (catalogue, as_of) = (Arc::new(rule.catalogue.clone()), args.as_of.unwrap_or(today));
    Ok(Asked { rule, catalogue, db, as_of, topic: args.topic })
}

async fn population(asked: &Asked) -> Result<Population> {
    let population = Population::new(asked.catalogue.clone());
    population.refresh(&asked.db).await?;
    Ok(population)
}

async fn count(asked: &Asked) -> Result<()> {
    let count = population(asked).await?.count(&asked.rule.segment, asked.as_of, asked.topic.as_deref());
    println!("{}({} 現在)", asked.rule.segment.header.name, asked.as_of);
    for (what, Tally { target, not_target, excluded, unknown }) in
        [("アカウント(受け取る人)", count.accounts), ("一人ずつ", count.persons)]
    {
        println!("  {what}: 対象 {target}  対象外 {not_target}  除外 {excluded}  不明 {unknown}");
    }
    for (missing, accounts) in &count.unknown_by {
        println!("  「{}」が分からないアカウント: {accounts}", missing.words(&asked.catalogue));
    }
    Ok(())
}

async fn list(asked: &Asked) -> Result<()> {
    let (accounts, _) =
        population(asked).await?.recipients(&asked.rule.segment, asked.as_of, asked.topic.as_deref());
    let mut out = std::io::stdout().lock();
    for account in accounts {
        // `list … | head` hangs up when it has seen enough.
        if writeln!(out, "{account}").is_err() {
            break;
        }
    }
    Ok(())
}

async fn account(asked: &Asked, id: &str, format: Format) -> Result<()> {
    let id = AccountId::parse(id).context("アカウントの番号は、listが表示する形で書いてください")?;
    let mut tx = asked.db.read().await?;
    let found =
        households::find(&mut tx, &asked.catalogue, id).await?.context("そのアカウントはありません")?;
    let question = explain::question(&asked.rule, asked.as_of, asked.topic.as_deref());
    explain::write(&mut std::io::stdout().lock(), &question, &found.household, format)?;
    Ok(())
}
