//! Following a growing file exactly once: its lines become the events of a log directory, each once and in order,
//! whatever happens to the file, to the collector or to the disk.
//!
//! The way of a line: [`Source`] reads it and sees whether the content was exchanged; [`transfer`] tells events from
//! what is none; [`Recorder`] writes it to the log file; [`Checkpoint`] says, once it is durable, how far the source was
//! recorded. After a restart [`resume`] finds the source and the record again, by the checkpoint ([`reconcile`]) or without
//! one ([`align`]). [`Collector`] ties them together, [`Wake`] says when to look again.

pub mod align;
pub mod checkpoint;
mod collector;
mod error;
mod identity;
mod input;
mod notice;
mod options;
pub mod pieces;
pub mod reconcile;
mod recorder;
pub mod resume;
mod source;
pub mod transfer;
mod wake;

pub use checkpoint::Checkpoint;
pub use collector::{Collector, Progress};
pub use error::TailError;
pub use identity::{FileId, Position, Trail, WINDOW};
pub use input::{Found, Input, Look};
pub use notice::Notice;
pub use options::Options;
pub use recorder::{LOCK, Place, REJECTS, Recorder};
pub use source::{Read, Source};
pub use wake::{POLL, Wake};
