//! Copying both ways between two streams until both are at their end.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::os::unix::net::UnixStream;

/// A stream of which one direction can be closed.
pub trait Duplex: Read + Write + Send + Sized + 'static {
    /// A second handle.
    fn twin(&self) -> io::Result<Self>;
    /// Says that nothing more will be written. A peer that is gone already is no error.
    fn end(&self);
}

impl Duplex for TcpStream {
    fn twin(&self) -> io::Result<Self> {
        self.try_clone()
    }
    fn end(&self) {
        let _ = self.shutdown(Shutdown::Write);
    }
}

impl Duplex for UnixStream {
    fn twin(&self) -> io::Result<Self> {
        self.try_clone()
    }
    fn end(&self) {
        let _ = self.shutdown(Shutdown::Write);
    }
}

/// Copies both ways; each side's end is passed on to the other.
pub fn both_ways(near: impl Duplex, far: impl Duplex) -> io::Result<()> {
    let (mut near_in, mut far_out) = (near.twin()?, far.twin()?);
    let there = std::thread::spawn(move || {
        let copied = io::copy(&mut near_in, &mut far_out);
        far_out.end();
        copied
    });
    let (mut far_in, mut near_out) = (far, near);
    let back = io::copy(&mut far_in, &mut near_out);
    near_out.end();
    let there = there.join().unwrap_or_else(|_| Err(io::Error::other("a copying thread panicked")));
    back.and(there).map(drop)
}
