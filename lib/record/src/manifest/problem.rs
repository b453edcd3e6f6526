//! What a check of the record may find.

use std::fmt;

/// What does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// A manifest line cannot be read.
    Unreadable {
        /// Line of the manifest, from 1.
        line: u64,
    },
    /// A manifest line does not follow from the one above it: one of the two was changed, added or taken out.
    Chain {
        /// Line of the manifest, from 1.
        line: u64,
    },
    /// The manifest's last line has no end: a crash tore it, and its owner will cut it off.
    Torn {
        /// Line of the manifest, from 1.
        line: u64,
    },
    /// A name that no log file can have, or that is listed twice, or removed but not listed.
    Name {
        /// Line of the manifest, from 1.
        line: u64,
        /// The name.
        name: String,
    },
    /// A listed file is not there.
    Missing {
        /// Line of the manifest, from 1.
        line: u64,
        /// The file.
        name: String,
    },
    /// A listed file has another length.
    Length {
        /// Line of the manifest, from 1.
        line: u64,
        /// The file.
        name: String,
        /// Bytes by the manifest.
        want: u64,
        /// Bytes in the file.
        have: u64,
    },
    /// A listed file has the right length and other bytes.
    Changed {
        /// Line of the manifest, from 1.
        line: u64,
        /// The file.
        name: String,
    },
    /// A listed file cannot be read.
    Io {
        /// Line of the manifest, from 1.
        line: u64,
        /// The file.
        name: String,
        /// What the system said.
        why: String,
    },
    /// A log file that should be listed: newer than the first listed file, and not the newest.
    Unlisted {
        /// The file.
        name: String,
    },
}

impl Problem {
    /// The manifest's line at fault, from 1; past all lines for a file without one.
    pub fn line(&self) -> u64 {
        match self {
            Self::Unreadable { line }
            | Self::Chain { line }
            | Self::Torn { line }
            | Self::Name { line, .. }
            | Self::Missing { line, .. }
            | Self::Length { line, .. }
            | Self::Changed { line, .. }
            | Self::Io { line, .. } => *line,
            Self::Unlisted { .. } => u64::MAX,
        }
    }

    /// The log file at fault, as the manifest or the directory names it. Untrusted text.
    pub fn file(&self) -> Option<&str> {
        match self {
            Self::Unreadable { .. } | Self::Chain { .. } | Self::Torn { .. } => None,
            Self::Name { name, .. }
            | Self::Missing { name, .. }
            | Self::Length { name, .. }
            | Self::Changed { name, .. }
            | Self::Io { name, .. }
            | Self::Unlisted { name } => Some(name),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable { line } => write!(f, "manifest line {line} cannot be read"),
            Self::Chain { line } => write!(f, "manifest line {line} does not follow from the one above it"),
            Self::Torn { line } => write!(f, "manifest line {line} is torn"),
            Self::Name { line, name } => {
                write!(f, "manifest line {line} names {name:?}, which cannot be or is named twice")
            }
            Self::Missing { line, name } => write!(f, "{name:?} (manifest line {line}) is missing"),
            Self::Length { line, name, want, have } => {
                write!(f, "{name:?} (manifest line {line}) has {have} bytes, not {want}")
            }
            Self::Changed { line, name } => write!(f, "{name:?} (manifest line {line}) was changed"),
            Self::Io { line, name, why } => {
                write!(f, "{name:?} (manifest line {line}) cannot be read: {why}")
            }
            Self::Unlisted { name } => write!(f, "{name:?} has no line in the manifest"),
        }
    }
}
