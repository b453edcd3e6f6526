//! Handing on events that were copied, each once.

use crate::error::TransferError;
use crate::journal::Journal;
use sentrix_record::fs::{At, Fs, Open, Reader};
use sentrix_record::log::{Entries, LogName};
use std::collections::BTreeMap;
use std::io;
use std::path::Path;

/// Where new events go.
pub trait Sink {
    /// Takes an event, on one line.
    ///
    /// # Errors
    /// When it cannot be handed on.
    fn event(&mut self, event: &[u8]) -> io::Result<()>;

    /// Hands on what was taken. Events count as emitted once this has succeeded.
    ///
    /// # Errors
    /// When it cannot be handed on.
    fn flush(&mut self) -> io::Result<()>;
}

/// Progress is noted at least after so many bytes: no more are emitted twice after a death.
const BATCH: u64 = 32 << 10;

/// Emits what is in log files and was not emitted yet.
pub struct Emitter<F: Fs> {
    fs: F,
    journal: Journal<F>,
    /// How long files were when all of them had been emitted.
    done: BTreeMap<LogName, u64>,
}

impl<F: Fs> Emitter<F> {
    /// Takes up where the last one stopped.
    pub fn open(fs: &F, dir: &Path) -> Result<Self, TransferError> {
        Ok(Self { fs: fs.clone(), journal: Journal::open(fs, dir)?, done: BTreeMap::new() })
    }

    /// Emits what is new in a file. What is no event is passed over in a complete file; in one that still grows it may
    /// become one, so nothing behind it is emitted before.
    pub fn emit(
        &mut self,
        dir: &Path,
        name: &LogName,
        complete: bool,
        sink: &mut dyn Sink,
    ) -> Result<(), TransferError> {
        let path = dir.join(name.as_str());
        let Ok(stat) = self.fs.stat(&path) else { return Ok(()) };
        if self.done.get(name) == Some(&stat.len) {
            return Ok(());
        }
        let file = self.fs.open(&path, Open::Read).at("open", &path)?;
        let noted = self.journal.offset(name.as_str());
        let (mut from, mut upto) = (noted, noted);
        let mut whole = true;
        let mut entries = Entries::at(Reader::new(&file, noted), noted);
        while let Some(entry) = entries.next() {
            let entry = match entry {
                Ok(entry) => entry,
                Err(_) if complete => continue,
                Err(_) => {
                    whole = false;
                    break;
                }
            };
            sink.event(&entry.line()).map_err(TransferError::Sink)?;
            upto = entry.end;
            if upto - from >= BATCH {
                sink.flush().map_err(TransferError::Sink)?;
                self.journal.note(name.as_str(), upto)?;
                from = upto;
            }
        }
        if upto > from {
            sink.flush().map_err(TransferError::Sink)?;
            self.journal.note(name.as_str(), upto)?;
        }
        if upto > noted {
            self.journal.sync()?;
        }
        if whole {
            self.done.insert(name.clone(), stat.len);
        }
        Ok(())
    }
}
