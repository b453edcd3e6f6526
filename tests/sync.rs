//! sentrix-sync from outside: a source that grows, is hostile, is changed behind its back; and deaths at any moment.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod synced;

use serde_json::Value;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;
use synced::{Bench, Dice, Running, array, event, name, numbers, wait_until};

#[test]
fn a_directory_is_copied_verified_and_extended() {
    let bench = Bench::new();
    let (one, two) = (name(1), name(2));
    (0..10).for_each(|number| bench.append(&one, &event(number)));
    bench.close(&one);
    (10..15).for_each(|number| bench.append(&two, &event(number)));
    bench.sync(&[], 0);
    bench.append(&two, &event(15));
    bench.sync(&[], 0);
    for name in [&one, &two] {
        assert_eq!(bench.copy(name), bench.original(name));
    }
    assert_eq!(bench.copy(".sentrix_sync_state"), format!("[\"{one}\"]").as_bytes());
    let mode = |name: &str| {
        use std::os::unix::fs::PermissionsExt;
        fs::metadata(bench.logs.join(name)).unwrap().permissions().mode() & 0o777
    };
    assert_eq!((mode("."), mode(&one), mode(&two)), (0o700, 0o600, 0o600));
    bench.close(&two);
    bench.sync(&[], 0);
    let manifest = String::from_utf8(bench.copy("manifest.jsonl")).unwrap();
    assert!(manifest.contains(&one) && manifest.contains(&two));
}

#[test]
fn usage_errors_say_what_to_do() {
    let bench = Bench::new();
    let run = |args: &[&str]| {
        let output =
            Command::new(env!("CARGO_BIN_EXE_sentrix-sync")).env_clear().args(args).output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let source = bench.source.to_str().unwrap();
    for (args, says) in [
        (&["--container", "abc", "--from", source][..], "cannot be used with"),
        (&["--user", "1:1"], "--container"),
        (&[], "--from DIR"),
        (&["--from", source, "--log-dir", source], "source and destination"),
    ] {
        let (code, stderr) = run(args);
        assert_eq!(code, Some(2), "{stderr}");
        assert!(stderr.contains(says), "{stderr}");
    }
    let missing = bench.dir.path().join("nowhere");
    let logs = bench.logs.to_str().unwrap();
    assert_eq!(run(&["--from", missing.to_str().unwrap(), "--log-dir", logs]).0, Some(4));
}

#[test]
fn a_source_that_grows_under_the_reading_is_copied_whole() {
    let bench = Arc::new(Bench::new());
    let stop = Arc::new(AtomicBool::new(false));
    let (one, two) = (name(1), name(2));
    bench.append(&one, &event(0));
    let writer = thread::spawn({
        let (bench, stop) = (Arc::clone(&bench), Arc::clone(&stop));
        move || {
            // So many that the file spans pages, so few that a thousand looks at it take seconds.
            let mut number = 1;
            while !stop.load(Ordering::Relaxed) && number < 300 {
                bench.append(&name(1), &event(number));
                number += 1;
                thread::sleep(Duration::from_millis(4));
            }
        }
    });
    let mut follower =
        Running::start(bench.program().arg("--follow").stdout(Stdio::null()).stderr(Stdio::null()));
    wait_until("the first copy", || bench.logs.join(name(1)).exists());
    for look in 0..1000 {
        // A look may fall into the one write that is under way, here or at the source; the next one must not.
        let whole =
            |read: &dyn Fn() -> Vec<u8>| (0..100).map(|_| read()).find(|bytes| array(bytes).is_some());
        let copy =
            whole(&|| bench.copy(&one)).unwrap_or_else(|| panic!("look {look}: the copy does not parse"));
        let original = whole(&|| bench.original(&one)).unwrap();
        assert!(original.starts_with(&copy[..copy.len() - 2]), "look {look}: no prefix of the source");
        thread::sleep(Duration::from_millis(1));
    }
    stop.store(true, Ordering::Relaxed);
    writer.join().unwrap();
    bench.close(&one);
    bench.append(&two, &event(0));
    wait_until("the end of the file", || fs::read(bench.logs.join(name(2))).is_ok());
    assert!(follower.0.try_wait().unwrap().is_none());
    assert_eq!(follower.end(rustix::process::Signal::TERM), Some(143));
    assert_eq!(bench.copy(&one), bench.original(&one));
    assert_eq!(bench.copy(&two), bench.original(&two));
    bench.sync(&[], 0);
}

#[test]
fn killed_at_any_moment_it_goes_on_and_emits_each_event() {
    let bench = Bench::new();
    let mut dice = Dice(20_260_310);
    let (mut number, mut second) = (0, 1);
    let mut emitted: Vec<Vec<u64>> = Vec::new();
    for _death in 0..60 {
        for _ in 0..dice.roll(40) {
            bench.append(&name(second), &event(number));
            number += 1;
        }
        if dice.roll(3) == 0 && bench.source.join(name(second)).exists() {
            bench.close(&name(second));
            second += 1;
        }
        let mut child = bench
            .program()
            .args(["--follow", "--emit"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let stdout = child.stdout.take().unwrap();
        let reader = thread::spawn(move || {
            let mut bytes = Vec::new();
            BufReader::new(stdout).read_to_end(&mut bytes).unwrap();
            bytes
        });
        thread::sleep(Duration::from_micros(dice.roll(12_000)));
        child.kill().unwrap();
        child.wait().unwrap();
        let bytes = reader.join().unwrap();
        // A pipe may end in the middle of a line: that batch was not noted, and comes again.
        let lines = bytes.split_inclusive(|byte| *byte == b'\n').filter(|line| line.ends_with(b"\n"));
        emitted.push(
            lines
                .map(|line| serde_json::from_slice::<Value>(line).unwrap()["ts"].as_u64().unwrap())
                .collect(),
        );
    }
    let last = bench.sync(&["--emit"], 0);
    let lines = BufReader::new(&last.stdout[..]).lines();
    emitted.push(
        lines
            .map(|line| serde_json::from_str::<Value>(&line.unwrap()).unwrap()["ts"].as_u64().unwrap())
            .collect(),
    );
    for second in 1..=second {
        if bench.source.join(name(second)).exists() {
            assert_eq!(bench.copy(&name(second)), bench.original(&name(second)));
            array(&bench.copy(&name(second))).unwrap();
        }
    }
    // In order within each life; each life begins where the one before it ended, or at most a batch before.
    let mut next = 0;
    for life in emitted.iter().filter(|life| !life.is_empty()) {
        assert!(life[0] <= next, "{} events are missing", life[0] - next);
        assert!(next - life[0] <= 1000, "more than a batch was emitted twice");
        assert!(life.windows(2).all(|pair| pair[1] == pair[0] + 1), "{life:?}");
        next = next.max(life[life.len() - 1] + 1);
    }
    assert_eq!(next, number, "all events were emitted");
    assert!(bench.sync(&["--emit"], 0).stdout.is_empty(), "and none of them again");
    let left: Vec<PathBuf> = fs::read_dir(&bench.logs).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(!left.iter().any(|path| path.extension().is_some_and(|end| end == "tmp")), "{left:?}");
}

#[test]
fn hostile_files_are_refused() {
    synced::hostile_files_are_refused(&Bench::new(), 10 << 30, &[]);
}

#[test]
fn a_crowd_of_names_is_refused() {
    let bench = Bench::new();
    bench.append(&name(1), &event(1));
    for number in 0..100_001 {
        File::create(bench.source.join(number.to_string())).unwrap();
    }
    let output = bench.sync(&[], 5);
    assert!(String::from_utf8(output.stderr).unwrap().contains("more names"));
    assert_eq!(bench.gaps().len(), 1);
    assert!(!bench.logs.join(name(1)).exists());
}

#[test]
fn an_edit_after_the_close_is_refused_and_the_evidence_kept() {
    let bench = Bench::new();
    (0..10).for_each(|number| bench.append(&name(1), &event(number)));
    bench.close(&name(1));
    bench.append(&name(2), &event(10));
    bench.sync(&[], 0);
    let evidence = bench.copy(&name(1));
    let mut edited = evidence.clone();
    let at = edited.windows(6).position(|window| window == b"\"ts\":5").unwrap() + 5;
    edited[at] = b'6';
    fs::write(bench.source.join(name(1)), &edited).unwrap();
    bench.append(&name(2), &event(11));
    let output = bench.sync(&["--emit"], 5);
    assert_eq!(bench.copy(&name(1)), evidence);
    assert_eq!(array(&bench.copy(&name(2))).unwrap().len(), 2, "the others go on");
    let gaps = bench.gaps();
    assert_eq!(
        (&gaps[0]["why"], gaps[0]["source"]["offset"].as_u64()),
        (&"tampered".into(), Some(at as u64))
    );
    let stdout = String::from_utf8(output.stdout).unwrap();
    assert!(stdout.lines().any(|line| line.contains("sentrix_gap")), "whoever reads the pipe is told");
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(stderr.contains(&name(1)) && !stderr.contains("assistant_text"), "{stderr}");
}

#[test]
fn an_edited_manifest_is_refused() {
    let bench = Bench::new();
    for second in 1..4 {
        bench.append(&name(second), &event(second));
        bench.close(&name(second));
    }
    bench.sync(&[], 0);
    let path = bench.source.join("manifest.jsonl");
    let text = fs::read_to_string(&path).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    fs::write(&path, text.replace(lines[1], &lines[1].replace("\"events\":1", "\"events\":2"))).unwrap();
    let output = bench.sync(&[], 5);
    assert!(String::from_utf8(output.stderr).unwrap().contains("line 2"));
    assert_eq!(bench.gaps()[0]["source"]["file"], "manifest.jsonl");
    assert_eq!(numbers(&array(&bench.copy(&name(2))).unwrap()), [2]);
}

#[test]
fn two_at_once_and_a_collector_beside_it_are_refused() {
    let bench = Bench::new();
    bench.append(&name(1), &event(1));
    let child = Running::start(bench.program().arg("--follow").stdout(Stdio::null()).stderr(Stdio::null()));
    wait_until("the copy", || bench.logs.join(name(1)).exists());
    let output = bench.sync(&[], 4);
    assert!(String::from_utf8(output.stderr).unwrap().contains(&format!("process {}", child.0.id())));
    assert_eq!(child.end(rustix::process::Signal::INT), Some(130));
    let lock = File::create(bench.logs.join(".sentrix_collect.lock")).unwrap();
    lock.lock().unwrap();
    bench.sync(&[], 4);
}

#[test]
fn a_reader_that_goes_away_ends_it_quietly_and_gets_the_rest_later() {
    let bench = Bench::new();
    (0..2000).for_each(|number| bench.append(&name(1), &event(number)));
    let mut child =
        bench.program().arg("--emit").stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut first = String::new();
    BufReader::with_capacity(64, child.stdout.take().unwrap()).read_line(&mut first).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), String::from_utf8(output.stderr).unwrap().as_str()), (Some(0), ""));
    let rest = bench.sync(&["--emit"], 0).stdout;
    let rest: Vec<Value> =
        rest.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice(line).ok()).collect();
    let rest = numbers(&rest);
    assert!(
        rest[0] < 2000 && rest.windows(2).all(|pair| pair[1] == pair[0] + 1) && rest[rest.len() - 1] == 1999
    );
}

#[cfg(feature = "patrol")]
#[test]
fn a_pipe_into_the_patrol_flags_what_the_sandbox_said() {
    const PLANTED: &str = "-----BEGIN RSA PRIVATE KEY-----\\nMIIEowIBAAKCAQEAx7Vd0y8mQ2kqP1ZtY3uWb9cR5sLfH6jNaEoXgT4vKpDiUwBz\\nq8nJrM2lSxCyFhGk0eVtAo7dPiQbZs9uLwYmRf3XcNj1HgT5vKpEaDiUzBxWq8n\\n-----END RSA PRIVATE KEY-----";
    let bench = Bench::new();
    let mut sync = Running::start(
        bench.program().args(["--follow", "--emit", "--quiet"]).stdout(Stdio::piped()).stderr(Stdio::null()),
    );
    let mut patrol = Command::new(env!("CARGO_BIN_EXE_sentrix-patrol"))
        .env_clear()
        .args(["-", "--flags", "-", "--state", "none", "--format", "jsonl", "--judge", "rules"])
        .stdin(sync.0.stdout.take().unwrap())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let text = format!("here is the key: {PLANTED}");
    bench.append(
        &name(1),
        &format!(
            r#"{{"ts":1,"event":"assistant_message_end","runId":"r","rawText":"{text}","rawThinking":""}}"#
        ),
    );
    wait_until("the copy", || {
        fs::read(bench.logs.join(name(1)))
            .ok()
            .and_then(|bytes| array(&bytes))
            .is_some_and(|events| events.len() == 1)
    });
    // The patrol is told the end by the end of the pipe.
    assert_eq!(sync.end(rustix::process::Signal::TERM), Some(143));
    let mut flags = String::new();
    patrol.stdout.take().unwrap().read_to_string(&mut flags).unwrap();
    patrol.wait().unwrap();
    let flag: Value = serde_json::from_str(flags.lines().next().unwrap()).unwrap();
    assert_eq!(flag["run_id_ts"], "r_1");
}
