//! What a caller can do about a failed statement.
//!
//! The engine's own words stay in `Other` and `Away`; they never hold bound values, so nothing personal leaks into a
//! log.

/// A result of the database.
pub type Result<T> = std::result::Result<T, Error>;

/// Why a statement failed, by what can be done about it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Another writer was in the way; the same transaction may succeed when run again.
    #[error("the database is busy")]
    Busy,
    /// A unique, foreign-key or check constraint refused the row.
    #[error("the row conflicts with one that exists")]
    Conflict,
    /// The database can't be reached; nothing was changed.
    #[error("the database is away: {0}")]
    Away(String),
    /// A stored value can't be read as its type.
    #[error("a stored value can't be read: {0}")]
    Corrupt(String),
    /// Anything else: a programming error or a full disk.
    #[error("the database refused: {0}")]
    Other(String),
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(inner) => from_engine(inner.as_ref()),
            sqlx::Error::ColumnDecode { index, .. } => Self::Corrupt(index.clone()),
            sqlx::Error::Decode(_) | sqlx::Error::ColumnNotFound(_) | sqlx::Error::TypeNotFound { .. } => {
                Self::Corrupt(error.to_string())
            }
            sqlx::Error::PoolTimedOut => Self::Busy,
            sqlx::Error::Io(_)
            | sqlx::Error::PoolClosed
            | sqlx::Error::Tls(_)
            | sqlx::Error::WorkerCrashed => Self::Away(error.to_string()),
            _ => Self::Other(error.to_string()),
        }
    }
}

fn from_engine(error: &dyn sqlx::error::DatabaseError) -> Error {
    use sqlx::error::ErrorKind::{CheckViolation, ForeignKeyViolation, NotNullViolation, UniqueViolation};
    if matches!(error.kind(), UniqueViolation | ForeignKeyViolation | CheckViolation | NotNullViolation) {
        return Error::Conflict;
    }
    match error.code().as_deref() {
        // SQLite: busy, locked, busy snapshot. PostgreSQL: serialisation, deadlock, lock not available.
        Some("5" | "6" | "261" | "262" | "517" | "40001" | "40P01" | "55P03") => Error::Busy,
        // PostgreSQL is shutting down, starting up or full, or has ended a transaction that stood still.
        Some("57P01" | "57P02" | "57P03" | "53300" | "25P03") => Error::Away(error.message().to_owned()),
        _ => Error::Other(error.message().to_owned()),
    }
}
