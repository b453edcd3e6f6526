//! Why a tap cannot work.

use sentrix_record::LockError;
use sentrix_record::fs::Error as FsError;
use sentrix_record::log::LogError;
use sentrix_record::manifest::ManifestError;
use std::io;

/// Why a tap cannot be started, or has ended.
#[derive(Debug, thiserror::Error)]
pub enum TapError {
    /// A listener cannot be opened.
    #[error("cannot listen on {place}: {error}")]
    Listen {
        /// Where.
        place: String,
        /// Why not.
        error: io::Error,
    },
    /// Another tap answers there.
    #[error("another tap listens on {0}")]
    Taken(String),
    /// The rules of the guard cannot be read.
    #[error("the rules of the guard cannot be read: {0}")]
    Rules(String),
    /// The system refuses what every program needs.
    #[error("cannot {doing}: {error}")]
    Start {
        /// What.
        doing: &'static str,
        /// Why not.
        error: io::Error,
    },
    /// Another tap writes there.
    #[error(transparent)]
    Locked(#[from] LockError),
    /// The record cannot be written.
    #[error(transparent)]
    Fs(#[from] FsError),
    /// A log file cannot be written.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The manifest cannot be written.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
}
