//! The source's manifest, as far as it was seen. It may only grow, and only by lines that follow from the ones above.

use crate::error::TransferError;
use crate::fault::{Fault, Kind};
use crate::state::read;
use blake3::Hash;
use memchr::{memchr, memchr_iter};
use sentrix_record::atomic;
use sentrix_record::fs::{Fs, PRIVATE};
use sentrix_record::log::LogName;
use sentrix_record::manifest::{self, Listed, Record};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// No manifest is longer: 64 MiB are a quarter of a million log files.
pub const LIMIT: u64 = 64 << 20;

/// What the source's manifest has said so far. A copy of its bytes is kept, as evidence of what it said.
#[derive(Debug)]
pub struct History {
    path: PathBuf,
    bytes: Vec<u8>,
    lines: u64,
    prev: Hash,
    listed: BTreeMap<String, Listed>,
    removed: BTreeSet<String>,
    saved: usize,
}

impl History {
    /// Takes up what is known of a source.
    pub fn load<F: Fs>(fs: &F, dir: &Path, id: &str) -> Result<Self, TransferError> {
        let digest = blake3::hash(id.as_bytes()).to_hex();
        let path = dir.join(format!("manifest-{}.jsonl", &digest[..16]));
        let bytes = read(fs, &path, LIMIT)?.unwrap_or_default();
        let mut history = Self {
            path,
            bytes: Vec::new(),
            lines: 0,
            prev: Hash::from_bytes([0; 32]),
            listed: BTreeMap::new(),
            removed: BTreeSet::new(),
            saved: 0,
        };
        if history.update(&bytes).is_err() || history.bytes.len() != bytes.len() {
            return Err(TransferError::State { path: history.path });
        }
        history.saved = bytes.len();
        Ok(history)
    }

    /// Takes in the manifest as it is now: all of its lines that are whole, up to the first that is wrong.
    pub fn update(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        let same = self.bytes.iter().zip(bytes).take_while(|(old, new)| old == new).count();
        if same < self.bytes.len() {
            let kind = if same == bytes.len() { Kind::Cut } else { Kind::Rewritten };
            let line = memchr_iter(b'\n', &self.bytes[..same]).count() as u64 + 1;
            return Err(Fault { line: Some(line), ..Fault::at(manifest::FILE, kind, same as u64) });
        }
        let mut rest = &bytes[same..];
        while let Some(end) = memchr(b'\n', rest) {
            if !self.enter(&rest[..end]) {
                let fault = Fault::at(manifest::FILE, Kind::Chain, self.bytes.len() as u64);
                return Err(Fault { line: Some(self.lines + 1), ..fault });
            }
            self.prev = blake3::hash(&rest[..end]);
            self.lines += 1;
            self.bytes.extend_from_slice(&rest[..=end]);
            rest = &rest[end + 1..];
        }
        Ok(())
    }

    fn enter(&mut self, line: &[u8]) -> bool {
        let Ok(record) = serde_json::from_slice::<Record>(line) else { return false };
        if record.prev() != self.prev.to_hex().as_str() {
            return false;
        }
        match record {
            Record::File(listed) => {
                let name = listed.name.clone();
                name.parse::<LogName>().is_ok()
                    && !self.removed.contains(&name)
                    && self.listed.insert(name, listed).is_none()
            }
            Record::Removed(removed) => {
                self.listed.remove(&removed.removed).is_some() && self.removed.insert(removed.removed)
            }
        }
    }

    /// The line of a closed file that is still there.
    pub fn listed(&self, name: &str) -> Option<&Listed> {
        self.listed.get(name)
    }

    /// The names of all closed files that should be there.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.listed.keys().map(String::as_str)
    }

    /// Whether a file was removed by the source's retention.
    pub fn is_removed(&self, name: &str) -> bool {
        self.removed.contains(name)
    }

    /// Keeps what is new.
    pub fn save<F: Fs>(&mut self, fs: &F) -> Result<(), TransferError> {
        if self.bytes.len() > self.saved {
            atomic::replace(fs, &self.path, &self.bytes, PRIVATE)?;
            self.saved = self.bytes.len();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sentrix_record::fs::fault::FaultFs;

    const DIR: &str = "logs/.sentrix_sync";

    fn lines(names: &[&str]) -> Vec<u8> {
        let mut prev = Hash::from_bytes([0; 32]);
        let mut text = Vec::new();
        for name in names {
            let line = match name.strip_prefix('-') {
                Some(name) => format!(r#"{{"removed":"{name}","at":"","prev":"{}"}}"#, prev.to_hex()),
                None => format!(
                    r#"{{"name":"{name}","bytes":4,"events":0,"first_ts":null,"last_ts":null,"blake3":"","prev":"{}"}}"#,
                    prev.to_hex()
                ),
            };
            prev = blake3::hash(line.as_bytes());
            text.extend(line.as_bytes());
            text.push(b'\n');
        }
        text
    }

    const A: &str = "20260310T014001.json";
    const B: &str = "20260310T014002.json";

    #[test]
    fn it_grows_and_remembers() {
        let fs = FaultFs::new();
        let mut history = History::load(&fs, Path::new(DIR), "box").unwrap();
        history.update(&lines(&[A])).unwrap();
        let two = lines(&[A, B]);
        history.update(&two[..two.len() - 1]).unwrap();
        assert!(history.listed(B).is_none(), "a line without its end is still being written");
        history.update(&lines(&[A, B, &format!("-{A}")])).unwrap();
        history.save(&fs).unwrap();
        let history = History::load(&fs, Path::new(DIR), "box").unwrap();
        assert!(history.is_removed(A) && history.listed(A).is_none() && history.listed(B).is_some());
        assert!(History::load(&fs, Path::new(DIR), "other").unwrap().listed(B).is_none());
    }

    #[test]
    fn what_was_said_cannot_be_unsaid() {
        let fs = FaultFs::new();
        let whole = lines(&[A, B]);
        let known = || {
            let mut history = History::load(&fs, Path::new(DIR), "box").unwrap();
            history.update(&whole).unwrap();
            history
        };
        let shorter = known().update(&lines(&[A])).unwrap_err();
        assert_eq!((shorter.kind, shorter.line), (Kind::Cut, Some(2)));
        let fork = known().update(&lines(&[A, "20260310T014003.json"])).unwrap_err();
        assert_eq!((fork.kind, fork.line), (Kind::Rewritten, Some(2)));
        let gone = known().update(b"").unwrap_err();
        assert_eq!((gone.kind, gone.line, gone.offset), (Kind::Cut, Some(1), 0));
        let mut loose = whole.clone();
        loose.extend(lines(&["20260310T014003.json"]));
        let chain = known().update(&loose).unwrap_err();
        assert_eq!((chain.kind, chain.line, chain.offset), (Kind::Chain, Some(3), whole.len() as u64));
    }

    #[test]
    fn hostile_lines_end_it() {
        for names in [&["../x"][..], &[A, A], &["-20260310T014001.json"], &["patrol_flags.jsonl"]] {
            let fs = FaultFs::new();
            let mut history = History::load(&fs, Path::new(DIR), "box").unwrap();
            let fault = history.update(&lines(names)).unwrap_err();
            assert_eq!((fault.kind, fault.line), (Kind::Chain, Some(names.len() as u64)));
        }
    }
}
