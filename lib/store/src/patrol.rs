//! The patrol's database.

use crate::gather::Gathering;
use crate::progress::{FileProgress, SavedRun, save_file, save_runs};
use crate::{Pending, Place, SavedLedger, StoreError, flags, ledger, legacy, pending, schema};
use rusqlite::{Connection, OptionalExtension, Params, Row, TransactionBehavior, params};
use sentrix_record::{Flag, Severity};
use std::path::{Path, PathBuf};

/// Who reviews. Each has a place of its own in the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Judge {
    /// Rules alone.
    Rules,
    /// Rules first, then models.
    Models,
}

impl Judge {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Rules => "rules",
            Self::Models => "models",
        }
    }
}

/// What reviewed a turn. Only another version of it reopens the turn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// Who.
    pub judge: Judge,
    /// The rules.
    pub ruleset: String,
    /// `rules`, or provider and model that are asked.
    pub model: String,
}

/// A turn that was reviewed.
#[derive(Debug, Clone)]
pub struct Reviewed {
    /// Its name.
    pub run_id_ts: String,
    /// Its content.
    pub blake3: String,
    /// Name of the log file.
    pub source_file: String,
    /// What it came to.
    pub status: Severity,
    /// The flag, when it came to more than `CLEAN`.
    pub flag: Option<Flag>,
    /// Provider and model that really answered; `None` for rules.
    pub answered: Option<String>,
}

/// What one step of a sweep did: saved whole or not at all.
#[derive(Debug, Default)]
pub struct Batch {
    /// Turns that got a verdict.
    pub reviewed: Vec<Reviewed>,
    /// Turns that wait for the judges.
    pub pending: Vec<Pending>,
    /// Where the last of them stands.
    pub latest: Option<Place>,
    /// How far files have been read.
    pub files: Vec<FileProgress>,
    /// The runs that are open now; `None` leaves them as they are.
    pub open_runs: Option<Vec<SavedRun>>,
    /// What waits for its counterpart now; `None` leaves it as it is.
    pub ledger: Option<SavedLedger>,
}

/// The patrol's database, open for writing.
#[derive(Debug)]
pub struct PatrolStore {
    pub(crate) db: Connection,
    pub(crate) path: PathBuf,
    /// Who is to be told of a new flag.
    pub(crate) channels: Vec<String>,
    pub(crate) gathering: Gathering,
}

impl PatrolStore {
    /// Opens the database, makes it, or brings an older one (the Python version's too) up to date.
    ///
    /// # Errors
    /// [`StoreError`]: damaged, written by a newer version, locked, read-only.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        Ok(Self {
            db: schema::open(path)?,
            path: path.to_owned(),
            channels: Vec::new(),
            gathering: Gathering::default(),
        })
    }

    /// Saves one step of a sweep in one transaction. Returns how many flags are new.
    ///
    /// A flag that is there already is replaced only by a more severe one, and then delivered again under its id; a turn that the
    /// Python version flagged at least as severely is not flagged a second time.
    ///
    /// # Errors
    /// When nothing of it could be saved.
    pub fn save(&mut self, batch: &Batch, version: &Version, now: &str) -> Result<usize, StoreError> {
        let path = &self.path;
        let channels = &self.channels;
        let save = || {
            let step = self.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let mut new = 0;
            for turn in &batch.reviewed {
                if let Some(flag) = &turn.flag
                    && !legacy::flagged(&step, &turn.run_id_ts, turn.status)?
                {
                    new += usize::from(flags::insert(&step, flag, channels)?);
                }
                mark(&step, turn, version, now)?;
            }
            for turn in &batch.pending {
                if let Some(flag) = &turn.flag
                    && !legacy::flagged(&step, &turn.run_id_ts, turn.severity)?
                {
                    new += usize::from(flags::insert(&step, flag, channels)?);
                }
                pending::insert(&step, turn, version)?;
            }
            if let Some(place) = &batch.latest {
                pending::save_latest(&step, version.judge, place)?;
            }
            for file in &batch.files {
                save_file(&step, version.judge.as_str(), file)?;
            }
            if let Some(runs) = &batch.open_runs {
                save_runs(&step, version.judge.as_str(), runs)?;
            }
            if let Some(ledger) = &batch.ledger {
                ledger::save(&step, version.judge.as_str(), ledger)?;
            }
            step.commit()?;
            Ok(new)
        };
        let mut save = save;
        save().map_err(|why| StoreError::new(path, why))
    }

    /// What the turn came to, when this version has reviewed it.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn reviewed(
        &self,
        run_id_ts: &str,
        blake3: &str,
        version: &Version,
    ) -> Result<Option<String>, StoreError> {
        self.db
            .prepare_cached(
                "SELECT status FROM reviewed
                 WHERE run_id_ts = ? AND blake3 = ? AND judge = ? AND ruleset_version = ? AND asked = ?",
            )
            .and_then(|mut row| {
                let judge = version.judge.as_str();
                row.query_row(params![run_id_ts, blake3, judge, version.ruleset, version.model], |row| {
                    row.get(0)
                })
                .optional()
            })
            .map_err(|why| StoreError::new(&self.path, why))
    }

    /// Reads all rows of a query.
    pub(crate) fn rows<T, C: FromIterator<T>>(
        &self,
        sql: &str,
        params: impl Params,
        row: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<C, StoreError> {
        self.db
            .prepare_cached(sql)
            .and_then(|mut query| query.query_map(params, row)?.collect())
            .map_err(|why| StoreError::new(&self.path, why))
    }
}

pub(crate) fn mark(step: &Connection, turn: &Reviewed, version: &Version, now: &str) -> rusqlite::Result<()> {
    let status = turn.status.as_str();
    let answered = turn.answered.as_ref().unwrap_or(&version.model);
    step.prepare_cached("INSERT OR REPLACE INTO reviewed VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)")?.execute(
        params![
            turn.run_id_ts,
            turn.blake3,
            version.judge.as_str(),
            status,
            now,
            version.ruleset,
            answered,
            version.model,
            turn.source_file,
        ],
    )?;
    // What another model, or the Python version, said of a turn stays: it is theirs to change. Rules give way to models.
    step.prepare_cached(
        "INSERT INTO cleared VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (run_id_ts) DO UPDATE
         SET status = ?2, reviewed_at = ?3, ruleset_version = ?4, model_version = ?5
         WHERE model_version IN (?5, 'rules')",
    )?
    .execute(params![turn.run_id_ts, status, now, version.ruleset, answered])?;
    Ok(())
}
