//! How far models are trusted, and what is reopened when one is no longer.

use crate::{Judge, PatrolStore, StoreError, Version};
use rusqlite::params;

/// How far a model is trusted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SavedTrust {
    /// Votes since it was last right about known turns.
    pub votes: u64,
    /// How often it was put to the test.
    pub tests: u64,
    /// It was wrong, and has not been right since.
    pub lost: bool,
}

impl PatrolStore {
    /// How far a model is trusted.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn trust(&self, model: &str) -> Result<SavedTrust, StoreError> {
        let rows: Vec<SavedTrust> =
            self.rows("SELECT votes, tests, lost FROM trust WHERE model = ?", [model], |row| {
                let count = |column| row.get::<_, i64>(column).map(i64::cast_unsigned);
                Ok(SavedTrust { votes: count(0)?, tests: count(1)?, lost: row.get(2)? })
            })?;
        Ok(rows.first().copied().unwrap_or_default())
    }

    /// Keeps how far a model is trusted. Without votes it was right just now.
    ///
    /// When trust is lost, the turns that were cleared with its votes since it was last right are reopened: their marks and its
    /// answers go, and their files are read from the beginning again. Returns how many.
    ///
    /// # Errors
    /// When nothing of it could be saved.
    pub fn save_trust(
        &mut self,
        model: &str,
        trust: SavedTrust,
        version: &Version,
        now: &str,
    ) -> Result<usize, StoreError> {
        self.step(|step| {
            let right_at = step
                .query_row("SELECT right_at FROM trust WHERE model = ?", [model], |row| {
                    row.get::<_, String>(0)
                })
                .unwrap_or_default();
            let right_now = trust.votes == 0 && trust.tests > 0 && !trust.lost;
            step.execute(
                "INSERT OR REPLACE INTO trust VALUES (?, ?, ?, ?, ?)",
                params![
                    model,
                    trust.votes.cast_signed(),
                    trust.tests.cast_signed(),
                    trust.lost,
                    if right_now { now } else { &right_at }
                ],
            )?;
            if !trust.lost {
                return Ok(0);
            }
            // Whole seconds: rather one turn too many than one too few.
            let since: String = right_at.chars().take(19).collect();
            let judge = Judge::Models.as_str();
            let cleared = "judge = ?1 AND asked = ?2 AND status = 'CLEAN' AND reviewed_at >= ?3";
            step.execute(
                &format!(
                    "UPDATE files SET version = '-', size = 0 WHERE judge = ?1 AND name IN
                     (SELECT source_file FROM reviewed WHERE {cleared})"
                ),
                params![judge, version.model, since],
            )?;
            // A mark of the Python version's table that says the same goes too; what others said stays.
            step.execute(
                &format!(
                    "DELETE FROM cleared WHERE status = 'CLEAN' AND EXISTS (SELECT 1 FROM reviewed
                     WHERE {cleared} AND reviewed.run_id_ts = cleared.run_id_ts
                     AND reviewed.model_version = cleared.model_version)"
                ),
                params![judge, version.model, since],
            )?;
            let reopened = step.execute(
                &format!("DELETE FROM reviewed WHERE {cleared}"),
                params![judge, version.model, since],
            )?;
            step.execute("DELETE FROM verdicts WHERE asked = ? AND at >= ?", params![model, since])?;
            Ok(reopened)
        })
    }
}
