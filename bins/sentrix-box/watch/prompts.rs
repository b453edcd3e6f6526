//! The files that go into every prompt: followed by a loop inside, written down outside.

use super::changes::{Change, Changes, FILES};
use crate::capped::Capped;
use crate::failure;
use sentrix_cli::{Failure, note, warn};
use sentrix_sandbox::{Command, Engine, Sandbox, Streams};
use serde_json::json;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::thread;
use std::time::{Duration, SystemTime};

/// The record of changes, beside the log files.
pub const RECORD: &str = "workspace_changes.jsonl";
/// The gateway's user, whose files they are.
const USER: &str = "10001:10001";
const WORKSPACE: &str = "/state/workspace";
const AGAIN: Duration = Duration::from_secs(2);

/// Follows them as long as this process lives; the size of the state, in kilobytes, goes into `size`.
pub fn follow(sandbox: &Sandbox, size: Arc<AtomicU64>) -> Result<(), Failure> {
    let path = sandbox.spec.log_dir.join(RECORD);
    let open = |path: &PathBuf| OpenOptions::new().append(true).create(true).mode(0o600).open(path);
    let record = open(&path)
        .map_err(|error| Failure::environment(format!("cannot write {}", path.display())).because(error))?;
    let sandbox = sandbox.clone();
    thread::Builder::new()
        .name("prompts".to_owned())
        .spawn(move || Follower { sandbox, record, path }.run(size))
        .map(drop)
        .map_err(|error| Failure::environment("cannot start a thread").because(error))
}

struct Follower {
    sandbox: Sandbox,
    record: File,
    path: PathBuf,
}

impl Follower {
    /// The loop is started again when it ends: with its container, or because somebody inside ended it.
    fn run(mut self, size: Arc<AtomicU64>) {
        let id = self.sandbox.id.clone();
        let command = Command { user: USER, words: script(), limit: None };
        let mut changes = Changes::new(size, |name: &'static str, change, hash: Option<&str>| {
            self.write(name, change, hash);
        });
        loop {
            if let Ok(engine) = failure::engine() {
                let mut said = Capped::default();
                let streams = Streams { input: None, output: &mut changes, error: &mut said };
                let _ended = engine.exec(&id, &command, streams);
                changes.restart();
            }
            thread::sleep(AGAIN);
        }
    }

    fn write(&mut self, name: &str, change: Change, hash: Option<&str>) {
        let now = SystemTime::now();
        let content = hash.and_then(|_| self.content(name));
        let event = json!({
            "event": "workspace_change",
            "ts": sentrix_record::epoch_millis(now),
            "timestamp": sentrix_record::rfc3339(now),
            "sandbox": self.sandbox.spec.name,
            "file": name,
            "change": change.word(),
            "sha256": hash,
            "content": content,
        });
        let line = format!("{event}\n");
        match self.record.write_all(line.as_bytes()) {
            Ok(()) if change == Change::Found => {}
            Ok(()) => note(format!(
                "{name}, which goes into every prompt, was {}: {RECORD} says how",
                change.word()
            )),
            Err(error) => warn(format!(
                "{name} was {}, and that cannot be written to {}: {error}",
                change.word(),
                self.path.display()
            )),
        }
    }

    /// What it says now, as far as it is not too long to be kept.
    fn content(&self, name: &str) -> Option<String> {
        let engine: Engine = failure::engine().ok()?;
        let words = vec!["cat".to_owned(), format!("{WORKSPACE}/{name}")];
        let command = Command { user: USER, words, limit: Some(Duration::from_secs(10)) };
        let (mut output, mut error) = (Capped::default(), Capped::default());
        engine
            .exec(&self.sandbox.id, &command, Streams { input: None, output: &mut output, error: &mut error })
            .ok()?;
        Some(String::from_utf8_lossy(&output.bytes).into_owned())
    }
}

/// One process inside instead of one every two seconds.
fn script() -> Vec<String> {
    let files = FILES.join(" ");
    let body = format!(
        "last=; n=0; while :; do now=$(cd {WORKSPACE} 2>/dev/null && sha256sum {files} 2>/dev/null); \
         [ \"$now\" = \"$last\" ] || {{ last=$now; printf '%s\\n.\\n' \"$now\"; }}; \
         [ $((n % 5)) != 0 ] || du -sk /state 2>/dev/null | sed 's/^\\([0-9]*\\).*/=\\1/'; n=$((n + 1)); sleep 2; done"
    );
    ["sh", "-c", &body].map(str::to_owned).to_vec()
}
