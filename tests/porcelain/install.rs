//! `scripts/install.sh`, with a stand-in for cargo: what it installs is whole, and the command works from there alone.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::{Command, Output};
use tempfile::TempDir;

const COLLECT: &str = env!("CARGO_BIN_EXE_sentrix-collect");
/// Puts the programs that the test has where cargo would put those that it builds.
const CARGO: &str = r#"#!/bin/sh
set -eu
if [ "$1" = install ]; then
    mkdir -p "$5/bin"
    for name in box collect sync patrol police bridge; do cp "$PROGRAMS/sentrix-$name" "$5/bin/"; done
else
    mkdir -p "$CARGO_TARGET_DIR/$(uname -m)-unknown-linux-gnu/release"
    for name; do :; done
    printf '#!/bin/sh\n' >"$CARGO_TARGET_DIR/$(uname -m)-unknown-linux-gnu/release/$name"
fi
"#;

fn installed() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("cargo"), CARGO).unwrap();
    fs::set_permissions(dir.path().join("cargo"), fs::Permissions::from_mode(0o755)).unwrap();
    let mut command = Command::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/install.sh"));
    command.arg(dir.path().join("prefix")).env("CARGO", dir.path().join("cargo"));
    command
        .env("PROGRAMS", Path::new(COLLECT).parent().unwrap())
        .env("CARGO_TARGET_DIR", dir.path().join("target"));
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    dir
}

/// The command, by a link to it, with nothing of the checkout around it.
fn sentrix(dir: &TempDir, args: &[&str]) -> Output {
    let link = dir.path().join("sentrix");
    if !link.exists() {
        symlink(dir.path().join("prefix/bin/sentrix"), &link).unwrap();
    }
    let mut command = Command::new(link);
    command.args(args).current_dir(dir.path()).env_clear().env("PATH", std::env::var_os("PATH").unwrap());
    command.env("HOME", dir.path()).env("DOCKER_HOST", "unix:///nonexistent.sock").output().unwrap()
}

#[test]
fn what_is_installed_is_whole_and_works_from_there_alone() {
    let dir = installed();
    let prefix = dir.path().join("prefix");
    for name in ["box", "collect", "sync", "patrol", "police", "bridge"] {
        let page = fs::read_to_string(prefix.join(format!("share/man/man1/sentrix-{name}.1"))).unwrap();
        assert!(page.contains(&format!("sentrix\\-{name}")), "{name}");
        for file in ["bash-completion/completions/sentrix-", "zsh/site-functions/_sentrix-"] {
            assert!(
                fs::metadata(prefix.join(format!("share/{file}{name}"))).unwrap().len() > 500,
                "{file}{name}"
            );
        }
    }
    assert!(prefix.join("lib/sentrix/static/sentrix-relay").exists());
    let line = ". '{}'; COMP_WORDS=(sentrix do) COMP_CWORD=1; compgen -W \"$(complete -p sentrix | cut -d \"'\" -f 2)\" do";
    let line = line.replace("{}", prefix.join("share/bash-completion/completions/sentrix").to_str().unwrap());
    let completed = Command::new("bash").args(["-c", &line]).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&completed.stdout), "doctor\n");
    for file in ["zsh/site-functions/_sentrix", "fish/vendor_completions.d/sentrix.fish"] {
        let text = fs::read_to_string(prefix.join("share").join(file)).unwrap();
        assert!(["run", "bridge-debug", "export"].iter().all(|word| text.contains(word)), "{file}: {text}");
    }
    // Every part that the command reads is there: one command each that reads it and ends.
    for (args, code, words) in [
        (&["run", "--help"][..], 0, "Usage: sentrix run"),
        (&["run", "--provider", "demo"], 4, "the Docker engine does not answer"),
        (&["stop"], 4, "the Docker engine does not answer"),
        (&["build"], 4, "the Docker engine does not answer"),
        (&["export", "--help"], 0, "Usage: sentrix export"),
        (&["police", "--limit", "x"], 2, "not a whole number"),
        (&["logs"], 4, "nothing is recorded in ./agent_logs"),
        (&["demo"], 4, "the demo is part of the source"),
        (&["doctor"], 4, "ok       sentrix-collect is"),
    ] {
        let output = sentrix(&dir, args);
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8(said).unwrap();
        assert!(
            output.status.code() == Some(code) && said.contains(words),
            "{args:?}: {:?}\n{said}",
            output.status
        );
    }
    let doctor = String::from_utf8(sentrix(&dir, &["doctor"]).stdout).unwrap();
    assert!(
        doctor.contains(prefix.join("bin").to_str().unwrap()) && !doctor.contains("missing  sentrix-"),
        "{doctor}"
    );
}
