//! How the record is kept.

use sentrix_record::manifest::Retention;
use std::time::{Duration, SystemTime};

/// How the record is kept.
#[derive(Debug, Clone)]
pub struct Options {
    /// A log file that holds an event is closed when it is this old; none: never because of its age.
    pub rotate_after: Option<Duration>,
    /// A log file is closed when it has reached this length; none: never because of its length.
    pub rotate_bytes: Option<u64>,
    /// How much of the record is kept.
    pub retention: Retention,
    /// Where the time of day comes from: for names and gap events, never for measuring.
    pub now: fn() -> SystemTime,
}

impl Default for Options {
    fn default() -> Self {
        Self { rotate_after: None, rotate_bytes: None, retention: Retention::default(), now: SystemTime::now }
    }
}
