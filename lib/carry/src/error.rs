//! Why a carrier ended.

use std::fmt::{self, Display};
use std::io;

/// Why a carrier ended before its time. Every connection on it is closed.
#[derive(Debug)]
pub enum Error {
    /// The system could not wait, read or write.
    Io(io::Error),
    /// What came first is not the greeting of a carrier of this version.
    Stranger,
    /// The stream ended in the middle of a frame.
    Cut,
    /// The other side broke the rules.
    Malformed(&'static str),
}

impl Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) => error.fmt(f),
            Self::Stranger => f.write_str("the other side does not greet as a carrier of this version does"),
            Self::Cut => f.write_str("the stream ended in the middle of a frame"),
            Self::Malformed(why) => write!(f, "the other side broke the rules: {why}"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io(error) => Some(error),
            _ => None,
        }
    }
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<rustix::io::Errno> for Error {
    fn from(error: rustix::io::Errno) -> Self {
        Self::Io(error.into())
    }
}
