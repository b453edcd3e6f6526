//! A limit on what a tar reader may take in at once: the lengths in an archive are claims, and it makes room for what they claim.

use std::cell::Cell;
use std::io::{self, ErrorKind, Read};
use std::rc::Rc;

/// Headers, long names and attributes of one entry are never longer.
const HEADERS: u64 = 1 << 20;
const BLOCK: u64 = 512;

/// A stream with a limit.
pub struct Guard<R> {
    inner: R,
    left: Rc<Cell<Option<u64>>>,
}

/// How much may be read; shared with whoever knows.
pub struct Allowance(Rc<Cell<Option<u64>>>);

impl<R: Read> Guard<R> {
    /// Nothing may be read until something is granted.
    pub fn new(inner: R) -> (Self, Allowance) {
        let left = Rc::new(Cell::new(Some(0)));
        (Self { inner, left: Rc::clone(&left) }, Allowance(left))
    }
}

impl Allowance {
    /// Up to the bytes of an entry, and the headers of the next.
    pub fn grant(&self, content: u64) {
        self.0.set(Some(content.saturating_add(BLOCK + HEADERS)));
    }

    /// From here on somebody else counts.
    pub fn lift(&self) {
        self.0.set(None);
    }
}

impl<R: Read> Read for Guard<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Some(left) = self.left.get() else { return self.inner.read(buffer) };
        let most = usize::try_from(left).unwrap_or(buffer.len()).min(buffer.len());
        if most == 0 && !buffer.is_empty() {
            return Err(io::Error::new(ErrorKind::InvalidData, "the archive's headers have no end"));
        }
        let read = self.inner.read(&mut buffer[..most])?;
        self.left.set(Some(left - read as u64));
        Ok(read)
    }
}
