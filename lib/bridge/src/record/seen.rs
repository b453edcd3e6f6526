//! Which flags and cases a person has looked at: `bridge_seen.jsonl`, one id a line. Kept here, so that every browser shows the same.

use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// Its name in the log directory.
const FILE: &str = "bridge_seen.jsonl";
const MOST: usize = 20_000;
const LONGEST_ID: usize = 200;
const LONGEST: u64 = 8 << 20;

/// What was looked at.
#[derive(Debug)]
pub struct Seen {
    path: PathBuf,
    ids: BTreeSet<String>,
}

impl Seen {
    /// As it was kept. What cannot be read counts as not looked at.
    pub fn open(dir: &Path) -> Self {
        let path = dir.join(FILE);
        let small = fs::metadata(&path).is_ok_and(|file| file.len() <= LONGEST);
        let bytes = if small { fs::read(&path).unwrap_or_default() } else { Vec::new() };
        let lines = bytes.split(|byte| *byte == b'\n');
        let id = |line: &[u8]| Some(serde_json::from_slice::<Value>(line).ok()?["id"].as_str()?.to_owned());
        let ids = lines.filter_map(id).filter(|id| id.len() <= LONGEST_ID).take(MOST).collect();
        Self { path, ids }
    }

    /// Keeps ids; whether there were new ones.
    ///
    /// # Errors
    /// When they cannot be written. They count for as long as the bridge runs.
    pub fn add<'a>(&mut self, ids: impl Iterator<Item = &'a str>) -> io::Result<bool> {
        let mut lines = String::new();
        for id in ids.filter(|id| !id.is_empty() && id.len() <= LONGEST_ID) {
            if self.ids.len() < MOST && self.ids.insert(id.to_owned()) {
                lines.push_str(&format!("{}\n", json!({"id": id})));
            }
        }
        if !lines.is_empty() {
            let mut file = OpenOptions::new().append(true).create(true).mode(0o600).open(&self.path)?;
            file.write_all(lines.as_bytes())?;
        }
        Ok(!lines.is_empty())
    }

    /// All of them.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.ids.iter().map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_looked_at_is_kept_once() {
        let dir = tempfile::tempdir().unwrap();
        let mut seen = Seen::open(dir.path());
        assert!(seen.add(["a", "b", ""].into_iter()).unwrap());
        assert!(!seen.add(["a"].into_iter()).unwrap());
        fs::write(dir.path().join(FILE), "{\"id\":\"a\"}\ntorn{\n{\"id\":7}\n{\"id\":\"c\"}\n").unwrap();
        assert!(Seen::open(dir.path()).ids().eq(["a", "c"]));
        let long = "x".repeat(LONGEST_ID + 1);
        assert!(!seen.add([long.as_str()].into_iter()).unwrap());
    }
}
