//! sentrix-collect: what happens to the source while it is followed, and between two starts.

#![allow(clippy::panic, clippy::print_stderr, clippy::unwrap_used, reason = "a test fails by panicking")]

mod collector;

use collector::{Bench, Running, line, skipped, text};
use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

fn lines(numbers: std::ops::Range<u64>) -> String {
    numbers.map(line).collect()
}

#[test]
fn waits_for_a_source_that_is_not_there_yet() {
    let bench = Bench::new();
    let collector = bench.start();
    bench.wait_until("the note", || collector.stderr().contains("not there yet"));
    bench.append_lines(0..10);
    bench.wait_for(10);
    assert_eq!(collector.stop(), Some(143));
    bench.assert_recorded(0..10);
}

#[test]
fn can_be_stopped_while_it_waits() {
    let bench = Bench::new();
    let collector = bench.start();
    bench.wait_until("the note", || collector.stderr().contains("not there yet"));
    assert_eq!(collector.stop(), Some(143));
    assert_eq!(bench.log_files().len(), 0);
}

#[test]
fn once_without_a_source_says_so() {
    let bench = Bench::new();
    let output = bench.once();
    assert_eq!(output.status.code(), Some(3));
    assert!(text(&output.stderr).contains("raw.jsonl"));
}

#[test]
fn a_source_that_is_a_directory_is_a_usage_error() {
    let bench = Bench::new();
    fs::create_dir(&bench.source).unwrap();
    let output = bench.command().output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(text(&output.stderr).lines().count(), 1);
}

#[test]
fn renamed_and_recreated() {
    let bench = Bench::new();
    bench.append_lines(0..100);
    let collector = bench.start();
    bench.wait_for(100);
    bench.append_lines(100..150);
    fs::rename(&bench.source, bench.path().join("raw.jsonl.1")).unwrap();
    bench.append_lines(150..200);
    bench.wait_for(200);
    assert_eq!(collector.stop(), Some(143));
    bench.assert_recorded(0..200);
    assert_eq!(bench.gaps().len(), 0);
}

#[test]
fn a_writer_that_still_has_the_renamed_file_open_is_heard() {
    let bench = Bench::new();
    let mut writer = File::create(&bench.source).unwrap();
    writer.write_all(lines(0..10).as_bytes()).unwrap();
    let collector = bench.start();
    bench.wait_for(10);
    fs::rename(&bench.source, bench.path().join("raw.jsonl.1")).unwrap();
    bench.append_lines(10..20);
    bench.wait_for(20);
    writer.write_all(lines(20..30).as_bytes()).unwrap();
    bench.wait_for(30);
    assert_eq!(collector.stop(), Some(143));
    bench.assert_recorded(0..30);
}

#[test]
fn renamed_while_the_collector_is_down() {
    let bench = Bench::new();
    bench.append_lines(0..100);
    let collector = bench.start();
    bench.wait_for(100);
    collector.kill();
    bench.append_lines(100..120);
    fs::rename(&bench.source, bench.path().join("raw.jsonl.1")).unwrap();
    bench.append_lines(120..130);
    assert!(bench.once().status.success());
    bench.assert_recorded(0..130);
    assert_eq!(bench.gaps().len(), 0);
}

#[test]
fn replaced_by_rename() {
    let bench = Bench::new();
    bench.append_lines(0..100);
    let collector = bench.start();
    bench.wait_for(100);
    let other = bench.path().join("other");
    collector::append(&other, lines(100..200));
    fs::rename(&other, &bench.source).unwrap();
    bench.wait_for(200);
    assert_eq!(collector.stop(), Some(143));
    bench.assert_recorded(0..200);
}

#[test]
fn deleted_and_created_again() {
    let bench = Bench::new();
    bench.append_lines(0..10);
    let collector = bench.start();
    bench.wait_for(10);
    bench.append_lines(10..15);
    fs::remove_file(&bench.source).unwrap();
    thread::sleep(Duration::from_millis(300));
    bench.append_lines(15..20);
    bench.wait_for(20);
    assert_eq!(collector.stop(), Some(143));
    bench.assert_recorded(0..20);
}

#[test]
fn deleted_and_created_again_while_the_collector_is_down_whatever_the_inode() {
    let bench = Bench::new();
    bench.append_lines(0..100);
    assert!(bench.once().status.success());
    fs::remove_file(&bench.source).unwrap();
    // Shorter and longer than what had been read; the inode is as a rule the same.
    bench.append_lines(100..110);
    assert_eq!(bench.once().status.code(), Some(3));
    fs::remove_file(&bench.source).unwrap();
    bench.append_lines(110..300);
    assert_eq!(bench.once().status.code(), Some(3));
    bench.assert_recorded(0..300);
    assert_eq!(bench.gaps().len(), 2);
}

#[test]
fn truncated_to_nothing_and_copied_before() {
    let bench = Bench::new();
    bench.append_lines(0..150);
    let collector = bench.start();
    bench.wait_for(150);
    fs::copy(&bench.source, bench.path().join("raw.jsonl.1")).unwrap();
    File::options().write(true).open(&bench.source).unwrap().set_len(0).unwrap();
    // Seen while it is short, and grown beyond where it was.
    thread::sleep(Duration::from_millis(300));
    bench.append_lines(150..400);
    bench.wait_for(400);
    assert_eq!(collector.stop(), Some(143));
    bench.assert_recorded(0..400);
    assert_eq!(bench.gaps().len(), 1);
    assert_eq!(bench.gaps()[0]["why"], "truncated");
}

#[test]
fn truncated_and_grown_beyond_the_old_offset_before_anybody_looked() {
    let bench = Bench::new();
    bench.append_lines(0..10);
    let collector = bench.start();
    bench.wait_for(10);
    collector.signal(rustix::process::Signal::STOP);
    File::create(&bench.source).unwrap().write_all(lines(10..100).as_bytes()).unwrap();
    collector.signal(rustix::process::Signal::CONT);
    bench.wait_for(100);
    assert_eq!(collector.stop(), Some(143));
    bench.assert_recorded(0..100);
    assert_eq!(bench.gaps().len(), 1);
}

#[test]
fn truncated_and_grown_while_the_collector_is_down() {
    for grown in [12, 200] {
        let bench = Bench::new();
        bench.append_lines(0..10);
        assert!(bench.once().status.success());
        File::create(&bench.source).unwrap().write_all(lines(10..grown).as_bytes()).unwrap();
        assert_eq!(bench.once().status.code(), Some(3));
        bench.assert_recorded(0..grown);
        assert_eq!(bench.gaps().len(), 1);
    }
}

#[test]
fn a_partial_line_that_truncation_destroys_is_kept_with_the_gap() {
    let bench = Bench::new();
    bench.append(format!("{}{{\"n\":99,", line(0)));
    let collector = bench.start();
    bench.wait_for(1);
    thread::sleep(Duration::from_millis(50));
    File::create(&bench.source).unwrap();
    bench.wait_until("the gap", || collector.stderr().contains("truncated"));
    bench.append_lines(1..3);
    bench.wait_for(3);
    assert_eq!(collector.stop(), Some(143));
    bench.assert_recorded(0..3);
    let gaps = bench.gaps();
    let reject = gaps.iter().find_map(|gap| gap["source"]["reject"].as_str()).unwrap();
    assert_eq!(fs::read(bench.logs.join("rejects").join(reject)).unwrap(), b"{\"n\":99,");
}

#[test]
fn files_with_the_same_first_four_kilobytes_are_told_apart() {
    let bench = Bench::new();
    let same = format!("{{\"same\":\"{}\"}}\n", "s".repeat(4096));
    bench.append(&same);
    let collector = bench.start();
    bench.wait_until("the first", || {
        bench.log_files().iter().any(|file| fs::read_to_string(file).unwrap().contains("same"))
    });
    let other = bench.path().join("other");
    collector::append(&other, format!("{same}{}", lines(0..5)));
    fs::rename(&other, &bench.source).unwrap();
    bench.wait_for(5);
    assert_eq!(collector.stop(), Some(143));
    assert_eq!(bench.events().iter().filter(|event| event.contains("same")).count(), 2);
    bench.assert_recorded(0..5);
}

#[test]
fn tiny_files_are_read_at_once() {
    let bench = Bench::new();
    let collector = bench.start();
    bench.append("{\"n\":0}\n");
    bench.wait_for(1);
    fs::remove_file(&bench.source).unwrap();
    bench.append("{\"n\":1}\n");
    bench.wait_for(2);
    assert_eq!(collector.stop(), Some(143));
    assert_eq!(bench.numbers(), [0, 1]);
}

/// The writer's name for the file is in another directory than the collector's: no directory watch sees its appends.
#[test]
fn polling_finds_what_no_notification_tells() {
    let bench = Bench::new();
    let elsewhere = bench.path().join("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    let name = elsewhere.join("name");
    collector::append(&name, line(0));
    fs::hard_link(&name, &bench.source).unwrap();
    let collector = bench.start();
    bench.wait_for(1);
    for number in 1..10 {
        collector::append(&name, line(number));
        bench.wait_for(number as usize + 1);
    }
    assert_eq!(collector.stop(), Some(143));
    bench.assert_recorded(0..10);
}

#[test]
fn a_symbolic_link_is_followed_to_whatever_it_names() {
    let bench = Bench::new();
    let (one, two) = (bench.path().join("one"), bench.path().join("two"));
    collector::append(&one, lines(0..5));
    std::os::unix::fs::symlink(&one, &bench.source).unwrap();
    let collector = bench.start();
    bench.wait_for(5);
    collector::append(&two, lines(5..9));
    let link = bench.path().join("link");
    std::os::unix::fs::symlink(&two, &link).unwrap();
    fs::rename(&link, &bench.source).unwrap();
    bench.wait_for(9);
    assert_eq!(collector.stop(), Some(143));
    bench.assert_recorded(0..9);
}

#[test]
fn a_pipe_is_recorded_until_its_writers_are_gone() {
    let bench = Bench::new();
    let mut command = Bench::program();
    command.args(["--input", "-", "--log-dir"]).arg(&bench.logs).stdin(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut pipe = child.stdin.take().unwrap();
    for number in 0..10_000 {
        pipe.write_all(line(number).as_bytes()).unwrap();
    }
    bench.wait_for(10_000);
    pipe.write_all(line(10_000).trim_end().as_bytes()).unwrap();
    drop(pipe);
    assert_eq!(child.wait().unwrap().code(), Some(0));
    bench.assert_recorded(0..10_001);
}

#[test]
fn a_named_pipe_can_be_stopped_before_anybody_writes_and_ends_with_its_writer() {
    let bench = Bench::new();
    let made = Command::new("mkfifo").arg(&bench.source).status().unwrap();
    assert!(made.success());
    let collector = bench.start();
    bench.wait_until("the start", || bench.logs.join(".sentrix_collect_state").exists());
    assert_eq!(collector.stop(), Some(143));
    let collector = bench.start();
    bench.append_lines(0..10);
    assert_eq!(collector.wait().code(), Some(0));
    bench.assert_recorded(0..10);
}

#[test]
fn a_file_on_standard_input_is_followed_like_any_other() {
    let bench = Bench::new();
    bench.append_lines(0..5);
    let start = || {
        let mut command = Bench::program();
        command
            .args(["--input", "-", "--log-dir"])
            .arg(&bench.logs)
            .stdin(File::open(&bench.source).unwrap());
        Running::start(command, bench.path())
    };
    let collector = start();
    bench.wait_for(5);
    bench.append_lines(5..10);
    bench.wait_for(10);
    assert_eq!(collector.stop(), Some(143));
    bench.append_lines(10..15);
    let collector = start();
    bench.wait_for(15);
    assert_eq!(collector.stop(), Some(143));
    bench.assert_recorded(0..15);
}

#[test]
fn a_descriptor_that_nobody_opened_is_a_usage_error() {
    let bench = Bench::new();
    let mut command = Bench::program();
    let output = command.args(["--input", "/dev/fd/99", "--log-dir"]).arg(&bench.logs).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{}", text(&output.stderr));
}

/// A copy that any user may run. Made by another process: one that this process writes could be held open by a program
/// that another test is starting at that moment, and then it cannot be run.
fn copy_of_the_program(bench: &Bench) -> PathBuf {
    let program = bench.path().join("sentrix-collect");
    let copied =
        Command::new("cp").arg(env!("CARGO_BIN_EXE_sentrix-collect")).arg(&program).status().unwrap();
    assert!(copied.success());
    program
}

/// OpenClaw sets the mode of its raw stream to 0600 at every append: a collector of another user can only follow a
/// descriptor that was opened for it.
#[test]
fn a_descriptor_is_followed_though_its_file_may_not_be_opened() {
    if !rustix::process::geteuid().is_root() {
        return skipped(
            "a_descriptor_is_followed_though_its_file_may_not_be_opened",
            "needs root, to be two users",
        );
    }
    let bench = Bench::new();
    fs::set_permissions(bench.path(), fs::Permissions::from_mode(0o755)).unwrap();
    bench.append_lines(0..5);
    fs::set_permissions(&bench.source, fs::Permissions::from_mode(0o600)).unwrap();
    fs::create_dir(&bench.logs).unwrap();
    chown(&bench.logs, Some(65534), Some(65534)).unwrap();
    let program = copy_of_the_program(&bench);
    let start = || {
        let mut command = Command::new("sh");
        // Opened as root, handed on as descriptor 3.
        command.args(["-c", "exec 3<&0 </dev/null; exec \"$0\" --input /dev/fd/3 --log-dir \"$1\""]);
        command.arg(&program).arg(&bench.logs);
        command.stdin(File::open(&bench.source).unwrap()).uid(65534).gid(65534);
        Running::start(command, bench.path())
    };
    let collector = start();
    bench.wait_for(5);
    bench.append_lines(5..10);
    bench.wait_for(10);
    assert_eq!(collector.stop(), Some(143));
    bench.append_lines(10..20);
    let collector = start();
    bench.wait_for(20);
    collector.kill();
    let collector = start();
    File::options().write(true).open(&bench.source).unwrap().set_len(0).unwrap();
    bench.append_lines(20..25);
    bench.wait_for(25);
    assert_eq!(collector.stop(), Some(143));
    bench.assert_recorded(0..25);
}

#[test]
fn an_input_that_may_not_be_opened_is_named_and_recorded_once_it_may() {
    if !rustix::process::geteuid().is_root() {
        return skipped(
            "an_input_that_may_not_be_opened_is_named_and_recorded_once_it_may",
            "needs root, to be two users",
        );
    }
    let bench = Bench::new();
    fs::set_permissions(bench.path(), fs::Permissions::from_mode(0o755)).unwrap();
    bench.append_lines(0..5);
    fs::set_permissions(&bench.source, fs::Permissions::from_mode(0o600)).unwrap();
    fs::create_dir(&bench.logs).unwrap();
    chown(&bench.logs, Some(65534), Some(65534)).unwrap();
    let program = copy_of_the_program(&bench);
    let command = || {
        let mut command = Command::new(&program);
        command
            .env_clear()
            .arg("--input")
            .arg(&bench.source)
            .arg("--log-dir")
            .arg(&bench.logs)
            .uid(65534)
            .gid(65534);
        command
    };
    let once = command().arg("--once").output().unwrap();
    assert_eq!(once.status.code(), Some(3), "{}", text(&once.stderr));
    assert!(text(&once.stderr).contains("raw.jsonl"), "{}", text(&once.stderr));
    // Going on where an earlier one was takes a look at the input.
    let second = command().output().unwrap();
    assert_eq!(second.status.code(), Some(4), "{}", text(&second.stderr));
    assert!(text(&second.stderr).contains("make it readable"), "{}", text(&second.stderr));
    chown(&bench.source, Some(65534), Some(65534)).unwrap();
    let again = command().arg("--once").output().unwrap();
    assert_eq!(again.status.code(), Some(0), "{}", text(&again.stderr));
    bench.assert_recorded(0..5);
}

#[test]
fn odd_paths_and_a_bare_environment_are_fine() {
    let parent = tempfile::tempdir().unwrap();
    let odd = parent.path().join("a b\nc é \u{1F600} -x");
    fs::create_dir(&odd).unwrap();
    let bench = Bench::in_dir(&odd);
    bench.append_lines(0..5);
    let output = bench.command().env("LANG", "C").env("LC_ALL", "C").arg("--once").output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    bench.assert_recorded(0..5);
}

#[test]
fn variables_do_what_options_do() {
    let bench = Bench::new();
    bench.append_lines(0..5);
    let mut command = Bench::program();
    command.env("OPENCLAW_RAW_STREAM_PATH", &bench.source).env("SENTRIX_LOG_DIR", &bench.logs);
    command.env("SENTRIX_ROTATE_MINS", "5").env("SENTRIX_ROTATE_BYTES", "1K");
    assert!(command.arg("--once").output().unwrap().status.success());
    bench.assert_recorded(0..5);
}

/// The inode of a source of which nothing had been read is as a rule given to the next new file.
#[test]
fn a_file_that_got_the_inode_of_an_unread_source_is_not_taken_for_it() {
    let bench = Bench::new();
    bench.append("");
    assert!(bench.once().status.success());
    fs::remove_file(&bench.source).unwrap();
    collector::append(&bench.path().join("raw.jsonl.1"), lines(100..110));
    bench.append_lines(0..5);
    bench.once();
    bench.assert_recorded(0..5);
}
