//! JSONL framing: from bytes that arrive in any pieces to whole lines, and from a line to "this is one JSON value".

mod check;
mod checker;
mod framer;
mod scan;
mod window;

pub use check::{BadLine, check_event};
pub use checker::Checker;
pub use framer::{DEFAULT_LIMIT, Frame, Framer, Line};
pub use scan::{Scan, scan_value};
pub use window::Window;
