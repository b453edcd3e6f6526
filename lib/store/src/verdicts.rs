//! Answers of models, kept so that the same question is paid for once; and how warm streams are.

use crate::{PatrolStore, StoreError};
use rusqlite::params;

/// How many answers are kept.
const MOST: i64 = 200_000;

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedVerdict {
    /// As it was given.
    pub verdict: String,
    /// Who gave it.
    pub provider: String,
    /// The model that gave it.
    pub model: String,
}

impl PatrolStore {
    /// The answer to a question.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn verdict(&self, key: &str) -> Result<Option<SavedVerdict>, StoreError> {
        let rows: Vec<SavedVerdict> =
            self.rows("SELECT verdict, provider, model FROM verdicts WHERE key = ?", [key], |row| {
                Ok(SavedVerdict { verdict: row.get(0)?, provider: row.get(1)?, model: row.get(2)? })
            })?;
        Ok(rows.into_iter().next())
    }

    /// Keeps an answer.
    ///
    /// # Errors
    /// When it could not be saved.
    pub fn save_verdict(
        &mut self,
        key: &str,
        saved: &SavedVerdict,
        asked: &str,
        now: &str,
    ) -> Result<(), StoreError> {
        self.step(|step| {
            step.prepare_cached(
                "INSERT OR REPLACE INTO verdicts (key, verdict, provider, model, asked, at) VALUES (?, ?, ?, ?, ?, ?)",
            )?
            .execute(params![key, saved.verdict, saved.provider, saved.model, asked, now])
            .map(drop)
        })
    }

    /// Every stream that is warm, with its level.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn suspicion(&self) -> Result<Vec<(String, f64)>, StoreError> {
        self.rows("SELECT stream, level FROM suspicion ORDER BY stream", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
    }

    /// Ends a sweep: streams cool down, and answers beyond the bound go, the oldest first.
    ///
    /// # Errors
    /// When it could not be saved.
    pub fn cool(&mut self, cooled: &[(String, f64)]) -> Result<(), StoreError> {
        self.step(|step| {
            for (stream, level) in cooled {
                if *level > 0.0 {
                    step.execute("UPDATE suspicion SET level = ? WHERE stream = ?", params![level, stream])?;
                } else {
                    step.execute("DELETE FROM suspicion WHERE stream = ?", [stream])?;
                }
            }
            step.execute("DELETE FROM verdicts WHERE id <= (SELECT max(id) FROM verdicts) - ?", [MOST])
                .map(drop)
        })
    }
}
