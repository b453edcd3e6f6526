//! What is remembered of each source: which files it showed, and what was refused.

use crate::error::TransferError;
use crate::state::read;
use sentrix_record::atomic;
use sentrix_record::fs::{Fs, PRIVATE};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

const FILE: &str = "progress.json";
const VERSION: u32 = 1;
const LIMIT: u64 = 256 << 20;

/// What is remembered of each source.
#[derive(Debug)]
pub struct Progress {
    path: PathBuf,
    id: String,
    content: Content,
    changed: bool,
}

#[derive(Debug, Serialize, Deserialize)]
struct Content {
    version: u32,
    sources: BTreeMap<String, Seen>,
}

impl Default for Content {
    fn default() -> Self {
        Self { version: VERSION, sources: BTreeMap::new() }
    }
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Seen {
    /// Every file that it showed and did not remove by retention, with the marker under which the whole of it was
    /// last compared; empty: it was not, yet.
    files: BTreeMap<String, String>,
    /// Faults that were recorded: their keys, and the files that they are about.
    refused: BTreeMap<String, String>,
}

impl Progress {
    /// Reads what is remembered.
    pub fn load<F: Fs>(fs: &F, dir: &Path, id: String) -> Result<Self, TransferError> {
        let path = dir.join(FILE);
        let content = match read(fs, &path, LIMIT)? {
            None => Content::default(),
            Some(bytes) => match serde_json::from_slice::<Content>(&bytes) {
                Ok(content) if content.version == VERSION => content,
                _ => return Err(TransferError::State { path }),
            },
        };
        Ok(Self { path, id, content, changed: false })
    }

    fn seen(&self) -> Option<&Seen> {
        self.content.sources.get(&self.id)
    }

    fn change(&mut self) -> &mut Seen {
        self.changed = true;
        self.content.sources.entry(self.id.clone()).or_default()
    }

    /// The marker under which a file was last compared; `None` when the source never showed it.
    pub fn marker(&self, name: &str) -> Option<&str> {
        self.seen()?.files.get(name).map(String::as_str)
    }

    /// The files that the source showed.
    pub fn files(&self) -> impl Iterator<Item = &str> {
        self.seen().into_iter().flat_map(|seen| seen.files.keys().map(String::as_str))
    }

    /// Notes that a file was shown and, with a marker, compared.
    pub fn note(&mut self, name: &str, marker: &str) {
        if self.marker(name) != Some(marker) {
            self.change().files.insert(name.to_owned(), marker.to_owned());
        }
    }

    /// Forgets a file that retention removed.
    pub fn forget(&mut self, name: &str) {
        if self.marker(name).is_some() {
            self.change().files.remove(name);
        }
    }

    /// Notes a fault of a file; false when it is known already.
    pub fn refuse(&mut self, key: String, name: &str) -> bool {
        let known = self.seen().is_some_and(|seen| seen.refused.contains_key(&key));
        if !known {
            self.change().refused.insert(key, name.to_owned());
        }
        !known
    }

    /// How many faults stand.
    pub fn refused(&self) -> usize {
        self.seen().map_or(0, |seen| seen.refused.len())
    }

    /// The files that faults are about.
    pub fn refused_files(&self) -> BTreeSet<String> {
        self.seen().map(|seen| seen.refused.values().cloned().collect()).unwrap_or_default()
    }

    /// Writes what is new.
    pub fn save<F: Fs>(&mut self, fs: &F) -> Result<(), TransferError> {
        if self.changed {
            let bytes = serde_json::to_vec(&self.content)
                .map_err(|_| TransferError::State { path: self.path.clone() })?;
            atomic::replace(fs, &self.path, &bytes, PRIVATE)?;
            self.changed = false;
        }
        Ok(())
    }
}
