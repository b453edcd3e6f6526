//! From raw events to turns: reads log files, archives and streams of any size in bounded memory.
//!
//! A raw-stream archive is 99 % deltas that its end events repeat, so the reader looks at a delta only far enough to
//! know whose it is. It parses a line in full when the line can hold anything else: an end event, messages, a gap, or
//! a key spelt in a way that hides one of these. No line can make the reader miss another: what cannot be read
//! becomes a [`Bad`] item with its place, beside the good ones.
//!
//! Work is cut into segments of a log file ([`segment`]), which are scanned in parallel without knowing of each other;
//! [`Runs`] then joins what spans them: a run whose request, deltas and end stand in different segments or files.

mod alike;
mod archive;
mod clock;
mod digest;
mod exchange;
mod item;
mod join;
mod line;
mod lines;
mod pipeline;
mod rebuild;
mod run;
mod segment;
mod shape;
mod source;
mod straggle;
mod streak;
mod streaks;
mod stream;
mod string;

pub use archive::{Archive, Progress, Wave};
pub use exchange::{CAPTURE_GAP, Ledger};
pub use item::{Bad, Gap, Item};
pub use run::{OpenRun, Runs, Span};
pub use source::{Listing, Source, list};
pub use stream::Stream;
