//! The copies of log files: growing ones, event by event, and closed ones, whole.

use crate::error::TransferError;
use crate::fault::{Fault, Kind};
use crate::layout::Layout;
use crate::local::{Compared, compare, first_difference};
use crate::source::Source;
use crate::walk::{Step, Walk};
use blake3::Hasher;
use sentrix_record::fs::{At, Error, Fs, FsFile, Open, PRIVATE};
use sentrix_record::log::{Batch, CLOSING, Closed, LogError, LogFile, LogName, OPENING};
use sentrix_record::manifest::Listed;
use std::collections::BTreeMap;
use std::io::{self, ErrorKind, IoSlice};
use std::ops::Range;
use std::path::{Path, PathBuf};

/// How many bytes before the end of a copy are compared before anything is added to it.
const TAIL: u64 = 4096;
/// Events are gathered up to this length before they are written.
const BATCH: usize = 256 << 10;
/// Events from this length on are written alone, without being copied.
const LARGE: usize = 1 << 20;
const CLOSED: u64 = CLOSING.len() as u64;

/// Why work on one file ended.
#[derive(Debug)]
pub enum Stop {
    /// The source contradicts the copy, or itself.
    Fault(Fault),
    /// The source's file cannot be read.
    Unreadable(io::Error),
    /// Something is wrong on our side.
    Ours(TransferError),
}

impl<E: Into<TransferError>> From<E> for Stop {
    fn from(error: E) -> Self {
        Self::Ours(error.into())
    }
}

/// The copies in a log directory.
pub struct Copies<F: Fs> {
    fs: F,
    dir: PathBuf,
    stage: PathBuf,
    open: BTreeMap<LogName, Growing<F>>,
}

struct Growing<F: Fs> {
    log: LogFile<F>,
    /// What the source's listing said when the copy was last brought up to date; none: nothing was compared yet.
    marker: Option<String>,
}

impl<F: Fs> Copies<F> {
    /// The copies in a directory; closed files are gathered in `stage` first.
    pub fn new(fs: &F, dir: &Path, stage: PathBuf) -> Self {
        Self { fs: fs.clone(), dir: dir.to_owned(), stage, open: BTreeMap::new() }
    }

    /// Where a copy is.
    pub fn path(&self, name: &LogName) -> PathBuf {
        self.dir.join(name.as_str())
    }

    /// Whether a copy is there.
    pub fn exists(&self, name: &LogName) -> Result<bool, Error> {
        let path = self.path(name);
        match self.fs.stat(&path) {
            Ok(_) => Ok(true),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error).at("stat", &path),
        }
    }

    /// Whether the source has not changed since a copy was brought up to date.
    pub fn is_current(&self, name: &LogName, marker: &str) -> bool {
        self.open.get(name).is_some_and(|growing| growing.marker.as_deref() == Some(marker))
    }

    /// Takes up a copy that is there.
    fn take_up(&mut self, name: &LogName) -> Result<Option<&mut Growing<F>>, Stop> {
        if !self.open.contains_key(name) {
            if !self.exists(name)? {
                return Ok(None);
            }
            let log = match LogFile::open_for_append(&self.fs, &self.dir, name.clone(), None) {
                Ok((log, _)) => log,
                Err(LogError::Foreign { offset, .. }) => {
                    return Err(Stop::Fault(Fault::at(name.as_str(), Kind::Taken, offset)));
                }
                Err(error) => return Err(error.into()),
            };
            self.open.insert(name.clone(), Growing { log, marker: None });
        }
        Ok(self.open.get_mut(name))
    }

    /// Brings the copy of a growing file up to date: whole events that were added. `other` is what a difference means.
    pub fn follow<S: Source>(
        &mut self,
        source: &mut S,
        name: &LogName,
        marker: &str,
        max: u64,
        other: Kind,
    ) -> Result<bool, Stop> {
        let path = self.path(name);
        if self.take_up(name)?.is_none() {
            if !is_begun(source, name)? {
                return Ok(false);
            }
            let log = LogFile::create(&self.fs, &self.dir, name.clone())?;
            self.open.insert(name.clone(), Growing { log, marker: None });
        }
        let Some(growing) = self.open.get_mut(name) else { return Ok(false) };
        let from = growing.log.len() - CLOSED;
        // The whole of it after a restart; later, what stands just before the place where events are added.
        let begin = if growing.marker.is_none() { 0 } else { from.saturating_sub(TAIL) };
        match compare(&self.fs, &path, source, name.as_str(), begin, from)? {
            Compared::Same => {}
            Compared::Differs(at) => return Err(Stop::Fault(Fault::at(name.as_str(), other, at))),
            Compared::Ends(at) => return Err(Stop::Fault(Fault::at(name.as_str(), Kind::Cut, at))),
        }
        if source.read(name.as_str(), from, &mut [0; CLOSING.len()]).map_err(Stop::Unreadable)?
            < CLOSING.len()
        {
            // Just made: the closing follows.
            let fault = Fault::at(name.as_str(), Kind::Cut, from);
            return if growing.log.is_empty() { Ok(false) } else { Err(Stop::Fault(fault)) };
        }
        let grown = growing.add(source, name, max);
        growing.log.sync()?;
        let grown = grown?;
        growing.marker = Some(marker.to_owned());
        Ok(grown)
    }

    /// Makes the copy of a closed file complete, and says what our manifest has to say about it. The source's bytes are
    /// all read, whatever is here already: they must be those that its manifest lists, and begin with the copy.
    pub fn complete<S: Source>(
        &mut self,
        source: &mut S,
        name: &LogName,
        listed: &Listed,
        other: Kind,
    ) -> Result<Closed, Stop> {
        let (prefix, whole) = match self.take_up(name)? {
            Some(growing) => (growing.log.len() - CLOSED, growing.log.len() == listed.bytes),
            None => (0, false),
        };
        let path = self.path(name);
        let mut check = Check {
            name,
            listed,
            other,
            prefix,
            ours: (prefix > 0).then(|| self.fs.open(&path, Open::Read)).transpose().at("open", &path)?,
            hasher: Hasher::new(),
            offset: 0,
            buffer: Vec::new(),
        };
        let staged = if whole { None } else { Some(self.stage()?) };
        let walked = check.walk(source, &self.stage, staged.as_ref());
        if let (Ok(()), Some(file)) = (&walked, &staged) {
            file.write_all_at(&mut [IoSlice::new(CLOSING)], check.offset).at("write", &self.stage)?;
            file.sync().at("sync", &self.stage)?;
        }
        drop(staged);
        if walked.is_err() && !whole {
            // What could not be verified is not kept; if it stays, the next attempt removes it.
            let _left_behind = self.fs.remove(&self.stage);
        }
        walked?;
        if !whole {
            self.fs.rename(&self.stage, &path).at("place", &path)?;
            self.fs.sync_dir(&self.dir).at("sync directory", &self.dir)?;
        }
        self.open.remove(name);
        Ok(Closed {
            name: name.clone(),
            bytes: listed.bytes,
            events: listed.events,
            first_ts: listed.first_ts,
            last_ts: listed.last_ts,
            blake3: check.hasher.finalize(),
        })
    }

    fn stage(&self) -> Result<F::File, Error> {
        match self.fs.remove(&self.stage) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error).at("remove", &self.stage),
            _ => {}
        }
        self.fs.open(&self.stage, Open::CreateNew(PRIVATE)).at("create", &self.stage)
    }

    /// Compares a complete copy with what the source holds under its name now.
    pub fn audit<S: Source>(&self, source: &mut S, name: &LogName, size: u64) -> Result<(), Stop> {
        if !self.exists(name)? {
            return Ok(());
        }
        let path = self.path(name);
        let len = self.fs.stat(&path).at("stat", &path)?.len;
        let fault = |kind, at| Err(Stop::Fault(Fault::at(name.as_str(), kind, at)));
        match compare(&self.fs, &path, source, name.as_str(), 0, len)? {
            Compared::Same if size > len => fault(Kind::Rewritten, len),
            Compared::Same => Ok(()),
            Compared::Differs(at) => fault(Kind::Rewritten, at),
            Compared::Ends(at) => fault(Kind::Cut, at),
        }
    }

    /// Ends a copy as it is: nothing will be added to it.
    pub fn close(&mut self, name: &LogName) -> Result<Option<Closed>, Stop> {
        match self.take_up(name) {
            // Not laid out as ours are: it is somebody else's, and stays as it is.
            Ok(None) | Err(Stop::Fault(_)) => return Ok(None),
            Ok(Some(_)) => {}
            Err(error) => return Err(error),
        }
        Ok(self.open.remove(name).map(|growing| growing.log.close()).transpose()?)
    }
}

/// Whether a file begins as a log file does; false while a collector is just making it, or a crash left a hole there.
fn is_begun<S: Source>(source: &mut S, name: &LogName) -> Result<bool, Stop> {
    let mut start = [0; OPENING.len()];
    let read = source.read(name.as_str(), 0, &mut start).map_err(Stop::Unreadable)?;
    if start == OPENING {
        return Ok(true);
    }
    let hole = start.iter().all(|byte| *byte == 0);
    if hole || OPENING.starts_with(&start[..read]) {
        return Ok(false);
    }
    Err(Stop::Fault(Fault::at(name.as_str(), Kind::Foreign, 0)))
}

impl<F: Fs> Growing<F> {
    /// Adds what the source has behind the copy.
    fn add<S: Source>(&mut self, source: &mut S, name: &LogName, max: u64) -> Result<bool, Stop> {
        let before = self.log.events();
        let mut walk =
            Walk::new(source, name.as_str(), self.log.len() - CLOSED, Layout::behind(self.log.events()));
        loop {
            match walk.step().map_err(Stop::Unreadable)? {
                Step::Events(bytes, events) => self.append(bytes, events)?,
                Step::Closing | Step::Partial => return Ok(self.log.events() > before),
                Step::Foreign(at) => {
                    let mut byte = [0];
                    let read = source.read(name.as_str(), at, &mut byte).map_err(Stop::Unreadable)?;
                    // Zeros are a hole that a crash left; the collector will cut it off.
                    if read == 0 || byte == [0] {
                        return Ok(self.log.events() > before);
                    }
                    return Err(Stop::Fault(Fault::at(name.as_str(), Kind::Foreign, at)));
                }
            }
            if self.log.len() > max {
                return Err(Stop::Fault(Fault::at(name.as_str(), Kind::Oversized, max)));
            }
        }
    }

    fn append(&mut self, bytes: &[u8], events: &[Range<usize>]) -> Result<(), LogError> {
        let mut batch = Batch::new();
        for event in events {
            let event = &bytes[event.clone()];
            if event.len() >= LARGE || batch.len() >= BATCH {
                self.log.append(&mut batch)?;
            }
            if event.len() >= LARGE {
                self.log.append_one(event)?;
            } else {
                batch.push(event);
            }
        }
        self.log.append(&mut batch)
    }
}

/// Reading a closed file against its line and against what was copied of it.
struct Check<'a, File> {
    name: &'a LogName,
    listed: &'a Listed,
    other: Kind,
    /// How far the copy goes.
    prefix: u64,
    ours: Option<File>,
    hasher: Hasher,
    offset: u64,
    buffer: Vec<u8>,
}

impl<File: FsFile> Check<'_, File> {
    fn fault<T>(&self, kind: Kind, at: u64) -> Result<T, Stop> {
        Err(Stop::Fault(Fault::at(self.name.as_str(), kind, at)))
    }

    fn walk<S: Source>(&mut self, source: &mut S, stage: &Path, staged: Option<&File>) -> Result<(), Stop> {
        let mut walk = Walk::new(source, self.name.as_str(), 0, Layout::new());
        loop {
            match walk.step().map_err(Stop::Unreadable)? {
                Step::Events(bytes, _) => {
                    if self.offset + bytes.len() as u64 + CLOSED > self.listed.bytes {
                        return self.fault(Kind::Unverified, self.listed.bytes);
                    }
                    self.compare(bytes)?;
                    self.hasher.update(bytes);
                    if let Some(file) = staged {
                        file.write_all_at(&mut [IoSlice::new(bytes)], self.offset).at("write", stage)?;
                    }
                    self.offset += bytes.len() as u64;
                }
                Step::Closing => break,
                Step::Partial => return self.fault(Kind::Unverified, self.offset),
                Step::Foreign(at) => return self.fault(Kind::Unverified, at),
            }
        }
        let events = walk.events();
        if self.prefix > self.offset {
            return self.fault(Kind::Cut, self.offset);
        }
        self.hasher.update(CLOSING);
        let end = self.offset + CLOSED;
        let behind = source.read(self.name.as_str(), end, &mut [0]).map_err(Stop::Unreadable)?;
        let hash = self.hasher.finalize().to_hex();
        if behind > 0 || end != self.listed.bytes || events != self.listed.events {
            return self.fault(Kind::Unverified, end.min(self.listed.bytes));
        }
        if hash.as_str() != self.listed.blake3 { self.fault(Kind::Unverified, 0) } else { Ok(()) }
    }

    fn compare(&mut self, bytes: &[u8]) -> Result<(), Stop> {
        let Some(ours) = &self.ours else { return Ok(()) };
        let shared = self.prefix.saturating_sub(self.offset);
        let shared = usize::try_from(shared).unwrap_or(bytes.len()).min(bytes.len());
        self.buffer.resize(shared, 0);
        let read =
            ours.read_full_at(&mut self.buffer, self.offset).at("read", Path::new(self.name.as_str()))?;
        match first_difference(&self.buffer[..read], &bytes[..read]) {
            Some(at) => self.fault(self.other, self.offset + at as u64),
            None => Ok(()),
        }
    }
}
