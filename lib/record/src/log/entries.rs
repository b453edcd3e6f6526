//! Reading log files of any age and state.

use super::{Bad, Entry, Why};
use crate::frame::{DEFAULT_LIMIT, Scan, Window, scan_value};
use memchr::{memchr, memchr_iter};
use std::io::{self, Read};

const CHUNK: usize = 256 << 10;
const BOM: &[u8] = b"\xef\xbb\xbf";

/// The entries of a log file, in order, and beside them what was bad: ours, the Python version's two layouts, JSON
/// lines, arrays on one line and arrays printed over many. A missing opening or closing is no fault; a torn entry,
/// junk or invalid UTF-8 costs only itself. Memory: the longest entry plus a quarter.
///
/// An entry that has its line to itself is found by its newline and its brackets alone; every other one by the JSON
/// grammar, so that no forged text inside a string can pass for an entry.
#[derive(Debug)]
pub struct Entries<R> {
    source: R,
    window: Window,
    limit: usize,
    ended: bool,
    /// Nothing but white space since the last newline (or the beginning).
    line_begins: bool,
    /// Nothing but white space so far.
    file_begins: bool,
    /// A value that began before this offset and reached it was no JSON: until then only lines are tried, or a
    /// hostile file could have its end read again for every line.
    lines_until: u64,
    /// Do not parse a partial value again before so many bytes are there.
    retry_at: usize,
    /// No newline stands between the front of the window and this offset, where one may stand: an array on one line
    /// must not be searched for its end at every entry.
    newline_from: u64,
}

/// What the front of the window holds.
enum Found {
    /// An entry of this length, and how many bytes it takes with what follows it.
    Entry(usize, usize),
    /// Nothing that is one, for so many bytes.
    Bad(usize, Why),
    /// Bad up to the end of the line, which is not in the window.
    BadLine(Why),
    /// More bytes are needed.
    More,
}

impl<R: Read> Entries<R> {
    /// Reads from the beginning of a file.
    pub fn new(source: R) -> Self {
        Self::at(source, 0)
    }

    /// Reads a source whose first byte has this offset in its file: the start of a line.
    pub fn at(source: R, offset: u64) -> Self {
        Self {
            source,
            window: Window::new(offset),
            limit: DEFAULT_LIMIT,
            ended: false,
            line_begins: true,
            file_begins: offset == 0,
            lines_until: 0,
            retry_at: 0,
            newline_from: offset,
        }
    }

    /// The same with another limit for an entry's length.
    #[must_use]
    pub fn with_limit(self, limit: usize) -> Self {
        Self { limit, ..self }
    }

    /// The next entry or bad place; `None` at the end, and after [`Why::Io`].
    #[expect(
        clippy::should_implement_trait,
        reason = "an entry borrows the buffer, which no Iterator can say"
    )]
    pub fn next(&mut self) -> Option<Result<Entry<'_>, Bad>> {
        loop {
            self.skip_structure();
            let found = if self.window.data().is_empty() && self.ended { None } else { Some(self.find()) };
            let start = self.window.offset();
            match found? {
                Found::Entry(length, taken) => {
                    self.take(taken);
                    let bytes = self.window.consumed(taken, length);
                    return Some(Ok(Entry { start, end: start + length as u64, bytes }));
                }
                Found::Bad(length, why) => {
                    self.take(length);
                    return Some(Err(Bad { start, len: length as u64, why }));
                }
                Found::BadLine(why) => {
                    let skipped = self.skip_line();
                    let why = skipped.err().map_or(why, Why::Io);
                    return Some(Err(Bad { start, len: self.window.offset() - start, why }));
                }
                Found::More => {
                    if let Err(error) = self.fill() {
                        let len = self.window.data().len() as u64;
                        return Some(Err(Bad { start, len, why: Why::Io(error) }));
                    }
                }
            }
        }
    }

    /// Offset just past the last entry (or bad place) that was handed out, and past what follows it on its line.
    pub fn offset(&self) -> u64 {
        self.window.offset()
    }

    /// Passes over what stands between entries: white space, commas, brackets, a BOM.
    fn skip_structure(&mut self) {
        let data = self.window.data();
        let mut at = 0;
        if self.window.offset() == 0 && data.starts_with(BOM) {
            at = BOM.len();
        }
        while let Some(byte) = data.get(at) {
            match byte {
                b'\n' => self.line_begins = true,
                b' ' | b'\t' | b'\r' | b',' | b']' => {}
                // A bracket opens the file, or one that was appended to it whole; any other one is an entry.
                b'[' if self.file_begins || ends_line(&data[at + 1..]) => self.line_begins = false,
                _ => break,
            }
            self.file_begins &= matches!(byte, b'\n' | b' ' | b'\t' | b'\r');
            at += 1;
        }
        self.window.consume(at);
    }

    /// Where the line at the front of the window ends.
    #[inline]
    fn newline(&mut self) -> Option<usize> {
        let data = self.window.data();
        let known = usize::try_from(self.newline_from.saturating_sub(self.window.offset())).unwrap_or(0);
        let newline = memchr(b'\n', data.get(known..).unwrap_or_default()).map(|more| known + more);
        self.newline_from = self.window.offset() + newline.unwrap_or(data.len()) as u64;
        newline
    }

    /// Looks at the front of the window, where something stands that is no structure.
    #[inline]
    fn find(&mut self) -> Found {
        let data = self.window.data();
        match data.first() {
            None => return Found::More,
            Some(b'{') => {}
            Some(0) => return self.nuls(),
            // A BOM or a bracket of which not enough has come yet to tell what it is.
            Some(_) if data.len() < BOM.len() && !self.ended => return Found::More,
            Some(b'"' | b'[' | b'-' | b'0'..=b'9' | b't' | b'f' | b'n') => return self.parse(),
            Some(_) => return self.bad_line(Why::Junk),
        }
        if let Some(newline) = self.newline()
            && let Some(length) = alone(&self.window.data()[..newline])
        {
            if length > self.limit {
                return Found::Bad(newline, Why::Oversized);
            }
            return Found::Entry(length, newline);
        }
        self.parse()
    }

    /// A run of NUL bytes is bad by itself: a good entry may follow on the same line. A long one comes in pieces.
    fn nuls(&self) -> Found {
        let data = self.window.data();
        match data.iter().take_while(|byte| **byte == 0).count() {
            run if run == data.len() && run < CHUNK && !self.ended => Found::More,
            run => Found::Bad(run, Why::Junk),
        }
    }

    /// Finds the end of the entry by the grammar.
    fn parse(&mut self) -> Found {
        if self.window.data().len() < self.retry_at && !self.ended {
            return Found::More;
        }
        let newline = self.newline();
        let data = self.window.data();
        let failed = self.window.offset() < self.lines_until;
        // An array that is an entry has its line to itself; any other one is a bracket too many, and must not hide
        // the entries inside it.
        let array = data.first() == Some(&b'[');
        if array && failed {
            return Found::Bad(1, Why::Junk);
        }
        let reach = if failed || array { newline.unwrap_or(data.len()) } else { data.len() };
        let complete = self.ended || reach < data.len();
        match scan_value(&data[..reach]) {
            Scan::Whole(length) if length > self.limit => self.bad_line(Why::Oversized),
            Scan::Whole(length) => self.whole(length),
            Scan::Partial if !complete && data.len() <= self.limit => {
                self.retry_at = data.len() / 4 * 5;
                Found::More
            }
            Scan::Partial => {
                self.lines_until = self.lines_until.max(self.window.offset() + reach as u64);
                match complete {
                    _ if array => Found::Bad(1, Why::Junk),
                    true => self.bad_line(Why::Torn),
                    false => self.bad_line(Why::Oversized),
                }
            }
            Scan::Invalid(at) if array => {
                self.lines_until = self.lines_until.max(self.window.offset() + at as u64);
                Found::Bad(1, Why::Junk)
            }
            Scan::Invalid(at) => self.invalid(at),
        }
    }

    /// A whole value; one without brackets must be all that stands there, or any text with digits in it would do.
    fn whole(&mut self, length: usize) -> Found {
        let data = self.window.data();
        if matches!(data[length - 1], b'}' | b']') {
            return Found::Entry(length, length);
        }
        let rest = &data[length..];
        match rest.iter().find(|byte| !matches!(byte, b' ' | b'\t' | b'\r')) {
            Some(b',' | b']' | b'\n') => Found::Entry(length, length),
            None if self.ended => Found::Entry(length, length),
            None => Found::More,
            Some(_) => self.bad_line(Why::Junk),
        }
    }

    fn invalid(&mut self, at: usize) -> Found {
        self.lines_until = self.lines_until.max(self.window.offset() + at as u64);
        if !self.line_begins {
            // Among others on its line: the next one may begin behind it.
            let newline = self.newline();
            let data = self.window.data();
            let line = &data[..newline.unwrap_or(data.len())];
            let from = at.min(line.len());
            if let Some(next) = memchr_iter(b'}', &line[from..]).find(|end| follows(&line[from + end + 1..]))
            {
                return Found::Bad(from + next + 1, Why::Junk);
            }
            if newline.is_none() && !self.ended && data.len() - from < CHUNK {
                self.retry_at = data.len() / 4 * 5;
                return Found::More;
            }
        }
        self.bad_line(Why::Junk)
    }

    /// What begins here is bad, up to the end of its line.
    fn bad_line(&mut self, why: Why) -> Found {
        match self.newline() {
            Some(newline) => Found::Bad(newline, why),
            None if self.ended => Found::Bad(self.window.data().len(), why),
            None => Found::BadLine(why),
        }
    }

    fn take(&mut self, count: usize) {
        self.window.consume(count);
        self.retry_at = 0;
        self.line_begins = false;
        self.file_begins = false;
    }

    /// Passes over the rest of the line, however long.
    fn skip_line(&mut self) -> io::Result<()> {
        loop {
            let newline = self.newline();
            self.take(newline.unwrap_or(self.window.data().len()));
            if newline.is_some() || self.ended {
                return Ok(());
            }
            self.fill()?;
        }
    }

    fn fill(&mut self) -> io::Result<()> {
        loop {
            match self.source.read(self.window.space(CHUNK)) {
                Ok(read) => {
                    self.window.filled(read);
                    self.ended = read == 0;
                    return Ok(());
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    let rest = self.window.data().len();
                    self.window.consume(rest);
                    self.ended = true;
                    return Err(error);
                }
            }
        }
    }
}

/// Whether a line, from its `{` on, is one object and what may follow it; the object's length then. A closing brace
/// in the middle is no matter unless another object could begin behind it.
#[inline]
fn alone(line: &[u8]) -> Option<usize> {
    let mut end = line.len();
    let mut comma = false;
    while end > 0 {
        match line[end - 1] {
            b'}' => break,
            b' ' | b'\t' | b'\r' => {}
            b',' if !comma => comma = true,
            _ => return None,
        }
        end -= 1;
    }
    let inside = &line[..end.checked_sub(1)?];
    let mut from = 0;
    while let Some(brace) = memchr(b'}', &inside[from..]) {
        from += brace + 1;
        if follows(&inside[from..]) {
            return None;
        }
    }
    Some(end)
}

/// Whether another object may begin here, behind a closing brace.
fn follows(rest: &[u8]) -> bool {
    let mut rest = rest.iter().filter(|byte| !matches!(byte, b' ' | b'\t' | b'\r'));
    match rest.next() {
        Some(b',') => rest.next() == Some(&b'{'),
        other => other == Some(&b'{'),
    }
}

fn ends_line(rest: &[u8]) -> bool {
    rest.iter().find(|byte| !matches!(byte, b' ' | b'\t' | b'\r')) == Some(&b'\n')
}

#[cfg(test)]
#[path = "entries_tests.rs"]
mod tests;
