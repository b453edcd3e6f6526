//! Standard output: data only, one record a line, quiet when the reader has gone.

use crate::Failure;
use std::io::{self, BufWriter, StdoutLock, Write};

/// Writing to standard output failed.
#[derive(Debug)]
pub enum Closed {
    /// The reader went away (`| head -1`).
    Pipe,
    /// Anything else, such as a full disk behind a redirection.
    Error(io::Error),
}

impl From<io::Error> for Closed {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::Pipe,
            _ => Self::Error(error),
        }
    }
}

impl From<Closed> for Failure {
    fn from(closed: Closed) -> Self {
        match closed {
            Closed::Pipe => Self::closed_pipe(),
            Closed::Error(error) => Self::environment("cannot write to standard output").because(error),
        }
    }
}

/// A buffered standard output that tells a closed pipe from an error.
///
/// Nothing counts as written until [`Stdout::flush`] has returned `Ok`.
#[derive(Debug)]
pub struct Stdout {
    out: BufWriter<StdoutLock<'static>>,
}

impl Stdout {
    /// Takes standard output for the life of the value.
    pub fn lock() -> Self {
        Self { out: BufWriter::with_capacity(64 * 1024, io::stdout().lock()) }
    }

    /// Writes one record and its newline. The record must not hold a newline itself.
    ///
    /// # Errors
    /// [`Closed`] when the reader went away or the write failed.
    pub fn record(&mut self, record: &[u8]) -> Result<(), Closed> {
        self.out.write_all(record)?;
        self.out.write_all(b"\n")?;
        Ok(())
    }

    /// Writes bytes as they are.
    ///
    /// # Errors
    /// [`Closed`] when the reader went away or the write failed.
    pub fn raw(&mut self, bytes: &[u8]) -> Result<(), Closed> {
        Ok(self.out.write_all(bytes)?)
    }

    /// Hands everything written so far to the reader.
    ///
    /// # Errors
    /// [`Closed`] when the reader went away or the write failed.
    pub fn flush(&mut self) -> Result<(), Closed> {
        Ok(self.out.flush()?)
    }
}
