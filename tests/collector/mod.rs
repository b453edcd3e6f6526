//! What the collector's tests share: a directory of their own, the real program, and an oracle.
//!
//! Every line of a source carries a number; the record must hold each once, in order, byte for byte.

#![allow(dead_code, reason = "each test file uses its part of this")]
#![allow(clippy::panic, clippy::print_stderr, clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs::{self, File, OpenOptions};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// So long that only a program that hangs reaches it.
pub const PATIENCE: Duration = Duration::from_secs(120);

/// A directory with a source and a log directory in it.
pub struct Bench {
    dir: tempfile::TempDir,
    /// The raw stream.
    pub source: PathBuf,
    /// The log directory.
    pub logs: PathBuf,
}

impl Bench {
    pub fn new() -> Self {
        Self::in_dir(&std::env::temp_dir())
    }

    pub fn in_dir(parent: &Path) -> Self {
        let dir = tempfile::tempdir_in(parent).unwrap();
        let (source, logs) = (dir.path().join("raw.jsonl"), dir.path().join("logs"));
        Self { dir, source, logs }
    }

    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    /// Appends to the source as OpenClaw does: opened, written and closed each time.
    pub fn append(&self, bytes: impl AsRef<[u8]>) {
        append(&self.source, bytes);
    }

    /// Appends numbered lines.
    pub fn append_lines(&self, numbers: std::ops::Range<u64>) {
        self.append(numbers.map(line).collect::<String>());
    }

    /// The program, with nothing of the caller's surroundings.
    pub fn program() -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sentrix-collect"));
        command.env_clear().stdin(Stdio::null());
        command
    }

    /// The program, set up to collect.
    pub fn command(&self) -> Command {
        let mut command = Self::program();
        command.arg("--input").arg(&self.source).arg("--log-dir").arg(&self.logs);
        command
    }

    pub fn start(&self) -> Running {
        Running::start(self.command(), self.dir.path())
    }

    pub fn start_with(&self, args: &[&str]) -> Running {
        let mut command = self.command();
        command.args(args);
        Running::start(command, self.dir.path())
    }

    /// Collects what is there, and ends.
    pub fn once(&self) -> Output {
        self.command().arg("--once").output().unwrap()
    }

    pub fn log_files(&self) -> Vec<PathBuf> {
        log_files(&self.logs)
    }

    /// The recorded events, byte for byte; every log file must be a valid array.
    pub fn events(&self) -> Vec<String> {
        self.log_files()
            .iter()
            .flat_map(|file| events(file).unwrap_or_else(|why| panic!("{file:?}: {why}")))
            .collect()
    }

    /// The numbers of the recorded events; gap events have none.
    pub fn numbers(&self) -> Vec<u64> {
        self.events().iter().filter_map(|event| number(event)).collect()
    }

    /// The gap events.
    pub fn gaps(&self) -> Vec<serde_json::Value> {
        let events = self.events();
        let gaps = events.iter().filter(|event| event.contains("\"sentrix_gap\""));
        gaps.map(|gap| serde_json::from_str(gap).unwrap()).collect()
    }

    /// Waits until this many numbered events are recorded.
    pub fn wait_for(&self, count: usize) {
        self.wait_until(&format!("{count} events"), || {
            self.settled().is_some_and(|numbers| numbers.len() >= count)
        });
    }

    pub fn wait_until(&self, what: &str, condition: impl Fn() -> bool) {
        let start = Instant::now();
        while !condition() {
            assert!(
                start.elapsed() < PATIENCE,
                "waited in vain for {what}; recorded: {:?}",
                self.settled().map(|n| n.len())
            );
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// The numbers, unless a file is being written or rotated at this very moment.
    fn settled(&self) -> Option<Vec<u64>> {
        let mut numbers = Vec::new();
        for file in self.log_files() {
            numbers.extend(events(&file).ok()?.iter().filter_map(|event| number(event)));
        }
        Some(numbers)
    }

    pub fn verify(&self) -> Output {
        Self::program().arg("verify").arg(&self.logs).output().unwrap()
    }

    /// Every log file is a valid array, the chain holds, nothing temporary is left and the lock is free.
    pub fn assert_clean(&self) {
        let _valid = self.events();
        let verified = self.verify();
        assert!(verified.status.success(), "verify: {}", text(&verified.stderr));
        for name in names(&self.logs) {
            assert!(!name.ends_with(".tmp"), "left behind: {name}");
        }
        if let Ok(lock) = File::open(self.logs.join(".sentrix_collect.lock")) {
            lock.try_lock().unwrap();
        }
    }

    /// The record holds exactly these numbers, in this order, each line byte for byte, and is clean.
    #[track_caller]
    pub fn assert_recorded(&self, numbers: impl IntoIterator<Item = u64>) {
        let expected: Vec<u64> = numbers.into_iter().collect();
        let recorded = self.numbers();
        if let Some(at) =
            (0..expected.len().max(recorded.len())).find(|&at| expected.get(at) != recorded.get(at))
        {
            panic!(
                "event {at} of {} is {:?}, expected {:?} of {}",
                recorded.len(),
                recorded.get(at),
                expected.get(at),
                expected.len()
            );
        }
        for event in self.events() {
            if let Some(number) = number(&event) {
                assert_eq!(event, line(number).trim_end());
            }
        }
        self.assert_clean();
    }
}

/// A line of the source, of a length that depends on its number.
pub fn line(number: u64) -> String {
    let filler = "x".repeat((number * 7919 % 211) as usize);
    format!("{{\"n\":{number},\"event\":\"assistant_text_stream\",\"delta\":\"é{filler}\"}}\n")
}

pub fn number(event: &str) -> Option<u64> {
    serde_json::from_str::<serde_json::Value>(event).ok()?.get("n")?.as_u64()
}

pub fn append(path: &Path, bytes: impl AsRef<[u8]>) {
    let mut file = OpenOptions::new().append(true).create(true).open(path).unwrap();
    file.write_all(bytes.as_ref()).unwrap();
}

/// The log files of a directory in order: by time, then by number.
pub fn log_files(dir: &Path) -> Vec<PathBuf> {
    let mut files: Vec<(String, u32, PathBuf)> = names(dir)
        .into_iter()
        .filter_map(|name| {
            let stem = name.strip_suffix(".json")?;
            let (stamp, number) = stem.split_once('-').unwrap_or((stem, "0"));
            let is_stamp = stamp.len() == 15 && stamp.as_bytes()[8] == b'T';
            is_stamp.then(|| (stamp.to_owned(), number.parse().unwrap_or(0), dir.join(&name)))
        })
        .collect();
    files.sort();
    files.into_iter().map(|(_, _, path)| path).collect()
}

pub fn names(dir: &Path) -> Vec<String> {
    let entries = fs::read_dir(dir).into_iter().flatten();
    entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect()
}

/// The elements of a JSON array, byte for byte.
pub fn events(file: &Path) -> Result<Vec<String>, String> {
    let bytes = fs::read(file).map_err(|error| error.to_string())?;
    let array: Vec<Box<serde_json::value::RawValue>> =
        serde_json::from_slice(&bytes).map_err(|error| error.to_string())?;
    Ok(array.into_iter().map(|event| event.get().to_owned()).collect())
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Says that a test could not do its work, where it is seen.
pub fn skipped(test: &str, why: &str) {
    let line = format!("SKIPPED: {test}: {why}\n");
    eprint!("{line}");
    if let Some(log) = std::env::var_os("SENTRIX_SKIPPED_LOG") {
        append(Path::new(&log), line);
    }
}

/// A collector that runs; killed when the test ends.
pub struct Running {
    child: Child,
    stderr: PathBuf,
}

impl Running {
    pub fn start(mut command: Command, dir: &Path) -> Self {
        let stderr = dir.join("stderr");
        command.stderr(OpenOptions::new().append(true).create(true).open(&stderr).unwrap());
        Self { child: command.spawn().unwrap(), stderr }
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    pub fn signal(&self, signal: rustix::process::Signal) {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, signal).unwrap();
    }

    /// Stops every thread of it, between two calls to the kernel, until CONT.
    pub fn halt(&self) {
        self.signal(rustix::process::Signal::STOP);
        let tasks = format!("/proc/{}/task", self.pid());
        let stopped = |task: &Path| {
            let stat = fs::read_to_string(task.join("stat")).unwrap_or_default();
            stat.rsplit_once(") ").is_none_or(|(_, state)| state.starts_with('T'))
        };
        let start = Instant::now();
        while !fs::read_dir(&tasks).unwrap().all(|task| stopped(&task.unwrap().path())) {
            assert!(start.elapsed() < PATIENCE, "it does not stop");
            thread::yield_now();
        }
    }

    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Ends it with TERM; the exit code.
    pub fn stop(self) -> Option<i32> {
        self.signal(rustix::process::Signal::TERM);
        self.wait().code()
    }

    pub fn wait(mut self) -> ExitStatus {
        let start = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(start.elapsed() < PATIENCE, "it does not end");
            thread::sleep(Duration::from_millis(2));
        }
    }

    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    pub fn stderr(&self) -> String {
        let mut text = Vec::new();
        File::open(&self.stderr).unwrap().read_to_end(&mut text).unwrap();
        String::from_utf8(text).unwrap()
    }

    /// Peak resident memory in KiB.
    pub fn peak_memory(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid())).unwrap();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        peak.trim().trim_end_matches("kB").trim().parse().unwrap()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ended = self.child.kill();
        let _reaped = self.child.wait();
    }
}
