//! Following a file of JSON lines by offset.

use std::fs::File;
use std::io::{self, ErrorKind, Read, Seek, SeekFrom};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// The longest line that is kept.
const LONGEST: usize = 4 << 20;
/// How much is read in one look.
const MOST: u64 = 16 << 20;

/// Follows a file of JSON lines.
#[derive(Debug)]
pub struct Tail {
    path: PathBuf,
    identity: (u64, u64),
    offset: u64,
}

/// What a look at the file gave.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Looked {
    /// It is another file, or was cut: what was read before no longer counts.
    pub anew: bool,
    /// Whole lines that are new.
    pub lines: Vec<Vec<u8>>,
}

impl Tail {
    /// Follows a file, which need not be there yet, from its beginning.
    pub fn new(path: &Path) -> Self {
        Self { path: path.to_owned(), identity: (0, 0), offset: 0 }
    }

    /// Reads what is new. A line without its end stays for the next look. A file that cannot be read counts as one that has not grown.
    pub fn look(&mut self) -> Looked {
        self.try_look().unwrap_or_default()
    }

    fn try_look(&mut self) -> io::Result<Looked> {
        let metadata = match std::fs::metadata(&self.path) {
            Ok(metadata) => metadata,
            Err(error) if error.kind() == ErrorKind::NotFound && self.offset > 0 => {
                (self.identity, self.offset) = ((0, 0), 0);
                return Ok(Looked { anew: true, lines: Vec::new() });
            }
            Err(error) => return Err(error),
        };
        let identity = (metadata.dev(), metadata.ino());
        let anew = self.offset > 0 && (identity != self.identity || metadata.len() < self.offset);
        if anew || self.offset == 0 {
            self.offset = 0;
            self.identity = identity;
        } else if metadata.len() == self.offset {
            return Ok(Looked::default());
        }
        let mut file = File::open(&self.path)?;
        file.seek(SeekFrom::Start(self.offset))?;
        let mut bytes = Vec::new();
        file.take(MOST).read_to_end(&mut bytes)?;
        let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        // A line that is longer than all that is read in one look is passed over.
        let taken = if whole == 0 && bytes.len() as u64 == MOST { bytes.len() } else { whole };
        self.offset += taken as u64;
        let lines = bytes[..whole].split(|byte| *byte == b'\n');
        let lines =
            lines.filter(|line| !line.is_empty() && line.len() <= LONGEST).map(<[u8]>::to_vec).collect();
        Ok(Looked { anew, lines })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn lines(tail: &mut Tail) -> (bool, Vec<String>) {
        let looked = tail.look();
        (looked.anew, looked.lines.into_iter().map(|line| String::from_utf8(line).unwrap()).collect())
    }

    #[test]
    fn lines_come_once_and_whole() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("flags.jsonl");
        let mut tail = Tail::new(&path);
        assert_eq!(lines(&mut tail), (false, vec![]));
        fs::write(&path, "one\ntw").unwrap();
        assert_eq!(lines(&mut tail), (false, vec!["one".to_owned()]));
        assert_eq!(lines(&mut tail), (false, vec![]));
        fs::write(&path, "one\ntwo\n\nthree\n").unwrap();
        assert_eq!(lines(&mut tail), (false, vec!["two".to_owned(), "three".to_owned()]));
        fs::write(&path, "new\n").unwrap();
        assert_eq!(lines(&mut tail), (true, vec!["new".to_owned()]));
        fs::remove_file(&path).unwrap();
        assert_eq!(lines(&mut tail), (true, vec![]));
        fs::write(&path, "back\n").unwrap();
        assert_eq!(lines(&mut tail), (false, vec!["back".to_owned()]));
    }
}
