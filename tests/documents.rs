//! The cookbook: its commands run, on a recorded session, and do what they say.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

/// The commands of a part of the cookbook, without their comments.
fn commands(part: &str) -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(root.join("docs/cookbook.md")).unwrap();
    let part = text.split(&format!("\n## {part}\n")).nth(1).unwrap().split("\n## ").next().unwrap();
    let blocks = part.split("```sh\n").skip(1).map(|block| block.split("```").next().unwrap());
    blocks.flat_map(str::lines).map(|line| line.split("  #").next().unwrap().trim().to_owned()).collect()
}

fn shell(dir: &Path, line: &str) -> Output {
    let programs = Path::new(env!("CARGO_BIN_EXE_sentrix-collect")).parent().unwrap();
    let path = format!("{}:{}", programs.display(), std::env::var("PATH").unwrap());
    Command::new("bash")
        .args(["-c", &format!("set -o pipefail; {line}")])
        .current_dir(dir)
        .env("PATH", path)
        .output()
        .unwrap()
}

/// A recorded session, collected into `LOGS`.
fn recorded() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let stream = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/demo/raw-stream.jsonl");
    let line = format!("sentrix-collect --once --input '{}' --log-dir LOGS", stream.display());
    assert!(shell(dir.path(), &line).status.success());
    dir
}

#[test]
fn the_cookbook_says_what_happens() {
    let dir = recorded();
    for (line, code) in commands("Looking").into_iter().map(|line| (line, 0)).chain(
        commands("Patrolling").into_iter().map(|line| {
            let code = i32::from(line.contains("--exit-code"));
            (line, code)
        }),
    ) {
        // What follows has no end, and nothing is as recent as two hours in a recorded session.
        let line = line.replace("--follow ", "");
        let output = shell(dir.path(), &line);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{line}\n{stderr}");
    }
    let events = shell(dir.path(), "sentrix-collect cat LOGS | jq -r .event | sort | uniq -c");
    let events = String::from_utf8(events.stdout).unwrap();
    assert!(events.contains("assistant_message_end") && events.contains("assistant_text_stream"), "{events}");
    let flags = shell(
        dir.path(),
        "sentrix-patrol LOGS --flags - --state none | jq -r .consensus_severity | sort | uniq -c",
    );
    let flags = String::from_utf8(flags.stdout).unwrap();
    assert!(flags.contains("4 HIGH"), "{flags}");
    let sarif: serde_json::Value =
        serde_json::from_slice(&fs::read(dir.path().join("patrol.sarif")).unwrap()).unwrap();
    assert_eq!(sarif["version"], "2.1.0");
}
