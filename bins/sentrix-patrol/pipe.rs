//! Standard input that can be waited for, for a while.
//!
//! A message of the raw stream waits for its exchange, which stands a little further on; in a pipe that has nothing more to give
//! for now it must not wait for ever.

use std::io::{self, ErrorKind, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::Duration;

/// How much is read at once.
const CHUNK: usize = 256 << 10;
/// How long nothing may come before the reader is told so.
const PAUSE: Duration = Duration::from_millis(500);

/// Standard input, read by a thread of its own.
pub struct Pipe {
    chunks: Receiver<io::Result<Vec<u8>>>,
    chunk: Vec<u8>,
    at: usize,
    patience: Patience,
    /// The reader was told that nothing comes.
    told: bool,
}

/// Whether a pipe is waited for as long as it takes.
#[derive(Clone)]
pub struct Patience(Arc<AtomicBool>);

impl Patience {
    /// From now on the reader is told when nothing comes; `false` takes that back.
    pub fn end(&self, ends: bool) {
        self.0.store(ends, Ordering::Relaxed);
    }
}

impl Pipe {
    pub fn stdin() -> Self {
        let (send, chunks) = sync_channel(4);
        std::thread::spawn(move || {
            let mut stdin = io::stdin().lock();
            loop {
                let mut chunk = vec![0; CHUNK];
                let read = match stdin.read(&mut chunk) {
                    Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                    read => read,
                };
                let ended = matches!(read, Ok(0) | Err(_));
                let read = read.map(|read| {
                    chunk.truncate(read);
                    chunk
                });
                // Nobody reads any more when the program ends.
                if send.send(read).is_err() || ended {
                    return;
                }
            }
        });
        Self {
            chunks,
            chunk: Vec::new(),
            at: 0,
            patience: Patience(Arc::new(AtomicBool::new(false))),
            told: false,
        }
    }

    /// A handle on its patience.
    pub fn patience(&self) -> Patience {
        self.patience.clone()
    }

    fn next(&mut self) -> io::Result<Vec<u8>> {
        if self.told || !self.patience.0.load(Ordering::Relaxed) {
            let next = self.chunks.recv().unwrap_or_else(|_| Ok(Vec::new()));
            self.told = false;
            return next;
        }
        match self.chunks.recv_timeout(PAUSE) {
            Ok(next) => next,
            Err(RecvTimeoutError::Disconnected) => Ok(Vec::new()),
            Err(RecvTimeoutError::Timeout) => {
                self.told = true;
                Err(ErrorKind::TimedOut.into())
            }
        }
    }
}

impl Read for Pipe {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if self.at == self.chunk.len() {
            self.chunk = self.next()?;
            self.at = 0;
        }
        let read = (self.chunk.len() - self.at).min(buf.len());
        buf[..read].copy_from_slice(&self.chunk[self.at..self.at + read]);
        self.at += read;
        Ok(read)
    }
}
