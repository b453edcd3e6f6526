//! The real file system.

use super::{Fs, FsFile, Open, PRIVATE, Stat};
use rustix::fs::OFlags;
use std::ffi::OsString;
use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, IoSlice};
use std::os::unix::fs::{DirBuilderExt, FileExt, MetadataExt, OpenOptionsExt};
use std::path::Path;
use std::time::SystemTime;

/// The real file system.
#[derive(Debug, Clone, Copy, Default)]
pub struct StdFs;

/// A file of the real file system.
#[derive(Debug)]
pub struct StdFile(File);

/// Opens a file of a state directory to read it. Whoever can write there may have put a pipe under its name, which would be waited
/// for, so anything but a regular file is refused.
///
/// # Errors
/// As the system says.
pub fn open(path: &Path) -> io::Result<File> {
    regular(OpenOptions::new().read(true), path)
}

fn regular(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
    // A number of few bits, which the system's type holds.
    let nonblock = OFlags::NONBLOCK.bits().cast_signed();
    let file = options.custom_flags(nonblock).open(path)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::new(ErrorKind::InvalidInput, "not a regular file"));
    }
    Ok(file)
}

impl Fs for StdFs {
    type File = StdFile;

    fn open(&self, path: &Path, how: Open) -> io::Result<StdFile> {
        let mut options = OpenOptions::new();
        options.read(true).mode(PRIVATE);
        match how {
            Open::Read => &mut options,
            Open::Write => options.write(true),
            Open::Create => options.write(true).create(true),
            Open::CreateNew(mode) => options.write(true).create_new(true).mode(mode),
        };
        regular(&mut options, path).map(StdFile)
    }

    fn make_dir(&self, path: &Path) -> io::Result<()> {
        DirBuilder::new().recursive(true).mode(0o700).create(path)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        File::open(path)?.sync_all()
    }

    fn list(&self, path: &Path) -> io::Result<Vec<OsString>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(path)? {
            names.push(entry?.file_name());
        }
        names.sort_unstable();
        Ok(names)
    }

    fn stat(&self, path: &Path) -> io::Result<Stat> {
        fs::metadata(path).map(|metadata| stat(&metadata))
    }
}

impl FsFile for StdFile {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        self.0.read_at(buffer, offset)
    }

    fn write_at(&self, slices: &[IoSlice<'_>], offset: u64) -> io::Result<usize> {
        match slices {
            [one] => self.0.write_at(one, offset),
            several => Ok(rustix::io::pwritev(&self.0, several, offset)?),
        }
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.0.set_len(len)
    }

    fn sync(&self) -> io::Result<()> {
        self.0.sync_data()
    }

    fn stat(&self) -> io::Result<Stat> {
        self.0.metadata().map(|metadata| stat(&metadata))
    }

    fn try_lock(&self) -> io::Result<bool> {
        match self.0.try_lock() {
            Ok(()) => Ok(true),
            Err(TryLockError::WouldBlock) => Ok(false),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    fn unlock(&self) -> io::Result<()> {
        self.0.unlock()
    }
}

fn stat(metadata: &fs::Metadata) -> Stat {
    Stat {
        dev: metadata.dev(),
        ino: metadata.ino(),
        len: metadata.len(),
        modified: metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH),
        is_file: metadata.is_file(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn files_are_private_and_written_whole() {
        let dir = tempfile::tempdir().unwrap();
        let inner = dir.path().join("a b/\u{e9}\n");
        StdFs.make_dir(&inner).unwrap();
        StdFs.make_dir(&inner).unwrap();
        let path = inner.join("file");
        let file = StdFs.open(&path, Open::CreateNew(PRIVATE)).unwrap();
        assert!(StdFs.open(&path, Open::CreateNew(PRIVATE)).is_err());
        file.write_all_at(&mut [IoSlice::new(b"one "), IoSlice::new(b"two")], 0).unwrap();
        file.write_all_at(&mut [IoSlice::new(b"ONE")], 0).unwrap();
        file.sync().unwrap();
        StdFs.sync_dir(&inner).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"ONE two");
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&path), mode(&inner)), (0o600, 0o700));
        assert_eq!(file.stat().unwrap(), StdFs.stat(&path).unwrap());
        assert_eq!(StdFs.list(&inner).unwrap(), ["file"]);
        let mut text = [0; 9];
        assert_eq!((file.read_full_at(&mut text, 4).unwrap(), &text[..3]), (3, &b"two"[..]));
        let mut text = String::new();
        io::Read::read_to_string(&mut crate::fs::Reader::new(&file, 1), &mut text).unwrap();
        assert_eq!(text, "NE two");
        StdFs.remove(&path).unwrap();
        assert!(StdFs.list(&inner).unwrap().is_empty());
    }
}
