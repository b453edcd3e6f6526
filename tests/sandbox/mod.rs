//! What the tests of sentrix-box share: a tiny image, a sandbox that is gone when the test ends, and the docker command as the second opinion.

#![allow(dead_code, reason = "each test file uses its part of this")]

use serde_json::{Value, json};
use std::fs::{self, OpenOptions};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::Write;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};
use tempfile::TempDir;

const ENTRY: &str = include_str!("entry.sh");
const RELAY: &str = include_str!("relay.sh");
const APPLETS: [&str; 28] = [
    "awk",
    "cat",
    "chmod",
    "cut",
    "dd",
    "df",
    "du",
    "echo",
    "env",
    "false",
    "grep",
    "httpd",
    "id",
    "ip",
    "ln",
    "ls",
    "mkdir",
    "nc",
    "sed",
    "sh",
    "sha256sum",
    "sleep",
    "tail",
    "test",
    "touch",
    "true",
    "wc",
    "wget",
];

/// A place for one sandbox, which is cleared when the test ends, however it ends.
pub struct Place {
    pub dir: TempDir,
    pub name: String,
    image: String,
}

impl Place {
    /// Nothing, after saying so, where there is no Docker or nothing to make an image of.
    pub fn new(test: &str) -> Option<Self> {
        static COUNTER: AtomicU32 = AtomicU32::new(0);
        static IMAGE: OnceLock<Result<String, String>> = OnceLock::new();
        match IMAGE.get_or_init(image) {
            Ok(image) => {
                let number = COUNTER.fetch_add(1, Ordering::Relaxed);
                let name = format!("sentrix-test-{}-{number}", std::process::id());
                Some(Self { dir: tempfile::tempdir().unwrap(), name, image: image.clone() })
            }
            Err(why) => {
                skipped(test, why);
                None
            }
        }
    }

    pub fn image(&self) -> &str {
        &self.image
    }

    pub fn logs(&self) -> PathBuf {
        // A colon and a space: what a mount must stand.
        self.dir.path().join("logs a:b").join("agent_logs")
    }

    /// The program, with this place's directories and nothing else of the caller's surroundings.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = bare(args);
        fs::create_dir_all(self.logs().parent().unwrap()).unwrap();
        command.env("SENTRIX_LOG_DIR", self.logs()).env("SENTRIX_STATE_DIR", self.dir.path().join("state"));
        command.env("SENTRIX_IMAGE", &self.image);
        command
    }

    pub fn run(&self, args: &[&str]) -> Ended {
        ended(self.command(args).output().unwrap())
    }

    /// `up`, with a name of the test's own and a short patience.
    pub fn up(&self, args: &[&str]) -> Ended {
        self.run(&self.up_args(args))
    }

    pub fn up_args<'a>(&'a self, args: &[&'a str]) -> Vec<&'a str> {
        let mut all = vec!["up", "--name", &self.name];
        for default in [["--memory", "256"], ["--stop-timeout", "20"], ["--ready-timeout", "60"]] {
            if !args.contains(&default[0]) {
                all.extend(default);
            }
        }
        all.extend(args);
        all
    }

    /// What Docker says of the container, through its own command.
    pub fn inspect(&self) -> Value {
        let text = docker(&["inspect", &self.name]).exits(0).stdout;
        serde_json::from_slice::<Value>(&text).unwrap()[0].take()
    }

    /// What Docker has of this sandbox: containers, networks, volumes.
    pub fn belongings(&self) -> Vec<String> {
        let filter = format!("label=sentrix.box={}", self.name);
        let mut found = Vec::new();
        for list in [&["ps", "-aq"][..], &["network", "ls", "-q"], &["volume", "ls", "-q"]] {
            let mut args = list.to_vec();
            args.extend(["--filter", &filter]);
            found
                .extend(String::from_utf8(docker(&args).exits(0).stdout).unwrap().lines().map(str::to_owned));
        }
        found
    }

    /// Sees that nothing is left but the record.
    #[track_caller]
    pub fn is_clear(&self) {
        assert_eq!(self.belongings(), [""; 0]);
        assert!(!self.logs().join(".sentrix_sandbox_id").exists());
        assert!(!self.dir.path().join("state/boxes").join(&self.name).exists());
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let filter = format!("label=sentrix.box={}", self.name);
        for (list, remove) in [
            (&["ps", "-aq"][..], &["rm", "-f"][..]),
            (&["network", "ls", "-q"], &["network", "rm"]),
            (&["volume", "ls", "-q"], &["volume", "rm"]),
        ] {
            let mut args = list.to_vec();
            args.extend(["--filter", &filter]);
            for id in String::from_utf8_lossy(&docker(&args).stdout).lines() {
                let mut args = remove.to_vec();
                args.push(id);
                docker(&args);
            }
        }
    }
}

/// A program that has ended.
#[derive(Debug)]
pub struct Ended {
    pub code: Option<i32>,
    pub stdout: Vec<u8>,
    pub stderr: String,
}

impl Ended {
    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "standard error:\n{}", self.stderr);
        self
    }

    /// Sees that standard error is one line which says all of this.
    #[track_caller]
    pub fn says(self, words: &[&str]) -> Self {
        let errors: Vec<_> = self.stderr.lines().filter(|line| line.contains("error: ")).collect();
        assert_eq!(errors.len(), 1, "{}", self.stderr);
        for word in words {
            assert!(errors[0].contains(word), "{word:?} is not in: {}", errors[0]);
        }
        self
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.stdout).unwrap()
    }

    pub fn text(&self) -> String {
        String::from_utf8(self.stdout.clone()).unwrap()
    }
}

/// The program with an empty environment, but for where the engine is.
pub fn bare(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sentrix-box"));
    command.env_clear().stdin(Stdio::null()).args(args);
    if let Some(host) = std::env::var_os("DOCKER_HOST") {
        command.env("DOCKER_HOST", host);
    }
    command
}

pub fn ended(output: Output) -> Ended {
    Ended {
        code: output.status.code(),
        stdout: output.stdout,
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

pub fn docker(args: &[&str]) -> Ended {
    ended(Command::new("docker").args(args).stdin(Stdio::null()).output().unwrap())
}

/// Says which test could not be tried, where it is read at the end of a test run.
#[allow(clippy::print_stderr, reason = "a test that did not run says so")]
pub fn skipped(test: &str, why: &str) {
    let line = format!("SKIPPED: {test}: {why}\n");
    eprint!("{line}");
    if let Some(path) = std::env::var_os("SENTRIX_SKIPPED_LOG") {
        OpenOptions::new().append(true).create(true).open(path).unwrap().write_all(line.as_bytes()).unwrap();
    }
}

/// An image of a static busybox and the two scripts: no registry, no OpenClaw.
fn image() -> Result<String, String> {
    let answers = Command::new("docker").arg("info").stdout(Stdio::null()).stderr(Stdio::null()).status();
    if !answers.is_ok_and(|status| status.success()) {
        return Err("no Docker engine answers (on Debian: docker.io)".to_owned());
    }
    let busybox = ["/bin/busybox", "/usr/bin/busybox"].into_iter().map(Path::new).find(|path| path.exists());
    let busybox = busybox.ok_or("no static busybox (on Debian: busybox-static)")?;
    let mut hasher = DefaultHasher::new();
    (ENTRY, RELAY, APPLETS, fs::read(busybox).unwrap()).hash(&mut hasher);
    let tag = format!("sentrix-test-box:{:016x}", hasher.finish());
    if docker(&["image", "inspect", &tag]).code == Some(0) {
        return Ok(tag);
    }
    let root = tempfile::tempdir().unwrap();
    fill(root.path(), busybox);
    let mut archive = Command::new("tar")
        .args(["--create", "--owner=0", "--group=0", "--numeric-owner", "-C"])
        .arg(root.path())
        .arg(".")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let imported = Command::new("docker")
        .args(["import", "--change", r#"ENTRYPOINT ["/entry"]"#, "--change", "ENV PATH=/bin", "-", &tag])
        .stdin(archive.stdout.take().unwrap())
        .output()
        .unwrap();
    assert!(archive.wait().unwrap().success());
    ended(imported).exits(0);
    docker(&["run", "--rm", "--network", "none", "--entrypoint", "/bin/true", &tag])
        .code
        .filter(|code| *code == 0)
        .map(|_| tag)
        .ok_or_else(|| "the busybox here is not static (on Debian: busybox-static)".to_owned())
}

fn fill(root: &Path, busybox: &Path) {
    let dirs = [
        "bin",
        "usr/local/bin",
        "www",
        "tmp",
        "home/oc",
        "run/oc",
        "run/tap",
        "run/secrets-in",
        "state",
        "capture",
    ];
    dirs.iter().for_each(|dir| fs::create_dir_all(root.join(dir)).unwrap());
    fs::copy(busybox, root.join("bin/busybox")).unwrap();
    APPLETS.iter().for_each(|applet| symlink("busybox", root.join("bin").join(applet)).unwrap());
    for (path, content, mode) in [
        ("entry", ENTRY, 0o755),
        ("usr/local/bin/sentrix-relay", RELAY, 0o755),
        ("www/readyz", "{\"ready\":true}", 0o644),
    ] {
        fs::write(root.join(path), content).unwrap();
        fs::set_permissions(root.join(path), fs::Permissions::from_mode(mode)).unwrap();
    }
    fs::set_permissions(root.join("tmp"), fs::Permissions::from_mode(0o1777)).unwrap();
}

/// The sandbox's line in the list.
pub fn row(place: &Place) -> Value {
    let listed = place.run(&["status", "--json"]).exits(0).text();
    let mut rows = listed.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    rows.find(|row| row["name"] == json!(place.name)).unwrap()
}

/// Runs a program with bytes on its standard input.
pub fn feed(mut command: Command, bytes: &[u8]) -> Ended {
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let (mut stdin, bytes) = (child.stdin.take().unwrap(), bytes.to_vec());
    let writer = std::thread::spawn(move || {
        let _not_wanted = stdin.write_all(&bytes);
    });
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    ended(output)
}

pub fn kill(pid: u32, signal: &str) {
    assert!(Command::new("kill").args(["-s", signal, &pid.to_string()]).status().unwrap().success());
}

/// Waits for something that will come; it is an error if it does not for a long time.
#[track_caller]
pub fn wait_until(mut condition: impl FnMut() -> bool) {
    let patience = Instant::now() + Duration::from_secs(60);
    while !condition() {
        assert!(Instant::now() < patience, "it did not come");
        std::thread::sleep(Duration::from_millis(20));
    }
}
