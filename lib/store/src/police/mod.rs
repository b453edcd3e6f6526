//! What the police remember: flags that wait, investigations that failed, cases.
//!
//! The tables `case_files` and `investigated_flags` are the Python version's and are kept as it keeps them; ours stand beside
//! them. A case becomes durable in three steps, each of which can be taken again: it is drafted, its report is written (by the
//! caller), it is concluded. Whoever finds a draft takes the last two steps again, so that a case never has one without the other.

mod attempts;
mod cases;
mod queue;
mod schema;
mod telling;

pub use attempts::Attempt;
pub use cases::{CaseRow, Draft};
pub use queue::{FlagsRead, Queued, Waiting};
pub use telling::CaseAlert;

use crate::StoreError;
use rusqlite::{Connection, Params, Row, Transaction, TransactionBehavior};
use std::path::{Path, PathBuf};

/// The police's database.
#[derive(Debug)]
pub struct PoliceStore {
    db: Connection,
    path: PathBuf,
}

impl PoliceStore {
    /// Opens the database for writing, makes it, or brings an older one (the Python version's too) up to date.
    ///
    /// # Errors
    /// [`StoreError`]: damaged, written by a newer version, locked, read-only.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        Ok(Self { db: schema::open(path)?, path: path.to_owned() })
    }

    /// Opens a database that is there, to read; one on a medium that cannot be written too.
    ///
    /// # Errors
    /// [`StoreError`]: not there, damaged.
    pub fn read(path: &Path) -> Result<Self, StoreError> {
        Ok(Self { db: schema::read(path)?, path: path.to_owned() })
    }

    /// One transaction.
    fn step<T>(
        &mut self,
        work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        let path = &self.path;
        let step = |db: &mut Connection| {
            let step = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let result = work(&step)?;
            step.commit()?;
            Ok(result)
        };
        step(&mut self.db).map_err(|why| StoreError::new(path, why))
    }

    /// All rows of a query.
    fn rows<T>(
        &self,
        sql: &str,
        params: impl Params,
        row: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, StoreError> {
        self.db
            .prepare_cached(sql)
            .and_then(|mut query| query.query_map(params, row)?.collect())
            .map_err(|why| StoreError::new(&self.path, why))
    }

    /// Whether the tables that only we have are there: not in a database of the Python version that was opened to read.
    fn is_ours(&self) -> Result<bool, StoreError> {
        let found = self.rows("SELECT 1 FROM sqlite_master WHERE name = 'attempts'", [], |_| Ok(()))?;
        Ok(!found.is_empty())
    }
}
