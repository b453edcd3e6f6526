//! What reading a log file gives: entries, and beside them what was bad.

use memchr::memchr2;
use std::borrow::Cow;
use std::io;

/// One entry of a log: an event's bytes as they stand in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry<'a> {
    /// Offset of its first byte in the file.
    pub start: u64,
    /// Offset just past its last byte.
    pub end: u64,
    /// Its bytes. An entry on one line has not been parsed: it begins with `{` and ends with `}`.
    pub bytes: &'a [u8],
}

impl<'a> Entry<'a> {
    /// The entry on one line: line breaks between its parts become spaces (inside a string there are none).
    pub fn line(&self) -> Cow<'a, [u8]> {
        if memchr2(b'\n', b'\r', self.bytes).is_none() {
            return Cow::Borrowed(self.bytes);
        }
        let one = |byte: &u8| if matches!(byte, b'\n' | b'\r') { b' ' } else { *byte };
        Cow::Owned(self.bytes.iter().map(one).collect())
    }
}

/// A place that holds no entry.
#[derive(Debug)]
pub struct Bad {
    /// Offset of its first byte.
    pub start: u64,
    /// How many bytes.
    pub len: u64,
    /// What is wrong with them.
    pub why: Why,
}

/// What is wrong with a bad place.
#[derive(Debug, thiserror::Error)]
pub enum Why {
    /// Not JSON.
    #[error("not JSON")]
    Junk,
    /// An entry without its end: the file was torn there.
    #[error("an entry without its end")]
    Torn,
    /// An entry over the size limit (256 MiB).
    #[error("an entry over the size limit")]
    Oversized,
    /// The file could not be read any further.
    #[error("{0}")]
    Io(#[from] io::Error),
}
