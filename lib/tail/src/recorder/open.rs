//! Making log files, and taking up the one that an earlier start left open.

use super::{Current, Recorder};
use crate::checkpoint::Output;
use crate::error::TailError;
use sentrix_record::fs::{At, Fs, FsFile, Open};
use sentrix_record::log::{LogError, LogFile, LogName};
use sentrix_record::stamp;
use std::io::IoSlice;
use std::path::Path;
use std::time::Instant;

impl<F: Fs> Recorder<F> {
    /// The collector's log files, in order.
    ///
    /// # Errors
    /// When the directory cannot be read.
    pub fn log_files(&self) -> Result<Vec<LogName>, TailError> {
        let names = self.fs.list(&self.dir).at("list", &self.dir)?;
        let names = names.iter().filter_map(|name| name.to_str()?.parse::<LogName>().ok());
        let mut names: Vec<LogName> = names.filter(|name| name.label().is_none()).collect();
        names.sort();
        Ok(names)
    }

    /// Whether a log file is closed and in the manifest.
    pub fn is_listed(&self, name: &LogName) -> bool {
        self.manifest.lists(name.as_str())
    }

    /// Takes up the newest log file where it is still open: makes it valid, cut to a length if one is given.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn take_up(&mut self, newest: &LogName, length: Option<u64>) -> Result<(), TailError> {
        let path = self.dir.join(newest.as_str());
        if self.is_listed(newest) {
            let listed = self.manifest.listed().iter().rev().find(|listed| listed.name == newest.as_str());
            self.last = listed.map(|listed| Output {
                file: listed.name.clone(),
                bytes: listed.bytes,
                events: listed.events,
            });
            return Ok(());
        }
        self.write_again(&path)?;
        match LogFile::open_for_append(&self.fs, &self.dir, newest.clone(), length) {
            Ok((file, _)) => self.log = Some(self.current(file)?),
            // Not laid out as ours are: whoever wrote it, it is left as it is, and a new one is begun.
            Err(LogError::Foreign { .. }) => {
                let bytes = self.fs.stat(&path).at("read", &path)?.len;
                self.last = Some(Output { file: newest.to_string(), bytes, events: 0 });
            }
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }

    /// Writes the content of a log file over itself. When a sync failed before the last end, the system may take for
    /// written what never reached the disk, and only bytes that are written anew get there with the next sync.
    fn write_again(&self, path: &Path) -> Result<(), TailError> {
        let file = self.fs.open(path, Open::Write).at("open", path)?;
        let mut buffer = vec![0; 256 * 1024];
        let mut offset = 0;
        loop {
            let read = file.read_full_at(&mut buffer, offset).at("read", path)?;
            if read == 0 {
                return Ok(());
            }
            let bytes = &buffer[..read];
            file.write_all_at(&mut [IoSlice::new(bytes)], offset).at("write", path)?;
            offset += read as u64;
        }
    }

    pub(super) fn current(&self, file: LogFile<F>) -> Result<Current<F>, TailError> {
        let path = self.dir.join(file.name().as_str());
        let stat = self.fs.stat(&path).at("read", &path)?;
        Ok(Current { since: self.since(file.name()), file, id: (stat.dev, stat.ino) })
    }

    /// From when on the age of a log file counts: now, or for one that was begun by an earlier start and whose time is
    /// up by the clock, so long ago that it is due.
    fn since(&self, name: &LogName) -> Instant {
        let now = Instant::now();
        let due = self.options.rotate_after.and_then(|after| {
            let begun = stamp((self.options.now)().checked_sub(after)?);
            (name.stamp() <= begun.as_str()).then(|| now.checked_sub(after)).flatten()
        });
        due.unwrap_or(now)
    }

    pub(super) fn create(&mut self) -> Result<Current<F>, TailError> {
        if self.newest.is_none() {
            self.newest = self.log_files()?.pop();
        }
        loop {
            let name = LogName::next((self.options.now)(), None, &self.newest);
            match LogFile::create(&self.fs, &self.dir, name.clone()) {
                // Somebody put a later file there; the next name is later than theirs.
                Err(LogError::Io(error)) if error.source.kind() == std::io::ErrorKind::AlreadyExists => {
                    self.newest = self.log_files()?.pop();
                }
                created => {
                    let created = self.current(created?)?;
                    self.newest = Some(name);
                    return Ok(created);
                }
            }
        }
    }
}
