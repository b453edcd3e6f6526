//! A file of the failing twin.

use super::disk::Id;
use super::{FaultFs, Op};
use crate::fs::{FsFile, Stat};
use std::io::{self, ErrorKind, IoSlice};

/// An open file of a [`FaultFs`].
#[derive(Debug)]
pub struct FaultFile {
    fs: FaultFs,
    id: Id,
    handle: u64,
    writable: bool,
}

impl FaultFile {
    pub(super) fn new(fs: FaultFs, id: Id, handle: u64, writable: bool) -> Self {
        Self { fs, id, handle, writable }
    }

    fn writable(&self) -> io::Result<()> {
        if self.writable { Ok(()) } else { Err(ErrorKind::PermissionDenied.into()) }
    }

    fn index(offset: u64) -> io::Result<usize> {
        usize::try_from(offset).map_err(|_| ErrorKind::FileTooLarge.into())
    }
}

impl FsFile for FaultFile {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let disk = self.fs.lock();
        disk.alive()?;
        let data = disk.nodes[self.id].data.get(Self::index(offset)?..).unwrap_or_default();
        let count = data.len().min(buffer.len());
        buffer[..count].copy_from_slice(&data[..count]);
        Ok(count)
    }

    fn write_at(&self, slices: &[IoSlice<'_>], offset: u64) -> io::Result<usize> {
        self.writable()?;
        let bytes: Vec<u8> = slices.iter().flat_map(|slice| slice.iter().copied()).collect();
        self.fs.lock().write(self.id, Self::index(offset)?, &bytes)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.writable()?;
        let mut disk = self.fs.lock();
        disk.begin(Op::SetLen)?;
        disk.nodes[self.id].set_len(Self::index(len)?);
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        self.fs.lock().sync(self.id)
    }

    fn stat(&self) -> io::Result<Stat> {
        let disk = self.fs.lock();
        disk.alive()?;
        Ok(disk.stat(self.id))
    }

    fn try_lock(&self) -> io::Result<bool> {
        let mut disk = self.fs.lock();
        disk.alive()?;
        let locked = &mut disk.nodes[self.id].locked;
        let free = locked.is_none_or(|handle| handle == self.handle);
        if free {
            *locked = Some(self.handle);
        }
        Ok(free)
    }

    fn unlock(&self) -> io::Result<()> {
        let locked = &mut self.fs.lock().nodes[self.id].locked;
        if *locked == Some(self.handle) {
            *locked = None;
        }
        Ok(())
    }
}

impl Drop for FaultFile {
    fn drop(&mut self) {
        let _always_ok = self.unlock();
    }
}
