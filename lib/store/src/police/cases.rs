//! Cases: drafted, concluded, looked up.

use super::PoliceStore;
use crate::StoreError;
use rusqlite::{Row, params};

/// A case that is decided and whose report is to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// The flag.
    pub flag_id: String,
    /// The case.
    pub investigation_id: String,
    /// Name of the log file.
    pub source_file: String,
    /// RFC 3339, UTC; the same in the database and in the report.
    pub concluded_at: String,
    /// The case as the database keeps it.
    pub case_file_json: String,
    /// The report's file name.
    pub report_name: String,
    /// The report.
    pub report: String,
}

/// A row of `case_files`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseRow {
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

const COLUMNS: &str =
    "SELECT investigation_id, flag_id, source_file, concluded_at, case_file_json FROM case_files";

impl PoliceStore {
    /// Saves what was decided. A flag that has a case or a draft keeps it.
    ///
    /// # Errors
    /// When nothing of it could be saved.
    pub fn draft(&mut self, drafts: &[Draft]) -> Result<(), StoreError> {
        self.step(|step| {
            let mut insert = step.prepare_cached(
                "INSERT OR IGNORE INTO drafts SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7
                 WHERE NOT EXISTS (SELECT 1 FROM case_files WHERE flag_id = ?1)",
            )?;
            for draft in drafts {
                insert.execute(params![
                    draft.flag_id,
                    draft.investigation_id,
                    draft.source_file,
                    draft.concluded_at,
                    draft.case_file_json,
                    draft.report_name,
                    draft.report,
                ])?;
            }
            Ok(())
        })
    }

    /// What was decided and not concluded.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn drafts(&self) -> Result<Vec<Draft>, StoreError> {
        self.rows("SELECT * FROM drafts ORDER BY concluded_at", [], |row| {
            Ok(Draft {
                flag_id: row.get(0)?,
                investigation_id: row.get(1)?,
                source_file: row.get(2)?,
                concluded_at: row.get(3)?,
                case_file_json: row.get(4)?,
                report_name: row.get(5)?,
                report: row.get(6)?,
            })
        })
    }

    /// Makes drafts into cases, takes their flags from the queue, and notes who is to be told. Call it only when their reports are
    /// on disk.
    ///
    /// # Errors
    /// When nothing of it could be saved; the drafts stay.
    pub fn conclude(&mut self, drafts: &[Draft], channels: &[&str]) -> Result<(), StoreError> {
        self.step(|step| {
            let mut case = step.prepare_cached(
                "INSERT OR IGNORE INTO case_files SELECT investigation_id, flag_id, source_file, concluded_at, case_file_json
                 FROM drafts WHERE flag_id = ?",
            )?;
            let mut mark = step.prepare_cached(
                "INSERT OR IGNORE INTO investigated_flags SELECT flag_id, concluded_at, investigation_id FROM drafts WHERE flag_id = ?",
            )?;
            let mut leave = step.prepare_cached("DELETE FROM queue WHERE flag_id = ?")?;
            let mut done = step.prepare_cached("DELETE FROM drafts WHERE flag_id = ?")?;
            let mut tell =
                step.prepare_cached("INSERT OR IGNORE INTO alerts (investigation_id, channel) VALUES (?, ?)")?;
            for draft in drafts {
                if case.execute([&draft.flag_id])? > 0 {
                    for channel in channels {
                        tell.execute(params![draft.investigation_id, channel])?;
                    }
                }
                mark.execute([&draft.flag_id])?;
                leave.execute([&draft.flag_id])?;
                done.execute([&draft.flag_id])?;
            }
            Ok(())
        })
    }

    /// The case of a flag; the newest, where the Python version made several.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn case_of(&self, flag_id: &str) -> Result<Option<CaseRow>, StoreError> {
        let sql = format!("{COLUMNS} WHERE flag_id = ? ORDER BY concluded_at DESC LIMIT 1");
        Ok(self.rows(&sql, [flag_id], case)?.pop())
    }

    /// The cases whose id, or whose flag's id, begins with these letters.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn cases_named(&self, id: &str) -> Result<Vec<CaseRow>, StoreError> {
        let sql = format!(
            "{COLUMNS} WHERE substr(investigation_id, 1, length(?1)) = ?1 OR substr(flag_id, 1, length(?1)) = ?1
             ORDER BY concluded_at DESC LIMIT 20"
        );
        self.rows(&sql, [id], case)
    }

    /// The cases, newest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn cases(&self, limit: u32) -> Result<Vec<CaseRow>, StoreError> {
        self.rows(&format!("{COLUMNS} ORDER BY concluded_at DESC, investigation_id LIMIT ?"), [limit], case)
    }
}

fn case(row: &Row<'_>) -> rusqlite::Result<CaseRow> {
    // A row of somebody else's may hold anything, and must not hide the others.
    let text = |column| {
        let value = row.get_ref(column)?;
        Ok::<_, rusqlite::Error>(match value {
            rusqlite::types::ValueRef::Text(bytes) | rusqlite::types::ValueRef::Blob(bytes) => {
                String::from_utf8_lossy(bytes).into_owned()
            }
            rusqlite::types::ValueRef::Integer(number) => number.to_string(),
            rusqlite::types::ValueRef::Real(number) => number.to_string(),
            rusqlite::types::ValueRef::Null => String::new(),
        })
    };
    Ok(CaseRow {
        investigation_id: text(0)?,
        flag_id: text(1)?,
        source_file: text(2)?,
        concluded_at: text(3)?,
        case_file_json: text(4)?,
    })
}
