//! The cases, from the investigator's database or, where there is none, from its reports.

use super::{database, shape};
use serde_json::Value;
use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// How many are shown, newest first.
const MOST: usize = 50;
const LONGEST_REPORT: u64 = 1 << 20;
const NEWEST: &str = "SELECT investigation_id, flag_id, source_file, concluded_at, case_file_json FROM case_files \
                      ORDER BY concluded_at DESC LIMIT 50";

/// What tells that a file has changed.
type Stamp = Option<(u64, u64, i64, i64)>;

/// The cases of a log directory.
#[derive(Debug)]
pub struct Cases {
    database: PathBuf,
    reports: PathBuf,
    seen: Option<[Stamp; 3]>,
    cases: Vec<Value>,
    unread: bool,
}

impl Cases {
    /// The cases in a directory.
    pub fn new(dir: &Path) -> Self {
        let (database, reports) = (dir.join("police.db"), dir.join("reports"));
        Self { database, reports, seen: None, cases: Vec::new(), unread: false }
    }

    /// Reads them again if there is something new; whether there was.
    pub fn look(&mut self) -> bool {
        let wal = self.database.with_extension("db-wal");
        let now = [&self.database, &wal, &self.reports].map(|path| stamp(fs::metadata(path).ok()));
        if self.seen == Some(now) {
            return false;
        }
        let read = if now[0].is_some() { self.read_database().ok() } else { Some(self.read_reports()) };
        // A database that is being written, or is broken, is read again at the next look: what was known stays.
        self.unread = read.is_none();
        let Some(read) = read else { return false };
        self.seen = Some(now);
        let changed = read != self.cases;
        self.cases = read;
        changed
    }

    /// All of them, newest first.
    pub fn all(&self) -> &[Value] {
        &self.cases
    }

    /// Whether there is a database that could not be read at the last look.
    pub fn unread(&self) -> bool {
        self.unread
    }

    fn read_database(&self) -> rusqlite::Result<Vec<Value>> {
        let database = database::open(&self.database)?;
        let mut query = database.prepare(NEWEST)?;
        let text = |row: &rusqlite::Row<'_>, at| row.get::<_, Option<String>>(at).unwrap_or_default();
        let rows = query.query_map([], |row| {
            let [id, flag, source, concluded, json] = [0, 1, 2, 3, 4].map(|at| text(row, at));
            let json = json.unwrap_or_default();
            Ok(shape::case(id.as_deref(), flag.as_deref(), source.as_deref(), concluded.as_deref(), &json))
        })?;
        Ok(rows.collect::<rusqlite::Result<Vec<_>>>()?.into_iter().flatten().collect())
    }

    fn read_reports(&self) -> Vec<Value> {
        let entries = fs::read_dir(&self.reports).into_iter().flatten().flatten();
        let mut cases: Vec<Value> = entries.take(10_000).filter_map(|entry| report(&entry.path())).collect();
        cases.sort_by(|a, b| b["concluded_at"].as_str().cmp(&a["concluded_at"].as_str()));
        cases.truncate(MOST);
        cases
    }
}

fn report(path: &Path) -> Option<Value> {
    let name = path.file_name()?.to_str()?;
    let small = fs::symlink_metadata(path).is_ok_and(|file| file.is_file() && file.len() <= LONGEST_REPORT);
    if !small || !name.starts_with("case_") || !name.ends_with(".json") {
        return None;
    }
    let text = fs::read_to_string(path).ok()?;
    let case: Value = serde_json::from_str(&text).ok()?;
    let field = |name: &str| case[name].as_str();
    shape::case(
        field("investigation_id"),
        field("flag_id"),
        field("source_file"),
        field("concluded_at"),
        &text,
    )
}

fn stamp(metadata: Option<Metadata>) -> Stamp {
    metadata.map(|file| (file.ino(), file.len(), file.mtime(), file.mtime_nsec()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rusqlite::Connection;

    #[test]
    fn a_locked_database_is_not_waited_for_and_read_when_it_is_free() {
        let dir = tempfile::tempdir().unwrap();
        let database = Connection::open(dir.path().join("police.db")).unwrap();
        database.execute_batch("CREATE TABLE case_files (investigation_id TEXT, flag_id TEXT, source_file TEXT, concluded_at TEXT, case_file_json)").unwrap();
        database
            .execute_batch("INSERT INTO case_files VALUES ('a', 'f', 'x', 'y', '{}'); BEGIN EXCLUSIVE")
            .unwrap();
        let mut cases = Cases::new(dir.path());
        let began = std::time::Instant::now();
        assert!(!cases.look() && cases.all().is_empty() && cases.unread());
        // The library would wait for five seconds.
        assert!(began.elapsed() < std::time::Duration::from_secs(4));
        database.execute_batch("ROLLBACK").unwrap();
        assert!(cases.look() && !cases.unread());
        assert_eq!(cases.all().len(), 1);
    }

    #[test]
    fn cases_come_from_the_database_however_broken_a_row_is() {
        let dir = tempfile::tempdir().unwrap();
        let database = Connection::open(dir.path().join("police.db")).unwrap();
        database.execute_batch("PRAGMA journal_mode=WAL; CREATE TABLE case_files (investigation_id TEXT, flag_id TEXT, source_file TEXT, concluded_at TEXT, case_file_json)").unwrap();
        let mut cases = Cases::new(dir.path());
        cases.look();
        assert!(cases.all().is_empty());
        for row in [
            "('a', 'f', '20260310T014033.json', '2026-03-10T01:00:00Z', '{\"severity_score\":\"HIGH\"}')",
            "('b', NULL, NULL, NULL, 'null')",
            "('c', x'ff00', 5, 'yesterday', x'ff')",
            "(NULL, 'f', 'x', 'x', '{}')",
        ] {
            database.execute_batch(&format!("INSERT INTO case_files VALUES {row}")).unwrap();
        }
        assert!(cases.look() && !cases.look());
        let ids: Vec<&str> =
            cases.all().iter().map(|case| case["investigation_id"].as_str().unwrap()).collect();
        assert_eq!(ids.len(), 3);
        assert!(cases.all().iter().all(|case| case["case_file"].is_object() && case["flag_id"].is_string()));
    }

    #[test]
    fn a_broken_database_leaves_what_was_known_and_reports_do_without_one() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("reports")).unwrap();
        let report = r#"{"investigation_id":"r","flag_id":"f","severity_score":"LOW","verdict_summary":"v"}"#;
        fs::write(dir.path().join("reports/case_r_20260310T202215Z.json"), report).unwrap();
        fs::write(dir.path().join("reports/case_x.json"), "torn {").unwrap();
        let mut cases = Cases::new(dir.path());
        assert!(cases.look());
        assert_eq!(cases.all().len(), 1);
        fs::write(dir.path().join("police.db"), "no database").unwrap();
        assert!(!cases.look());
        assert_eq!(cases.all().len(), 1);
    }
}
