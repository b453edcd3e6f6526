//! What can be chosen about a transfer.

use std::time::SystemTime;

/// What can be chosen about a transfer.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// No file longer than this is copied.
    pub max_file: u64,
    /// The clock: for names and gap events.
    pub now: fn() -> SystemTime,
}

impl Default for Options {
    fn default() -> Self {
        Self { max_file: 1 << 30, now: SystemTime::now }
    }
}
