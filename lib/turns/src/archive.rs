//! An archive: log files read in segments, on all threads, and joined in order.
//!
//! While some segments are being scanned, those before them can be judged ([`Archive::read`]). Memory is a few segments
//! for each thread, whatever the archive's size.

use crate::join::Joiner;
use crate::lines::{ReadAt, SEGMENT, scan_lines};
use crate::pipeline::{self, Steps};
use crate::run::{OpenRun, Runs};
use crate::segment::{Scan, Scanner};
use crate::shape::{self, Shape};
use crate::source::{Opened, Source};
use crate::{Item, Ledger};
use sentrix_record::log::{Entries, Why};
use std::io::{self, BufReader, Take};
use std::sync::Arc;

/// Log files, read in order.
#[derive(Debug)]
pub struct Archive {
    sources: Arc<[Source]>,
    cursor: Cursor,
    joiner: Joiner,
}

/// What one step through the archive gave.
#[derive(Debug, Default)]
pub struct Wave {
    /// In the order of the record.
    pub items: Vec<Item>,
    /// How far each source that was read in this wave has been read.
    pub progress: Vec<Progress>,
    /// Bytes of log files that were read.
    pub bytes: u64,
}

/// How far a source has been read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// Index of the source in the archive.
    pub source: usize,
    /// One past the last whole event: where the next sweep goes on.
    pub upto: u64,
    /// Everything up to its end was read.
    pub done: bool,
}

/// What is scanned at once.
#[derive(Debug)]
pub(crate) enum Piece {
    /// A stretch of a file with one event a line.
    Lines { source: usize, opened: Opened, start: u64, end: u64 },
    /// A stretch of a file of another shape, read in sequence.
    Events { source: usize, scan: Scan, bytes: u64, done: bool },
    /// A file that could not be read.
    Failed { source: usize, error: io::Error },
}

/// Where the reading stands.
#[derive(Debug)]
struct Cursor {
    source: usize,
    open: Option<Reading>,
}

#[derive(Debug)]
enum Reading {
    Lines { opened: Opened, at: u64 },
    Events(Box<Entries<BufReader<Take<ReadAt>>>>),
}

impl Archive {
    /// An archive of these log files, in this order.
    pub fn new(sources: Vec<Source>) -> Self {
        Self::resume(sources, Runs::default())
    }

    /// An archive whose earlier part has been read: `runs` were open then.
    pub fn resume(sources: Vec<Source>, runs: Runs) -> Self {
        Self::go_on(sources, runs, Ledger::default())
    }

    /// An archive whose earlier part has been read: `runs` were open then, and `ledger` waited for counterparts.
    pub fn go_on(sources: Vec<Source>, runs: Runs, mut ledger: Ledger) -> Self {
        ledger.files(sources.iter().map(|source| (source.name.clone(), source.path.clone())));
        if !ledger.in_use() && sources.iter().any(shape::has_exchanges) {
            ledger.expect();
        }
        let sources: Arc<[Source]> = sources.into();
        let mut joiner = Joiner::new(Arc::clone(&sources), runs);
        joiner.ledger = ledger;
        Self { joiner, sources, cursor: Cursor { source: 0, open: None } }
    }

    /// The log files.
    pub fn sources(&self) -> &[Source] {
        &self.sources
    }

    /// The runs that are open so far.
    pub fn runs(&self) -> &Runs {
        self.joiner.runs()
    }

    /// Reads everything. `work` is called with each wave while the next ones are being scanned, on the same threads;
    /// `sink` gets what it returned, in order, and stops the reading by returning `false`. Not to be called on a thread of
    /// the pool.
    pub fn read<T: Send>(&mut self, work: impl Fn(Wave) -> T + Send + Sync, sink: impl FnMut(T) -> bool) {
        let Self { sources, cursor, joiner } = self;
        pipeline::run(Steps {
            next: || cursor.next_piece(sources),
            scan: |piece| scan(sources, piece),
            join: |(piece, scan)| joiner.join(piece, scan),
            work,
            sink,
        });
    }

    /// Rebuilds the open runs that `done` says will not go on, and forgets them. Call it after [`Archive::read`].
    pub fn rebuild(&mut self, done: impl Fn(&OpenRun) -> bool) -> Wave {
        let runs = self.joiner.take(done);
        let rebuilt = self.joiner.rebuild(&runs);
        let mut wave = Wave::default();
        self.joiner.rebuilt(rebuilt, &mut wave.items);
        wave
    }

    /// What has waited long enough for its counterpart, the raw stream's message or the exchange: it ended before `before`
    /// (epoch milliseconds), or both records have gone past it. Call it after [`Archive::rebuild`].
    pub fn settle(&mut self, before: i64) -> Wave {
        let mut wave = Wave::default();
        self.joiner.ledger.settle(before, &mut wave.items);
        wave
    }

    /// What still waits, as it is. For who does not go on later.
    pub fn finish(&mut self) -> Wave {
        let mut wave = Wave::default();
        self.joiner.ledger.finish(&mut wave.items);
        wave
    }

    /// What waits for its counterpart.
    pub fn ledger(&self) -> &Ledger {
        &self.joiner.ledger
    }
}

fn scan(sources: &[Source], mut piece: Piece) -> (Piece, Scan) {
    let scan = match &mut piece {
        Piece::Lines { source, opened, start, end } => {
            let file = &sources[*source];
            match scan_lines(&file.name, *source, opened, file.from, *start..*end) {
                Ok(scan) => scan,
                Err(error) => {
                    piece = Piece::Failed { source: *source, error };
                    Scan::default()
                }
            }
        }
        Piece::Events { scan, .. } => std::mem::take(scan),
        Piece::Failed { .. } => Scan::default(),
    };
    (piece, scan)
}

impl Cursor {
    /// The next segment.
    fn next_piece(&mut self, sources: &[Source]) -> Option<Piece> {
        let source = self.source;
        let file = sources.get(source)?;
        let reading = match self.open.take() {
            Some(reading) => reading,
            None => match begin(file) {
                Ok(reading) => reading,
                Err(error) => {
                    self.source += 1;
                    return Some(Piece::Failed { source, error });
                }
            },
        };
        match reading {
            Reading::Lines { opened, at } => {
                let end = (at + SEGMENT).min(opened.len);
                if end < opened.len {
                    self.open = Some(Reading::Lines { opened: opened.clone(), at: end });
                } else {
                    self.source += 1;
                }
                Some(Piece::Lines { source, opened, start: at, end })
            }
            Reading::Events(mut entries) => {
                let (scan, bytes, done) = scan_events(&file.name, source, file.from, &mut entries);
                if done {
                    self.source += 1;
                } else {
                    self.open = Some(Reading::Events(entries));
                }
                Some(Piece::Events { source, scan, bytes, done })
            }
        }
    }
}

fn begin(file: &Source) -> io::Result<Reading> {
    let opened = file.open()?;
    let from = file.from.min(opened.len);
    Ok(match shape::of(&opened, from)? {
        Shape::Lines => Reading::Lines { opened, at: from },
        Shape::Other => {
            let len = opened.len - from;
            let bytes = io::Read::take(ReadAt { opened, at: from }, len);
            Reading::Events(Box::new(Entries::new(BufReader::with_capacity(1 << 16, bytes))))
        }
    })
}

/// Scans a segment's worth of entries of a file that is not one event a line.
fn scan_events<R: io::Read>(
    name: &str,
    source: usize,
    base: u64,
    entries: &mut Entries<R>,
) -> (Scan, u64, bool) {
    let mut scanner = Scanner::new(name, source);
    let mut bytes = 0;
    while bytes < SEGMENT {
        match entries.next() {
            None => return (scanner.finish(), bytes, true),
            Some(Ok(entry)) => {
                bytes += entry.bytes.len() as u64;
                scanner.entry(entry.bytes, base + entry.start);
            }
            Some(Err(bad)) => scanner.push_bad(base + bad.start, bad.len, String::new(), fault(&bad.why)),
        }
    }
    (scanner.finish(), bytes, false)
}

/// Says what is wrong with a place that holds no entry, without quoting it.
pub(crate) fn fault(why: &Why) -> String {
    match why {
        Why::Junk => "not JSON".to_owned(),
        Why::Torn => "torn: the file ends inside an event".to_owned(),
        Why::Oversized => "longer than any event may be".to_owned(),
        Why::Io(error) => format!("cannot be read: {error}"),
    }
}
