//! `manifest.jsonl`: one line per closed log file, chained by hash, so that a later change of a file, of a line, or
//! of their order shows.
//!
//! ```text
//! {"name":"20260310T014033.json","bytes":60239,"events":325,"first_ts":…,"last_ts":…,"blake3":"…","prev":"000…"}
//! {"removed":"20260310T014033.json","at":"2026-03-13T17:23:18Z","prev":"<blake3 of the line above, without newline>"}
//! ```
//!
//! A file that retention removed keeps its line and gets a second one, so the chain still holds.

mod chain;
mod error;
mod file;
mod problem;
mod record;
mod retention;
mod verify;

pub use error::ManifestError;
pub use file::{Manifest, Torn};
pub use problem::Problem;
pub use record::{Listed, Record, Removed};
pub use retention::Retention;
pub use verify::{Report, verify};

/// The manifest's name in a log directory.
pub const FILE: &str = "manifest.jsonl";
