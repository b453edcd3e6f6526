//! Joins what segments found: runs that span them, requests that stand before them, texts that only the deltas hold.

use crate::Ledger;
use crate::archive::{Piece, Progress, Wave};
use crate::lines::read_lines;
use crate::rebuild::{Feed, Rebuild};
use crate::run::{OpenRun, Runs, Span};
use crate::segment::{Found, FoundTurn, Scan, user_messages};
use crate::source::{Opened, Source};
use crate::{Bad, Item};
use rayon::prelude::*;
use sentrix_record::log::{Bad as LogBad, Entries, Why};
use std::collections::HashSet;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::sync::Arc;

/// How many runs a thread rebuilds at once: each holds its text and, until all of it has been read, 6 KB for a hash.
const GROUP: usize = 1024;

/// The memory between segments.
#[derive(Debug)]
pub(crate) struct Joiner {
    sources: Arc<[Source]>,
    runs: Runs,
    pub(crate) ledger: Ledger,
    failed: HashSet<usize>,
    /// Sources that are not one event a line.
    shapeless: HashSet<usize>,
    /// How far the newest source has been read.
    upto: Option<(usize, u64)>,
}

impl Joiner {
    pub(crate) fn new(sources: Arc<[Source]>, runs: Runs) -> Self {
        Self {
            sources,
            runs,
            ledger: Ledger::default(),
            failed: HashSet::new(),
            shapeless: HashSet::new(),
            upto: None,
        }
    }

    pub(crate) fn runs(&self) -> &Runs {
        &self.runs
    }

    pub(crate) fn take(&mut self, done: impl Fn(&OpenRun) -> bool) -> Vec<(Box<str>, OpenRun)> {
        self.runs.take(done)
    }

    /// Joins the next segment with those before it.
    pub(crate) fn join(&mut self, piece: Piece, scan: Scan) -> Wave {
        let mut wave = Wave::default();
        let (source, bytes, done) = match piece {
            Piece::Lines { source, opened, start, end } => (source, end - start, end >= opened.len),
            Piece::Events { source, bytes, done, .. } => {
                self.shapeless.insert(source);
                (source, bytes, done)
            }
            Piece::Failed { source, error } => {
                self.fail(source, &error, &mut wave);
                return wave;
            }
        };
        wave.bytes = bytes;
        // No event may end in a segment: a long line goes through it.
        let before = self.upto.filter(|(known, _)| *known == source).map_or(0, |(_, upto)| upto);
        let upto = scan.upto.max(before);
        self.upto = Some((source, upto));
        self.segment(scan, &mut wave.items);
        if !self.failed.contains(&source) {
            wave.progress.push(Progress { source, upto, done });
        }
        let overflow = self.runs.overflow();
        if !overflow.is_empty() {
            let rebuilt = self.rebuild(&overflow);
            self.rebuilt(rebuilt, &mut wave.items);
        }
        wave
    }

    /// A file that fails in the middle is not read on by a later sweep as if its middle had been seen.
    fn fail(&mut self, source: usize, error: &io::Error, wave: &mut Wave) {
        if self.failed.insert(source) {
            wave.items.push(Item::Bad(Bad {
                source_file: self.sources[source].name.clone(),
                start: self.sources[source].from,
                end: self.sources[source].from,
                blake3: String::new(),
                why: format!("cannot be read: {error}"),
                at_end: false,
            }));
        }
    }

    fn segment(&mut self, scan: Scan, items: &mut Vec<Item>) {
        for found in scan.items {
            match found {
                Found::Item(item) => items.push(item),
                Found::Turn(found) => {
                    let turn = self.turn(found);
                    self.ledger.message(turn, items);
                }
                Found::Exchange(found) => self.ledger.exchange(*found, items),
                Found::Start(start) => self.ledger.start(*start),
            }
        }
        for seen in scan.runs {
            self.runs.take_in(seen);
        }
        self.runs.reached(scan.newest_said);
    }

    /// Takes in turns that were rebuilt.
    pub(crate) fn rebuilt(&mut self, rebuilt: Vec<Item>, items: &mut Vec<Item>) {
        for item in rebuilt {
            match item {
                Item::Turn(turn) => self.ledger.message(turn, items),
                other => items.push(other),
            }
        }
    }

    /// Completes a turn with what stands before its segment.
    fn turn(&mut self, found: FoundTurn) -> Box<sentrix_record::Turn> {
        let before = self.runs.get(found.run());
        let request = found.messages.or_else(|| before?.messages.clone());
        let mut turn = found.turn;
        if let Some(deltas) = found.deltas {
            let mut open = before.filter(|_| found.first).cloned().unwrap_or_default();
            for span in &deltas.spans {
                open.extend(span, deltas.last_ts);
            }
            if !open.spans.is_empty() {
                self.fill_in(&mut turn, open);
            }
        }
        if let Some(event) = request.and_then(|span| self.bytes(&span).ok()) {
            turn.user_messages = user_messages(&event);
        }
        turn
    }

    /// The text of an end event that has none (an aborted run) stands in its deltas.
    fn fill_in(&self, turn: &mut sentrix_record::Turn, open: OpenRun) {
        let run = turn.run_id.as_deref().unwrap_or_default().into();
        let rebuilt = self.rebuild(&[(run, open)]);
        for item in rebuilt {
            if let Item::Turn(piece) = item {
                turn.text.push_str(&piece.text);
                turn.thinking.push_str(&piece.thinking);
                turn.blake3 = piece.blake3;
                turn.source_file = piece.source_file;
                turn.start = piece.start;
                turn.end = piece.end;
                turn.complete = false;
            }
        }
    }

    /// Rebuilds runs from their deltas, on all threads. Runs of one group share the reading; a group is small enough to be
    /// held.
    pub(crate) fn rebuild(&self, runs: &[(Box<str>, OpenRun)]) -> Vec<Item> {
        if runs.len() <= GROUP {
            return self.rebuild_group(runs);
        }
        runs.par_chunks(GROUP).flat_map_iter(|group| self.rebuild_group(group)).collect()
    }

    fn rebuild_group(&self, runs: &[(Box<str>, OpenRun)]) -> Vec<Item> {
        let mut rebuild = Rebuild::new(runs);
        let mut bad = Vec::new();
        let mut newest = None;
        for span in Rebuild::spans(runs) {
            rebuild.enter(span.source);
            if let Err(error) = self.feed(&span, &mut newest, &mut rebuild) {
                bad.push(Item::Bad(Bad {
                    source_file: self.sources[span.source].name.clone(),
                    start: span.start,
                    end: span.end,
                    blake3: String::new(),
                    why: format!("cannot be read again: {error}"),
                    at_end: false,
                }));
            }
            rebuild.reached(span.source, span.end);
        }
        let turns = rebuild.finish().into_iter().map(|turn| Item::Turn(Box::new(turn)));
        turns.chain(bad).collect()
    }

    /// Feeds the lines of a span. `newest` is the file that was read last.
    fn feed(
        &self,
        span: &Span,
        newest: &mut Option<(usize, Opened)>,
        rebuild: &mut Rebuild,
    ) -> io::Result<()> {
        let source = &self.sources[span.source];
        if self.shapeless.contains(&span.source) {
            return self.feed_entries(span, rebuild);
        }
        let (_, opened) = match newest.take().filter(|(known, _)| *known == span.source) {
            Some(known) => newest.insert(known),
            None => newest.insert((span.source, source.open()?)),
        };
        // What stands behind the span is none of its business.
        let opened = Opened { file: Arc::clone(&opened.file), len: span.end };
        let mut feed = Feed { rebuild, name: &source.name, odd: None };
        read_lines(&opened, span.start, span.start..span.end, &mut feed)?;
        match feed.odd {
            Some(start) => self.feed_entries(&Span { start, ..span.clone() }, rebuild),
            None => Ok(()),
        }
    }

    /// The same, whatever the layout.
    fn feed_entries(&self, span: &Span, rebuild: &mut Rebuild) -> io::Result<()> {
        let source = &self.sources[span.source];
        let mut entries = Entries::at(self.open(span)?, span.start);
        // What is bad here was named when it was scanned; only a file that cannot be read is news.
        while let Some(entry) = entries.next() {
            match entry {
                Ok(entry) => _ = rebuild.line(entry.bytes, entry.start, &source.name),
                Err(LogBad { why: Why::Io(error), .. }) => return Err(error),
                Err(_) => {}
            }
        }
        Ok(())
    }

    fn open(&self, span: &Span) -> io::Result<impl Read> {
        let mut file = File::open(&self.sources[span.source].path)?;
        file.seek(SeekFrom::Start(span.start))?;
        Ok(BufReader::with_capacity(1 << 16, file).take(span.end.saturating_sub(span.start)))
    }

    fn bytes(&self, span: &Span) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.open(span)?.read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}
