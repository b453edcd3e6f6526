//! Checking a directory against its manifest.

use super::chain::{self, Link, Place};
use super::{Listed, Problem, Record};
use crate::atomic;
use crate::fs::{At, Error, Fs, FsFile, Open};
use crate::log::LogName;
use blake3::Hasher;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, ErrorKind};
use std::path::Path;

const CHUNK: usize = 256 << 10;

/// What [`verify`] found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Files that are as their line says.
    pub files: u64,
    /// Bytes in them.
    pub bytes: u64,
    /// Events in them.
    pub events: u64,
    /// Files removed by retention.
    pub removed: u64,
    /// Log files without a line that need none yet: the newest of each label, still open.
    pub open: Vec<LogName>,
    /// Log files without a line that are older than the manifest: nothing says whether they are as they were recorded.
    pub older: Vec<LogName>,
    /// What does not hold, in the order of the manifest. Empty: all is well.
    pub problems: Vec<Problem>,
}

/// Checks every line of a manifest against the one above it and against its file, streaming. A missing manifest
/// lists nothing.
///
/// # Errors
/// When the directory or the manifest itself cannot be read; what can be told of single files is a [`Problem`].
pub fn verify<F: Fs>(fs: &F, manifest: &Path) -> Result<Report, Error> {
    let bytes = read(fs, manifest).at("read", manifest)?;
    let dir = atomic::parent(manifest);
    let mut ledger = Ledger::default();
    let mut place = Place::START;
    let mut rest = &bytes[..];
    while let Some(link) = chain::next(rest, &mut place) {
        let torn = matches!(link, Link::Torn);
        ledger.enter(link, place.line + u64::from(torn));
        if torn {
            break;
        }
        rest = &bytes[usize::try_from(place.offset).unwrap_or(bytes.len())..];
    }
    let names = fs.list(dir).at("list", dir)?;
    let names: BTreeSet<LogName> =
        names.iter().filter_map(|name| name.to_str().and_then(|name| name.parse().ok())).collect();
    ledger.check_files(fs, dir);
    ledger.check_unlisted(&names);
    ledger.report.problems.sort_by_key(Problem::line);
    Ok(ledger.report)
}

/// What the manifest says, and what was found wrong so far.
#[derive(Default)]
struct Ledger {
    report: Report,
    listed: BTreeMap<LogName, (u64, Listed)>,
    removed: BTreeSet<LogName>,
}

impl Ledger {
    fn enter(&mut self, link: Link, line: u64) {
        let record = match link {
            Link::Good(record) => record,
            Link::Loose(record) => {
                self.report.problems.push(Problem::Chain { line });
                record
            }
            Link::Unreadable => return self.report.problems.push(Problem::Unreadable { line }),
            Link::Torn => return self.report.problems.push(Problem::Torn { line }),
        };
        let accepted = match &record {
            Record::File(listed) => self.list(line, listed),
            Record::Removed(removed) => self.strike(&removed.removed),
        };
        if !accepted {
            let name = match record {
                Record::File(listed) => listed.name,
                Record::Removed(removed) => removed.removed,
            };
            self.report.problems.push(Problem::Name { line, name });
        }
    }

    fn list(&mut self, line: u64, listed: &Listed) -> bool {
        let Ok(name) = listed.name.parse() else { return false };
        if self.removed.contains(&name) || self.listed.contains_key(&name) {
            return false;
        }
        self.listed.insert(name, (line, listed.clone()));
        true
    }

    fn strike(&mut self, name: &str) -> bool {
        let Ok(name) = name.parse() else { return false };
        let struck = self.listed.remove(&name).is_some();
        self.report.removed += u64::from(struck);
        struck && self.removed.insert(name)
    }

    fn check_files<F: Fs>(&mut self, fs: &F, dir: &Path) {
        for (line, listed) in self.listed.values() {
            match check_file(fs, dir, *line, listed) {
                Ok(()) => {
                    self.report.files += 1;
                    self.report.bytes += listed.bytes;
                    self.report.events += listed.events;
                }
                Err(problem) => self.report.problems.push(problem),
            }
        }
    }

    fn check_unlisted(&mut self, names: &BTreeSet<LogName>) {
        let mut newest = BTreeMap::new();
        for name in names {
            newest.insert(name.label(), name);
        }
        let first = self.listed.keys().chain(&self.removed).min();
        for name in
            names.iter().filter(|name| !self.listed.contains_key(name) && !self.removed.contains(name))
        {
            if newest.get(&name.label()) == Some(&name) {
                self.report.open.push(name.clone());
            } else if first.is_none_or(|first| name < first) {
                self.report.older.push(name.clone());
            } else {
                self.report.problems.push(Problem::Unlisted { name: name.to_string() });
            }
        }
    }
}

fn check_file<F: Fs>(fs: &F, dir: &Path, line: u64, listed: &Listed) -> Result<(), Problem> {
    let name = || listed.name.clone();
    let fails = |error: io::Error| match error.kind() {
        ErrorKind::NotFound => Problem::Missing { line, name: name() },
        _ => Problem::Io { line, name: name(), why: error.to_string() },
    };
    let file = fs.open(&dir.join(&listed.name), Open::Read).map_err(fails)?;
    let have = file.stat().map_err(fails)?.len;
    if have != listed.bytes {
        return Err(Problem::Length { line, name: name(), want: listed.bytes, have });
    }
    if hash(&file).map_err(fails)?.to_hex().as_str() != listed.blake3 {
        return Err(Problem::Changed { line, name: name() });
    }
    Ok(())
}

fn hash(file: &impl FsFile) -> io::Result<blake3::Hash> {
    let mut hasher = Hasher::new();
    let mut buffer = vec![0; CHUNK];
    let mut offset = 0;
    loop {
        let read = file.read_full_at(&mut buffer, offset)?;
        if read == 0 {
            return Ok(hasher.finalize());
        }
        hasher.update(&buffer[..read]);
        offset += read as u64;
    }
}

fn read<F: Fs>(fs: &F, path: &Path) -> io::Result<Vec<u8>> {
    let file = match fs.open(path, Open::Read) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        opened => opened?,
    };
    let mut bytes = vec![0; usize::try_from(file.stat()?.len).map_err(|_| ErrorKind::FileTooLarge)?];
    let read = file.read_full_at(&mut bytes, 0)?;
    bytes.truncate(read);
    Ok(bytes)
}

#[cfg(test)]
#[path = "verify_tests.rs"]
mod tests;
