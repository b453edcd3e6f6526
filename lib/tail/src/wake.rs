//! When to look again. Polling is the truth, notification a hint that makes it prompt.
//!
//! A directory watch sees renames and new files, which a watch of the file would miss. It can fail in many ways
//! (network and overlay file systems, bind mounts, the watch limit, an overflowing queue), so the loop looks at
//! least every [`POLL`], whether it was told to or not.

use crate::identity::FileId;
use notify::event::{AccessKind, AccessMode};
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::collections::HashMap;
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The longest time between two looks at the source.
pub const POLL: Duration = Duration::from_millis(250);

/// A sleep that ends early when the source may have changed, or when somebody rings.
#[derive(Debug)]
pub struct Wake {
    hear: UnixStream,
    ring: UnixStream,
    /// By folder, with the folder that had this path then: a watch stays with a folder that was replaced.
    watchers: HashMap<PathBuf, (FileId, RecommendedWatcher)>,
}

impl Wake {
    /// Makes the two ends of the bell.
    ///
    /// # Errors
    /// When no socket pair can be made.
    pub fn new() -> io::Result<Self> {
        let (hear, ring) = UnixStream::pair()?;
        hear.set_nonblocking(true)?;
        ring.set_nonblocking(true)?;
        Ok(Self { hear, ring, watchers: HashMap::new() })
    }

    /// An end to ring with: one byte written to it ends the sleep. Safe to write to from a signal handler.
    ///
    /// # Errors
    /// When the descriptor cannot be duplicated.
    pub fn bell(&self) -> io::Result<UnixStream> {
        self.ring.try_clone()
    }

    /// Watches the directory of a file, and the directory of what it links to. Failing is no error: polling goes on.
    pub fn watch(&mut self, file: &Path) {
        for file in [Some(file.to_owned()), file.canonicalize().ok()].into_iter().flatten() {
            let Some(name) = file.file_name() else { continue };
            let folder = match file.parent() {
                Some(folder) if !folder.as_os_str().is_empty() => folder,
                _ => Path::new("."),
            };
            let Ok(id) = folder.metadata().map(|metadata| FileId::from(&metadata)) else { continue };
            // Every path that reaches a folder is watched once; a link in it and its target have their own names.
            if self.watchers.get(folder).is_none_or(|(watched, _)| *watched != id)
                && let Ok(watcher) = self.watch_folder(folder, name.to_owned())
            {
                self.watchers.insert(folder.to_owned(), (id, watcher));
            }
        }
    }

    fn watch_folder(&self, folder: &Path, name: OsString) -> notify::Result<RecommendedWatcher> {
        let bell = self.ring.try_clone()?;
        let mut watcher = notify::recommended_watcher(move |event| {
            if concerns(&name, &event) {
                // A full socket means that the bell is ringing already.
                let _ringing = (&bell).write(&[1]);
            }
        })?;
        watcher.watch(folder, RecursiveMode::NonRecursive)?;
        Ok(watcher)
    }

    /// Sleeps until a bell rings or a stream has something to read, at most for `timeout`.
    ///
    /// # Errors
    /// When the system cannot poll.
    pub fn sleep(&mut self, timeout: Duration, stream: Option<&File>) -> io::Result<()> {
        // Timeouts are far below the range of Timespec; without one, a bell ends the sleep.
        let timeout = Timespec::try_from(timeout).ok();
        let mut waiting = vec![PollFd::new(&self.hear, PollFlags::IN)];
        waiting.extend(stream.map(|stream| PollFd::new(stream, PollFlags::IN)));
        match poll(&mut waiting, timeout.as_ref()) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        let mut bytes = [0; 256];
        while matches!(self.hear.read(&mut bytes), Ok(1..)) {}
        Ok(())
    }
}

/// Whether an event may concern the file; an error of the watch (an overflowing queue among them) always may.
fn concerns(name: &OsString, event: &notify::Result<Event>) -> bool {
    let Ok(event) = event else { return true };
    let touches = || event.paths.iter().any(|path| path.file_name() == Some(name));
    match event.kind {
        EventKind::Access(AccessKind::Close(AccessMode::Write)) => touches(),
        EventKind::Access(_) => false,
        _ => event.need_rescan() || touches(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Instant;

    /// Far beyond what any machine needs, so that only a sleep that is never ended reaches it.
    const LONG: Duration = Duration::from_secs(60);

    #[test]
    fn a_bell_ends_the_sleep() {
        let mut wake = Wake::new().unwrap();
        wake.bell().unwrap().write_all(&[1]).unwrap();
        let start = Instant::now();
        wake.sleep(LONG, None).unwrap();
        assert!(start.elapsed() < LONG);
    }

    #[test]
    fn an_append_to_the_watched_file_ends_the_sleep() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("raw.jsonl");
        let mut wake = Wake::new().unwrap();
        wake.watch(&path);
        std::fs::write(&path, "x").unwrap();
        let start = Instant::now();
        wake.sleep(LONG, None).unwrap();
        assert!(start.elapsed() < LONG);
    }

    #[test]
    fn a_folder_that_cannot_be_watched_is_no_error() {
        let mut wake = Wake::new().unwrap();
        wake.watch(Path::new("/nowhere/at/all"));
        wake.sleep(Duration::from_millis(1), None).unwrap();
    }

    #[test]
    fn a_folder_that_was_replaced_is_watched_anew() {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("folder");
        let path = folder.join("raw.jsonl");
        std::fs::create_dir(&folder).unwrap();
        let mut wake = Wake::new().unwrap();
        wake.watch(&path);
        std::fs::rename(&folder, parent.path().join("old")).unwrap();
        std::fs::create_dir(&folder).unwrap();
        wake.watch(&path);
        std::fs::write(&path, "x").unwrap();
        let start = Instant::now();
        wake.sleep(LONG, None).unwrap();
        assert!(start.elapsed() < LONG);
    }

    #[test]
    fn an_overflow_rings_and_another_file_does_not() {
        let name = OsString::from("raw.jsonl");
        let other =
            Event::new(EventKind::Create(notify::event::CreateKind::File)).add_path("/d/other".into());
        assert!(!concerns(&name, &Ok(other)));
        let overflow = Event::new(EventKind::Other).set_flag(notify::event::Flag::Rescan);
        assert!(concerns(&name, &Ok(overflow)));
        assert!(concerns(&name, &Err(notify::Error::generic("lost"))));
    }
}
