//! Values on their way into a statement, with typed NULLs.
//!
//! PostgreSQL wants to know the type of a NULL, and SQLite keeps a wrongly typed value without a word; so a value is
//! an [`Arg`] before it meets an engine.

use jiff::civil::Date;
use uuid::Uuid;

use crate::domain::ids::{AccountId, BatchId, BroadcastId, LineUserId, PersonId, StaffId};
use crate::domain::timestamp::Timestamp;

/// One bound value.
#[derive(Clone)]
pub enum Arg {
    /// TEXT
    Text(Option<String>),
    /// BIGINT
    Int(Option<i64>),
    /// BOOLEAN
    Bool(Option<bool>),
    /// UUID
    Uuid(Option<Uuid>),
    /// TIMESTAMPTZ
    At(Option<Timestamp>),
    /// DATE
    Day(Option<Date>),
    /// JSONB
    Json(Option<serde_json::Value>),
    /// BYTEA or BLOB
    Bytes(Option<Vec<u8>>),
}

/// A type that can be bound to a placeholder.
pub trait Bind {
    /// The value as an argument.
    fn bind(self) -> Arg;
    /// NULL of this type.
    fn null() -> Arg
    where
        Self: Sized;
}

macro_rules! binds {
    ($($kind:ty => $variant:ident, |$value:ident| $into:expr;)*) => {$(
        impl Bind for $kind {
            fn bind(self) -> Arg {
                let $value = self;
                Arg::$variant(Some($into))
            }
            fn null() -> Arg {
                Arg::$variant(None)
            }
        }
    )*};
}

binds! {
    String => Text, |value| value;
    &str => Text, |value| value.to_owned();
    i64 => Int, |value| value;
    bool => Bool, |value| value;
    Uuid => Uuid, |value| value;
    Timestamp => At, |value| value;
    Date => Day, |value| value;
    serde_json::Value => Json, |value| value;
    Vec<u8> => Bytes, |value| value;
    LineUserId => Text, |value| value.as_str().to_owned();
    AccountId => Uuid, |value| value.0;
    PersonId => Uuid, |value| value.0;
    BroadcastId => Uuid, |value| value.0;
    BatchId => Uuid, |value| value.0;
    StaffId => Uuid, |value| value.0;
}

impl<T: Bind> Bind for Option<T> {
    fn bind(self) -> Arg {
        self.map_or_else(T::null, T::bind)
    }
    fn null() -> Arg {
        T::null()
    }
}

impl<T: Bind + Clone> Bind for &T {
    fn bind(self) -> Arg {
        self.clone().bind()
    }
    fn null() -> Arg {
        T::null()
    }
}

macro_rules! add_all {
    ($args:expr, $values:expr) => {{
        let mut args = $args;
        for value in $values {
            let added = match value {
                Arg::Text(value) => args.add(value),
                Arg::Int(value) => args.add(value),
                Arg::Bool(value) => args.add(value),
                Arg::Uuid(value) => args.add(value),
                Arg::At(value) => args.add(value),
                Arg::Day(value) => args.add(value.map(super::column::Day)),
                Arg::Json(value) => args.add(value),
                Arg::Bytes(value) => args.add(value),
            };
            added.map_err(sqlx::Error::Encode)?;
        }
        Ok(args)
    }};
}

/// The arguments in SQLite's form.
///
/// # Errors
/// When a value can't be encoded.
pub fn sqlite(values: Vec<Arg>) -> std::result::Result<sqlx::sqlite::SqliteArguments, sqlx::Error> {
    use sqlx::Arguments;
    add_all!(sqlx::sqlite::SqliteArguments::default(), values)
}

/// The arguments in PostgreSQL's form.
///
/// # Errors
/// When a value can't be encoded.
pub fn postgres(values: Vec<Arg>) -> std::result::Result<sqlx::postgres::PgArguments, sqlx::Error> {
    use sqlx::Arguments;
    add_all!(sqlx::postgres::PgArguments::default(), values)
}
