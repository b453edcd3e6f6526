//! Why collecting could not go on.

use sentrix_record::LockError;
use sentrix_record::fs::Error;
use sentrix_record::log::LogError;
use sentrix_record::manifest::ManifestError;
use std::io;

/// Why collecting could not go on.
#[derive(Debug, thiserror::Error)]
pub enum TailError {
    /// The log directory's lock is held, or cannot be had.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// The log directory could not be used.
    #[error(transparent)]
    Storage(#[from] Error),
    /// A log file could not be written.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The manifest could not be written, or its chain does not hold.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// The source's content was exchanged again and again while it was compared with the record.
    #[error("the source changed while it was compared with the record")]
    Changed,
    /// The source could not be read.
    #[error("cannot read the source: {0}")]
    Source(io::Error),
}

impl TailError {
    /// Whether the disk or the quota is full: nothing was lost, and the same will work once there is room.
    pub fn is_full(&self) -> bool {
        match self {
            Self::Storage(error) | Self::Lock(LockError::Io(error)) => error.is_full(),
            Self::Log(error) => error.is_full(),
            Self::Manifest(ManifestError::Io(error)) => error.is_full(),
            _ => false,
        }
    }

    /// Whether something that was there is not there any more: the log directory, as a rule.
    pub fn is_missing(&self) -> bool {
        match self {
            Self::Storage(error)
            | Self::Log(LogError::Io(error))
            | Self::Manifest(ManifestError::Io(error)) => error.source.kind() == io::ErrorKind::NotFound,
            _ => false,
        }
    }
}
