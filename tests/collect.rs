//! sentrix-collect: what it records, from the outside.

#![allow(clippy::panic, clippy::print_stderr, clippy::unwrap_used, reason = "a test fails by panicking")]

mod collector;

use collector::{Bench, line, text};
use rustix::process::Signal;
use std::fs;
use std::os::unix::fs::PermissionsExt;

#[test]
fn records_lines_as_they_are_appended_and_ends_with_143() {
    let bench = Bench::new();
    bench.append_lines(0..10);
    let collector = bench.start();
    bench.wait_for(10);
    bench.append_lines(10..20);
    bench.wait_for(20);
    assert_eq!(collector.stop(), Some(143));
    bench.assert_recorded(0..20);
}

#[test]
fn interrupt_ends_it_with_130() {
    let bench = Bench::new();
    bench.append_lines(0..3);
    let collector = bench.start();
    bench.wait_for(3);
    collector.signal(Signal::INT);
    assert_eq!(collector.wait().code(), Some(130));
    bench.assert_recorded(0..3);
}

#[test]
fn goes_on_after_a_stop_and_after_a_kill() {
    let bench = Bench::new();
    bench.append_lines(0..100);
    let collector = bench.start();
    bench.wait_for(100);
    assert_eq!(collector.stop(), Some(143));
    bench.append_lines(100..200);
    let collector = bench.start();
    bench.wait_for(200);
    collector.kill();
    bench.append_lines(200..300);
    assert!(bench.once().status.success());
    bench.assert_recorded(0..300);
}

#[test]
fn once_records_what_is_there_and_ends() {
    let bench = Bench::new();
    bench.append_lines(0..1000);
    let output = bench.once();
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(output.stdout.is_empty());
    bench.assert_recorded(0..1000);
    assert!(bench.once().status.success());
    bench.assert_recorded(0..1000);
}

#[test]
fn files_are_private_whatever_the_umask() {
    let bench = Bench::new();
    bench.append_lines(0..3);
    bench.append("no json\n");
    let mut command = std::process::Command::new("sh");
    command.args(["-c", "umask 0; exec \"$0\" --input \"$1\" --log-dir \"$2\" --once"]);
    command.arg(env!("CARGO_BIN_EXE_sentrix-collect")).arg(&bench.source).arg(&bench.logs);
    command.output().unwrap();
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&bench.logs), 0o700);
    assert_eq!(mode(&bench.logs.join("rejects")), 0o700);
    for folder in [bench.logs.clone(), bench.logs.join("rejects")] {
        for name in collector::names(&folder) {
            let path = folder.join(&name);
            assert!(path.is_dir() || mode(&path) == 0o600, "{name}: {:o}", mode(&path));
        }
    }
    assert_eq!(line(0).trim_end(), bench.events()[0]);
}
