//! What the patrol's tests share: a log directory of their own, the real program, and its output taken apart.

#![allow(clippy::print_stderr, reason = "what could not be tried is said")]
#![allow(dead_code, reason = "each test file uses its part of this")]

use serde_json::Value;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// A key that no provider ever gave out, in the form of one (its checksum holds): what the tests plant.
pub const PLANTED: &str = "-----BEGIN RSA PRIVATE KEY-----\\nMIIEowIBAAKCAQEAx7Vd0y8mQ2kqP1ZtY3uWb9cR5sLfH6jNaEoXgT4vKpDiUwBz\\nq8nJrM2lSxCyFhGk0eVtAo7dPiQbZs9uLwYmRf3XcNj1HgT5vKpEaDiUzBxWq8n\\n-----END RSA PRIVATE KEY-----";

/// A log directory.
pub struct Logs {
    dir: tempfile::TempDir,
}

impl Logs {
    pub fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap() }
    }

    /// A copy of a directory of tests/data.
    pub fn copy_of(data: &str) -> Self {
        let logs = Self::new();
        copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(data), logs.path());
        logs
    }

    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }

    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        fs::write(self.file(name), bytes).unwrap();
    }

    /// Writes a log file as the collector lays it out.
    pub fn log(&self, name: &str, events: &[String]) {
        self.write(name, array(events));
    }

    /// The program on this directory.
    pub fn patrol(&self, args: &[&str]) -> Ended {
        run(command(args).arg(self.path()))
    }

    /// The flags file.
    pub fn flags(&self) -> Vec<Value> {
        lines(&fs::read(self.file("patrol_flags.jsonl")).unwrap_or_default())
    }

    /// One number from the patrol's state.
    pub fn state(&self, query: &str) -> i64 {
        self.number("patrol_state.db", query)
    }

    /// One number from a database of the directory.
    pub fn number(&self, database: &str, query: &str) -> i64 {
        let db = rusqlite::Connection::open(self.file(database)).unwrap();
        db.query_row(query, [], |row| row.get(0)).unwrap()
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// A log file with `count` turns, every tenth of which holds a planted key.
pub fn archive(logs: &Logs, name: &str, run: &str, count: usize) -> usize {
    let events: Vec<String> = (0..count)
        .map(|n| {
            let text = if n % 10 == 0 {
                format!("here: {PLANTED} ({n})")
            } else {
                format!("all is well, {n} times")
            };
            end(run, n as i64, &text)
        })
        .collect();
    logs.log(name, &events);
    count.div_ceil(10)
}

/// A program that has ended.
pub struct Ended {
    pub code: Option<i32>,
    pub stdout: Vec<u8>,
    pub stderr: String,
}

impl Ended {
    /// Its standard output as JSON lines.
    pub fn lines(&self) -> Vec<Value> {
        lines(&self.stdout)
    }

    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "standard error:\n{}", self.stderr);
        self
    }
}

pub fn lines(bytes: &[u8]) -> Vec<Value> {
    bytes
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
        .map(|line| serde_json::from_slice(line).unwrap())
        .collect()
}

/// The program, with nothing of the caller's surroundings.
pub fn command(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sentrix-patrol"));
    command.env_clear().stdin(Stdio::null()).args(args);
    command
}

pub fn run(command: &mut Command) -> Ended {
    ended(command.output().unwrap())
}

fn ended(output: Output) -> Ended {
    Ended {
        code: output.status.code(),
        stdout: output.stdout,
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// Runs the program with bytes on its standard input.
pub fn feed(args: &[&str], input: impl AsRef<[u8]>) -> Ended {
    let mut child =
        command(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.as_ref().to_vec();
    // On a thread of its own, so that neither side waits for the other.
    let writer = std::thread::spawn(move || {
        let _gone_when_the_program_ends_early = stdin.write_all(&input);
    });
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    ended(output)
}

/// Events as a log file: a JSON array, one event a line.
pub fn array(events: &[String]) -> String {
    if events.is_empty() { "[\n]\n".to_owned() } else { format!("[\n  {}\n]\n", events.join("\n,\n  ")) }
}

/// The end of a message.
pub fn end(run: &str, ts: i64, text: &str) -> String {
    format!(
        r#"{{"ts":{ts},"event":"assistant_message_end","runId":"{run}","rawText":"{text}","rawThinking":""}}"#
    )
}

/// A piece of a message.
pub fn delta(run: &str, ts: i64, text: &str) -> String {
    format!(
        r#"{{"ts":{ts},"event":"assistant_text_stream","runId":"{run}","evtType":"text_delta","delta":"{text}","content":""}}"#
    )
}

/// Names what could not be tried here, for `make test` to print at its end.
pub fn skipped(test: &str, why: &str) {
    eprintln!("SKIPPED: {test}: {why}");
    if let Ok(path) = std::env::var("SENTRIX_SKIPPED_LOG") {
        let mut log = fs::OpenOptions::new().append(true).create(true).open(path).unwrap();
        writeln!(log, "SKIPPED: {test}: {why}").unwrap();
    }
}
