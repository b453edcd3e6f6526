//! Steps gathered into one transaction: a sweep with models takes many small ones, and each transaction writes whole pages.

use crate::{PatrolStore, StoreError};
use rusqlite::Connection;
use std::time::{Duration, Instant};

/// Steps that were taken and are not saved yet.
#[derive(Debug, Default)]
pub(crate) struct Gathering {
    on: bool,
    /// When the transaction that holds them was begun.
    since: Option<Instant>,
}

impl PatrolStore {
    /// From now on steps are saved together, when [`PatrolStore::flush`] is called, and not before: a program that dies loses them.
    pub fn gather(&mut self) {
        self.gathering.on = true;
    }

    /// How long the oldest step waits that is not saved yet.
    pub fn unsaved(&self) -> Option<Duration> {
        self.gathering.since.map(|since| since.elapsed())
    }

    /// Saves what was gathered.
    ///
    /// # Errors
    /// When nothing of it could be saved.
    pub fn flush(&mut self) -> Result<(), StoreError> {
        if self.gathering.since.take().is_none() {
            return Ok(());
        }
        self.db.execute_batch("COMMIT").map_err(|why| self.undo(why))
    }

    /// Saves what was gathered; from now on every step is saved at once again.
    ///
    /// # Errors
    /// When nothing of it could be saved.
    pub fn scatter(&mut self) -> Result<(), StoreError> {
        self.gathering.on = false;
        self.flush()
    }

    pub(crate) fn is_gathering(&self) -> bool {
        self.gathering.on
    }

    /// Takes a step without saving it. A step that fails takes all with it that were gathered: what is half done is not kept.
    pub(crate) fn gathered<T>(
        &mut self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        if self.gathering.since.is_none() {
            self.db.execute_batch("BEGIN IMMEDIATE").map_err(|why| StoreError::new(&self.path, why))?;
            self.gathering.since = Some(Instant::now());
        }
        work(&self.db).map_err(|why| self.undo(why))
    }

    fn undo(&mut self, why: rusqlite::Error) -> StoreError {
        self.gathering.since = None;
        // SQLite may have undone it already.
        let _undone = self.db.execute_batch("ROLLBACK");
        StoreError::new(&self.path, why)
    }
}

#[cfg(test)]
mod tests {
    use crate::{PatrolStore, SavedVerdict};
    use std::path::Path;

    fn save(store: &mut PatrolStore, key: &str) {
        let saved =
            SavedVerdict { verdict: "{}".to_owned(), provider: "p".to_owned(), model: "m".to_owned() };
        store.save_verdict(key, &saved, "m", "t").unwrap();
    }

    fn is_saved(path: &Path, key: &str) -> bool {
        PatrolStore::open(path).unwrap().verdict(key).unwrap().is_some()
    }

    #[test]
    fn what_was_gathered_is_saved_together_and_by_a_flush_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("patrol_state.db");
        let mut store = PatrolStore::open(&path).unwrap();
        store.gather();
        assert!(store.unsaved().is_none());
        save(&mut store, "a");
        save(&mut store, "b");
        assert!(store.unsaved().is_some());
        assert!(store.verdict("a").unwrap().is_some(), "a step is not seen by the next");
        assert!(!is_saved(&path, "a"));
        store.flush().unwrap();
        assert!(store.unsaved().is_none() && is_saved(&path, "a") && is_saved(&path, "b"));
        save(&mut store, "c");
        drop(store);
        assert!(!is_saved(&path, "c"));
        let mut store = PatrolStore::open(&path).unwrap();
        store.gather();
        save(&mut store, "d");
        store.scatter().unwrap();
        save(&mut store, "e");
        assert!(is_saved(&path, "d") && is_saved(&path, "e"));
    }

    #[test]
    fn a_step_that_fails_leaves_nothing_half_done() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("patrol_state.db");
        let mut store = PatrolStore::open(&path).unwrap();
        store.gather();
        save(&mut store, "a");
        assert!(store.step(|step| step.execute_batch("INSERT INTO nowhere VALUES (1)")).is_err());
        assert!(store.unsaved().is_none() && store.verdict("a").unwrap().is_none());
        save(&mut store, "b");
        store.flush().unwrap();
        assert!(is_saved(&path, "b") && !is_saved(&path, "a"));
    }
}
