//! After a restart: which of the source's lines the record already holds.
//!
//! The checkpoint is older than the record. The events behind it are compared with the lines behind its offset; each
//! that is the next line moves the offset over it. An event that is no line of the source is kept: the source may have
//! been cut since. Only what a crash tore is cut off.

use crate::error::TailError;
use crate::pieces::{Key, event_key, frame_keys};
use crate::source::{Read, Source};
use sentrix_record::fs::{At, Fs, FsFile, Open, Reader};
use sentrix_record::log::{CLOSING, Entries, LogName, OPENING};
use std::collections::HashSet;
use std::io;
use std::path::Path;

/// Lines of a source, looked at one by one, and how far they were found in the record.
#[derive(Debug)]
pub struct Cursor {
    source: Source,
    ahead: Vec<Key>,
    matched: usize,
    offset: u64,
}

impl Cursor {
    /// Starts where a source stands.
    pub fn new(source: Source) -> Self {
        let offset = source.framer.offset();
        Self { source, ahead: Vec::new(), matched: 0, offset }
    }

    /// The source from an offset on that was passed.
    ///
    /// # Errors
    /// [`TailError::Changed`] when the content is another one than that which was passed.
    pub fn source_at(&self, offset: u64) -> Result<Source, TailError> {
        let file = self.source.file().try_clone().map_err(TailError::Source)?;
        let known = self.source.position().ok_or(TailError::Changed)?;
        Source::resume(file, offset, &known).map_err(TailError::Source)?.ok_or(TailError::Changed)
    }

    /// Offset just past the last line that was found whole in the record.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// Whether a line was found in part only.
    pub fn is_inside(&self) -> bool {
        self.matched > 0
    }

    /// Moves on when this is what the source says next.
    ///
    /// # Errors
    /// As the system says.
    pub fn take(&mut self, key: &Key) -> io::Result<bool> {
        if self.ahead.is_empty() && !self.advance()? {
            return Ok(false);
        }
        if self.ahead[self.matched] != *key {
            return Ok(false);
        }
        self.matched += 1;
        if self.matched == self.ahead.len() {
            self.offset = self.source.framer.offset();
            self.ahead.clear();
            self.matched = 0;
        }
        Ok(true)
    }

    /// Gives the keys of the next line, in order, and moves over it; `None` at the end.
    ///
    /// # Errors
    /// As the system says.
    pub fn next_line(&mut self) -> io::Result<Option<(Vec<Key>, u64)>> {
        if self.ahead.is_empty() && !self.advance()? {
            return Ok(None);
        }
        self.matched = 0;
        self.offset = self.source.framer.offset();
        Ok(Some((std::mem::take(&mut self.ahead), self.offset)))
    }

    /// Fetches the keys of the next line; every frame has at least one.
    fn advance(&mut self) -> io::Result<bool> {
        loop {
            if let Some(frame) = self.source.framer.next() {
                self.ahead = frame_keys(&frame);
                return Ok(true);
            }
            if !matches!(self.source.read()?, Read::Data(_)) {
                return Ok(false);
            }
        }
    }
}

/// Compares what stands in the log files from `from` on with the sources. `files` are the log files from the one of the
/// checkpoint on, in order; all are whole. Says to which length the newest must be cut back, when it ends within what
/// became of one line.
///
/// # Errors
/// When a log file or a source cannot be read.
pub fn reconcile<F: Fs>(
    fs: &F,
    dir: &Path,
    files: &[LogName],
    from: u64,
    cursors: &mut [Cursor],
) -> Result<Option<u64>, TailError> {
    // Where the last line that is whole in the record ends, in the newest file.
    let mut whole = 0;
    for (index, name) in files.iter().enumerate() {
        let path = dir.join(name.as_str());
        let file = fs.open(&path, Open::Read).at("open", &path)?;
        let start = if index == 0 { from } else { 0 };
        whole = start.max(OPENING.len() as u64);
        let mut entries = Entries::at(Reader::new(&file, start), start);
        while let Some(entry) = entries.next() {
            let Ok(entry) = entry else { continue };
            take(cursors, &event_key(entry.bytes))?;
            if !cursors.iter().any(Cursor::is_inside) {
                whole = entry.end + 1;
            }
        }
    }
    Ok(cursors.iter().any(Cursor::is_inside).then_some(whole + CLOSING.len() as u64))
}

fn take(cursors: &mut [Cursor], key: &Key) -> Result<(), TailError> {
    for cursor in cursors {
        if cursor.take(key).map_err(TailError::Source)? {
            break;
        }
    }
    Ok(())
}

/// The whole events behind a damaged place of a log file, which is cut off there: a crash may have kept a later part of a
/// write and lost an earlier one.
///
/// # Errors
/// When the file cannot be read.
pub fn behind_damage<F: Fs>(fs: &F, path: &Path) -> Result<Vec<Vec<u8>>, TailError> {
    let file = fs.open(path, Open::Read).at("open", path)?;
    let length = file.stat().at("read", path)?.len;
    let mut entries = Entries::new(Reader::new(&file, 0));
    let (mut behind, mut is_damaged) = (Vec::new(), false);
    while let Some(entry) = entries.next() {
        match entry {
            Err(_) => is_damaged = true,
            // An event is whole with its newline: a file that ends before it was torn there.
            Ok(entry) if is_damaged || entry.end == length => {
                is_damaged = true;
                behind.push(entry.bytes.to_vec());
            }
            Ok(_) => {}
        }
    }
    Ok(behind)
}

/// Of these events, the ones that will not be read from the sources again.
///
/// # Errors
/// When a source cannot be read.
pub fn not_ahead(events: Vec<Vec<u8>>, cursors: &[Cursor]) -> Result<Vec<Vec<u8>>, TailError> {
    if events.is_empty() {
        return Ok(events);
    }
    let mut ahead = HashSet::new();
    for cursor in cursors {
        let mut cursor = Cursor::new(cursor.source_at(cursor.offset)?);
        while let Some((keys, _)) = cursor.next_line().map_err(TailError::Source)? {
            ahead.extend(keys.iter().map(|key| *key.as_bytes()));
        }
    }
    Ok(events.into_iter().filter(|event| !ahead.contains(event_key(event).as_bytes())).collect())
}
