//! What can go wrong with a manifest.

use crate::fs::Error;
use std::path::PathBuf;

/// Why the manifest could not be used.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    /// The system refused. After a failed append the manifest is as it was.
    #[error(transparent)]
    Io(#[from] Error),
    /// A line cannot be read, or does not follow from the one above: nothing is appended to a broken chain.
    #[error("{} line {line} {why}; run `sentrix-collect verify`", path.display())]
    Broken {
        /// The manifest.
        path: PathBuf,
        /// The first line at fault, from 1.
        line: u64,
        /// What is wrong with it.
        why: &'static str,
    },
    /// A file of this name is listed already, with other content.
    #[error("{} lists {name} already, with other content", path.display())]
    Taken {
        /// The manifest.
        path: PathBuf,
        /// The file's name.
        name: String,
    },
    /// An earlier append or sync failed and could not be undone. Open the manifest again.
    #[error("{} was given up after an earlier failure", path.display())]
    GivenUp {
        /// The manifest.
        path: PathBuf,
    },
}

impl ManifestError {
    /// Whether the disk or the quota is full: the manifest is as it was, and waiting helps.
    pub fn is_full(&self) -> bool {
        matches!(self, Self::Io(error) if error.is_full())
    }
}
