//! What a transfer has to say.

use crate::fault::Fault;

/// What a transfer has to say.
#[derive(Debug)]
pub enum Notice {
    /// The source contradicts the record; it was recorded just now.
    Fault(Fault),
    /// So many faults stand from earlier runs.
    Standing(usize),
    /// A file could not be read; the others go on.
    Unreadable {
        /// The file. Untrusted text.
        file: String,
        /// What the system said.
        why: String,
    },
    /// So many names that are no collector's log files are there; they are not copied.
    PassedOver(usize),
    /// So many files were removed by the source's retention before they were copied to their end.
    Removed(usize),
    /// A file is not the newest and has no line in the manifest: it is copied, and cannot be verified.
    Unlisted(String),
    /// The last line of our own manifest was torn by a crash and cut off.
    TornManifest,
}
