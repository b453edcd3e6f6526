//! Copying a record out of a place that is not trusted: log files, as they grow, and nothing else.
//!
//! The source may be in hostile hands, so its listing is only a claim. A name is taken when it is the name of a
//! collector's log file; a growing file is copied event by event, from the offset where the copy ends; a closed file is
//! copied whole, checked against the source's manifest, and put in its place by a rename. What was copied once is never
//! written over, cut or removed: where the source contradicts it, that is a [`Fault`], recorded as a `sentrix_gap` event
//! in a log file of our own (`…-sync.json`).
//!
//! [`Transfer`] is the whole: one [`pass`](Transfer::pass) looks at the source once. [`Source`] is where the bytes come
//! from ([`Directory`] is a local one, [`Remote`] one behind a pair of streams, [`Archive`] one in tar files), [`Sink`] where new events go besides.
//!
//! ```text
//! LOG_DIR/20260310T014033.json     copies; always valid arrays of whole events
//! LOG_DIR/20260310T014033-sync.json  what was found wrong
//! LOG_DIR/manifest.jsonl           our own chain: a line for each copy that is complete
//! LOG_DIR/.sentrix_sync_state      names of complete copies, in the Python version's shape
//! LOG_DIR/.sentrix_sync/           the source's manifest as it was seen, what was refused, how far events were emitted
//! ```

mod archive;
mod copies;
mod directory;
mod emitter;
mod error;
mod fault;
mod gaps;
mod history;
mod journal;
mod layout;
mod local;
mod notice;
mod options;
mod progress;
mod remote;
mod source;
mod state;
mod transfer;
mod walk;

pub use archive::Archive;
pub use directory::Directory;
pub use emitter::Sink;
pub use error::TransferError;
pub use fault::{Fault, Kind};
pub use notice::Notice;
pub use options::Options;
pub use remote::{Remote, serve};
pub use source::{Item, ItemKind, Source};
pub use transfer::{COLLECTOR_LOCK, LOCK, Transfer};
