//! Making the record durable beside its being written: the disk may take as long as a provider to answer, and no request waits for it.

use crate::error::TapError;
use sentrix_record::fs::At;
use std::fs::File;
use std::path::PathBuf;
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};

/// The way to a thread that makes files durable.
#[derive(Debug)]
pub(crate) struct Syncer(SyncSender<PathBuf>);

impl Syncer {
    /// Starts the thread; `failed` is told what could not be made durable. It ends with the syncer.
    pub(crate) fn start(failed: impl Fn(TapError) + Send + 'static) -> Result<Self, TapError> {
        let (sender, paths) = sync_channel::<PathBuf>(1);
        let work = move || {
            for path in paths {
                // Any descriptor of a file will do: what is made durable is the file.
                if let Err(error) = File::open(&path).and_then(|file| file.sync_data()).at("sync", &path) {
                    failed(error.into());
                }
            }
        };
        std::thread::Builder::new()
            .name("sync".to_owned())
            .spawn(work)
            .map_err(|error| TapError::Start { doing: "start a thread", error })?;
        Ok(Self(sender))
    }

    /// Asks for a file; false when so much waits that it has to be asked for again.
    pub(crate) fn ask(&self, path: PathBuf) -> bool {
        !matches!(self.0.try_send(path), Err(TrySendError::Full(_)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::channel;
    use std::time::Duration;

    #[test]
    fn what_cannot_be_made_durable_is_told() {
        let dir = tempfile::tempdir().unwrap();
        let (tell, told) = channel();
        let syncer = Syncer::start(move |error| tell.send(error.to_string()).unwrap()).unwrap();
        std::fs::write(dir.path().join("here"), "x").unwrap();
        assert!(syncer.ask(dir.path().join("here")));
        let gone = dir.path().join("gone");
        while !syncer.ask(gone.clone()) {}
        let why = told.recv_timeout(Duration::from_secs(10)).unwrap();
        assert!(why.contains("gone"), "{why}");
        assert!(told.recv_timeout(Duration::from_millis(50)).is_err());
    }
}
