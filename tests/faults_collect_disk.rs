//! sentrix-collect on a disk that is full: it waits, the source is the buffer, and it goes on by itself.

#![allow(clippy::panic, clippy::print_stderr, clippy::unwrap_used, reason = "a test fails by panicking")]

mod collector;

use collector::{Bench, skipped, text};
use std::fs::{self, File};
use std::io::Write;
use std::process::Command;
use std::thread;
use std::time::Duration;

/// A file system of this size; none when there is no way to have one.
struct Small {
    dir: tempfile::TempDir,
}

impl Small {
    fn mount(test: &str, options: &str) -> Option<Self> {
        let dir = tempfile::tempdir().unwrap();
        let mounted =
            Command::new("mount").args(["-t", "tmpfs", "-o", options, "tmpfs"]).arg(dir.path()).output();
        match mounted {
            Ok(output) if output.status.success() => Some(Self { dir }),
            Ok(output) => {
                skipped(test, &format!("cannot mount a tmpfs: {}", text(&output.stderr).trim()));
                None
            }
            Err(error) => {
                skipped(test, &format!("cannot mount a tmpfs: {error}"));
                None
            }
        }
    }

    fn fill(&self) {
        let mut file = File::create(self.dir.path().join("filler")).unwrap();
        while file.write_all(&[0; 4096]).is_ok() {}
    }

    fn free(&self) {
        fs::remove_file(self.dir.path().join("filler")).unwrap();
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        let _unmounted = Command::new("umount").arg("-l").arg(self.dir.path()).output();
    }
}

#[test]
fn a_full_disk_is_waited_for() {
    let Some(small) = Small::mount("a_full_disk_is_waited_for", "size=256k") else { return };
    let mut bench = Bench::new();
    bench.logs = small.dir.path().join("logs");
    bench.append_lines(0..100);
    let mut collector = bench.start_with(&["--rotate-bytes", "30K"]);
    bench.wait_for(100);
    small.fill();
    bench.append("a bad line, which must go to the rejects\n");
    bench.append_lines(100..600);
    bench.wait_until("the diagnostic", || collector.stderr().contains("waiting for room"));
    thread::sleep(Duration::from_millis(600));
    assert!(collector.is_running());
    // Whatever could be written is whole.
    let recorded = bench.numbers();
    assert_eq!(recorded, (0..recorded.len() as u64).collect::<Vec<_>>());
    small.free();
    bench.wait_for(600);
    bench.append_lines(600..610);
    bench.wait_for(610);
    let said = collector.stderr();
    assert_eq!(
        (said.matches("waiting for room").count(), said.matches("there is room").count()),
        (1, 1),
        "{said}"
    );
    assert_eq!(collector.stop(), Some(143));
    bench.assert_recorded(0..610);
    assert_eq!(bench.gaps().len(), 1);
}

#[test]
fn killed_and_stopped_on_a_full_disk_nothing_is_lost() {
    let Some(small) = Small::mount("killed_and_stopped_on_a_full_disk_nothing_is_lost", "size=256k") else {
        return;
    };
    let mut bench = Bench::new();
    bench.logs = small.dir.path().join("logs");
    bench.append_lines(0..100);
    let collector = bench.start();
    bench.wait_for(100);
    small.fill();
    bench.append_lines(100..600);
    bench.wait_until("the diagnostic", || collector.stderr().contains("waiting for room"));
    collector.kill();
    let collector = bench.start();
    bench.wait_until("the diagnostic again", || collector.stderr().matches("waiting for room").count() == 2);
    assert_eq!(collector.stop(), Some(143));
    small.free();
    assert!(bench.once().status.success());
    bench.assert_recorded(0..600);
}

/// No inodes left: existing files can be written, new ones not made.
#[test]
fn a_disk_without_inodes_is_waited_for() {
    let Some(small) = Small::mount("a_disk_without_inodes_is_waited_for", "size=1m,nr_inodes=40") else {
        return;
    };
    let mut bench = Bench::new();
    bench.logs = small.dir.path().join("logs");
    bench.append_lines(0..10);
    let collector = bench.start_with(&["--rotate-bytes", "4K"]);
    bench.wait_for(10);
    let mut made = Vec::new();
    for number in 0.. {
        let path = small.dir.path().join(format!("f{number}"));
        if File::create(&path).is_err() {
            break;
        }
        made.push(path);
    }
    bench.append_lines(10..200);
    bench.wait_until("the diagnostic", || collector.stderr().contains("waiting for room"));
    for path in made {
        fs::remove_file(path).unwrap();
    }
    bench.wait_for(200);
    assert_eq!(collector.stop(), Some(143));
    bench.assert_recorded(0..200);
}

#[test]
fn a_disk_that_is_full_at_the_first_start_is_waited_for() {
    let test = "a_disk_that_is_full_at_the_first_start_is_waited_for";
    let Some(small) = Small::mount(test, "size=256k") else { return };
    let mut bench = Bench::new();
    bench.logs = small.dir.path().join("logs");
    bench.append_lines(0..100);
    fs::create_dir(&bench.logs).unwrap();
    small.fill();
    let collector = bench.start();
    bench.wait_until("the diagnostic", || collector.stderr().contains("waiting for room"));
    assert_eq!(collector.stop(), Some(143));
    let collector = bench.start();
    bench.wait_until("the diagnostic", || collector.stderr().matches("waiting for room").count() == 2);
    small.free();
    bench.wait_for(100);
    assert_eq!(collector.stop(), Some(143));
    bench.assert_recorded(0..100);
}
