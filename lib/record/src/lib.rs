//! The wire contract: what Sentrix's programs write to files and pass through pipes.
//!
//! Records: [`Turn`], [`Verdict`], [`Flag`], [`CaseFile`]. Everything is JSON, one record a line, and every type
//! keeps the fields that it does not know.
//!
//! Storage: [`fs`] (a file system that tests can make fail), [`atomic`] replacement, [`Lock`], JSONL [`frame`]s, the
//! [`log`] file, the [`manifest`] with its hash chain, [`Rejects`] and [`gap_event`]. Everything that writes takes the
//! file system as a parameter; [`fs::StdFs`] is the real one.

pub mod atomic;
mod case;
mod category;
pub mod exchange;
mod flag;
pub mod frame;
pub mod fs;
mod gap;
pub mod lenient;
mod lock;
pub mod log;
pub mod manifest;
mod rejects;
mod severity;
mod text;
mod time;
mod turn;
mod verdict;

pub use case::CaseFile;
pub use category::Category;
pub use flag::{Evidence, Flag, Vote};
pub use gap::{GapReason, GapSource, gap_event};
pub use lock::{Lock, LockError};
pub use rejects::{Kept, Rejects};
pub use severity::Severity;
pub use text::Text;
pub use time::{epoch_millis, rfc3339, stamp};
pub use turn::{Arguments, BadTurn, Message, RecordKind, ToolCall, ToolResult, Turn};
pub use verdict::{Finding, Verdict};
