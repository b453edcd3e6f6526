//! sentrix-collect: when log files are closed, what they are called, and which are removed.

#![allow(clippy::panic, clippy::print_stderr, clippy::unwrap_used, reason = "a test fails by panicking")]

mod collector;

use collector::{Bench, text};
use rustix::process::Signal;
use std::fs;

#[test]
fn a_quiet_file_is_closed_when_its_time_is_up_and_an_empty_one_is_not_made() {
    let bench = Bench::new();
    bench.append_lines(0..5);
    let collector = bench.start_with(&["--rotate-mins", "0.01"]);
    let closed =
        || fs::read_to_string(bench.logs.join("manifest.jsonl")).is_ok_and(|text| text.lines().count() == 1);
    bench.wait_until("the file to be closed", closed);
    std::thread::sleep(std::time::Duration::from_millis(1500));
    assert!(closed());
    assert_eq!(bench.log_files().len(), 1);
    bench.append_lines(5..6);
    bench.wait_for(6);
    assert_eq!(bench.log_files().len(), 2);
    assert_eq!(collector.stop(), Some(143));
    bench.assert_recorded(0..6);
}

#[test]
fn a_file_that_has_reached_its_size_is_closed() {
    let bench = Bench::new();
    bench.append_lines(0..2000);
    assert!(bench.command().args(["--once", "--rotate-bytes", "4K"]).output().unwrap().status.success());
    bench.assert_recorded(0..2000);
    let files = bench.log_files();
    assert!(files.len() > 50, "{}", files.len());
    // At most one event too long, and no needless small ones.
    let lengths: Vec<u64> = files.iter().map(|file| fs::metadata(file).unwrap().len()).collect();
    assert!(lengths.iter().all(|&length| length < 4096 + 400), "{lengths:?}");
    assert!(lengths[..lengths.len() - 1].iter().all(|&length| length >= 4096), "{lengths:?}");
}

#[test]
fn usr1_closes_the_file_however_often_it_comes() {
    let bench = Bench::new();
    bench.append_lines(0..5);
    let collector = bench.start();
    bench.wait_for(5);
    for _ in 0..200 {
        collector.signal(Signal::USR1);
    }
    let closed = || bench.logs.join("manifest.jsonl").metadata().is_ok_and(|file| file.len() > 0);
    bench.wait_until("the file to be closed", closed);
    for number in 5..40 {
        bench.append_lines(number..number + 1);
        collector.signal(Signal::USR1);
    }
    bench.wait_for(40);
    assert_eq!(collector.stop(), Some(143));
    bench.assert_recorded(0..40);
    let names = bench.log_files();
    assert!(names.windows(2).all(|pair| pair[0] != pair[1]));
}

#[test]
fn restarts_in_the_same_second_destroy_nothing() {
    let bench = Bench::new();
    for number in 0..20 {
        bench.append_lines(number..number + 1);
        assert!(bench.once().status.success());
    }
    bench.assert_recorded(0..20);
}

#[test]
fn a_file_from_the_future_is_not_overwritten_and_new_ones_come_behind_it() {
    let bench = Bench::new();
    fs::create_dir(&bench.logs).unwrap();
    let future = bench.logs.join("29990101T000000.json");
    let foreign = "[\n{\"n\": 0}\n]\n";
    fs::write(&future, foreign).unwrap();
    bench.append_lines(1..5);
    bench.command().args(["--once", "--rotate-bytes", "100"]).output().unwrap();
    assert!(fs::read_to_string(&future).unwrap().contains("\"n\": 0"));
    assert_eq!(bench.numbers(), [0, 1, 2, 3, 4]);
    assert_eq!(bench.log_files()[0], future);
    let _valid = bench.events();
}

#[test]
fn zero_minutes_means_never_and_no_number_is_a_usage_error() {
    let bench = Bench::new();
    bench.append_lines(0..1000);
    let output = bench.command().env("SENTRIX_ROTATE_MINS", "0").arg("--once").output().unwrap();
    assert!(output.status.success());
    assert_eq!(bench.log_files().len(), 1);
    bench.assert_recorded(0..1000);
    let output = bench.command().env("SENTRIX_ROTATE_MINS", "abc").arg("--once").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("abc"));
}

#[test]
fn retention_keeps_the_newest_and_the_chain() {
    let bench = Bench::new();
    bench.append_lines(0..2000);
    let output =
        bench.command().args(["--once", "--rotate-bytes", "2K", "--retain-files", "7"]).output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!((6..=7).contains(&bench.log_files().len()), "{}", bench.log_files().len());
    let numbers = bench.numbers();
    assert_eq!(numbers, (numbers[0]..2000).collect::<Vec<_>>());
    bench.assert_clean();

    bench.append_lines(2000..4000);
    let output =
        bench.command().args(["--once", "--rotate-bytes", "2K", "--retain-bytes", "20K"]).output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    let bytes: u64 = bench.log_files().iter().map(|file| fs::metadata(file).unwrap().len()).sum();
    assert!((12 * 1024..=20 * 1024).contains(&bytes), "{bytes}");
    let numbers = bench.numbers();
    assert_eq!(numbers, (numbers[0]..4000).collect::<Vec<_>>());
    bench.assert_clean();
}

#[test]
fn retention_removes_no_file_that_is_not_listed() {
    let bench = Bench::new();
    fs::create_dir(&bench.logs).unwrap();
    let old = bench.logs.join("20200101T000000.json");
    fs::write(&old, "[\n  {\"n\":0},\n  {\"n\":1},\n]\n").unwrap();
    bench.append_lines(2..500);
    bench.command().args(["--once", "--rotate-bytes", "1K", "--retain-files", "2"]).output().unwrap();
    assert!(old.exists());
}

#[test]
fn a_reader_keeps_a_file_that_retention_removes() {
    let bench = Bench::new();
    bench.append_lines(0..10);
    assert!(bench.once().status.success());
    let oldest = fs::File::open(&bench.log_files()[0]).unwrap();
    bench.append_lines(10..500);
    bench.command().args(["--once", "--rotate-bytes", "1K", "--retain-files", "2"]).output().unwrap();
    let array: Vec<serde_json::Value> = serde_json::from_reader(oldest).unwrap();
    assert_eq!(array.len(), 10);
    bench.assert_clean();
}

#[test]
fn names_are_in_order_of_their_events() {
    let bench = Bench::new();
    bench.append_lines(0..300);
    bench.command().args(["--once", "--rotate-bytes", "1"]).output().unwrap();
    assert_eq!(bench.log_files().len(), 300);
    bench.assert_recorded(0..300);
}

#[test]
fn a_file_that_was_begun_before_a_kill_is_closed_when_its_time_is_up() {
    let bench = Bench::new();
    bench.append_lines(0..5);
    let collector = bench.start();
    bench.wait_for(5);
    collector.kill();
    std::thread::sleep(std::time::Duration::from_millis(2100));
    bench.append_lines(5..6);
    let collector = bench.start_with(&["--rotate-mins", "0.02"]);
    bench.wait_for(6);
    let listed = || bench.logs.join("manifest.jsonl").metadata().is_ok_and(|file| file.len() > 0);
    bench.wait_until("the rotation", listed);
    assert_eq!(collector.stop(), Some(143));
    bench.assert_recorded(0..6);
}
