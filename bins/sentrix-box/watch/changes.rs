//! From what the loop inside says to what has changed.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// The files of the workspace that OpenClaw reads into prompts, or may.
pub const FILES: [&str; 9] = [
    "AGENTS.md",
    "SOUL.md",
    "MEMORY.md",
    "TOOLS.md",
    "IDENTITY.md",
    "USER.md",
    "BOOTSTRAP.md",
    "HEARTBEAT.md",
    "BOOT.md",
];
/// Longer is no line of ours.
const LINE: usize = 256;

/// What happened to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// It was in the first set that was seen: OpenClaw's own, or left from before.
    Found,
    /// It was not there before.
    Created,
    /// It says something else now.
    Changed,
    /// It is gone.
    Removed,
}

impl Change {
    /// In one word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Found => "found",
            Self::Created => "created",
            Self::Changed => "changed",
            Self::Removed => "removed",
        }
    }
}

/// Takes the loop's output (`HASH  NAME` lines and a dot behind each set; `=KILOBYTES` for the size of the state) and calls for each
/// change. What comes from inside is untrusted: lines of another form are passed over.
pub struct Changes<F> {
    size: Arc<AtomicU64>,
    open: Vec<u8>,
    coming: BTreeMap<&'static str, String>,
    known: BTreeMap<&'static str, String>,
    tell: F,
}

impl<F: FnMut(&'static str, Change, Option<&str>)> Changes<F> {
    /// Nothing is known yet.
    pub fn new(size: Arc<AtomicU64>, tell: F) -> Self {
        Self { size, open: Vec::new(), coming: BTreeMap::new(), known: BTreeMap::new(), tell }
    }

    /// The loop was started anew: what it said last is not complete.
    pub fn restart(&mut self) {
        self.open.clear();
        self.coming.clear();
    }

    fn line(&mut self, line: &[u8]) {
        let Ok(line) = std::str::from_utf8(line) else { return };
        if line == "." {
            return self.compare();
        }
        if let Some(size) = line.strip_prefix('=').and_then(|size| size.parse().ok()) {
            return self.size.store(size, Ordering::Relaxed);
        }
        let Some((hash, name)) = line.split_once("  ") else { return };
        let sound = hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
        if let Some(name) = FILES.into_iter().find(|file| *file == name && sound) {
            self.coming.insert(name, hash.to_owned());
        }
    }

    fn compare(&mut self) {
        let coming = std::mem::take(&mut self.coming);
        let new = if self.known.is_empty() { Change::Found } else { Change::Created };
        for name in FILES {
            match (self.known.get(name), coming.get(name)) {
                (None, Some(hash)) => (self.tell)(name, new, Some(hash)),
                (Some(old), Some(new)) if old != new => (self.tell)(name, Change::Changed, Some(new)),
                (Some(_), None) => (self.tell)(name, Change::Removed, None),
                _ => {}
            }
        }
        self.known = coming;
    }
}

impl<F: FnMut(&'static str, Change, Option<&str>)> Write for Changes<F> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        for byte in bytes {
            match byte {
                b'\n' => {
                    let line = std::mem::take(&mut self.open);
                    self.line(&line);
                }
                _ if self.open.len() < LINE => self.open.push(*byte),
                _ => {}
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(output: &str) -> Vec<(&'static str, Change)> {
        let mut seen = Vec::new();
        let mut changes =
            Changes::new(Arc::default(), |name, change, _: Option<&str>| seen.push((name, change)));
        // In pieces, as a pipe gives them.
        for piece in output.as_bytes().chunks(7) {
            changes.write_all(piece).unwrap();
        }
        seen
    }

    #[test]
    fn sets_are_compared_with_the_one_before() {
        let (a, b) = ("a".repeat(64), "b".repeat(64));
        let output = format!("{a}  AGENTS.md\n.\n{b}  AGENTS.md\n{a}  MEMORY.md\n.\n{a}  MEMORY.md\n.\n");
        let wanted = [
            ("AGENTS.md", Change::Found),
            ("AGENTS.md", Change::Changed),
            ("MEMORY.md", Change::Created),
            ("AGENTS.md", Change::Removed),
        ];
        assert_eq!(seen(&output), wanted);
    }

    #[test]
    fn the_size_of_the_state_is_kept() {
        let size = Arc::new(AtomicU64::new(0));
        let mut changes = Changes::new(Arc::clone(&size), |_, _, _: Option<&str>| {});
        changes.write_all(b"=1234\n=x\n=-1\n").unwrap();
        assert_eq!(size.load(Ordering::Relaxed), 1234);
    }

    #[test]
    fn what_has_another_form_is_passed_over() {
        let a = "a".repeat(64);
        for output in
            [format!("{a}  ../passwd\n.\n"), format!("{a}x  SOUL.md\n.\n"), "x".repeat(9999), ".\n.\n".into()]
        {
            assert_eq!(seen(&output), []);
        }
    }
}
