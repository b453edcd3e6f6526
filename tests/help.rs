//! The command lines: `--help` of every program and command, as tests/help has them. SENTRIX_UPDATE=1 writes them anew.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod programs;

use programs::PROGRAMS;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

/// The help of a program and of each of its commands, one after another.
fn help(program: &str, path: &str, words: &[String], all: &mut String) {
    let output = Command::new(path).args(words).arg("--help").env_clear().output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{program} {words:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    all.push_str(&format!("$ {} --help\n{text}\n", [&[program.to_owned()], words].concat().join(" ")));
    examples_hold(program, words, &text);
    let commands = text.split("\nCommands:\n").nth(1).and_then(|rest| rest.split("\n\n").next());
    for line in commands.unwrap_or_default().lines() {
        // A command stands two spaces in; what is said about it may go on further in.
        let name = line.strip_prefix("  ").and_then(|rest| rest.split(' ').next()).unwrap_or_default();
        if !name.is_empty() && name != "help" {
            help(program, path, &[words, &[name.to_owned()]].concat(), all);
        }
    }
}

/// Every help ends with examples, and their options are those that the help names.
fn examples_hold(program: &str, words: &[String], text: &str) {
    let (above, examples) =
        text.split_once("\nExamples:\n").unwrap_or_else(|| panic!("{program} {words:?} has no examples"));
    let own = [&[program.to_owned()], words].concat().join(" ");
    for line in examples.lines() {
        // The command's own part of a pipeline, unless it is about one of its commands.
        let Some((_, part)) = line.split_once(&own) else { continue };
        let words = part.split(['|', '&', '>']).next().unwrap_or_default().trim_start();
        let first = words.split(' ').next().unwrap_or_default();
        if !first.is_empty() && above.contains(&format!("\n  {first} ")) {
            continue;
        }
        let before_what_it_runs = words.split(' ').take_while(|word| *word != "--");
        for option in before_what_it_runs.filter(|word| word.starts_with("--")) {
            let known = above.split([' ', ',', '\n']).any(|word| word == option);
            assert!(known, "{own}: {line}: there is no {option}");
        }
    }
}

#[test]
fn the_help_of_every_command_is_what_it_was() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/help");
    for (program, path) in PROGRAMS {
        let mut text = String::new();
        help(program, path, &[], &mut text);
        let kept = folder.join(format!("{program}.snap"));
        if std::env::var_os("SENTRIX_UPDATE").is_some() {
            fs::write(&kept, &text).unwrap();
            continue;
        }
        let before = fs::read_to_string(&kept).unwrap_or_default();
        let differs = before.lines().zip(text.lines()).find(|(before, now)| before != now);
        assert!(
            before == text,
            "{program}: first difference: {differs:?}; SENTRIX_UPDATE=1 cargo test --test help writes tests/help anew"
        );
    }
}
