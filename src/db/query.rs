//! Statements: written once, counted at compile time, registered for the test that prepares them all.
//!
//! A text is `'static` unless it was put together by [`BulkInsert`] or [`Fragment`], whose pieces are `'static`
//! themselves; that is why `AssertSqlSafe` stands only in this folder.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use super::Engine;
use super::arg::{Arg, Bind};

/// A statement with its arguments.
pub struct Query {
    pub(super) text: Text,
    pub(super) args: Vec<Arg>,
}

pub(super) enum Text {
    Fixed(&'static str),
    Built(Arc<str>),
}

impl Query {
    /// For [`sql!`](crate::sql), which counts the placeholders; don't call it by hand.
    #[must_use]
    pub fn new(text: &'static str, args: Vec<Arg>) -> Self {
        Self { text: Text::Fixed(text), args }
    }
}

/// A registered text, found again by the test that prepares every statement.
pub struct Registered {
    /// Builds the text of the statement (with one row, for a bulk insert).
    pub text: fn() -> String,
    /// The file it stands in.
    pub file: &'static str,
    /// The line it stands on.
    pub line: u32,
}

inventory::collect!(Registered);

/// Every statement in the program.
pub fn registered() -> impl Iterator<Item = &'static Registered> {
    inventory::iter::<Registered>.into_iter()
}

/// The highest `$n` in a text.
#[must_use]
pub const fn placeholders(text: &str) -> usize {
    let bytes = text.as_bytes();
    let (mut at, mut highest) = (0, 0);
    while at < bytes.len() {
        let dollar = bytes[at] == b'$';
        at += 1;
        let mut number = 0;
        while dollar && at < bytes.len() && bytes[at].is_ascii_digit() {
            number = number * 10 + (bytes[at] - b'0') as usize;
            at += 1;
        }
        if number > highest {
            highest = number;
        }
    }
    highest
}

/// A statement: text with `$1 …` and its arguments. The counts are compared at compile time.
#[macro_export]
macro_rules! sql {
    ($text:expr $(, $arg:expr)* $(,)?) => {{
        const TEXT: &str = $text;
        const ARGUMENTS: &[&str] = &[$(stringify!($arg)),*];
        const _: () = assert!($crate::db::query::placeholders(TEXT) == ARGUMENTS.len(), "placeholders and arguments differ in number");
        ::inventory::submit! {
            $crate::db::query::Registered { text: || TEXT.to_owned(), file: file!(), line: line!() }
        }
        $crate::db::Query::new(TEXT, vec![$($crate::db::arg::Bind::bind($arg)),*])
    }};
}

/// A multi-row insert: `bulk!("INSERT INTO t (a, b) VALUES", 2, "ON CONFLICT DO NOTHING")`.
#[macro_export]
macro_rules! bulk {
    ($head:expr, $columns:expr, $tail:expr) => {{
        const BULK: $crate::db::BulkInsert =
            $crate::db::BulkInsert { head: $head, columns: $columns, tail: $tail };
        ::inventory::submit! {
            $crate::db::query::Registered { text: || BULK.text(1, $crate::db::Engine::Postgres), file: file!(), line: line!() }
        }
        BULK
    }};
}

/// The fixed parts of a multi-row insert.
#[derive(Clone, Copy)]
pub struct BulkInsert {
    /// Up to and with the word VALUES.
    pub head: &'static str,
    /// Columns a row.
    pub columns: usize,
    /// What follows the rows, such as ON CONFLICT.
    pub tail: &'static str,
}

/// By head, number of rows, and whether it is SQLite's.
type SharedTexts = HashMap<(&'static str, usize, bool), Arc<str>>;

impl BulkInsert {
    /// Rows a statement, largest first. Few sizes, so that few statements are prepared.
    pub(super) const SIZES: [usize; 4] = [128, 32, 8, 1];

    /// The text for one of the sizes, written once.
    pub(super) fn shared_text(&self, rows: usize, engine: Engine) -> Arc<str> {
        static TEXTS: LazyLock<Mutex<SharedTexts>> = LazyLock::new(Mutex::default);
        let mut texts = TEXTS.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (self.head, rows, engine == Engine::Sqlite);
        texts.entry(key).or_insert_with(|| self.text(rows, engine).into()).clone()
    }

    /// The text for a number of rows. SQLite would look up each `$n` by name in a list of all of them; without a name
    /// each is the next.
    #[must_use]
    pub fn text(&self, rows: usize, engine: Engine) -> String {
        let mut text = format!("{} ", self.head);
        for row in 0..rows {
            text.push_str(if row == 0 { "(" } else { ", (" });
            for column in 0..self.columns {
                let comma = if column == 0 { "" } else { ", " };
                let _ = match engine {
                    Engine::Sqlite => write!(text, "{comma}?"),
                    Engine::Postgres => write!(text, "{comma}${}", row * self.columns + column + 1),
                };
            }
            text.push(')');
        }
        text.push(' ');
        text.push_str(self.tail);
        text
    }
}

/// Builds the run-time conditions of a list page: fixed text and bound values, nothing else.
#[derive(Default)]
pub struct Fragment {
    text: String,
    args: Vec<Arg>,
}

impl Fragment {
    /// Starts with a fixed text.
    #[must_use]
    pub fn new(text: &'static str) -> Self {
        Self { text: text.to_owned(), args: Vec::new() }
    }

    /// Adds fixed text.
    pub fn push(&mut self, text: &'static str) -> &mut Self {
        self.text.push_str(text);
        self
    }

    /// Adds a placeholder for a value.
    pub fn bind(&mut self, value: impl Bind) -> &mut Self {
        self.args.push(value.bind());
        let _ = write!(self.text, "${}", self.args.len());
        self
    }

    /// The statement.
    #[must_use]
    pub fn build(self) -> Query {
        Query { text: Text::Built(self.text.into()), args: self.args }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_placeholder_is_found_at_compile_time() {
        const TWELVE: usize = placeholders("a = $1 AND b = $12 OR c = $2");
        assert_eq!((TWELVE, placeholders("no $ here"), placeholders("")), (12, 0, 0));
    }

    #[test]
    fn a_bulk_insert_numbers_its_placeholders_through() {
        let bulk =
            BulkInsert { head: "INSERT INTO t (a, b) VALUES", columns: 2, tail: "ON CONFLICT DO NOTHING" };
        let text = bulk.text(2, Engine::Postgres);
        assert_eq!(text, "INSERT INTO t (a, b) VALUES ($1, $2), ($3, $4) ON CONFLICT DO NOTHING");
        assert_eq!(bulk.text(1, Engine::Sqlite), "INSERT INTO t (a, b) VALUES (?, ?) ON CONFLICT DO NOTHING");
    }
}
