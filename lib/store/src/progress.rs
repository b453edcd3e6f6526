//! How far the record has been read.

use crate::{Judge, PatrolStore, StoreError};
use rusqlite::{Connection, Row, Transaction, params};
use std::collections::HashMap;

/// How far a log file has been read, and what it looked like then.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FileProgress {
    /// Its name in the log directory.
    pub name: String,
    /// Device and inode.
    pub identity: (u64, u64),
    /// Its size, bytes.
    pub size: u64,
    /// When it was last written, nanoseconds since 1970.
    pub modified_ns: i64,
    /// One past the last whole event that was read.
    pub upto: u64,
    /// blake3 (hex) of the bytes just before `upto`.
    pub marker: String,
    /// Ruleset and model that reviewed it: another one starts over.
    pub version: String,
}

/// A stretch of a log file, by name.
pub type SavedSpan = (String, u64, u64);

/// A run whose end has not come; without places, one whose end has just come.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SavedRun {
    /// The run.
    pub run_id: String,
    /// Where its deltas stand.
    pub spans: Vec<SavedSpan>,
    /// Where its request stands.
    pub messages: Option<SavedSpan>,
    /// Epoch milliseconds of its last delta, or of its end.
    pub last_ts: i64,
}

impl PatrolStore {
    /// Every file that a judge has read, by name; and those that are nobody's in particular.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn files(&self, judge: Judge) -> Result<HashMap<String, FileProgress>, StoreError> {
        self.rows(
            "SELECT name, device, inode, size, modified_ns, upto, marker, version FROM files WHERE judge IN (?, '')",
            [judge.as_str()],
            |row| {
                let file = file(row)?;
                Ok((file.name.clone(), file))
            },
        )
    }

    /// The runs that were open after the last sweep.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn open_runs(&self, judge: Judge) -> Result<Vec<SavedRun>, StoreError> {
        let sql = "SELECT run_id, spans, messages, last_ts FROM open_runs WHERE judge = ? ORDER BY last_ts";
        self.rows(sql, [judge.as_str()], |row| {
            let spans: String = row.get(1)?;
            let messages: String = row.get(2)?;
            Ok(SavedRun {
                run_id: row.get(0)?,
                // Written below; a row that somebody else broke only costs the rebuilt turn of an aborted run, and
                // `files` starting over brings it back.
                spans: serde_json::from_str(&spans).unwrap_or_default(),
                messages: serde_json::from_str(&messages).unwrap_or_default(),
                last_ts: row.get(3)?,
            })
        })
    }
}

impl PatrolStore {
    /// Saves how far one file has been read that is nobody's in particular.
    ///
    /// # Errors
    /// When it could not be saved.
    pub fn save_progress(&mut self, file: &FileProgress) -> Result<(), StoreError> {
        let path = &self.path;
        let save = |db: &mut Connection| {
            let step = db.transaction()?;
            save_file(&step, "", file)?;
            step.commit()
        };
        save(&mut self.db).map_err(|why| StoreError::new(path, why))
    }
}

/// SQLite has no unsigned integers; device and inode numbers may use all 64 bits, so the bits are kept.
fn file(row: &Row<'_>) -> rusqlite::Result<FileProgress> {
    let bits = |column| row.get::<_, i64>(column).map(i64::cast_unsigned);
    Ok(FileProgress {
        name: row.get(0)?,
        identity: (bits(1)?, bits(2)?),
        size: bits(3)?,
        modified_ns: row.get(4)?,
        upto: bits(5)?,
        marker: row.get(6)?,
        version: row.get(7)?,
    })
}

pub(crate) fn save_file(step: &Transaction<'_>, judge: &str, file: &FileProgress) -> rusqlite::Result<()> {
    step.prepare_cached("INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)")?.execute(
        params![
            judge,
            file.name,
            file.identity.0.cast_signed(),
            file.identity.1.cast_signed(),
            file.size.cast_signed(),
            file.modified_ns,
            file.upto.cast_signed(),
            file.marker,
            file.version,
        ],
    )?;
    Ok(())
}

pub(crate) fn save_runs(step: &Transaction<'_>, judge: &str, runs: &[SavedRun]) -> rusqlite::Result<()> {
    step.execute("DELETE FROM open_runs WHERE judge = ?", [judge])?;
    let mut insert = step.prepare_cached("INSERT OR REPLACE INTO open_runs VALUES (?, ?, ?, ?, ?)")?;
    for run in runs {
        let json = |error| rusqlite::Error::ToSqlConversionFailure(Box::new(error));
        let spans = serde_json::to_string(&run.spans).map_err(json)?;
        let messages = serde_json::to_string(&run.messages).map_err(json)?;
        insert.execute(params![judge, run.run_id, spans, messages, run.last_ts])?;
    }
    Ok(())
}
