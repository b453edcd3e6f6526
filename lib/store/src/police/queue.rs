//! Flags that have no case yet.

use super::PoliceStore;
use crate::StoreError;
use rusqlite::{Row, params};
use sentrix_record::{Flag, Severity};

/// How far a file of flags has been read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FlagsRead {
    /// The file.
    pub name: String,
    /// One past the last whole line.
    pub upto: u64,
    /// What stood before that place.
    pub marker: String,
}

/// A flag that waits.
#[derive(Debug, Clone, PartialEq)]
pub struct Queued {
    /// The flag.
    pub flag: Flag,
    /// How often its investigation has failed.
    pub tries: u32,
}

/// How many flags wait, by why.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Waiting {
    /// To be investigated now.
    pub due: u64,
    /// To be tried again later.
    pub later: u64,
    /// Failed too often: for a person to look at.
    pub open: u64,
}

impl PoliceStore {
    /// How far a file of flags has been read.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn flags_read(&self, name: &str) -> Result<FlagsRead, StoreError> {
        let rows = self.rows("SELECT upto, marker FROM flags_read WHERE name = ?", [name], |row| {
            let upto: i64 = row.get(0)?;
            Ok(FlagsRead { name: name.to_owned(), upto: upto.cast_unsigned(), marker: row.get(1)? })
        })?;
        Ok(rows
            .into_iter()
            .next()
            .unwrap_or_else(|| FlagsRead { name: name.to_owned(), ..FlagsRead::default() }))
    }

    /// Takes flags in, and how far they were read. One that has a case already, or is known at least as severe, is left. Returns
    /// how many are new.
    ///
    /// # Errors
    /// When nothing of it could be saved.
    pub fn take_in(&mut self, flags: &[Flag], read: &FlagsRead) -> Result<u64, StoreError> {
        self.step(|step| {
            let mut known = step.prepare_cached(
                "SELECT 1 FROM investigated_flags WHERE flag_id = ?1
                 UNION ALL SELECT 1 FROM case_files WHERE flag_id = ?1
                 UNION ALL SELECT 1 FROM drafts WHERE flag_id = ?1
                 UNION ALL SELECT 1 FROM queue WHERE flag_id = ?1 AND severity >= ?2",
            )?;
            let mut insert = step.prepare_cached(
                "INSERT INTO queue (flag_id, severity, timestamp, record) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (flag_id) DO UPDATE SET severity = ?2, record = ?4",
            )?;
            let mut new = 0;
            for flag in flags.iter().filter(|flag| flag.consensus_severity > Severity::Clean) {
                let rank = rank(flag.consensus_severity);
                if known.exists(params![flag.flag_id, rank])? {
                    continue;
                }
                let record = serde_json::to_string(flag)
                    .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
                new += insert.execute(params![flag.flag_id, rank, flag.timestamp, record])? as u64;
            }
            step.execute(
                "INSERT OR REPLACE INTO flags_read VALUES (?, ?, ?)",
                params![read.name, read.upto.cast_signed(), read.marker],
            )?;
            Ok(new)
        })
    }

    /// The flags to investigate next: at least so severe, due, not failed too often.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn next(
        &self,
        least: Severity,
        now_ms: i64,
        most_tries: u32,
        limit: u32,
    ) -> Result<Vec<Queued>, StoreError> {
        self.queued_rows(
            "WHERE severity >= ? AND due <= ? AND tries < ? ORDER BY severity DESC, timestamp, flag_id LIMIT ?",
            params![rank(least), now_ms, most_tries, limit],
        )
    }

    /// All flags that wait and are at least so severe, in their order.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn queue(&self, least: Severity, limit: u32) -> Result<Vec<Queued>, StoreError> {
        if !self.is_ours()? {
            return Ok(Vec::new());
        }
        self.queued_rows(
            "WHERE severity >= ? ORDER BY severity DESC, timestamp, flag_id LIMIT ?",
            params![rank(least), limit],
        )
    }

    /// Flags that failed too often.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn left_open(&self, least: Severity, most_tries: u32, limit: u32) -> Result<Vec<Queued>, StoreError> {
        self.queued_rows(
            "WHERE severity >= ? AND tries >= ? ORDER BY severity DESC, timestamp, flag_id LIMIT ?",
            params![rank(least), most_tries, limit],
        )
    }

    /// A flag that waits.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn queued(&self, flag_id: &str) -> Result<Option<Queued>, StoreError> {
        Ok(self.queued_rows("WHERE flag_id = ?", [flag_id])?.pop())
    }

    /// How many flags wait that are at least so severe.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn waiting(&self, least: Severity, now_ms: i64, most_tries: u32) -> Result<Waiting, StoreError> {
        let rows = self.rows(
            "SELECT count(*) FILTER (WHERE tries < ?3 AND due <= ?2), count(*) FILTER (WHERE tries < ?3 AND due > ?2),
             count(*) FILTER (WHERE tries >= ?3) FROM queue WHERE severity >= ?1",
            params![rank(least), now_ms, most_tries],
            |row| {
                let count = |column| row.get::<_, i64>(column).map(i64::cast_unsigned);
                Ok(Waiting { due: count(0)?, later: count(1)?, open: count(2)? })
            },
        )?;
        Ok(rows.into_iter().next().unwrap_or_default())
    }

    fn queued_rows(&self, clause: &str, params: impl rusqlite::Params) -> Result<Vec<Queued>, StoreError> {
        self.rows(&format!("SELECT record, tries FROM queue {clause}"), params, queued)
    }
}

fn queued(row: &Row<'_>) -> rusqlite::Result<Queued> {
    let record: String = row.get(0)?;
    let flag = serde_json::from_str(&record).map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Text, Box::new(error))
    })?;
    Ok(Queued { flag, tries: row.get(1)? })
}

/// What a severity is in the queue's order.
fn rank(severity: Severity) -> i64 {
    match severity {
        Severity::Clean => 0,
        Severity::Low => 1,
        Severity::Medium => 2,
        Severity::High => 3,
        Severity::Critical => 4,
    }
}
