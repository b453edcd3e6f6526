//! sentrix-box where there is no engine: it says what is wrong and what to do, and leaves nothing behind. Needs no Docker.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod sandbox;

use sandbox::{Ended, bare, ended};
use std::io::{Read, Write};
use std::os::unix::net::UnixListener;

/// Every command that asks the engine, as short as it goes.
const COMMANDS: [&[&str]; 14] = [
    &["up"],
    &["status"],
    &["exec", "--", "true"],
    &["dial", "1"],
    &["carry"],
    &["logs"],
    &["pause"],
    &["resume"],
    &["quarantine"],
    &["stop"],
    &["reap"],
    &["explain"],
    &["channels"],
    &["pair"],
];

fn with_host(host: &str, args: &[&str]) -> Ended {
    let dir = tempfile::tempdir().unwrap();
    let mut command = bare(args);
    command
        .env("DOCKER_HOST", host)
        .env("SENTRIX_STATE_DIR", dir.path().join("state"))
        .current_dir(dir.path());
    let ended = ended(command.output().unwrap());
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0, "{args:?} left something");
    ended
}

#[test]
fn without_an_engine_every_command_says_how_to_get_one() {
    for args in COMMANDS {
        let ended = with_host("unix:///nonexistent/docker.sock", args).exits(4);
        ended.says(&[
            "the Docker engine does not answer at /nonexistent/docker.sock",
            "start it",
            "DOCKER_HOST",
        ]);
    }
}

#[test]
fn what_is_not_a_socket_is_refused_in_one_line() {
    for host in ["tcp://127.0.0.1:2376", "ssh://host", "npipe:////./pipe/docker", "unix://relative"] {
        with_host(host, &["status"]).exits(2).says(&[host, "unix:///PATH"]);
    }
}

#[test]
fn an_engine_that_hangs_up_or_talks_nonsense_is_told() {
    for answer in [
        "",
        "no HTTP at all\n",
        "HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
    ] {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("docker.sock");
        let listener = UnixListener::bind(&path).unwrap();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let mut request = [0; 1024];
                let _ = stream.read(&mut request);
                let _ = stream.write_all(answer.as_bytes());
            }
        });
        with_host(&format!("unix://{}", path.display()), &["status"]).exits(4).says(&["Docker engine"]);
    }
}

#[test]
fn bad_words_are_usage_errors() {
    for args in [
        &["up", "--name", "Not A Name"][..],
        &["up", "--name", "-x"],
        &["up", "--memory", "0"],
        &["up", "--timeout", "-1"],
        &["up", "--rotate-mins", "x"],
        &["up", "--nonsense"],
        &["up", "--tap-by", "magic"],
        &["dial", "99999"],
        &["exec"],
        &["quarantine", "--undo", "--snapshot", "x"],
        &["channels", "telegram"],
        &["pair", "irc"],
        &["pair", "telegram", "no code"],
        &["pair", "telegram", "ABCD1234", "--json"],
        &["nonsense"],
        &[],
    ] {
        let ended = with_host("unix:///nonexistent", args).exits(2);
        assert!(ended.stdout.is_empty() && !ended.stderr.is_empty(), "{args:?}");
    }
}

#[test]
fn help_names_every_command() {
    let help = with_host("unix:///nonexistent", &["--help"]).exits(0).text();
    for args in COMMANDS {
        assert!(help.contains(&format!("\n  {} ", args[0])), "{} is not in {help}", args[0]);
        with_host("unix:///nonexistent", &[args[0], "--help"]).exits(0);
    }
}
