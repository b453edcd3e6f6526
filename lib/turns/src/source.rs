//! Where a record comes from: log files, alone or by the directory.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A log file to read.
#[derive(Debug, Clone)]
pub struct Source {
    /// Where it is.
    pub path: PathBuf,
    /// Its file name: how turns and flags call it.
    pub name: String,
    /// Byte to begin at; what stands before was read by an earlier sweep.
    pub from: u64,
}

impl Source {
    /// A file, to be read from its beginning.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
        Self { path, name, from: 0 }
    }

    pub(crate) fn open(&self) -> io::Result<Opened> {
        let file = File::open(&self.path)?;
        let stat = file.metadata()?;
        if stat.is_dir() {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        Ok(Opened { file: Arc::new(file), len: stat.len() })
    }
}

/// An open log file and its length when it was opened: bytes added later are for the next sweep.
#[derive(Debug, Clone)]
pub(crate) struct Opened {
    pub(crate) file: Arc<File>,
    pub(crate) len: u64,
}

/// What a path stands for.
#[derive(Debug, Default)]
pub struct Listing {
    /// The log files, oldest first.
    pub sources: Vec<Source>,
    /// Paths that could not be read, and why.
    pub problems: Vec<(PathBuf, io::Error)>,
}

/// Lists the log files that paths stand for: a file for itself, a directory for the `*.json` in it (not below it).
///
/// Directories are in the order of their log files' names, which begin with the time; `-01` comes after none.
pub fn list(paths: &[PathBuf]) -> Listing {
    let mut listing = Listing::default();
    for path in paths {
        match fs::metadata(path) {
            Ok(stat) if stat.is_dir() => match directory(path) {
                Ok(sources) => listing.sources.extend(sources),
                Err(error) => listing.problems.push((path.clone(), error)),
            },
            Ok(stat) if stat.is_file() => listing.sources.push(Source::new(path)),
            // Opening a pipe would wait for whoever writes to it, and it has no length to be read to.
            Ok(_) => {
                listing.problems.push((path.clone(), io::Error::other("neither a file nor a directory")))
            }
            Err(error) => listing.problems.push((path.clone(), error)),
        }
    }
    listing
}

fn directory(path: &Path) -> io::Result<Vec<Source>> {
    let mut sources = Vec::new();
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        let name = entry.file_name();
        let hidden = name.as_encoded_bytes().starts_with(b".");
        // A link in a log directory is not ours: it could point anywhere.
        let file = entry.file_type()?.is_file();
        if file && !hidden && Path::new(&name).extension().is_some_and(|extension| extension == "json") {
            sources.push(Source::new(entry.path()));
        }
    }
    sources.sort_by(|a, b| stem(&a.name).cmp(stem(&b.name)));
    Ok(sources)
}

/// The name without `.json`: with it, `X-01.json` would come before `X.json`.
fn stem(name: &str) -> &str {
    name.strip_suffix(".json").unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_is_its_log_files_in_order_of_time() {
        let dir = tempfile::tempdir().unwrap();
        for name in [
            "20260310T014033-01.json",
            "20260310T014033.json",
            "20260309T000000.json",
            ".sentrix_config.json",
            "x.txt",
        ] {
            fs::write(dir.path().join(name), "").unwrap();
        }
        fs::create_dir(dir.path().join("reports.json")).unwrap();
        std::os::unix::fs::symlink("/etc/passwd", dir.path().join("20260311T000000.json")).unwrap();
        let listing = list(&[dir.path().to_owned(), dir.path().join("absent")]);
        let names: Vec<_> = listing.sources.iter().map(|source| source.name.as_str()).collect();
        assert_eq!(names, ["20260309T000000.json", "20260310T014033.json", "20260310T014033-01.json"]);
        assert_eq!(listing.problems.len(), 1);
    }
}
