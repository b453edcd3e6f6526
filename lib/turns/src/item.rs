//! What a record is made of.

use sentrix_record::Turn;

/// One thing that the reader found, in the order of the record.
#[derive(Debug, Clone)]
pub enum Item {
    /// A message of the model.
    Turn(Box<Turn>),
    /// A hole in the record that the collector marked.
    Gap(Gap),
    /// Bytes that are no event.
    Bad(Bad),
}

/// A `sentrix_gap` event: something was unreadable or lost when it was recorded; or a place where one record lacks what the other has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// Name of the log file.
    pub source_file: String,
    /// First byte of the event.
    pub start: u64,
    /// One past its last byte.
    pub end: u64,
    /// blake3 (hex) of the event's bytes.
    pub blake3: String,
    /// Epoch milliseconds, where given.
    pub ts: Option<i64>,
    /// Why, in the collector's word.
    pub why: String,
    /// How many bytes it is about, where given.
    pub bytes: Option<u64>,
    /// What is missing, in words, where the reader found it out itself; names runs and exchanges, never quotes them.
    pub detail: String,
}

/// Bytes of a log file that are no event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bad {
    /// Name of the log file.
    pub source_file: String,
    /// First byte.
    pub start: u64,
    /// One past the last byte.
    pub end: u64,
    /// blake3 (hex) of the bytes.
    pub blake3: String,
    /// What is wrong with them; never quotes them.
    pub why: String,
    /// They are the end of the file and have no newline: the rest may still be on its way.
    pub at_end: bool,
}

impl std::fmt::Display for Bad {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let bytes = self.end.saturating_sub(self.start);
        write!(f, "{}: {bytes} unreadable bytes at offset {}: {}", self.source_file, self.start, self.why)
    }
}
