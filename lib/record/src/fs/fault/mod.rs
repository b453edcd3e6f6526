//! The failing twin: a file system in memory that breaks when told to, and shows what a crash would have left.
//!
//! It keeps two states apart, as the page cache and the disk are apart: what programs see, and what is durable. A
//! file's content becomes durable by `sync` on it; a name (created, renamed, removed) by `sync_dir` on its
//! directory, and by nothing else. Directories themselves are always durable.
//!
//! ```
//! # use sentrix_record::fs::{fault::{FaultFs, Image}, Fs, FsFile, Open};
//! # use std::{io::IoSlice, path::Path};
//! let fs = FaultFs::new();
//! let file = fs.open(Path::new("a"), Open::CreateNew(0o600)).unwrap();
//! file.write_all_at(&mut [IoSlice::new(b"seen, not durable")], 0).unwrap();
//! assert!(fs.crash(Image::Dropped).read("a").is_none());
//! ```

mod disk;
mod file;
mod image;

pub use file::FaultFile;
pub use image::Image;

use super::{Fs, Open, Stat};
use disk::{Disk, Node};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What a file system can be asked for, as far as it is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Op {
    /// A file was made.
    Create,
    /// A file got another name.
    Rename,
    /// A file was removed.
    Remove,
    /// A directory was synced.
    SyncDir,
    /// Bytes were written.
    Write,
    /// A file was cut or stretched.
    SetLen,
    /// A file was synced.
    Sync,
}

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Everything stops before this operation; this one and all later ones fail. If it is a write, it was under way.
    Crash,
    /// This operation fails with this error number (`ENOSPC` is 28, `EIO` 5, `EDQUOT` 122, `EINTR` 4). A failed
    /// sync loses what it should have made durable: a second one succeeds, and saves only what was written anew.
    Error(i32),
    /// A write takes only this many bytes.
    Short(usize),
    /// A write takes half of its bytes, and everything that needs room fails from then on with this error number,
    /// until [`FaultFs::heal`].
    Full(i32),
}

/// A file system in memory. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct FaultFs {
    disk: Arc<Mutex<Disk>>,
}

impl FaultFs {
    /// An empty one.
    pub fn new() -> Self {
        Self::default()
    }

    /// Lets the operation with this number (from 0, see [`operations`](Self::operations)) go wrong.
    pub fn inject(&self, operation: u64, fault: Fault) {
        self.lock().faults.insert(operation, fault);
    }

    /// Lets every write take at most this many bytes, and every second one be interrupted before it begins.
    pub fn dribble(&self, bytes: usize) {
        self.lock().dribble = Some(bytes);
    }

    /// Ends a full disk, and forgets the faults that are still to come.
    pub fn heal(&self) {
        let mut disk = self.lock();
        disk.faults.clear();
        disk.full = None;
        disk.dribble = None;
    }

    /// How many operations that change something there were.
    pub fn operations(&self) -> u64 {
        self.lock().operations
    }

    /// How many there were of one kind, failed ones included.
    pub fn count(&self, op: Op) -> u64 {
        self.lock().counts.get(&op).copied().unwrap_or_default()
    }

    /// Whether a crash was met.
    pub fn crashed(&self) -> bool {
        self.lock().crashed
    }

    /// A new file system as a crash at this moment would leave it. All locks are free.
    #[must_use]
    pub fn crash(&self, image: Image) -> Self {
        Self { disk: Arc::new(Mutex::new(image::after(&self.lock(), image))) }
    }

    /// Puts a file there, durably, replacing what was.
    pub fn put(&self, path: impl AsRef<Path>, bytes: &[u8]) {
        let mut disk = self.lock();
        let id = disk.add(Node { data: bytes.to_vec(), durable: bytes.to_vec(), ..Node::default() });
        disk.names.insert(path.as_ref().to_owned(), id);
        disk.durable_names.insert(path.as_ref().to_owned(), id);
    }

    /// What programs see in a file.
    pub fn read(&self, path: impl AsRef<Path>) -> Option<Vec<u8>> {
        let disk = self.lock();
        disk.names.get(path.as_ref()).map(|id| disk.nodes[*id].data.clone())
    }

    /// All names.
    pub fn paths(&self) -> Vec<PathBuf> {
        self.lock().names.keys().cloned().collect()
    }

    fn lock(&self) -> MutexGuard<'_, Disk> {
        // A test that panics elsewhere has already failed.
        self.disk.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Fs for FaultFs {
    type File = FaultFile;

    fn open(&self, path: &Path, how: Open) -> io::Result<FaultFile> {
        let mut disk = self.lock();
        disk.alive()?;
        let id = match (disk.names.get(path).copied(), how) {
            (Some(_), Open::CreateNew(_)) => return Err(ErrorKind::AlreadyExists.into()),
            (Some(id), _) => id,
            (None, Open::Create | Open::CreateNew(_)) => {
                disk.begin(Op::Create)?;
                let id = disk.add(Node::default());
                disk.names.insert(path.to_owned(), id);
                id
            }
            (None, _) => return Err(ErrorKind::NotFound.into()),
        };
        disk.handles += 1;
        Ok(FaultFile::new(self.clone(), id, disk.handles, how != Open::Read))
    }

    fn make_dir(&self, _path: &Path) -> io::Result<()> {
        self.lock().alive()
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut disk = self.lock();
        disk.begin(Op::Rename)?;
        let id = disk.names.remove(from).ok_or(ErrorKind::NotFound)?;
        disk.names.insert(to.to_owned(), id);
        Ok(())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let mut disk = self.lock();
        disk.begin(Op::Remove)?;
        disk.names.remove(path).map(|_| ()).ok_or_else(|| ErrorKind::NotFound.into())
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        let mut disk = self.lock();
        disk.begin(Op::SyncDir)?;
        let disk = &mut *disk;
        let within = |name: &PathBuf| crate::atomic::parent(name) == path;
        let seen: BTreeMap<_, _> = disk.names.iter().filter(|(name, _)| within(name)).collect();
        disk.durable_names.retain(|name, _| !within(name));
        disk.durable_names.extend(seen.into_iter().map(|(name, id)| (name.clone(), *id)));
        Ok(())
    }

    fn list(&self, path: &Path) -> io::Result<Vec<OsString>> {
        let disk = self.lock();
        disk.alive()?;
        let within = disk.names.keys().filter(|name| crate::atomic::parent(name) == path);
        Ok(within.filter_map(|name| name.file_name().map(ToOwned::to_owned)).collect())
    }

    fn stat(&self, path: &Path) -> io::Result<Stat> {
        let disk = self.lock();
        disk.alive()?;
        disk.names.get(path).map(|id| disk.stat(*id)).ok_or_else(|| ErrorKind::NotFound.into())
    }
}

#[cfg(test)]
mod tests;
