//! A collector in small, crashed at every operation: what was acknowledged as durable is there, once, in order.
//!
//! The source is a list of events, the checkpoint ties the source offset to the log file's length, and a restart
//! cuts the log back to it: the protocol that whoever writes logs has to follow. At a rotation the order is: sync the
//! log, checkpoint, manifest line, new log, checkpoint.

#![allow(clippy::panic, clippy::unwrap_used)]

use sentrix_record::fs::fault::{Fault, FaultFs, Image, Op};
use sentrix_record::fs::{At, Error, Fs, FsFile, Open, PRIVATE};
use sentrix_record::log::{Batch, Entries, LogError, LogFile, LogName};
use sentrix_record::manifest::{Manifest, ManifestError, verify};
use sentrix_record::{Lock, LockError, atomic};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const DIR: &str = "logs";
const EVENTS: usize = 12;
const BATCH: usize = 2;
const PER_FILE: u64 = 4;

#[derive(Debug, thiserror::Error)]
enum Failed {
    #[error(transparent)]
    Log(#[from] LogError),
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    #[error(transparent)]
    Lock(#[from] LockError),
    #[error(transparent)]
    Io(#[from] Error),
}

fn path(name: &str) -> PathBuf {
    Path::new(DIR).join(name)
}

fn event(number: usize) -> String {
    format!(r#"{{"ts":{number},"event":"assistant_text_stream","delta":"{}"}}"#, "x".repeat(number * 7 % 31))
}

/// Every run has its own time, as every start of a program has.
fn now(run: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_773_106_833 + run)
}

/// What the checkpoint says: so many events of the source are in the log up to this length of this file.
#[derive(Debug, Clone)]
struct Checkpoint {
    taken: usize,
    name: LogName,
    len: u64,
}

impl Checkpoint {
    fn save(&self, fs: &FaultFs) -> Result<(), Failed> {
        let text = format!("{} {} {}", self.taken, self.name, self.len);
        Ok(atomic::replace(fs, &path("checkpoint"), text.as_bytes(), PRIVATE)?)
    }

    fn load(fs: &FaultFs) -> Option<Self> {
        let file = fs.open(&path("checkpoint"), Open::Read).ok()?;
        let mut text = vec![0; file.stat().ok()?.len as usize];
        file.read_full_at(&mut text, 0).ok()?;
        let text = String::from_utf8(text).unwrap();
        let mut words = text.split(' ');
        let mut word = || words.next().unwrap_or_else(|| panic!("a torn checkpoint: {text:?}"));
        Some(Self {
            taken: word().parse().unwrap(),
            name: word().parse().unwrap(),
            len: word().parse().unwrap(),
        })
    }
}

struct Collector {
    fs: FaultFs,
    manifest: Manifest<FaultFs>,
    log: LogFile<FaultFs>,
    taken: usize,
    clock: SystemTime,
    _lock: Lock<FaultFs>,
}

impl Collector {
    fn start(fs: &FaultFs, clock: SystemTime) -> Result<Self, Failed> {
        fs.make_dir(Path::new(DIR)).at("create", Path::new(DIR))?;
        let lock = Lock::acquire(fs, &path(".lock"))?;
        atomic::sweep(fs, Path::new(DIR))?;
        let (manifest, _) = Manifest::open(fs, &path("manifest.jsonl"))?;
        let checkpoint = Checkpoint::load(fs);
        let mut names = names(fs)?;
        names.retain(|name| !manifest.lists(name.as_str()));
        let taken = checkpoint.as_ref().map_or(0, |checkpoint| checkpoint.taken);
        // What is not listed and not the checkpoint's came after it: its events come from the source again.
        let len =
            |name: &LogName| checkpoint.as_ref().filter(|known| known.name == *name).map(|known| known.len);
        let current = names.iter().find(|name| len(name).is_some()).or(names.first()).cloned();
        for name in names.iter().filter(|name| current.as_ref() != Some(name)) {
            let path = path(name.as_str());
            fs.remove(&path).at("remove", &path)?;
        }
        let log = match current {
            None => LogFile::create(fs, Path::new(DIR), next_name(fs, clock)?)?,
            Some(name) => match len(&name) {
                Some(len) => LogFile::open_for_append(fs, Path::new(DIR), name, Some(len))?.0,
                None => emptied(fs, &name)?,
            },
        };
        let collector = Self { fs: fs.clone(), manifest, log, taken, clock, _lock: lock };
        collector.checkpoint()?;
        Ok(collector)
    }

    /// One round: a batch is appended and acknowledged; the log is rotated when it is full.
    fn round(&mut self) -> Result<(), Failed> {
        let mut batch = Batch::new();
        let end = (self.taken + BATCH).min(EVENTS);
        (self.taken..end).for_each(|number| batch.push(event(number).as_bytes()));
        self.log.append(&mut batch)?;
        self.log.sync()?;
        self.taken = end;
        self.checkpoint()?;
        if self.log.events() >= PER_FILE { self.rotate() } else { Ok(()) }
    }

    fn rotate(&mut self) -> Result<(), Failed> {
        let next = LogFile::create(&self.fs, Path::new(DIR), next_name(&self.fs, self.clock)?)?;
        let closed = std::mem::replace(&mut self.log, next).close()?;
        self.manifest.append(&closed)?;
        self.checkpoint()
    }

    fn checkpoint(&self) -> Result<(), Failed> {
        let (name, len) = (self.log.name().clone(), self.log.len());
        Checkpoint { taken: self.taken, name, len }.save(&self.fs)
    }

    fn run(fs: &FaultFs, run: u64) -> Result<(), Failed> {
        let mut collector = Self::start(fs, now(run))?;
        while collector.taken < EVENTS {
            collector.round()?;
        }
        Ok(())
    }
}

/// A log file whose events are all to be read again.
fn emptied(fs: &FaultFs, name: &LogName) -> Result<LogFile<FaultFs>, Failed> {
    let (log, _) = LogFile::open_for_append(fs, Path::new(DIR), name.clone(), None)?;
    if log.is_empty() {
        return Ok(log);
    }
    drop(log);
    Ok(LogFile::open_for_append(fs, Path::new(DIR), name.clone(), Some(4))?.0)
}

fn names(fs: &FaultFs) -> Result<Vec<LogName>, Failed> {
    let names = fs.list(Path::new(DIR)).at("list", Path::new(DIR))?;
    let mut names: Vec<LogName> =
        names.iter().filter_map(|name| name.to_str().and_then(|name| name.parse().ok())).collect();
    names.sort();
    Ok(names)
}

fn next_name(fs: &FaultFs, clock: SystemTime) -> Result<LogName, Failed> {
    Ok(LogName::next(clock, None, &names(fs)?))
}

/// The events of all log files in their order; every file must be a valid array in our layout.
fn recorded(fs: &FaultFs, context: &str) -> Vec<String> {
    let mut events = Vec::new();
    for name in names(fs).unwrap() {
        let bytes = fs.read(path(name.as_str())).unwrap();
        let array: Vec<serde_json::Value> = serde_json::from_slice(&bytes)
            .unwrap_or_else(|error| panic!("{context}: {name}: {error}: {}", bytes.escape_ascii()));
        let before = events.len();
        let mut entries = Entries::new(&bytes[..]);
        while let Some(entry) = entries.next() {
            events.push(String::from_utf8(entry.unwrap().bytes.to_vec()).unwrap());
        }
        assert_eq!(events.len() - before, array.len(), "{context}: {name}");
    }
    events
}

/// How many events a crash at this moment must not lose.
fn acknowledged(fs: &FaultFs) -> usize {
    Checkpoint::load(fs).map_or(0, |checkpoint| checkpoint.taken)
}

/// Starts again on what is left, runs to the end, and holds the result against the source.
fn finish(fs: &FaultFs, acknowledged_before: usize, context: &str) {
    let collector =
        Collector::start(fs, now(1)).unwrap_or_else(|error| panic!("{context}: restart: {error}"));
    assert!(collector.taken >= acknowledged_before, "{context}: the checkpoint went back");
    let source: Vec<String> = (0..EVENTS).map(event).collect();
    let events = recorded(fs, context);
    assert_eq!(events, source[..collector.taken], "{context}: after the restart");
    drop(collector);
    Collector::run(fs, 2).unwrap_or_else(|error| panic!("{context}: second run: {error}"));
    assert_eq!(recorded(fs, context), source, "{context}: at the end");
    let report = verify(fs, &path("manifest.jsonl")).unwrap();
    assert_eq!(report.problems, [], "{context}");
    // A log that was full when the crash came may have taken one more batch.
    assert!(report.files >= EVENTS as u64 / (PER_FILE + BATCH as u64), "{context}: {report:?}");
    assert!(
        fs.paths().iter().all(|path| !path.to_string_lossy().ends_with(".tmp")),
        "{context}: temporaries"
    );
}

fn undisturbed() -> FaultFs {
    let fs = FaultFs::new();
    Collector::run(&fs, 0).unwrap();
    fs
}

#[test]
fn a_crash_at_any_operation_loses_and_doubles_nothing() {
    let operations = undisturbed().operations();
    assert!(operations > 80, "the scenario shrank to {operations} operations");
    for operation in 0..operations {
        let fs = FaultFs::new();
        fs.inject(operation, Fault::Crash);
        let _ended = Collector::run(&fs, 0);
        assert!(fs.crashed());
        for image in Image::ALL {
            let after = fs.crash(image);
            // What the checkpoint says in the worst image was durable; no other image may show less.
            let durable = acknowledged(&fs.crash(Image::Dropped));
            finish(&after, durable, &format!("crash at {operation}, {image:?}"));
        }
    }
}

#[test]
fn a_second_crash_during_the_restart_is_no_worse() {
    let operations = undisturbed().operations();
    for operation in (0..operations).step_by(3) {
        let fs = FaultFs::new();
        fs.inject(operation, Fault::Crash);
        let _ended = Collector::run(&fs, 0);
        assert!(fs.crashed());
        for image in [Image::Dropped, Image::Torn, Image::Zeroed] {
            for second in 0..16 {
                let again = fs.crash(image);
                again.inject(second, Fault::Crash);
                let _either = Collector::start(&again, now(1));
                let durable = acknowledged(&again.crash(Image::Dropped));
                for image in [Image::Kept, Image::Dropped, Image::Torn] {
                    finish(&again.crash(image), durable, &format!("{operation}, then {second}, {image:?}"));
                }
            }
        }
    }
}

#[test]
fn an_error_at_any_operation_ends_the_run_and_loses_nothing() {
    let whole = undisturbed();
    for operation in 0..whole.operations() {
        for fault in [Fault::Error(5), Fault::Error(28), Fault::Error(122), Fault::Full(28), Fault::Full(122)]
        {
            let fs = FaultFs::new();
            fs.inject(operation, fault);
            let result = Collector::run(&fs, 0);
            fs.heal();
            let context = format!("{fault:?} at {operation}: {result:?}");
            // The process ends, the machine lives; or the machine dies right after the error.
            finish(&fs.crash(Image::Kept), acknowledged(&fs), &context);
            finish(&fs.crash(Image::Dropped), acknowledged(&fs.crash(Image::Dropped)), &context);
        }
    }
}

#[test]
fn what_a_failed_sync_lost_is_not_built_upon() {
    for operation in 0..undisturbed().operations() {
        let fs = FaultFs::new();
        fs.inject(operation, Fault::Error(5));
        let result = Collector::run(&fs, 0);
        let context = format!("EIO at {operation}: {result:?}");
        // The process starts again on the same machine, whose cache shows more than the disk holds; then the machine
        // dies.
        finish(&fs, acknowledged(&fs), &context);
        let after = fs.crash(Image::Dropped);
        assert_eq!(recorded(&after, &context), (0..EVENTS).map(event).collect::<Vec<_>>(), "{context}");
        assert_eq!(verify(&after, &path("manifest.jsonl")).unwrap().problems, [], "{context}");
    }
}

#[test]
fn short_writes_and_interrupts_give_identical_files() {
    let whole = undisturbed();
    for bytes in [1, 2, 5] {
        let fs = FaultFs::new();
        fs.dribble(bytes);
        Collector::run(&fs, 0).unwrap();
        for path in whole.paths() {
            assert_eq!(fs.read(&path), whole.read(&path), "{}", path.display());
        }
    }
}

#[test]
fn a_full_disk_holds_the_run_up_and_no_more() {
    let whole = undisturbed();
    for operation in 0..whole.operations() {
        let fs = FaultFs::new();
        let mut collector = Collector::start(&fs, now(0)).unwrap();
        let writes = fs.operations() + operation;
        fs.inject(writes, Fault::Full(28));
        let mut batch = Batch::new();
        for number in 0..EVENTS {
            batch.push(event(number).as_bytes());
            let before = fs.read(collector.log.path()).unwrap();
            if let Err(error) = collector.log.append(&mut batch) {
                assert!(error.is_full(), "{error}");
                assert_eq!(fs.read(collector.log.path()).unwrap(), before, "something half visible");
                fs.heal();
                collector.log.append(&mut batch).unwrap();
            }
        }
        collector.log.sync().unwrap();
        assert_eq!(recorded(&fs, "full disk"), (0..EVENTS).map(event).collect::<Vec<_>>());
    }
}

#[test]
fn a_lost_checkpoint_costs_no_whole_event_of_the_open_file() {
    let fs = FaultFs::new();
    let mut collector = Collector::start(&fs, now(0)).unwrap();
    collector.round().unwrap();
    let name = collector.log.name().clone();
    let full = fs.read(path(name.as_str())).unwrap();
    drop(collector);
    for end in 0..=full.len() {
        for hole in [0, 1, 40] {
            let mut torn = full[..end].to_vec();
            let kept = torn.len().saturating_sub(hole);
            torn[kept..].fill(0);
            let fs = FaultFs::new();
            fs.put(path(name.as_str()), &torn);
            let whole = (0..BATCH).filter(|number| {
                torn[..kept]
                    .windows(event(*number).len() + 1)
                    .any(|window| window == format!("{}\n", event(*number)).as_bytes())
            });
            let whole = whole.count();
            let (log, _) = LogFile::open_for_append(&fs, Path::new(DIR), name.clone(), None).unwrap();
            assert_eq!(log.events(), whole as u64, "cut at {end}, hole of {hole}");
            assert_eq!(recorded(&fs, "lost checkpoint").len(), whole);
        }
    }
}

#[test]
fn syncs_are_as_many_as_the_protocol_needs() {
    let fs = undisturbed();
    let rounds = (EVENTS / BATCH) as u64;
    let rotations = EVENTS as u64 / PER_FILE;
    let checkpoints = 1 + rounds + rotations;
    // The first log file, one sync a batch, one for every new file, one for every line; closing adds none.
    assert_eq!(fs.count(Op::Sync), 1 + 1 + rounds + 2 * rotations + checkpoints);
}
