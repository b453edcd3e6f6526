//! One owner for a directory: an advisory lock on a file in it, with the owner's process number inside.
//!
//! The lock belongs to the open file, so the kernel frees it when its owner dies, however it dies. The file itself
//! stays: removing it would let two owners hold two files of one name.

use crate::fs::{At, Error, Fs, FsFile, Open};
use std::io::IoSlice;
use std::path::{Path, PathBuf};
use std::process;

/// A lock that is held until it is dropped.
#[derive(Debug)]
pub struct Lock<F: Fs> {
    file: F::File,
    path: PathBuf,
}

/// Why a lock was not got.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// A living process holds it.
    #[error("{} is locked by {}", path.display(), owner(*pid))]
    Held {
        /// The lock's file.
        path: PathBuf,
        /// The owner, as it wrote itself down: a process number of its own namespace.
        pid: Option<u32>,
    },
    /// The lock's file could not be used.
    #[error(transparent)]
    Io(#[from] Error),
}

impl<F: Fs> Lock<F> {
    /// Takes the lock at once or not at all.
    ///
    /// # Errors
    /// [`LockError::Held`] with the owner's process number when another holds it.
    pub fn acquire(fs: &F, path: &Path) -> Result<Self, LockError> {
        let file = fs.open(path, Open::Create).at("open", path)?;
        if !file.try_lock().at("lock", path)? {
            return Err(LockError::Held { path: path.to_owned(), pid: read_pid(&file) });
        }
        // The lock holds without the number; a full disk must not keep its owner from waiting for room.
        let pid = format!("{}\n", process::id());
        let _signature =
            file.set_len(0).and_then(|()| file.write_all_at(&mut [IoSlice::new(pid.as_bytes())], 0));
        Ok(Self { file, path: path.to_owned() })
    }

    /// The lock's file.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl<F: Fs> Drop for Lock<F> {
    fn drop(&mut self) {
        // So that nobody who comes between the next owner's lock and its signature reads our number.
        let _cosmetic = self.file.set_len(0);
    }
}

fn read_pid(file: &impl FsFile) -> Option<u32> {
    let mut text = [0; 16];
    let read = file.read_full_at(&mut text, 0).ok()?;
    std::str::from_utf8(&text[..read]).ok()?.trim().parse().ok()
}

fn owner(pid: Option<u32>) -> String {
    pid.map_or_else(|| "another process".to_owned(), |pid| format!("process {pid}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fs::StdFs;
    use crate::fs::fault::{Fault, FaultFs, Image};

    #[test]
    fn the_second_taker_is_told_the_owner_at_once() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(".lock");
        let held = Lock::acquire(&StdFs, &path).unwrap();
        let error = Lock::acquire(&StdFs, &path).unwrap_err();
        assert_eq!(error.to_string(), format!("{} is locked by process {}", path.display(), process::id()));
        drop(held);
        Lock::acquire(&StdFs, &path).unwrap();
    }

    #[test]
    fn the_lock_of_a_dead_owner_is_free_whatever_its_file_says() {
        let fs = FaultFs::new();
        let path = Path::new("logs/.lock");
        let dead = Lock::acquire(&fs, path).unwrap();
        let after = fs.crash(Image::Kept);
        assert!(after.read(path).is_some_and(|text| !text.is_empty()));
        let held = Lock::acquire(&after, path).unwrap();
        assert_eq!(held.path(), path);
        drop(dead);
        let error = Lock::acquire(&after, path).unwrap_err();
        assert!(matches!(error, LockError::Held { pid: Some(_), .. }));
    }

    #[test]
    fn a_full_disk_does_not_keep_the_owner_out() {
        let fs = FaultFs::new();
        fs.put("logs/.lock", b"");
        fs.inject(1, Fault::Error(28));
        let _held = Lock::acquire(&fs, Path::new("logs/.lock")).unwrap();
        let error = Lock::acquire(&fs, Path::new("logs/.lock")).unwrap_err();
        assert!(matches!(error, LockError::Held { pid: None, .. }), "{error}");
    }
}
