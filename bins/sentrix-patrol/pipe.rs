//! Standard input that can be waited for, for a while.
//!
//! A message of the raw stream waits for its exchange, which stands a little further on; in a pipe that has nothing more to give
//! for now it must not wait for ever. Nor may a pipe that never ends keep a program from ending: a signal is its end.

use sentrix_cli::Signals;
use std::io::{self, ErrorKind, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::{Duration, Instant};

/// How much is read at once.
const CHUNK: usize = 256 << 10;
/// How long nothing may come before the reader is told so.
const PAUSE: Duration = Duration::from_millis(500);
/// How often signals are looked at.
const TICK: Duration = Duration::from_millis(100);

/// Standard input, read by a thread of its own.
pub struct Pipe {
    chunks: Receiver<io::Result<Vec<u8>>>,
    chunk: Vec<u8>,
    at: usize,
    patience: Patience,
    /// A signal to stop is the end of the input.
    signals: Option<Signals>,
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
    /// Standard input, until it ends or one of the signals does.
    pub fn stdin(signals: Option<Signals>) -> Self {
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
            signals,
            told: false,
        }
    }

    /// A handle on its patience.
    pub fn patience(&self) -> Patience {
        self.patience.clone()
    }

    fn next(&mut self) -> io::Result<Vec<u8>> {
        let ends = !self.told && self.patience.0.load(Ordering::Relaxed);
        let until = ends.then(|| Instant::now() + PAUSE);
        while !self.stopped() {
            match self.chunks.recv_timeout(TICK) {
                Ok(next) => {
                    self.told = false;
                    return next;
                }
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) if until.is_some_and(|until| Instant::now() >= until) => {
                    self.told = true;
                    return Err(ErrorKind::TimedOut.into());
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
        Ok(Vec::new())
    }

    fn stopped(&self) -> bool {
        self.signals.as_ref().is_some_and(|signals| signals.stopped().is_some())
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
