//! Turns that wait for the judges. They come in with the progress that passes them and go with the verdict, each in one
//! transaction, so that none is forgotten and none is judged for nothing.

use crate::patrol::mark;
use crate::{Judge, PatrolStore, Reviewed, StoreError, Version, flags, legacy};
use rusqlite::{Connection, OptionalExtension, Row, TransactionBehavior, params};
use sentrix_record::{Flag, Severity};

/// A place in the record.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    /// Name of the log file.
    pub file: String,
    /// First byte.
    pub start: u64,
    /// One past the last byte.
    pub end: u64,
}

/// A turn that is to wait for the judges.
#[derive(Debug, Clone, Default)]
pub struct Pending {
    /// Its name.
    pub run_id_ts: String,
    /// Its content.
    pub blake3: String,
    /// The stream that it belongs to.
    pub stream: String,
    /// Where it stands.
    pub place: Place,
    /// What the turn that is read back from there must hash to.
    pub digest: String,
    /// The turn, when its place does not give it back.
    pub turn: Option<String>,
    /// Where the turn before it stands.
    pub before: Option<Place>,
    /// What rules say of it.
    pub severity: Severity,
    /// The flag that rules raise on it.
    pub flag: Option<Flag>,
}

/// A turn that waits.
#[derive(Debug, Clone, Default)]
pub struct Waiting {
    /// The turn, without its flag.
    pub turn: Pending,
    /// How warm its stream is.
    pub suspicion: f64,
    /// How often the judges have tried.
    pub attempts: u64,
}

/// Puts a turn in, unless this version has reviewed it.
pub(crate) fn insert(step: &Connection, turn: &Pending, version: &Version) -> rusqlite::Result<()> {
    let done: Option<i64> = step
        .prepare_cached(
            "SELECT 1 FROM reviewed WHERE run_id_ts = ? AND blake3 = ? AND judge = ? AND ruleset_version = ? AND asked = ?",
        )?
        .query_row(
            params![turn.run_id_ts, turn.blake3, version.judge.as_str(), version.ruleset, version.model],
            |row| row.get(0),
        )
        .optional()?;
    if done.is_some() {
        return Ok(());
    }
    let before = turn.before.as_ref();
    step.prepare_cached(
        "INSERT INTO pending (run_id_ts, blake3, stream, source_file, start_at, end_at, digest, turn,
         before_file, before_start, before_end, severity) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (run_id_ts, blake3) DO NOTHING",
    )?
    .execute(params![
        turn.run_id_ts,
        turn.blake3,
        turn.stream,
        turn.place.file,
        turn.place.start.cast_signed(),
        turn.place.end.cast_signed(),
        turn.digest,
        turn.turn,
        before.map(|place| &place.file),
        before.map(|place| place.start.cast_signed()),
        before.map(|place| place.end.cast_signed()),
        turn.severity as i64,
    ])?;
    Ok(())
}

pub(crate) fn save_latest(step: &Connection, judge: Judge, place: &Place) -> rusqlite::Result<()> {
    let (start, end) = (place.start.cast_signed(), place.end.cast_signed());
    step.prepare_cached("INSERT OR REPLACE INTO latest VALUES (?, ?, ?, ?)")?
        .execute(params![judge.as_str(), place.file, start, end])
        .map(drop)
}

impl PatrolStore {
    /// Where the last turn stands that was read for a judge.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn latest(&self, judge: Judge) -> Result<Option<Place>, StoreError> {
        let sql = "SELECT source_file, start_at, end_at FROM latest WHERE judge = ?";
        let rows: Vec<Place> = self.rows(sql, [judge.as_str()], |row| {
            let offset = |column| row.get::<_, i64>(column).map(i64::cast_unsigned);
            Ok(Place { file: row.get(0)?, start: offset(1)?, end: offset(2)? })
        })?;
        Ok(rows.into_iter().next())
    }

    /// How many turns wait, and in how many streams.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn pending_counts(&self) -> Result<(u64, usize), StoreError> {
        let rows: Vec<(i64, i64)> =
            self.rows("SELECT count(*), count(DISTINCT stream) FROM pending", [], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })?;
        let (turns, streams) = rows.first().copied().unwrap_or_default();
        Ok((turns.cast_unsigned(), usize::try_from(streams).unwrap_or(usize::MAX)))
    }

    /// The turns that wait, in the order in which they are to be judged: those that failed least often first, then warm
    /// streams, then what rules found something in, then the oldest. With a time in milliseconds, only those that are due: one
    /// that failed waits for half a minute, and twice as long each time, up to an hour.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn pending_order(&self, most: usize, due_at: Option<i64>) -> Result<Vec<i64>, StoreError> {
        self.rows(
            "SELECT id FROM pending LEFT JOIN suspicion USING (stream)
             WHERE attempts = 0 OR tried_at + min(30000 << min(attempts, 8), 3600000) <= ?
             ORDER BY attempts, coalesce(level, 0) DESC, severity DESC, id LIMIT ?",
            [due_at.unwrap_or(i64::MAX), i64::try_from(most).unwrap_or(i64::MAX)],
            |row| row.get(0),
        )
    }

    /// A turn that waits.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn waiting(&self, id: i64) -> Result<Option<Waiting>, StoreError> {
        let rows: Vec<Waiting> = self.rows(
            "SELECT run_id_ts, blake3, stream, source_file, start_at, end_at, digest, turn, before_file, before_start,
             before_end, severity, coalesce(level, 0), attempts FROM pending LEFT JOIN suspicion USING (stream) WHERE id = ?",
            [id],
            waiting,
        )?;
        Ok(rows.into_iter().next())
    }

    /// Saves a verdict: flag, mark, the warmth of the stream, and the end of the waiting, in one transaction.
    ///
    /// # Errors
    /// When nothing of it could be saved.
    pub fn settle(
        &mut self,
        id: i64,
        turn: &Reviewed,
        heat: Option<(&str, f64)>,
        version: &Version,
        now: &str,
    ) -> Result<(), StoreError> {
        let channels = self.channels.clone();
        self.step(|step| {
            if let Some(flag) = &turn.flag
                && !legacy::flagged(step, &turn.run_id_ts, turn.status)?
            {
                flags::merge(step, flag, &channels)?;
            }
            mark(step, turn, version, now)?;
            if let Some((stream, level)) = heat {
                step.prepare_cached("INSERT OR REPLACE INTO suspicion VALUES (?, ?)")?
                    .execute(params![stream, level])?;
            }
            step.prepare_cached("DELETE FROM pending WHERE id = ?")?.execute([id])?;
            Ok(())
        })
    }

    /// Notes that the judges gave no verdict on a turn, for a reason that lies in the turn.
    ///
    /// # Errors
    /// When it could not be saved.
    pub fn postpone(&mut self, id: i64, why: &str, at: i64) -> Result<(), StoreError> {
        self.step(|step| {
            step.prepare_cached(
                "UPDATE pending SET attempts = attempts + 1, why = ?, tried_at = ? WHERE id = ?",
            )?
            .execute(params![why, at, id])
            .map(drop)
        })
    }

    /// Takes a turn off that cannot be read any more, with the flag that says so.
    ///
    /// # Errors
    /// When it could not be saved.
    pub fn give_up(&mut self, id: i64, flag: &Flag) -> Result<(), StoreError> {
        let channels = self.channels.clone();
        self.step(|step| {
            flags::insert(step, flag, &channels)?;
            step.prepare_cached("DELETE FROM pending WHERE id = ?")?.execute([id]).map(drop)
        })
    }

    /// Does something in one transaction.
    pub(crate) fn step<T>(
        &mut self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        if self.is_gathering() {
            return self.gathered(work);
        }
        let path = &self.path;
        let step = |db: &mut Connection| {
            let step = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let done = work(&step)?;
            step.commit()?;
            Ok(done)
        };
        step(&mut self.db).map_err(|why| StoreError::new(path, why))
    }
}

fn waiting(row: &Row<'_>) -> rusqlite::Result<Waiting> {
    let offset = |column| row.get::<_, i64>(column).map(i64::cast_unsigned);
    let before: Option<String> = row.get(8)?;
    let before = match before {
        Some(file) => Some(Place { file, start: offset(9)?, end: offset(10)? }),
        None => None,
    };
    let severities = [Severity::Clean, Severity::Low, Severity::Medium, Severity::High];
    let severity: u8 = row.get(11)?;
    Ok(Waiting {
        turn: Pending {
            run_id_ts: row.get(0)?,
            blake3: row.get(1)?,
            stream: row.get(2)?,
            place: Place { file: row.get(3)?, start: offset(4)?, end: offset(5)? },
            digest: row.get(6)?,
            turn: row.get(7)?,
            before,
            severity: severities.get(usize::from(severity)).copied().unwrap_or(Severity::High),
            flag: None,
        },
        suspicion: row.get(12)?,
        attempts: offset(13)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Batch, SavedTrust};

    fn version() -> Version {
        Version { judge: Judge::Models, ruleset: "r1".to_owned(), model: "m".to_owned() }
    }

    fn turn(name: &str, stream: &str) -> Pending {
        Pending {
            run_id_ts: name.to_owned(),
            blake3: "aa".to_owned(),
            stream: stream.to_owned(),
            place: Place { file: stream.to_owned(), start: 1, end: u64::MAX },
            ..Pending::default()
        }
    }

    fn reviewed(name: &str, file: &str) -> Reviewed {
        Reviewed {
            run_id_ts: name.to_owned(),
            blake3: "aa".to_owned(),
            source_file: file.to_owned(),
            status: Severity::Clean,
            flag: None,
            answered: Some("p/m-1".to_owned()),
        }
    }

    fn store(dir: &tempfile::TempDir) -> PatrolStore {
        PatrolStore::open(&dir.path().join("patrol_state.db")).unwrap()
    }

    #[test]
    fn a_turn_waits_until_it_is_settled_and_comes_back_for_another_version_alone() {
        let dir = tempfile::tempdir().unwrap();
        let mut store = store(&dir);
        let batch = Batch { pending: vec![turn("a_1", "f"), turn("a_2", "g")], ..Batch::default() };
        store.save(&batch, &version(), "t").unwrap();
        store.save(&batch, &version(), "t").unwrap();
        assert_eq!(store.pending_counts().unwrap(), (2, 2));
        let first = store.pending_order(9, None).unwrap()[0];
        let waiting = store.waiting(first).unwrap().unwrap();
        assert_eq!(waiting.turn.place, Place { file: "f".to_owned(), start: 1, end: u64::MAX });
        store.settle(first, &reviewed("a_1", "f"), Some(("g", 0.4)), &version(), "t").unwrap();
        store.save(&batch, &version(), "t").unwrap();
        assert_eq!(store.pending_counts().unwrap().0, 1, "it was reviewed and waits again");
        let second = store.pending_order(9, None).unwrap()[0];
        assert_eq!(store.waiting(second).unwrap().unwrap().suspicion, 0.4);
        let other = Version { ruleset: "r2".to_owned(), ..version() };
        store.save(&batch, &other, "t").unwrap();
        assert_eq!(store.pending_counts().unwrap().0, 2);
    }

    #[test]
    fn one_that_failed_waits_longer_each_time_and_lets_others_pass() {
        let dir = tempfile::tempdir().unwrap();
        let mut store = store(&dir);
        let batch = Batch { pending: vec![turn("a_1", "f"), turn("a_2", "f")], ..Batch::default() };
        store.save(&batch, &version(), "t").unwrap();
        let ids = store.pending_order(9, None).unwrap();
        store.postpone(ids[0], "refused", 1_000_000).unwrap();
        assert_eq!(store.pending_order(9, None).unwrap(), [ids[1], ids[0]]);
        assert_eq!(store.pending_order(9, Some(1_030_000)).unwrap(), [ids[1]]);
        assert_eq!(store.pending_order(9, Some(1_060_000)).unwrap(), [ids[1], ids[0]]);
        (0..40).for_each(|_| store.postpone(ids[0], "refused", 1_000_000).unwrap());
        assert_eq!(store.pending_order(9, Some(1_000_000 + 3_599_999)).unwrap(), [ids[1]]);
        assert_eq!(store.pending_order(9, Some(1_000_000 + 3_600_000)).unwrap(), [ids[1], ids[0]]);
    }

    #[test]
    fn lost_trust_reopens_what_was_cleared_since_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let mut store = store(&dir);
        let clear = |store: &mut PatrolStore, name: &str, at: &str| {
            let batch = Batch { pending: vec![turn(name, "f")], ..Batch::default() };
            store.save(&batch, &version(), at).unwrap();
            let id = store.pending_order(1, None).unwrap()[0];
            store.settle(id, &reviewed(name, "f"), None, &version(), at).unwrap();
        };
        clear(&mut store, "a_1", "2026-01-01T00:00:00.5Z");
        let right = SavedTrust { votes: 0, tests: 1, lost: false };
        store.save_trust("m", right, &version(), "2026-01-01T00:00:01.25Z").unwrap();
        clear(&mut store, "a_2", "2026-01-01T00:00:02Z");
        let lost = SavedTrust { votes: 9, tests: 2, lost: true };
        assert_eq!(store.save_trust("m", lost, &version(), "2026-01-01T00:00:03Z").unwrap(), 1);
        assert!(store.reviewed("a_1", "aa", &version()).unwrap().is_some());
        assert!(store.reviewed("a_2", "aa", &version()).unwrap().is_none());
        assert_eq!(store.trust("m").unwrap(), lost);
    }

    #[test]
    fn the_file_is_its_owners_alone() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        drop(store(&dir));
        let mode = std::fs::metadata(dir.path().join("patrol_state.db")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
