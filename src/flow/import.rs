//! An import of what the city knows about its residents, from one CSV file.
//!
//! Looks at the whole file first and says what would happen; nothing is written while anything is wrong, unless the
//! wrong rows are expressly left out. It is written in transactions of a few hundred rows; an import that broke off can
//! be run again from the start, because a row that says nothing new changes nothing. It only fills in facts of people
//! who have registered: it never registers anybody, and a message never says what a cell held
//! (but for the name of an area, which is the catalogue's own word).

mod apply;
mod columns;
pub mod events;
mod row;
pub mod table;

use std::collections::HashMap;
use std::path::Path;

use jiff::civil::Date;
use serde_json::json;
use sha2::{Digest, Sha256};

pub use apply::{Desk, Effect};
pub use table::{Encoding, TableError};

use crate::db::{self, Tx};
use crate::store::audit::{self, Entry};
use columns::Columns;
use row::Row;
use table::{Records, Table};

/// Rows a transaction.
const CHUNK: usize = 500;
/// Problems that are kept word for word; the rest are counted.
const TOLD: usize = 200;

/// What an import may do.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// Write; else only say what would be written.
    pub apply: bool,
    /// Write the good rows even where others are wrong.
    pub skip_errors: bool,
}

/// One thing that is wrong, with the place to mend it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The line of the file on which the row begins, from 1.
    pub line: u64,
    /// The column's name as the file has it; empty where the whole row is meant.
    pub column: String,
    /// What is wrong and what to do, in Japanese; never what the cell held.
    pub message: String,
}

/// What an import found and did.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// How the file is written.
    pub encoding: Encoding,
    /// Rows of the file.
    pub rows: u64,
    /// Registered people to whom the city's own key is tied for the first time.
    pub new: u64,
    /// People of whom something changes.
    pub changed: u64,
    /// People of whom nothing changes.
    pub unchanged: u64,
    /// Rows of people who are nobody's registration.
    pub unregistered: u64,
    /// Wrong rows.
    pub wrong: u64,
    /// The first problems.
    pub problems: Vec<Problem>,
    /// Whether it was written.
    pub is_applied: bool,
}

/// Why a file could not be imported at all.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The file can't be read as a table.
    #[error(transparent)]
    Table(#[from] TableError),
    /// The header is wrong.
    #[error("{}", .0.join("\n"))]
    Header(Vec<String>),
    /// The database failed; what was written before stays, and the import can be run again.
    #[error("{}{}", why(.error), how_far(*.line, *.writes))]
    Db {
        /// The last line that is safe.
        line: u64,
        /// Whether the file was being written, not only looked at.
        writes: bool,
        /// What failed.
        error: db::Error,
    },
}

fn why(error: &db::Error) -> &'static str {
    match error {
        db::Error::Away(_) => "データベースにつながりません。",
        db::Error::Busy => "ほかの処理がデータベースを使っていました。",
        db::Error::Conflict | db::Error::Corrupt(_) | db::Error::Other(_) => {
            "データベースに問題が起きました。情報政策課で記録を確かめてください。"
        }
    }
}

fn how_far(line: u64, writes: bool) -> String {
    if writes && 1 < line {
        format!("{line}行目まで反映しました。もう一度実行すると、残りを反映します")
    } else {
        "まだ何も反映していません。しばらくしてから、もう一度実行してください".to_owned()
    }
}

/// Imports a file; `progress` hears the number of rows done, every few hundred.
///
/// # Errors
/// [`ImportError`].
pub async fn run(
    desk: &Desk<'_>,
    path: &Path,
    options: Options,
    progress: &mut (dyn FnMut(u64) + Send),
) -> Result<Report, ImportError> {
    let table = Table::open(path)?;
    let mut looked = pass(desk, &table, false, progress).await?;
    if !options.apply || (looked.wrong > 0 && !options.skip_errors) {
        return Ok(looked);
    }
    let mut done = pass(desk, &table, true, progress).await?;
    done.is_applied = true;
    done.problems = std::mem::take(&mut looked.problems);
    Ok(done)
}

async fn pass(
    desk: &Desk<'_>,
    table: &Table,
    writes: bool,
    progress: &mut (dyn FnMut(u64) + Send),
) -> Result<Report, ImportError> {
    let mut records = table.records()?;
    let columns = Columns::read(desk.catalogue, &records.header()?).map_err(ImportError::Header)?;
    let mut pass = Pass {
        report: Report { encoding: table.encoding, ..Report::default() },
        seen: HashMap::new(),
        line: 1,
        today: desk.clock.today(),
    };
    let mut is_first = true;
    loop {
        let (rows, is_last) = pass.chunk(&columns, &mut records)?;
        let safe = pass.line;
        let done = pass.settle(desk, table, rows, Part { writes, is_first, is_last }).await;
        done.map_err(|error| {
            tracing::error!(%error, import.line = safe, "an import broke off");
            ImportError::Db { line: safe, writes, error }
        })?;
        progress(pass.report.rows);
        is_first = false;
        if is_last {
            return Ok(pass.report);
        }
    }
}

/// Which part of the work a chunk is.
#[derive(Clone, Copy)]
struct Part {
    writes: bool,
    is_first: bool,
    is_last: bool,
}

struct Pass {
    report: Report,
    /// The line on which each person was met: a short hash a row, so that a long file needs little memory.
    seen: HashMap<[u8; 12], u64>,
    line: u64,
    today: Date,
}

impl Pass {
    /// The next rows that can be understood, and whether the file ends with them.
    fn chunk(
        &mut self,
        columns: &Columns<'_>,
        records: &mut Records,
    ) -> Result<(Vec<Row>, bool), TableError> {
        let mut rows = Vec::with_capacity(CHUNK);
        for _ in 0..CHUNK {
            let Some(record) = records.next()? else { return Ok((rows, true)) };
            self.report.rows += 1;
            match Row::read(columns, &record, self.today).and_then(|row| self.once(row, columns)) {
                Ok(row) => rows.push(row),
                Err(problems) => self.wrong(problems),
            }
        }
        Ok((rows, false))
    }

    fn once(&mut self, row: Row, columns: &Columns<'_>) -> Result<Row, Vec<Problem>> {
        let (column, key) = row.key();
        let digest = Sha256::digest(key.as_bytes());
        let short = std::array::from_fn(|at| digest[at]);
        match self.seen.insert(short, row.line) {
            None => Ok(row),
            Some(first) => {
                let message = format!("{first}行目と同じ人です。どちらかの行を消してください");
                Err(vec![Problem { line: row.line, column: columns.name(column), message }])
            }
        }
    }

    fn wrong(&mut self, problems: Vec<Problem>) {
        self.report.wrong += 1;
        let room = TOLD.saturating_sub(self.report.problems.len());
        self.report.problems.extend(problems.into_iter().take(room));
    }

    async fn settle(&mut self, desk: &Desk<'_>, table: &Table, rows: Vec<Row>, part: Part) -> db::Result<()> {
        let mut tx = if part.writes { desk.db.write().await? } else { desk.db.read().await? };
        for row in rows {
            let planned = apply::plan(desk, &mut tx, &row).await?;
            match planned {
                Err(problem) => self.wrong(vec![problem]),
                Ok(plan) => {
                    self.count(plan.effect);
                    if part.writes {
                        apply::write(desk, &mut tx, plan).await?;
                    }
                }
            }
            self.line = row.line;
        }
        if part.writes {
            self.audit(desk, table, &mut tx, part).await?;
            tx.commit().await?;
        }
        Ok(())
    }

    fn count(&mut self, effect: Effect) {
        match effect {
            Effect::New => self.report.new += 1,
            Effect::Changed => self.report.changed += 1,
            Effect::Unchanged => self.report.unchanged += 1,
            Effect::Unregistered => self.report.unregistered += 1,
        }
    }

    /// The beginning is noted with the first rows and the end with the last, so that no row was written unnoted.
    async fn audit(&self, desk: &Desk<'_>, table: &Table, tx: &mut Tx, part: Part) -> db::Result<()> {
        let action = match (part.is_first, part.is_last) {
            (_, true) => "residents.imported",
            (true, false) => "residents.import_begun",
            (false, false) => return Ok(()),
        };
        let report = &self.report;
        let now = desk.clock.now();
        let detail = json!({
            "rows": report.rows, "new": report.new, "changed": report.changed, "unchanged": report.unchanged,
            "unregistered": report.unregistered, "wrong": report.wrong, "encoding": table.encoding.name(),
        });
        let entry = Entry {
            id: desk.chance.uuid_v7(now),
            at: now,
            staff: None,
            action,
            subject: ("file", &table.digest),
            detail,
        };
        audit::record(tx, entry).await
    }
}
