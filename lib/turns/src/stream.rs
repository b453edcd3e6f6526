//! A stream: events from a pipe, taken as they come and never read twice.

use crate::archive::{Wave, fault};
use crate::digest::digest;
use crate::lines::{MOST_LINE, Sink};
use crate::rebuild::Rebuild;
use crate::run::OpenRun;
use crate::segment::{Found, FoundTurn, Scan, Scanner, SeenRun, user_messages};
use crate::shape::{self, Shape};
use crate::straggle::Ends;
use crate::{Bad, Item, Ledger};
use sentrix_record::log::Entries;
use sentrix_record::{Message, Turn};
use std::collections::HashMap;
use std::io::{self, Chain, Cursor, Read};

/// How much is asked for at once; a pipe gives what it has. The first time less: most streams that are read are one turn, read back.
const CHUNK: usize = 256 << 10;
const FIRST_CHUNK: usize = 16 << 10;
/// How many bytes of deltas of open runs are kept before the largest is made a turn.
const MOST_HELD: usize = 48 << 20;
/// How many runs may have a request or deltas kept.
const MOST_RUNS: usize = 65_536;

/// Events from a pipe.
pub struct Stream<R> {
    name: String,
    input: Input<R>,
    /// Bytes that are no whole line yet, and their place in the stream.
    buffer: Vec<u8>,
    base: u64,
    chunk: usize,
    drafts: HashMap<Box<str>, Draft>,
    requests: HashMap<Box<str>, Vec<Message>>,
    held: usize,
    newest_ts: i64,
    /// When messages ended whose deltas may still come.
    ends: Ends,
    ledger: Ledger,
}

enum Input<R> {
    /// Nothing was read yet.
    New(R),
    Lines(R),
    Events(Box<Entries<Chain<Cursor<Vec<u8>>, R>>>),
    /// Between two of the others.
    Ended,
}

/// What is kept of an open run.
struct Draft {
    rebuild: Rebuild,
    bytes: usize,
    last_ts: i64,
}

impl<R: Read> Stream<R> {
    /// A stream that turns call `name` (`-` for standard input).
    pub fn new(name: impl Into<String>, reader: R) -> Self {
        Self {
            name: name.into(),
            input: Input::New(reader),
            buffer: Vec::new(),
            base: 0,
            chunk: FIRST_CHUNK,
            drafts: HashMap::new(),
            requests: HashMap::new(),
            held: 0,
            newest_ts: 0,
            ends: Ends::default(),
            ledger: Ledger::expecting(),
        }
    }

    /// What has come since the last call; waits until something has. `None` at the end of the stream.
    ///
    /// # Errors
    /// When reading fails.
    pub fn next_wave(&mut self) -> io::Result<Option<Wave>> {
        if let Input::Events(_) = self.input {
            return Ok(self.next_event());
        }
        let mut checked = 0;
        loop {
            let read = self.more()?;
            if let Input::Events(_) = self.input {
                return Ok(self.next_event());
            }
            if read == 0 && self.buffer.is_empty() {
                return Ok(None);
            }
            let whole = match memchr::memrchr(b'\n', &self.buffer[checked..]) {
                Some(at) => checked + at + 1,
                None if read == 0 => self.buffer.len(),
                None if self.buffer.len() > MOST_LINE => return Ok(Some(self.give_up())),
                None => {
                    checked = self.buffer.len();
                    continue;
                }
            };
            let rest = self.buffer.split_off(whole);
            let lines = std::mem::replace(&mut self.buffer, rest);
            let base = self.base;
            self.base += lines.len() as u64;
            let mut scanner = Scanner::new(&self.name, 0);
            scanner.lines(&lines, base);
            let scan = scanner.finish();
            return Ok(Some(self.take_in(scan, &lines, base)));
        }
    }

    /// What the runs that are still open hold. Call it at the end of the stream.
    pub fn rest(&mut self) -> Wave {
        let drafts = std::mem::take(&mut self.drafts);
        let turns = drafts.into_values().flat_map(|draft| draft.rebuild.finish()).collect();
        self.held = 0;
        self.rebuilt(turns)
    }

    /// Whatever still waits. Call it last of all.
    pub fn finish(&mut self) -> Wave {
        let mut wave = self.rest();
        self.ledger.finish(&mut wave.items);
        wave
    }

    /// What has waited long enough for its counterpart, the raw stream's message or the exchange: see [`crate::Archive::settle`].
    pub fn settle(&mut self, before: i64) -> Wave {
        let mut wave = Wave::default();
        self.ledger.settle(before, &mut wave.items);
        wave
    }

    /// Nothing comes for a while: what waits for a counterpart that may never come is given out.
    pub fn pause(&mut self) -> Wave {
        let mut wave = Wave::default();
        self.ledger.pause(&mut wave.items);
        wave
    }

    /// Whether reading may be broken off by a reader that has nothing, and be taken up again.
    pub fn may_pause(&self) -> bool {
        matches!(self.input, Input::Lines(_))
    }

    fn rebuilt(&mut self, mut turns: Vec<Turn>) -> Wave {
        turns.sort_by_key(|turn| turn.start);
        let mut wave = Wave::default();
        for turn in turns {
            self.ledger.message(Box::new(turn), &mut wave.items);
        }
        wave
    }

    /// What the runs hold that have been silent for so many milliseconds of the stream's own time. Its own, because an
    /// archive may be piped in long after it was recorded.
    pub fn silent(&mut self, for_ms: i64) -> Wave {
        let before = self.newest_ts.saturating_sub(for_ms);
        let silent = self.drafts.extract_if(|_, draft| draft.last_ts < before);
        let mut turns = Vec::new();
        for (_, draft) in silent {
            self.held -= draft.bytes;
            turns.extend(draft.rebuild.finish());
        }
        self.rebuilt(turns)
    }

    /// Appends what the pipe has to the buffer; 0 at its end.
    fn more(&mut self) -> io::Result<usize> {
        let (Input::New(reader) | Input::Lines(reader)) = &mut self.input else { return Ok(0) };
        let old = self.buffer.len();
        self.buffer.resize(old + self.chunk, 0);
        self.chunk = (2 * self.chunk).min(CHUNK);
        let read = loop {
            match reader.read(&mut self.buffer[old..]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => break other,
            }
        };
        self.buffer.truncate(old + *read.as_ref().unwrap_or(&0));
        let read = read?;
        if matches!(self.input, Input::New(_))
            && let Input::New(reader) = std::mem::replace(&mut self.input, Input::Ended)
        {
            self.input = match shape::of_head(&self.buffer) {
                Shape::Lines => Input::Lines(reader),
                Shape::Other => {
                    let head = Cursor::new(std::mem::take(&mut self.buffer));
                    Input::Events(Box::new(Entries::new(head.chain(reader))))
                }
            };
        }
        Ok(read)
    }

    fn next_event(&mut self) -> Option<Wave> {
        let Input::Events(entries) = &mut self.input else { return None };
        let mut scanner = Scanner::new(&self.name, 0);
        let (event, at) = match entries.next()? {
            Ok(entry) => {
                scanner.entry(entry.bytes, entry.start);
                (entry.bytes.to_vec(), entry.start)
            }
            Err(bad) => {
                scanner.push_bad(bad.start, bad.len, String::new(), fault(&bad.why));
                (Vec::new(), 0)
            }
        };
        let scan = scanner.finish();
        Some(self.take_in(scan, &event, at))
    }

    /// A line without an end is not kept for ever.
    fn give_up(&mut self) -> Wave {
        let bytes = std::mem::take(&mut self.buffer);
        let start = self.base;
        self.base += bytes.len() as u64;
        let bad = Bad {
            source_file: self.name.clone(),
            start,
            end: self.base,
            blake3: digest(&bytes),
            why: "longer than any event may be".to_owned(),
            at_end: false,
        };
        Wave { items: vec![Item::Bad(bad)], bytes: bytes.len() as u64, ..Wave::default() }
    }

    /// Joins what a chunk of the stream holds with what came before.
    fn take_in(&mut self, scan: Scan, bytes: &[u8], base: u64) -> Wave {
        self.newest_ts = self.newest_ts.max(scan.newest_ts);
        let said = self.newest_ts.max(scan.newest_said);
        let mut items = Vec::with_capacity(scan.items.len());
        for found in scan.items {
            match found {
                Found::Item(item) => items.push(item),
                Found::Turn(found) => {
                    let turn = Box::new(self.turn(found, bytes, base));
                    self.ledger.message(turn, &mut items);
                }
                Found::Exchange(found) => self.ledger.exchange(*found, &mut items),
                Found::Start(start) => self.ledger.start(*start),
            }
        }
        for SeenRun { run, seen } in scan.runs {
            let mut open = seen.open;
            if seen.ended {
                self.ends.note(run.clone(), seen.ended_at);
                self.held -= self.drafts.remove(&run).map_or(0, |draft| draft.bytes);
            } else if !self.drafts.contains_key(&run) {
                self.ends.trim(&run, &mut open, &seen.leads);
            }
            self.keep(&run, &open, bytes, base);
        }
        self.ends.forget(said);
        for turn in self.spill() {
            self.ledger.message(Box::new(turn), &mut items);
        }
        self.ledger.settle(i64::MIN, &mut items);
        Wave { items, bytes: bytes.len() as u64, ..Wave::default() }
    }

    fn turn(&mut self, found: FoundTurn, bytes: &[u8], base: u64) -> Turn {
        let run: Box<str> = found.run().into();
        let mut turn = *found.turn;
        if let Some(span) = &found.messages {
            self.requests.insert(run.clone(), user_messages(piece(bytes, base, span.start, span.end)));
        }
        if let Some(messages) = self.requests.get(&run) {
            turn.user_messages.clone_from(messages);
        }
        if let Some(deltas) = &found.deltas {
            let earlier = found.first.then(|| self.drafts.remove(&run)).flatten();
            self.held -= earlier.as_ref().map_or(0, |draft| draft.bytes);
            let mut rebuild =
                earlier.map_or_else(|| Rebuild::new(&[(run, OpenRun::default())]), |draft| draft.rebuild);
            self.feed(&mut rebuild, deltas, bytes, base);
            for piece in rebuild.finish() {
                turn.text.push_str(&piece.text);
                turn.thinking.push_str(&piece.thinking);
                turn.blake3 = piece.blake3;
                turn.start = piece.start;
                turn.complete = false;
            }
        }
        turn
    }

    /// Keeps what a later chunk cannot see again.
    fn keep(&mut self, run: &str, open: &OpenRun, bytes: &[u8], base: u64) {
        if let Some(span) = &open.messages {
            if self.requests.len() >= MOST_RUNS {
                self.requests.clear();
            }
            self.requests.insert(run.into(), user_messages(piece(bytes, base, span.start, span.end)));
        }
        if open.spans.is_empty() {
            return;
        }
        let mut draft = self.drafts.remove(run).unwrap_or_else(|| Draft {
            rebuild: Rebuild::new(&[(run.into(), OpenRun::default())]),
            bytes: 0,
            last_ts: 0,
        });
        let fed = self.feed(&mut draft.rebuild, open, bytes, base);
        draft.bytes += fed;
        // One that lies ahead of our clock, and so of all that has come, would keep the run open for ever.
        draft.last_ts = open.last_ts.min(self.newest_ts);
        self.held += fed;
        self.drafts.insert(run.into(), draft);
    }

    /// Feeds the lines of the spans; gives their bytes.
    fn feed(&self, rebuild: &mut Rebuild, open: &OpenRun, bytes: &[u8], base: u64) -> usize {
        let mut fed = 0;
        for span in &open.spans {
            let mut at = span.start;
            for line in piece(bytes, base, span.start, span.end).split_inclusive(|byte| *byte == b'\n') {
                fed += rebuild.line(line, at, &self.name);
                at += line.len() as u64;
            }
        }
        rebuild.settle();
        fed
    }

    /// Makes turns of what exceeds the bounds.
    fn spill(&mut self) -> Vec<Turn> {
        if self.held <= MOST_HELD && self.drafts.len() <= MOST_RUNS {
            return Vec::new();
        }
        self.held = 0;
        std::mem::take(&mut self.drafts).into_values().flat_map(|draft| draft.rebuild.finish()).collect()
    }
}

/// The bytes of the stream between two places, as far as they stand in the chunk.
fn piece(bytes: &[u8], base: u64, start: u64, end: u64) -> &[u8] {
    let from = usize::try_from(start.saturating_sub(base)).unwrap_or(usize::MAX).min(bytes.len());
    let to = usize::try_from(end.saturating_sub(base)).unwrap_or(usize::MAX).min(bytes.len());
    bytes.get(from..to).unwrap_or_default()
}
