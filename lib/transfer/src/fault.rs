//! Where the source contradicts what was copied, or what it said before.

use std::fmt;

/// A contradiction, and where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The source's file. Untrusted text.
    pub file: String,
    /// What is wrong.
    pub kind: Kind,
    /// The first byte that is wrong.
    pub offset: u64,
    /// The first line of the manifest that is wrong, from 1.
    pub line: Option<u64>,
}

/// What is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// It holds other bytes than those that were copied.
    Rewritten,
    /// It ends before the bytes that were copied do.
    Cut,
    /// Its bytes are not those that the manifest lists.
    Unverified,
    /// It is not laid out as a collector writes.
    Foreign,
    /// It is gone, and the manifest does not say that it was removed.
    Missing,
    /// Its name stands for a link, a directory or a device.
    Irregular,
    /// Its name leads out of the directory.
    Name,
    /// It is longer than what is accepted.
    Oversized,
    /// The log directory already holds another file of this name.
    Taken,
    /// The source holds more names than any record has.
    Crowded,
    /// A line of the manifest cannot be read, or does not follow from the one above it.
    Chain,
}

impl Kind {
    /// The sentence about it, after the file's name.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Rewritten => "holds other bytes at the source than those that were copied",
            Self::Cut => "is shorter at the source than what was copied",
            Self::Unverified => "is not the file that the source's manifest lists",
            Self::Foreign => "holds something at the source that no collector writes",
            Self::Missing => "is gone from the source, and its manifest does not say why",
            Self::Irregular => "is no regular file at the source",
            Self::Name => "is a name that leads out of the directory",
            Self::Oversized => "is longer than what is accepted",
            Self::Taken => "is not the file of this name that the log directory holds",
            Self::Crowded => "holds more names at the source than any record has",
            Self::Chain => "has a line that cannot be read or does not follow from the one above it",
        }
    }
}

impl Fault {
    /// A contradiction at a byte of a file.
    pub fn at(file: &str, kind: Kind, offset: u64) -> Self {
        // A name is at most 255 bytes on every file system; whatever is longer is only told by its beginning.
        Self { file: file.chars().take(255).collect(), kind, offset, line: None }
    }

    /// Under this key it is remembered: a file is refused once for one reason.
    pub fn key(&self) -> String {
        format!("{} {:?}", self.file, self.kind)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} {}", self.file, self.kind.sentence())?;
        match self.line {
            Some(line) => write!(f, " (line {line})"),
            None => write!(f, " (byte {})", self.offset),
        }
    }
}
