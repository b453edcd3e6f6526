//! What the patrol has to survive: a full disk, a database in use, a damaged one, texts made to hurt.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;
use support::{Logs, PLANTED, array, end, feed};

const FILE: &str = "20260310T014033.json";

/// A small file system of its own, unmounted at the end.
struct Small {
    dir: tempfile::TempDir,
}

impl Small {
    /// `None`, with a word to whoever runs the tests, where mounting is not allowed.
    fn mount(test: &str, size: &str) -> Option<Self> {
        let dir = tempfile::tempdir().unwrap();
        let size = format!("size={size}");
        let done = Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(dir.path()).status();
        if done.is_ok_and(|status| status.success()) {
            return Some(Self { dir });
        }
        support::skipped(test, "cannot mount a tmpfs (needs root)");
        None
    }

    fn path(&self) -> &Path {
        self.dir.path()
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        let _reported_by_tempdir = Command::new("umount").arg(self.path()).status();
    }
}

fn planted(count: usize) -> String {
    let events: Vec<String> = (0..count).map(|n| end("r", n as i64, PLANTED)).collect();
    array(&events)
}

#[test]
fn a_full_disk_costs_time_and_no_flag() {
    let Some(disk) = Small::mount("a_full_disk_costs_time_and_no_flag", "512k") else { return };
    let logs = Logs::new();
    logs.write(FILE, planted(400));
    let state = disk.path().join("patrol_state.db");
    let flags = disk.path().join("patrol_flags.jsonl");
    let patrol =
        |logs: &Logs| logs.patrol(&["--state", state.to_str().unwrap(), "--flags", flags.to_str().unwrap()]);
    let full = patrol(&logs).exits(4);
    assert_eq!(full.stderr.lines().filter(|line| line.contains("error")).count(), 1, "{}", full.stderr);
    let grown = Command::new("mount").args(["-o", "remount,size=64m"]).arg(disk.path()).status().unwrap();
    assert!(grown.success());
    patrol(&logs).exits(0);
    let ids: std::collections::HashSet<String> = support::lines(&fs::read(&flags).unwrap())
        .iter()
        .map(|flag| flag["flag_id"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(ids.len(), 400);
}

#[test]
fn a_database_in_use_is_waited_for() {
    let logs = Logs::new();
    logs.write(FILE, planted(3));
    logs.patrol(&[]).exits(0);
    logs.write("20260311T000000.json", array(&[end("s", 1, PLANTED)]));
    let db = rusqlite::Connection::open(logs.file("patrol_state.db")).unwrap();
    db.execute_batch("BEGIN IMMEDIATE; UPDATE cleared SET status = status;").unwrap();
    let release = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(1500));
        db.execute_batch("COMMIT").unwrap();
    });
    logs.patrol(&[]).exits(0);
    release.join().unwrap();
    assert_eq!(logs.flags().len(), 4);
}

#[test]
fn a_database_that_was_cut_short_is_told_and_its_flags_come_back_under_the_same_ids() {
    let logs = Logs::new();
    logs.write(FILE, planted(500));
    logs.patrol(&[]).exits(0);
    let before: Vec<String> =
        logs.flags().iter().map(|flag| flag["flag_id"].as_str().unwrap().to_owned()).collect();
    let path = logs.file("patrol_state.db");
    let bytes = fs::read(&path).unwrap();
    fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    logs.write("20260311T000000.json", array(&[end("s", 1, PLANTED)]));
    let ended = logs.patrol(&[]).exits(5);
    assert!(ended.stderr.contains("move it aside"), "{}", ended.stderr);
    // What the message says is what helps.
    fs::rename(&path, logs.file("patrol_state.db.damaged")).unwrap();
    logs.patrol(&[]).exits(0);
    let after: std::collections::HashSet<String> =
        logs.flags().iter().map(|flag| flag["flag_id"].as_str().unwrap().to_owned()).collect();
    assert!(before.iter().all(|id| after.contains(id)));
    assert_eq!(after.len(), 501);
    assert_eq!(logs.flags().len(), 501, "known flags were delivered again");
}

#[test]
fn a_text_made_of_matches_is_judged_and_the_findings_are_bounded() {
    let token = PLANTED.replace("\\n", "\n");
    let mut text = String::new();
    while text.len() < 4 << 20 {
        text.push_str(&token);
        text.push_str(" password: Xk9!pQ2#vL7z; mail someone@example.org, ((((((((((aaaaaaaaaaaaaaaaaaaa!\n");
    }
    let turn = serde_json::json!({"run_id_ts": "r_1", "text": text, "thinking": "a".repeat(4 << 20)});
    let verdicts = feed(&["judge"], format!("{turn}\n")).exits(0).lines();
    assert_eq!(verdicts[0]["severity"], "HIGH");
    let findings = verdicts[0]["findings"].as_array().unwrap().len();
    assert!((1..5000).contains(&findings), "{findings} findings");
}

#[test]
fn every_program_speaks_of_itself_and_of_its_version() {
    for program in [env!("CARGO_BIN_EXE_sentrix-patrol"), env!("CARGO_BIN_EXE_sentrix-collect")] {
        let name = Path::new(program).file_name().unwrap().to_str().unwrap();
        let version = format!("{name} {}\n", env!("CARGO_PKG_VERSION"));
        for (flag, said) in [("--help", name), ("--version", version.as_str())] {
            let output = Command::new(program).arg(flag).env_clear().output().unwrap();
            assert_eq!(output.status.code(), Some(0), "{program} {flag}");
            let output = String::from_utf8_lossy(&output.stdout);
            assert!(output.contains(said), "{program} {flag}: {output}");
        }
        let wrong = Command::new(program).arg("--no-such-flag").env_clear().output().unwrap();
        assert_eq!(wrong.status.code(), Some(2), "{program}");
    }
}
