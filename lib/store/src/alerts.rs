//! Whom a flag is to be told to: asked for in the transaction that saves the flag, done with when it was told.

use crate::{PatrolStore, StoreError};
use rusqlite::params;

/// Somebody who is to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alert {
    /// The flag.
    pub flag_id: String,
    /// Its line.
    pub record: String,
    /// How severe it was when this was asked for.
    pub severity: String,
    /// How often it was tried.
    pub tries: u64,
}

impl PatrolStore {
    /// Names who is to be told of every flag from now on.
    pub fn tell(&mut self, channels: Vec<String>) {
        self.channels = channels;
    }

    /// What is to be told on a channel: the least tried first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn alerts(&self, channel: &str, most: u32) -> Result<Vec<Alert>, StoreError> {
        self.rows(
            "SELECT flag_id, record, tries, alerts.severity FROM alerts JOIN flags USING (flag_id) WHERE channel = ?
             ORDER BY tries, flag_id LIMIT ?",
            params![channel, most],
            |row| {
                let tries: i64 = row.get(2)?;
                Ok(Alert { flag_id: row.get(0)?, record: row.get(1)?, severity: row.get(3)?, tries: tries.cast_unsigned() })
            },
        )
    }

    /// Notes that it was told, or that it was tried in vain.
    ///
    /// # Errors
    /// When it could not be saved; it will be told again.
    pub fn told(&mut self, alert: &Alert, channel: &str, arrived: bool) -> Result<(), StoreError> {
        self.step(|step| {
            // A flag that has become more severe meanwhile is to be told again.
            let sql = if arrived {
                "DELETE FROM alerts WHERE flag_id = ? AND channel = ? AND severity = ?"
            } else {
                "UPDATE alerts SET tries = tries + 1 WHERE flag_id = ? AND channel = ? AND severity = ?"
            };
            step.prepare_cached(sql)?.execute([&alert.flag_id, channel, &alert.severity]).map(drop)
        })
    }
}
