//! The record of who came and who was refused: `bridge_audit.jsonl`.

use sentrix_record::rfc3339;
use serde_json::json;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::net::SocketAddr;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::{Instant, SystemTime};

use crate::rate::Bucket;

/// Its name in the log directory.
pub const FILE: &str = "bridge_audit.jsonl";
/// It is set aside as `….1` when it is longer.
const LONGEST: u64 = 10 << 20;
/// What strangers send is kept to this length.
const LONGEST_WORD: usize = 200;

/// One line of the record. Tokens, cookies and messages are never in it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Entry<'a> {
    /// `came`, `went`, `refused`, `denied`.
    pub event: &'a str,
    /// Which door.
    pub door: &'a str,
    /// Who, as far as an address tells.
    pub peer: Option<SocketAddr>,
    /// The Origin that it gave.
    pub origin: Option<&'a str>,
    /// The Host that it gave.
    pub host: Option<&'a str>,
    /// Why.
    pub why: &'a str,
}

/// The record.
#[derive(Debug)]
pub struct Audit {
    path: PathBuf,
    file: File,
    length: u64,
    /// Refusals beyond this are counted, not told: a flood must not fill the disk.
    refusals: Bucket,
    untold: u64,
}

impl Audit {
    /// Opens it in a directory.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn open(dir: &Path, now: Instant) -> io::Result<Self> {
        let path = dir.join(FILE);
        let file = open(&path)?;
        let length = file.metadata()?.len();
        Ok(Self { path, file, length, refusals: Bucket::new(200, 2.0, now), untold: 0 })
    }

    /// Writes a line.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn note(&mut self, entry: Entry<'_>, now: Instant) -> io::Result<()> {
        if entry.event != "came" && entry.event != "went" && !self.refusals.take(1, now) {
            self.untold += 1;
            return Ok(());
        }
        let cut = |word: &str| word.chars().take(LONGEST_WORD).collect::<String>();
        let mut line = json!({
            "ts": rfc3339(SystemTime::now()),
            "event": entry.event,
            "door": entry.door,
            "peer": entry.peer.map(|peer| peer.ip().to_canonical().to_string()),
            "origin": entry.origin.map(cut),
            "host": entry.host.map(cut),
            "why": entry.why,
        });
        if self.untold > 0 {
            line["refused_untold"] = std::mem::take(&mut self.untold).into();
        }
        let line = format!("{line}\n");
        if self.length + line.len() as u64 > LONGEST {
            fs::rename(&self.path, self.path.with_extension("jsonl.1"))?;
            self.file = open(&self.path)?;
            self.length = 0;
        }
        self.file.write_all(line.as_bytes())?;
        self.length += line.len() as u64;
        Ok(())
    }
}

fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().append(true).create(true).mode(0o600).open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_of_refusals_is_counted() {
        let dir = tempfile::tempdir().unwrap();
        let now = Instant::now();
        let mut audit = Audit::open(dir.path(), now).unwrap();
        let long = "x".repeat(100_000);
        for _ in 0..10_000 {
            let entry = Entry {
                event: "refused",
                door: "wss",
                origin: Some(&long),
                why: "origin",
                ..Entry::default()
            };
            audit.note(entry, now).unwrap();
        }
        audit.note(Entry { event: "came", ..Entry::default() }, now).unwrap();
        let text = fs::read_to_string(dir.path().join(FILE)).unwrap();
        assert!(text.lines().count() == 201 && text.len() < 100_000);
        assert!(text.lines().last().unwrap().contains("\"refused_untold\":9800"));
    }
}
