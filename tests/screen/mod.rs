//! A terminal that a test can type into and look at: tmux, with a server of its own.

#![allow(dead_code, reason = "each test file uses its part of this")]

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// So long that only a program that hangs reaches it.
const PATIENCE: Duration = Duration::from_secs(60);

/// A terminal, which is gone when the test ends.
pub struct Screen {
    socket: String,
    code: PathBuf,
    /// How often each question was waited for.
    seen: RefCell<BTreeMap<String, usize>>,
}

/// Whether there is a tmux; if not, says which test could not be tried.
#[allow(clippy::print_stderr, reason = "a test that did not run says so")]
pub fn there_is_tmux(test: &str) -> bool {
    if Command::new("tmux").arg("-V").stdout(Stdio::null()).status().is_ok_and(|status| status.success()) {
        return true;
    }
    let line = format!("SKIPPED: {test}: no tmux (on Debian: tmux)\n");
    eprint!("{line}");
    if let Some(path) = std::env::var_os("SENTRIX_SKIPPED_LOG") {
        OpenOptions::new().append(true).create(true).open(path).unwrap().write_all(line.as_bytes()).unwrap();
    }
    false
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

impl Screen {
    /// Runs a command line of the shell with these variables and no others.
    pub fn run(size: (u16, u16), dir: &Path, environment: &[(String, String)], line: &str) -> Self {
        static COUNTER: AtomicU32 = AtomicU32::new(0);
        let socket =
            format!("sentrix-test-{}-{}", std::process::id(), COUNTER.fetch_add(1, Ordering::Relaxed));
        let code = dir.join(format!("{socket}.code"));
        let variables: Vec<String> =
            environment.iter().map(|(name, value)| quoted(&format!("{name}={value}"))).collect();
        let whole = format!(
            "cd {}; env -i TERM=xterm PATH=\"$PATH\" {} sh -c {}; echo $? > {}; sleep 1000",
            quoted(dir.to_str().unwrap()),
            variables.join(" "),
            quoted(line),
            quoted(code.to_str().unwrap()),
        );
        let screen = Self { socket, code, seen: RefCell::default() };
        let (width, height) = (size.0.to_string(), size.1.to_string());
        screen.tmux(&["-f", "/dev/null", "new-session", "-d", "-x", &width, "-y", &height, &whole]);
        screen
    }

    fn tmux(&self, args: &[&str]) -> String {
        let output = Command::new("tmux").args(["-L", &self.socket]).args(args).output().unwrap();
        assert!(output.status.success(), "tmux {args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// What can be seen; lines that were too long are whole again.
    pub fn text(&self) -> String {
        self.tmux(&["capture-pane", "-p", "-J"])
    }

    /// Waits until this is to be seen.
    #[track_caller]
    pub fn wait_for(&self, text: &str) -> &Self {
        let start = Instant::now();
        while !self.text().contains(text) {
            assert!(start.elapsed() < PATIENCE, "waited in vain for {text:?}:\n{}", self.text());
            std::thread::sleep(Duration::from_millis(10));
        }
        self
    }

    /// Waits until a question stands: as often as it was waited for, it must have been asked.
    #[track_caller]
    pub fn question(&self, title: &str) -> &Self {
        let (open, answered) = (format!("? {title}"), format!("> {title}"));
        let mut seen = self.seen.borrow_mut();
        let times = seen.entry(title.to_owned()).or_default();
        *times += 1;
        let start = Instant::now();
        loop {
            let text = self.tmux(&["capture-pane", "-p", "-J", "-S", "-1000"]);
            let asked = text.lines().filter(|line| line.starts_with(&open) || line.starts_with(&answered));
            let last = text.lines().rev().find(|line| line.starts_with("? "));
            let stands = last.is_some_and(|line| line.starts_with(&open) && !line.contains("<canceled>"));
            if stands && asked.count() >= *times {
                return self;
            }
            assert!(start.elapsed() < PATIENCE, "waited in vain for {title:?}:\n{text}");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Presses keys, by tmux's names.
    pub fn keys(&self, keys: &[&str]) -> &Self {
        self.tmux(&[&["send-keys"][..], keys].concat());
        self
    }

    /// Types a text as it is.
    pub fn typed(&self, text: &str) -> &Self {
        self.tmux(&["send-keys", "-l", text]);
        self
    }

    /// Pastes a text, line ends among it, as a terminal does.
    pub fn paste(&self, text: &str) -> &Self {
        self.tmux(&["set-buffer", "--", text]);
        self.tmux(&["paste-buffer", "-r"]);
        self
    }

    /// Chooses the one that is so many below the one that is offered.
    pub fn choose(&self, down: usize) -> &Self {
        let mut keys = vec!["Down"; down];
        keys.push("Enter");
        self.keys(&keys)
    }

    /// Waits for the end and gives the exit code.
    #[track_caller]
    pub fn end(&self) -> i32 {
        let start = Instant::now();
        loop {
            let code = std::fs::read_to_string(&self.code).unwrap_or_default();
            if code.ends_with('\n') {
                return code.trim().parse().unwrap();
            }
            assert!(start.elapsed() < PATIENCE, "it does not end:\n{}", self.text());
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        let _gone = Command::new("tmux").args(["-L", &self.socket, "kill-server"]).output();
    }
}
