//! A file of any [`Fs`](super::Fs) as a stream.

use super::FsFile;
use std::io::{self, Read};

/// Reads a file from an offset on, as a stream of its own position.
#[derive(Debug)]
pub struct Reader<'a, F> {
    file: &'a F,
    offset: u64,
}

impl<'a, F: FsFile> Reader<'a, F> {
    /// Starts at an offset.
    pub fn new(file: &'a F, offset: u64) -> Self {
        Self { file, offset }
    }
}

impl<F: FsFile> Read for Reader<'_, F> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read_at(buffer, self.offset)?;
        self.offset += read as u64;
        Ok(read)
    }
}
