//! The manifest's owner.

use super::chain::{self, Link, Place};
use super::{Listed, ManifestError, Record, Removed, Retention};
use crate::atomic;
use crate::fs::{At, Error, Fs, FsFile, Open};
use crate::log::{Closed, LogName};
use crate::time::rfc3339;
use serde::Serialize;
use std::collections::BTreeSet;
use std::io::{self, ErrorKind, IoSlice};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, SystemTime};

/// How long an append waits for another program's: that holds the lock for one sync.
const PATIENCE: u32 = 5000;

/// A manifest open for appending. Several programs may append to one manifest: every append takes the file's lock
/// and first reads what others have added.
#[derive(Debug)]
pub struct Manifest<F: Fs> {
    fs: F,
    path: PathBuf,
    file: F::File,
    place: Place,
    /// Where the last line begins.
    last: u64,
    /// What is listed, in the manifest's order; the first `gone` were removed (retention takes the oldest first, and
    /// a long history must not be moved for each).
    listed: Vec<Listed>,
    gone: usize,
    /// The names of `listed`, which may be many.
    names: BTreeSet<String>,
    removed: BTreeSet<String>,
    given_up: bool,
}

/// A torn last line that was found and cut off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Torn {
    /// Where it began.
    pub offset: u64,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

impl<F: Fs> Manifest<F> {
    /// Opens a directory's manifest, made when missing, cuts off a last line that a crash tore, and finishes
    /// removals that a crash interrupted.
    ///
    /// # Errors
    /// [`ManifestError::Broken`] when the chain does not hold.
    pub fn open(fs: &F, path: &Path) -> Result<(Self, Option<Torn>), ManifestError> {
        let file = fs.open(path, Open::Create).at("open", path)?;
        let mut manifest = Self {
            fs: fs.clone(),
            path: path.to_owned(),
            file,
            place: Place::START,
            last: 0,
            listed: Vec::new(),
            gone: 0,
            names: BTreeSet::new(),
            removed: BTreeSet::new(),
            given_up: false,
        };
        let torn = manifest.locked(|manifest| {
            let torn = manifest.catch_up()?;
            manifest.renew_last_line()?;
            Ok(torn)
        })?;
        let dir = atomic::parent(path);
        fs.sync_dir(dir).at("sync directory", dir)?;
        manifest.finish_removals()?;
        Ok((manifest, torn))
    }

    /// Adds the line of a closed log file, durably. A file that is already listed with the same content is left.
    ///
    /// # Errors
    /// When the system refuses; the manifest is then as it was, and the same call may be tried again.
    pub fn append(&mut self, closed: &Closed) -> Result<(), ManifestError> {
        self.locked(|manifest| {
            manifest.catch_up()?;
            let name = closed.name.as_str();
            let listed = Listed::new(closed, &manifest.place.prev);
            match manifest.listed().iter().find(|old| old.name == name) {
                Some(old) if old.blake3 == listed.blake3 => Ok(()),
                None if !manifest.removed.contains(name) => manifest.write(Record::File(listed)),
                _ => Err(ManifestError::Taken { path: manifest.path.clone(), name: name.to_owned() }),
            }
        })
    }

    /// The listed files that were not removed, oldest first.
    pub fn listed(&self) -> &[Listed] {
        &self.listed[self.gone..]
    }

    /// Whether a file is listed and not removed.
    pub fn lists(&self, name: &str) -> bool {
        self.names.contains(name)
    }

    /// The listed files, oldest first, that must go for the limits to hold. `open` is the length of the file that
    /// is being written, which counts but is never removed; nor is a file that is not listed.
    pub fn expired(&self, keep: &Retention, open: Option<u64>) -> Vec<Listed> {
        self.listed()[..keep.excess(self.listed(), open)].to_vec()
    }

    /// Removes a listed file: first the line that says so, durably, then the file.
    ///
    /// # Errors
    /// When the system refuses. A file whose line is written but which is still there is removed by the next
    /// [`open`](Self::open).
    pub fn remove(&mut self, name: &str, at: SystemTime) -> Result<(), ManifestError> {
        self.locked(|manifest| {
            manifest.catch_up()?;
            if !manifest.lists(name) {
                return Ok(());
            }
            let prev = manifest.place.prev.to_hex().to_string();
            manifest.write(Record::Removed(Removed { removed: name.to_owned(), at: rfc3339(at), prev }))
        })?;
        self.delete(name)
    }

    /// Reads what was added since the last time; cuts off a torn end.
    fn catch_up(&mut self) -> Result<Option<Torn>, ManifestError> {
        let len = self.file.stat().at("stat", &self.path)?.len;
        let fresh = usize::try_from(len.saturating_sub(self.place.offset)).unwrap_or(usize::MAX);
        if len < self.place.offset {
            return Err(self.broken(self.place, "is gone"));
        }
        let mut bytes = vec![0; fresh];
        let read = self.file.read_full_at(&mut bytes, self.place.offset).at("read", &self.path)?;
        bytes.truncate(read);
        let begin = self.place.offset;
        let mut rest = &bytes[..];
        let mut place = self.place;
        while let Some(link) = chain::next(rest, &mut place) {
            match link {
                Link::Good(record) => self.note(record),
                Link::Loose(_) => return Err(self.broken(place, "does not follow from the one above it")),
                Link::Unreadable => return Err(self.broken(place, "cannot be read")),
                Link::Torn => {
                    self.file.set_len(place.offset).at("repair", &self.path)?;
                    return Ok(Some(Torn { offset: place.offset, bytes: rest.to_vec() }));
                }
            }
            self.last = self.place.offset;
            self.place = place;
            rest = &bytes[usize::try_from(place.offset - begin).unwrap_or(bytes.len())..];
        }
        Ok(None)
    }

    /// The last line may have been written by a process that died before it synced, or whose sync failed: then the
    /// system believes it to be on the disk, and only bytes that are written again get there.
    fn renew_last_line(&self) -> Result<(), ManifestError> {
        let mut line = vec![0; usize::try_from(self.place.offset - self.last).unwrap_or(0)];
        let read = self.file.read_full_at(&mut line, self.last).at("read", &self.path)?;
        self.file.write_all_at(&mut [IoSlice::new(&line[..read])], self.last).at("write", &self.path)?;
        Ok(self.file.sync().at("sync", &self.path)?)
    }

    fn broken(&self, place: Place, why: &'static str) -> ManifestError {
        ManifestError::Broken { path: self.path.clone(), line: place.line, why }
    }

    fn note(&mut self, record: Record) {
        match record {
            Record::File(listed) => {
                self.names.insert(listed.name.clone());
                self.listed.push(listed);
            }
            Record::Removed(Removed { removed, .. }) => {
                if self.names.remove(&removed) {
                    self.strike(&removed);
                }
                self.removed.insert(removed);
            }
        }
    }

    fn strike(&mut self, name: &str) {
        match self.listed().iter().position(|listed| listed.name == name) {
            Some(0) => self.gone += 1,
            Some(at) => drop(self.listed.remove(self.gone + at)),
            None => {}
        }
        if self.gone > self.listed.len() / 2 {
            self.listed.drain(..self.gone);
            self.gone = 0;
        }
    }

    fn write(&mut self, record: Record) -> Result<(), ManifestError> {
        let mut line = to_line(&record).at("write", &self.path)?;
        let prev = blake3::hash(&line);
        line.push(b'\n');
        let written = self.file.write_all_at(&mut [IoSlice::new(&line)], self.place.offset);
        if let Err(error) = written.at("write", &self.path) {
            self.given_up = self.file.set_len(self.place.offset).is_err();
            return Err(error.into());
        }
        if let Err(error) = self.file.sync().at("sync", &self.path) {
            self.given_up = true;
            // Nobody may chain to a line that is perhaps not on the disk; if it is, the next owner finds it there.
            let _cut = self.file.set_len(self.place.offset);
            return Err(error.into());
        }
        self.last = self.place.offset;
        self.place = Place { line: self.place.line + 1, offset: self.last + line.len() as u64, prev };
        self.note(record);
        Ok(())
    }

    fn locked<T>(
        &mut self,
        act: impl FnOnce(&mut Self) -> Result<T, ManifestError>,
    ) -> Result<T, ManifestError> {
        if self.given_up {
            return Err(ManifestError::GivenUp { path: self.path.clone() });
        }
        wait_for_lock(&self.file).at("lock", &self.path)?;
        let result = act(self);
        self.file.unlock().at("unlock", &self.path)?;
        result
    }

    fn finish_removals(&self) -> Result<(), ManifestError> {
        let dir = atomic::parent(&self.path);
        let there = self.fs.list(dir).at("list", dir)?;
        let names = there.iter().filter_map(|name| name.to_str());
        for name in names.filter(|name| self.removed.contains(*name)) {
            self.delete(name)?;
        }
        Ok(())
    }

    fn delete(&self, name: &str) -> Result<(), ManifestError> {
        // The manifest is a file that others can write, too: only a log file's name is joined to a directory.
        if name.parse::<LogName>().is_err() {
            return Ok(());
        }
        let path = atomic::parent(&self.path).join(name);
        match self.fs.stat(&path) {
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            Err(source) => return Err(Error { doing: "stat", path, source }.into()),
        }
        Ok(self.fs.remove(&path).at("remove", &path)?)
    }
}

fn to_line(record: &impl Serialize) -> io::Result<Vec<u8>> {
    serde_json::to_vec(record).map_err(io::Error::from)
}

fn wait_for_lock(file: &impl FsFile) -> io::Result<()> {
    for _ in 0..PATIENCE {
        if file.try_lock()? {
            return Ok(());
        }
        thread::sleep(Duration::from_millis(1));
    }
    Err(io::Error::new(ErrorKind::TimedOut, "another process keeps it locked"))
}

#[cfg(test)]
#[path = "file_tests.rs"]
mod tests;
