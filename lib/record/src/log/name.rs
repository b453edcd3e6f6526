//! Names of log files.

use crate::time::stamp;
use std::cmp::Ordering;
use std::fmt::{self, Write};
use std::ops::Range;
use std::str::FromStr;
use std::time::SystemTime;

const STAMP: Range<usize> = 0..15;
const EXTENSION: &str = ".json";

/// The name of a log file: `YYYYMMDDTHHMMSS[-NN][-label].json`, UTC, the label in small letters. Nothing else is
/// one, so a name that parses is safe to join to a directory.
///
/// Names are ordered by time, then by the number, then by the label (a listing sorts `…-01.json` before `….json`).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct LogName {
    text: String,
    number: u32,
    /// Where the label stands in the text; empty without one.
    label: Range<usize>,
}

/// A name that no log file has.
#[derive(Debug, thiserror::Error)]
#[error("{0:?} is not the name of a log file (YYYYMMDDTHHMMSS.json)")]
pub struct BadName(String);

impl LogName {
    /// The name for a log file opened now: later than every existing name of the same label, even when the clock
    /// has gone back, and none of the existing ones. A label that a name cannot hold is left out.
    pub fn next<'a>(
        now: SystemTime,
        label: Option<&str>,
        existing: impl IntoIterator<Item = &'a Self>,
    ) -> Self {
        let label = label.filter(|label| is_label(label));
        let newest = existing.into_iter().filter(|name| name.label() == label).max();
        match newest {
            Some(newest) if newest.stamp() >= stamp(now).as_str() => {
                Self::build(newest.stamp(), newest.number.saturating_add(1), label)
            }
            _ => Self::build(&stamp(now), 0, label),
        }
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The moment in it, `YYYYMMDDTHHMMSS`.
    pub fn stamp(&self) -> &str {
        &self.text[STAMP]
    }

    /// The number behind the stamp; 0 without one.
    pub fn number(&self) -> u32 {
        self.number
    }

    /// What made the file, when the name says it: `tap`.
    pub fn label(&self) -> Option<&str> {
        Some(&self.text[self.label.clone()]).filter(|label| !label.is_empty())
    }

    fn build(stamp: &str, number: u32, label: Option<&str>) -> Self {
        let mut text = stamp.to_owned();
        if number > 0 {
            // Writing to a string does not fail.
            let _ = write!(text, "-{number:02}");
        }
        if let Some(label) = label {
            text.push('-');
            text.push_str(label);
        }
        let end = text.len();
        text.push_str(EXTENSION);
        Self { text, number, label: end - label.map_or(0, str::len)..end }
    }

    fn parse(name: &str) -> Option<Self> {
        let stem = name.strip_suffix(EXTENSION)?;
        let stamp = stem.get(STAMP).filter(|stamp| is_stamp(stamp))?;
        let mut number = 0;
        let mut label = None;
        for part in stem[STAMP.end..].split('-').skip(1) {
            if label.is_none() && number == 0 && part.bytes().all(|byte| byte.is_ascii_digit()) {
                number = part.parse().ok()?;
            } else if label.is_none() && is_label(part) {
                label = Some(part);
            } else {
                return None;
            }
        }
        // One spelling a name: whatever does not come out as it went in is not one.
        Some(Self::build(stamp, number, label)).filter(|built| built.text == name)
    }
}

fn is_stamp(stamp: &str) -> bool {
    stamp.bytes().enumerate().all(|(at, byte)| if at == 8 { byte == b'T' } else { byte.is_ascii_digit() })
}

fn is_label(label: &str) -> bool {
    (1..=16).contains(&label.len()) && label.bytes().all(|byte| byte.is_ascii_lowercase())
}

impl FromStr for LogName {
    type Err = BadName;

    fn from_str(name: &str) -> Result<Self, BadName> {
        Self::parse(name).ok_or_else(|| BadName(name.to_owned()))
    }
}

impl Ord for LogName {
    fn cmp(&self, other: &Self) -> Ordering {
        let key = |name: &Self| (name.stamp().to_owned(), name.number);
        key(self).cmp(&key(other)).then_with(|| self.label().cmp(&other.label()))
    }
}

impl PartialOrd for LogName {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for LogName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, UNIX_EPOCH};

    fn name(text: &str) -> LogName {
        text.parse().unwrap()
    }

    #[test]
    fn only_the_names_of_log_files_are_taken() {
        let tap = name("20260310T014033-07-tap.json");
        assert_eq!((tap.stamp(), tap.number(), tap.label()), ("20260310T014033", 7, Some("tap")));
        assert_eq!(name("20260310T014033.json").label(), None);
        assert_eq!(name("20260310T014033-100.json").number(), 100);
        for bad in [
            "patrol_flags.jsonl",
            "../20260310T014033.json",
            "/tmp/20260310T014033.json",
            "20260310T014033.json/x",
            "20260310T014033-.json",
            "20260310T014033-1.json",
            "20260310T014033-00.json",
            "20260310T014033-001.json",
            "20260310T014033-tap-01.json",
            "20260310T014033-../x.json",
            "20260310T014033-TAP.json",
            "20260310T014033-a-b.json",
            "2026031 T014033.json",
            "20260310T014033.json ",
            "20260310T01403\u{e9}.json",
            "20260310T014033-99999999999.json",
            ".json",
            "",
        ] {
            assert!(bad.parse::<LogName>().is_err(), "{bad}");
        }
    }

    #[test]
    fn names_are_in_the_order_of_their_making() {
        let mut names =
            ["20260310T014034.json", "20260310T014033-tap.json", "20260310T014033-100.json"].map(name);
        names.sort();
        let sorted = names.each_ref().map(LogName::as_str);
        assert_eq!(sorted, ["20260310T014033-tap.json", "20260310T014033-100.json", "20260310T014034.json"]);
        assert!(name("20260310T014033.json") < name("20260310T014033-01.json"));
    }

    #[test]
    fn a_new_name_follows_all_others_whatever_the_clock_does() {
        let start = UNIX_EPOCH + Duration::from_secs(1_773_106_833);
        let hour = Duration::from_secs(3600);
        let mut names = vec![name("20260310T014033-tap.json")];
        for (now, want) in [
            (start, "20260310T014033.json"),
            (start, "20260310T014033-01.json"),
            (start - hour, "20260310T014033-02.json"),
            (start + 24 * hour, "20260311T014033.json"),
            (start, "20260311T014033-01.json"),
        ] {
            let next = LogName::next(now, None, &names);
            assert_eq!(next.as_str(), want);
            names.push(next);
        }
        assert_eq!(LogName::next(start, Some("tap"), &names).as_str(), "20260310T014033-01-tap.json");
        assert_eq!(LogName::next(start + hour, Some("../x"), &[]).as_str(), "20260310T024033.json");
    }
}
