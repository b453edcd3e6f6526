//! Which file it is: device and inode, and a fingerprint of what had been read of it.
//!
//! An inode alone is not enough. It is given to the next file as soon as the old one is deleted, and a file that was
//! truncated and has grown again keeps it. The fingerprint hashes the bytes just before the place that was reached:
//! if they are no longer there, the content is another one, whatever the inode says.

use serde::{Deserialize, Serialize};
use std::fs::{File, Metadata};
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::time::UNIX_EPOCH;

/// How many bytes before the offset (and at the start of the file) a fingerprint covers.
pub const WINDOW: usize = 256;

/// A file's device and inode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct FileId {
    /// Device number.
    pub dev: u64,
    /// Inode number.
    pub ino: u64,
}

impl From<&Metadata> for FileId {
    fn from(metadata: &Metadata) -> Self {
        Self { dev: metadata.dev(), ino: metadata.ino() }
    }
}

/// When a file was made, in nanoseconds since 1970, where the file system knows it. A new file that is given the inode
/// of a deleted one is younger.
pub fn born(metadata: &Metadata) -> Option<u64> {
    let since = metadata.created().ok()?.duration_since(UNIX_EPOCH).ok()?;
    u64::try_from(since.as_nanos()).ok()
}

/// How far a file had been read, and what stood there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// The file.
    #[serde(flatten)]
    pub id: FileId,
    /// When the file was made, in nanoseconds since 1970, where the file system knows it.
    #[serde(default)]
    pub born: Option<u64>,
    /// Offset of the first byte that was not yet recorded.
    pub offset: u64,
    /// Offset of the first byte that was not yet seen: a line without end may lie between the two.
    pub seen: u64,
    /// blake3 of the first bytes of the file, at most [`WINDOW`] and never beyond `seen`.
    pub head: String,
    /// blake3 of the bytes just before `seen`, at most [`WINDOW`].
    pub marker: String,
}

/// The bytes that a fingerprint is made of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trail {
    /// The first bytes of the file.
    pub head: Vec<u8>,
    /// The bytes just before the place that was reached.
    pub before: Vec<u8>,
}

impl Trail {
    /// Reads what stands at the start of a file and just before an offset.
    ///
    /// # Errors
    /// When the file cannot be read; [`io::ErrorKind::UnexpectedEof`] when it does not reach to the offset.
    pub fn read(file: &File, offset: u64) -> io::Result<Self> {
        // Where the offset does not fit, the window does.
        let length = usize::try_from(offset).unwrap_or(WINDOW).min(WINDOW);
        let mut trail = Self { head: vec![0; length], before: vec![0; length] };
        file.read_exact_at(&mut trail.head, 0)?;
        file.read_exact_at(&mut trail.before, offset - length as u64)?;
        Ok(trail)
    }

    /// Moves on over bytes that were read.
    pub fn advance(&mut self, bytes: &[u8]) {
        let missing = WINDOW - self.head.len();
        self.head.extend_from_slice(&bytes[..missing.min(bytes.len())]);
        let last = &bytes[bytes.len().saturating_sub(WINDOW)..];
        let surplus = (self.before.len() + last.len()).saturating_sub(WINDOW);
        self.before.drain(..surplus);
        self.before.extend_from_slice(last);
    }

    /// The position of a file that was seen up to here and recorded up to `offset`.
    pub fn position(&self, id: FileId, born: Option<u64>, offset: u64, seen: u64) -> Position {
        let hex = |bytes: &[u8]| blake3::hash(bytes).to_hex().to_string();
        Position { id, born, offset, seen, head: hex(&self.head), marker: hex(&self.before) }
    }
}

impl Position {
    /// Whether there is anything but the inode to tell the file by.
    pub fn is_telling(&self) -> bool {
        self.seen > 0 || self.born.is_some()
    }

    /// Whether an open file is the one that had been read, and still holds what had been seen of it.
    ///
    /// The device may differ (a file system that was mounted again gets another number); inode and content may not.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn is_in(&self, file: &File) -> io::Result<bool> {
        let metadata = file.metadata()?;
        let young = matches!((born(&metadata), self.born), (Some(now), Some(then)) if now != then);
        if metadata.ino() != self.id.ino || young || self.offset > self.seen {
            return Ok(false);
        }
        match Trail::read(file, self.seen) {
            Ok(trail) => Ok(trail.position(self.id, self.born, self.offset, self.seen) == *self),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
            Err(error) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Seek, Write};

    fn file(content: &[u8]) -> File {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(content).unwrap();
        file
    }

    fn position(file: &File, offset: u64) -> Position {
        let id = FileId::from(&file.metadata().unwrap());
        Trail::read(file, offset).unwrap().position(id, None, offset, offset)
    }

    #[test]
    fn a_file_that_grew_is_the_same() {
        let mut file = file(b"{\"a\":1}\n");
        let position = position(&file, 8);
        file.write_all(b"{\"a\":2}\n").unwrap();
        assert!(position.is_in(&file).unwrap());
    }

    #[test]
    fn a_file_that_was_cut_and_grew_again_is_another() {
        let mut file = file(b"{\"a\":1}\n");
        let position = position(&file, 8);
        file.set_len(0).unwrap();
        assert!(!position.is_in(&file).unwrap());
        file.rewind().unwrap();
        file.write_all(b"{\"b\":1}\n{\"b\":2}\n").unwrap();
        assert!(!position.is_in(&file).unwrap());
    }

    #[test]
    fn equal_beginnings_do_not_make_equal_files() {
        let (mut one, two) = (file(&[b' '; 4096]), file(&[b' '; 4096]));
        one.write_all(b"1\n").unwrap();
        let position = position(&one, 4096);
        assert!(position.is_in(&one).unwrap());
        assert!(!position.is_in(&two).unwrap());
    }

    #[test]
    fn a_trail_that_moved_on_is_the_one_that_is_read() {
        let content: Vec<u8> = (0..2000u32).map(|n| (n % 251) as u8).collect();
        let file = file(&content);
        for steps in [vec![1000, 1000], vec![1, 2, 3, 250, 1], vec![300, 1, 700], vec![0, 5]] {
            let (mut trail, mut at) = (Trail::default(), 0);
            for step in steps {
                trail.advance(&content[at..at + step]);
                at += step;
            }
            assert_eq!(trail, Trail::read(&file, at as u64).unwrap());
        }
    }
}
