//! The two states of the file system, and the faults on their way.

use super::{Fault, Op};
use crate::fs::Stat;
use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::time::SystemTime;

pub(super) type Id = usize;

const EIO: i32 = 5;
const EINTR: i32 = 4;

#[derive(Debug, Clone, Default)]
pub(super) struct Node {
    /// What programs see.
    pub data: Vec<u8>,
    /// What is on the disk.
    pub durable: Vec<u8>,
    /// The bytes that a failed sync lost: the kernel believes that they are on the disk. Writing them again makes
    /// the next sync take them along. Missing at the end means not lost.
    pub lost: Vec<bool>,
    /// The handle that holds the lock.
    pub locked: Option<u64>,
}

impl Node {
    pub fn write(&mut self, offset: usize, bytes: &[u8]) {
        overwrite(&mut self.data, offset, bytes);
        let end = (offset + bytes.len()).min(self.lost.len());
        self.lost[offset.min(end)..end].fill(false);
    }

    pub fn set_len(&mut self, len: usize) {
        self.data.resize(len, 0);
        self.lost.truncate(len);
    }

    /// What is on the disk once the dirty bytes are.
    fn flushed(&self) -> Vec<u8> {
        let byte = |(at, seen): (usize, &u8)| match self.lost.get(at) {
            Some(true) => self.durable.get(at).copied().unwrap_or(0),
            _ => *seen,
        };
        self.data.iter().enumerate().map(byte).collect()
    }

    fn lose(&mut self) {
        let flushed = self.flushed();
        let dirty = |at: usize| self.durable.get(at) != flushed.get(at);
        let lost = |at: usize| dirty(at) || self.lost.get(at) == Some(&true);
        self.lost = (0..self.data.len()).map(lost).collect();
    }
}

/// A write that was under way when the machine stopped.
#[derive(Debug, Clone)]
pub(super) struct Pending {
    pub id: Id,
    pub offset: usize,
    pub bytes: Vec<u8>,
}

#[derive(Debug, Default)]
pub(super) struct Disk {
    pub nodes: Vec<Node>,
    pub names: BTreeMap<PathBuf, Id>,
    pub durable_names: BTreeMap<PathBuf, Id>,
    pub faults: BTreeMap<u64, Fault>,
    pub operations: u64,
    pub counts: BTreeMap<Op, u64>,
    pub handles: u64,
    pub crashed: bool,
    pub full: Option<i32>,
    pub dribble: Option<usize>,
    pub interrupted: bool,
    pub pending: Option<Pending>,
}

impl Disk {
    pub fn alive(&self) -> io::Result<()> {
        if self.crashed { Err(io::Error::other("the machine has crashed")) } else { Ok(()) }
    }

    /// Counts an operation, and lets it fail if it must. Gives the fault that only a write knows how to handle.
    pub fn begin(&mut self, op: Op) -> io::Result<Option<Fault>> {
        self.alive()?;
        let number = self.operations;
        self.operations += 1;
        *self.counts.entry(op).or_default() += 1;
        match self.faults.remove(&number) {
            Some(Fault::Crash) => {
                self.crashed = true;
                Err(io::Error::other("the machine has crashed"))
            }
            Some(Fault::Error(number)) => Err(io::Error::from_raw_os_error(number)),
            Some(Fault::Full(number)) if op != Op::Write => {
                self.full = Some(number);
                self.room(op)?;
                Ok(None)
            }
            None => {
                self.room(op)?;
                Ok(None)
            }
            fault => Ok(fault),
        }
    }

    fn room(&self, op: Op) -> io::Result<()> {
        match self.full {
            Some(number) if op == Op::Create => Err(io::Error::from_raw_os_error(number)),
            _ => Ok(()),
        }
    }

    pub fn add(&mut self, node: Node) -> Id {
        self.nodes.push(node);
        self.nodes.len() - 1
    }

    pub fn stat(&self, id: Id) -> Stat {
        let len = self.nodes[id].data.len() as u64;
        Stat { dev: 1, ino: id as u64, len, modified: SystemTime::UNIX_EPOCH, is_file: true }
    }

    /// Writes what the faults leave of it; says how much.
    pub fn write(&mut self, id: Id, offset: usize, bytes: &[u8]) -> io::Result<usize> {
        if self.dribble.is_some() {
            self.interrupted = !self.interrupted;
            if self.interrupted {
                return Err(io::Error::from_raw_os_error(EINTR));
            }
        }
        let begun = self.begin(Op::Write);
        if self.crashed && self.pending.is_none() {
            self.pending = Some(Pending { id, offset, bytes: bytes.to_vec() });
        }
        let mut count = bytes.len().min(self.dribble.unwrap_or(usize::MAX));
        match begun? {
            Some(Fault::Short(short)) => count = count.min(short.max(1)),
            Some(Fault::Full(number)) => {
                self.full = Some(number);
                let half = bytes.len() / 2;
                if half == 0 {
                    return Err(io::Error::from_raw_os_error(number));
                }
                count = half;
            }
            _ => count = self.fitting(id, offset, count)?,
        }
        self.nodes[id].write(offset, &bytes[..count]);
        Ok(count)
    }

    /// On a full disk, only what overwrites old bytes fits.
    fn fitting(&self, id: Id, offset: usize, count: usize) -> io::Result<usize> {
        let Some(number) = self.full else { return Ok(count) };
        match self.nodes[id].data.len().saturating_sub(offset).min(count) {
            0 => Err(io::Error::from_raw_os_error(number)),
            fits => Ok(fits),
        }
    }

    pub fn sync(&mut self, id: Id) -> io::Result<()> {
        let begun = self.begin(Op::Sync);
        let node = &mut self.nodes[id];
        let fault = match begun {
            Ok(None) => {
                node.durable = node.flushed();
                return Ok(());
            }
            Ok(Some(_)) => io::Error::from_raw_os_error(EIO),
            Err(error) => error,
        };
        // Without a number it is the crash: nobody asks again.
        if fault.raw_os_error().is_some() {
            node.lose();
        }
        Err(fault)
    }
}

pub(super) fn overwrite(data: &mut Vec<u8>, offset: usize, bytes: &[u8]) {
    let end = offset + bytes.len();
    if data.len() < end {
        data.resize(end, 0);
    }
    data[offset..end].copy_from_slice(bytes);
}
