//! Writing a log file.

use super::batch::{BEFORE, COMMA};
use super::recover::{Recovered, Survey};
use super::ts::Span;
use super::{Batch, CLOSING, EMPTY, LogError, LogName, OPENING};
use crate::fs::{At, Fs, FsFile, Open, PRIVATE};
use blake3::{Hash, Hasher};
use std::io::IoSlice;
use std::path::{Path, PathBuf};

/// A log file open for appending. One owner at a time: hold the directory's [`Lock`](crate::Lock).
///
/// Nothing is durable before [`sync`](Self::sync). A failed append leaves the file as it was before it.
#[derive(Debug)]
pub struct LogFile<F: Fs> {
    file: F::File,
    path: PathBuf,
    name: LogName,
    /// Bytes in the file before its closing; what `hasher` has seen.
    prefix: u64,
    hasher: Hasher,
    events: u64,
    span: Span,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// The file is valid, and all of it durable.
    Synced,
    /// The file is valid.
    Written,
    /// A failed write may have left anything behind `prefix`.
    Torn,
    /// A sync failed: what is durable is not known, and asking again would get a false answer.
    Broken,
}

/// What is known of a log file that was closed: what its manifest line says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closed {
    /// Its name.
    pub name: LogName,
    /// Its length, the closing included.
    pub bytes: u64,
    /// Events in it.
    pub events: u64,
    /// `ts` of the first event that has one.
    pub first_ts: Option<i64>,
    /// `ts` of the last event that has one.
    pub last_ts: Option<i64>,
    /// Hash of all its bytes.
    pub blake3: Hash,
}

impl<F: Fs> LogFile<F> {
    /// Makes a new, empty log file and makes it durable, its name too. Never touches an existing file: when the
    /// name is taken the error's kind is [`std::io::ErrorKind::AlreadyExists`].
    ///
    /// # Errors
    /// When the system refuses; what was made is removed again.
    pub fn create(fs: &F, dir: &Path, name: LogName) -> Result<Self, LogError> {
        let path = dir.join(name.as_str());
        let file = fs.open(&path, Open::CreateNew(PRIVATE)).at("create", &path)?;
        let made = file
            .write_all_at(&mut [IoSlice::new(EMPTY)], 0)
            .at("write", &path)
            .and_then(|()| file.sync().at("sync", &path))
            .and_then(|()| fs.sync_dir(dir).at("sync directory", dir));
        if let Err(error) = made {
            // If it stays, it is an empty log file, which the next start takes up or closes.
            let _left_behind = fs.remove(&path);
            return Err(error.into());
        }
        let mut hasher = Hasher::new();
        hasher.update(OPENING);
        let prefix = OPENING.len() as u64;
        Ok(Self { file, path, name, prefix, hasher, events: 0, span: Span::default(), state: State::Synced })
    }

    /// Takes up a log file after a restart and makes it valid.
    ///
    /// With a length (of a state that was synced, closing included) the file is cut back to exactly that state:
    /// later events are read from the source again. Without one, all whole events are kept, and what follows the
    /// last of them is cut off; a file torn before its first event becomes an empty one.
    ///
    /// Length, counters and hash are rebuilt by reading the file once. The result is synced.
    ///
    /// # Errors
    /// [`LogError::Short`] and [`LogError::Foreign`] when the file is not what was written; it is then untouched.
    pub fn open_for_append(
        fs: &F,
        dir: &Path,
        name: LogName,
        expected_len: Option<u64>,
    ) -> Result<(Self, Recovered), LogError> {
        let path = dir.join(name.as_str());
        let file = fs.open(&path, Open::Write).at("open", &path)?;
        let Survey { prefix, hasher, events, span, recovered } = Survey::take(&file, &path, expected_len)?;
        let mut log = Self { file, path, name, prefix, hasher, events, span, state: State::Torn };
        if recovered.changed {
            log.restore()?;
        }
        // Also when nothing changed: what was found may have been written, but never synced.
        log.state = State::Written;
        log.sync()?;
        Ok((log, recovered))
    }

    /// Appends a batch in one write and empties it. An empty batch writes nothing.
    ///
    /// # Errors
    /// When the write fails: the file is as it was before, the batch is kept, and the same call may be tried again
    /// (a file that could not be restored at once is restored first).
    pub fn append(&mut self, batch: &mut Batch) -> Result<(), LogError> {
        if batch.is_empty() {
            return Ok(());
        }
        let events = batch.bytes.len();
        batch.bytes.extend_from_slice(CLOSING);
        let from = self.skip_comma();
        let written = self.write(&mut [IoSlice::new(&batch.bytes[from..])]);
        batch.bytes.truncate(events);
        written?;
        self.advance(&[&batch.bytes[from..]], batch.events, batch.span());
        batch.clear();
        Ok(())
    }

    /// Appends one event in one write, without copying it: for the large ones.
    ///
    /// # Errors
    /// As [`append`](Self::append).
    pub fn append_one(&mut self, event: &[u8]) -> Result<(), LogError> {
        let before = &BEFORE[self.skip_comma()..];
        self.write(&mut [IoSlice::new(before), IoSlice::new(event), IoSlice::new(b"\n]\n")])?;
        let mut span = Span::default();
        span.add(event);
        self.advance(&[before, event, b"\n"], 1, span);
        Ok(())
    }

    /// Makes everything appended so far durable. Costs nothing when nothing was.
    ///
    /// # Errors
    /// When it fails nothing is known about the unsynced appends, and every later call says [`LogError::Broken`].
    pub fn sync(&mut self) -> Result<(), LogError> {
        self.usable()?;
        if self.state == State::Written {
            // Set before the call: whatever way it fails, it is not tried again.
            self.state = State::Broken;
            self.file.sync().at("sync", &self.path)?;
            self.state = State::Synced;
        }
        Ok(())
    }

    /// Syncs the file and says what its manifest line must say. Costs no reading.
    ///
    /// # Errors
    /// As [`sync`](Self::sync).
    pub fn close(mut self) -> Result<Closed, LogError> {
        self.sync()?;
        self.hasher.update(CLOSING);
        Ok(Closed {
            bytes: self.len(),
            events: self.events,
            first_ts: self.span.first,
            last_ts: self.span.last,
            blake3: self.hasher.finalize(),
            name: self.name,
        })
    }

    /// The file's name.
    pub fn name(&self) -> &LogName {
        &self.name
    }

    /// The file's path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Bytes in the file now, closing included: what the checkpoint remembers after a [`sync`](Self::sync).
    pub fn len(&self) -> u64 {
        self.prefix + CLOSING.len() as u64
    }

    /// Whether no event is in it.
    pub fn is_empty(&self) -> bool {
        self.events == 0
    }

    /// Events in the file.
    pub fn events(&self) -> u64 {
        self.events
    }

    /// `ts` of the first event that has one.
    pub fn first_ts(&self) -> Option<i64> {
        self.span.first
    }

    /// `ts` of the last event that has one.
    pub fn last_ts(&self) -> Option<i64> {
        self.span.last
    }

    fn skip_comma(&self) -> usize {
        if self.is_empty() { COMMA } else { 0 }
    }

    fn advance(&mut self, slices: &[&[u8]], events: u64, span: Span) {
        for slice in slices {
            self.hasher.update(slice);
            self.prefix += slice.len() as u64;
        }
        self.events += events;
        self.span.join(span);
    }

    fn write(&mut self, slices: &mut [IoSlice<'_>]) -> Result<(), LogError> {
        self.usable()?;
        self.state = State::Torn;
        if let Err(error) = self.file.write_all_at(slices, self.prefix).at("write", &self.path) {
            // The first error is the one to tell. If this fails too, the next append begins with it.
            let _still_torn = self.restore();
            return Err(error.into());
        }
        self.state = State::Written;
        Ok(())
    }

    /// Refuses after a failed sync; restores after a failed write.
    fn usable(&mut self) -> Result<(), LogError> {
        match self.state {
            State::Synced | State::Written => Ok(()),
            State::Torn => self.restore(),
            State::Broken => Err(LogError::Broken { path: self.path.clone() }),
        }
    }

    /// Puts the closing where it belongs, over bytes that the file already has, and cuts what is behind it.
    fn restore(&mut self) -> Result<(), LogError> {
        // A survey that found no opening leaves nothing to keep.
        let opening = if self.prefix == OPENING.len() as u64 { OPENING } else { b"" };
        let at = self.prefix - opening.len() as u64;
        let mut ending = [IoSlice::new(opening), IoSlice::new(CLOSING)];
        self.file.write_all_at(&mut ending, at).at("restore", &self.path)?;
        self.file.set_len(self.len()).at("restore", &self.path)?;
        self.state = State::Written;
        Ok(())
    }
}

#[cfg(test)]
#[path = "file_tests.rs"]
mod tests;
