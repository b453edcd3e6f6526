//! The log file: a JSON array of raw events, one a line, valid after every append.
//!
//! ```text
//! [\n            opening
//!   {…}\n        first event, two spaces before the source's bytes
//! ,\n  {…}\n     every further event
//! ]\n            closing; an append overwrites it, in one write, and ends with it again
//! ```
//!
//! Whoever writes logs keeps a checkpoint beside them: how far the source was taken, and into which file up to which
//! length. To be able to stop at any moment, append, [`sync`](LogFile::sync), and only then replace the checkpoint;
//! after a restart cut the file back to the checkpoint's length ([`open_for_append`](LogFile::open_for_append)) and
//! read the source from the checkpoint's offset. A file that is neither the checkpoint's nor listed in the
//! [`manifest`](crate::manifest) was begun after it: its events come from the source again. Rotating: sync and
//! checkpoint the old file, [`close`](LogFile::close) it, append its manifest line, make the new one, checkpoint.

mod batch;
mod entries;
mod entry;
mod error;
mod file;
mod name;
mod recover;
mod ts;

pub use batch::Batch;
pub use entries::Entries;
pub use entry::{Bad, Entry, Why};
pub use error::LogError;
pub use file::{Closed, LogFile};
pub use name::{BadName, LogName};
pub use recover::Recovered;

/// What a log file begins with.
pub const OPENING: &[u8] = b"[\n";
/// What a log file ends with.
pub const CLOSING: &[u8] = b"]\n";
/// A log file without events.
pub const EMPTY: &[u8] = b"[\n]\n";
