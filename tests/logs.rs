//! `sentrix-collect logs` from outside: the table, filters, the last events, those that come.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Output, Stdio};

const PROGRAM: &str = env!("CARGO_BIN_EXE_sentrix-collect");

fn logs(dir: &Path, args: &[&str]) -> Output {
    Command::new(PROGRAM).arg("logs").arg(dir).args(args).env_clear().stdin(Stdio::null()).output().unwrap()
}

fn lines(dir: &Path, args: &[&str]) -> Vec<String> {
    let output = logs(dir, args);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

fn put(dir: &Path, name: &str, events: &[&str]) {
    fs::write(dir.join(name), format!("[\n  {}\n]\n", events.join("\n,\n  "))).unwrap();
}

const SAID: &str = r#"{"ts":1000,"event":"assistant_message_end","runId":"run-one","rawText":"Hello \u001b[2J there","rawThinking":""}"#;
const PIECE: &str = r#"{"ts":900,"event":"assistant_text_stream","runId":"run-one","evtType":"text_delta","delta":"Hel","content":""}"#;
const LATER: &str = r#"{"ts":3000,"event":"assistant_message_end","runId":"run-two","rawText":"","rawThinking":"Secret plan"}"#;
const ASKED: &str = r#"{"event":"connect","ts":2000,"id":"c","host":"evil.example","port":443,"allowed":false,"reason":"not allowed"}"#;

/// Two files of the collector and one of the tap.
fn record() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    put(dir.path(), "20260310T010001.json", &[PIECE, SAID]);
    put(dir.path(), "20260310T010002.json", &[LATER]);
    put(dir.path(), "20260310T010001-tap.json", &[ASKED]);
    dir
}

#[test]
fn events_of_all_writers_come_by_time_as_they_were_recorded() {
    let dir = record();
    assert_eq!(lines(dir.path(), &[]), [SAID, ASKED, LATER]);
    assert_eq!(lines(dir.path(), &["--all"]), [PIECE, SAID, ASKED, LATER]);
    assert_eq!(lines(dir.path(), &["--tail", "2"]), [ASKED, LATER]);
    assert_eq!(lines(dir.path(), &["--tail", "0"]), [""; 0]);
}

#[test]
fn filters_leave_out_the_rest() {
    let dir = record();
    for (args, want) in [
        (&["--kind", "delta,connect"][..], &[PIECE, ASKED][..]),
        (&["--run", "run-t"], &[LATER]),
        (&["--grep", "SECRET"], &[LATER]),
        (&["--since", "1970-01-01T00:00:02Z"], &[ASKED, LATER]),
        (&["--until", "1970-01-01T00:00:02Z"], &[SAID]),
        (&["--since", "5m"], &[]),
        (&["--tail", "1", "--kind", "message", "--until", "1970-01-01T00:00:02Z"], &[SAID]),
    ] {
        assert_eq!(lines(dir.path(), args), want, "{args:?}");
    }
}

#[test]
fn the_table_is_for_people_and_nothing_in_it_moves_the_cursor() {
    let dir = record();
    let want = [
        "TIME (UTC)           WHAT      RUN       TEXT",
        "1970-01-01 00:00:01  message   run-one   Hello  [2J there",
        "1970-01-01 00:00:02  connect   c         evil.example:443 refused (not allowed)",
        "1970-01-01 00:00:03  message   run-two   (thought: Secret plan)",
    ];
    assert_eq!(lines(dir.path(), &["--table"]), want);
}

#[test]
fn what_comes_is_followed() {
    let dir = record();
    let mut child = Command::new(PROGRAM)
        .arg("logs")
        .arg(dir.path())
        .args(["--follow", "--tail", "1"])
        .env_clear()
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut read = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut next = || read.next().unwrap().unwrap();
    assert_eq!(next(), LATER);
    let more = LATER.replace("3000", "4000");
    put(dir.path(), "20260310T010002.json", &[LATER, &more]);
    assert_eq!(next(), more);
    let newest = LATER.replace("3000", "5000");
    put(dir.path(), "20260310T010003.json", &[&newest]);
    assert_eq!(next(), newest);
    rustix::process::kill_process(rustix::process::Pid::from_child(&child), rustix::process::Signal::TERM)
        .unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(143));
}

#[test]
fn bad_input_is_told() {
    let dir = record();
    let output = logs(dir.path(), &["--since", "yesterday"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().contains("such as 90s, 10m"));
    let output = logs(Path::new("/nonexistent"), &[]);
    assert_eq!(output.status.code(), Some(3));
    fs::write(
        dir.path().join("20260310T010004.json"),
        "[\n  {\"ts\":1}\n,\n  nonsense\n,\n  {\"ts\":2}\n]\n",
    )
    .unwrap();
    let output = logs(dir.path(), &[]);
    assert_eq!((output.status.code(), output.stdout.split(|byte| *byte == b'\n').count()), (Some(3), 6));
}
