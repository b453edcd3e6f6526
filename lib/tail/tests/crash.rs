//! The collector on a disk that crashes, fails or fills up at every operation, with a source that stays intact:
//! nothing is lost, nothing doubled, the order is kept, and the manifest holds.

#![allow(clippy::panic, clippy::unwrap_used)]

use sentrix_record::fs::Fs;
use sentrix_record::fs::fault::{Fault, FaultFs, Image};
use sentrix_record::log::LogName;
use sentrix_record::manifest::{self, verify};
use sentrix_tail::{Collector, Input, Options, Progress, TailError};
use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const DIR: &str = "logs";
const LINES: usize = 14;
/// Lines that are in the source before the collector's rounds.
const ROUNDS: [usize; 4] = [3, 4, 9, LINES];

fn line(number: usize) -> String {
    match number {
        // One that is none, and two behind one another.
        4 => "no event\n".to_owned(),
        7 => "{\"a\":1}\r{\"b\":2}\n".to_owned(),
        _ => format!("{{\"n\":{number},\"delta\":\"{}\"}}\n", "x".repeat(number * 37 % 90)),
    }
}

fn now() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_773_106_833)
}

struct Source {
    _dir: tempfile::TempDir,
    path: PathBuf,
    lines: usize,
}

impl Source {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        Self { path: dir.path().join("raw.jsonl"), _dir: dir, lines: 0 }
    }

    fn grow_to(&mut self, lines: usize) {
        let mut file = OpenOptions::new().append(true).create(true).open(&self.path).unwrap();
        for number in self.lines..lines {
            file.write_all(line(number).as_bytes()).unwrap();
        }
        self.lines = self.lines.max(lines);
    }
}

fn open(fs: &FaultFs, source: &Source) -> Result<Collector<FaultFs>, TailError> {
    let options = Options { rotate_bytes: Some(300), now, ..Options::default() };
    Collector::open(fs, Input::Path(source.path.clone()), Path::new(DIR), options)
}

/// The scenario: rounds of growth, a rotation that was asked for, an end.
fn run(fs: &FaultFs, source: &mut Source) -> Result<(), TailError> {
    let mut collector = open(fs, source)?;
    for (round, lines) in ROUNDS.into_iter().enumerate() {
        source.grow_to(lines);
        while collector.step()? == Progress::Busy {}
        if round == 1 {
            collector.rotate()?;
        }
    }
    collector.finish()?;
    Ok(())
}

/// What the log files hold, gaps by the reason that they give. Every file must be a valid array.
fn recorded(fs: &FaultFs, context: &str) -> Vec<String> {
    let names = fs.list(Path::new(DIR)).unwrap();
    let mut names: Vec<LogName> = names.iter().filter_map(|name| name.to_str()?.parse().ok()).collect();
    names.sort();
    let mut events = Vec::new();
    for name in names {
        let bytes = fs.read(Path::new(DIR).join(name.as_str())).unwrap();
        let array: Vec<Box<serde_json::value::RawValue>> = serde_json::from_slice(&bytes)
            .unwrap_or_else(|error| panic!("{context}: {name}: {error}: {}", bytes.escape_ascii()));
        events.extend(array.iter().map(|event| {
            let value: serde_json::Value = serde_json::from_str(event.get()).unwrap();
            value["why"].as_str().unwrap_or(event.get()).to_owned()
        }));
    }
    events
}

fn expected() -> Vec<String> {
    let lines = (0..LINES).flat_map(|number| match number {
        4 => vec!["bad_line".to_owned()],
        7 => vec!["{\"a\":1}".to_owned(), "{\"b\":2}".to_owned()],
        _ => vec![line(number).trim_end().to_owned()],
    });
    lines.collect()
}

/// Starts again on what is left, and holds the result against the source.
fn finish(fs: &FaultFs, source: &mut Source, context: &str) {
    let done = (|| {
        let mut collector = open(fs, source)?;
        source.grow_to(LINES);
        while collector.step()? == Progress::Busy {}
        collector.finish()
    })();
    let written = done.unwrap_or_else(|error| panic!("{context}: restart: {error}"));
    assert!(written, "{context}: not written");
    assert_eq!(recorded(fs, context), expected(), "{context}");
    let report = verify(fs, &Path::new(DIR).join(manifest::FILE)).unwrap();
    assert_eq!(report.problems, [], "{context}");
    let is_temporary = |path: &PathBuf| path.to_string_lossy().ends_with(".tmp");
    assert!(!fs.paths().iter().any(is_temporary), "{context}: {:?}", fs.paths());
}

fn operations() -> u64 {
    let fs = FaultFs::new();
    run(&fs, &mut Source::new()).unwrap();
    assert_eq!(recorded(&fs, "undisturbed"), expected());
    fs.operations()
}

#[test]
fn a_crash_at_any_operation_loses_and_doubles_nothing() {
    let operations = operations();
    assert!(operations > 60, "the scenario shrank to {operations} operations");
    for operation in 0..operations {
        let fs = FaultFs::new();
        fs.inject(operation, Fault::Crash);
        let mut source = Source::new();
        let _ended = run(&fs, &mut source);
        assert!(fs.crashed());
        for image in Image::ALL {
            let context = format!("crash at {operation}, {image:?}");
            finish(&fs.crash(image), &mut source, &context);
        }
    }
}

#[test]
fn a_second_crash_during_the_restart_is_no_worse() {
    for operation in (0..operations()).step_by(3) {
        let fs = FaultFs::new();
        fs.inject(operation, Fault::Crash);
        let mut source = Source::new();
        let _ended = run(&fs, &mut source);
        for image in [Image::Dropped, Image::Torn, Image::Zeroed] {
            for second in (0..24).step_by(2) {
                let again = fs.crash(image);
                again.inject(second, Fault::Crash);
                let _either = run(&again, &mut source);
                for last in [Image::Kept, Image::Dropped, Image::Torn] {
                    let context = format!("{operation}, {image:?}, then {second}, {last:?}");
                    finish(&again.crash(last), &mut source, &context);
                }
            }
        }
    }
}

#[test]
fn an_input_output_error_ends_the_run_and_loses_nothing() {
    for operation in 0..operations() {
        let fs = FaultFs::new();
        fs.inject(operation, Fault::Error(5));
        let mut source = Source::new();
        let ended = run(&fs, &mut source);
        let context = format!("EIO at {operation}: {ended:?}");
        fs.heal();
        // The machine dies with the process, or later: what its cache shows may not be on the disk.
        finish(&fs.crash(Image::Dropped), &mut source, &context);
        finish(&fs, &mut source, &context);
        let after = fs.crash(Image::Dropped);
        assert_eq!(recorded(&after, &context), expected(), "{context}, and then the machine died");
    }
}

#[test]
fn a_full_disk_is_waited_for_at_any_operation() {
    for operation in 0..operations() {
        for number in [28, 122] {
            let fs = FaultFs::new();
            fs.inject(operation, Fault::Full(number));
            let mut source = Source::new();
            let context = format!("full at {operation}");
            let Ok(mut collector) = open(&fs, &source) else {
                fs.heal();
                finish(&fs, &mut source, &context);
                continue;
            };
            for lines in ROUNDS {
                source.grow_to(lines);
                for _ in 0..3 {
                    collector.step().unwrap_or_else(|error| panic!("{context}: {error}"));
                }
            }
            fs.heal();
            while collector.step().unwrap_or_else(|error| panic!("{context}: {error}")) != Progress::Idle {}
            assert!(collector.finish().unwrap(), "{context}");
            drop(collector);
            assert_eq!(recorded(&fs, &context), expected(), "{context}");
            finish(&fs, &mut source, &context);
        }
    }
}

#[test]
fn short_writes_and_interrupts_give_the_same_bytes() {
    let whole = FaultFs::new();
    run(&whole, &mut Source::new()).unwrap();
    for bytes in [1, 7] {
        let fs = FaultFs::new();
        fs.dribble(bytes);
        run(&fs, &mut Source::new()).unwrap();
        for path in whole.paths().iter().filter(|path| path.extension().is_some_and(|end| end == "json")) {
            assert_eq!(mask(fs.read(path)), mask(whole.read(path)), "{}", path.display());
        }
    }
}

/// A gap event names the source's path, which is another one in every run; all have the same length.
fn mask(bytes: Option<Vec<u8>>) -> String {
    let text = String::from_utf8(bytes.unwrap()).unwrap();
    let lines = text.lines().filter(|line| !line.contains("sentrix_gap"));
    lines.collect()
}

#[test]
fn a_clock_that_jumps_overwrites_nothing_and_keeps_the_order() {
    use std::sync::atomic::{AtomicU64, Ordering};
    static CLOCK: AtomicU64 = AtomicU64::new(1_773_106_833);
    fn jumping() -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(CLOCK.load(Ordering::Relaxed))
    }
    let (fs, mut source) = (FaultFs::new(), Source::new());
    let options = Options { now: jumping, ..Options::default() };
    let mut collector =
        Collector::open(&fs, Input::Path(source.path.clone()), Path::new(DIR), options).unwrap();
    // An hour back, a day on, twice in a second.
    let clocks = [1_773_106_833, 1_773_103_233, 1_773_193_233, 1_773_193_233, 0, 1_773_193_234];
    for (round, clock) in clocks.into_iter().enumerate() {
        CLOCK.store(clock, Ordering::Relaxed);
        source.grow_to((round + 1) * 2);
        collector.step().unwrap();
        collector.rotate().unwrap();
    }
    source.grow_to(LINES);
    collector.step().unwrap();
    collector.finish().unwrap();
    drop(collector);
    assert_eq!(recorded(&fs, "jumps"), expected());
    finish(&fs, &mut source, "jumps");
}
