//! `.sentrix_sync_state`: the names of complete copies, as the Python version keeps them.

use sentrix_record::atomic;
use sentrix_record::fs::{At, Error, Fs, FsFile, Open, PRIVATE};
use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// The name in a log directory.
pub const FILE: &str = ".sentrix_sync_state";
const LIMIT: u64 = 64 << 20;

/// The names of complete copies. What was there stays, ours or not.
#[derive(Debug)]
pub struct State {
    path: PathBuf,
    names: BTreeSet<String>,
    changed: bool,
}

impl State {
    /// Reads it. A file that is none counts as empty: the manifest knows every complete copy of ours.
    pub fn load<F: Fs>(fs: &F, dir: &Path) -> Result<Self, Error> {
        let path = dir.join(FILE);
        let names = read(fs, &path, LIMIT)?.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        Ok(Self { path, names: names.unwrap_or_default(), changed: false })
    }

    /// Whether a copy is complete.
    pub fn contains(&self, name: &str) -> bool {
        self.names.contains(name)
    }

    /// Notes a complete copy.
    pub fn add(&mut self, name: &str) {
        if !self.contains(name) {
            self.names.insert(name.to_owned());
            self.changed = true;
        }
    }

    /// Writes it, if there is anything new.
    pub fn save<F: Fs>(&mut self, fs: &F) -> Result<(), Error> {
        if self.changed {
            let names: Vec<String> =
                self.names.iter().filter_map(|name| serde_json::to_string(name).ok()).collect();
            atomic::replace(fs, &self.path, format!("[{}]", names.join(", ")).as_bytes(), PRIVATE)?;
            self.changed = false;
        }
        Ok(())
    }
}

/// A small file's bytes; `None` when it is not there.
pub fn read<F: Fs>(fs: &F, path: &Path, limit: u64) -> Result<Option<Vec<u8>>, Error> {
    let file = match fs.open(path, Open::Read) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        opened => opened.at("open", path)?,
    };
    let len = file.stat().at("read", path)?.len;
    if len > limit {
        return Err(std::io::Error::from(ErrorKind::FileTooLarge)).at("read", path);
    }
    let mut bytes = vec![0; usize::try_from(len).unwrap_or(0)];
    let read = file.read_full_at(&mut bytes, 0).at("read", path)?;
    bytes.truncate(read);
    Ok(Some(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use sentrix_record::fs::fault::FaultFs;

    #[test]
    fn the_python_versions_names_stay() {
        let fs = FaultFs::new();
        let python = br#"["20260310T014033.json", "20260310T185751.json"]"#;
        fs.put("logs/.sentrix_sync_state", python);
        let mut state = State::load(&fs, Path::new("logs")).unwrap();
        state.save(&fs).unwrap();
        assert_eq!(fs.operations(), 0, "nothing new, nothing written");
        assert!(state.contains("20260310T185751.json"));
        state.add("20260310T150000.json");
        state.save(&fs).unwrap();
        let text = fs.read("logs/.sentrix_sync_state").unwrap();
        assert_eq!(
            String::from_utf8(text).unwrap(),
            r#"["20260310T014033.json", "20260310T150000.json", "20260310T185751.json"]"#
        );
    }

    #[test]
    fn a_file_that_is_none_counts_as_empty() {
        let fs = FaultFs::new();
        fs.put("logs/.sentrix_sync_state", b"[\"torn");
        assert!(!State::load(&fs, Path::new("logs")).unwrap().contains("torn"));
    }
}
