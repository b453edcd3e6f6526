//! `sentrix-collect logs` and `sentrix logs` from outside: the table, filters, the last events, those that come.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::io::{BufRead, BufReader, Lines};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Output, Stdio};

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

/// A command that prints what comes, a line at a time.
struct Follower {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Follower {
    fn start(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines }
    }

    fn next(&mut self) -> String {
        self.lines.next().unwrap().unwrap()
    }

    /// It ends when it is told to.
    #[track_caller]
    fn ends(mut self) {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
        assert_eq!(self.child.wait().unwrap().code(), Some(143));
    }
}

#[test]
fn what_comes_is_followed() {
    let dir = record();
    let mut follower = Follower::start(
        Command::new(PROGRAM).arg("logs").arg(dir.path()).args(["--follow", "--tail", "1"]).env_clear(),
    );
    assert_eq!(follower.next(), LATER);
    let more = LATER.replace("3000", "4000");
    put(dir.path(), "20260310T010002.json", &[LATER, &more]);
    assert_eq!(follower.next(), more);
    let newest = LATER.replace("3000", "5000");
    put(dir.path(), "20260310T010003.json", &[&newest]);
    assert_eq!(follower.next(), newest);
    follower.ends();
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

/// The command for people, which is to show the same.
fn sentrix(dir: &Path, args: &[&str]) -> Output {
    people(dir, &[&["logs"], args].concat())
}

fn people(dir: &Path, args: &[&str]) -> Output {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/sentrix");
    let mut command = Command::new(script);
    command.args(args).current_dir(dir).env_clear().stdin(Stdio::null());
    command.env("PATH", std::env::var_os("PATH").unwrap());
    command.env("SENTRIX_BIN", Path::new(PROGRAM).parent().unwrap()).output().unwrap()
}

#[test]
fn the_command_for_people_has_every_filter() {
    let dir = record();
    let place = dir.path().to_str().unwrap();
    for args in [
        &[][..],
        &["--table"],
        &["--json", "--all"],
        &["--tail", "1"],
        &["--tail=1", "--table", "--full"],
        &["--run", "run-t"],
        &["--kind", "connect,delta"],
        &["--grep", "secret PLAN"],
        &["--since", "1970-01-01T00:00:02Z", "--until", "1970-01-01T00:00:03Z"],
    ] {
        let want = logs(dir.path(), args);
        let got = sentrix(Path::new("/"), &[&["--dir", place], args].concat());
        assert_eq!((got.status.code(), got.stderr.len()), (Some(0), 0), "{args:?}");
        assert_eq!(String::from_utf8_lossy(&got.stdout), String::from_utf8_lossy(&want.stdout), "{args:?}");
    }
    // The directory that is meant without a word.
    fs::create_dir(dir.path().join("agent_logs")).unwrap();
    put(&dir.path().join("agent_logs"), "20260310T010009.json", &[LATER]);
    let got = sentrix(dir.path(), &["--tail", "3"]);
    assert_eq!(String::from_utf8_lossy(&got.stdout), format!("{LATER}\n"));
}

#[test]
fn on_a_terminal_there_is_a_table_without_being_asked_for() {
    let dir = record();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/sentrix");
    let on_terminal = |args: &str| {
        let line = format!("'{}' logs --dir '{}' {args}", script.display(), dir.path().display());
        let mut command = Command::new("script");
        command.args(["-qec", &line, "/dev/null"]).stdin(Stdio::null());
        let output = command.env("SENTRIX_BIN", Path::new(PROGRAM).parent().unwrap()).output().unwrap();
        String::from_utf8(output.stdout).unwrap().replace('\r', "")
    };
    let table = on_terminal("--tail 1");
    assert!(table.starts_with("TIME (UTC)") && table.contains("(thought: Secret plan)"), "{table}");
    assert_eq!(on_terminal("--tail 1 --json"), format!("{LATER}\n"));
}

#[test]
fn the_command_for_people_says_what_cannot_be() {
    let dir = tempfile::tempdir().unwrap();
    let said = |args: &[&str]| {
        let output = sentrix(dir.path(), args);
        (output.status.code(), String::from_utf8(output.stderr).unwrap(), output.stdout.len())
    };
    let (code, words, _) = said(&[]);
    assert_eq!(code, Some(4));
    assert!(words.contains("nothing is recorded in ./agent_logs; `sentrix run` records there"), "{words}");
    fs::create_dir(dir.path().join("agent_logs")).unwrap();
    let (code, words, printed) = said(&["--tail", "5"]);
    assert_eq!((code, printed), (Some(0), 0));
    assert!(words.contains("no log file in ./agent_logs yet"), "{words}");
    put(&dir.path().join("agent_logs"), "20260310T010009.json", &[LATER]);
    assert_eq!(said(&["--tail", "x"]).0, Some(2));
    assert_eq!(said(&["--nonsense"]).0, Some(2));
    let (code, words, _) = said(&["--since", "yesterday"]);
    assert_eq!(code, Some(2));
    assert!(words.contains("such as 90s, 10m"), "{words}");
}

#[test]
fn log_files_are_listed() {
    let dir = record();
    let output = sentrix(dir.path(), &["--dir", ".", "--files"]);
    let text = String::from_utf8(output.stdout).unwrap();
    let rows: Vec<Vec<&str>> = text.lines().map(|line| line.split_whitespace().collect()).collect();
    let size = |name: &str| dir.path().join(name).metadata().unwrap().len().to_string();
    let names = ["20260310T010001-tap.json", "20260310T010001.json", "20260310T010002.json"];
    let sizes = names.map(size);
    assert_eq!(rows[0], ["file", "bytes", "events"]);
    for (row, (name, size, events)) in rows[1..].iter().zip([
        (names[0], &sizes[0], "1"),
        (names[1], &sizes[1], "2"),
        (names[2], &sizes[2], "1"),
    ]) {
        assert_eq!(row, &[name, size, events]);
    }
    assert_eq!(rows.len(), 4);
}

#[test]
fn the_command_for_people_follows() {
    let dir = record();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/sentrix");
    let mut follower = Follower::start(
        Command::new(script)
            .args(["logs", "--dir", dir.path().to_str().unwrap(), "--tail", "1", "--follow"])
            .env("SENTRIX_BIN", Path::new(PROGRAM).parent().unwrap()),
    );
    assert_eq!(follower.next(), LATER);
    let newest = LATER.replace("3000", "5000");
    put(dir.path(), "20260310T010003.json", &[&newest]);
    assert_eq!(follower.next(), newest);
    // The script has become the program: what ends it is what ends that.
    follower.ends();
}

#[test]
fn a_record_is_verified_however_it_is_named() {
    let dir = record();
    let place = dir.path().to_str().unwrap();
    fs::create_dir(dir.path().join("agent_logs")).unwrap();
    for (args, named) in
        [(&["verify", place][..], place), (&["verify", "--dir", place], place), (&["verify"], "./agent_logs")]
    {
        let output = people(dir.path(), args);
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(
            output.status.success() && said.contains(&format!("{named}: 0 closed log files")),
            "{args:?}: {said}"
        );
    }
}
