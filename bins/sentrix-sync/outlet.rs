//! Events on standard output.

use sentrix_cli::{Closed, Stdout};
use sentrix_transfer::Sink;
use std::io::{self, ErrorKind};

/// Standard output as a sink.
pub struct Outlet(pub Stdout);

impl Sink for Outlet {
    fn event(&mut self, event: &[u8]) -> io::Result<()> {
        self.0.record(event).map_err(error)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush().map_err(error)
    }
}

fn error(closed: Closed) -> io::Error {
    match closed {
        Closed::Pipe => ErrorKind::BrokenPipe.into(),
        Closed::Error(error) => error,
    }
}
