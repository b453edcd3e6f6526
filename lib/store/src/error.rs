//! What can go wrong with a database.

use std::path::PathBuf;

/// A database could not be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// It is damaged. Nothing was changed; the file is kept for a person to look at.
    #[error("{path} is damaged ({why})")]
    Corrupt {
        /// The database.
        path: PathBuf,
        /// What SQLite said.
        why: String,
    },
    /// It was written by a newer version of Sentrix.
    #[error("{path} was written by a newer version (schema {found}, this one knows {known})")]
    Newer {
        /// The database.
        path: PathBuf,
        /// Its schema version.
        found: i64,
        /// The newest schema version known here.
        known: i64,
    },
    /// Anything else: locked for too long, read-only, disk full.
    #[error("{path}: {why}")]
    Sqlite {
        /// The database.
        path: PathBuf,
        /// What SQLite said.
        why: rusqlite::Error,
    },
}

impl StoreError {
    pub(crate) fn new(path: &std::path::Path, why: rusqlite::Error) -> Self {
        if Self::is_damage(&why) {
            return Self::Corrupt { path: path.to_owned(), why: why.to_string() };
        }
        Self::Sqlite { path: path.to_owned(), why }
    }

    /// Whether SQLite says that the file is damaged.
    pub(crate) fn is_damage(why: &rusqlite::Error) -> bool {
        use rusqlite::ErrorCode::{DatabaseCorrupt, NotADatabase};
        matches!(why.sqlite_error_code(), Some(DatabaseCorrupt | NotADatabase))
    }
}
