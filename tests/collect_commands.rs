//! sentrix-collect: its command line, `verify` and `cat`.

#![allow(clippy::panic, clippy::print_stderr, clippy::unwrap_used, reason = "a test fails by panicking")]

mod collector;

use collector::{Bench, line, text};
use std::fs;
use std::io::Write;
use std::process::{Output, Stdio};

fn run(args: &[&str]) -> Output {
    Bench::program().args(args).output().unwrap()
}

fn recorded(lines: std::ops::Range<u64>) -> Bench {
    let bench = Bench::new();
    bench.append_lines(lines);
    let args = ["--once", "--rotate-bytes", "2K"];
    assert!(bench.command().args(args).output().unwrap().status.success());
    bench
}

#[test]
fn help_names_every_option_and_its_variable() {
    let help = text(&run(&["--help"]).stdout);
    let options = [
        "--input",
        "--log-dir",
        "--rotate-mins",
        "--rotate-bytes",
        "--retain-files",
        "--retain-bytes",
        "--once",
    ];
    for option in options {
        assert!(help.contains(option), "{option}");
    }
    let variables = [
        "OPENCLAW_RAW_STREAM_PATH",
        "SENTRIX_LOG_DIR",
        "SENTRIX_ROTATE_MINS",
        "SENTRIX_ROTATE_BYTES",
        "SENTRIX_RETAIN_FILES",
        "SENTRIX_RETAIN_BYTES",
    ];
    for variable in variables {
        assert!(help.contains(variable), "{variable}");
    }
    for command in ["verify", "cat", "tap"] {
        assert!(help.contains(command), "{command}");
    }
}

#[test]
fn a_wrong_command_line_is_a_usage_error() {
    for args in [
        &["--rotate-mins", "abc"][..],
        &["--rotate-bytes", "much"],
        &["--unknown"],
        &["tap"],
        &["tap", "--listen", "unix:/tmp/x", "--guard", "perhaps"],
        &[],
    ] {
        let output = run(args);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {}", text(&output.stderr));
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn no_input_says_what_to_do() {
    let output = run(&[]);
    let stderr = text(&output.stderr);
    assert_eq!(stderr.lines().count(), 1);
    assert!(stderr.contains("--input") && stderr.contains("OPENCLAW_RAW_STREAM_PATH"), "{stderr}");
}

#[test]
fn verify_passes_over_what_was_recorded() {
    let bench = recorded(0..100);
    for args in [
        vec!["verify", bench.logs.to_str().unwrap()],
        vec!["verify", "--log-dir", bench.logs.to_str().unwrap()],
    ] {
        let output = run(&args);
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        assert!(output.stdout.is_empty());
        assert!(text(&output.stderr).contains("100 events"), "{}", text(&output.stderr));
    }
}

#[test]
fn verify_names_the_first_bad_record() {
    type Tamper = fn(&Bench);
    let tampers: [(&str, Tamper); 5] = [
        ("changed", |bench| {
            let file = &bench.log_files()[1];
            let text = fs::read_to_string(file).unwrap().replacen("xx", "yy", 1);
            fs::write(file, text).unwrap();
        }),
        ("shorter", |bench| {
            let file = &bench.log_files()[1];
            let text = fs::read_to_string(file).unwrap();
            fs::write(file, &text[..text.len() / 2]).unwrap();
        }),
        ("removed", |bench| fs::remove_file(&bench.log_files()[1]).unwrap()),
        ("manifest line changed", |bench| {
            let manifest = bench.logs.join("manifest.jsonl");
            let text = fs::read_to_string(&manifest).unwrap().replacen("\"events\":", "\"events\":1", 1);
            fs::write(manifest, text).unwrap();
        }),
        ("manifest line removed", |bench| {
            let manifest = bench.logs.join("manifest.jsonl");
            let text = fs::read_to_string(&manifest).unwrap();
            let lines: Vec<&str> = text.lines().collect();
            fs::write(manifest, [&lines[..1], &lines[2..]].concat().join("\n") + "\n").unwrap();
        }),
    ];
    for (what, tamper) in tampers {
        let bench = recorded(0..100);
        let second = bench.log_files()[1].file_name().unwrap().to_str().unwrap().to_owned();
        tamper(&bench);
        let output = bench.verify();
        let stderr = text(&output.stderr);
        assert_eq!(output.status.code(), Some(5), "{what}: {stderr}");
        assert_eq!(stderr.lines().count(), 1, "{what}: {stderr}");
        assert!(what.starts_with("manifest") || stderr.contains(&second), "{what}: {stderr}");
    }
}

#[test]
fn files_that_no_manifest_lists_are_not_said_to_be_as_recorded() {
    let bench = recorded(0..200);
    fs::remove_file(bench.logs.join("manifest.jsonl")).unwrap();
    let output = run(&["verify", bench.logs.to_str().unwrap()]);
    assert!(output.status.success());
    assert!(text(&output.stderr).contains("log files are in no manifest"), "{}", text(&output.stderr));
}

#[test]
fn a_pipe_in_the_place_of_a_log_file_is_named_and_not_waited_for() {
    let bench = recorded(0..200);
    let first = fs::read_dir(&bench.logs).unwrap().flatten().map(|entry| entry.path());
    let first = first.filter(|path| path.extension().is_some_and(|kind| kind == "json")).min().unwrap();
    fs::remove_file(&first).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(&first).status().unwrap().success());
    let logs = bench.logs.to_str().unwrap();
    for (command, code) in [("verify", 5), ("cat", 3), ("logs", 3)] {
        let output = run(&[command, logs]);
        assert_eq!(output.status.code(), Some(code), "{command}");
        assert!(text(&output.stderr).contains("not a regular file"), "{command}: {}", text(&output.stderr));
    }
}

#[test]
fn verify_without_a_directory_is_an_environment_error() {
    assert_eq!(run(&["verify", "/nowhere/at/all"]).status.code(), Some(4));
}

#[test]
fn cat_prints_events_of_directories_files_and_standard_input() {
    let bench = recorded(0..60);
    let all: String = (0..60).map(line).collect();
    let dir = run(&["cat", bench.logs.to_str().unwrap()]);
    assert_eq!(
        (dir.status.code(), text(&dir.stdout), text(&dir.stderr)),
        (Some(0), all.clone(), String::new())
    );
    let files = bench.log_files();
    let files = Bench::program().arg("cat").args(&files).output().unwrap();
    assert_eq!(text(&files.stdout), all);
    let mut child =
        Bench::program().args(["cat", "-"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(&fs::read(&bench.log_files()[0]).unwrap()).unwrap();
    let printed = text(&child.wait_with_output().unwrap().stdout);
    assert!(!printed.is_empty() && all.starts_with(&printed));
}

#[test]
fn cat_reads_what_the_python_version_wrote() {
    let bench = Bench::new();
    fs::create_dir(&bench.logs).unwrap();
    fs::write(bench.logs.join("20260101T000000.json"), "[\n  {\"n\":0},\n  {\"n\":1}\n]\n").unwrap();
    fs::write(bench.logs.join("20260101T000001.json"), "[\n  {\"n\":2}\n,\n  {\"n\":3},\n").unwrap();
    fs::write(bench.logs.join("20260101T000001-01.json"), "[\n{\n\"n\":\n4}\n]\n").unwrap();
    let printed = run(&["cat", bench.logs.to_str().unwrap()]);
    let values: Vec<serde_json::Value> =
        text(&printed.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let numbers: Vec<u64> = values.iter().map(|value| value["n"].as_u64().unwrap()).collect();
    assert_eq!(numbers, [0, 1, 2, 3, 4]);
}

#[test]
fn cat_names_what_it_cannot_read_and_prints_the_rest() {
    let bench = recorded(0..60);
    let files = bench.log_files();
    let torn = fs::read_to_string(&files[1]).unwrap();
    fs::write(&files[1], &torn[..torn.len() - 20]).unwrap();
    let whole = recorded(0..60);
    let output = Bench::program().arg("cat").arg(&bench.logs).arg("/nowhere").output().unwrap();
    let stderr = text(&output.stderr);
    assert_eq!(output.status.code(), Some(3));
    assert!(stderr.contains(files[1].to_str().unwrap()) && stderr.contains("/nowhere"), "{stderr}");
    assert_eq!(text(&output.stdout).lines().count(), whole.events().len() - 1);
}

#[test]
fn cat_ends_quietly_when_nobody_reads_any_more() {
    let bench = Bench::new();
    bench.append_lines(0..20_000);
    assert!(bench.once().status.success());
    let mut child = Bench::program()
        .arg("cat")
        .arg(&bench.logs)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), String::new()));
}
