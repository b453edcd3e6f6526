//! The lines of a manifest.

use crate::log::Closed;
use blake3::Hash;
use serde::{Deserialize, Serialize};

/// One line of a manifest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Record {
    /// A log file was closed.
    File(Listed),
    /// A listed log file was removed by retention.
    Removed(Removed),
}

/// The line of a closed log file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed {
    /// The file's name.
    pub name: String,
    /// Its length.
    pub bytes: u64,
    /// Events in it.
    pub events: u64,
    /// `ts` of the first event that has one.
    pub first_ts: Option<i64>,
    /// `ts` of the last event that has one.
    pub last_ts: Option<i64>,
    /// Hash of its bytes, in hexadecimal, as `b3sum` prints it.
    pub blake3: String,
    /// Hash of the line above, without its newline; 64 zeros in the first line.
    pub prev: String,
}

/// The line of a removal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Removed {
    /// The file's name.
    pub removed: String,
    /// When; RFC 3339, UTC.
    pub at: String,
    /// Hash of the line above, without its newline.
    pub prev: String,
}

impl Record {
    /// The hash of the line above that this line claims.
    pub fn prev(&self) -> &str {
        match self {
            Self::File(listed) => &listed.prev,
            Self::Removed(removed) => &removed.prev,
        }
    }
}

impl Listed {
    pub(super) fn new(closed: &Closed, prev: &Hash) -> Self {
        Self {
            name: closed.name.to_string(),
            bytes: closed.bytes,
            events: closed.events,
            first_ts: closed.first_ts,
            last_ts: closed.last_ts,
            blake3: closed.blake3.to_hex().to_string(),
            prev: prev.to_hex().to_string(),
        }
    }
}
