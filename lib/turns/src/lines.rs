//! Reading a stretch of a file with one event a line.

use crate::segment::{Scan, Scanner};
use crate::source::Opened;
use memchr::{memchr, memrchr};
use std::cell::RefCell;
use std::io::{self, Read};
use std::ops::Range;
use std::os::unix::fs::FileExt;

/// Bytes of a segment: large enough that its overhead vanishes, small enough that all threads have some to scan.
pub(crate) const SEGMENT: u64 = 1 << 20;
/// How much of a segment is read at once: what was read is still in the cache when it is scanned.
const STEP: u64 = 32 << 10;
/// How much is read at first for the end of a line that goes on in the next segment.
const REST: u64 = 2 << 10;
/// The longest line that is read at all.
pub(crate) const MOST_LINE: usize = 256 << 20;
/// A buffer that one long line has made larger than this is given back.
const MOST_KEPT: usize = 4 << 20;

/// Reads a file without moving its own offset.
#[derive(Debug)]
pub(crate) struct ReadAt {
    pub(crate) opened: Opened,
    pub(crate) at: u64,
}

impl Read for ReadAt {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let read = self.opened.file.read_at(buf, self.at)?;
        self.at += read as u64;
        Ok(read)
    }
}

/// A buffer that is never cleared, so that reading into it costs no more than the reading.
#[derive(Debug, Default)]
struct Buffer {
    bytes: Vec<u8>,
    len: usize,
}

impl Buffer {
    fn filled(&self) -> &[u8] {
        &self.bytes[..self.len]
    }

    /// Appends the file's bytes of a range; fewer when the file has shrunk.
    fn fill(&mut self, opened: &Opened, range: Range<u64>) -> io::Result<()> {
        // A segment, or a step of a line: far below what usize holds.
        let want = self.len + (range.end - range.start) as usize;
        if self.bytes.len() < want {
            self.bytes.resize(want, 0);
        }
        let mut at = range.start;
        while self.len < want {
            match opened.file.read_at(&mut self.bytes[self.len..want], at) {
                Ok(0) => break,
                Ok(read) => {
                    self.len += read;
                    at += read as u64;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Drops bytes at the front. One huge line must not keep its memory for the rest of the archive.
    fn consume(&mut self, count: usize) {
        self.bytes.copy_within(count..self.len, 0);
        self.len -= count;
        if self.bytes.len() > MOST_KEPT && self.len < MOST_KEPT {
            self.bytes.truncate(self.len);
            self.bytes.shrink_to_fit();
        }
    }
}

/// What is done with the lines of a file.
pub(crate) trait Sink {
    /// Takes whole lines that begin at byte `base` of the file.
    fn lines(&mut self, bytes: &[u8], base: u64);
    /// Hears of a line that is longer than any event may be.
    fn too_long(&mut self, start: u64, length: u64);
}

/// Scans the lines that begin in `range` of a file; `from` is where the file's reading began.
pub(crate) fn scan_lines(
    name: &str,
    source: usize,
    opened: &Opened,
    from: u64,
    range: Range<u64>,
) -> io::Result<Scan> {
    let mut scanner = Scanner::new(name, source);
    read_lines(opened, from, range, &mut scanner)?;
    Ok(scanner.finish())
}

/// Reads the lines that begin in `range` of a file; `from` is where the file's reading began.
pub(crate) fn read_lines(
    opened: &Opened,
    from: u64,
    range: Range<u64>,
    sink: &mut impl Sink,
) -> io::Result<()> {
    thread_local! {
        static BUFFER: RefCell<Buffer> = RefCell::default();
    }
    BUFFER.with_borrow_mut(|buffer| {
        buffer.len = 0;
        let mut reading = Reading { opened, buffer, at: range.start, end: range.end };
        if range.start > from {
            reading.find_line()?;
        }
        while reading.at < reading.end {
            reading.step(sink)?;
        }
        reading.rest(sink)?;
        reading.buffer.consume(reading.buffer.len);
        Ok(())
    })
}

/// A segment being read.
struct Reading<'a> {
    opened: &'a Opened,
    /// Holds the beginning of a line, unless it is empty.
    buffer: &'a mut Buffer,
    /// Where the file is read next.
    at: u64,
    /// Lines that begin here or behind it belong to the next segment.
    end: u64,
}

impl Reading<'_> {
    /// Passes over the end of a line that began in the segment before.
    fn find_line(&mut self) -> io::Result<()> {
        // One byte more in front tells whether a line begins exactly at the start.
        self.at -= 1;
        while self.at < self.end {
            if self.read(self.end)? == 0 {
                self.at = self.end;
            }
            if let Some(newline) = memchr(b'\n', self.buffer.filled()) {
                self.buffer.consume(newline + 1);
                return Ok(());
            }
            self.buffer.len = 0;
        }
        Ok(())
    }

    /// Scans the lines that end in the next bytes.
    fn step(&mut self, sink: &mut impl Sink) -> io::Result<()> {
        let known = self.buffer.len;
        if self.read(self.end)? == 0 {
            // The file has shrunk.
            self.at = self.end;
        }
        if let Some(newline) = memrchr(b'\n', &self.buffer.filled()[known..]) {
            self.scan(known + newline + 1, sink);
        }
        self.bound(sink)
    }

    /// Scans the last line: one that begins here belongs here, however far it goes.
    fn rest(&mut self, sink: &mut impl Sink) -> io::Result<()> {
        // What was read in one go after the newline that was looked for first may be many lines.
        if let Some(newline) = memrchr(b'\n', self.buffer.filled()) {
            self.scan(newline + 1, sink);
        }
        let mut step = REST;
        while self.buffer.len > 0 {
            let known = self.buffer.len;
            let read = self.read_at_most(step, self.opened.len)?;
            match memchr(b'\n', &self.buffer.filled()[known..]) {
                Some(newline) => {
                    self.scan(known + newline + 1, sink);
                    self.buffer.len = 0;
                }
                None if read == 0 => self.scan(known, sink),
                None => self.bound(sink)?,
            }
            step = (step * 2).min(16 << 20);
        }
        Ok(())
    }

    /// Gives the first bytes of the buffer to the sink.
    fn scan(&mut self, count: usize, sink: &mut impl Sink) {
        sink.lines(&self.buffer.filled()[..count], self.base());
        self.buffer.consume(count);
    }

    /// Names a line beyond the bound and passes over it.
    fn bound(&mut self, sink: &mut impl Sink) -> io::Result<()> {
        if self.buffer.len <= MOST_LINE {
            return Ok(());
        }
        let start = self.base();
        let end = line_end(self.opened, self.at)?;
        sink.too_long(start, end - start);
        self.buffer.consume(self.buffer.len);
        // Behind the newline, if there is one.
        self.at = end + 1;
        Ok(())
    }

    /// Where in the file the buffer begins.
    fn base(&self) -> u64 {
        self.at - self.buffer.len as u64
    }

    fn read(&mut self, end: u64) -> io::Result<u64> {
        self.read_at_most(STEP, end)
    }

    /// Appends bytes of the file to the buffer, not beyond `end`; none at the end of the file.
    fn read_at_most(&mut self, most: u64, end: u64) -> io::Result<u64> {
        let before = self.buffer.len;
        let to = (self.at + most).min(end).max(self.at);
        self.buffer.fill(self.opened, self.at..to)?;
        let read = (self.buffer.len - before) as u64;
        self.at += read;
        Ok(read)
    }
}

/// The end of the line that goes on at `at`, found without keeping it.
fn line_end(opened: &Opened, mut at: u64) -> io::Result<u64> {
    let mut chunk = Buffer::default();
    while at < opened.len {
        chunk.len = 0;
        chunk.fill(opened, at..(at + SEGMENT).min(opened.len))?;
        if chunk.len == 0 {
            break;
        }
        if let Some(end) = memchr(b'\n', chunk.filled()) {
            return Ok(at + end as u64);
        }
        at += chunk.len as u64;
    }
    Ok(at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Source;
    use crate::segment::Found;
    use std::io::Write;

    /// Where the events of a range begin, and how far it was read.
    fn scanned(source: &Source, from: u64, range: Range<u64>) -> (Vec<Option<u64>>, u64) {
        let scan = scan_lines(&source.name, 0, &source.open().unwrap(), from, range).unwrap();
        let starts = scan.items.iter().map(|found| match found {
            Found::Turn(found) => found.turn.start,
            Found::Exchange(_) | Found::Start(_) | Found::Item(_) => None,
        });
        (starts.collect(), scan.upto)
    }

    #[test]
    fn every_line_belongs_to_the_range_that_it_begins_in() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        let mut starts = Vec::new();
        file.write_all(b"[\n").unwrap();
        let mut len = 2;
        for length in [0, 1, 70, 5, 3 * STEP as usize, 9, 200_000, 0, 31, STEP as usize - 60, 2] {
            starts.push(Some(len + 2));
            let text = "x".repeat(length);
            let line = format!(
                "  {{\"ts\":1,\"event\":\"assistant_message_end\",\"runId\":\"r\",\"rawText\":\"{text}\"}},\n"
            );
            file.write_all(line.as_bytes()).unwrap();
            len += line.len() as u64;
        }
        let source = Source::new(file.path());
        let (all, upto) = scanned(&source, 0, 0..len);
        assert_eq!((&all, upto), (&starts, len - 2));
        let places =
            [0, 1, 2, 3, 60, 61, 62, 63, 64, 65, 1000, STEP, STEP + 2, 4 * STEP, 250_000, len - 1, len];
        for cut in places.into_iter().chain(starts.iter().flat_map(|start| {
            let start = start.unwrap();
            [start - 3, start - 2, start - 1, start]
        })) {
            let mut both = scanned(&source, 0, 0..cut).0;
            both.extend(scanned(&source, 0, cut..len).0);
            assert_eq!(both, starts, "cut at {cut}");
            let rest = starts.iter().filter(|start| start.unwrap() >= cut).count();
            if cut >= 2 && starts.contains(&Some(cut + 2)) {
                assert_eq!(scanned(&source, cut, cut..len).0.len(), rest, "read from {cut}");
            }
        }
    }
}
