//! Events on their way into a log file.

use super::ts::{Span, event_ts};

/// What stands before an event in a log file; the first event of a file leaves out [`COMMA`].
pub(super) const BEFORE: &[u8] = b",\n  ";
/// How much of [`BEFORE`] separates an event from the one before it.
pub(super) const COMMA: usize = 2;
/// What stands before an event on its line.
const INDENT: &[u8] = b"  ";

/// Memory that an emptied batch keeps.
const KEEP: usize = 1 << 20;

/// Events laid out as they will stand in a log file, to be appended in one write. Reuse it: its memory is kept.
#[derive(Debug, Default)]
pub struct Batch {
    pub(super) bytes: Vec<u8>,
    pub(super) events: u64,
}

impl Batch {
    /// An empty batch.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one event, verbatim. The caller has checked it ([`check_event`](crate::frame::check_event)): a line
    /// that is no JSON value would break the file.
    pub fn push(&mut self, event: &[u8]) {
        self.bytes.reserve(BEFORE.len() + event.len() + 1);
        self.bytes.extend_from_slice(BEFORE);
        self.bytes.extend_from_slice(event);
        self.bytes.push(b'\n');
        self.events += 1;
    }

    /// How many events are in it.
    pub fn events(&self) -> u64 {
        self.events
    }

    /// How many bytes they will take in the file, at most.
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Whether it holds no event.
    pub fn is_empty(&self) -> bool {
        self.events == 0
    }

    /// Forgets the events. Memory beyond 1 MiB is given back.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.bytes.shrink_to(KEEP);
        self.events = 0;
    }

    /// The times of the first and the last event that have one; the others' are not asked for.
    pub(super) fn span(&self) -> Span {
        // An event is a line, and a comma another one.
        let lines = self.bytes.split(|byte| *byte == b'\n');
        let mut times = lines.filter_map(|line| event_ts(line.strip_prefix(INDENT)?));
        let first = times.next();
        Span { first, last: times.next_back().or(first) }
    }
}
