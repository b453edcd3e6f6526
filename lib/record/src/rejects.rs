//! Bytes that could not be read as events, kept for whoever investigates: `rejects/<blake3>.bin`.

use crate::atomic;
use crate::fs::{At, Error, Fs, PRIVATE};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// How many files the folder may hold: a storm of short bad lines must not use up the directory.
const MAX_FILES: usize = 10_000;
const EXTENSION: &str = ".bin";

/// The folder of kept rejects. Same bytes, same file.
#[derive(Debug)]
pub struct Rejects<F: Fs> {
    fs: F,
    dir: PathBuf,
    limit: u64,
    used: u64,
    names: BTreeSet<String>,
}

/// What became of rejected bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Their hash.
    pub blake3: blake3::Hash,
    /// The name of the file in the folder; `None` when the folder's limit left no room and they were dropped.
    pub file: Option<String>,
}

impl<F: Fs> Rejects<F> {
    /// Opens the folder, made when missing, to hold at most `limit` bytes (64 MiB is a good one) and at most 10 000
    /// files. Temporaries that a crash left are removed: hold the lock of whoever writes here.
    ///
    /// # Errors
    /// When the folder cannot be made or read.
    pub fn open(fs: &F, dir: &Path, limit: u64) -> Result<Self, Error> {
        fs.make_dir(dir).at("create", dir)?;
        atomic::sweep(fs, dir)?;
        let mut rejects =
            Self { fs: fs.clone(), dir: dir.to_owned(), limit, used: 0, names: BTreeSet::new() };
        for name in fs.list(dir).at("list", dir)? {
            let path = dir.join(&name);
            rejects.used += fs.stat(&path).at("stat", &path)?.len;
            rejects.names.insert(name.to_string_lossy().into_owned());
        }
        Ok(rejects)
    }

    /// Keeps bytes, durably, unless they are kept already or the limit is reached.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn keep(&mut self, bytes: &[u8]) -> Result<Kept, Error> {
        let blake3 = blake3::hash(bytes);
        let name = format!("{}{EXTENSION}", blake3.to_hex());
        let used = self.used + bytes.len() as u64;
        if !self.names.contains(&name) {
            if used > self.limit || self.names.len() >= MAX_FILES {
                return Ok(Kept { blake3, file: None });
            }
            atomic::replace(&self.fs, &self.dir.join(&name), bytes, PRIVATE)?;
            self.used = used;
            self.names.insert(name.clone());
        }
        Ok(Kept { blake3, file: Some(name) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fs::fault::{FaultFs, Image};

    #[test]
    fn bytes_are_kept_once_and_durably_until_the_limit() {
        let fs = FaultFs::new();
        let dir = Path::new("logs/rejects");
        let mut rejects = Rejects::open(&fs, dir, 10).unwrap();
        let first = rejects.keep(b"{\"a\":\0").unwrap();
        let file = first.file.clone().unwrap();
        assert_eq!(file, format!("{}.bin", blake3::hash(b"{\"a\":\0").to_hex()));
        assert_eq!(rejects.keep(b"{\"a\":\0").unwrap(), first);
        assert_eq!(rejects.keep(b"12345").unwrap().file, None, "6 + 5 bytes are over the limit");
        let after = fs.crash(Image::Dropped);
        assert_eq!(after.read(dir.join(&file)).unwrap(), b"{\"a\":\0");
        after.put(dir.join(".x.bin.1-0.tmp"), b"left by a crash");
        let mut rejects = Rejects::open(&after, dir, 10).unwrap();
        assert!(rejects.keep(b"1234").unwrap().file.is_some() && rejects.keep(b"5").unwrap().file.is_none());
        assert_eq!(after.paths().len(), 2);
    }
}
