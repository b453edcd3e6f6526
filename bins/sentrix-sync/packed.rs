//! An archive as the engine packs it, piece by piece.

use crate::patient::{LAST, SILENCE};
use sentrix_cli::Signals;
use sentrix_sandbox::{Engine, Error};
use std::io::{self, ErrorKind, Read, Write};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// So many pieces may wait: the engine packs on while we check.
const WAITING: usize = 8;
const GATHERED: usize = 512 << 10;
const STEP: Duration = Duration::from_millis(200);

/// An archive that is being packed. Its end is its end only when the engine says so.
pub struct Packed {
    pieces: Receiver<Vec<u8>>,
    piece: Vec<u8>,
    at: usize,
    signals: Signals,
    packing: Option<JoinHandle<Result<(), Error>>>,
}

impl Packed {
    /// Has it packed.
    pub fn start(engine: &Arc<Engine>, container: &str, path: String, signals: &Signals) -> io::Result<Self> {
        let (sender, pieces) = sync_channel(WAITING);
        let (engine, container) = (Arc::clone(engine), container.to_owned());
        let body = move || {
            let mut out = Pieces { sender, gathered: Vec::new() };
            engine.archive(&container, &path, &mut out)?;
            out.flush().map_err(Error::Output)
        };
        let packing = thread::Builder::new().name("archive".to_owned()).spawn(body)?;
        Ok(Self { pieces, piece: Vec::new(), at: 0, signals: signals.clone(), packing: Some(packing) })
    }

    /// Waits for the next piece; nothing at the end.
    fn next(&mut self) -> io::Result<Option<Vec<u8>>> {
        let start = Instant::now();
        loop {
            match self.pieces.recv_timeout(STEP) {
                Ok(piece) => return Ok(Some(piece)),
                Err(RecvTimeoutError::Disconnected) => return self.end().map(|()| None),
                Err(RecvTimeoutError::Timeout) => {}
            }
            let patience = if self.signals.stopped().is_some() { LAST } else { SILENCE };
            if start.elapsed() > patience {
                return Err(io::Error::new(ErrorKind::NotConnected, "the engine does not answer"));
            }
        }
    }

    fn end(&mut self) -> io::Result<()> {
        match self.packing.take().map(JoinHandle::join) {
            None | Some(Ok(Ok(()))) => Ok(()),
            Some(Ok(Err(error))) if error.is_missing() => {
                Err(io::Error::new(ErrorKind::NotFound, error.to_string()))
            }
            Some(Ok(Err(error))) => Err(io::Error::new(ErrorKind::NotConnected, error.to_string())),
            Some(Err(_)) => Err(io::Error::new(ErrorKind::NotConnected, "the thread that packs has failed")),
        }
    }
}

impl Read for Packed {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.at == self.piece.len() {
            match self.next()? {
                Some(piece) => (self.piece, self.at) = (piece, 0),
                None => return Ok(0),
            }
        }
        let rest = &self.piece[self.at..];
        let read = rest.len().min(buffer.len());
        buffer[..read].copy_from_slice(&rest[..read]);
        self.at += read;
        Ok(read)
    }
}

/// Where the engine's pieces go, several at a time: each hand-over wakes a thread.
struct Pieces {
    sender: SyncSender<Vec<u8>>,
    gathered: Vec<u8>,
}

impl Pieces {
    fn hand_over(&mut self) -> io::Result<()> {
        let gathered = std::mem::replace(&mut self.gathered, Vec::with_capacity(GATHERED));
        // Nobody wants more of it.
        self.sender.send(gathered).map_err(|_| ErrorKind::BrokenPipe.into())
    }
}

impl Write for Pieces {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.gathered.extend_from_slice(bytes);
        if self.gathered.len() >= GATHERED {
            self.hand_over()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.gathered.is_empty() { Ok(()) } else { self.hand_over() }
    }
}
