//! `sentrix doctor`: every set-up that is broken in one way has that fault named, and its mend. No Docker is needed: an engine is played.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod programs;

use programs::PROGRAMS;
use std::fs::{self, Permissions};
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use tempfile::TempDir;

const TOOLS: [&str; 27] = [
    "awk", "basename", "cat", "cp", "cut", "dirname", "du", "env", "find", "grep", "head", "jq", "mkdir",
    "mktemp", "mv", "ps", "readlink", "rm", "sed", "sh", "sleep", "sort", "tail", "tr", "uname", "wc", "id",
];
/// What takes from root the right to pass over modes, so that they mean what they mean for everybody else.
const LIMITS: [&str; 2] =
    ["--inh-caps=-dac_override,-dac_read_search", "--bounding-set=-dac_override,-dac_read_search"];
const IMAGE: &str = "sentrix-openclaw:latest";

/// A set-up in which nothing is wrong: a record, a key, an engine that has the image, free ports, and a PATH of its own.
struct Place {
    dir: TempDir,
    environment: Vec<(String, String)>,
}

impl Place {
    fn new() -> Self {
        let mut place = Self { dir: tempfile::tempdir().unwrap(), environment: Vec::new() };
        for folder in ["bin", "tools", "scripts", "home", "tmp"] {
            fs::create_dir(place.path(folder)).unwrap();
        }
        for (name, path) in PROGRAMS {
            symlink(path, place.path("bin").join(name)).unwrap();
        }
        // A copy, so that no program of a checkout beside it is found.
        for script in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts")).unwrap() {
            let script = script.unwrap();
            if script.file_type().unwrap().is_file() {
                fs::copy(script.path(), place.path("scripts").join(script.file_name())).unwrap();
            }
        }
        for tool in TOOLS {
            symlink(found(tool), place.path("tools").join(tool)).unwrap();
        }
        place.tool("docker", "");
        place.tool("ss", "");
        place.tool("df", "echo head; echo /dev/x 9 9 90000000 1% /");
        place.engine(true);
        place.set("ANTHROPIC_API_KEY", "sk-test");
        place.record();
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn logs(&self, name: &str) -> PathBuf {
        self.path("agent_logs").join(name)
    }

    fn set(&mut self, name: &str, value: &str) {
        self.environment.retain(|(other, _)| other != name);
        self.environment.push((name.to_owned(), value.to_owned()));
    }

    fn unset(&mut self, name: &str) {
        self.environment.retain(|(other, _)| other != name);
    }

    fn write(&self, name: &str, text: &str, mode: u32) {
        fs::create_dir_all(self.path(name).parent().unwrap()).unwrap();
        fs::write(self.path(name), text).unwrap();
        self.mode(name, mode);
    }

    fn mode(&self, name: &str, mode: u32) {
        fs::set_permissions(self.path(name), Permissions::from_mode(mode)).unwrap();
    }

    fn remove(&self, name: &str) {
        fs::remove_file(self.path(name)).unwrap();
    }

    /// A program on PATH that does this.
    fn tool(&self, name: &str, script: &str) {
        self.write(&format!("tools/{name}"), &format!("#!/bin/sh\n{script}\n"), 0o755);
    }

    /// A session that was recorded, patrolled and investigated.
    fn record(&self) {
        let stream = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/demo/raw-stream.jsonl");
        for (program, args) in [
            ("sentrix-collect", vec!["--once", "--input", stream.to_str().unwrap()]),
            ("sentrix-patrol", vec!["--once", "--judge", "rules"]),
            ("sentrix-police", vec!["--judge", "offline"]),
        ] {
            let mut command = Command::new(self.path("bin").join(program));
            command.args(args).env_clear().env("SENTRIX_LOG_DIR", self.path("agent_logs"));
            assert!(command.output().unwrap().status.success(), "{program}");
        }
        self.mode("agent_logs", 0o700);
    }

    /// The newest log file.
    fn newest(&self) -> String {
        let names = fs::read_dir(self.path("agent_logs")).unwrap().map(|entry| entry.unwrap().file_name());
        let names = names.filter_map(|name| name.into_string().ok());
        names.filter(|name| name.starts_with("20") && name.ends_with(".json")).max().unwrap()
    }

    /// An engine that has no container, and the image or not.
    fn engine(&mut self, image: bool) {
        let socket = self.path(if image { "docker.sock" } else { "bare.sock" });
        let listener = UnixListener::bind(&socket).unwrap();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                thread::spawn(move || answer(&stream, image));
            }
        });
        self.set("DOCKER_HOST", &format!("unix://{}", socket.display()));
    }

    /// How doctor ends, and what it says.
    fn doctor(&self) -> (Option<i32>, String) {
        let mut command = if rustix::process::geteuid().is_root() {
            let mut command = Command::new(found("setpriv"));
            command.args(LIMITS).arg(self.path("scripts/sentrix"));
            command
        } else {
            Command::new(self.path("scripts/sentrix"))
        };
        command.arg("doctor").current_dir(self.dir.path()).env_clear().stdin(Stdio::null());
        command.env("PATH", self.path("tools")).env("SENTRIX_BIN", self.path("bin"));
        command.env("HOME", self.path("home")).env("TMPDIR", self.path("tmp"));
        let output = command.envs(self.environment.clone()).output().unwrap();
        assert_eq!(fs::read_dir(self.path("tmp")).unwrap().count(), 0, "it leaves nothing behind");
        let text = [output.stdout, output.stderr].concat();
        (output.status.code(), String::from_utf8(text).unwrap())
    }
}

/// Where a tool of this machine is.
fn found(tool: &str) -> String {
    let output = Command::new("sh").args(["-c", &format!("command -v {tool}")]).output().unwrap();
    assert!(output.status.success(), "{tool} is not installed");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// Answers as an engine does, as far as it is asked.
fn answer(stream: &UnixStream, image: bool) -> Option<()> {
    let mut read = BufReader::new(stream);
    loop {
        let mut request = String::new();
        read.read_line(&mut request).ok().filter(|length| *length > 0)?;
        let mut header = String::new();
        while header != "\r\n" {
            header.clear();
            read.read_line(&mut header).ok().filter(|length| *length > 0)?;
        }
        let path = request.split(' ').nth(1)?;
        let (status, body) = if path.ends_with("/version") {
            ("200 OK", r#"{"ApiVersion":"1.43","MinAPIVersion":"1.24","Version":"24.0"}"#)
        } else if path.ends_with("/info") {
            ("200 OK", r#"{"ID":"played","NCPU":2}"#)
        } else if path.contains("/containers/json") {
            ("200 OK", "[]")
        } else if path.contains("/images/") && image {
            ("200 OK", r#"{"Id":"sha256:0"}"#)
        } else {
            ("404 Not Found", r#"{"message":"no such thing"}"#)
        };
        let length = body.len();
        let head = format!(
            "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
        );
        let mut out = stream;
        out.write_all(head.as_bytes()).and_then(|()| out.write_all(body.as_bytes())).ok()?;
    }
}

/// Breaks a set-up, and sees that this fault alone is named, with its mend below it.
#[track_caller]
fn finds(fault: &str, mend: &str, break_it: impl FnOnce(&mut Place)) {
    let mut place = Place::new();
    break_it(&mut place);
    let (code, said) = place.doctor();
    let faults = said.lines().filter(|line| line.starts_with("missing ") || line.starts_with("wrong "));
    assert_eq!(faults.count(), 1, "{fault}:\n{said}");
    let mut below = said.lines().skip_while(|line| !line.contains(fault));
    assert!(below.next().is_some(), "{fault}:\n{said}");
    assert!(
        below.next().is_some_and(|line| line.starts_with("         ") && line.contains(mend)),
        "{mend}:\n{said}"
    );
    assert!(said.contains("one fault"), "{said}");
    assert_eq!(code, Some(4), "{said}");
    assert!(!said.contains("sk-"), "{said}");
}

#[test]
fn where_nothing_is_wrong_nothing_is_found() {
    let (code, said) = Place::new().doctor();
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("nothing is missing") && !said.contains("wrong "), "{said}");
    for seen in [
        "the Docker engine answers",
        IMAGE,
        "ANTHROPIC_API_KEY is set",
        "the record is as it was recorded",
        "patrol_state.db can be used",
        "police.db can be used",
        "87890 MB are free",
    ] {
        assert!(said.contains(seen), "{seen}:\n{said}");
    }
}

#[test]
fn a_program_that_is_not_there() {
    finds("sentrix-patrol", "scripts/install.sh", |place| place.remove("bin/sentrix-patrol"));
    finds("missing  ps", "apt-get install procps", |place| place.remove("tools/ps"));
    finds("missing  jq", "apt-get install jq", |place| place.remove("tools/jq"));
}

#[test]
fn no_docker_at_all() {
    finds("missing  Docker", "apt-get install docker.io", |place| {
        place.remove("tools/docker");
        place.unset("DOCKER_HOST");
        place.remove("bin/sentrix-box");
        let line = "sentrix: error: the Docker engine does not answer at /var/run/docker.sock: No such file; start it";
        place.write("bin/sentrix-box", &format!("#!/bin/sh\necho '{line}' >&2\nexit 4\n"), 0o755);
    });
}

#[test]
fn an_engine_that_does_not_answer() {
    finds("does not answer at", "systemctl start docker", |place| {
        let socket = place.path("stopped.sock");
        // Its file stays, and nobody listens.
        drop(UnixListener::bind(&socket).unwrap());
        place.set("DOCKER_HOST", &format!("unix://{}", socket.display()));
    });
}

#[test]
fn an_engine_that_is_not_for_this_user() {
    finds("is not for this user", "usermod -aG docker", |place| place.mode("docker.sock", 0o000));
}

#[test]
fn an_engine_in_a_place_that_is_not_spoken_to() {
    finds("only unix:// sockets", "set DOCKER_HOST", |place| place.set("DOCKER_HOST", "tcp://10.0.0.1:2375"));
}

#[test]
fn an_image_that_is_not_built() {
    finds("missing  the image", "sentrix build", |place| place.engine(false));
}

#[test]
fn a_key_that_is_not_there_or_is_more_than_a_key() {
    finds("missing  a key for a model", "ANTHROPIC_API_KEY", |place| place.unset("ANTHROPIC_API_KEY"));
    finds("ANTHROPIC_API_KEY holds a blank", "set it again", |place| {
        place.set("ANTHROPIC_API_KEY", "sk-test\r");
    });
}

#[test]
fn a_file_of_keys_that_cannot_be_read_or_that_others_can_read() {
    finds("cannot read .env", "chmod 600 .env", |place| place.write(".env", "OPENAI_API_KEY=sk-x\n", 0o000));
    finds(".env can be read by others", "chmod 600 .env", |place| {
        place.write(".env", "OPENAI_API_KEY=sk-x\n", 0o644);
    });
    finds(".env line 2", "fix the line", |place| {
        place.write(".env", "OPENAI_API_KEY=sk-x\nsk-on-a-line-of-its-own\n", 0o600);
    });
    let answers = "home/.config/sentrix/setup.json";
    finds("setup.json can be read by others", "chmod 600", |place| place.write(answers, "{}", 0o640));
    finds("setup.json, which keeps the answers", "sentrix setup", |place| place.write(answers, "{}", 0o000));
}

#[test]
fn a_port_that_is_taken() {
    finds("port 8766: another program", "SENTRIX_BRIDGE_PORT", |place| {
        place.tool("ss", "case $* in *:8766) echo LISTEN ;; esac");
    });
    // Where there is no ss, the system's own table is read.
    let held = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = held.local_addr().unwrap().port();
    let mut place = Place::new();
    place.remove("tools/ss");
    place.set("SENTRIX_BRIDGE_PORT", &port.to_string());
    let (code, said) = place.doctor();
    assert_eq!(code, Some(4), "{said}");
    assert!(said.contains(&format!("port {port}: another program")), "{said}");
}

#[test]
fn a_log_directory_that_will_not_do() {
    finds("agent_logs cannot be written", "--dir", |place| place.mode("agent_logs", 0o500));
    finds("agent_logs cannot be read", "--dir", |place| place.mode("agent_logs", 0o300));
    finds("agent_logs can be read by others", "chmod 700", |place| place.mode("agent_logs", 0o755));
    finds("is not a directory", "--dir", |place| {
        place.write("file", "", 0o600);
        let file = place.path("file");
        place.set("SENTRIX_LOG_DIR", file.to_str().unwrap());
    });
    finds("cannot be made", "--dir", |place| {
        fs::create_dir(place.path("closed")).unwrap();
        place.mode("closed", 0o500);
        let inside = place.path("closed/logs");
        place.set("SENTRIX_LOG_DIR", inside.to_str().unwrap());
    });
}

#[test]
fn a_disk_that_is_nearly_full() {
    finds("97 MB are free here, and 488 MB should be", "make room", |place| {
        place.tool("df", "echo head; echo /dev/x 9 9 100000 99% /");
    });
}

#[test]
fn what_is_left_of_a_run_that_was_killed() {
    finds(".sentrix_sandbox_id names a sandbox that is gone", "sentrix stop", |place| {
        place.write("agent_logs/.sentrix_sandbox_id", "0123456789abcdef", 0o600);
    });
    finds(".sentrix_run is of a run that was killed", "sentrix stop", |place| {
        place.write("agent_logs/.sentrix_run", "run 4194305\ndir /tmp/x\n", 0o600);
    });
}

#[test]
fn the_page_on_operations_shows_what_it_says() {
    let place = Place::new();
    place.write("agent_logs/.sentrix_run", "run 4194305\ndir /tmp/x\n", 0o600);
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/operations.md")).unwrap();
    let shown = page.split("```text\n").nth(1).unwrap().split("```").next().unwrap();
    let (_, said) = place.doctor();
    assert!(said.contains(shown), "{shown}\n{said}");
}

#[test]
fn a_sandbox_that_runs_is_no_fault() {
    let place = Place::new();
    place.remove("bin/sentrix-box");
    place.write(
        "bin/sentrix-box",
        "#!/bin/sh\n[ $1 != status ] || echo '{\"id\":\"0123456789abcdef\"}'\n",
        0o755,
    );
    place.write("agent_logs/.sentrix_sandbox_id", "0123456789abcdef", 0o600);
    let (code, said) = place.doctor();
    assert_eq!(code, Some(0), "{said}");
}

#[test]
fn a_database_that_is_damaged() {
    for (name, mend) in [("patrol_state.db", "reviews the record anew"), ("police.db", "reports too")] {
        finds(name, mend, |place| {
            for other in ["-wal", "-shm"] {
                let _none = fs::remove_file(place.logs(&format!("{name}{other}")));
            }
            fs::write(place.logs(name), [7; 8192]).unwrap();
        });
    }
}

#[test]
fn a_record_that_is_torn_or_changed() {
    finds("an event without its end", "sentrix verify", |place| {
        fs::write(place.logs("20990101T000000.json"), "[\n  {\"ts\":1}\n,\n  {\"ts\":2,\"ev").unwrap();
    });
    finds("not as it was recorded", "look who could write there", |place| {
        let path = place.logs(&place.newest());
        let text = fs::read_to_string(&path).unwrap();
        fs::write(path, text.replacen("assistant", "assistanT", 1)).unwrap();
    });
}
