//! An import of what people went to (受診) and have booked (予約), from a register's CSV file.
//!
//! As the import of residents, it looks at the whole file first and writes nothing while a row is wrong; a second run
//! changes nothing. It also records since when the register is complete: before that, no row means that nobody knows.

use std::collections::{BTreeSet, HashSet};
use std::path::Path;

use serde_json::json;

use super::apply::Desk;
use super::table::{Encoding, Record, Table, TableError};
use super::{CHUNK, ImportError, Problem, TOLD};
use crate::db::{self, Tx};
use crate::domain::attribute::Catalogue;
use crate::domain::entry::tidy;
use crate::domain::history::{Event, EventKind, Since, When};
use crate::domain::ids::AccountId;
use crate::store::audit::{self, Entry};
use crate::store::changes;
use crate::store::events::{self, NewEvent};
use crate::store::persons::{self, Person};

/// What the import may do.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Write; else only say what would be written.
    pub apply: bool,
    /// The register of this kind and programme (by its id) is complete since then.
    pub complete: Option<(EventKind, String, Since)>,
}

/// What an import found and did.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// How the file is written.
    pub encoding: Encoding,
    /// Rows of the file.
    pub rows: u64,
    /// Events that were not known.
    pub new: u64,
    /// Events of which the day was not known, and is now.
    pub dated: u64,
    /// Events that were known.
    pub unchanged: u64,
    /// Rows whose key is nobody's registration.
    pub unregistered: u64,
    /// Wrong rows.
    pub wrong: u64,
    /// The first problems.
    pub problems: Vec<Problem>,
    /// Whether it was written.
    pub is_applied: bool,
}

/// The programme that a word of the catalogue names.
#[must_use]
pub fn programme<'a>(catalogue: &'a Catalogue, word: &str) -> Option<&'a str> {
    let word = tidy(word);
    let known = catalogue.programmes().iter().find(|one| one.word == word || one.id.as_str() == word);
    known.map(|one| one.id.as_str())
}

/// The kind that a word names, where a register can tell it.
#[must_use]
pub fn kind(word: &str) -> Option<EventKind> {
    EventKind::ALL.into_iter().filter(|kind| kind.of_person()).find(|kind| kind.word() == tidy(word))
}

/// Imports a file.
///
/// # Errors
/// [`ImportError`].
pub async fn run(desk: &Desk<'_>, path: &Path, options: &Options) -> Result<Report, ImportError> {
    let table = Table::open(path)?;
    let looked = pass(desk, &table, options, false).await?;
    if !options.apply || 0 < looked.wrong {
        return Ok(looked);
    }
    let done = pass(desk, &table, options, true).await?;
    Ok(Report { is_applied: true, ..done })
}

async fn pass(
    desk: &Desk<'_>,
    table: &Table,
    options: &Options,
    writes: bool,
) -> Result<Report, ImportError> {
    let mut records = table.records()?;
    let columns = Columns::read(&records.header()?).map_err(ImportError::Header)?;
    let mut pass = Pass {
        report: Report { encoding: table.encoding, ..Report::default() },
        seen: HashSet::new(),
        line: 1,
    };
    loop {
        let (rows, is_last) = pass.chunk(desk.catalogue, &columns, &mut records)?;
        let safe = pass.line;
        let complete = options.complete.as_ref().filter(|_| is_last);
        let settled = pass.settle(desk, table, rows, (writes, is_last), complete).await;
        settled.map_err(|error| {
            tracing::error!(%error, import.line = safe, "an import of events broke off");
            ImportError::Db { line: safe, writes, error }
        })?;
        if is_last {
            return Ok(pass.report);
        }
    }
}

/// A row that can be understood.
struct Row {
    line: u64,
    key: String,
    event: Event,
}

struct Pass {
    report: Report,
    /// What the file has said, so that a row said twice is counted once.
    seen: HashSet<(String, EventKind, String, When)>,
    line: u64,
}

impl Pass {
    fn chunk(
        &mut self,
        catalogue: &Catalogue,
        columns: &Columns,
        records: &mut super::table::Records,
    ) -> Result<(Vec<Row>, bool), TableError> {
        let mut rows = Vec::with_capacity(CHUNK);
        for _ in 0..CHUNK {
            let Some(record) = records.next()? else { return Ok((rows, true)) };
            self.report.rows += 1;
            match columns.row(catalogue, &record) {
                Ok(row) => rows.push(row),
                Err(problem) => {
                    self.report.wrong += 1;
                    if self.report.problems.len() < TOLD {
                        self.report.problems.push(problem);
                    }
                }
            }
        }
        Ok((rows, false))
    }

    async fn settle(
        &mut self,
        desk: &Desk<'_>,
        table: &Table,
        rows: Vec<Row>,
        (writes, is_last): (bool, bool),
        complete: Option<&(EventKind, String, Since)>,
    ) -> db::Result<()> {
        let mut tx = if writes { desk.db.write().await? } else { desk.db.read().await? };
        let (mut new, mut changed) = (Vec::new(), BTreeSet::new());
        for row in rows {
            self.line = row.line;
            if let Some((account, event)) = self.take(desk, &mut tx, row, writes).await? {
                changed.insert(account);
                new.push(event);
            }
        }
        if !writes {
            return Ok(());
        }
        let now = desk.clock.now();
        events::insert(&mut tx, new, now).await?;
        if is_last {
            self.audit(desk, table, &mut tx, complete).await?;
        }
        // The counter of the change log comes last: everybody waits for it until the commit.
        if !changed.is_empty() {
            let changed: Vec<_> = changed.into_iter().collect();
            changes::append_all(&mut tx, &changed, "events", "import", now).await?;
        }
        if let Some((kind, programme, since)) = complete {
            events::set_coverage(&mut tx, (*kind, programme), *since, now).await?;
        }
        tx.commit().await
    }

    /// Counts a row; answers what is to be written for it.
    async fn take(
        &mut self,
        desk: &Desk<'_>,
        tx: &mut Tx,
        row: Row,
        writes: bool,
    ) -> db::Result<Option<(AccountId, NewEvent)>> {
        let Some(person) = persons::find_by_city_key(tx, &row.key).await? else {
            self.report.unregistered += 1;
            return Ok(None);
        };
        let Event { kind, subject, on } = &row.event;
        let again = !self.seen.insert((row.key.clone(), *kind, subject.clone(), *on));
        let known = known(tx, &person, &row.event).await?;
        if again || known == Known::Same {
            self.report.unchanged += 1;
            return Ok(None);
        }
        if known == Known::YearOnly {
            self.report.dated += 1;
            if writes {
                events::delete_dayless(tx, person.id, *kind, subject, on.fiscal_year()).await?;
            }
        } else {
            self.report.new += 1;
        }
        let new = NewEvent {
            id: desk.chance.uuid_v7(desk.clock.now()),
            account: person.account_id,
            person: Some(person.id),
            event: row.event,
            source: "import",
        };
        Ok(Some((person.account_id, new)))
    }

    async fn audit(
        &self,
        desk: &Desk<'_>,
        table: &Table,
        tx: &mut Tx,
        complete: Option<&(EventKind, String, Since)>,
    ) -> db::Result<()> {
        let report = &self.report;
        let complete = complete.map(|(kind, programme, since)| {
            let since = match since {
                Since::Beginning => "beginning".to_owned(),
                Since::FiscalYear(year) => year.to_string(),
            };
            json!({ "kind": kind, "programme": programme, "since": since })
        });
        let detail = json!({
            "rows": report.rows, "new": report.new, "dated": report.dated, "unchanged": report.unchanged,
            "unregistered": report.unregistered, "complete": complete,
        });
        let now = desk.clock.now();
        let entry = Entry {
            id: desk.chance.uuid_v7(now),
            at: now,
            staff: None,
            action: "events.imported",
            subject: ("file", &table.digest),
            detail,
        };
        audit::record(tx, entry).await
    }
}

/// What is known of an event already.
#[derive(PartialEq)]
enum Known {
    Nothing,
    /// It happened in that year; the day was not known.
    YearOnly,
    Same,
}

async fn known(tx: &mut Tx, person: &Person, event: &Event) -> db::Result<Known> {
    let stored = events::list(tx, person.account_id).await?;
    let own = stored.iter().filter(|one| one.person_id == Some(person.id)).filter_map(|one| one.event());
    let alike: Vec<_> = own
        .filter(|one| one.kind == event.kind && one.subject == event.subject)
        .map(|one| one.on)
        .filter(|on| on.fiscal_year() == event.on.fiscal_year())
        .collect();
    Ok(if alike.contains(&event.on) || (event.on.day().is_none() && !alike.is_empty()) {
        Known::Same
    } else if alike.iter().any(|on| on.day().is_none()) {
        Known::YearOnly
    } else {
        Known::Nothing
    })
}

/// The places of the four columns.
struct Columns {
    names: Vec<String>,
    places: [usize; 4],
}

/// What each column may be called; the first is said to who left it out.
const COLUMNS: [&[&str]; 4] = [
    &["city_person_key", "宛名番号"],
    &["kind", "種別"],
    &["programme", "健診"],
    &["on", "日付または年度", "日付", "年度"],
];

impl Columns {
    fn read(header: &[String]) -> Result<Self, Vec<String>> {
        let names: Vec<String> = header.iter().map(|name| tidy(name)).collect();
        let mut problems = Vec::new();
        let places = COLUMNS.map(|words| {
            let found: Vec<_> = (0..names.len()).filter(|at| words.contains(&names[*at].as_str())).collect();
            match found[..] {
                [one] => one,
                [] => {
                    problems.push(format!("1行目: 「{}」({})の列がありません", words[0], words[1]));
                    0
                }
                _ => {
                    problems.push(format!("1行目: 「{}」の列が二つあります。一つにしてください", words[1]));
                    0
                }
            }
        });
        let unknown = names.iter().filter(|name| COLUMNS.iter().all(|words| !words.contains(&name.as_str())));
        problems.extend(unknown.map(|name| format!("1行目: 「{name}」という列は使えません。消してください")));
        if problems.is_empty() { Ok(Self { names, places }) } else { Err(problems) }
    }

    fn row(&self, catalogue: &Catalogue, record: &Record) -> Result<Row, Problem> {
        let problem = |column: usize, message: &str| Problem {
            line: record.line,
            column: self.names.get(column).cloned().unwrap_or_default(),
            message: message.to_owned(),
        };
        if record.cells.len() != self.names.len() {
            return Err(problem(usize::MAX, "列の数が1行目と違います。カンマの付け方を確かめてください"));
        }
        let [key, kind_at, programme_at, on] = self.places;
        let cell = |at: usize| tidy(&record.cells[at]);
        if cell(key).is_empty() {
            return Err(problem(key, "宛名番号が空です"));
        }
        let kind =
            kind(&cell(kind_at)).ok_or_else(|| problem(kind_at, "「受診」か「予約」と書いてください"))?;
        let subject = programme(catalogue, &cell(programme_at)).ok_or_else(|| {
            problem(
                programme_at,
                "知らない健診の名前です。segments/attributes.toml の programme の word を書いてください",
            )
        })?;
        let on: When = cell(on).parse().map_err(|_| {
            problem(on, "日付(2025-07-10、令和7年7月10日)か年度(2025年度、令和7年度)で書いてください")
        })?;
        let on_column = self.places[3];
        if !(1950..=2100).contains(&on.fiscal_year()) {
            return Err(problem(on_column, "1950年度から2100年度までで書いてください"));
        }
        let event = Event { kind, subject: subject.to_owned(), on };
        Ok(Row { line: record.line, key: cell(key), event })
    }
}
