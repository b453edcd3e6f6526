//! What the tests of sentrix-sync share: a source as a collector keeps it, and a log directory to copy to.

#![allow(dead_code, reason = "each test file uses its part of this")]

pub mod contained;

use serde_json::Value;
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// So long that only a program that hangs reaches it.
pub const PATIENCE: Duration = Duration::from_secs(120);

/// A source as a collector keeps it, and a log directory to copy to.
pub struct Bench {
    pub dir: tempfile::TempDir,
    pub source: PathBuf,
    pub logs: PathBuf,
    /// What names the source on the command line.
    pub from: Vec<String>,
}

impl Bench {
    pub fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let (source, logs) = (dir.path().join("box"), dir.path().join("logs"));
        fs::create_dir(&source).unwrap();
        let from = vec!["--from".to_owned(), source.to_str().unwrap().to_owned()];
        Self { dir, source, logs, from }
    }

    pub fn program(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sentrix-sync"));
        command.env_clear().stdin(Stdio::null());
        command.args(&self.from).arg("--log-dir").arg(&self.logs);
        command
    }

    #[track_caller]
    pub fn sync(&self, args: &[&str], code: i32) -> Output {
        let output = self.program().args(args).output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "standard error:\n{stderr}");
        output
    }

    pub fn copy(&self, name: &str) -> Vec<u8> {
        fs::read(self.logs.join(name)).unwrap()
    }

    pub fn original(&self, name: &str) -> Vec<u8> {
        fs::read(self.source.join(name)).unwrap()
    }

    /// Appends an event as a collector does: one write, over the closing.
    pub fn append(&self, name: &str, event: &str) {
        let path = self.source.join(name);
        let file =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path).unwrap();
        let len = file.metadata().unwrap().len();
        use std::os::unix::fs::FileExt;
        if len == 0 {
            file.write_all_at(format!("[\n  {event}\n]\n").as_bytes(), 0).unwrap();
        } else {
            file.write_all_at(format!(",\n  {event}\n]\n").as_bytes(), len - 2).unwrap();
        }
    }

    /// Lists a file in the source's manifest.
    pub fn close(&self, name: &str) {
        let path = self.source.join("manifest.jsonl");
        let before = fs::read(&path).unwrap_or_default();
        let prev = match before.strip_suffix(b"\n") {
            Some(lines) => blake3::hash(lines.rsplit(|byte| *byte == b'\n').next().unwrap()),
            None => blake3::Hash::from_bytes([0; 32]),
        };
        let bytes = self.original(name);
        let events = array(&bytes).unwrap().len();
        let line = format!(
            "{{\"name\":\"{name}\",\"bytes\":{},\"events\":{events},\"first_ts\":null,\"last_ts\":null,\"blake3\":\"{}\",\"prev\":\"{}\"}}\n",
            bytes.len(),
            blake3::hash(&bytes).to_hex(),
            prev.to_hex()
        );
        OpenOptions::new().create(true).append(true).open(path).unwrap().write_all(line.as_bytes()).unwrap();
    }

    pub fn gaps(&self) -> Vec<Value> {
        let names = fs::read_dir(&self.logs).unwrap().map(|entry| entry.unwrap().path());
        let ours = names.filter(|path| path.to_str().unwrap().ends_with("-sync.json"));
        ours.flat_map(|path| array(&fs::read(path).unwrap()).unwrap()).collect()
    }
}

pub fn array(bytes: &[u8]) -> Option<Vec<Value>> {
    serde_json::from_slice(bytes).ok()
}

pub fn event(number: u64) -> String {
    // Long enough that appends cross pages, of different lengths, and not only ASCII.
    let text = "ä".repeat(usize::try_from(number * 37 % 300).unwrap());
    format!(
        r#"{{"ts":{number},"event":"assistant_text_stream","runId":"r","evtType":"text_delta","delta":"{text}","content":""}}"#
    )
}

pub fn numbers(events: &[Value]) -> Vec<u64> {
    events.iter().map(|event| event["ts"].as_u64().unwrap()).collect()
}

pub fn name(second: u64) -> String {
    format!("20260310T01{:02}{:02}.json", second / 60, second % 60)
}

/// A small generator with a fixed seed: the same moments in every run.
pub struct Dice(pub u64);

impl Dice {
    pub fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

pub fn wait_until(what: &str, condition: impl Fn() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < PATIENCE, "waited in vain for {what}");
        thread::sleep(Duration::from_millis(5));
    }
}

/// A program that does not outlive its test.
pub struct Running(pub Child);

impl Running {
    pub fn start(command: &mut Command) -> Self {
        Self(command.spawn().unwrap())
    }

    pub fn end(mut self, signal: rustix::process::Signal) -> Option<i32> {
        rustix::process::kill_process(rustix::process::Pid::from_child(&self.0), signal).unwrap();
        self.0.wait().unwrap().code()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ended_already = self.0.kill();
        let _status = self.0.wait();
    }
}

/// Fills a source with what must not be taken, and sees that it is not.
#[track_caller]
pub fn hostile_files_are_refused(bench: &Bench, huge: u64, args: &[&str]) {
    hostile_files(bench, huge, true);
    let (files, there) = refused(bench, args);
    assert_eq!(files, [name(1), name(2), name(3), name(4), name(5), name(8)]);
    assert_eq!(there, [name(7).as_str(), "manifest.jsonl"]);
}

/// What must not be taken, and one log file that must.
pub fn hostile_files(bench: &Bench, huge: u64, hard_link: bool) {
    let secret = bench.dir.path().join("secret.json");
    fs::write(&secret, "[\n  {\"secret\":1}\n]\n").unwrap();
    symlink(&secret, bench.source.join(name(1))).unwrap();
    if hard_link {
        fs::hard_link(&secret, bench.source.join(name(2))).unwrap();
    }
    fs::create_dir(bench.source.join(name(3))).unwrap();
    rustix::fs::mkfifoat(rustix::fs::CWD, bench.source.join(name(4)), rustix::fs::Mode::RUSR).unwrap();
    File::create(bench.source.join(name(5))).unwrap().set_len(huge).unwrap();
    // Zeros may be a hole that a crash left: waited for, never copied.
    File::create(bench.source.join(name(6))).unwrap().set_len(huge >> 4).unwrap();
    fs::write(bench.source.join(name(8)), "{}").unwrap();
    for name in ["patrol_flags.jsonl", "police.db", "patrol_state.db", "x.json", "20260310T014033-tap.json"] {
        fs::write(bench.source.join(name), "forged").unwrap();
    }
    bench.append(&name(7), &event(7));
}

/// Copies; gives the files that were refused, once each, and what is in the log directory.
#[track_caller]
pub fn refused(bench: &Bench, args: &[&str]) -> (Vec<String>, Vec<String>) {
    bench.sync(args, 5);
    assert_eq!(array(&bench.copy(&name(7))).unwrap().len(), 1, "the others go on");
    let gaps = bench.gaps();
    assert!(gaps.iter().all(|gap| gap["event"] == "sentrix_gap"));
    let files = gaps.iter().map(|gap| gap["source"]["file"].as_str().unwrap().to_owned()).collect();
    let entries = fs::read_dir(&bench.logs).unwrap();
    let mut there: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    there.retain(|name| !name.starts_with('.') && !name.ends_with("-sync.json"));
    there.sort();
    bench.sync(args, 5);
    assert_eq!(bench.gaps().len(), gaps.len(), "recorded once");
    (files, there)
}
