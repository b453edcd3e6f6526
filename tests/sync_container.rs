//! sentrix-sync out of a container: one that grows, is paused, dies, is made anew, and is hostile. And out of a command.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod synced;

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use synced::contained::Contained;
use synced::{Bench, Dice, Running, array, event, name, numbers, wait_until};

fn follower(bench: &Bench, args: &[&str]) -> Running {
    let log = File::create(bench.dir.path().join("stderr")).unwrap();
    Running::start(bench.program().arg("--follow").args(args).stdout(Stdio::null()).stderr(log))
}

fn said(bench: &Bench) -> String {
    fs::read_to_string(bench.dir.path().join("stderr")).unwrap()
}

#[track_caller]
fn wait_for_note(bench: &Bench, note: &str) {
    let start = std::time::Instant::now();
    while !said(bench).contains(note) {
        assert!(start.elapsed() < synced::PATIENCE, "waited in vain for {note:?}:\n{}", said(bench));
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
}

const TERM: rustix::process::Signal = rustix::process::Signal::TERM;

#[test]
fn a_container_is_followed_through_pause_restart_and_recreation() {
    let Some(contained) = Contained::new("a_container_is_followed_through_pause_restart_and_recreation")
    else {
        return;
    };
    let bench = &contained.bench;
    let (one, two) = (name(1), name(2));
    (0..50).for_each(|number| bench.append(&one, &event(number)));
    let sync = follower(bench, &[]);
    contained.wait_for(&one);
    bench.append(&one, &event(50));
    contained.wait_for(&one);

    // What was written just before a pause comes while it lasts, from the engine.
    contained.docker("pause");
    bench.append(&one, &event(51));
    wait_for_note(bench, "is paused");
    contained.wait_for(&one);
    contained.docker("unpause");
    bench.close(&one);
    bench.append(&two, &event(52));
    contained.wait_for(&two);

    contained.docker("kill");
    bench.append(&two, &event(53));
    wait_for_note(bench, "has ended with code 137");
    contained.wait_for(&two);
    contained.docker("start");
    bench.append(&two, &event(54));
    contained.wait_for(&two);

    contained.remove();
    wait_for_note(bench, "there is no container");
    contained.start();
    bench.append(&two, &event(55));
    contained.wait_for(&two);
    bench.close(&two);
    bench.append(&name(3), &event(56));
    contained.wait_for(&name(3));
    assert_eq!(sync.end(TERM), Some(143), "{}", said(bench));

    assert_eq!(bench.copy(&one), bench.original(&one));
    assert_eq!(numbers(&array(&bench.copy(&two)).unwrap()), [52, 53, 54, 55]);
    assert!(bench.gaps().is_empty(), "{:?}", bench.gaps());
    let state = String::from_utf8(bench.copy(".sentrix_sync_state")).unwrap();
    assert_eq!(state, format!("[\"{one}\", \"{two}\"]"));
    bench.sync(&[], 0);
}

#[test]
fn a_container_that_has_ended_is_read_from_the_engine() {
    let Some(contained) = Contained::new("a_container_that_has_ended_is_read_from_the_engine") else {
        return;
    };
    let bench = &contained.bench;
    (0..200).for_each(|number| bench.append(&name(1), &event(number)));
    bench.close(&name(1));
    bench.append(&name(2), &event(200));
    contained.docker("kill");
    bench.sync(&[], 0);
    for name in [name(1), name(2)] {
        assert_eq!(bench.copy(&name), bench.original(&name));
    }
    let output = bench.sync(&["--emit"], 0);
    assert_eq!(output.stdout.split(|byte| *byte == b'\n').count(), 202);
}

#[test]
fn hostile_files_in_a_container_are_refused() {
    let Some(contained) = Contained::new("hostile_files_in_a_container_are_refused") else { return };
    synced::hostile_files_are_refused(&contained.bench, 10 << 30, &[]);
}

#[test]
fn hostile_files_in_a_container_that_has_ended_are_refused() {
    let Some(contained) = Contained::new("hostile_files_in_a_container_that_has_ended_are_refused") else {
        return;
    };
    contained.docker("kill");
    // Smaller: the engine packs holes as zeros.
    let bench = &contained.bench;
    synced::hostile_files(bench, 64 << 20, false);
    // Of two names of one file an archive shows the second as what it is.
    fs::hard_link(bench.source.join(name(8)), bench.source.join(name(9))).unwrap();
    let (files, there) = synced::refused(bench, &["--max-file", "32M"]);
    assert_eq!(files, [name(1), name(3), name(4), name(5), name(8), name(9)]);
    assert_eq!(there, [name(7).as_str(), "manifest.jsonl"]);
}

#[test]
fn an_edit_in_a_container_is_refused_however_it_is_read() {
    for ended in [false, true] {
        let Some(contained) = Contained::new("an_edit_in_a_container_is_refused_however_it_is_read") else {
            return;
        };
        let bench = &contained.bench;
        (0..10).for_each(|number| bench.append(&name(1), &event(number)));
        bench.close(&name(1));
        bench.append(&name(2), &event(10));
        bench.sync(&[], 0);
        let evidence = bench.copy(&name(1));
        if ended {
            contained.docker("kill");
        }
        let edited = String::from_utf8(evidence.clone()).unwrap().replace("\"ts\":5", "\"ts\":6");
        fs::write(bench.source.join(name(1)), edited).unwrap();
        let manifest = fs::read_to_string(bench.source.join("manifest.jsonl")).unwrap();
        fs::write(bench.source.join("manifest.jsonl"), manifest.replace("\"events\":10", "\"events\":9"))
            .unwrap();
        bench.sync(&[], 5);
        assert_eq!(bench.copy(&name(1)), evidence);
        let files: Vec<_> =
            bench.gaps().iter().map(|gap| gap["source"]["file"].as_str().unwrap().to_owned()).collect();
        assert_eq!(files, ["manifest.jsonl".to_owned(), name(1)]);
    }
}

#[test]
fn killed_at_any_moment_with_the_container_it_loses_nothing() {
    let Some(contained) = Contained::new("killed_at_any_moment_with_the_container_it_loses_nothing") else {
        return;
    };
    let bench = &contained.bench;
    let (mut dice, mut number) = (Dice(20_260_727), 0);
    for second in 1..=8 {
        for _ in 0..50 + dice.roll(200) {
            bench.append(&name(second), &event(number));
            number += 1;
        }
        bench.close(&name(second));
        let mut sync = follower(bench, &["--emit"]);
        std::thread::sleep(std::time::Duration::from_micros(dice.roll(300_000)));
        if second % 3 == 0 {
            contained.docker("kill");
            contained.docker("start");
        }
        sync.0.kill().unwrap();
    }
    bench.sync(&[], 0);
    for second in 1..=8 {
        assert_eq!(bench.copy(&name(second)), bench.original(&name(second)));
    }
    assert!(bench.gaps().is_empty());
    let left = fs::read_dir(&bench.logs).unwrap().map(|entry| entry.unwrap().path());
    assert!(left.into_iter().all(|path| path.extension().is_none_or(|end| end != "tmp")));
}

#[test]
fn what_is_no_container_is_told_with_the_next_step() {
    let Some(mut contained) = Contained::new("what_is_no_container_is_told_with_the_next_step") else {
        return;
    };
    let bench = &mut contained.bench;
    let run = |bench: &Bench, code: i32| String::from_utf8(bench.sync(&[], code).stderr).unwrap();
    bench.from.truncate(2);
    assert!(run(bench, 2).contains("--user UID:GID"), "not ours, and not described");
    bench.from[1] = "no-such-container".to_owned();
    assert!(run(bench, 4).contains("there is no container no-such-container; `docker ps -a`"));
    let mut command = bench.program();
    let output = command.env("DOCKER_HOST", "unix:///nonexistent.sock").output().unwrap();
    assert_eq!(output.status.code(), Some(4));
    assert!(String::from_utf8(output.stderr).unwrap().contains("DOCKER_HOST names another engine"));
}

/// A collector's directory that another process serves.
fn served(line: &str) -> Bench {
    let mut bench = Bench::new();
    let line = line
        .replace("COLLECT", env!("CARGO_BIN_EXE_sentrix-collect"))
        .replace("DIR", bench.source.to_str().unwrap());
    bench.from = vec!["--via".to_owned(), line];
    bench
}

#[test]
fn a_command_serves_as_a_directory_does() {
    let bench = served("COLLECT serve --log-dir DIR");
    (0..3000).for_each(|number| bench.append(&name(1), &event(number)));
    bench.close(&name(1));
    bench.append(&name(2), &event(3000));
    let sync = follower(&bench, &[]);
    wait_until("the copy", || {
        fs::read(bench.logs.join(name(2))).is_ok_and(|copy| copy == bench.original(&name(2)))
    });
    assert_eq!(sync.end(TERM), Some(143), "{}", said(&bench));
    assert_eq!(bench.copy(&name(1)), bench.original(&name(1)));
    synced::hostile_files_are_refused(&served("COLLECT serve --log-dir DIR"), 10 << 30, &[]);
}

#[test]
fn a_command_that_ends_is_started_again() {
    // Hears four hundred bytes of questions, and is deaf then.
    let bench = served("dd bs=1 count=400 2>/dev/null | COLLECT serve --log-dir DIR");
    (0..20).for_each(|number| bench.append(&name(1), &event(number)));
    let sync = follower(&bench, &[]);
    for number in 20..25 {
        bench.append(&name(1), &event(number));
        wait_until("the copy", || {
            fs::read(bench.logs.join(name(1))).is_ok_and(|copy| copy == bench.original(&name(1)))
        });
    }
    assert_eq!(sync.end(TERM), Some(143), "{}", said(&bench));
}

#[test]
fn a_command_that_serves_nothing_is_told() {
    for (line, says) in [
        ("echo hello there, whoever you are", "does not begin with its name and version"),
        ("exit 7", "the command ended: exit status: 7"),
        ("COLLECT serve --log-dir DIR/missing", "No such file"),
    ] {
        let bench = served(line);
        let stderr = String::from_utf8(bench.sync(&[], 4).stderr).unwrap();
        assert!(stderr.contains(says) && stderr.lines().count() == 1, "{stderr}");
    }
}

#[test]
fn many_names_in_a_container_are_a_crowd() {
    let Some(contained) = Contained::new("many_names_in_a_container_are_a_crowd") else { return };
    let bench = &contained.bench;
    for number in 0..100_001 {
        File::create(bench.source.join(number.to_string())).unwrap();
    }
    let output = bench.sync(&[], 5);
    assert!(String::from_utf8(output.stderr).unwrap().contains("more names"));
    assert_eq!(bench.gaps().len(), 1);
}

#[test]
fn a_serve_ends_with_its_asker() {
    let bench = Bench::new();
    let mut child = Command::new(env!("CARGO_BIN_EXE_sentrix-collect"))
        .args(["serve", "--log-dir"])
        .arg(&bench.source)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut hello = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut hello).unwrap();
    assert_eq!(hello, "sentrix-serve 1\n");
    drop(child.stdin.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}
