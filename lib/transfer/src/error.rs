//! What can go wrong on our side.

use sentrix_record::LockError;
use sentrix_record::fs::Error;
use sentrix_record::log::LogError;
use sentrix_record::manifest::ManifestError;
use std::io;
use std::path::PathBuf;

/// Why a transfer could not go on. What the source does wrong is no error but a [`Fault`](crate::Fault).
#[derive(Debug, thiserror::Error)]
pub enum TransferError {
    /// Somebody else writes here.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// The system refused.
    #[error(transparent)]
    Io(#[from] Error),
    /// A copy could not be written.
    #[error(transparent)]
    Log(#[from] LogError),
    /// Our own manifest could not be used.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// The source could not be listed, or went away in mid-sentence.
    #[error("cannot read the source: {0}")]
    Source(io::Error),
    /// What we keep about the source is not what we wrote.
    #[error("{} is damaged", path.display())]
    State {
        /// The file.
        path: PathBuf,
    },
    /// Events could not be handed on.
    #[error("cannot emit events: {0}")]
    Sink(io::Error),
}

impl TransferError {
    /// Whether the disk or the quota is full: nothing was lost, and waiting helps.
    pub fn is_full(&self) -> bool {
        match self {
            Self::Io(error) => error.is_full(),
            Self::Log(error) => error.is_full(),
            Self::Manifest(error) => error.is_full(),
            _ => false,
        }
    }
}
