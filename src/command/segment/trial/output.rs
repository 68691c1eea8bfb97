//! The answers of a trial, written as a table for people, as CSV for a spreadsheet, or as JSON, an object a row.

use std::io::{self, Write};

use musubi::domain::segment::person::Verdict;
use musubi::domain::segment::trial::{Answer, Answered, Problem, Tally};
use serde_json::json;
use unicode_width::UnicodeWidthStr as _;

use super::Format;
use crate::command::segment::rule::Loaded;

/// Everything there is to tell of a trial.
pub struct Output<'a> {
    /// The rule.
    pub loaded: &'a Loaded,
    /// What holds for every row.
    pub notes: Vec<String>,
    /// The rows.
    pub answered: &'a [Answered],
    /// The counts.
    pub tally: &'a Tally,
}

const HEADS: [&str; 7] = ["行", "アカウント", "基準日", "判定", "期待", "決め手", "足りない情報"];

impl Output<'_> {
    /// Writes it all; the counts stand at the end, beside the rows where a program reads those.
    ///
    /// # Errors
    /// Where `out` takes nothing more.
    pub fn write(&self, format: Format, out: &mut impl Write) -> io::Result<()> {
        match format {
            Format::Table => {
                self.table(out)?;
                writeln!(out)?;
                self.summary(out)?;
            }
            Format::Csv => self.csv(out)?,
            Format::Json => self.answered.iter().try_for_each(|one| self.json(out, one))?,
        }
        out.flush()?;
        if format == Format::Table { Ok(()) } else { self.summary(&mut io::stderr().lock()) }
    }

    fn table(&self, out: &mut impl Write) -> io::Result<()> {
        let rows: Vec<_> = self.answered.iter().map(|one| self.cells(one)).collect();
        let columns: Vec<usize> = (0..HEADS.len())
            .filter(|at| matches!(at, 0 | 3) || rows.iter().any(|row| !row[*at].is_empty()))
            .collect();
        let widest = |at: usize| {
            let cells = rows.iter().map(|row| row[at].width());
            cells.chain([HEADS[at].width()]).max().unwrap_or(0)
        };
        let widths: Vec<_> = columns.iter().map(|at| widest(*at)).collect();
        let mut line = |cells: &[String; 7]| {
            let mut text = String::new();
            for (at, width) in columns.iter().zip(&widths) {
                text += &cells[*at];
                text += &" ".repeat(width - cells[*at].width() + 2);
            }
            writeln!(out, "{}", text.trim_end())
        };
        line(&HEADS.map(str::to_owned))?;
        rows.iter().try_for_each(line)
    }

    fn cells(&self, one: &Answered) -> [String; 7] {
        let expect = one.expect.map(|expect| {
            let mark = if one.differs() { " ≠" } else { "" };
            format!("{}{mark}", expect.word())
        });
        [
            one.line.to_string(),
            one.account.clone().unwrap_or_default(),
            one.as_of.map(|date| date.to_string()).unwrap_or_default(),
            one.answer.word().to_owned(),
            expect.unwrap_or_default(),
            self.reason(one),
            self.missing(one).join("、"),
        ]
    }

    /// The deciding condition with its line in the rule file; or what can't be read.
    fn reason(&self, one: &Answered) -> String {
        match &one.answer {
            Answer::Said(Verdict::Unknown(_)) => String::new(),
            Answer::Said(verdict) => {
                let line = self.rule_line(verdict).map(|line| format!("({line}行目)")).unwrap_or_default();
                verdict.reason(&self.loaded.catalogue).map(|reason| reason + &line).unwrap_or_default()
            }
            Answer::NotLookedAt => "この条件の単位にあたる人ではありません".to_owned(),
            Answer::Unreadable(problems) => problems.iter().map(told).collect::<Vec<_>>().join(" / "),
        }
    }

    fn rule_line(&self, verdict: &Verdict) -> Option<usize> {
        verdict.decisive()?.line(&self.loaded.places)
    }

    fn missing(&self, one: &Answered) -> Vec<String> {
        match &one.answer {
            Answer::Said(verdict) => verdict.missing(&self.loaded.catalogue),
            _ => Vec::new(),
        }
    }

    fn csv(&self, out: &mut impl Write) -> io::Result<()> {
        // With the mark, a spreadsheet in Japan reads UTF-8.
        out.write_all("\u{feff}".as_bytes())?;
        let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(out);
        writer.write_record([
            "行",
            "アカウント",
            "基準日",
            "判定",
            "期待",
            "一致",
            "決め手",
            "条件の行",
            "足りない情報",
        ])?;
        for one in self.answered {
            let agrees = one.expect.map_or("", |_| if one.differs() { "いいえ" } else { "はい" });
            let line = match &one.answer {
                Answer::Said(verdict) => self.rule_line(verdict),
                _ => None,
            };
            let [number, account, as_of, answer, _, _, missing] = self.cells(one);
            let expect = one.expect.map_or("", |expect| expect.word());
            let reason = match &one.answer {
                Answer::Said(Verdict::Unknown(_)) => String::new(),
                Answer::Said(verdict) => verdict.reason(&self.loaded.catalogue).unwrap_or_default(),
                _ => self.reason(one),
            };
            let line = line.map(|line| line.to_string()).unwrap_or_default();
            let cells = [&number, &account, &as_of, &answer, expect, agrees, &reason, &line, &missing];
            writer.write_record(cells.map(guarded))?;
        }
        writer.flush()
    }

    fn json(&self, out: &mut impl Write, one: &Answered) -> io::Result<()> {
        let (answer, reason, line, path) = match &one.answer {
            Answer::Said(verdict) => (
                json!(verdict.kind()),
                verdict.reason(&self.loaded.catalogue),
                self.rule_line(verdict),
                verdict.decisive().map(|decisive| decisive.path.clone()),
            ),
            Answer::NotLookedAt => (json!("not_looked_at"), None, None, None),
            Answer::Unreadable(_) => (json!("unreadable"), None, None, None),
        };
        let problems: Vec<_> = match &one.answer {
            Answer::Unreadable(problems) => problems.iter().map(problem_json).collect(),
            _ => Vec::new(),
        };
        let row = json!({
            "line": one.line, "account": one.account, "as_of": one.as_of, "answer": answer,
            "word": one.answer.word(), "reason": reason, "rule_line": line, "rule_path": path,
            "missing": self.missing(one), "expect": one.expect,
            "agrees": one.expect.map(|_| !one.differs()), "problems": problems,
        });
        writeln!(out, "{row}")
    }

    fn summary(&self, out: &mut impl Write) -> io::Result<()> {
        self.notes.iter().try_for_each(|note| writeln!(out, "注意: {note}"))?;
        let words = ["対象", "対象外", "除外", "不明", "見ない", "読めません"];
        let tally = self.tally;
        let counts = words.map(|word| (word, tally.of(word)));
        let named =
            counts.iter().filter(|(word, count)| 0 < *count || !matches!(*word, "見ない" | "読めません"));
        let named: Vec<_> = named.map(|(word, count)| format!("{word} {count}")).collect();
        writeln!(
            out,
            "{}行: {}(受け取るアカウント {})",
            self.answered.len(),
            named.join("、"),
            tally.accounts
        )?;
        if 0 < tally.expected {
            writeln!(out, "期待のある行 {}、期待とちがう行 {}", tally.expected, tally.differing)?;
        }
        if 0 < tally.of("読めません") {
            writeln!(out, "読めない行があります。表を直してから、もう一度試してください。")?;
        }
        Ok(())
    }
}

fn told(problem: &Problem) -> String {
    let column =
        if problem.column.is_empty() { String::new() } else { format!("「{}」: ", problem.column) };
    format!("{column}{}", problem.message)
}

fn problem_json(problem: &Problem) -> serde_json::Value {
    json!({"column": problem.column, "message": problem.message})
}

/// A spreadsheet would take such a beginning for a formula.
fn guarded(cell: &str) -> String {
    let is_formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']);
    if is_formula { format!("'{cell}") } else { cell.to_owned() }
}
