//! Whole lines from a growing source.

use super::Window;
use blake3::{Hash, Hasher};
use memchr::memchr;
use std::ops::Range;

/// The longest line that is kept in memory, unless told otherwise: 256 MiB.
pub const DEFAULT_LIMIT: usize = 256 << 20;

const BOM: &[u8] = b"\xef\xbb\xbf";

/// One whole line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line<'a> {
    /// Offset of its first byte in the source (of a BOM, if it has one).
    pub start: u64,
    /// Offset just past its newline.
    pub end: u64,
    /// The line without newline, carriage return and BOM.
    pub bytes: &'a [u8],
}

/// What stood in the source. Offsets are absolute; frames follow one another without overlap, and only blank lines
/// lie between them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Frame<'a> {
    /// A line, not blank, not longer than the limit.
    Line(Line<'a>),
    /// A line over the limit: it was read past, not kept.
    Oversized {
        /// Offset of its first byte.
        start: u64,
        /// Offset just past its newline.
        end: u64,
        /// The hash of its bytes, without the newline.
        blake3: Hash,
    },
    /// A run of NUL bytes at the start of a line, as a writer leaves that goes on at its old offset after a
    /// truncation. What follows on the same line comes as a line of its own.
    Nuls {
        /// Offset of the first.
        start: u64,
        /// Offset just past the last.
        end: u64,
    },
}

/// Cuts a source into lines, however it arrives: read into [`space`](Self::space) and say how much with
/// [`filled`](Self::filled) (no copy), or hand over chunks with [`feed`](Self::feed); then take frames with
/// [`next`](Self::next) until there is none. A partial last line stays inside.
///
/// Memory: the longest line so far plus a quarter, at most the limit plus a quarter; given back after a long line.
#[derive(Debug)]
pub struct Framer {
    window: Window,
    limit: usize,
    /// How much of the window is known to hold no newline.
    searched: usize,
    /// Where the run of NULs began that has not ended yet.
    nuls: Option<u64>,
    /// Where the oversized line began that is being read past, and its hash so far.
    oversized: Option<(u64, Box<Hasher>)>,
}

/// A frame whose line is not looked at yet: its bytes lie so far before the window's front.
enum Found {
    Line { start: u64, text: Range<usize>, taken: usize },
    Other(Frame<'static>),
}

impl Framer {
    /// Starts at an absolute offset of the source; offset 0 may begin with a BOM.
    pub fn new(offset: u64) -> Self {
        Self::with_limit(offset, DEFAULT_LIMIT)
    }

    /// The same with another limit for a line's length.
    pub fn with_limit(offset: u64, limit: usize) -> Self {
        Self { window: Window::new(offset), limit, searched: 0, nuls: None, oversized: None }
    }

    /// Room for at least `want` more bytes (never less than 1), to be read into.
    pub fn space(&mut self, want: usize) -> &mut [u8] {
        self.window.space(want)
    }

    /// Says that the first `count` bytes of [`space`](Self::space) were filled.
    pub fn filled(&mut self, count: usize) {
        self.window.filled(count);
    }

    /// Takes a chunk, by copying it.
    pub fn feed(&mut self, chunk: &[u8]) {
        if !chunk.is_empty() {
            self.space(chunk.len())[..chunk.len()].copy_from_slice(chunk);
            self.filled(chunk.len());
        }
    }

    /// The next whole frame; `None` when more bytes are needed.
    #[expect(
        clippy::should_implement_trait,
        reason = "a frame borrows the buffer, which no Iterator can say"
    )]
    pub fn next(&mut self) -> Option<Frame<'_>> {
        let found = loop {
            if self.oversized.is_some() {
                break Found::Other(self.pass_oversized()?);
            }
            if let Some(nuls) = self.pass_nuls() {
                break Found::Other(nuls);
            }
            let Some(newline) = memchr(b'\n', &self.window.data()[self.searched..]) else {
                self.searched = self.window.data().len();
                if self.searched > self.limit {
                    self.begin_oversized();
                }
                return None;
            };
            let length = self.searched + newline;
            if length > self.limit {
                self.begin_oversized();
            } else if let Some(line) = self.take_line(length, length + 1) {
                break line;
            }
        };
        Some(self.frame(found))
    }

    /// What is left when the source has ended without a newline, as a frame; the framer is empty afterwards. Ask
    /// when [`next`](Self::next) gives nothing and no more will come: a line whose end is still to be written would
    /// be torn in two.
    pub fn take_rest(&mut self) -> Option<Frame<'_>> {
        let end = self.window.end_offset();
        let found = if let Some((start, hasher)) = self.oversized.take() {
            Found::Other(Frame::Oversized { start, end, blake3: hasher.finalize() })
        } else if let Some(start) = self.nuls.take() {
            Found::Other(Frame::Nuls { start, end })
        } else {
            let length = self.window.data().len();
            self.take_line(length, length)?
        };
        Some(self.frame(found))
    }

    /// Offset just past the last frame (or blank line) that was handed out: where to start again after a restart.
    pub fn offset(&self) -> u64 {
        let unfinished = self.nuls.or_else(|| self.oversized.as_ref().map(|(start, _)| *start));
        unfinished.unwrap_or_else(|| self.window.offset())
    }

    /// Offset just past the last byte that was fed: where to read on.
    pub fn read_offset(&self) -> u64 {
        self.window.end_offset()
    }

    /// What is in memory and not handed out yet: the partial last line, once [`next`](Self::next) gives nothing.
    pub fn pending(&self) -> &[u8] {
        self.window.data()
    }

    fn frame(&self, found: Found) -> Frame<'_> {
        match found {
            Found::Other(frame) => frame,
            Found::Line { start, text, taken } => {
                let end = self.window.offset();
                let bytes = self.window.consumed(taken - text.start, text.len());
                Frame::Line(Line { start, end, bytes })
            }
        }
    }

    /// Consumes `taken` bytes that hold a line of `length`; `None` when it is blank.
    fn take_line(&mut self, length: usize, taken: usize) -> Option<Found> {
        let start = self.window.offset();
        let line = &self.window.data()[..length];
        let from = if start == 0 && line.starts_with(BOM) { BOM.len() } else { 0 };
        let to = length - usize::from(line[from..].ends_with(b"\r"));
        let blank = line[from..to].trim_ascii_start().is_empty();
        self.window.consume(taken);
        self.searched = 0;
        (!blank).then_some(Found::Line { start, text: from..to, taken })
    }

    fn pass_nuls(&mut self) -> Option<Frame<'static>> {
        let data = self.window.data();
        if data.first() != Some(&0) && self.nuls.is_none() {
            return None;
        }
        let run = data.iter().take_while(|byte| **byte == 0).count();
        let ended = run < data.len();
        let start = *self.nuls.get_or_insert(self.window.offset());
        self.window.consume(run);
        self.searched = 0;
        if !ended {
            return None;
        }
        self.nuls = None;
        Some(Frame::Nuls { start, end: self.window.offset() })
    }

    fn begin_oversized(&mut self) {
        self.oversized = Some((self.window.offset(), Box::default()));
        self.searched = 0;
    }

    fn pass_oversized(&mut self) -> Option<Frame<'static>> {
        let (_, hasher) = self.oversized.as_mut()?;
        let data = self.window.data();
        let newline = memchr(b'\n', data);
        let length = newline.unwrap_or(data.len());
        hasher.update(&data[..length]);
        self.window.consume(length + usize::from(newline.is_some()));
        newline?;
        let (start, hasher) = self.oversized.take()?;
        Some(Frame::Oversized { start, end: self.window.offset(), blake3: hasher.finalize() })
    }
}

#[cfg(test)]
#[path = "framer_tests.rs"]
mod tests;
