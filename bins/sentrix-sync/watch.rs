//! When to look again. Polling is the truth, notification a hint that makes it prompt.

use notify::{RecommendedWatcher, RecursiveMode, Watcher};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;

/// A sleep that ends early when something happened in a directory.
pub struct Watch {
    path: Option<PathBuf>,
    ring: SyncSender<()>,
    hear: Receiver<()>,
    watcher: Option<RecommendedWatcher>,
}

impl Watch {
    /// For a directory, which may not be there yet; nothing: nobody notifies.
    pub fn new(path: Option<&Path>) -> Self {
        let (ring, hear) = sync_channel(1);
        Self { path: path.map(Path::to_owned), ring, hear, watcher: None }
    }

    /// Sleeps, at most so long.
    pub fn sleep(&mut self, timeout: Duration) {
        if self.watcher.is_none() {
            // Failing is no error: bind mounts and network file systems notify nobody.
            self.watcher = self.watch().ok();
        }
        let _either_way_we_look = self.hear.recv_timeout(timeout);
    }

    /// Begins anew: a watch stays with a directory that was replaced.
    pub fn forget(&mut self) {
        self.watcher = None;
    }

    fn watch(&self) -> notify::Result<RecommendedWatcher> {
        let path = self.path.as_ref().ok_or_else(notify::Error::path_not_found)?;
        let ring = self.ring.clone();
        let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
            if !event.is_ok_and(|event| event.kind.is_access()) {
                // A full channel is ringing already.
                let _ringing = ring.try_send(());
            }
        })?;
        watcher.watch(path, RecursiveMode::NonRecursive)?;
        Ok(watcher)
    }
}
