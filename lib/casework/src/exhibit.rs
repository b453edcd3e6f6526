//! One place that a flag cites, and whether what stands there is what was flagged.

use crate::neighbours;
use crate::records::{LogCopy, Records};
use sentrix_record::{Flag, Turn};
use sentrix_turns::{Archive, Item, Source, Stream};
use serde::{Deserialize, Serialize};

/// How far the evidence holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// The bytes are those that were flagged: their hash says so.
    Verified,
    /// The flag keeps no hash; the turn of this name stands in the file that it names.
    Found,
    /// The file is there, and other bytes stand at that place.
    Changed,
    /// The file, or the turn in it, is not to be found.
    Missing,
}

impl Standing {
    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Verified => "verified",
            Self::Found => "found",
            Self::Changed => "changed",
            Self::Missing => "missing",
        }
    }

    /// Whether there is something to investigate.
    pub fn holds(self) -> bool {
        matches!(self, Self::Verified | Self::Found)
    }
}

/// A place in the record that a flag cites.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Exhibit {
    /// Name of the log file.
    pub file: String,
    /// First byte.
    pub start: u64,
    /// One past the last byte.
    pub end: u64,
    /// blake3 (hex) of what was flagged; of what was found, where the flag keeps none.
    pub blake3: String,
    /// How far it holds.
    pub standing: Standing,
    /// What is wrong, or where it was found when that was not under its own name.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub remark: String,
    /// The bytes, where they hold.
    #[serde(skip)]
    pub bytes: Vec<u8>,
    /// Where they were found.
    #[serde(skip)]
    pub copy: Option<LogCopy>,
}

impl Exhibit {
    /// Every place that a flag cites, looked up.
    pub fn of(flag: &Flag, records: &Records) -> Vec<Self> {
        let mut cited: Vec<Self> = Vec::new();
        for evidence in &flag.evidence {
            let known = cited.iter().any(|known| {
                (known.start, known.end) == (evidence.start, evidence.end)
                    && known.file == evidence.file
                    && known.blake3 == evidence.blake3
            });
            if !known {
                let place = Self::place(&evidence.file, evidence.start, evidence.end, &evidence.blake3);
                cited.push(place.verified(records, &flag.run_id_ts));
            }
        }
        if cited.is_empty() {
            cited.push(by_name(&flag.source_file, &flag.run_id_ts, records));
        }
        cited
    }

    /// Looks a place up again, for somebody who has a case and wants to see what it cites.
    pub fn again(&self, records: &Records, run_id_ts: &str) -> Self {
        Self::place(&self.file, self.start, self.end, &self.blake3).verified(records, run_id_ts)
    }

    fn place(file: &str, start: u64, end: u64, blake3: &str) -> Self {
        Self {
            file: file.to_owned(),
            start,
            end,
            blake3: blake3.to_owned(),
            standing: Standing::Missing,
            remark: String::new(),
            bytes: Vec::new(),
            copy: None,
        }
    }

    fn verified(mut self, records: &Records, run_id_ts: &str) -> Self {
        let copies = records.copies(&self.file);
        if copies.is_empty() {
            self.remark = match records.removed(&self.file) {
                Some(at) => format!("evidence missing: retention removed the log file at {at}"),
                None => "evidence missing: no such log file, under this name or another".to_owned(),
            };
            return self;
        }
        let mut read = 0;
        for copy in copies {
            let bytes = match copy.read(self.start, self.end) {
                Ok(bytes) => bytes,
                Err(error) => {
                    self.remark = format!("evidence missing: the log file cannot be read: {error}");
                    continue;
                }
            };
            read += 1;
            if self.is_of(&bytes) {
                self.standing = Standing::Verified;
                let name = copy.path.file_name().unwrap_or_default().to_string_lossy();
                self.remark = if name == self.file { String::new() } else { format!("found in {name}") };
                self.bytes = bytes;
                self.copy = Some(copy);
                return self;
            }
        }
        if read > 0 {
            if spans_files(&self, records, run_id_ts) {
                self.standing = Standing::Verified;
                self.remark = "the run spans several log files".to_owned();
                return self;
            }
            self.standing = Standing::Changed;
            self.remark =
                "evidence changed: the bytes at this place are not those that were flagged".to_owned();
        }
        self
    }

    /// Whether these bytes, or a run that was rebuilt from deltas among them, are what was flagged.
    fn is_of(&self, bytes: &[u8]) -> bool {
        let whole = bytes.len() as u64 == self.end.saturating_sub(self.start);
        whole
            && !self.blake3.is_empty()
            && (blake3::hash(bytes).to_hex().as_str() == self.blake3
                || neighbours::turns(&self.file, bytes, self.start)
                    .iter()
                    .any(|turn| turn.blake3.as_deref() == Some(&self.blake3)))
    }
}

/// A run that never ended may have its deltas in several files: it is rebuilt from all of them.
fn spans_files(exhibit: &Exhibit, records: &Records, run_id_ts: &str) -> bool {
    const FILES: usize = 4;
    let mut names = vec![exhibit.file.clone()];
    while names.len() < FILES
        && let Some(next) = names.last().and_then(|last| records.beside(last, true))
    {
        names.push(next.to_owned());
    }
    let sources: Vec<Source> = names
        .iter()
        .filter_map(|name| {
            let copy = records.copies(name).into_iter().find(LogCopy::is_plain)?;
            Some(Source { name: name.clone(), ..Source::new(copy.path) })
        })
        .collect();
    let mut found = false;
    let mut look = |items: &[Item]| {
        found |= items.iter().any(|item| {
            matches!(item, Item::Turn(turn) if turn.run_id_ts == run_id_ts && turn.blake3.as_deref() == Some(&exhibit.blake3))
        });
    };
    let mut archive = Archive::new(sources);
    archive.read(
        |wave| wave.items,
        |items| {
            look(&items);
            true
        },
    );
    look(&archive.rebuild(|_| true).items);
    found
}

/// The turn of a flag that says only what it is called and where: those of the Python version.
fn by_name(file: &str, run_id_ts: &str, records: &Records) -> Exhibit {
    let mut exhibit = Exhibit::place(file, 0, 0, "");
    let copies = records.copies(file);
    exhibit.remark = if copies.is_empty() {
        "evidence missing: no such log file, under this name or another".to_owned()
    } else {
        "evidence missing: the log file holds no turn of this name".to_owned()
    };
    for copy in copies {
        let Some(turn) = find(&copy, file, run_id_ts) else { continue };
        let (Some(start), Some(end)) = (turn.start, turn.end) else { continue };
        let Ok(bytes) = copy.read(start, end) else { continue };
        exhibit.start = start;
        exhibit.end = end;
        exhibit.blake3 = turn.blake3.unwrap_or_default();
        exhibit.standing = Standing::Found;
        exhibit.remark = "the flag keeps no hash; the turn was found by its name".to_owned();
        exhibit.bytes = bytes;
        exhibit.copy = Some(copy);
        break;
    }
    exhibit
}

/// The turn of this name, read from the front of the file.
fn find(copy: &LogCopy, file: &str, run_id_ts: &str) -> Option<Turn> {
    let mut stream = Stream::new(file, copy.reader().ok()?);
    let wanted = |items: Vec<Item>| {
        items.into_iter().find_map(|item| match item {
            Item::Turn(turn) if turn.run_id_ts == run_id_ts => Some(*turn),
            _ => None,
        })
    };
    while let Ok(Some(wave)) = stream.next_wave() {
        if let Some(turn) = wanted(wave.items) {
            return Some(turn);
        }
    }
    wanted(stream.finish().items)
}
