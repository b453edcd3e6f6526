//! Where log files are: in their directory, below it, compressed beside it, or under another name that the manifest gives away.

use flate2::read::MultiGzDecoder;
use ruzstd::decoding::StreamingDecoder;
use sentrix_record::manifest::Record;
use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// No stretch that is read at once is longer.
pub(crate) const MOST: u64 = 1 << 27;

/// The log files of a directory.
#[derive(Debug)]
pub struct Records {
    /// The directory, those directly below it, and those that were named besides.
    dirs: Vec<PathBuf>,
    /// What the manifest says of each name.
    listed: HashMap<String, (u64, String)>,
    removed: HashMap<String, String>,
    /// Names of log files in the order of time.
    names: Vec<String>,
}

/// A file that should hold a log file's bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogCopy {
    /// Where it is.
    pub path: PathBuf,
    packing: Packing,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Packing {
    Plain,
    Gzip,
    Zstd,
}

impl Records {
    /// The records of a log directory; `others` are further places to look in.
    pub fn open(dir: &Path, others: &[PathBuf]) -> Self {
        let mut dirs = vec![dir.to_owned()];
        let mut below: Vec<PathBuf> = fs::read_dir(dir)
            .into_iter()
            .flatten()
            .flatten()
            // A link could point anywhere.
            .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
            .map(|entry| entry.path())
            .collect();
        below.sort();
        dirs.extend(below);
        dirs.extend(others.iter().cloned());
        let (listed, removed) = manifest(&dir.join("manifest.jsonl"));
        let names = names(&dirs);
        Self { dirs, listed, removed, names }
    }

    /// When retention removed this file, if it did.
    pub fn removed(&self, name: &str) -> Option<&str> {
        self.removed.get(name).map(String::as_str)
    }

    /// Everything that may hold this log file, the likeliest first.
    pub fn copies(&self, name: &str) -> Vec<LogCopy> {
        if !is_log_name(name) {
            return Vec::new();
        }
        let mut copies = Vec::new();
        for dir in &self.dirs {
            for (ending, packing) in [("", Packing::Plain), (".gz", Packing::Gzip), (".zst", Packing::Zstd)] {
                let path = dir.join(format!("{name}{ending}"));
                if fs::symlink_metadata(&path).is_ok_and(|file| file.is_file()) {
                    copies.push(LogCopy { path, packing });
                }
            }
        }
        if copies.is_empty() {
            copies.extend(self.renamed(name));
        }
        copies
    }

    /// The name of the log file before or after this one.
    pub(crate) fn beside(&self, name: &str, after: bool) -> Option<&str> {
        let at = self.names.binary_search_by(|known| stem(known).cmp(stem(name)));
        let index = match (at, after) {
            (Ok(at), true) => at + 1,
            (Err(at), true) => at,
            (Ok(at) | Err(at), false) => at.checked_sub(1)?,
        };
        self.names.get(index).map(String::as_str)
    }

    /// How long a log file is, as far as that is known without unpacking it.
    pub(crate) fn length(&self, name: &str, copy: &LogCopy) -> Option<u64> {
        match copy.packing {
            Packing::Plain => fs::metadata(&copy.path).ok().map(|file| file.len()),
            _ => self.listed.get(name).map(|(bytes, _)| *bytes),
        }
    }

    /// A file with the length and the hash that the manifest has for this name.
    fn renamed(&self, name: &str) -> Option<LogCopy> {
        let (bytes, hash) = self.listed.get(name)?;
        let files = self.dirs.iter().filter_map(|dir| fs::read_dir(dir).ok()).flatten().flatten();
        files
            .filter(|entry| entry.metadata().is_ok_and(|file| file.is_file() && file.len() == *bytes))
            .map(|entry| entry.path())
            .find(|path| hash_of(path).is_ok_and(|found| found == *hash))
            .map(|path| LogCopy { path, packing: Packing::Plain })
    }
}

impl LogCopy {
    /// Whether it is not compressed.
    pub fn is_plain(&self) -> bool {
        self.packing == Packing::Plain
    }

    /// The log file's bytes from the beginning.
    pub(crate) fn reader(&self) -> io::Result<Box<dyn Read>> {
        let file = BufReader::with_capacity(1 << 16, File::open(&self.path)?);
        Ok(match self.packing {
            Packing::Plain => Box::new(file),
            Packing::Gzip => Box::new(MultiGzDecoder::new(file)),
            Packing::Zstd => Box::new(StreamingDecoder::new(file).map_err(io::Error::other)?),
        })
    }

    /// The bytes of a stretch; fewer where the file ends before it.
    pub(crate) fn read(&self, start: u64, end: u64) -> io::Result<Vec<u8>> {
        let length = end.saturating_sub(start);
        if length > MOST {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        let mut bytes = Vec::new();
        if self.packing == Packing::Plain {
            let mut file = File::open(&self.path)?;
            file.seek(SeekFrom::Start(start))?;
            file.take(length).read_to_end(&mut bytes)?;
        } else {
            let mut reader = self.reader()?;
            io::copy(&mut reader.by_ref().take(start), &mut io::sink())?;
            reader.take(length).read_to_end(&mut bytes)?;
        }
        Ok(bytes)
    }
}

type Listed = HashMap<String, (u64, String)>;

/// What the manifest says, as far as it can be read: it is used to find files, and their bytes are checked by themselves.
fn manifest(path: &Path) -> (Listed, HashMap<String, String>) {
    let (mut listed, mut removed) = (HashMap::new(), HashMap::new());
    let bytes = fs::read(path).unwrap_or_default();
    for line in bytes.split(|byte| *byte == b'\n') {
        match serde_json::from_slice(line) {
            Ok(Record::File(file)) => {
                listed.insert(file.name, (file.bytes, file.blake3));
            }
            Ok(Record::Removed(file)) => {
                removed.insert(file.removed, file.at);
            }
            Err(_) => {}
        }
    }
    (listed, removed)
}

/// The names of all log files, compressed ones too, oldest first.
fn names(dirs: &[PathBuf]) -> Vec<String> {
    let entries = dirs.iter().filter_map(|dir| fs::read_dir(dir).ok()).flatten().flatten();
    let mut names: Vec<String> = entries
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_file()))
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let name = [".gz", ".zst"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(&name);
            let dated =
                name.as_bytes().get(8) == Some(&b'T') && name[..8].bytes().all(|b| b.is_ascii_digit());
            (dated && is_log_name(name)).then(|| name.to_owned())
        })
        .collect();
    names.sort_by(|a, b| stem(a).cmp(stem(b)));
    names.dedup();
    names
}

/// The name without `.json`: with it, `X-01.json` would come before `X.json`.
fn stem(name: &str) -> &str {
    name.strip_suffix(".json").unwrap_or(name)
}

/// Whether a name that a flag gives can be that of a log file: it must not lead out of the directory.
fn is_log_name(name: &str) -> bool {
    let plain = name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b));
    plain && name.is_ascii() && name.ends_with(".json") && !name.starts_with('.') && name.len() < 200
}

fn hash_of(path: &Path) -> io::Result<String> {
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(File::open(path)?)?;
    Ok(hasher.finalize().to_hex().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn a_name_cannot_lead_out_of_the_directory() {
        for name in ["../x.json", "/etc/x.json", ".x.json", "a\0.json", "x.txt", "", "é.json", "a/b.json"] {
            assert!(!is_log_name(name), "{name}");
        }
        assert!(is_log_name("20260310T014033-01.json"));
    }

    #[test]
    fn a_file_is_found_compressed_and_below_and_by_its_hash() {
        let dir = tempfile::tempdir().unwrap();
        let text = b"[\n  {\"ts\":1}\n]\n";
        let name = "20260310T014033.json";
        let read = |records: &Records| records.copies(name)[0].read(4, 12).unwrap();
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        gzip.write_all(text).unwrap();
        let packed = dir.path().join(format!("{name}.gz"));
        fs::write(&packed, gzip.finish().unwrap()).unwrap();
        assert_eq!(read(&Records::open(dir.path(), &[])), b"{\"ts\":1}");
        fs::remove_file(&packed).unwrap();
        let zstd = ruzstd::encoding::compress_to_vec(&text[..], ruzstd::encoding::CompressionLevel::Fastest);
        fs::create_dir(dir.path().join("old")).unwrap();
        fs::write(dir.path().join(format!("old/{name}.zst")), zstd).unwrap();
        assert_eq!(read(&Records::open(dir.path(), &[])), b"{\"ts\":1}");
        fs::remove_dir_all(dir.path().join("old")).unwrap();
        assert!(Records::open(dir.path(), &[]).copies(name).is_empty());
        fs::write(dir.path().join("renamed.bak"), text).unwrap();
        let hash = blake3::hash(text).to_hex();
        let line = format!(
            "{{\"name\":\"{name}\",\"bytes\":{},\"events\":1,\"first_ts\":1,\"last_ts\":1,\"blake3\":\"{hash}\",\"prev\":\"\"}}\n",
            text.len()
        );
        fs::write(dir.path().join("manifest.jsonl"), line).unwrap();
        assert_eq!(read(&Records::open(dir.path(), &[])), b"{\"ts\":1}");
    }

    #[test]
    fn files_have_their_order() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["20260310T000000.json", "20260310T000000-01.json.gz", "20260311T000000.json", "x.json"] {
            fs::write(dir.path().join(name), "").unwrap();
        }
        let records = Records::open(dir.path(), &[]);
        assert_eq!(records.beside("20260310T000000.json", true), Some("20260310T000000-01.json"));
        assert_eq!(records.beside("20260310T000000.json", false), None);
        assert_eq!(records.beside("20260310T120000.json", true), Some("20260311T000000.json"));
    }
}
