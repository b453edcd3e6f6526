//! The log files' events as they are recorded.

use sentrix_record::lenient;
use sentrix_record::log::{Bad, Entries, Entry, LogName};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// How much of the newest files is read when the bridge starts.
const BEGIN: u64 = 256 << 10;
/// How much of a file is read in one look.
const MOST: u64 = 2 << 20;
/// A line break and the bracket that closes a file.
const END: u64 = 2;
/// An event that is longer is not shown.
const LONGEST: usize = 16 << 20;

/// An event of the record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// The log file's name.
    pub file: String,
    /// First byte of the event.
    pub start: u64,
    /// One past its last byte.
    pub end: u64,
    /// Its bytes on one line, as text.
    pub json: String,
}

/// What the record says of the agent.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Activity {
    /// Names of the files that are being written.
    pub active: BTreeSet<String>,
    /// The run of the last event that belongs to one, unless that event ended it.
    pub running: Option<String>,
    /// The run of the last event that belongs to one.
    pub run: Option<String>,
    /// The time of the last event, as it says; epoch milliseconds.
    pub at: Option<i64>,
}

/// Follows the newest log file of each kind.
#[derive(Debug)]
pub struct Feed {
    dir: PathBuf,
    listed: Option<(i64, i64)>,
    /// The newest file of each label, and how far it was read.
    files: BTreeMap<String, (LogName, u64)>,
    begun: bool,
    activity: Activity,
}

impl Feed {
    /// The log files of a directory.
    pub fn new(dir: &Path) -> Self {
        Self {
            dir: dir.to_owned(),
            listed: None,
            files: BTreeMap::new(),
            begun: false,
            activity: Activity::default(),
        }
    }

    /// What the record says of the agent, as of the last look.
    pub fn activity(&self) -> &Activity {
        &self.activity
    }

    /// Reads what is new.
    pub fn look(&mut self) -> Vec<Recorded> {
        let mut events = Vec::new();
        // What came into a file before the next one was begun is read first.
        self.read(&mut events);
        if self.list() {
            self.read(&mut events);
        }
        for event in &events {
            self.hear(event);
        }
        events
    }

    /// Looks which files there are; whether there are new ones.
    fn list(&mut self) -> bool {
        let Ok(metadata) = fs::metadata(&self.dir) else { return false };
        let stamp = (metadata.mtime(), metadata.mtime_nsec());
        // A directory that was changed within the clock's grain may change again without showing it.
        if self.listed == Some(stamp) {
            return false;
        }
        let Ok(entries) = fs::read_dir(&self.dir) else { return false };
        let names = entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse::<LogName>().ok());
        let mut newest: BTreeMap<String, LogName> = BTreeMap::new();
        for name in names {
            let label = name.label().unwrap_or_default().to_owned();
            if newest.get(&label).is_none_or(|known| *known < name) {
                newest.insert(label, name);
            }
        }
        for (label, name) in newest {
            if self.files.get(&label).is_none_or(|(known, _)| *known < name) {
                let from = if self.begun { 0 } else { begin(&self.dir.join(name.as_str())).unwrap_or(0) };
                self.files.insert(label, (name, from));
            }
        }
        self.activity.active = self.files.values().map(|(name, _)| name.as_str().to_owned()).collect();
        self.listed = Some(stamp);
        self.begun = true;
        true
    }

    fn read(&mut self, events: &mut Vec<Recorded>) {
        for (name, offset) in self.files.values_mut() {
            // A file that cannot be read just now is read at the next look.
            if let Ok(to) = read(&self.dir, name.as_str(), *offset, u64::MAX, events) {
                *offset = to;
            }
        }
    }

    fn hear(&mut self, event: &Recorded) {
        let Ok(fields) = lenient::object(event.json.as_bytes()) else { return };
        let field = |name| fields.get(name).map(lenient::text).unwrap_or_default();
        if let Some(ts) = fields.get("ts").and_then(lenient::integer) {
            self.activity.at = Some(ts);
        }
        let (kind, run) = (field("event"), field("runId"));
        if !run.is_empty() {
            self.activity.run = Some(run.into_owned());
        }
        if kind == "assistant_message_end" {
            self.activity.running = None;
        } else if self.activity.run.is_some() && fields.get("runId").is_some() {
            self.activity.running.clone_from(&self.activity.run);
        }
    }
}

/// Reads the events that stand between two offsets; gives where the last of them ended.
pub fn read(dir: &Path, name: &str, from: u64, to: u64, events: &mut Vec<Recorded>) -> io::Result<u64> {
    let mut file = File::open(dir.join(name))?;
    let length = file.metadata()?.len();
    // A closing bracket alone is no event.
    if length <= from.saturating_add(END) {
        return Ok(from);
    }
    file.seek(SeekFrom::Start(from))?;
    let mut entries = Entries::at(file.take(to.saturating_sub(from)), from).with_limit(LONGEST);
    let mut end = from;
    while end - from < MOST
        && let Some(entry) = entries.next()
    {
        match whole(entry) {
            Ok((start, upto, json)) => {
                end = upto;
                events.push(Recorded { file: name.to_owned(), start, end, json });
            }
            // What was torn at the end is read when it is whole; what something follows stays as it is.
            Err(upto) if upto.saturating_add(END) < length => end = end.max(upto),
            Err(_) => {}
        }
    }
    Ok(end)
}

/// The place and the bytes of an event; of anything else, where it ends.
fn whole(entry: Result<Entry<'_>, Bad>) -> Result<(u64, u64, String), u64> {
    let entry = entry.map_err(|bad| bad.start.saturating_add(bad.len))?;
    let json = String::from_utf8_lossy(&entry.line()).into_owned();
    match lenient::object(json.as_bytes()) {
        Ok(_) => Ok((entry.start, entry.end, json)),
        Err(_) => Err(entry.end),
    }
}

/// Where to begin in a file that is already long: at a line.
pub fn begin(path: &Path) -> io::Result<u64> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    line_after(&mut file, length.saturating_sub(BEGIN))
}

/// The first line that begins at or after an offset.
pub fn line_after(file: &mut File, offset: u64) -> io::Result<u64> {
    if offset == 0 {
        return Ok(0);
    }
    file.seek(SeekFrom::Start(offset - 1))?;
    let mut at = offset - 1;
    let mut buffer = [0; 8192];
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            return Ok(at);
        }
        if let Some(newline) = buffer[..read].iter().position(|byte| *byte == b'\n') {
            return Ok(at + newline as u64 + 1);
        }
        at += read as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(run: &str, kind: &str) -> String {
        format!(r#"{{"ts":5,"event":"{kind}","runId":"{run}"}}"#)
    }

    fn texts(events: Vec<Recorded>) -> Vec<String> {
        events.into_iter().map(|event| event.json).collect()
    }

    #[test]
    fn events_come_once_as_they_are_recorded_and_over_a_rotation() {
        let dir = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| fs::write(dir.path().join(name), text).unwrap();
        let [a, b, c] = ["a", "b", "c"].map(|run| event(run, "assistant_text_stream"));
        write("20260310T014033.json", &format!("[\n  {a}\n]\n"));
        let mut feed = Feed::new(dir.path());
        assert_eq!(texts(feed.look()), std::slice::from_ref(&a));
        assert_eq!(feed.activity().running.as_deref(), Some("a"));
        write("20260310T014033.json", &format!("[\n  {a}\n,\n  {b}\n]\n"));
        assert_eq!(texts(feed.look()), std::slice::from_ref(&b));
        assert_eq!(texts(feed.look()), [""; 0]);
        // The end of the old file and the beginning of the new one, in one look.
        let end = event("b", "assistant_message_end");
        write("20260310T014033.json", &format!("[\n  {a}\n,\n  {b}\n,\n  {end}\n]\n"));
        write("20260310T024033.json", &format!("[\n  {c},\n  {{\"torn"));
        assert_eq!(texts(feed.look()), [end, c.clone()]);
        write("20260310T024033.json", &format!("[\n  {c},\n  {{\"torn\":1}},\n"));
        assert_eq!(texts(feed.look()), ["{\"torn\":1}"]);
        assert_eq!(feed.activity().active.len(), 1);
    }

    #[test]
    fn what_is_no_event_is_not_read_again_at_each_look() {
        let dir = tempfile::tempdir().unwrap();
        let name = "20260310T014033.json";
        let write = |text: &str| fs::write(dir.path().join(name), text).unwrap();
        let torn = "  {\"torn\n".repeat(1000);
        write(&format!("[\n  {}\n,\n{torn}", event("a", "x")));
        let mut events = Vec::new();
        let upto = read(dir.path(), name, 0, u64::MAX, &mut events).unwrap();
        let length = fs::metadata(dir.path().join(name)).unwrap().len();
        assert!(length - upto < 100, "{upto} of {length}");
        // What comes behind it is read.
        write(&format!("[\n  {}\n,\n{torn},\n  {}\n]\n", event("a", "x"), event("b", "x")));
        read(dir.path(), name, upto, u64::MAX, &mut events).unwrap();
        assert_eq!(texts(events), [event("a", "x"), event("b", "x")]);
    }

    #[test]
    fn a_long_file_is_begun_near_its_end() {
        let dir = tempfile::tempdir().unwrap();
        let lines: Vec<String> = (0..20_000).map(|n| event(&n.to_string(), "x")).collect();
        fs::write(dir.path().join("20260310T014033.json"), format!("[\n  {}\n]\n", lines.join("\n,\n  ")))
            .unwrap();
        let events = Feed::new(dir.path()).look();
        assert!(events.len() < 10_000);
        assert_eq!(events.last().unwrap().json, lines[19_999]);
    }
}
