//! A segment: a piece of a log file, scanned without knowing what stands before it.

use crate::clock;
use crate::digest::digest;
use crate::exchange::{self, FoundExchange, FoundStart};
use crate::line::{self, Delta, Event, Kind, Line, SUSPECT, UsualEnd};
use crate::lines::Sink;
use crate::run::{OpenRun, Span};
use crate::straggle::{Leads, straggles};
use crate::streak::Stretch;
use crate::streaks::Streaks;
use crate::{Bad, Gap, Item};
use aho_corasick::packed::Searcher;
use sentrix_record::lenient::{self, Fields};
use sentrix_record::{Message, Turn};
use serde_json::value::RawValue;
use std::collections::HashMap;
use std::sync::LazyLock;

/// Finds the lines that need parsing: a vectorised searcher, many times as fast as the automaton for a few patterns
/// that begin with common bytes. `None` on processors without the instructions; every line is parsed then.
static SUSPECTS: LazyLock<Option<Searcher>> = LazyLock::new(|| Searcher::new(SUSPECT));

/// The most that stands between two events of a log file: ends of lines, a comma, an indentation.
const FRAME: u64 = 8;

/// What a segment holds.
#[derive(Debug, Default)]
pub(crate) struct Scan {
    /// In the order of the record.
    pub(crate) items: Vec<Found>,
    /// The runs seen.
    pub(crate) runs: Vec<SeenRun>,
    /// One past the last line that was taken as whole.
    pub(crate) upto: u64,
    /// The newest time of any event, of those that have come.
    pub(crate) newest_ts: i64,
    /// The newest time of any event, whether it has come or not.
    pub(crate) newest_said: i64,
}

/// An item, or one that needs what stands before the segment.
#[derive(Debug)]
pub(crate) enum Found {
    Item(Item),
    Turn(FoundTurn),
    Exchange(Box<FoundExchange>),
    Start(Box<FoundStart>),
}

/// A turn from an end event.
#[derive(Debug)]
pub(crate) struct FoundTurn {
    pub(crate) turn: Box<Turn>,
    /// No end event of this run stands before it in the segment.
    pub(crate) first: bool,
    /// Deltas before it in the segment; kept only when its own text is empty (an aborted run).
    pub(crate) deltas: Option<OpenRun>,
    /// The run's request, where it stands before it in the segment.
    pub(crate) messages: Option<Span>,
}

impl FoundTurn {
    /// Whose it is; empty where the event does not say.
    pub(crate) fn run(&self) -> &str {
        self.turn.run_id.as_deref().unwrap_or_default()
    }
}

/// A run that was seen in the segment.
#[derive(Debug)]
pub(crate) struct SeenRun {
    pub(crate) run: Box<str>,
    pub(crate) seen: Seen,
}

/// What is known of a run inside the segment.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// Its deltas since its last end event, and its request.
    pub(crate) open: OpenRun,
    /// Whether an end event of it was seen.
    pub(crate) ended: bool,
    /// When it last ended, by the end event's own clock; only where that event holds its text.
    pub(crate) ended_at: Option<i64>,
    /// Its first deltas, where no end stands before them.
    pub(crate) leads: Leads,
}

impl Seen {
    /// Takes in a delta, or several; one that belongs to the message that has just ended is passed over.
    fn delta(&mut self, span: &Span, ts: i64) {
        if self.open.spans.is_empty() && self.ended_at.is_some_and(|end| straggles(end, ts)) {
            return;
        }
        if !self.ended {
            self.leads.note(span.start, ts);
        }
        self.open.extend(span, ts);
    }
}

/// A scanner of one segment; feed it lines in order.
pub(crate) struct Scanner<'a> {
    name: &'a str,
    source: usize,
    /// When the reading began, by our own clock.
    now: i64,
    scan: Scan,
    seen: Vec<(Box<str>, Seen)>,
    index: HashMap<Box<str>, usize>,
    last: usize,
    streaks: Streaks,
}

impl Sink for Scanner<'_> {
    fn lines(&mut self, bytes: &[u8], base: u64) {
        let items = self.scan.items.len();
        let mut streaks = std::mem::take(&mut self.streaks);
        let mut stretch: Option<Stretch> = None;
        let mut start = 0;
        while start < bytes.len() {
            let next = streaks.follow(bytes, start);
            if let Some(next) = next.or_else(|| streaks.begin_alike(bytes, start, |run| self.index_of(run))) {
                start = next.next;
                self.stretch(&mut stretch, next, bytes, base);
                continue;
            }
            let first = start;
            // Half the lines of our own layout.
            if bytes[start..].starts_with(b",\n") {
                start += 2;
            }
            let end = memchr::memchr(b'\n', &bytes[start..]).map_or(bytes.len(), |at| start + at + 1);
            let line = &bytes[start..end];
            start = end;
            let event = line::trim(line);
            if event.is_empty() {
                continue;
            }
            // The event is a part of the bytes, so its place is the difference of the two addresses.
            let at = event.as_ptr().addr() - bytes.as_ptr().addr();
            let plain = SUSPECTS.as_ref().is_some_and(|finder| finder.find(event).is_none());
            let place = at..at + event.len();
            if plain && let Some(next) = streaks.begin(bytes, first..end, place, |run| self.index_of(run)) {
                self.stretch(&mut stretch, next, bytes, base);
                continue;
            }
            self.end_stretch(stretch.take(), bytes, base);
            self.line(event, base + at as u64, plain, line.last() == Some(&b'\n'));
        }
        self.end_stretch(stretch, bytes, base);
        self.streaks = streaks;
        self.join_bad(items, bytes, base);
    }

    fn too_long(&mut self, start: u64, length: u64) {
        self.scan.upto = start + length;
        self.push_bad(start, length, String::new(), "longer than any event may be".to_owned());
    }
}

impl<'a> Scanner<'a> {
    /// A scanner for a piece of the source with this name and index in the archive.
    pub(crate) fn new(name: &'a str, source: usize) -> Self {
        Self {
            name,
            source,
            now: clock::now(),
            scan: Scan::default(),
            seen: Vec::new(),
            index: HashMap::new(),
            last: 0,
            streaks: Streaks::default(),
        }
    }

    /// Takes in the next stretch of deltas; several of one run become one.
    fn stretch(&mut self, stretch: &mut Option<Stretch>, next: Stretch, bytes: &[u8], base: u64) {
        match stretch {
            Some(stretch) if stretch.run == next.run => {
                *stretch = Stretch { events: stretch.events.start..next.events.end, ..next }
            }
            _ => self.end_stretch(stretch.replace(next), bytes, base),
        }
    }

    /// Notes what a stretch of deltas came to.
    fn end_stretch(&mut self, stretch: Option<Stretch>, bytes: &[u8], base: u64) {
        let Some(Stretch { run, events, time, .. }) = stretch else { return };
        let ts = line::number(&bytes[time]).unwrap_or(0);
        let span =
            Span { source: self.source, start: base + events.start as u64, end: base + events.end as u64 };
        self.reached(ts);
        self.scan.upto = span.end;
        self.seen[run].1.delta(&span, ts);
    }

    /// The record has come to this time, unless it lies ahead: then it says nothing about the lines of others.
    fn reached(&mut self, ts: i64) {
        self.scan.newest_said = self.scan.newest_said.max(ts);
        if ts <= self.now {
            self.scan.newest_ts = self.scan.newest_ts.max(ts);
        }
    }

    /// Makes one of bad lines that stand one after the other: a wrecked file is one fault, not a million.
    fn join_bad(&mut self, from: usize, bytes: &[u8], base: u64) {
        if !self.scan.items[from..].iter().any(|found| matches!(found, Found::Item(Item::Bad(_)))) {
            return;
        }
        let mut found = self.scan.items.split_off(from);
        found.dedup_by(|next, kept| {
            let (Found::Item(Item::Bad(next)), Found::Item(Item::Bad(kept))) = (next, kept) else {
                return false;
            };
            let neighbours = !next.at_end && next.start.saturating_sub(kept.end) <= FRAME;
            if neighbours {
                kept.end = next.end;
                kept.blake3.clear();
            }
            neighbours
        });
        for found in &mut found {
            let Found::Item(Item::Bad(bad)) = found else { continue };
            if bad.blake3.is_empty() {
                let range = (bad.start - base) as usize..(bad.end - base) as usize;
                bad.blake3 = bytes.get(range).map(digest).unwrap_or_default();
                "many lines that are no events".clone_into(&mut bad.why);
            }
        }
        self.scan.items.append(&mut found);
    }

    /// Scans the event of one line. `plain` says that nothing in it calls for parsing, `whole` that its line has an end.
    fn line(&mut self, event: &[u8], at: u64, plain: bool, whole: bool) {
        if !plain && let Some(end) = line::usual_end(event) {
            return self.usual_end(end, event, at);
        }
        match line::classify(event, plain) {
            // The last line of a file may still be on its way: it is named, and read again when the file has grown.
            Line::Bad(why) => {
                let upto = self.scan.upto;
                self.salvage(event, at, why);
                if !whole && let Some(Found::Item(Item::Bad(bad))) = self.scan.items.last_mut() {
                    bad.at_end = true;
                    self.scan.upto = upto;
                }
            }
            good => self.event(good, event, at),
        }
    }

    /// Takes one entry of a file that is not one event a line.
    pub(crate) fn entry(&mut self, entry: &[u8], at: u64) {
        self.line(entry, at, false, true);
    }

    fn event(&mut self, line: Line<'_>, event: &[u8], at: u64) {
        let end = at + event.len() as u64;
        match line {
            Line::Frame => return,
            Line::Delta(Delta { run, ts }) => {
                let span = Span { source: self.source, start: at, end };
                self.reached(ts);
                self.run(&run).delta(&span, ts);
            }
            Line::Event(parsed) => self.parsed(parsed, event, at, end),
            Line::Bad(why) => self.bad(event, at, why),
        }
        self.scan.upto = end;
    }

    fn parsed(&mut self, event: Event<'_>, bytes: &[u8], at: u64, end: u64) {
        self.reached(event.ts.parse().unwrap_or(0));
        if !event.run.is_empty() && line::messages(&event.fields).is_some() {
            let span = Span { source: self.source, start: at, end };
            self.run(&event.run).open.messages = Some(span);
        }
        match event.kind {
            Kind::End => self.end(event, bytes, at, end),
            Kind::Gap => {
                let gap = gap(self.name, &event.fields, bytes, at);
                self.scan.items.push(Found::Item(Item::Gap(gap)));
            }
            Kind::Exchange => {
                let read = exchange::exchange(bytes, self.name, at);
                self.exchange(read.map(|found| Found::Exchange(Box::new(found))), bytes, at);
            }
            Kind::ExchangeStart => {
                let read = exchange::start(bytes, self.name, at);
                self.exchange(read.map(|found| Found::Start(Box::new(found))), bytes, at);
            }
            Kind::Other => {}
        }
    }

    /// Takes in an exchange; one that cannot be read is not passed over.
    fn exchange(&mut self, read: Result<Found, serde_json::Error>, bytes: &[u8], at: u64) {
        match read {
            Ok(found) => self.scan.items.push(found),
            Err(_) => self.bad(bytes, at, "an exchange with fields that cannot be read".to_owned()),
        }
    }

    fn end(&mut self, event: Event<'_>, bytes: &[u8], at: u64, end: u64) {
        let mut turn = turn(self.name, &event, at, end);
        turn.blake3 = Some(digest(bytes));
        self.push_turn(turn, &event.run);
    }

    fn usual_end(&mut self, event: UsualEnd<'_>, bytes: &[u8], at: u64) {
        let end = at + bytes.len() as u64;
        self.reached(event.ts);
        self.scan.upto = end;
        let turn = Turn {
            v: 1,
            // As format! writes it, without its machinery: every turn has one.
            run_id_ts: [&*event.run, "_", &event.ts.to_string()].concat(),
            run_id: Some(event.run.clone().into_owned()),
            ts: Some(event.ts),
            source_file: Some(self.name.to_owned()),
            start: Some(at),
            end: Some(end),
            blake3: Some(digest(bytes)),
            text: event.text,
            thinking: event.thinking,
            complete: true,
            ..Turn::default()
        };
        self.push_turn(turn, &event.run);
    }

    fn push_turn(&mut self, turn: Turn, run: &str) {
        let empty = turn.text.is_empty() && turn.thinking.is_empty();
        let seen = self.run(run);
        let first = !std::mem::replace(&mut seen.ended, true);
        // An end without text does not hold what its deltas say.
        seen.ended_at = turn.ts.filter(|_| !empty);
        let deltas = std::mem::take(&mut seen.open.spans);
        let deltas =
            empty.then(|| OpenRun { spans: deltas, last_ts: seen.open.last_ts, ..OpenRun::default() });
        let messages = seen.open.messages.clone();
        self.scan.items.push(Found::Turn(FoundTurn { turn: Box::new(turn), first, deltas, messages }));
    }

    /// A line that is not one event may still hold whole ones (`{…},{…}`, or a torn one after a good one).
    fn salvage(&mut self, line: &[u8], at: u64, why: String) {
        let mut rest = line;
        let mut found = false;
        while let Some((event, after)) = next_object(rest) {
            found = true;
            let offset = at + (event.as_ptr().addr() - line.as_ptr().addr()) as u64;
            self.event(line::classify(event, false), event, offset);
            rest = line::trim(after);
        }
        let offset = at + (rest.as_ptr().addr() - line.as_ptr().addr()) as u64;
        if !found {
            self.lossy(line, at, why);
        } else if !rest.is_empty() {
            self.bad(rest, offset, why);
        }
        self.scan.upto = at + line.len() as u64;
    }

    /// The last resort: an event with bytes that are not UTF-8 is judged with them replaced, and named as bad all the same.
    fn lossy(&mut self, event: &[u8], at: u64, why: String) {
        if std::str::from_utf8(event).is_err() {
            let text = String::from_utf8_lossy(event).into_owned();
            if let Line::Event(parsed) = line::classify(text.as_bytes(), false)
                && parsed.kind == Kind::End
            {
                let mut turn = turn(self.name, &parsed, at, at + event.len() as u64);
                turn.blake3 = Some(digest(event));
                let found = FoundTurn { turn: Box::new(turn), first: false, deltas: None, messages: None };
                self.scan.items.push(Found::Turn(found));
            }
        }
        self.bad(event, at, why);
    }

    fn bad(&mut self, bytes: &[u8], start: u64, why: String) {
        self.push_bad(start, bytes.len() as u64, digest(bytes), why);
    }

    pub(crate) fn push_bad(&mut self, start: u64, length: u64, blake3: String, why: String) {
        let bad =
            Bad { source_file: self.name.to_owned(), start, end: start + length, blake3, why, at_end: false };
        self.scan.items.push(Found::Item(Item::Bad(bad)));
    }

    fn run(&mut self, run: &str) -> &mut Seen {
        let at = self.index_of(run);
        &mut self.seen[at].1
    }

    fn index_of(&mut self, run: &str) -> usize {
        if self.seen.get(self.last).is_none_or(|(last, _)| **last != *run) {
            // Nearly always one that was not seen before.
            let next = self.seen.len();
            self.last = *self.index.entry(run.into()).or_insert(next);
            if self.last == next {
                self.seen.push((run.into(), Seen::default()));
            }
        }
        self.last
    }

    /// What the segment holds.
    pub(crate) fn finish(mut self) -> Scan {
        self.scan.runs = self.seen.into_iter().map(|(run, seen)| SeenRun { run, seen }).collect();
        self.scan
    }
}

/// The first whole JSON object of the bytes, and what stands behind it.
fn next_object(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    if bytes.first() != Some(&b'{') {
        return None;
    }
    let mut values = serde_json::Deserializer::from_slice(bytes).into_iter::<&RawValue>();
    let value = values.next()?.ok()?;
    let (_, rest) = bytes.split_at(values.byte_offset());
    Some((value.get().as_bytes(), rest))
}

fn turn(name: &str, event: &Event<'_>, start: u64, end: u64) -> Turn {
    Turn {
        v: 1,
        run_id_ts: format!("{}_{}", event.run, event.ts),
        run_id: Some(event.run.clone().into_owned()),
        ts: event.ts.parse().ok(),
        source_file: Some(name.to_owned()),
        start: Some(start),
        end: Some(end),
        text: line::text(&event.fields, &["rawText", "raw_text"]).into_owned().into(),
        thinking: line::text(&event.fields, &["rawThinking", "raw_thinking"]).into_owned().into(),
        complete: true,
        ..Turn::default()
    }
}

/// The user and other messages of a request event.
pub(crate) fn user_messages(event: &[u8]) -> Vec<Message> {
    let Ok(fields) = lenient::object(event) else { return Vec::new() };
    let Some(list) = line::messages(&fields) else { return Vec::new() };
    lenient::elements(list)
        .into_iter()
        .map(|message| match lenient::object(message.get().as_bytes()) {
            Ok(fields) => Message {
                role: line::text(&fields, &["role"]).into_owned(),
                content: line::text(&fields, &["content"]).into_owned(),
            },
            Err(_) => Message { role: "user".to_owned(), content: lenient::text(message).into_owned() },
        })
        .collect()
}

fn gap(name: &str, fields: &Fields<'_>, bytes: &[u8], start: u64) -> Gap {
    let source = fields.get("source").and_then(|source| lenient::object(source.get().as_bytes()).ok());
    let lost = fields.get("bytes").or_else(|| source.as_ref()?.get("bytes"));
    Gap {
        source_file: name.to_owned(),
        start,
        end: start + bytes.len() as u64,
        blake3: digest(bytes),
        ts: fields.get("ts").and_then(lenient::integer),
        why: line::text(fields, &["why"]).into_owned(),
        bytes: lost.and_then(lenient::integer).and_then(|bytes| u64::try_from(bytes).ok()),
        detail: String::new(),
    }
}
