//! A source that can only be read as tar archives: a container that has ended or is paused.
//!
//! One archive of the directory gives the listing, one of each file its bytes. The archives are made by the engine, what is in
//! them by whoever could write in the container. Of a file with several names, an engine shows the first as a file and the others
//! as links to it; a name outside the directory is not seen.

mod guard;

#[cfg(test)]
mod tests;

use crate::source::{Item, ItemKind, Source};
use guard::Guard;
use std::collections::BTreeSet;
use std::io::{self, ErrorKind, Read};
use tar::EntryType;

/// More names than a record of years has.
const MAX_NAMES: usize = 100_000;
/// How much of what was read last is kept: whoever looks at the end of a copy reads a little of it twice.
const KEPT: usize = 64 << 10;

/// A source that is read as tar archives.
pub struct Archive<O> {
    id: String,
    open: O,
    reading: Option<Reading>,
}

struct Reading {
    name: String,
    bytes: Box<dyn Read>,
    /// Where the next byte stands.
    offset: u64,
    size: u64,
    /// What stands just before it.
    kept: Vec<u8>,
}

impl<O> std::fmt::Debug for Archive<O> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Archive").field("id", &self.id).finish_non_exhaustive()
    }
}

impl<O: FnMut(Option<&str>) -> io::Result<Box<dyn Read>>> Archive<O> {
    /// `open` gives the archive of the directory, or of a file in it.
    pub fn new(id: &str, open: O) -> Self {
        Self { id: id.to_owned(), open, reading: None }
    }

    /// Whether these bytes come without packing anew.
    pub fn reaches(&self, name: &str, offset: u64) -> bool {
        self.reading.as_ref().is_some_and(|reading| reading.reaches(name, offset))
    }

    fn start(&mut self, name: &str) -> io::Result<Reading> {
        let (guard, allowance) = Guard::new((self.open)(Some(name))?);
        let mut archive = tar::Archive::new(guard);
        allowance.grant(0);
        // The entry borrows the archive: its size is asked for here, its bytes follow in the stream.
        let size = {
            let entry = archive.entries()?.next().ok_or(ErrorKind::NotFound)??;
            if entry.header().entry_type() != EntryType::Regular {
                return Err(io::Error::new(ErrorKind::InvalidInput, "it is no regular file with one name"));
            }
            entry.size()
        };
        allowance.lift();
        let bytes = Box::new(archive.into_inner().take(size));
        Ok(Reading { name: name.to_owned(), bytes, offset: 0, size, kept: Vec::new() })
    }
}

impl Reading {
    /// Whether these bytes can still be given.
    fn reaches(&self, name: &str, offset: u64) -> bool {
        self.name == name && offset >= self.offset - self.kept.len() as u64
    }

    fn read(&mut self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let (mut filled, before) = (0, self.offset);
        if offset < self.offset {
            let back = usize::try_from(self.offset - offset).unwrap_or(0).min(self.kept.len());
            let again = &self.kept[self.kept.len() - back..];
            filled = again.len().min(buffer.len());
            buffer[..filled].copy_from_slice(&again[..filled]);
        }
        let mut skipped = vec![0; KEPT];
        while self.offset < offset.min(self.size) {
            let most = usize::try_from(offset - self.offset).unwrap_or(KEPT).min(KEPT);
            self.take(&mut skipped[..most])?;
        }
        while filled < buffer.len() && self.offset < self.size {
            filled += self.take(&mut buffer[filled..])?;
        }
        if self.offset > before {
            self.keep(&buffer[..filled]);
        }
        Ok(filled)
    }

    /// Keeps the end of what was given, which ends where the next byte stands.
    fn keep(&mut self, given: &[u8]) {
        self.kept.clear();
        self.kept.extend_from_slice(&given[given.len().saturating_sub(KEPT)..]);
    }

    fn take(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.bytes.read(buffer) {
            Ok(0) if !buffer.is_empty() => Err(ErrorKind::UnexpectedEof.into()),
            Ok(read) => {
                self.offset += read as u64;
                Ok(read)
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => Ok(0),
            Err(error) => Err(error),
        }
    }
}

impl<O: FnMut(Option<&str>) -> io::Result<Box<dyn Read>>> Source for Archive<O> {
    fn id(&self) -> String {
        self.id.clone()
    }

    fn list(&mut self) -> io::Result<Vec<Item>> {
        self.reading = None;
        let (guard, allowance) = Guard::new((self.open)(None)?);
        let mut archive = tar::Archive::new(guard);
        let (mut items, mut names) = (Vec::new(), BTreeSet::new());
        allowance.grant(0);
        for entry in archive.entries()? {
            let entry = entry?;
            let path = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
            let size = entry.size();
            let time = entry.header().mtime().unwrap_or(0);
            let mut kind = kind(entry.header().entry_type());
            allowance.grant(size);
            let Some(name) = name(&path) else { continue };
            if !names.insert(name.to_owned()) {
                // Whatever of it is true, it is not one file.
                kind = ItemKind::Other;
                items.retain(|item: &Item| item.name != name);
            }
            items.push(Item { name: name.to_owned(), kind, size, marker: format!("archive:{size}:{time}") });
            if items.len() > MAX_NAMES {
                return Err(ErrorKind::FileTooLarge.into());
            }
        }
        Ok(items)
    }

    fn read(&mut self, name: &str, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        if name.contains('/') {
            return Err(ErrorKind::InvalidFilename.into());
        }
        if !self.reaches(name, offset) {
            // Ended first: an engine may pack one at a time.
            self.reading = None;
            self.reading = Some(self.start(name)?);
        }
        let Some(reading) = &mut self.reading else { return Ok(0) };
        let read = reading.read(offset, buffer);
        if read.is_err() {
            self.reading = None;
        }
        read
    }
}

/// The name in the directory; nothing for the directory itself and for what is deeper. A path that no engine makes stays
/// whole, and is refused for it.
fn name(path: &str) -> Option<&str> {
    let hostile = path.starts_with('/') || path.split('/').any(|part| part == "..");
    if hostile {
        return Some(path);
    }
    let (_directory, name) = path.trim_start_matches("./").split_once('/')?;
    let name = name.trim_end_matches('/');
    (!name.is_empty() && !name.contains('/')).then_some(name)
}

fn kind(kind: EntryType) -> ItemKind {
    match kind {
        EntryType::Regular => ItemKind::File,
        EntryType::Link => ItemKind::HardLink,
        EntryType::Symlink => ItemKind::Link,
        EntryType::Directory => ItemKind::Directory,
        _ => ItemKind::Other,
    }
}
