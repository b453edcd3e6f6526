//! How the sandbox is, as sentrix-box sees it. Asked on a thread of its own: an engine that hangs keeps nobody waiting.

use crate::child;
use serde_json::{Value, json};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// How long it is waited for: an engine that hangs never answers.
const LONGEST: Duration = Duration::from_secs(20);
/// How old an answer may be.
const FRESH: Duration = Duration::from_secs(5);

/// How the sandbox of a log directory is.
#[derive(Debug)]
pub struct Sandbox {
    program: OsString,
    log_dir: PathBuf,
    known: Arc<Mutex<Known>>,
}

#[derive(Debug)]
struct Known {
    asking: bool,
    at: Option<Instant>,
    row: Result<Option<Value>, String>,
}

impl Sandbox {
    /// Not asked yet.
    pub fn new(program: OsString, log_dir: &Path) -> Self {
        let known = Known { asking: false, at: None, row: Ok(None) };
        Self { program, log_dir: log_dir.to_owned(), known: Arc::new(Mutex::new(known)) }
    }

    /// As of the last answer, for a `status` message; asks again if that is old.
    pub fn part(&self, now: Instant) -> Value {
        let id = std::fs::read_to_string(self.log_dir.join(".sentrix_sandbox_id")).unwrap_or_default();
        let id: String = id.trim().chars().filter(char::is_ascii_alphanumeric).take(64).collect();
        if id.is_empty() {
            let detail = format!("no sandbox records into {}", self.log_dir.display());
            return json!({"state": "off", "detail": detail, "fix": "sentrix run", "id": ""});
        }
        self.refresh(now);
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let mut part = match &known.row {
            Ok(Some(row)) => describe(row),
            Ok(None) if known.at.is_none() => {
                json!({"state": "wait", "detail": "asking sentrix-box", "fix": null})
            }
            Ok(None) => {
                json!({"state": "fault", "detail": "the sandbox that recorded here is gone", "fix": "sentrix run"})
            }
            Err(why) => json!({"state": "fault", "detail": why, "fix": "sentrix-box status"}),
        };
        part["id"] = id.into();
        part
    }

    fn refresh(&self, now: Instant) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = known.at.is_some_and(|at| now.saturating_duration_since(at) < FRESH);
        if fresh || known.asking {
            return;
        }
        let (program, log_dir) = (self.program.clone(), self.log_dir.clone());
        let answer = Arc::clone(&self.known);
        let started =
            thread::Builder::new().name("sandbox".to_owned()).stack_size(256 << 10).spawn(move || {
                let row = ask(&program, &log_dir);
                let mut known = answer.lock().unwrap_or_else(PoisonError::into_inner);
                *known = Known { asking: false, at: Some(Instant::now()), row };
            });
        known.asking = started.is_ok();
    }
}

/// The row that sentrix-box prints for the sandbox of a log directory.
pub fn ask(program: &std::ffi::OsStr, log_dir: &Path) -> Result<Option<Value>, String> {
    let output = child::output(Command::new(program).args(["status", "--json"]), LONGEST)
        .map_err(|error| format!("cannot run {}: {error}", program.display()))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        let line = said.lines().last().unwrap_or("it did not say why");
        return Err(line.strip_prefix("sentrix: error: ").unwrap_or(line).to_owned());
    }
    let wanted = log_dir.canonicalize().unwrap_or_else(|_| log_dir.to_owned());
    let rows = output.stdout.split(|byte| *byte == b'\n');
    let mut rows = rows.filter_map(|line| serde_json::from_slice::<Value>(line).ok());
    Ok(rows.find(|row| row["log_dir"].as_str().is_some_and(|dir| Path::new(dir) == wanted)))
}

fn describe(row: &Value) -> Value {
    let text = |name: &str| row[name].as_str().unwrap_or_default();
    let status = text("status");
    let name = text("name");
    let why = if text("why").is_empty() { String::new() } else { format!(": {}", text("why")) };
    let (state, detail, fix) = match status {
        _ if row["quarantined"] == true => {
            ("wait", format!("{name} is in quarantine"), Some("sentrix-box quarantine --undo"))
        }
        _ if row["expired"] == true => {
            ("wait", format!("the time of {name} is over"), Some("sentrix-box reap"))
        }
        "running" => ("ok", format!("{name} is running"), None),
        "paused" => ("wait", format!("{name} is paused"), Some("sentrix-box resume")),
        _ => ("fault", format!("{name} is {status}{why}"), Some("sentrix run")),
    };
    json!({
        "state": state, "detail": detail, "fix": fix, "name": name, "status": status, "image": row["image"],
        "network": row["network"], "started_at": row["started_at"], "deadline": row["deadline"],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_state_has_the_command_that_mends_it() {
        let row =
            |status: &str, quarantined| json!({"name": "n", "status": status, "quarantined": quarantined});
        let part = |row: Value| {
            let part = describe(&row);
            (part["state"].as_str().unwrap_or_default().to_owned(), part["fix"].as_str().map(str::to_owned))
        };
        assert_eq!(part(row("running", false)), ("ok".to_owned(), None));
        assert_eq!(part(row("paused", true)).1.as_deref(), Some("sentrix-box quarantine --undo"));
        assert_eq!(part(row("paused", false)).1.as_deref(), Some("sentrix-box resume"));
        assert_eq!(part(row("exited", false)), ("fault".to_owned(), Some("sentrix run".to_owned())));
        assert_eq!(part(json!(null)).0, "fault");
    }
}
