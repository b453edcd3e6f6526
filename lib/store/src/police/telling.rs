//! Whom a case is to be told to: asked for in the transaction that concludes it, done with when it was told.

use super::PoliceStore;
use crate::StoreError;
use rusqlite::params;

/// Somebody who is to be told of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseAlert {
    /// The case.
    pub investigation_id: String,
    /// The flag.
    pub flag_id: String,
    /// Name of the log file.
    pub source_file: String,
    /// RFC 3339, UTC.
    pub concluded_at: String,
    /// What it came to.
    pub case_file_json: String,
}

impl PoliceStore {
    /// What is to be told on a channel: the least tried first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn case_alerts(&self, channel: &str, most: u32) -> Result<Vec<CaseAlert>, StoreError> {
        self.rows(
            "SELECT investigation_id, flag_id, source_file, concluded_at, case_file_json
             FROM alerts JOIN case_files USING (investigation_id)
             WHERE channel = ? ORDER BY tries, concluded_at LIMIT ?",
            params![channel, most],
            |row| {
                Ok(CaseAlert {
                    investigation_id: row.get(0)?,
                    flag_id: row.get(1)?,
                    source_file: row.get(2)?,
                    concluded_at: row.get(3)?,
                    case_file_json: row.get(4)?,
                })
            },
        )
    }

    /// Notes that a case was told, or tried in vain.
    ///
    /// # Errors
    /// When it could not be saved; it will be told again.
    pub fn case_told(&mut self, id: &str, channel: &str, arrived: bool) -> Result<(), StoreError> {
        self.step(|step| {
            let sql = if arrived {
                "DELETE FROM alerts WHERE investigation_id = ? AND channel = ?"
            } else {
                "UPDATE alerts SET tries = tries + 1 WHERE investigation_id = ? AND channel = ?"
            };
            step.execute(sql, [id, channel]).map(drop)
        })
    }
}
