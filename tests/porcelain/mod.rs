//! scripts/sentrix with stand-ins for the programs that it starts.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

const PROGRAMS: [&str; 6] =
    ["sentrix-box", "sentrix-collect", "sentrix-sync", "sentrix-patrol", "sentrix-police", "sentrix-bridge"];

/// A directory to work in, with a space in its name.
pub struct Place {
    dir: TempDir,
}

impl Place {
    pub fn new() -> Self {
        let place = Self { dir: tempfile::Builder::new().prefix("sentrix ü ").tempdir().unwrap() };
        for folder in ["bin", "stub", "tmp"] {
            fs::create_dir(place.path(folder)).unwrap();
        }
        let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/porcelain/program.sh");
        for name in PROGRAMS {
            std::os::unix::fs::symlink(&program, place.path("bin").join(name)).unwrap();
        }
        place
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub fn logs(&self) -> PathBuf {
        self.path("agent_logs")
    }

    /// Makes the stand-ins behave in this way.
    pub fn set(&self, what: &str) {
        fs::write(self.path("stub").join(what), "").unwrap();
    }

    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/sentrix"));
        command.args(args).current_dir(self.dir.path()).env_clear().stdin(Stdio::null());
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("SENTRIX_BIN", self.path("bin")).env("STUB_DIR", self.path("stub"));
        command.env("TMPDIR", self.path("tmp")).env("SENTRIX_LOG_DIR", "./agent_logs");
        command
    }

    pub fn output(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    /// A run in the background; its words go to files.
    pub fn run(&self, args: &[&str]) -> Run<'_> {
        let file = |name: &str| fs::File::create(self.path(name)).unwrap();
        let mut all = vec!["run"];
        all.extend(args);
        let child = self.command(&all).stdout(file("out")).stderr(file("err")).spawn().unwrap();
        Run { place: self, child }
    }

    pub fn calls(&self) -> String {
        fs::read_to_string(self.path("stub/calls")).unwrap_or_default()
    }

    /// What a stand-in had in its environment when it was last started.
    pub fn environment(&self, program: &str) -> String {
        fs::read_to_string(self.path("stub").join(format!("{program}.env"))).unwrap()
    }

    pub fn words(&self) -> String {
        ["out", "err"].map(|name| fs::read_to_string(self.path(name)).unwrap_or_default()).concat()
    }

    /// Sees that nothing is left: no process, no working directory, no note.
    #[track_caller]
    pub fn is_clear(&self) {
        let rows = Command::new("ps").args(["-eo", "args"]).output().unwrap().stdout;
        let rows = String::from_utf8_lossy(&rows).into_owned();
        let dir = self.dir.path().to_str().unwrap();
        let left: Vec<&str> = rows.lines().filter(|row| row.contains(dir)).collect();
        assert!(left.is_empty(), "{left:?}");
        assert_eq!(fs::read_dir(self.path("tmp")).unwrap().count(), 0);
        for note in [".sentrix_run", ".sentrix_sandbox_id"] {
            assert!(!self.logs().join(note).exists(), "{note}");
        }
    }
}

/// A run that goes on.
pub struct Run<'a> {
    place: &'a Place,
    pub child: Child,
}

impl Run<'_> {
    #[track_caller]
    pub fn waits_for(&mut self, what: impl Fn(&Place) -> bool) {
        self.until("come", |run| {
            let there = what(run.place);
            assert!(there || run.child.try_wait().unwrap().is_none(), "it ended:\n{}", run.place.words());
            there.then_some(())
        });
    }

    /// Asks until there is something, but not for ever.
    #[track_caller]
    fn until<T>(&mut self, what: &str, mut ask: impl FnMut(&mut Self) -> Option<T>) -> T {
        let patience = Instant::now() + Duration::from_secs(120);
        loop {
            if let Some(there) = ask(self) {
                return there;
            }
            assert!(Instant::now() < patience, "it did not {what}:\n{}", self.place.words());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    pub fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-s", name, &pid]).status().unwrap().success());
    }

    #[track_caller]
    pub fn exits(mut self, code: i32) {
        let ended = self.until("end", |run| run.child.try_wait().unwrap());
        assert_eq!(ended.code(), Some(code), "{}", self.place.words());
    }
}
