//! The file system as the write paths see it: a trait, the real one, and (feature `fault`) a twin that fails.
//!
//! Everything here is generic, not boxed: on the real file system an append is the bare system call.
//! No method retries a failed `sync`: after a failure the kernel may have dropped the dirty pages, and a second
//! `fsync` on the same handle would report success for data that is gone.

mod error;
#[cfg(any(test, feature = "fault"))]
pub mod fault;
mod reader;
mod real;

pub use error::{At, Error};
pub use reader::Reader;
pub use real::{StdFile, StdFs, open};

use std::ffi::OsString;
use std::io::{self, ErrorKind, IoSlice};
use std::path::Path;
use std::time::SystemTime;

/// The mode of a file that may hold a secret; every file of a log directory does.
pub const PRIVATE: u32 = 0o600;

/// What a file system must offer to whoever keeps a state directory on it. Cheap to clone.
pub trait Fs: Clone {
    /// An open file; closing is dropping, and frees its lock.
    type File: FsFile;

    /// Opens a file.
    ///
    /// # Errors
    /// As the system says; [`ErrorKind::AlreadyExists`] when a new file was asked for and the name is taken.
    fn open(&self, path: &Path, how: Open) -> io::Result<Self::File>;

    /// Makes a directory (0700) and the ones above it; one that is there already is left as it is.
    ///
    /// # Errors
    /// As the system says.
    fn make_dir(&self, path: &Path) -> io::Result<()>;

    /// Gives a file another name, replacing what had it.
    ///
    /// # Errors
    /// As the system says.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Removes a file.
    ///
    /// # Errors
    /// As the system says.
    fn remove(&self, path: &Path) -> io::Result<()>;

    /// Makes creations, renames and removals in a directory durable.
    ///
    /// # Errors
    /// As the system says; never retried.
    fn sync_dir(&self, path: &Path) -> io::Result<()>;

    /// The names in a directory, sorted by their bytes.
    ///
    /// # Errors
    /// As the system says.
    fn list(&self, path: &Path) -> io::Result<Vec<OsString>>;

    /// What the system knows of the file that a path names, following symbolic links.
    ///
    /// # Errors
    /// As the system says.
    fn stat(&self, path: &Path) -> io::Result<Stat>;
}

/// How to open a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Open {
    /// An existing file, to read.
    Read,
    /// An existing file, to read and write.
    Write,
    /// To read and write; made with mode [`PRIVATE`] when missing. What is in it is kept.
    Create,
    /// A new file with this mode (less the umask), to read and write; fails when the name is taken.
    CreateNew(u32),
}

/// What the system knows about a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stat {
    /// The device that holds it.
    pub dev: u64,
    /// Its number on the device; a system may give it again once the file is gone.
    pub ino: u64,
    /// Bytes in it.
    pub len: u64,
    /// When its content last changed.
    pub modified: SystemTime,
    /// Whether it is a regular file.
    pub is_file: bool,
}

/// An open file.
pub trait FsFile {
    /// Reads once at an offset; 0 at the end.
    ///
    /// # Errors
    /// As the system says.
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize>;

    /// Writes once at an offset, from several slices as if they were one; may write less than asked.
    ///
    /// # Errors
    /// As the system says.
    fn write_at(&self, slices: &[IoSlice<'_>], offset: u64) -> io::Result<usize>;

    /// Cuts the file, or fills it up with zeros.
    ///
    /// # Errors
    /// As the system says.
    fn set_len(&self, len: u64) -> io::Result<()>;

    /// Makes the content durable. Never call it again on a handle for which it failed.
    ///
    /// # Errors
    /// As the system says.
    fn sync(&self) -> io::Result<()>;

    /// What the system knows of the file.
    ///
    /// # Errors
    /// As the system says.
    fn stat(&self) -> io::Result<Stat>;

    /// Takes the file's exclusive advisory lock if it is free; `false` when another handle holds it.
    ///
    /// # Errors
    /// As the system says.
    fn try_lock(&self) -> io::Result<bool>;

    /// Frees the lock.
    ///
    /// # Errors
    /// As the system says.
    fn unlock(&self) -> io::Result<()>;

    /// Writes all of the slices, in one call when the system takes them whole; goes on after an interrupt or a
    /// short write.
    ///
    /// # Errors
    /// As the system says. A prefix may then have been written: the caller restores the file.
    fn write_all_at(&self, slices: &mut [IoSlice<'_>], offset: u64) -> io::Result<()> {
        let mut slices = slices;
        let mut offset = offset;
        IoSlice::advance_slices(&mut slices, 0);
        while !slices.is_empty() {
            match self.write_at(slices, offset) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(written) => {
                    offset += written as u64;
                    IoSlice::advance_slices(&mut slices, written);
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Reads until the buffer is full or the file ends; says how much was read.
    ///
    /// # Errors
    /// As the system says.
    fn read_full_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let mut filled = 0;
        while filled < buffer.len() {
            match self.read_at(&mut buffer[filled..], offset + filled as u64) {
                Ok(0) => break,
                Ok(read) => filled += read,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(filled)
    }
}
