//! Taking up a log file that a crash may have torn.

use super::batch::{BEFORE, COMMA};
use super::ts::Span;
use super::{CLOSING, Entries, LogError, OPENING};
use crate::frame::{Window, check_event};
use crate::fs::{At, FsFile};
use blake3::Hasher;
use memchr::memchr;
use std::ops::Range;
use std::path::Path;

const CHUNK: usize = 256 << 10;

/// What [`LogFile::open_for_append`](super::LogFile::open_for_append) had to do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Recovered {
    /// Length that was found.
    pub found: u64,
    /// Bytes that stood behind the last event that is kept, unless they were just the closing.
    pub cut: u64,
    /// Whether the file was not already as it is now.
    pub changed: bool,
}

/// What a log file holds, by reading it.
pub(super) struct Survey {
    /// Bytes before the closing: what is kept.
    pub prefix: u64,
    /// Has seen the prefix.
    pub hasher: Hasher,
    pub events: u64,
    pub span: Span,
    pub recovered: Recovered,
}

/// What stands next in a file.
enum Unit {
    /// A whole event with what separates it from the one before it: where it is, and where its line ends.
    Event(Range<usize>, usize),
    /// Perhaps an event; its line does not end yet.
    Partial,
    /// Nothing that this layout has.
    Other,
}

impl Survey {
    /// Reads a file up to a known length, or as far as it is good.
    pub fn take<F: FsFile>(file: &F, path: &Path, expected: Option<u64>) -> Result<Self, LogError> {
        let found = file.stat().at("stat", path)?.len;
        let mut survey = Self {
            prefix: 0,
            hasher: Hasher::new(),
            events: 0,
            span: Span::default(),
            recovered: Recovered { found, ..Recovered::default() },
        };
        match expected {
            Some(want) if found < want => {
                return Err(LogError::Short { path: path.to_owned(), have: found, want });
            }
            // What was durable is known to be good: only its layout is looked at.
            Some(want) => survey.known(file, path, want.saturating_sub(CLOSING.len() as u64))?,
            None => survey.unknown(file, path)?,
        }
        survey.compare(file, path)?;
        Ok(survey)
    }

    fn known<F: FsFile>(&mut self, file: &F, path: &Path, prefix: u64) -> Result<(), LogError> {
        self.walk(file, path, prefix, |_| true)?;
        if self.prefix == prefix && prefix > 0 {
            return Ok(());
        }
        Err(LogError::Foreign { path: path.to_owned(), offset: self.prefix })
    }

    fn unknown<F: FsFile>(&mut self, file: &F, path: &Path) -> Result<(), LogError> {
        self.walk(file, path, u64::MAX, |event| check_event(event).is_ok())?;
        let mut next = vec![0; CHUNK];
        let read = file.read_full_at(&mut next, self.prefix).at("read", path)?;
        if is_foreign(&next[..read]) {
            return Err(LogError::Foreign { path: path.to_owned(), offset: self.prefix });
        }
        if self.prefix == 0 {
            self.hasher.update(OPENING);
            self.prefix = OPENING.len() as u64;
        }
        Ok(())
    }

    /// Reads whole events, as long as they are good, and not past `limit`.
    fn walk<F: FsFile>(
        &mut self,
        file: &F,
        path: &Path,
        limit: u64,
        good: impl Fn(&[u8]) -> bool,
    ) -> Result<(), LogError> {
        let mut window = Window::new(0);
        loop {
            let space = window.space(CHUNK);
            let before = space.len();
            let offset = self.prefix + window.data().len() as u64;
            let room = usize::try_from(limit - offset).unwrap_or(usize::MAX).min(before);
            let read = file.read_full_at(&mut window.space(CHUNK)[..room], offset).at("read", path)?;
            window.filled(read);
            let (taken, more) = self.units(window.data(), &good);
            self.hasher.update(&window.data()[..taken]);
            window.consume(taken);
            self.prefix += taken as u64;
            if !more || read == 0 {
                return Ok(());
            }
        }
    }

    /// Takes whole events from the front of the data: how many bytes, and whether more data may bring more.
    fn units(&mut self, data: &[u8], good: &impl Fn(&[u8]) -> bool) -> (usize, bool) {
        let mut at = 0;
        if self.prefix == 0 {
            match data.get(..OPENING.len()) {
                Some(OPENING) => at = OPENING.len(),
                _ => return (0, OPENING.starts_with(data)),
            }
        }
        loop {
            match unit(&data[at..], self.events == 0) {
                Unit::Event(range, end) if good(&data[at..][range.clone()]) => {
                    self.span.add(&data[at..][range]);
                    self.events += 1;
                    at += end;
                }
                Unit::Partial => return (at, true),
                Unit::Event(..) | Unit::Other => return (at, false),
            }
        }
    }

    /// Finds out what must change for the file to end where the survey does.
    fn compare<F: FsFile>(&mut self, file: &F, path: &Path) -> Result<(), LogError> {
        let mut ending = [0; CLOSING.len()];
        let read = file.read_full_at(&mut ending, self.prefix).at("read", path)?;
        let closed = &ending[..read] == CLOSING;
        let behind = self.recovered.found.saturating_sub(self.prefix);
        let closing = CLOSING.len() as u64;
        self.recovered.changed = !closed || behind != closing;
        self.recovered.cut = if self.recovered.changed { behind } else { 0 };
        Ok(())
    }
}

fn unit(data: &[u8], first: bool) -> Unit {
    let before = if first { &BEFORE[COMMA..] } else { BEFORE };
    let present = data.len().min(before.len());
    if data[..present] != before[..present] {
        return Unit::Other;
    }
    match data.get(before.len()..).and_then(|rest| memchr(b'\n', rest)) {
        Some(length) => Unit::Event(before.len()..before.len() + length, before.len() + length + 1),
        None => Unit::Partial,
    }
}

/// Whether what follows the last good event is no torn end of ours, but good content in another layout: cutting it
/// off would destroy a record. Where a crash left a hole of zeros, whole events may stand behind it: those are ours.
fn is_foreign(next: &[u8]) -> bool {
    let mut entries = Entries::new(next);
    while let Some(entry) = entries.next() {
        if let Ok(entry) = entry
            // At the very end it may be our own event, of which only the newline is missing.
            && let Some(b',' | b'\n' | b']') = usize::try_from(entry.end).ok().and_then(|end| next.get(end))
            && check_event(&entry.line()).is_ok()
        {
            return memchr(0, next).is_none();
        }
    }
    false
}
