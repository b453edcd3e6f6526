//! What can go wrong with a log file.

use crate::fs::Error;
use std::path::PathBuf;

/// Why a log file could not be written or taken up again.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The system refused. After a full disk ([`Error::is_full`]) the file is as it was: try again later.
    #[error(transparent)]
    Io(#[from] Error),
    /// The file is shorter than what was known to be durable: somebody cut it.
    #[error("{} is {have} bytes long, shorter than the {want} that were written", path.display())]
    Short {
        /// Which file.
        path: PathBuf,
        /// Its length now.
        have: u64,
        /// Its length by the checkpoint.
        want: u64,
    },
    /// The file is not laid out as ours are, up to where it should have been.
    #[error("{} is not as it was written: unexpected content at byte {offset}", path.display())]
    Foreign {
        /// Which file.
        path: PathBuf,
        /// The first offset that does not fit.
        offset: u64,
    },
    /// An earlier sync failed: nothing more is written through this handle. Open the file again.
    #[error("{} was given up after it could not be synced", path.display())]
    Broken {
        /// Which file.
        path: PathBuf,
    },
}

impl LogError {
    /// Whether the disk or the quota is full: the file is as it was, and waiting helps.
    pub fn is_full(&self) -> bool {
        matches!(self, Self::Io(error) if error.is_full())
    }
}
