//! Flags in the database, and their way out: delivered at least once, under an id that makes twice harmless.

use crate::{PatrolStore, StoreError};
use rusqlite::{Connection, OptionalExtension, params};
use sentrix_record::{Flag, Severity};

/// Puts a flag in, unless it is there already and no less severe, and asks for whoever is to be told. Returns whether it went in.
pub(crate) fn insert(step: &Connection, flag: &Flag, channels: &[String]) -> rusqlite::Result<bool> {
    let known: Option<String> = step
        .prepare_cached("SELECT severity FROM flags WHERE flag_id = ?")?
        .query_row([&flag.flag_id], |row| row.get(0))
        .optional()?;
    let known = known.and_then(|severity| severity.parse::<Severity>().ok());
    if known.is_some_and(|known| known >= flag.consensus_severity) {
        return Ok(false);
    }
    let record = serde_json::to_string(flag)
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
    step.prepare_cached("INSERT OR REPLACE INTO flags VALUES (?, ?, ?, ?, 0)")?.execute(params![
        flag.flag_id,
        flag.run_id_ts,
        flag.consensus_severity.as_str(),
        record
    ])?;
    for channel in channels {
        step.prepare_cached("INSERT OR REPLACE INTO alerts (flag_id, channel, severity) VALUES (?, ?, ?)")?
            .execute(params![flag.flag_id, channel, flag.consensus_severity.as_str()])?;
    }
    Ok(true)
}

/// Replaces what is known of a flag by what the judges made of it. It is delivered again only if it has become more severe.
pub(crate) fn merge(step: &Connection, flag: &Flag, channels: &[String]) -> rusqlite::Result<()> {
    if !insert(step, flag, channels)? {
        let record = serde_json::to_string(flag)
            .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
        step.prepare_cached(
            "UPDATE flags SET record = ? WHERE flag_id = ? AND severity = ? AND delivered <> 2",
        )?
        .execute(params![record, flag.flag_id, flag.consensus_severity.as_str()])?;
    }
    Ok(())
}

impl PatrolStore {
    /// Flags that have not reached where flags go: id and line.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn undelivered(&self) -> Result<Vec<(String, String)>, StoreError> {
        self.rows("SELECT flag_id, record FROM flags WHERE delivered = 0 ORDER BY run_id_ts", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
    }

    /// The flag of this id, where there is one.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn flag(&self, flag_id: &str) -> Result<Option<Flag>, StoreError> {
        let rows: Vec<String> =
            self.rows("SELECT record FROM flags WHERE flag_id = ?", [flag_id], |row| row.get(0))?;
        Ok(rows.first().and_then(|record| serde_json::from_str(record).ok()))
    }

    /// Marks flags as delivered. Call it only when their lines are where they should be.
    ///
    /// # Errors
    /// When it could not be saved; they will be delivered again.
    pub fn delivered(&mut self, ids: impl IntoIterator<Item = String>) -> Result<(), StoreError> {
        let path = &self.path;
        let mark = |db: &mut Connection| {
            let step = db.transaction()?;
            {
                let mut update = step.prepare_cached("UPDATE flags SET delivered = 1 WHERE flag_id = ?")?;
                for id in ids {
                    update.execute([id])?;
                }
            }
            step.commit()
        };
        mark(&mut self.db).map_err(|why| StoreError::new(path, why))
    }

    /// How many flags there are of each severity, worst first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn flag_counts(&self) -> Result<Vec<(String, u64)>, StoreError> {
        self.rows("SELECT severity, count(*) FROM flags GROUP BY severity", [], |row| {
            Ok((row.get(0)?, row.get::<_, i64>(1)?.cast_unsigned()))
        })
    }
}
