//! The log directory, and what the police keep in it.

use crate::args::Place;
use sentrix_cli::{Failure, note};
use sentrix_record::fs::StdFs;
use sentrix_record::{Lock, LockError};
use sentrix_store::{PoliceStore, StoreError};
use std::path::PathBuf;

/// The flags that the patrol raised.
pub const FLAGS: &str = "patrol_flags.jsonl";

impl Place {
    /// The database.
    pub fn database(&self) -> PathBuf {
        self.log_dir.join("police.db")
    }

    /// The directory of the reports.
    pub fn reports(&self) -> PathBuf {
        self.log_dir.join("reports")
    }

    /// The flags.
    pub fn flags(&self) -> PathBuf {
        self.log_dir.join(FLAGS)
    }

    /// Fails when there is no such directory.
    pub fn check(&self) -> Result<(), Failure> {
        if self.log_dir.is_dir() {
            return Ok(());
        }
        Err(Failure::usage(format!("there is no log directory {}", self.log_dir.display()))
            .next("name it with --log-dir or SENTRIX_LOG_DIR"))
    }

    /// The database, open for writing.
    pub fn open(&self) -> Result<PoliceStore, Failure> {
        self.check()?;
        PoliceStore::open(&self.database()).map_err(store_failure)
    }

    /// The database, open for reading; `None` when there is none yet.
    pub fn read(&self) -> Result<Option<PoliceStore>, Failure> {
        self.check()?;
        let path = self.database();
        if !path.exists() {
            note(format_args!(
                "no case in {} yet; `sentrix-police` investigates what was flagged",
                self.log_dir.display()
            ));
            return Ok(None);
        }
        PoliceStore::read(&path).map(Some).map_err(store_failure)
    }

    /// The right to investigate here; `None` when another has it.
    pub fn lock(&self) -> Result<Option<Lock<StdFs>>, Failure> {
        self.check()?;
        let path = self.log_dir.join("police.lock");
        match Lock::acquire(&StdFs, &path) {
            Ok(lock) => Ok(Some(lock)),
            Err(LockError::Held { pid, .. }) => {
                let who = pid.map(|pid| format!(" (process {pid})")).unwrap_or_default();
                note(format_args!(
                    "another sentrix-police{who} is at work in {}; nothing to do here",
                    self.log_dir.display()
                ));
                Ok(None)
            }
            Err(error) => Err(Failure::environment(format!("cannot lock {}", path.display())).because(error)),
        }
    }
}

/// What to do about a database that cannot be used.
pub fn store_failure(error: StoreError) -> Failure {
    const WHAT: &str = "cannot use the police's database";
    match &error {
        StoreError::Corrupt { path, .. } => {
            let aside = format!(
                "nothing was changed; look at it, or move it aside (mv {0} {0}.damaged): the cases stand in reports/ too",
                path.display()
            );
            Failure::integrity(WHAT).because(&error).next(aside)
        }
        StoreError::Newer { .. } => {
            Failure::environment(WHAT).because(&error).next("use the newer sentrix-police")
        }
        StoreError::Sqlite { .. } => Failure::environment(WHAT)
            .because(&error)
            .next("what was not saved is investigated again; try again when the cause is gone"),
    }
}
