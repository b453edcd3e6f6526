//! The log directory as a browser sees it: flags, cases, events, followed by offset and never read anew.

mod cases;
mod database;
mod feed;
mod flags;
mod pages;
mod seen;
mod shape;
mod sweeps;
mod tail;

pub use feed::{Activity, Recorded};
pub use pages::Place;

use cases::Cases;
use feed::Feed;
use flags::Flags;
use seen::Seen;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, VecDeque};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use sweeps::Sweeps;

const LONGEST_CONFIG: u64 = 1 << 20;

/// What a `state` message says of the record, written once for all who ask.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Picture {
    /// `"flags":…,"escalation_level":…,"case_files":…`, the middle of the message.
    pub json: Arc<str>,
    /// Whether the patrol is on.
    pub patrol_enabled: bool,
    /// `normal`, `low` or `high`.
    pub risk: &'static str,
    /// What the log files say of the agent.
    pub activity: Activity,
}

/// What is new since the last look.
#[derive(Debug, Default)]
pub struct News {
    /// Events of the log.
    pub events: Vec<Recorded>,
    /// Flags that were not there before; `None` when no flag has changed.
    pub flags: Option<Vec<Map<String, Value>>>,
    /// Whether the cases are others.
    pub cases: bool,
    /// Whether the patrol has swept.
    pub sweeps: bool,
}

/// A log directory that is followed.
#[derive(Debug)]
pub struct Record {
    dir: PathBuf,
    flags: Flags,
    cases: Cases,
    feed: Feed,
    sweeps: Sweeps,
    seen: Seen,
    config: (bool, Option<String>),
    picture: Picture,
}

impl Record {
    /// The record in a directory, which need not be there yet.
    pub fn new(dir: &Path) -> Self {
        let picture = Picture { json: Arc::from(""), risk: "normal", ..Picture::default() };
        let (flags, cases, feed) = (Flags::new(dir), Cases::new(dir), Feed::new(dir));
        let (sweeps, seen) = (Sweeps::new(dir), Seen::open(dir));
        let config = (false, None);
        let mut record = Self { dir: dir.to_owned(), flags, cases, feed, sweeps, seen, config, picture };
        record.draw();
        record
    }

    /// Its directory.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Reads what is new.
    pub fn look(&mut self) -> News {
        let active = self.feed.activity().active.clone();
        let events = self.feed.look();
        let flags = self.flags.look();
        let cases = self.cases.look();
        let sweeps = self.sweeps.look();
        let config = config(&self.dir);
        let moved = self.feed.activity().active != active;
        if flags.is_some() || cases || moved || config != self.config {
            self.config = config;
            self.draw();
        }
        self.picture.activity.clone_from(self.feed.activity());
        News { events, flags, cases, sweeps }
    }

    /// How it looked at the last look.
    pub fn picture(&self) -> &Picture {
        &self.picture
    }

    /// The flags, oldest first.
    pub fn flags(&self) -> impl DoubleEndedIterator<Item = &Map<String, Value>> {
        self.flags.iter()
    }

    /// The cases, newest first.
    pub fn cases(&self) -> &[Value] {
        self.cases.all()
    }

    /// Whether there are cases that could not be read at the last look.
    pub fn cases_unread(&self) -> bool {
        self.cases.unread()
    }

    /// The patrol's latest sweeps, oldest first.
    pub fn sweeps(&self) -> &VecDeque<Value> {
        self.sweeps.all()
    }

    /// Which flags and cases somebody has looked at.
    pub fn seen(&self) -> impl Iterator<Item = &str> {
        self.seen.ids()
    }

    /// Somebody has looked at these; whether they are news.
    ///
    /// # Errors
    /// When that cannot be kept.
    pub fn see<'a>(&mut self, ids: impl Iterator<Item = &'a str>) -> std::io::Result<bool> {
        self.seen.add(ids)
    }

    /// From which severity on a flag is investigated, if the configuration says so.
    pub fn escalation(&self) -> Option<&str> {
        self.config.1.as_deref()
    }

    /// How many turns the patrol has reviewed, by what it came to; `None` while its state cannot be read.
    pub fn reviewed(&self) -> Option<BTreeMap<String, i64>> {
        let path = self.dir.join("patrol_state.db");
        let database = database::open(&path).ok()?;
        let mut query = database.prepare("SELECT status, count(*) FROM cleared GROUP BY status").ok()?;
        let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).ok()?;
        rows.collect::<rusqlite::Result<_>>().ok()
    }

    fn draw(&mut self) {
        let active = &self.feed.activity().active;
        let (mut flags, mut risk) = (Vec::new(), 0);
        for flag in self.flags.iter() {
            let mut flag = flag.clone();
            if active.contains(flag["source_file"].as_str().unwrap_or_default()) {
                flag.insert("target_agent_id".to_owned(), "main".into());
                risk = risk.max(match flag["severity"].as_str() {
                    Some("high" | "critical") => 2,
                    Some("medium" | "low") => 1,
                    _ => 0,
                });
            }
            flags.push(Value::Object(flag));
        }
        let escalation = self.config.1.as_deref().map_or(Value::Null, Value::from);
        let (flags, cases) = (Value::Array(flags), Value::Array(self.cases.all().to_vec()));
        let json = format!("\"flags\":{flags},\"escalation_level\":{escalation},\"case_files\":{cases}");
        self.picture.json = Arc::from(json);
        self.picture.risk = ["normal", "low", "high"][risk];
        self.picture.patrol_enabled = self.config.0;
    }
}

/// Whether the patrol is on, and from which severity on a flag is investigated.
fn config(dir: &Path) -> (bool, Option<String>) {
    let path = dir.join(".sentrix_config.json");
    let small = fs::metadata(&path).is_ok_and(|file| file.len() <= LONGEST_CONFIG);
    let text = if small { fs::read_to_string(path).unwrap_or_default() } else { String::new() };
    let config: Value = serde_json::from_str(&text).unwrap_or_default();
    let level = config["escalation_level"].as_str();
    let level = level.filter(|level| ["low_above", "medium_above", "high_only"].contains(level));
    (config["patrol_enabled"] == true, level.map(str::to_owned))
}
