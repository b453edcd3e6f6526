//! Investigations that came to nothing.

use super::PoliceStore;
use crate::StoreError;
use rusqlite::params;

/// An investigation that came to nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// The flag.
    pub flag_id: String,
    /// When; RFC 3339, UTC.
    pub at: String,
    /// Who investigated.
    pub investigator: String,
    /// Why it came to nothing.
    pub reason: String,
}

impl PoliceStore {
    /// Records an attempt. One that `counts` brings the flag nearer to being left open; before `due` (epoch milliseconds) it is
    /// not tried again.
    ///
    /// # Errors
    /// When it could not be saved.
    pub fn failed(&mut self, attempt: &Attempt, counts: bool, due: i64) -> Result<(), StoreError> {
        self.step(|step| {
            step.execute(
                "INSERT INTO attempts VALUES (?, ?, ?, ?)",
                params![attempt.flag_id, attempt.at, attempt.investigator, attempt.reason],
            )?;
            step.execute(
                "UPDATE queue SET tries = tries + ?2, due = ?3 WHERE flag_id = ?1",
                params![attempt.flag_id, u32::from(counts), due],
            )
            .map(drop)
        })
    }

    /// The attempts on a flag, oldest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn attempts(&self, flag_id: &str) -> Result<Vec<Attempt>, StoreError> {
        if !self.is_ours()? {
            return Ok(Vec::new());
        }
        self.rows(
            "SELECT flag_id, at, investigator, reason FROM attempts WHERE flag_id = ? ORDER BY rowid",
            [flag_id],
            |row| {
                Ok(Attempt {
                    flag_id: row.get(0)?,
                    at: row.get(1)?,
                    investigator: row.get(2)?,
                    reason: row.get(3)?,
                })
            },
        )
    }
}
