//! sentrix-collect: killed, out of disk, robbed of its files. Nothing is lost, nothing doubled, the order is kept.

#![allow(clippy::panic, clippy::print_stderr, clippy::unwrap_used, reason = "a test fails by panicking")]

mod collector;

use collector::{Bench, Running, append, line, log_files, number, text};
use rustix::process::Signal;
use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

/// Small and repeatable: the same seed gives the same test.
struct Random(u64);

impl Random {
    fn next(&mut self, below: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % below
    }
}

/// Appends numbered lines without pause until told to stop; often a line in two pieces.
struct Writer {
    stop: Arc<AtomicBool>,
    written: Arc<AtomicU64>,
    thread: thread::JoinHandle<()>,
}

impl Writer {
    fn start(path: &Path, pause: Duration) -> Self {
        let (stop, written) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let thread = {
            let (stop, written, path) = (stop.clone(), written.clone(), path.to_owned());
            thread::spawn(move || {
                let mut random = Random(7);
                let mut number = 0;
                while !stop.load(Ordering::Relaxed) {
                    let count = 1 + random.next(40);
                    let text: String = (number..number + count).map(line).collect();
                    let cut = random.next(text.len() as u64) as usize;
                    let mut file = File::options().append(true).create(true).open(&path).unwrap();
                    file.write_all(&text.as_bytes()[..cut]).unwrap();
                    file.write_all(&text.as_bytes()[cut..]).unwrap();
                    number += count;
                    written.store(number, Ordering::Relaxed);
                    thread::sleep(pause);
                }
            })
        };
        Self { stop, written, thread }
    }

    fn end(self) -> u64 {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().unwrap();
        self.written.load(Ordering::Relaxed)
    }
}

/// Killed at random moments under load. `SENTRIX_KILLS` says how often; 1000 take some minutes.
#[test]
fn killed_at_random_moments_nothing_is_lost_or_doubled() {
    let kills: u64 = std::env::var("SENTRIX_KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(40);
    let bench = Bench::new();
    let writer = Writer::start(&bench.source, Duration::from_millis(1));
    let mut random = Random(0x5e17_2026);
    for _ in 0..kills {
        let collector = bench.start_with(&["--rotate-bytes", "200K"]);
        thread::sleep(Duration::from_micros(random.next(60_000)));
        collector.kill();
    }
    let written = writer.end();
    let output = bench.once();
    assert!(output.status.success(), "{}", text(&output.stderr));
    bench.assert_recorded(0..written);
    assert_eq!(bench.gaps().len(), 0);
}

/// The checkpoint is damaged in every way between two starts; the record is compared with the source instead.
#[test]
fn a_damaged_checkpoint_is_rebuilt() {
    let state = |bench: &Bench| bench.logs.join(".sentrix_collect_state");
    type Damage = fn(&Path);
    let damages: [(&str, Damage); 6] = [
        ("truncated", |path| File::options().write(true).open(path).unwrap().set_len(40).unwrap()),
        ("empty", |path| fs::write(path, "").unwrap()),
        ("zeroed", |path| fs::write(path, vec![0; fs::metadata(path).unwrap().len() as usize]).unwrap()),
        ("garbage", |path| fs::write(path, "\u{1b}[31m}{ garbage \n\n").unwrap()),
        ("of another version", |path| fs::write(path, "{\"version\":\"0\",\"offset\":12}").unwrap()),
        ("gone", |path| fs::remove_file(path).unwrap()),
    ];
    for (what, damage) in damages {
        let bench = Bench::new();
        let mut next = 0;
        for rotate in ["64M", "3K"] {
            bench.append_lines(next..next + 100);
            let collector = bench.start_with(&["--rotate-bytes", rotate]);
            bench.wait_for(next as usize + 100);
            collector.kill();
            damage(&state(&bench));
            bench.append_lines(next + 100..next + 150);
            next += 150;
            let output = bench.once();
            let stderr = text(&output.stderr);
            assert_eq!((output.status.code(), stderr.lines().count()), (Some(0), 1), "{what}: {stderr}");
            bench.assert_recorded(0..next);
        }
        assert_eq!(bench.gaps().len(), 0, "{what}");
    }
}

/// An older checkpoint than the record: the moment after an append, before the checkpoint.
#[test]
fn an_old_checkpoint_doubles_nothing() {
    let bench = Bench::new();
    bench.append_lines(0..10);
    bench.append("no json\n\0\0\0");
    bench.append_lines(10..20);
    assert_eq!(bench.once().status.code(), Some(3));
    let state = bench.logs.join(".sentrix_collect_state");
    let old = fs::read(&state).unwrap();
    bench.append("bad again\n{\"a\":1}\r{\"b\":2}\n");
    bench.append_lines(20..400);
    assert_eq!(
        bench.command().args(["--once", "--rotate-bytes", "5K"]).output().unwrap().status.code(),
        Some(3)
    );
    let events = bench.events();
    for _ in 0..3 {
        fs::write(&state, &old).unwrap();
        assert_eq!(bench.once().status.code(), Some(0));
        assert_eq!(bench.events(), events);
    }
    bench.assert_recorded(0..400);
}

/// What a crash leaves of the last append: any number of its bytes, or zeros where they should be.
#[test]
fn a_torn_log_file_is_made_whole_from_the_source() {
    let bench = Bench::new();
    bench.append_lines(0..5);
    let collector = bench.start();
    bench.wait_for(5);
    collector.kill();
    let file = bench.log_files().remove(0);
    let before = fs::read(&file).unwrap();
    let state = bench.logs.join(".sentrix_collect_state");
    // The checkpoint that was written when the file was still empty, or any later one: it must not matter.
    bench.append_lines(5..8);
    let collector = bench.start();
    bench.wait_for(8);
    let checkpoint = fs::read(&state).unwrap();
    collector.kill();
    let after = fs::read(&file).unwrap();
    for length in (before.len() - 2..after.len()).step_by(3) {
        for zeros in [0, after.len() - length] {
            let mut torn = after[..length].to_vec();
            torn.resize(length + zeros, 0);
            fs::write(&file, torn).unwrap();
            fs::write(&state, &checkpoint).unwrap();
            let _manifest = fs::remove_file(bench.logs.join("manifest.jsonl"));
            let output = bench.once();
            assert_eq!(output.status.code(), Some(0), "{length} {zeros}: {}", text(&output.stderr));
            assert_eq!(
                bench.numbers(),
                (0..8).collect::<Vec<_>>(),
                "{length} {zeros}: {}",
                text(&output.stderr)
            );
            bench.assert_recorded(0..8);
            assert_eq!(bench.log_files().len(), 1);
        }
    }
}

/// Truncated while the collector was down, with events in the record that the checkpoint does not know: they stay.
#[test]
fn events_that_the_source_holds_no_more_are_kept() {
    let bench = Bench::new();
    bench.append_lines(0..5);
    assert!(bench.once().status.success());
    let state = bench.logs.join(".sentrix_collect_state");
    let old = fs::read(&state).unwrap();
    bench.append_lines(5..10);
    assert!(bench.once().status.success());
    fs::write(&state, old).unwrap();
    File::create(&bench.source)
        .unwrap()
        .write_all((10..15).map(line).collect::<String>().as_bytes())
        .unwrap();
    assert_eq!(bench.once().status.code(), Some(3));
    bench.assert_recorded(0..15);
    assert_eq!(bench.gaps().len(), 1);
}

#[test]
fn a_second_collector_ends_at_once_and_names_the_first() {
    let bench = Bench::new();
    bench.append_lines(0..5);
    let first = bench.start();
    bench.wait_for(5);
    let output = bench.command().output().unwrap();
    assert_eq!(output.status.code(), Some(4));
    assert!(text(&output.stderr).contains(&format!("process {}", first.pid())), "{}", text(&output.stderr));
    bench.append_lines(5..9);
    bench.wait_for(9);
    // Its lock dies with it.
    first.kill();
    assert!(bench.once().status.success());
    bench.assert_recorded(0..9);
}

#[test]
fn a_log_directory_that_is_removed_is_made_again_from_the_source() {
    let bench = Bench::new();
    bench.append_lines(0..20);
    let collector = bench.start();
    bench.wait_for(20);
    fs::remove_dir_all(&bench.logs).unwrap();
    bench.wait_until("the directory", || bench.logs.is_dir());
    bench.append_lines(20..30);
    bench.wait_for(30);
    assert_eq!(collector.stop(), Some(143));
    bench.assert_recorded(0..30);
    assert_eq!(bench.gaps()[0]["why"], "tampered");
}

#[test]
fn a_log_file_that_is_removed_is_read_from_the_source_again() {
    let bench = Bench::new();
    bench.append_lines(0..20);
    let collector = bench.start();
    bench.wait_for(20);
    collector.signal(Signal::USR1);
    bench.wait_until("the rotation", || {
        bench.logs.join("manifest.jsonl").metadata().is_ok_and(|file| file.len() > 0)
    });
    bench.append_lines(20..30);
    bench.wait_for(30);
    fs::remove_file(bench.log_files().pop().unwrap()).unwrap();
    bench.append_lines(30..35);
    bench.wait_for(35);
    assert_eq!(collector.stop(), Some(143));
    bench.assert_recorded(0..35);
}

#[test]
fn a_log_directory_that_cannot_be_written_is_an_environment_error() {
    let bench = Bench::new();
    bench.append_lines(0..5);
    fs::write(&bench.logs, "a file").unwrap();
    let output = bench.once();
    assert_eq!(output.status.code(), Some(4));
    assert_eq!(text(&output.stderr).lines().count(), 1);
}

#[test]
fn a_manifest_whose_chain_is_broken_is_not_written_on() {
    let bench = Bench::new();
    for number in 0..3 {
        bench.append_lines(number..number + 1);
        assert!(bench.once().status.success());
    }
    let manifest = bench.logs.join("manifest.jsonl");
    let changed = fs::read_to_string(&manifest).unwrap().replacen("\"events\":1", "\"events\":9", 1);
    fs::write(&manifest, &changed).unwrap();
    assert_eq!(bench.once().status.code(), Some(5));
    assert_eq!(bench.verify().status.code(), Some(5));
    assert_eq!(fs::read_to_string(&manifest).unwrap(), changed);
}

/// Sixteen descriptors are enough.
#[test]
fn few_descriptors_are_enough() {
    let bench = Bench::new();
    bench.append_lines(0..50);
    let mut command = Command::new("sh");
    command.args(["-c", "ulimit -n 16; exec \"$0\" --input \"$1\" --log-dir \"$2\" --rotate-bytes 1K"]);
    command.arg(env!("CARGO_BIN_EXE_sentrix-collect")).arg(&bench.source).arg(&bench.logs);
    let collector = Running::start(command, bench.path());
    bench.wait_for(50);
    fs::rename(&bench.source, bench.path().join("raw.1")).unwrap();
    append(&bench.source, (50..80).map(line).collect::<String>());
    bench.wait_for(80);
    assert_eq!(collector.stop(), Some(143));
    bench.assert_recorded(0..80);
}

/// A stopped collector misses thousands of changes; the queue of its watch overflows.
#[test]
fn an_overflowing_watch_loses_nothing() {
    let bench = Bench::new();
    bench.append_lines(0..1);
    let collector = bench.start();
    bench.wait_for(1);
    collector.signal(Signal::STOP);
    for number in 0..20_000 {
        let path = bench.path().join(format!("other{}", number % 2));
        File::create(path).unwrap();
    }
    bench.append_lines(1..50);
    collector.signal(Signal::CONT);
    bench.wait_for(50);
    assert_eq!(collector.stop(), Some(143));
    bench.assert_recorded(0..50);
}

#[test]
fn every_state_of_the_open_file_is_a_valid_array() {
    let bench = Bench::new();
    let writer = Writer::start(&bench.source, Duration::from_millis(2));
    let collector = bench.start_with(&["--rotate-bytes", "100K"]);
    bench.wait_until("a log file", || !log_files(&bench.logs).is_empty());
    let mut looked = 0;
    while looked < 300 {
        // A reader may see a page of a write that is under way: only between two calls to the kernel is a file in a state of its own.
        collector.halt();
        let newest = log_files(&bench.logs).pop().unwrap();
        let bytes = fs::read(newest).unwrap();
        collector.signal(Signal::CONT);
        // Created, but its first write is still to come.
        if !bytes.is_empty() {
            let array: Vec<serde_json::Value> = serde_json::from_slice(&bytes).unwrap();
            assert!(array.iter().all(|event| number(&event.to_string()).is_some()));
            looked += 1;
        }
        thread::sleep(Duration::from_micros(700));
    }
    let written = writer.end();
    bench.wait_for(written as usize);
    assert_eq!(collector.stop(), Some(143));
    bench.assert_recorded(0..written);
}

#[test]
fn closed_standard_streams_do_no_harm() {
    let bench = Bench::new();
    bench.append_lines(0..50);
    bench.append("no json\n");
    let mut command = Command::new("sh");
    command.args(["-c", "exec \"$0\" --input \"$1\" --log-dir \"$2\" --once <&- >&- 2>&-"]);
    command.arg(env!("CARGO_BIN_EXE_sentrix-collect")).arg(&bench.source).arg(&bench.logs);
    assert_eq!(command.status().unwrap().code(), Some(3));
    bench.assert_recorded(0..50);
}

/// TERM comes after the writer has ended: what it wrote before is recorded, the source may be gone a moment later.
#[test]
fn a_backlog_is_recorded_before_the_end() {
    let bench = Bench::new();
    bench.append_lines(0..1);
    let collector = bench.start();
    bench.wait_for(1);
    collector.signal(Signal::STOP);
    bench.append_lines(1..20_000);
    collector.signal(Signal::TERM);
    collector.signal(Signal::CONT);
    assert_eq!(collector.wait().code(), Some(143));
    bench.assert_recorded(0..20_000);
}
