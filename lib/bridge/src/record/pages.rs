//! Looking back: the log files' events in pages, for whoever scrolls.

use super::Record;
use super::feed::{Recorded, line_after, read};
use sentrix_record::log::LogName;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use std::fs::{self, File};

/// How far back is looked at once.
const STEP: u64 = 256 << 10;
const MOST: usize = 1000;

/// A place in the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place<'a> {
    /// Its end.
    End,
    /// Before this byte of this file.
    Before(&'a str, u64),
    /// Around this byte of this file.
    Around(&'a str, u64),
}

impl Record {
    /// The log files, oldest first.
    pub fn files(&self) -> Vec<(LogName, u64)> {
        let entries = fs::read_dir(self.dir()).into_iter().flatten().flatten();
        let mut files: Vec<(LogName, u64)> = entries
            .filter_map(|entry| {
                Some((entry.file_name().to_str()?.parse().ok()?, entry.metadata().ok()?.len()))
            })
            .collect();
        files.sort();
        files
    }

    /// A page of events, oldest first, as the payload of a `log.page` message.
    pub fn page(&self, place: Place<'_>, limit: usize) -> Value {
        let limit = limit.clamp(1, MOST);
        let files = self.files();
        let find = |name: &str| files.iter().position(|(known, _)| known.as_str() == name);
        let (mut index, mut end) = match place {
            Place::End => (files.len(), 0),
            Place::Before(name, start) | Place::Around(name, start) => match find(name) {
                // Who asks may name any number: there is nothing behind the end.
                Some(index) => (index, start.min(files[index].1)),
                None => return json!({"events": [], "before": null, "missing": true}),
            },
        };
        let mut events = Vec::new();
        if let Place::Around(name, start) = place {
            // What cannot be read is not shown; it is still in the file.
            let _unreadable = read(self.dir(), name, start, start.saturating_add(STEP), &mut events);
            events.truncate(limit.div_ceil(2));
        }
        while events.len() < limit {
            if end == 0 {
                if index == 0 {
                    break;
                }
                index -= 1;
                end = files[index].1;
            }
            let name = files[index].0.as_str();
            let from = end.saturating_sub(STEP);
            let aligned = File::open(self.dir().join(name)).and_then(|mut file| line_after(&mut file, from));
            let from = aligned.unwrap_or(0).min(end);
            let mut before = Vec::new();
            let _unreadable = read(self.dir(), name, from, end, &mut before);
            // A line that is longer than a step is not shown in a page.
            end = if from < end { from } else { end.saturating_sub(STEP) };
            let surplus = before.len().saturating_sub(limit - events.len());
            if surplus > 0 {
                before.drain(..surplus);
                end = before[0].start;
            }
            before.append(&mut events);
            events = before;
            if surplus > 0 {
                break;
            }
        }
        let before = match (index, end) {
            (0, 0) => Value::Null,
            (index, 0) => json!({"file": files[index - 1].0.as_str(), "start": files[index - 1].1}),
            (index, end) => json!({"file": files[index].0.as_str(), "start": end}),
        };
        json!({"events": events.iter().map(Recorded::shown).collect::<Vec<_>>(), "before": before})
    }
}

impl Recorded {
    /// As a browser gets it. An event that only lenient readers understand is given as text.
    pub fn shown(&self) -> Value {
        let event = serde_json::from_str::<Value>(&self.json).unwrap_or_else(|_| self.loosely());
        json!({"file": self.file, "start": self.start, "end": self.end, "event": event})
    }

    fn loosely(&self) -> Value {
        let Ok(fields) = sentrix_record::lenient::object(self.json.as_bytes()) else {
            return self.json.clone().into();
        };
        let field = |(name, value): (&str, &RawValue)| {
            let read = serde_json::from_str(value.get());
            (name.to_owned(), read.unwrap_or_else(|_| Value::from(sentrix_record::lenient::text(value))))
        };
        Value::Object(fields.iter().map(field).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(dir: &std::path::Path, name: &str, from: usize, count: usize) {
        let events: Vec<String> = (from..from + count).map(|n| format!("{{\"n\":{n}}}")).collect();
        fs::write(dir.join(name), format!("[\n  {}\n]\n", events.join("\n,\n  "))).unwrap();
    }

    fn numbers(page: &Value) -> Vec<u64> {
        page["events"].as_array().unwrap().iter().map(|event| event["event"]["n"].as_u64().unwrap()).collect()
    }

    #[test]
    fn pages_go_back_to_the_beginning_and_miss_nothing() {
        let dir = tempfile::tempdir().unwrap();
        write(dir.path(), "20260310T014033.json", 0, 40_000);
        write(dir.path(), "20260310T024033.json", 40_000, 10);
        fs::write(dir.path().join("20260310T034033.json"), "[\n]\n").unwrap();
        let record = Record::new(dir.path());
        let mut seen = Vec::new();
        let mut page = record.page(Place::End, 1000);
        loop {
            let mut numbers = numbers(&page);
            numbers.append(&mut seen);
            seen = numbers;
            let before = page["before"].clone();
            let Some(file) = before["file"].as_str() else { break };
            page = record.page(Place::Before(file, before["start"].as_u64().unwrap()), 1000);
        }
        assert!(seen.iter().copied().eq(0..40_010), "{} of them", seen.len());
    }

    #[test]
    fn a_place_is_shown_with_its_surroundings_and_no_name_leads_elsewhere() {
        let dir = tempfile::tempdir().unwrap();
        write(dir.path(), "20260310T014033.json", 0, 100);
        let record = Record::new(dir.path());
        let all = record.page(Place::End, 100);
        let start = all["events"][50]["start"].as_u64().unwrap();
        let page = record.page(Place::Around("20260310T014033.json", start), 10);
        assert!(numbers(&page).into_iter().eq(45..55));
        // Behind the end there is nothing: that takes no longer to say than any other place.
        let behind = record.page(Place::Before("20260310T014033.json", u64::MAX), 100);
        assert_eq!(numbers(&behind), numbers(&all));
        assert_eq!(
            numbers(&record.page(Place::Around("20260310T014033.json", u64::MAX), 100)),
            numbers(&all)
        );
        for name in ["../x", "/etc/passwd", "20260310T014034.json", "patrol_flags.jsonl"] {
            assert_eq!(record.page(Place::Before(name, 5), 10)["missing"], true);
        }
    }
}
