//! What a `status` message says of the parts that the log directory and sentrix-box tell of.

use crate::sandbox::Sandbox;
use sentrix_bridge::Record;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::time::{Instant, SystemTime};

/// How the parts are.
#[derive(Debug)]
pub struct Status {
    sandbox: Sandbox,
    /// How many turns were reviewed, as it was last read.
    reviewed: BTreeMap<String, i64>,
    /// Of the patrol's database, when it was read.
    stamp: Stamp,
    /// It is there, and was not read since it has changed.
    unread: bool,
}

/// Size and time of a database and of its log.
type Stamp = [Option<(u64, SystemTime)>; 2];

impl Status {
    /// Not looked yet.
    pub fn new(sandbox: Sandbox) -> Self {
        Self { sandbox, reviewed: BTreeMap::new(), stamp: [None; 2], unread: false }
    }

    /// The parts, by their names.
    pub fn parts(&mut self, record: &Record, now: Instant) -> Map<String, Value> {
        // Counting takes its time where many turns were reviewed.
        let stamp = ["patrol_state.db", "patrol_state.db-wal"].map(|name| {
            let file = std::fs::metadata(record.dir().join(name)).ok()?;
            Some((file.len(), file.modified().ok()?))
        });
        if stamp != self.stamp {
            let reviewed = record.reviewed();
            self.unread = reviewed.is_none() && stamp[0].is_some();
            if let Some(reviewed) = reviewed {
                (self.reviewed, self.stamp) = (reviewed, stamp);
            }
        }
        let sandbox = self.sandbox.part(now);
        let parts = [
            ("record", log(record, sandbox["id"] == "")),
            ("sandbox", sandbox),
            ("patrol", self.patrol(record)),
            ("police", police(record)),
        ];
        parts.into_iter().map(|(name, part)| (name.to_owned(), part)).collect()
    }

    fn patrol(&self, record: &Record) -> Value {
        let enabled = record.picture().patrol_enabled;
        let turns: i64 = self.reviewed.values().sum();
        let mut patrol = match (enabled, turns) {
            (_, 0) if self.unread => {
                part("fault", "patrol_state.db cannot be read".to_owned(), Some("sentrix doctor"))
            }
            (false, 0) => part("off", "nothing was reviewed yet".to_owned(), Some("sentrix patrol")),
            (true, _) => part("ok", format!("{turns} turns reviewed"), None),
            (false, _) => part("off", format!("not running; {turns} turns reviewed"), Some("sentrix patrol")),
        };
        patrol["enabled"] = enabled.into();
        patrol["escalation"] = record.escalation().into();
        patrol["reviewed"] = json!(self.reviewed);
        patrol["flags"] = record.flags().count().into();
        patrol["last_sweep"] = record.sweeps().back().cloned().unwrap_or_default();
        patrol
    }
}

fn log(record: &Record, alone: bool) -> Value {
    let files = record.files();
    let mut log = match files.last() {
        None => part("wait", "nothing was recorded yet".to_owned(), alone.then_some("sentrix run")),
        Some((name, _)) => {
            part("ok", format!("{} log files, the newest {}", files.len(), name.as_str()), None)
        }
    };
    log["dir"] = record.dir().display().to_string().into();
    log["files"] = files.len().into();
    log["bytes"] = files.iter().map(|(_, bytes)| bytes).sum::<u64>().into();
    log["last_ts"] = record.picture().activity.at.into();
    log
}

fn police(record: &Record) -> Value {
    let (flags, cases) = (record.flags().count(), record.cases().len());
    let mut police = match (flags, cases) {
        (_, 0) if record.cases_unread() => {
            part("fault", "police.db cannot be read".to_owned(), Some("sentrix doctor"))
        }
        (_, 1..) => part("ok", format!("{cases} cases"), None),
        (0, _) => part("off", "nothing to investigate".to_owned(), None),
        _ => part("off", format!("{flags} flags and no case"), Some("sentrix police")),
    };
    police["cases"] = cases.into();
    police
}

fn part(state: &str, detail: String, fix: Option<&str>) -> Value {
    json!({"state": state, "detail": detail, "fix": fix})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_read_is_not_told_as_empty() {
        let dir = tempfile::tempdir().unwrap();
        let states = || {
            let mut record = Record::new(dir.path());
            record.look();
            let parts =
                Status::new(Sandbox::new("sentrix-box".into(), dir.path())).parts(&record, Instant::now());
            ["patrol", "police"].map(|name| parts[name]["state"].as_str().unwrap().to_owned())
        };
        assert_eq!(states(), ["off", "off"]);
        for name in ["patrol_state.db", "police.db"] {
            std::fs::write(dir.path().join(name), "no database").unwrap();
        }
        assert_eq!(states(), ["fault", "fault"]);
    }
}
