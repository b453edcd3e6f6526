//! What the Python version left behind: its flags are in `patrol_flags.jsonl`, its marks in `cleared`.

use crate::{PatrolStore, StoreError};
use rusqlite::{Connection, params};
use sentrix_record::{Flag, Severity};

/// Whether an earlier version flagged this turn under an id of its own, at least as severely.
pub(crate) fn flagged(step: &Connection, run_id_ts: &str, severity: Severity) -> rusqlite::Result<bool> {
    let mut query =
        step.prepare_cached("SELECT severity FROM flags WHERE run_id_ts = ? AND delivered = 2")?;
    let known = query.query_map([run_id_ts], |row| row.get::<_, String>(0))?;
    let known: Vec<String> = known.collect::<Result<_, _>>()?;
    Ok(known.iter().filter_map(|known| known.parse::<Severity>().ok()).any(|known| known >= severity))
}

impl PatrolStore {
    /// Takes in flags that are in the flags file but not in the database, as an earlier version (or another machine) wrote
    /// them. They count as delivered and are never rewritten. Returns how many were new.
    ///
    /// # Errors
    /// When nothing could be saved.
    pub fn import_flags(&mut self, flags: &[Flag]) -> Result<usize, StoreError> {
        let path = &self.path;
        let import = |db: &mut Connection| {
            let step = db.transaction()?;
            let mut new = 0;
            {
                // 2 marks a flag that came from outside.
                let mut insert = step.prepare_cached("INSERT OR IGNORE INTO flags VALUES (?, ?, ?, ?, 2)")?;
                for flag in flags {
                    let record = serde_json::to_string(flag)
                        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
                    new += insert.execute(params![
                        flag.flag_id,
                        flag.run_id_ts,
                        flag.consensus_severity.as_str(),
                        record
                    ])?;
                }
            }
            step.commit()?;
            Ok(new)
        };
        import(&mut self.db).map_err(|why| StoreError::new(path, why))
    }
}
