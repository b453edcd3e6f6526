//! sentrix-collect against a model: random things happen to the source and to the collector, and a model knows which
//! lines must be in the record, and which may be missing because nobody could have read them.

#![allow(clippy::panic, clippy::print_stderr, clippy::unwrap_used, reason = "a test fails by panicking")]

mod collector;

use collector::{Bench, Running, line};
use rustix::process::Signal;
use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::thread;
use std::time::Duration;

#[derive(Debug, Clone, Copy)]
enum Action {
    Write(u64),
    WritePart,
    RenameAndRecreate,
    Truncate,
    CopyTruncate,
    Replace,
    DeleteAndRecreate,
    Settle,
    Pause,
    Kill,
    Stop,
    Start,
    Rotate,
}

/// Small and repeatable: the same seed gives the same test.
struct Random(u64);

impl Random {
    fn next(&mut self, below: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 8) % below
    }

    fn action(&mut self) -> Action {
        match self.next(100) {
            0..30 => Action::Write(1 + self.next(30)),
            30..40 => Action::WritePart,
            40..46 => Action::RenameAndRecreate,
            46..49 => Action::Truncate,
            49..53 => Action::CopyTruncate,
            53..56 => Action::Replace,
            56..59 => Action::DeleteAndRecreate,
            59..69 => Action::Settle,
            69..79 => Action::Pause,
            79..85 => Action::Kill,
            85..88 => Action::Stop,
            88..95 => Action::Start,
            _ => Action::Rotate,
        }
    }
}

struct Model {
    bench: Bench,
    collector: Option<Running>,
    written: BTreeSet<u64>,
    /// Lines of the file that has the source's name which are not known to be recorded.
    unread: BTreeSet<u64>,
    /// Lines of a file that was renamed which are not known to be recorded.
    renamed: BTreeSet<u64>,
    /// Whether the collector is known to have read of the file that has the source's name: then it finds it again.
    known: bool,
    /// Lines that were destroyed before they were known to be recorded.
    destroyed: BTreeSet<u64>,
    /// The end of the line that was begun.
    part: Option<(u64, String)>,
    next: u64,
    names: u64,
}

impl Model {
    fn new() -> Self {
        Self {
            bench: Bench::new(),
            collector: None,
            written: BTreeSet::new(),
            unread: BTreeSet::new(),
            renamed: BTreeSet::new(),
            known: false,
            destroyed: BTreeSet::new(),
            part: None,
            next: 0,
            names: 0,
        }
    }

    fn wrote(&mut self, number: u64) {
        self.written.insert(number);
        self.unread.insert(number);
    }

    fn write(&mut self, count: u64) {
        let mut text = String::new();
        if let Some((number, rest)) = self.part.take() {
            text.push_str(&rest);
            self.wrote(number);
        }
        for number in self.next..self.next + count {
            text.push_str(&line(number));
            self.wrote(number);
        }
        self.next += count;
        self.bench.append(text);
    }

    fn write_part(&mut self, random: &mut Random) {
        self.write(0);
        let text = line(self.next);
        let cut = 1 + random.next(text.len() as u64 - 4) as usize;
        // Not within a character: a `String` cannot be cut there, a file can; another test does that.
        let cut = (cut..).find(|&cut| text.is_char_boundary(cut)).unwrap();
        self.bench.append(&text[..cut]);
        self.part = Some((self.next, text[cut..].to_owned()));
        self.next += 1;
    }

    /// The content of the source is gone; what of it was not recorded may be missing.
    fn destroy(&mut self) {
        self.destroyed.append(&mut self.unread);
        self.part = None;
        self.known = false;
    }

    fn other_name(&mut self) -> std::path::PathBuf {
        self.names += 1;
        self.bench.path().join(format!("raw.jsonl.{}", self.names))
    }

    fn settle(&mut self) {
        // It is not when a signal came before its handler stood.
        if !self.collector.as_mut().is_some_and(Running::is_running) {
            self.collector = None;
            return;
        }
        let Some(last) = self.unread.last().copied() else { return };
        self.bench.wait_until("the last line", || {
            self.bench.log_files().last().is_some_and(|file| {
                fs::read_to_string(file).is_ok_and(|text| text.contains(&format!("{{\"n\":{last},")))
            })
        });
        self.unread.clear();
        self.renamed.clear();
        self.known = true;
    }

    /// A signal may come before its handler stands: then it is a kill.
    fn stop(&mut self) {
        if let Some(collector) = self.collector.take() {
            assert!(matches!(collector.stop(), None | Some(143)));
        }
    }

    fn act(&mut self, action: Action, random: &mut Random) {
        match action {
            Action::Write(count) => self.write(count),
            Action::WritePart => self.write_part(random),
            Action::RenameAndRecreate if self.bench.source.exists() => {
                // A file that had the name only between two looks was never seen.
                self.destroyed.append(&mut self.renamed);
                if self.known {
                    self.renamed.append(&mut self.unread);
                }
                self.destroy();
                let name = self.other_name();
                fs::rename(&self.bench.source, name).unwrap();
                self.write(1);
            }
            Action::Truncate if self.bench.source.exists() => {
                self.destroy();
                OpenOptions::new().write(true).truncate(true).open(&self.bench.source).unwrap();
                self.write(random.next(30));
            }
            Action::CopyTruncate if self.bench.source.exists() => {
                self.destroy();
                let name = self.other_name();
                fs::copy(&self.bench.source, name).unwrap();
                OpenOptions::new().write(true).truncate(true).open(&self.bench.source).unwrap();
            }
            Action::Replace => {
                self.destroy();
                self.destroyed.append(&mut self.renamed);
                let name = self.bench.path().join("new");
                let text: String = (self.next..self.next + 5).map(line).collect();
                File::create(&name).unwrap().write_all(text.as_bytes()).unwrap();
                fs::rename(name, &self.bench.source).unwrap();
                (self.next..self.next + 5).for_each(|number| self.wrote(number));
                self.next += 5;
            }
            Action::DeleteAndRecreate if self.bench.source.exists() => {
                self.destroy();
                self.destroyed.append(&mut self.renamed);
                fs::remove_file(&self.bench.source).unwrap();
                self.write(3);
            }
            Action::Settle => self.settle(),
            Action::Pause => thread::sleep(Duration::from_millis(random.next(30))),
            Action::Kill => {
                if let Some(collector) = self.collector.take() {
                    collector.kill();
                }
            }
            Action::Stop => {
                self.stop();
            }
            Action::Start if self.collector.is_none() => {
                self.collector = Some(self.bench.start_with(&["--rotate-bytes", "20K"]));
            }
            Action::Rotate => {
                self.settle();
                if let Some(collector) = self.collector.as_ref().filter(|_| self.known) {
                    collector.signal(Signal::USR1);
                }
            }
            _ => {}
        }
    }

    fn check(&mut self, seed: u64) {
        self.stop();
        let code = self.bench.once().status.code();
        assert!(matches!(code, Some(0 | 3)), "seed {seed}: {code:?}");
        let recorded = self.bench.numbers();
        if let Some(pair) = recorded.windows(2).find(|pair| pair[0] >= pair[1]) {
            let stderr = fs::read_to_string(self.bench.path().join("stderr")).unwrap_or_default();
            panic!("seed {seed}: {} is followed by {}: {recorded:?}\n{stderr}", pair[0], pair[1]);
        }
        let recorded: BTreeSet<u64> = recorded.into_iter().collect();
        let invented: Vec<_> = recorded.difference(&self.written).collect();
        assert!(invented.is_empty(), "seed {seed}: never written: {invented:?}");
        let lost: Vec<_> =
            self.written.difference(&recorded).filter(|number| !self.destroyed.contains(number)).collect();
        assert!(lost.is_empty(), "seed {seed}: lost: {lost:?}");
        self.bench.assert_clean();
    }
}

/// Fixed seeds; `SENTRIX_SEEDS` says how many, `SENTRIX_SEED` which one alone.
#[test]
fn whatever_happens_the_record_is_what_the_model_says() {
    let number = |name| std::env::var(name).ok().and_then(|number| number.parse::<u64>().ok());
    let seeds = number("SENTRIX_SEEDS").unwrap_or(12);
    let only = number("SENTRIX_SEED");
    for seed in only.unwrap_or(1)..=only.unwrap_or(seeds) {
        let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let mut history = Vec::new();
        let checked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let mut model = Model::new();
            for _ in 0..80 {
                let action = random.action();
                history.push(action);
                model.act(action, &mut random);
            }
            model.check(seed);
        }));
        if let Err(why) = checked {
            eprintln!("seed {seed}: {history:?}");
            std::panic::resume_unwind(why);
        }
    }
}
