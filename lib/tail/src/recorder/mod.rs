//! The record: the open log file, its rotation, the manifest, retention and rejects of one log directory.

mod gap;
mod open;

pub use gap::Place;

use crate::checkpoint::Output;
use crate::error::TailError;
use crate::options::Options;
use sentrix_record::fs::{At, Fs};
use sentrix_record::log::{Batch, Closed, LogFile, LogName};
use sentrix_record::manifest::{self, Manifest};
use sentrix_record::{GapReason, Lock, Rejects, atomic};
use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// The lock's name in a log directory.
pub const LOCK: &str = ".sentrix_collect.lock";
/// The folder for what could not be read as events.
pub const REJECTS: &str = "rejects";

/// How many bytes of rejects are kept.
const REJECTS_LIMIT: u64 = 64 << 20;
/// Events are gathered up to this length before they are written.
const BATCH: u64 = 256 * 1024;
/// Events from this length on are written alone, without being copied.
const LARGE: usize = 1 << 20;

/// The record of one log directory, which is locked as long as it lives.
pub struct Recorder<F: Fs> {
    fs: F,
    dir: PathBuf,
    options: Options,
    lock: Lock<F>,
    manifest: Manifest<F>,
    rejects: Rejects<F>,
    log: Option<Current<F>>,
    /// The latest name that a log file has, once it was looked for.
    newest: Option<LogName>,
    /// Closed, but not in the manifest yet, because the disk was full.
    unlisted: Option<Closed>,
    /// The newest log file that is closed.
    last: Option<Output>,
    batch: Batch,
    /// What comes behind the batch: rejects that could not be kept yet, because the disk was full, and what followed them.
    queue: VecDeque<Queued>,
    full: bool,
    unsynced: u64,
}

/// The open log file.
struct Current<F: Fs> {
    file: LogFile<F>,
    since: Instant,
    id: (u64, u64),
}

/// What waits for room on the disk.
#[derive(Debug)]
enum Queued {
    Event(Vec<u8>),
    Reject { bytes: Vec<u8>, reason: GapReason, place: Place, detail: String },
}

impl<F: Fs> Recorder<F> {
    /// Opens a log directory, made when missing, and locks it. Says whether the manifest's end was torn.
    ///
    /// # Errors
    /// When it is locked by another, cannot be used, or its manifest's chain does not hold.
    pub fn open(fs: &F, dir: &Path, options: Options) -> Result<(Self, bool), TailError> {
        fs.make_dir(dir).at("create directory", dir)?;
        let lock = Lock::acquire(fs, &dir.join(LOCK))?;
        atomic::sweep(fs, dir)?;
        let (manifest, torn) = Manifest::open(fs, &dir.join(manifest::FILE))?;
        let rejects = Rejects::open(fs, &dir.join(REJECTS), REJECTS_LIMIT)?;
        let recorder = Self {
            fs: fs.clone(),
            dir: dir.to_owned(),
            options,
            lock,
            manifest,
            rejects,
            log: None,
            newest: None,
            unlisted: None,
            last: None,
            batch: Batch::new(),
            queue: VecDeque::new(),
            full: false,
            unsynced: 0,
        };
        Ok((recorder, torn.is_some()))
    }

    /// Opens the directory again after it, or something in it, was removed. What was not written yet is kept.
    ///
    /// # Errors
    /// As [`Recorder::open`].
    pub fn reopen(&mut self) -> Result<(), TailError> {
        self.fs.make_dir(&self.dir).at("create directory", &self.dir)?;
        if self.is_missing(self.lock.path()) {
            self.lock = Lock::acquire(&self.fs, &self.dir.join(LOCK))?;
        }
        (self.manifest, _) = Manifest::open(&self.fs, &self.dir.join(manifest::FILE))?;
        self.rejects = Rejects::open(&self.fs, &self.dir.join(REJECTS), REJECTS_LIMIT)?;
        (self.log, self.newest, self.last, self.unlisted) = (None, None, None, None);
        Ok(())
    }

    /// Whether the directory, or the open log file, was removed from under us.
    pub fn is_gone(&self) -> bool {
        let log_is_gone = || {
            self.log.as_ref().is_some_and(|log| {
                let path = self.dir.join(log.file.name().as_str());
                self.fs.stat(&path).map_or_else(
                    |error| error.kind() == std::io::ErrorKind::NotFound,
                    |stat| (stat.dev, stat.ino) != log.id,
                )
            })
        };
        self.is_missing(self.lock.path()) || log_is_gone()
    }

    fn is_missing(&self, path: &Path) -> bool {
        self.fs.stat(path).is_err_and(|error| error.kind() == std::io::ErrorKind::NotFound)
    }

    /// The newest log file as it is now.
    pub fn output(&self) -> Option<Output> {
        let open = self.log.as_ref().map(|log| Output {
            file: log.file.name().to_string(),
            bytes: log.file.len(),
            events: log.file.events(),
        });
        open.or_else(|| self.last.clone())
    }

    /// Adds an event, verbatim; it is visible at the latest after [`Recorder::flush`]. A full disk is no error here: the
    /// event is kept, and [`Recorder::is_full`] says so.
    ///
    /// # Errors
    /// When the record cannot be written for another reason.
    pub fn push(&mut self, event: &[u8]) -> Result<(), TailError> {
        if !self.queue.is_empty() {
            self.queue.push_back(Queued::Event(event.to_vec()));
            return Ok(());
        }
        let pushed = self.try_push(event);
        self.note_full(pushed)
    }

    /// The event is in the log file or in the batch afterwards, whatever happens.
    fn try_push(&mut self, event: &[u8]) -> Result<(), TailError> {
        if event.len() >= LARGE {
            return self.push_large(event);
        }
        self.batch.push(event);
        if self.batch.len() as u64 >= self.room() { self.write_batch() } else { Ok(()) }
    }

    fn push_large(&mut self, event: &[u8]) -> Result<(), TailError> {
        let written = self.write_batch().and_then(|()| Ok(self.writable()?.file.append_one(event)?));
        match written {
            Ok(()) => self.wrote(event.len() as u64),
            Err(error) => {
                self.batch.push(event);
                Err(error)
            }
        }
    }

    /// Takes note of a full disk, and lets every other error pass.
    fn note_full(&mut self, done: Result<(), TailError>) -> Result<(), TailError> {
        match done {
            Err(error) if error.is_full() => {
                self.full = true;
                Ok(())
            }
            done => done,
        }
    }

    /// Whether the disk was full at the last attempt: nothing should be added before a flush succeeds.
    pub fn is_full(&self) -> bool {
        self.full
    }

    /// How much may be gathered before it is written.
    fn room(&self) -> u64 {
        let length = self.log.as_ref().map_or(0, |log| log.file.len());
        self.options.rotate_bytes.map_or(BATCH, |limit| limit.saturating_sub(length).min(BATCH))
    }

    /// Writes what was gathered.
    ///
    /// # Errors
    /// When it cannot be written; it is kept.
    pub fn flush(&mut self) -> Result<(), TailError> {
        self.write_batch()?;
        while let Some(queued) = self.queue.pop_front() {
            match queued {
                Queued::Event(event) => self.try_push(&event)?,
                Queued::Reject { bytes, reason, place, detail } => match self.rejects.keep(&bytes) {
                    Ok(kept) => {
                        let place = Place { blake3: Some(kept.blake3), ..place };
                        let event = self.gap_of(reason, &place, kept.file.as_deref(), &detail);
                        self.try_push(&event)?;
                    }
                    Err(error) => {
                        self.queue.push_front(Queued::Reject { bytes, reason, place, detail });
                        return Err(error.into());
                    }
                },
            }
        }
        self.write_batch()?;
        self.full = false;
        Ok(())
    }

    fn write_batch(&mut self) -> Result<(), TailError> {
        let length = self.batch.len() as u64;
        if length == 0 {
            return Ok(());
        }
        self.writable()?;
        if let Some(log) = &mut self.log {
            log.file.append(&mut self.batch)?;
        }
        self.wrote(length)
    }

    fn wrote(&mut self, length: u64) -> Result<(), TailError> {
        self.unsynced += length;
        let full = |log: &Current<F>| self.options.rotate_bytes.is_some_and(|limit| log.file.len() >= limit);
        if self.log.as_ref().is_some_and(full) { self.rotate() } else { Ok(()) }
    }

    /// The open log file; a new one when there is none, and never before the last one is in the manifest.
    fn writable(&mut self) -> Result<&mut Current<F>, TailError> {
        self.list_closed()?;
        let log = match self.log.take() {
            Some(log) => log,
            None => self.create()?,
        };
        Ok(self.log.insert(log))
    }

    /// Closes the open log file when it is old enough and holds an event.
    ///
    /// # Errors
    /// As [`Recorder::rotate`].
    pub fn rotate_when_due(&mut self) -> Result<(), TailError> {
        let due = |log: &Current<F>| {
            !log.file.is_empty()
                && self.options.rotate_after.is_some_and(|after| log.since.elapsed() >= after)
        };
        if self.log.as_ref().is_some_and(due) { self.rotate() } else { Ok(()) }
    }

    /// Closes the open log file, if it holds an event, lists it in the manifest, and removes what retention lets go.
    ///
    /// # Errors
    /// When a step fails. After a full disk the rest is done by the next call of any method that writes.
    pub fn rotate(&mut self) -> Result<(), TailError> {
        // Not `flush`: that may end in a rotation, and in this one.
        if !self.batch.is_empty() {
            self.writable()?;
            if let Some(log) = &mut self.log {
                log.file.append(&mut self.batch)?;
            }
        }
        if self.log.as_ref().is_some_and(|log| !log.file.is_empty())
            && let Some(log) = self.log.take()
        {
            let closed = log.file.close()?;
            self.last =
                Some(Output { file: closed.name.to_string(), bytes: closed.bytes, events: closed.events });
            self.unlisted = Some(closed);
            self.unsynced = 0;
        }
        self.list_closed()
    }

    fn list_closed(&mut self) -> Result<(), TailError> {
        if let Some(closed) = &self.unlisted {
            self.manifest.append(closed)?;
            self.unlisted = None;
            self.retain()?;
        }
        Ok(())
    }

    /// Removes closed files until the limits hold.
    ///
    /// # Errors
    /// When the manifest or a file cannot be written.
    pub fn retain(&mut self) -> Result<(), TailError> {
        let open = self.log.as_ref().map(|log| log.file.len());
        for expired in self.manifest.expired(&self.options.retention, open) {
            self.manifest.remove(&expired.name, (self.options.now)())?;
        }
        Ok(())
    }

    /// Whether everything that was pushed is in the log file.
    pub fn is_flushed(&self) -> bool {
        self.batch.is_empty() && self.queue.is_empty()
    }

    /// Forgets what was pushed and not written: it will be read from the source again.
    pub fn forget(&mut self) {
        self.batch.clear();
        self.queue.clear();
    }

    /// Bytes written since the last sync.
    pub fn unsynced(&self) -> u64 {
        self.unsynced
    }

    /// Writes what was gathered and makes it durable.
    ///
    /// # Errors
    /// When that fails.
    pub fn sync(&mut self) -> Result<(), TailError> {
        self.flush()?;
        if let Some(log) = &mut self.log {
            log.file.sync()?;
        }
        self.unsynced = 0;
        Ok(())
    }

    /// The directory.
    pub fn dir(&self) -> &Path {
        &self.dir
    }
}
