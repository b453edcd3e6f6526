//! The checkpoint: which source was recorded how far, and how long the record was then.
//!
//! It never claims more than is durable: the log file is synced before the checkpoint that names its length. What was
//! appended after it is found again by comparing the record with the source ([`crate::reconcile`]).

use crate::identity::Position;
use sentrix_record::atomic;
use sentrix_record::fs::{At, Error, Fs, FsFile, Open, PRIVATE};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// The checkpoint's name in a log directory.
pub const FILE: &str = ".sentrix_collect_state";

/// No checkpoint is longer; whatever is, was not written by us.
const LIMIT: u64 = 64 * 1024;

/// What is remembered.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// What the source was called.
    pub input: String,
    /// How far the source had been read; none for a pipe, and before the first file was there.
    pub source: Option<Position>,
    /// The file that had the source's name before, when it may still grow.
    pub previous: Option<Position>,
    /// The newest log file.
    pub output: Option<Output>,
}

/// The newest log file, as it was when the checkpoint was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Output {
    /// Its name.
    pub file: String,
    /// Its length, closing included.
    pub bytes: u64,
    /// Events in it.
    pub events: u64,
}

/// The file's content.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "version")]
enum State {
    #[serde(rename = "1")]
    V1 { checkpoint: Checkpoint, blake3: String },
}

/// What [`Checkpoint::load`] found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Loaded {
    /// A whole checkpoint.
    Whole(Box<Checkpoint>),
    /// No file.
    Absent,
    /// A file that is torn, not ours, or of a later version; why.
    Unreadable(String),
}

impl Checkpoint {
    /// Reads a directory's checkpoint.
    ///
    /// # Errors
    /// When a file is there and cannot be read.
    pub fn load<F: Fs>(fs: &F, dir: &Path) -> Result<Loaded, Error> {
        let path = dir.join(FILE);
        let file = match fs.open(&path, Open::Read) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Loaded::Absent),
            opened => opened.at("open", &path)?,
        };
        let length = file.stat().at("read", &path)?.len;
        if length > LIMIT {
            return Ok(Loaded::Unreadable(format!("{length} bytes long")));
        }
        let mut bytes = vec![0; usize::try_from(length).unwrap_or(0)];
        let read = file.read_full_at(&mut bytes, 0).at("read", &path)?;
        Ok(Self::parse(&bytes[..read]))
    }

    fn parse(bytes: &[u8]) -> Loaded {
        match serde_json::from_slice(bytes) {
            Ok(State::V1 { checkpoint, blake3 }) if blake3 == checkpoint.hash() => {
                Loaded::Whole(Box::new(checkpoint))
            }
            Ok(State::V1 { .. }) => Loaded::Unreadable("its hash does not fit".to_owned()),
            Err(error) => Loaded::Unreadable(error.to_string()),
        }
    }

    /// Replaces a directory's checkpoint, durably.
    ///
    /// # Errors
    /// When a step fails; the old one is then still there.
    pub fn save<F: Fs>(self, fs: &F, dir: &Path) -> Result<(), Error> {
        let blake3 = self.hash();
        // Plain data with string keys: serialising it cannot fail, and an empty file would be read as damaged.
        let mut bytes = serde_json::to_vec(&State::V1 { checkpoint: self, blake3 }).unwrap_or_default();
        bytes.push(b'\n');
        atomic::replace(fs, &dir.join(FILE), &bytes, PRIVATE)
    }

    fn hash(&self) -> String {
        // As in `save`.
        let bytes = serde_json::to_vec(self).unwrap_or_default();
        blake3::hash(&bytes).to_hex().to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::FileId;
    use sentrix_record::fs::StdFs;

    fn checkpoint() -> Checkpoint {
        let id = FileId { dev: 1, ino: 2 };
        let source =
            Position { id, born: Some(8), offset: 3, seen: 4, head: "h".to_owned(), marker: "m".to_owned() };
        let output = Output { file: "20260310T014033.json".to_owned(), bytes: 5, events: 6 };
        Checkpoint { input: "raw".to_owned(), source: Some(source), previous: None, output: Some(output) }
    }

    #[test]
    fn a_checkpoint_comes_back_as_it_went() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(Checkpoint::load(&StdFs, dir.path()).unwrap(), Loaded::Absent);
        checkpoint().save(&StdFs, dir.path()).unwrap();
        let loaded = Checkpoint::load(&StdFs, dir.path()).unwrap();
        assert_eq!(loaded, Loaded::Whole(Box::new(checkpoint())));
    }

    #[test]
    fn a_damaged_checkpoint_is_never_believed() {
        let dir = tempfile::tempdir().unwrap();
        checkpoint().save(&StdFs, dir.path()).unwrap();
        let path = dir.path().join(FILE);
        let whole = std::fs::read(&path).unwrap();
        let unreadable = |bytes: &[u8]| {
            std::fs::write(&path, bytes).unwrap();
            matches!(Checkpoint::load(&StdFs, dir.path()).unwrap(), Loaded::Unreadable(_))
        };
        assert!((0..whole.len() - 1).all(|length| unreadable(&whole[..length])));
        let digits = (0..whole.len()).filter(|&at| whole[at].is_ascii_digit());
        for at in digits {
            let mut flipped = whole.clone();
            flipped[at] = b'0' + (flipped[at] - b'0' + 1) % 10;
            assert!(unreadable(&flipped), "digit at {at}");
        }
        assert!(unreadable(&vec![0; whole.len()]));
        assert!(unreadable(b"{\"version\":\"2\",\"checkpoint\":{}}"));
        assert!(unreadable(&vec![b' '; LIMIT as usize + 1]));
    }
}
