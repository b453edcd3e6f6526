//! How far events were emitted: `{"file":"20260310T014033.json","offset":4711}`, one line each time.
//!
//! A line is written after the events before that offset were handed on, so nothing is ever left out. A death between the
//! two is the one case in which events are emitted twice, and at most one batch of them: a pipe cannot be asked
//! whether it was read.

use crate::state::read;
use sentrix_record::atomic;
use sentrix_record::fs::{At, Error, Fs, FsFile, Open, PRIVATE};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io::IoSlice;
use std::path::{Path, PathBuf};

const FILE: &str = "emitted.jsonl";
const LIMIT: u64 = 1 << 30;

/// How far events were emitted, file by file.
#[derive(Debug)]
pub struct Journal<F: Fs> {
    file: F::File,
    path: PathBuf,
    len: u64,
    offsets: BTreeMap<String, u64>,
}

#[derive(Serialize, Deserialize)]
struct Line<'a> {
    #[serde(borrow)]
    file: std::borrow::Cow<'a, str>,
    offset: u64,
}

impl<F: Fs> Journal<F> {
    /// Reads it, and writes it anew with one line a file.
    pub fn open(fs: &F, dir: &Path) -> Result<Self, Error> {
        let path = dir.join(FILE);
        let mut offsets = BTreeMap::new();
        let bytes = read(fs, &path, LIMIT)?.unwrap_or_default();
        // A torn last line was never followed by anything: the one before it counts.
        for line in bytes.split(|byte| *byte == b'\n') {
            if let Ok(Line { file, offset }) = serde_json::from_slice(line) {
                offsets.insert(file.into_owned(), offset);
            }
        }
        let mut bytes = Vec::new();
        for (file, offset) in &offsets {
            bytes.extend(line(file, *offset));
        }
        atomic::replace(fs, &path, &bytes, PRIVATE)?;
        let file = fs.open(&path, Open::Write).at("open", &path)?;
        Ok(Self { file, path, len: bytes.len() as u64, offsets })
    }

    /// How far a file was emitted.
    pub fn offset(&self, name: &str) -> u64 {
        self.offsets.get(name).copied().unwrap_or(0)
    }

    /// Notes how far a file was emitted. It survives the death of the process; [`sync`](Self::sync) makes it durable.
    pub fn note(&mut self, name: &str, offset: u64) -> Result<(), Error> {
        let line = line(name, offset);
        self.file.write_all_at(&mut [IoSlice::new(&line)], self.len).at("write", &self.path)?;
        self.len += line.len() as u64;
        self.offsets.insert(name.to_owned(), offset);
        Ok(())
    }

    /// Makes what was noted durable.
    pub fn sync(&mut self) -> Result<(), Error> {
        self.file.sync().at("sync", &self.path)
    }
}

fn line(file: &str, offset: u64) -> Vec<u8> {
    // A name and a number always serialize; an empty line is passed over.
    let mut line = serde_json::to_vec(&Line { file: file.into(), offset }).unwrap_or_default();
    line.push(b'\n');
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use sentrix_record::fs::fault::{FaultFs, Image};

    #[test]
    fn the_last_line_of_a_file_counts_and_a_torn_one_does_not() {
        let fs = FaultFs::new();
        let dir = Path::new("logs/.sentrix_sync");
        let mut journal = Journal::open(&fs, dir).unwrap();
        journal.note("a.json", 5).unwrap();
        journal.note("b.json", 7).unwrap();
        journal.note("a.json", 9).unwrap();
        journal.sync().unwrap();
        let after = fs.crash(Image::Dropped);
        let mut bytes = after.read(dir.join(FILE)).unwrap();
        bytes.extend(b"{\"file\":\"a.json\",\"off");
        after.put(dir.join(FILE), &bytes);
        let journal = Journal::open(&after, dir).unwrap();
        assert_eq!((journal.offset("a.json"), journal.offset("b.json"), journal.offset("c.json")), (9, 7, 0));
        assert_eq!(after.read(dir.join(FILE)).unwrap().iter().filter(|byte| **byte == b'\n').count(), 2);
    }
}
