//! What waits for its counterpart in the other record.

use crate::{Judge, PatrolStore, StoreError};
use rusqlite::{Transaction, params};

/// The reader's ledger, as the last sweep left it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedLedger {
    /// Ruleset and model of that sweep: another one starts over.
    pub version: String,
    /// The reader's own record.
    pub record: String,
}

impl PatrolStore {
    /// The ledger that the last sweep left, where exchanges are known.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn ledger(&self, judge: Judge) -> Result<Option<SavedLedger>, StoreError> {
        let rows: Vec<SavedLedger> =
            self.rows("SELECT version, record FROM ledger WHERE judge = ?", [judge.as_str()], |row| {
                Ok(SavedLedger { version: row.get(0)?, record: row.get(1)? })
            })?;
        Ok(rows.into_iter().next())
    }
}

pub(crate) fn save(step: &Transaction<'_>, judge: &str, ledger: &SavedLedger) -> rusqlite::Result<()> {
    step.prepare_cached("INSERT OR REPLACE INTO ledger VALUES (?, ?, ?)")?.execute(params![
        judge,
        ledger.version,
        ledger.record
    ])?;
    Ok(())
}
