//! Our own log file, `…-sync.json`: what was found wrong, as `sentrix_gap` events that the patrol reads like any other.

use crate::error::TransferError;
use crate::fault::{Fault, Kind};
use sentrix_record::fs::{At, Fs};
use sentrix_record::log::{Batch, LogFile, LogName};
use sentrix_record::{GapReason, GapSource, gap_event};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// The label in our own log file's name. No file of this label is taken from a source.
pub const LABEL: &str = "sync";

/// Our own log file, made when there is something to say.
pub struct Gaps<F: Fs> {
    fs: F,
    dir: PathBuf,
    log: Option<LogFile<F>>,
}

impl<F: Fs> Gaps<F> {
    /// Nothing is opened or made yet.
    pub fn new(fs: &F, dir: &Path) -> Self {
        Self { fs: fs.clone(), dir: dir.to_owned(), log: None }
    }

    /// Records a fault, durably.
    pub fn record(&mut self, fault: &Fault, now: SystemTime) -> Result<(), TransferError> {
        let reason = if fault.kind == Kind::Oversized { GapReason::Oversized } else { GapReason::Tampered };
        self.add(reason, &fault.file, fault.offset, &fault.to_string(), now)
    }

    /// Records that a file was removed before all of it was copied, durably.
    pub fn removed(&mut self, name: &LogName, copied: u64, now: SystemTime) -> Result<(), TransferError> {
        let detail = "removed by the source's retention before it was copied to its end";
        self.add(GapReason::Deleted, name.as_str(), copied, detail, now)
    }

    fn add(
        &mut self,
        reason: GapReason,
        file: &str,
        offset: u64,
        detail: &str,
        now: SystemTime,
    ) -> Result<(), TransferError> {
        let source = GapSource { file, offset, bytes: None, blake3: None, reject: None };
        let event = gap_event(now, reason, &source, detail);
        let mut log = match self.log.take() {
            Some(log) => log,
            None => self.open(now)?,
        };
        let mut batch = Batch::new();
        batch.push(&event);
        log.append(&mut batch)?;
        log.sync()?;
        self.log = Some(log);
        Ok(())
    }

    fn open(&self, now: SystemTime) -> Result<LogFile<F>, TransferError> {
        let names = self.fs.list(&self.dir).at("list", &self.dir)?;
        let names: Vec<LogName> = names.iter().filter_map(|name| name.to_str()?.parse().ok()).collect();
        let newest = names.iter().filter(|name| name.label() == Some(LABEL)).max();
        Ok(match newest {
            Some(newest) => LogFile::open_for_append(&self.fs, &self.dir, newest.clone(), None)?.0,
            None => LogFile::create(&self.fs, &self.dir, LogName::next(now, Some(LABEL), &names))?,
        })
    }
}
