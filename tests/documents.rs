//! The README, the cookbook and the page on operations: every command in them is run on a recorded session, and what they show is what comes. With
//! SENTRIX_UPDATE=1 what comes is written into them.
//!
//! A block of `sh` is run line by line, each in a place of its own. In a block of `console`, what stands below a `$` is what the command says;
//! these share a place throughout a document, as they do for the reader.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::io::Write;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// What is not run here, because it needs Docker, a model or the whole build: the test that does, by its file and a piece of its name.
const ELSEWHERE: [(&str, &str, &str); 16] = [
    ("make run", "tests/e2e/porcelain.test.mjs", "test('make run, without a key and a terminal"),
    ("make test", "scripts/test.sh", "test --workspace --all-features"),
    ("cargo build --release", "scripts/e2e.sh", "cargo build --release"),
    ("scripts/sentrix run --patrol", "tests/e2e/porcelain.test.mjs", "test('run ends in a healthy sandbox'"),
    ("scripts/sentrix chat", "tests/e2e/porcelain.test.mjs", "test('chat -m prints the answer"),
    (
        "scripts/sentrix status",
        "tests/e2e/porcelain.test.mjs",
        "test('what is in force is what was asked for'",
    ),
    (
        "OPENCLAW_RAW_STREAM=1 OPENCLAW_RAW_STREAM_PATH=/run/oc/raw.jsonl openclaw gateway run",
        "tests/e2e/sandbox.test.mjs",
        "test('the record is the raw stream, byte for byte'",
    ),
    ("sentrix-bridge debug --log-dir ./agent_logs", "tests/bridge.rs", "fn debug_says_where_the_way_ends"),
    (
        "OPENAI_API_KEY=… sentrix-patrol --max-cost 1 ./agent_logs",
        "tests/judges.rs",
        "fn every_turn_gets_its_own_verdict",
    ),
    (
        "sentrix-sync --container NAME --log-dir COPY --follow --emit | sentrix-patrol -",
        "tests/sync_container.rs",
        "fn a_container_is_followed_through_pause",
    ),
    ("sentrix doctor", "tests/doctor.rs", "fn where_nothing_is_wrong_nothing_is_found"),
    ("sentrix-box quarantine", "tests/box_life.rs", "fn quarantine_pauses_cuts_and_copies"),
    ("sentrix channels --probe", "tests/e2e/dialects.test.mjs", "test('telegram: the channel is on"),
    (
        "sentrix channels --json | jq -r 'select(.state != \"connected\") | .channel + \": \" + .next'",
        "tests/e2e/dialects.test.mjs",
        "test('telegram: the channel is on",
    ),
    ("sentrix pair", "tests/e2e/dialects.test.mjs", "test('telegram: the channel is on"),
    ("sentrix pair telegram ABCD1234", "tests/e2e/dialects.test.mjs", "test('telegram: the channel is on"),
];

/// What goes on until it is ended: what happens meanwhile, and what is then so.
const ENDLESS: [(&str, &str, &str); 8] = [
    (
        "sentrix-collect --input",
        "echo '{\"event\":\"assistant_message_end\",\"ts\":1,\"runId\":\"new\"}' >>oc/raw.jsonl",
        "grep -q '\"new\"' agent_logs/2*.json",
    ),
    ("sentrix-sync --from /run/box/agent_logs --follow", "", "grep -q flag_id said"),
    ("sentrix-patrol --follow ./agent_logs", "", "[ -s agent_logs/patrol_flags.jsonl ]"),
    ("sentrix-patrol --follow --exec 'mail", "", "[ -s mailed ]"),
    ("sentrix-patrol --follow --alert-on HIGH --exec 'sentrix-box quarantine'", "", "[ -e in-quarantine ]"),
    ("sentrix-bridge --log-dir", "", "grep -q http://127.0.0.1: said"),
    (
        "sentrix-collect logs LOGS --follow",
        "printf '[\\n  {\"event\":\"sentrix_gap\",\"ts\":1}\\n]\\n' >LOGS/20990101T000000.json",
        "grep -q sentrix_gap said",
    ),
    (
        "sentrix-sync --via 'ssh HOST sentrix-collect serve --log-dir /srv/agent_logs' --log-dir COPY --follow",
        "",
        "ls COPY/2*.json",
    ),
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A place to run in: the recorded session under the names that the documents use, and stand-ins for what is not ours.
struct Place {
    dir: TempDir,
}

impl Place {
    fn new() -> Self {
        let place = Self { dir: tempfile::tempdir().unwrap() };
        for folder in ["tools", "oc", "box", "target", "backup"] {
            fs::create_dir(place.path(folder)).unwrap();
        }
        fs::copy(root().join("tests/data/demo/raw-stream.jsonl"), place.path("oc/raw.jsonl")).unwrap();
        for name in ["Makefile", "scripts", "tests"] {
            symlink(root().join(name), place.path(name)).unwrap();
        }
        symlink(root().join("scripts/sentrix"), place.path("tools/sentrix")).unwrap();
        symlink(programs(), place.path("target/release")).unwrap();
        place.tool("cargo", "exit 0");
        place.tool("ssh", "shift; exec sh -c \"$*\"");
        place.tool("mail", "cat >>mailed");
        place.tool("sentrix-box", "[ \"$1\" != quarantine ] || touch in-quarantine");
        let rules = fs::read_to_string(root().join("docs/rules.md")).unwrap();
        fs::write(
            place.path("my.toml"),
            rules.split("```toml\n").nth(1).unwrap().split("```").next().unwrap(),
        )
        .unwrap();
        let (code, said) = place.run("sentrix-collect --once --input oc/raw.jsonl --log-dir agent_logs");
        assert_eq!(code, Some(0), "{said}");
        place.run("for copy in LOGS logs box/agent_logs; do cp -a agent_logs $copy; done");
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn tool(&self, name: &str, script: &str) {
        let path = self.path("tools").join(name);
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// A line of shell, as the documents have it, with the places of other machines in this one.
    fn command(&self, line: &str) -> Command {
        let here = self.dir.path().display();
        let line = line.replace("/srv/", &format!("{here}/")).replace("/run/", &format!("{here}/"));
        let line = line.replace("/backup/", &format!("{here}/backup/"));
        let mut command = Command::new("bash");
        command.args(["-c", &format!("set -o pipefail; exec 2>&1; {line}")]).current_dir(self.dir.path());
        let path = std::env::var("PATH").unwrap();
        command.env_clear().env("PATH", format!("{here}/tools:{}:{path}", programs().display()));
        command.env("HOME", self.dir.path()).env("LC_ALL", "C.UTF-8").env("SENTRIX_BIN", programs());
        command.env("CARGO_TARGET_DIR", self.path("target")).env("SENTRIX_BRIDGE_PORT", "18766");
        command.stdin(Stdio::null());
        command
    }

    /// How a line ends, and all that it says.
    fn run(&self, line: &str) -> (Option<i32>, String) {
        let output = self.command(line).output().unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    }

    /// Runs what has no end until this is so.
    fn run_until(&self, line: &str, meanwhile: &str, so: &str) {
        let said = fs::File::create(self.path("said")).unwrap();
        let mut child = self.command(line).stdout(said).process_group(0).spawn().unwrap();
        self.run(meanwhile);
        let patience = Instant::now() + Duration::from_secs(60);
        while self.run(so).0 != Some(0) {
            let said = fs::read_to_string(self.path("said")).unwrap();
            assert!(Instant::now() < patience, "{line}: it did not come: {so}\n{said}");
            std::thread::sleep(Duration::from_millis(50));
        }
        let group = rustix::process::Pid::from_child(&child);
        rustix::process::kill_process_group(group, rustix::process::Signal::TERM).unwrap();
        child.wait().unwrap();
    }
}

fn programs() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_sentrix-collect")).parent().unwrap()
}

/// Notes what could not be tried.
fn skipped(what: &str) {
    if let Some(path) = std::env::var_os("SENTRIX_SKIPPED_LOG") {
        let mut file = fs::OpenOptions::new().append(true).create(true).open(path).unwrap();
        writeln!(file, "{what}").unwrap();
    }
}

/// A log file is called after the second in which it was opened.
fn without_times(text: &str) -> String {
    let mut words = text.to_owned();
    let is_time = |word: &str| {
        let mut letters = word.chars();
        letters.by_ref().take(8).all(|letter| letter.is_ascii_digit())
            && letters.next() == Some('T')
            && letters.all(|letter| letter.is_ascii_digit())
    };
    for (at, _) in text.char_indices() {
        if text.get(at..at + 15).is_some_and(is_time) {
            words.replace_range(at..at + 15, "YYYYMMDDTHHMMSS");
        }
    }
    words
}

/// A document that is being run, and what it should say.
struct Document {
    name: &'static str,
    place: Place,
    now: String,
    used: Vec<&'static str>,
}

impl Document {
    fn run(name: &'static str) -> Vec<&'static str> {
        let text = fs::read_to_string(root().join(name)).unwrap();
        let mut document = Self { name, place: Place::new(), now: String::new(), used: Vec::new() };
        let mut lines = text.lines();
        while let Some(line) = lines.next() {
            document.keep(line);
            let Some(language) = line.strip_prefix("```") else {
                document.row(line);
                continue;
            };
            let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
            match language {
                "console" => document.console(&block),
                "sh" => block.iter().for_each(|line| document.line(line)),
                "text" if name == "README.md" => document.demo(),
                // What doctor says: tests/doctor.rs compares it.
                "text" => block.iter().for_each(|line| document.keep(line)),
                "ini" => block
                    .iter()
                    .filter_map(|line| line.strip_prefix("ExecStart=/usr/local/bin/"))
                    .for_each(|line| document.line(line)),
                "" => block.iter().for_each(|line| document.cron(line)),
                other => panic!("{name}: a block of {other:?}, which nothing runs"),
            }
            if !matches!(language, "console" | "text") {
                block.iter().for_each(|line| document.keep(line));
            }
            document.keep("```");
        }
        document.compare(&text);
        document.used
    }

    fn keep(&mut self, line: &str) {
        self.now.push_str(line);
        self.now.push('\n');
    }

    fn console(&mut self, block: &[&str]) {
        for line in block.iter().filter_map(|line| line.strip_prefix("$ ")) {
            let (_, said) = self.place.run(line);
            self.keep(&format!("$ {line}"));
            said.lines().for_each(|line| self.keep(line));
        }
    }

    fn demo(&mut self) {
        let (code, said) = self.place.run("make demo");
        assert_eq!(code, Some(0), "{said}");
        said.lines().for_each(|line| self.keep(line));
    }

    /// The commands of a table, one for everything that somebody wants.
    fn row(&mut self, line: &str) {
        let Some(cell) = line.strip_prefix("| ").and_then(|row| row.split(" | ").nth(1)) else { return };
        for span in cell.split('`').skip(1).step_by(2).map(|span| span.replace("\\|", "|")) {
            if span.contains("sentrix-patrol") && span.contains(' ') {
                self.cron(&span);
            }
        }
    }

    /// A line of cron, or one without a time.
    fn cron(&mut self, line: &str) {
        let time =
            line.char_indices().take_while(|(_, letter)| matches!(letter, '0'..='9' | '*' | ' ')).count();
        self.line(&line[time..]);
    }

    /// A command that ends, one that does not, or one that is run elsewhere.
    fn line(&mut self, line: &str) {
        let line = line.split("  #").next().unwrap().trim();
        if let Some((name, file, test)) = ELSEWHERE.iter().find(|(name, ..)| *name == line) {
            let text = fs::read_to_string(root().join(file)).unwrap();
            assert!(text.contains(test), "{}: {line}: there is no {test:?} in {file}", self.name);
            self.used.push(name);
            return;
        }
        if line.starts_with("sqlite3") && Place::new().run("command -v sqlite3").0 != Some(0) {
            return skipped("sqlite3 is not installed: the backup of docs/operations.md is not tried");
        }
        let place = Place::new();
        if let Some((name, meanwhile, so)) = ENDLESS.iter().find(|(name, ..)| line.starts_with(name)) {
            place.run_until(line, meanwhile, so);
            self.used.push(name);
            return;
        }
        let (code, said) = place.run(line);
        let want = i32::from(line.contains("--exit-code"));
        assert_eq!(code, Some(want), "{}: {line}\n{said}", self.name);
    }

    fn compare(&self, before: &str) {
        let (before, now) = (without_times(before), without_times(&self.now));
        if before == now {
            return;
        }
        if std::env::var_os("SENTRIX_UPDATE").is_some() {
            fs::write(root().join(self.name), &self.now).unwrap();
            return;
        }
        let differs = before.lines().zip(now.lines()).find(|(before, now)| before != now);
        panic!("{}: it shows what does not come: {differs:#?}\nSENTRIX_UPDATE=1 writes it anew", self.name);
    }
}

#[test]
fn what_the_documents_say_happens() {
    let used = ["README.md", "docs/cookbook.md", "docs/operations.md"].map(Document::run).concat();
    for name in ELSEWHERE.iter().chain(&ENDLESS).map(|(name, ..)| name) {
        assert!(used.contains(name), "no document says {name:?} any more");
    }
}

/// `make pictures` takes them; what is in them that is text can be looked at here.
#[test]
fn the_pictures_are_there_small_and_without_secrets() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let mut bytes = 0;
    for entry in fs::read_dir(root().join("docs/pictures")).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        let shown = readme.lines().find(|line| line.contains(&format!("](docs/pictures/{name})")));
        let told = shown.and_then(|line| line.strip_prefix("![")).and_then(|line| line.split("](").next());
        assert!(
            told.is_some_and(|words| words.len() > 40),
            "{name} is not in the README, or nothing is said for who cannot see it"
        );
        let picture = fs::read(entry.path()).unwrap();
        bytes += picture.len();
        if name.ends_with(".svg") {
            let text = String::from_utf8(picture).unwrap();
            assert!(text.starts_with("<svg ") && !text.contains("<script"), "{name}");
            assert!(
                !text.contains("ghp_v") && text.split("?t=").skip(1).all(|rest| rest.starts_with('…')),
                "{name}"
            );
        }
    }
    assert_eq!(
        readme.matches("](docs/pictures/").count(),
        fs::read_dir(root().join("docs/pictures")).unwrap().count()
    );
    assert!(bytes < 400_000, "{bytes} bytes of pictures");
}
