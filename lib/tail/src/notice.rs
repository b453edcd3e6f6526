//! What the people at the terminal should be told. A library does not print; it hands these out.

use sentrix_record::GapReason;
use sentrix_record::frame::BadLine;
use std::path::PathBuf;

/// Something that is worth a line on standard error. Never holds anything of the content: it may be secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// The source is not there yet.
    Waiting(PathBuf),
    /// The source is there and cannot be opened; it is tried again.
    CannotOpen(PathBuf, String),
    /// A line of the source is no event.
    BadLine {
        /// Where it begins.
        offset: u64,
        /// How long it is.
        bytes: u64,
        /// What is wrong with it.
        why: BadLine,
    },
    /// NUL bytes, or a line over the limit, were passed over.
    Passed {
        /// What it was.
        reason: GapReason,
        /// Where it begins.
        offset: u64,
        /// How long it is.
        bytes: u64,
    },
    /// The source broke off: what was written there in between cannot be known.
    Break {
        /// What happened to it.
        reason: GapReason,
        /// Up to where it was recorded.
        offset: u64,
    },
    /// The source was replaced by a new file; the old one was read to its end.
    NewFile,
    /// The disk is full; the source is the buffer until there is room.
    DiskFull(String),
    /// There is room again.
    DiskFree,
    /// The checkpoint was missing or unreadable, and was rebuilt from the record.
    Rebuilt {
        /// What was wrong with it.
        why: String,
        /// Where in the source it goes on.
        offset: u64,
    },
    /// The log directory, or the open log file, was removed: it was made again.
    Recreated,
    /// The manifest's last line had no end, and was cut off.
    TornManifest,
}
