//! Reading a source's log file event by event.

use crate::layout::{Layout, Next};
use crate::source::Source;
use sentrix_record::frame::DEFAULT_LIMIT;
use std::io;
use std::ops::Range;

/// How much is read at a time.
pub const CHUNK: usize = 1 << 20;

/// A walk through a log file of a source. Memory: the longest event plus a half.
pub struct Walk<'a, S> {
    source: &'a mut S,
    name: &'a str,
    /// Where the buffer stands in the file.
    offset: u64,
    buffer: Vec<u8>,
    taken: usize,
    events: Vec<Range<usize>>,
    layout: Layout,
}

/// What a step of the walk gave.
pub enum Step<'a> {
    /// Whole events: the bytes with what separates them, and where each event is in them.
    Events(&'a [u8], &'a [Range<usize>]),
    /// The closing stands here.
    Closing,
    /// The file ends here, in the middle of an event or before its closing.
    Partial,
    /// What stands at this offset was not written by a collector.
    Foreign(u64),
}

impl<'a, S: Source> Walk<'a, S> {
    /// Begins at an offset, behind what the layout says.
    pub fn new(source: &'a mut S, name: &'a str, offset: u64, layout: Layout) -> Self {
        Self { source, name, offset, buffer: Vec::new(), taken: 0, events: Vec::new(), layout }
    }

    /// Events in the file up to here.
    pub fn events(&self) -> u64 {
        self.layout.events
    }

    /// Goes on.
    ///
    /// # Errors
    /// When the source cannot be read.
    pub fn step(&mut self) -> io::Result<Step<'_>> {
        self.buffer.drain(..self.taken);
        self.offset += self.taken as u64;
        self.taken = 0;
        self.events.clear();
        loop {
            let read = self.fill()?;
            let (taken, next) = self.layout.take(&self.buffer, &mut self.events);
            if taken > 0 {
                self.taken = taken;
                return Ok(Step::Events(&self.buffer[..taken], &self.events));
            }
            match next {
                Next::Closing => return Ok(Step::Closing),
                Next::Foreign(at) => return Ok(Step::Foreign(self.offset + at as u64)),
                Next::More if read == 0 => return Ok(Step::Partial),
                Next::More if self.buffer.len() > DEFAULT_LIMIT => return Ok(Step::Foreign(self.offset)),
                Next::More => {}
            }
        }
    }

    /// Reads on. More and more at once, or a long event would be searched for its end again and again.
    fn fill(&mut self) -> io::Result<usize> {
        let old = self.buffer.len();
        self.buffer.resize(old + CHUNK.max(old / 2), 0);
        let read = self.source.read(self.name, self.offset + old as u64, &mut self.buffer[old..]);
        self.buffer.truncate(old + read.as_ref().map_or(0, |read| *read));
        read
    }
}
