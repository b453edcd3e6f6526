//! An I/O error that says what was being done and where.

use std::io;
use std::path::{Path, PathBuf};

/// An I/O error with what was being done and on which path.
#[derive(Debug, thiserror::Error)]
#[error("cannot {doing} {}: {source}", path.display())]
pub struct Error {
    /// What was being done: `write`, `sync`, …
    pub doing: &'static str,
    /// On which path.
    pub path: PathBuf,
    /// What the system said.
    pub source: io::Error,
}

impl Error {
    /// Whether the disk or the quota is full: waiting helps, and nothing was lost.
    pub fn is_full(&self) -> bool {
        matches!(self.source.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
    }
}

/// Adds what was being done, and where, to an I/O error.
pub trait At<T> {
    /// Turns the bare error into an [`Error`].
    ///
    /// # Errors
    /// The same error, with its place.
    fn at(self, doing: &'static str, path: &Path) -> Result<T, Error>;
}

impl<T> At<T> for io::Result<T> {
    fn at(self, doing: &'static str, path: &Path) -> Result<T, Error> {
        self.map_err(|source| Error { doing, path: path.to_owned(), source })
    }
}
