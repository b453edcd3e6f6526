//! A local directory as a source: a bind mount, a volume, an archive.

use crate::source::{Item, ItemKind, Source};
use rustix::fs::{AtFlags, CWD, Dir, FileType, Mode, OFlags, Stat, fstat, openat, statat};
use std::fs::File;
use std::io::{self, ErrorKind};
use std::os::fd::OwnedFd;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

/// More names than a record of years has.
const MAX_NAMES: usize = 100_000;

/// A local directory.
#[derive(Debug)]
pub struct Directory {
    path: PathBuf,
    id: String,
    /// The directory that was listed last: names are opened in it and nowhere else.
    open: Option<OwnedFd>,
}

impl Directory {
    /// A directory, with a name of its own or else its path's. It need not be there yet.
    pub fn new(path: &Path, id: Option<&str>) -> Self {
        let whole = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let id = id.map_or_else(|| whole.display().to_string(), ToOwned::to_owned);
        Self { path: path.to_owned(), id, open: None }
    }
}

impl Source for Directory {
    fn id(&self) -> String {
        self.id.clone()
    }

    fn list(&mut self) -> io::Result<Vec<Item>> {
        // Opened anew: the directory may have been replaced, and its old self would stay silent for ever.
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let dir = openat(CWD, &self.path, flags, Mode::empty())?;
        let mut items = Vec::new();
        for entry in Dir::read_from(&dir)? {
            let entry = entry?;
            let name = entry.file_name();
            if matches!(name.to_bytes(), b"." | b"..") {
                continue;
            }
            match statat(&dir, name, AtFlags::SYMLINK_NOFOLLOW) {
                Ok(stat) => items.push(item(name.to_string_lossy().into_owned(), &stat)),
                Err(rustix::io::Errno::NOENT) => {}
                Err(error) => return Err(error.into()),
            }
            if items.len() > MAX_NAMES {
                return Err(ErrorKind::FileTooLarge.into());
            }
        }
        self.open = Some(dir);
        Ok(items)
    }

    fn read(&mut self, name: &str, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let dir = self.open.as_ref().ok_or(ErrorKind::NotFound)?;
        if name.contains('/') {
            return Err(ErrorKind::InvalidFilename.into());
        }
        // NONBLOCK, or a pipe under a log file's name would hold us for ever.
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = openat(dir, name, flags, Mode::empty())?;
        if item(String::new(), &fstat(&file)?).kind != ItemKind::File {
            return Err(io::Error::new(ErrorKind::InvalidInput, "it is no regular file with one name"));
        }
        read_full(&File::from(file), offset, buffer)
    }
}

fn read_full(file: &File, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match file.read_at(&mut buffer[filled..], offset + filled as u64) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

fn item(name: String, stat: &Stat) -> Item {
    let kind = match FileType::from_raw_mode(stat.st_mode) {
        FileType::RegularFile if stat.st_nlink > 1 => ItemKind::HardLink,
        FileType::RegularFile => ItemKind::File,
        FileType::Symlink => ItemKind::Link,
        FileType::Directory => ItemKind::Directory,
        _ => ItemKind::Other,
    };
    // The time of the last change of the inode cannot be set back by whoever edits the file.
    let marker =
        format!("{}:{}:{}:{}.{}", stat.st_dev, stat.st_ino, stat.st_size, stat.st_ctime, stat.st_ctime_nsec);
    Item { name, kind, size: u64::try_from(stat.st_size).unwrap_or(0), marker }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::symlink;

    #[test]
    fn only_regular_files_with_one_name_are_read() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        fs::write(at("file"), "0123456789").unwrap();
        fs::write(at("twice"), "x").unwrap();
        fs::hard_link(at("twice"), at("again")).unwrap();
        symlink("file", at("link")).unwrap();
        fs::create_dir(at("folder")).unwrap();
        rustix::fs::mknodat(CWD, at("pipe"), FileType::Fifo, Mode::RUSR, 0).unwrap();
        let mut source = Directory::new(dir.path(), None);
        let mut items = source.list().unwrap();
        items.sort_by(|a, b| a.name.cmp(&b.name));
        let kinds: Vec<_> = items.iter().map(|item| (item.name.as_str(), item.kind)).collect();
        assert_eq!(
            kinds,
            [
                ("again", ItemKind::HardLink),
                ("file", ItemKind::File),
                ("folder", ItemKind::Directory),
                ("link", ItemKind::Link),
                ("pipe", ItemKind::Other),
                ("twice", ItemKind::HardLink),
            ]
        );
        let mut buffer = [0; 6];
        assert_eq!((source.read("file", 4, &mut buffer).unwrap(), &buffer), (6, b"456789"));
        assert_eq!(source.read("file", 8, &mut buffer).unwrap(), 2);
        for name in ["again", "folder", "link", "pipe", "missing", "../file", "/etc/passwd"] {
            assert!(source.read(name, 0, &mut buffer).is_err(), "{name}");
        }
    }

    #[test]
    fn a_marker_tells_an_edit_whose_time_was_set_back() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        fs::write(&path, "one").unwrap();
        let mut source = Directory::new(dir.path(), Some("box"));
        assert_eq!(source.id(), "box");
        let before = source.list().unwrap();
        let modified = fs::metadata(&path).unwrap().modified().unwrap();
        // File systems keep change times in steps; wait for the next one.
        while source.list().unwrap() == before {
            fs::write(&path, "two").unwrap();
            fs::File::options().write(true).open(&path).unwrap().set_modified(modified).unwrap();
        }
    }
}
