//! How instants and dates are kept in each engine.
//!
//! PostgreSQL has types for both. SQLite keeps text; an instant is written with a fixed width there, because only
//! then does text order equal time order.

use std::error::Error as StdError;

use jiff::civil::Date;
use sqlx::encode::IsNull;
use sqlx::postgres::{PgArgumentBuffer, PgTypeInfo, PgValueRef};
use sqlx::sqlite::{SqliteArgumentsBuffer, SqliteTypeInfo, SqliteValueRef};
use sqlx::{Decode, Encode, Postgres, Sqlite, Type};

use crate::domain::timestamp::Timestamp;

type BoxError = Box<dyn StdError + Send + Sync>;

/// A civil date in a column of type DATE.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Day(pub Date);

impl From<Day> for Date {
    fn from(day: Day) -> Self {
        day.0
    }
}

impl Type<Sqlite> for Timestamp {
    fn type_info() -> SqliteTypeInfo {
        <str as Type<Sqlite>>::type_info()
    }
}

impl Encode<'_, Sqlite> for Timestamp {
    fn encode_by_ref(&self, buf: &mut SqliteArgumentsBuffer) -> Result<IsNull, BoxError> {
        <String as Encode<'_, Sqlite>>::encode(self.to_text(), buf)
    }
}

impl<'r> Decode<'r, Sqlite> for Timestamp {
    fn decode(value: SqliteValueRef<'r>) -> Result<Self, BoxError> {
        let text = <&str as Decode<Sqlite>>::decode(value)?;
        Ok(text.parse::<jiff::Timestamp>()?.into())
    }
}

impl Type<Postgres> for Timestamp {
    fn type_info() -> PgTypeInfo {
        <jiff_sqlx::Timestamp as Type<Postgres>>::type_info()
    }
}

impl Encode<'_, Postgres> for Timestamp {
    fn encode_by_ref(&self, buf: &mut PgArgumentBuffer) -> Result<IsNull, BoxError> {
        let at = jiff_sqlx::Timestamp::from(self.to_jiff());
        <jiff_sqlx::Timestamp as Encode<'_, Postgres>>::encode_by_ref(&at, buf)
    }
}

impl<'r> Decode<'r, Postgres> for Timestamp {
    fn decode(value: PgValueRef<'r>) -> Result<Self, BoxError> {
        Ok(<jiff_sqlx::Timestamp as Decode<Postgres>>::decode(value)?.to_jiff().into())
    }
}

impl Type<Sqlite> for Day {
    fn type_info() -> SqliteTypeInfo {
        <str as Type<Sqlite>>::type_info()
    }
}

impl Encode<'_, Sqlite> for Day {
    fn encode_by_ref(&self, buf: &mut SqliteArgumentsBuffer) -> Result<IsNull, BoxError> {
        <String as Encode<'_, Sqlite>>::encode(self.0.to_string(), buf)
    }
}

impl<'r> Decode<'r, Sqlite> for Day {
    fn decode(value: SqliteValueRef<'r>) -> Result<Self, BoxError> {
        Ok(Self(<&str as Decode<Sqlite>>::decode(value)?.parse()?))
    }
}

impl Type<Postgres> for Day {
    fn type_info() -> PgTypeInfo {
        <jiff_sqlx::Date as Type<Postgres>>::type_info()
    }
}

impl Encode<'_, Postgres> for Day {
    fn encode_by_ref(&self, buf: &mut PgArgumentBuffer) -> Result<IsNull, BoxError> {
        let day = jiff_sqlx::Date::from(self.0);
        <jiff_sqlx::Date as Encode<'_, Postgres>>::encode_by_ref(&day, buf)
    }
}

impl<'r> Decode<'r, Postgres> for Day {
    fn decode(value: PgValueRef<'r>) -> Result<Self, BoxError> {
        Ok(Self(<jiff_sqlx::Date as Decode<Postgres>>::decode(value)?.to_jiff()))
    }
}
