//! What is new in the record: which log files have changed since the last sweep, and where to go on in them.

use crate::place::Paths;
use sentrix_cli::{Failure, note, warn};
use sentrix_record::Flag;
use sentrix_store::{FileProgress, PatrolStore, SavedLedger, SavedRun, SavedSpan, StoreError, Version};
use sentrix_turns::{Archive, Ledger, OpenRun, Progress, Runs, Source, Span};
use std::collections::{HashMap, HashSet};
use std::fs::{self, File, Metadata};
use std::io::{self, BufRead, BufReader, Seek, SeekFrom};
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};

/// How many bytes before the place where reading stopped are remembered by their hash.
const MARKER: u64 = 256;
/// Under this name the flags file stands beside the log files in the state.
const FLAGS_FILE: &str = "patrol_flags.jsonl";

/// What the state knows of the log files.
pub struct Files {
    known: HashMap<String, FileProgress>,
    open_runs: Vec<SavedRun>,
    ledger: Option<String>,
    version: String,
}

/// What a sweep will read.
#[derive(Default)]
pub struct Plan {
    paths: Paths,
    sources: Vec<Source>,
    stats: Vec<Metadata>,
    progress: Vec<Option<Progress>>,
    changed: bool,
    runs: Vec<(String, OpenRun)>,
    /// Runs whose messages had just ended, and when.
    ended: Vec<(String, i64)>,
    ledger: Ledger,
}

impl Files {
    /// Loads what the state knows.
    pub fn load(store: &PatrolStore, version: &Version) -> Result<Self, StoreError> {
        let name = version_name(version);
        let ledger = store.ledger(version.judge)?.filter(|ledger| ledger.version == name);
        Ok(Self {
            known: store.files(version.judge)?,
            open_runs: store.open_runs(version.judge)?,
            ledger: ledger.map(|ledger| ledger.record),
            version: name,
        })
    }

    /// Whether a log file of this name was reviewed.
    pub fn know(&self, name: &str) -> bool {
        self.known.contains_key(name)
    }

    /// Compares the log files with what is known of them: one stat a file.
    pub fn plan(&self, paths: &[PathBuf]) -> Result<Plan, Failure> {
        let plan = self.compare(paths, false)?;
        // A file that starts over shows its messages, or exchanges, again: their counterparts must come again, too.
        let over = plan.sources.iter().any(|source| {
            let known = self.known.get(&source.name).filter(|known| known.version == self.version);
            source.from == 0 && known.is_some_and(|known| known.upto > 0)
        });
        if over && self.ledger.is_some() { self.compare(paths, true) } else { Ok(plan) }
    }

    /// `over`: everything starts over.
    fn compare(&self, paths: &[PathBuf], over: bool) -> Result<Plan, Failure> {
        let mut plan = Plan::default();
        if let Some(ledger) = self.ledger.as_ref().filter(|_| !over) {
            plan.ledger = Ledger::restore(ledger);
        }
        // Files with deltas of open runs are named even when nothing is new in them, in their place among the others:
        // their deltas will be read again, in order.
        let spans = self.open_runs.iter().flat_map(|run| run.spans.iter().chain(&run.messages));
        let needed: HashSet<&str> = spans.map(|(name, ..)| name.as_str()).collect();
        for mut source in crate::turns::sources(paths)? {
            plan.paths.insert(source.name.clone(), source.path.clone());
            let stat = match fs::metadata(&source.path) {
                Ok(stat) => stat,
                Err(error) => {
                    warn(format_args!("cannot read {}: {error}", source.path.display()));
                    continue;
                }
            };
            let known = self.known.get(&source.name).filter(|known| known.version == self.version && !over);
            if known.is_some_and(|known| unchanged(known, &stat)) {
                if needed.contains(source.name.as_str()) {
                    source.from = stat.len();
                    plan.push(source, stat);
                }
                continue;
            }
            source.from = known.map_or(0, |known| resume(&source, known, &stat));
            plan.changed = true;
            plan.push(source, stat);
        }
        plan.ledger.files(plan.paths.iter().map(|(name, path)| (name.clone(), path.clone())));
        plan.runs = self.open_runs.iter().filter_map(|run| plan.restored(run)).collect();
        let ended = self.open_runs.iter().filter(|run| run.spans.is_empty());
        plan.ended = ended.map(|run| (run.run_id.clone(), run.last_ts)).collect();
        Ok(plan)
    }

    /// Takes in flags that an earlier version, or another machine, put into the flags file.
    pub fn import_flags(&mut self, path: &Path, store: &mut PatrolStore) -> Result<(), StoreError> {
        // Opening a pipe would wait for whoever writes to it.
        let Some(stat) = fs::metadata(path).ok().filter(Metadata::is_file) else { return Ok(()) };
        let known = self.known.get(FLAGS_FILE);
        if known.is_some_and(|known| unchanged(known, &stat)) {
            return Ok(());
        }
        let from = known.map_or(0, |known| if known.size <= stat.len() { known.upto } else { 0 });
        match read_flags(path, from) {
            Ok((flags, upto)) => {
                let new = store.import_flags(&flags)?;
                if new > 0 {
                    note(format_args!("{new} flags of an earlier version are kept as they are"));
                }
                let row = row(FLAGS_FILE, &stat, upto, String::new(), String::new());
                store.save_progress(&row)
            }
            Err(error) => {
                warn(format_args!("cannot read {}: {error}", path.display()));
                Ok(())
            }
        }
    }
}

impl Plan {
    fn push(&mut self, source: Source, stat: Metadata) {
        self.sources.push(source);
        self.stats.push(stat);
        self.progress.push(None);
    }

    /// A run that was open, in terms of this sweep's files. A file that starts over shows its deltas again, and one that
    /// is gone shows none; of a run without any other nothing is brought back.
    fn restored(&self, run: &SavedRun) -> Option<(String, OpenRun)> {
        let spans: Vec<Span> = run.spans.iter().filter_map(|span| self.span(span)).collect();
        let messages = run.messages.as_ref().and_then(|span| self.span(span));
        (!spans.is_empty()).then(|| (run.run_id.clone(), OpenRun::restored(spans, run.last_ts, messages)))
    }

    fn span(&self, (name, start, end): &SavedSpan) -> Option<Span> {
        let source = self.sources.iter().position(|source| source.name == *name)?;
        (self.sources[source].from >= *end).then_some(Span { source, start: *start, end: *end })
    }

    /// Where all the log files are.
    pub fn paths(&self) -> &Paths {
        &self.paths
    }

    /// Whether there is anything to do.
    pub fn is_new(&self, silent: impl Fn(&OpenRun) -> bool, silent_since: i64) -> bool {
        self.changed || self.runs.iter().any(|(_, open)| silent(open)) || self.ledger.is_due(silent_since)
    }

    /// The archive to read.
    pub fn archive(&mut self) -> Archive {
        let mut runs = Runs::default();
        for (run, open) in &self.runs {
            runs.restore(run, open.clone());
        }
        for (run, at) in &self.ended {
            runs.restore_end(run, *at);
        }
        Archive::go_on(self.sources.clone(), runs, std::mem::take(&mut self.ledger))
    }

    /// Notes how far files have been read.
    pub fn note(&mut self, progress: &[Progress]) {
        for progress in progress {
            self.progress[progress.source] = Some(progress.clone());
        }
    }

    /// What to remember of the files that were read to their end.
    pub fn files(&self, version: &Version) -> Vec<FileProgress> {
        let read = self.progress.iter().flatten().filter(|progress| progress.done);
        read.filter_map(|progress| {
            let source = &self.sources[progress.source];
            // Nothing whole may have been added: then the old place still holds.
            let upto = progress.upto.max(source.from);
            // Without a marker the file would have to start over at every sweep.
            let marker = marker(&source.path, upto).ok()?;
            Some(row(&source.name, &self.stats[progress.source], upto, marker, version_name(version)))
        })
        .collect()
    }

    /// What waits for its counterpart next time.
    pub fn ledger(&self, ledger: &Ledger, version: &Version) -> Option<SavedLedger> {
        ledger.save().map(|record| SavedLedger { version: version_name(version), record })
    }

    /// The runs to go on with next time, and without places those that have just ended.
    pub fn open_runs(&self, runs: &Runs) -> Vec<SavedRun> {
        let saved = |span: &Span| (self.sources[span.source].name.clone(), span.start, span.end);
        let unfinished = runs.unfinished();
        let open: HashSet<&str> = unfinished.iter().map(|(run, _)| *run).collect();
        let ended = runs.just_ended().filter(|(run, _)| !open.contains(run));
        let ended =
            ended.map(|(run, at)| SavedRun { run_id: run.to_owned(), last_ts: at, ..SavedRun::default() });
        let ended: Vec<SavedRun> = ended.collect();
        unfinished
            .into_iter()
            .map(|(run, open)| SavedRun {
                run_id: run.to_owned(),
                spans: open.spans.iter().map(saved).collect(),
                messages: open.messages.as_ref().map(saved),
                last_ts: open.last_ts,
            })
            .chain(ended)
            .collect()
    }
}

fn version_name(version: &Version) -> String {
    format!("{} {}", version.ruleset, version.model)
}

fn row(name: &str, stat: &Metadata, upto: u64, marker: String, version: String) -> FileProgress {
    FileProgress {
        name: name.to_owned(),
        identity: (stat.dev(), stat.ino()),
        size: stat.len(),
        modified_ns: modified(stat),
        upto,
        marker,
        version,
    }
}

fn modified(stat: &Metadata) -> i64 {
    stat.mtime().saturating_mul(1_000_000_000).saturating_add(stat.mtime_nsec())
}

fn unchanged(known: &FileProgress, stat: &Metadata) -> bool {
    known.size == stat.len()
        && known.modified_ns == modified(stat)
        && known.identity == (stat.dev(), stat.ino())
}

/// Where to go on in a file that has changed: behind what was read, if that still stands there, else at the front.
fn resume(source: &Source, known: &FileProgress, stat: &Metadata) -> u64 {
    let grown = stat.len() >= known.upto;
    let same = grown && marker(&source.path, known.upto).is_ok_and(|marker| marker == known.marker);
    if same {
        return known.upto;
    }
    note(format_args!(
        "{} is not what was reviewed before; it is reviewed from its beginning",
        source.path.display()
    ));
    0
}

/// blake3 of the bytes before a place in a file.
fn marker(path: &Path, upto: u64) -> io::Result<String> {
    let length = upto.min(MARKER);
    let mut bytes = vec![0; length as usize];
    File::open(path)?.read_exact_at(&mut bytes, upto - length)?;
    Ok(blake3::hash(&bytes).to_hex().to_string())
}

/// The flags from a place in the flags file on; lines that are none are somebody else's and are passed over.
fn read_flags(path: &Path, from: u64) -> io::Result<(Vec<Flag>, u64)> {
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(from))?;
    let mut reader = BufReader::new(file);
    let (mut flags, mut upto, mut line) = (Vec::new(), from, Vec::new());
    loop {
        line.clear();
        let read = reader.read_until(b'\n', &mut line)?;
        if read == 0 || line.last() != Some(&b'\n') {
            return Ok((flags, upto));
        }
        upto += read as u64;
        match serde_json::from_slice(&line) {
            Ok(flag) => flags.push(flag),
            Err(_) if line.trim_ascii().is_empty() => {}
            Err(error) => {
                warn(format_args!("{}: a line before byte {upto} is no flag: {error}", path.display()))
            }
        }
    }
}
